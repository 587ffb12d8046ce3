//! A confusion matrix as a picture.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use striate_core::ClassNames;

use super::canvas::{Area, FONT, shortened, svg};
use crate::metrics::{ConfusionMatrix, Normalize};

/// The side of all cells together, px, at most; cells are from 6 px on.
const SIDE: usize = 1000;
/// Cells from this on hold their count; from the second on the share of their row too, px.
const HOLDS_COUNT: usize = 30;
const HOLDS_SHARE: usize = 44;
/// The most classes that are drawn; of more those with the most mistakes.
const MOST: usize = 150;
/// Letters of a name, at most.
const LETTERS: usize = 22;

/// How often each class was taken for each, as counts and as shares of the true class, by which cells are tinted.
///
/// Names are turned where they are too long for their column, and thinned where columns are too narrow. Classes without a name
/// have their number. Of over 150 classes those are shown of which, or for which, most samples were mistaken.
pub fn confusion(matrix: &ConfusionMatrix, names: &ClassNames) -> String {
    let classes = shown(matrix);
    let names: Vec<_> = classes
        .iter()
        .map(|&class| shortened(&names.get(class).map_or_else(|| class.to_string(), Into::into), LETTERS))
        .collect();
    let cell = (SIDE / classes.len().max(1)).clamp(6, 64);
    let letters = names.iter().map(|name| name.chars().count()).max().unwrap_or(1);
    let font = (cell * 2 / 5).clamp(9, 15);
    // A letter is about 0.6 of the font's size wide.
    let name_width = letters * font * 6 / 10 + 12;
    let turned = name_width > cell;
    let left = name_width + 34;
    let below = if turned { name_width } else { font + 14 } + 34;
    let (top, right) = (58, 24);
    let side = cell * classes.len();
    let size = ((left + side + right).max(440) as u32, (top + side + below) as u32);
    let layout = Layout { cell, font, turned, left, top, side };
    svg(size, |area| layout.draw(area, matrix, &classes, &names))
}

/// The classes that are drawn, in order.
fn shown(matrix: &ConfusionMatrix) -> Vec<usize> {
    let (support, predicted) = (matrix.support(), matrix.predicted());
    let mut classes: Vec<_> = (0..matrix.classes()).collect();
    if classes.len() > MOST {
        let mistakes = |class: usize| support[class] + predicted[class] - 2 * matrix.count(class, class);
        classes.sort_by_key(|&class| std::cmp::Reverse(mistakes(class)));
        classes.truncate(MOST);
        classes.sort_unstable();
    }
    classes
}

struct Layout {
    cell: usize,
    font: usize,
    turned: bool,
    left: usize,
    top: usize,
    side: usize,
}

impl Layout {
    fn draw(&self, area: &Area<'_>, matrix: &ConfusionMatrix, classes: &[usize], names: &[String]) -> bool {
        let all = matrix.classes();
        let shares = matrix.shares(Normalize::Labels);
        let hidden = if classes.len() < all { format!(", {} of {all} classes", classes.len()) } else { String::new() };
        let accuracy = matrix.accuracy() * 100.0;
        let title = format!("{} samples, accuracy {accuracy:.2} %{hidden}", matrix.total());
        let middle = self.left + self.side / 2;
        let under = self.top + self.side;
        let mut drawn = self.text(area, &title, (self.left, 14), 17, Pos::new(HPos::Left, VPos::Top), false);
        let bottom = area.dim_in_pixel().1 as usize - 8;
        drawn &= self.text(area, "predicted", (middle, bottom), 15, Pos::new(HPos::Center, VPos::Bottom), false);
        drawn &= self.text(area, "true", (self.left, 48), 15, Pos::new(HPos::Right, VPos::Bottom), false);
        for (row, &label) in classes.iter().enumerate() {
            for (column, &class) in classes.iter().enumerate() {
                let count = matrix.count(label, class);
                if count > 0 {
                    drawn &= self.cell(area, (row, column), count, shares[label * all + class]);
                }
            }
        }
        drawn &= self.grid(area);
        // Every name whose letters have room.
        let every = (self.font + 1).div_ceil(self.cell).max(1);
        for (place, name) in names.iter().enumerate().filter(|(place, _)| place % every == 0) {
            let along = place * self.cell + self.cell / 2;
            let beside = (self.left - 7, self.top + along);
            drawn &= self.text(area, name, beside, self.font, Pos::new(HPos::Right, VPos::Center), false);
            let at = (self.left + along, under + 7);
            drawn &= match self.turned {
                true => self.text(area, name, at, self.font, Pos::new(HPos::Right, VPos::Center), true),
                false => self.text(area, name, at, self.font, Pos::new(HPos::Center, VPos::Top), false),
            };
        }
        drawn
    }

    fn cell(&self, area: &Area<'_>, (row, column): (usize, usize), count: u64, share: f64) -> bool {
        let (x, y) = (self.left + column * self.cell, self.top + row * self.cell);
        let corners = [point(x, y), point(x + self.cell, y + self.cell)];
        // Right ones are blue, mistakes orange. Few are seen too.
        let tint = if row == column { RGBColor(0, 90, 160) } else { RGBColor(200, 80, 0) };
        let depth = 0.08 + 0.92 * share;
        let mut drawn = area.draw(&Rectangle::new(corners, tint.mix(depth).filled())).is_ok();
        let color = if depth > 0.55 { WHITE } else { BLACK };
        let middle = x + self.cell / 2;
        let center = Pos::new(HPos::Center, VPos::Center);
        if self.cell >= HOLDS_COUNT {
            let font = (self.cell / 4).min(15);
            let font = font.min(self.cell * 10 / (6 * count.to_string().len()).max(1));
            let shift = if self.cell >= HOLDS_SHARE { self.cell / 8 } else { 0 };
            let style = (FONT, font as u32).into_font().color(&color).pos(center);
            let count = Text::new(count.to_string(), point(middle, y + self.cell / 2 - shift), style);
            drawn &= area.draw(&count).is_ok();
        }
        if self.cell >= HOLDS_SHARE {
            let style = (FONT, (self.cell / 5) as u32).into_font().color(&color).pos(center);
            let percent = format!("{:.0} %", share * 100.0);
            drawn &= area.draw(&Text::new(percent, point(middle, y + self.cell * 7 / 10), style)).is_ok();
        }
        drawn
    }

    /// Lines between cells that are large enough, and the frame.
    fn grid(&self, area: &Area<'_>) -> bool {
        let faint = BLACK.mix(if self.cell >= 12 { 0.12 } else { 0.05 });
        let (right, under) = (self.left + self.side, self.top + self.side);
        let mut drawn = true;
        for along in (0..=self.side).step_by(self.cell.max(1)) {
            let down = vec![point(self.left + along, self.top), point(self.left + along, under)];
            let across = vec![point(self.left, self.top + along), point(right, self.top + along)];
            drawn &= area.draw(&PathElement::new(down, faint)).is_ok();
            drawn &= area.draw(&PathElement::new(across, faint)).is_ok();
        }
        let frame = [point(self.left, self.top), point(right, under)];
        drawn && area.draw(&Rectangle::new(frame, BLACK.mix(0.5))).is_ok()
    }

    fn text(&self, area: &Area<'_>, text: &str, (x, y): (usize, usize), size: usize, pos: Pos, turned: bool) -> bool {
        let font = (FONT, size as u32).into_font();
        let font = if turned { font.transform(FontTransform::Rotate270) } else { font };
        area.draw(&Text::new(text.to_owned(), point(x, y), font.color(&BLACK).pos(pos))).is_ok()
    }
}

fn point(x: usize, y: usize) -> (i32, i32) {
    (x as i32, y as i32)
}
