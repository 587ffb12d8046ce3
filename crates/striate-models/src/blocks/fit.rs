//! Pictures whose sizes differ by what strides round away.

use striate_layers::{Cropping2d, ZeroPadding2d};
use striate_network::{Builder, Node};

/// The height and width of pictures in px, where they are known.
pub(crate) type Sides = [Option<usize>; 2];

/// Pictures of one size brought to another: what is missing are zeros at the bottom and the right, what is too much is
/// taken there. Unknown sides are taken to fit.
pub(crate) fn fit(net: &mut Builder, name: &str, x: Node, from: Sides, to: Sides) -> Node {
    let difference = |less: Sides, more: Sides| -> [[usize; 2]; 2] {
        std::array::from_fn(|d| [0, more[d].zip(less[d]).map_or(0, |(more, less)| more.saturating_sub(less))])
    };
    let (missing, surplus) = (difference(from, to), difference(to, from));
    let mut x = x;
    if missing != [[0; 2]; 2] {
        x = net.add(format!("{name}_pad"), ZeroPadding2d::new(missing), x);
    }
    if surplus != [[0; 2]; 2] {
        x = net.add(format!("{name}_crop"), Cropping2d::new(surplus), x);
    }
    x
}
