//! How picture files are read.

use striate_core::PixelOrder;

/// How large a picture file may be, so that a damaged or hostile one can't take all memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecodeLimits {
    /// The most pixels (height times width), 100 million by default. The file's header is held against it before
    /// memory for the pixels is allocated.
    pub max_pixels: u64,
    /// The most bytes of the file, 256 MiB by default.
    pub max_file_bytes: u64,
}

impl Default for DecodeLimits {
    fn default() -> Self {
        Self { max_pixels: 100_000_000, max_file_bytes: 256 << 20 }
    }
}

/// How picture files are read.
///
/// ```
/// use striate_core::PixelOrder;
/// use striate_data::{Alpha, Decoding};
///
/// let decoding = Decoding { channels: Some(PixelOrder::Rgb), alpha: Alpha::Over([255; 3]), ..Decoding::default() };
/// assert!(decoding.orientation);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decoding {
    /// How large a file may be.
    pub limits: DecodeLimits,
    /// The channels and their order; none (the default) keeps gray pictures gray and gives all others red, green and
    /// blue.
    ///
    /// With [`PixelOrder::Bgr`] the picture has blue first, as OpenCV reads it. Operations that weigh colors, such as
    /// those on saturation, take the first channel for red all the same: mostly
    /// [`Preprocessing::pixel_order`](striate_core::Preprocessing::pixel_order), which comes last, is the place for it.
    pub channels: Option<PixelOrder>,
    /// What becomes of transparency.
    pub alpha: Alpha,
    /// What becomes of values of more than 8 bits.
    pub depth: Depth,
    /// What becomes of pictures that move.
    pub animation: Animation,
    /// Whether the picture is turned as its EXIF orientation says, as a viewer does (the default). Annotations that
    /// were made on the stored pixels need it off.
    pub orientation: bool,
}

impl Default for Decoding {
    fn default() -> Self {
        Self {
            limits: DecodeLimits::default(),
            channels: None,
            alpha: Alpha::default(),
            depth: Depth::default(),
            animation: Animation::default(),
            orientation: true,
        }
    }
}

impl From<DecodeLimits> for Decoding {
    fn from(limits: DecodeLimits) -> Self {
        Self { limits, ..Self::default() }
    }
}

/// What becomes of transparency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Alpha {
    /// A pixel keeps the color that is stored for it, whatever its alpha.
    #[default]
    Drop,
    /// The picture is laid over this red, green and blue, of which a gray picture takes the luma.
    Over([u8; 3]),
}

/// What becomes of values of more than 8 bits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Depth {
    /// Of 16 bits the high byte is kept; numbers are spread from `[0, 1]` over `[0, 255]`.
    #[default]
    Eight,
    /// Values of 16 bits become numbers in `[0, 1]`, a 65535th of them; numbers stay as they are.
    Full,
}

/// What becomes of pictures that move: animated GIF, PNG and WebP.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Animation {
    /// The first frame is taken; of a PNG it is the picture that a viewer without animation shows.
    #[default]
    FirstFrame,
    /// They are an error.
    Refuse,
}
