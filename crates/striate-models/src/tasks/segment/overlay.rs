//! Masks over pictures, for people to look at.

use super::super::TaskError;
use super::super::error::check_values;
use super::VOID;

/// Red, green and blue of classes from 1 on, in turn; easy to tell apart (Sasha Trubetskoy's distinct colors).
pub const PALETTE: [[u8; 3]; 20] = [
    [230, 25, 75],
    [60, 180, 75],
    [255, 225, 25],
    [0, 130, 200],
    [245, 130, 48],
    [145, 30, 180],
    [70, 240, 240],
    [240, 50, 230],
    [210, 245, 60],
    [250, 190, 212],
    [0, 128, 128],
    [220, 190, 255],
    [170, 110, 40],
    [255, 250, 200],
    [128, 0, 0],
    [170, 255, 195],
    [128, 128, 0],
    [255, 215, 180],
    [0, 0, 128],
    [128, 128, 128],
];

/// Tints each px of an RGB picture, `[height, width, 3]`, with the color of its number: 0 stays, the others take
/// [`PALETTE`] in turn, by `opacity` in `[0, 1]`; void is gray. Numbers are classes or things, `[height, width]`.
///
/// # Errors
/// [`TaskError::Values`] if there isn't one number for each px; [`TaskError::Setting`] for an opacity out of its range.
pub fn overlay<T: Into<u16> + Copy>(picture: &mut [u8], numbers: &[T], opacity: f32) -> Result<(), TaskError> {
    check_values("the picture", picture.len(), &[numbers.len(), 3])?;
    if !(0.0..=1.0).contains(&opacity) {
        return Err(TaskError::setting("opacity", opacity, "it must be from 0 to 1"));
    }
    let is_class = size_of::<T>() == 1;
    for (px, &number) in picture.as_chunks_mut::<3>().0.iter_mut().zip(numbers) {
        let color = match number.into() {
            0 => continue,
            number if is_class && number == u16::from(VOID) => [160; 3],
            number => PALETTE[(usize::from(number) - 1) % PALETTE.len()],
        };
        for (value, tint) in px.iter_mut().zip(color) {
            *value = (f32::from(*value) + (f32::from(tint) - f32::from(*value)) * opacity).round() as u8;
        }
    }
    Ok(())
}
