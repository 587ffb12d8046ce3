//! Sizes at which tests run every network.

/// Networks with more weights run without their head, which is most of AlexNet and of VGG.
pub const MOST_PARAMETERS: u64 = 40_000_000;

/// Odd sides of pictures, `[height, width]`, the smallest first; none: the network's own.
const SIZES: [Option<[usize; 2]>; 5] = [Some([33, 37]), Some([65, 49]), Some([77, 97]), Some([131, 163]), None];

/// What is made for the smallest pictures for which something can be; none: for those of the network's own size.
pub fn smallest<T>(make: impl FnMut(Option<[usize; 2]>) -> Option<T>) -> Option<T> {
    SIZES.into_iter().find_map(make)
}
