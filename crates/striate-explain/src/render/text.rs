//! Words in pictures, in the font of `embedded-graphics`.

use std::convert::Infallible;

use embedded_graphics::Drawable;
use embedded_graphics::Pixel;
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::{OriginDimensions, Point, Size};
use embedded_graphics::mono_font::MonoTextStyle;
use embedded_graphics::mono_font::iso_8859_1::FONT_6X10;
use embedded_graphics::pixelcolor::{Rgb888, RgbColor};
use embedded_graphics::text::{Baseline, Text};
use image::{Rgb, RgbImage};

/// Height of a line in px.
pub(crate) const LINE: u32 = 11;
/// Width of a letter in px.
pub(crate) const LETTER: u32 = 6;

struct Canvas<'a>(&'a mut RgbImage);

impl OriginDimensions for Canvas<'_> {
    fn size(&self) -> Size {
        Size::new(self.0.width(), self.0.height())
    }
}

impl DrawTarget for Canvas<'_> {
    type Color = Rgb888;
    type Error = Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<Rgb888>>>(&mut self, pixels: I) -> Result<(), Infallible> {
        for Pixel(Point { x, y }, color) in pixels {
            if let (Ok(x), Ok(y)) = (u32::try_from(x), u32::try_from(y))
                && let Some(px) = self.0.get_pixel_mut_checked(x, y)
            {
                *px = Rgb([color.r(), color.g(), color.b()]);
            }
        }
        Ok(())
    }
}

/// Writes a line with its top left corner here, and cuts it to a width in px.
pub(crate) fn write(
    picture: &mut RgbImage,
    [x, y]: [u32; 2],
    text: &str,
    width: u32,
    Rgb([red, green, blue]): Rgb<u8>,
) {
    let text: String = text.chars().take((width / LETTER) as usize).collect();
    let style = MonoTextStyle::new(&FONT_6X10, Rgb888::new(red, green, blue));
    let at = Point::new(i32::try_from(x).unwrap_or(i32::MAX), i32::try_from(y).unwrap_or(i32::MAX));
    let Ok(_) = Text::with_baseline(&text, at, style, Baseline::Top).draw(&mut Canvas(picture));
}
