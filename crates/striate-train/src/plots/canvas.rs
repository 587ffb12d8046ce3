//! Drawing into memory.

use plotters::coord::Shift;
use plotters::prelude::*;

pub(super) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
pub(super) type Drawn<'a> = Result<(), DrawingAreaErrorKind<<SVGBackend<'a> as DrawingBackend>::ErrorType>>;

pub(super) const FONT: &str = "sans-serif";

/// Colors that people tell apart who see few of them (Wong 2011, "Points of view: Color blindness").
pub(super) const COLORS: [RGBColor; 7] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(80, 80, 80),
];

/// An SVG of this width and height, px, on white.
///
/// # Panics
/// Never: writing to memory can't fail.
pub(super) fn svg(size: (u32, u32), draw: impl FnOnce(&Area<'_>) -> bool) -> String {
    let mut text = String::new();
    {
        let root = SVGBackend::with_string(&mut text, size).into_drawing_area();
        let drawn = root.fill(&WHITE).is_ok() && draw(&root) && root.present().is_ok();
        assert!(drawn, "writing to memory can't fail");
    }
    text
}

/// A number as an axis has it: few digits, powers of ten where it is very large or small.
pub(super) fn short(number: f64) -> String {
    let size = number.abs();
    if size != 0.0 && !(1e-3..1e5).contains(&size) {
        return format!("{number:.1e}").replace(".0e", "e");
    }
    let text = format!("{number:.4}");
    text.trim_end_matches('0').trim_end_matches('.').into()
}

/// A text that is at most so many characters long.
pub(super) fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some(_) => text.chars().take(most.saturating_sub(1)).chain(['…']).collect(),
        None => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_are_short() {
        let numbers = [0.0, 0.5, -0.125, 12.0, 1e-4, 2.5e-5, 3e7];
        assert_eq!(numbers.map(short), ["0", "0.5", "-0.125", "12", "1e-4", "2.5e-5", "3e7"]);
        assert_eq!((shortened("Äpfel", 4), shortened("cat", 3)), ("Äpf…".into(), "cat".into()));
    }
}
