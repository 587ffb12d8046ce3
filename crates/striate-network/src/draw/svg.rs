//! SVG.

use std::fmt::Write;

use super::layout::layout;
use super::{Drawing, DrawnNode, Family};

/// Sizes in px.
const FONT: f64 = 13.0;
const SMALL_FONT: f64 = 11.0;
const BOX_HEIGHT: f64 = 42.0;
const ROW_GAP: f64 = 34.0;
const MARGIN: f64 = 20.0;
const PADDING: f64 = 14.0;

/// The mean width of a letter as a part of the font's size, wide fonts too.
const LETTER: f64 = 0.62;

/// The length of an arrow's head, in px.
const HEAD: f64 = 7.0;

/// The most letters of a line; a longer one is cut.
const MAX_LETTERS: usize = 48;

pub(super) fn write(drawing: &Drawing) -> String {
    let widths: Vec<f64> = drawing.nodes.iter().map(width).collect();
    let inputs: Vec<_> = drawing.nodes.iter().map(|node| node.inputs.clone()).collect();
    let layout = layout(&widths, &inputs);
    let top = |row: usize| MARGIN + row as f64 * (BOX_HEIGHT + ROW_GAP);
    let (width, height) = (layout.width + 2.0 * MARGIN, top(layout.rows) - ROW_GAP + MARGIN);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {width:.1} {height:.1}\" font-family=\"Helvetica, Arial, 'DejaVu Sans', sans-serif\">\n\
         <title>{}</title>\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n\
         <g fill=\"none\" stroke=\"#64748b\" stroke-width=\"1.4\">\n",
        escaped(&drawing.name)
    );
    let mut heads = String::from("<g fill=\"#64748b\">\n");
    let mut edges = layout.edges.iter();
    for (number, node) in drawing.nodes.iter().enumerate() {
        let ways: Vec<&Vec<f64>> = edges.by_ref().take(node.inputs.len()).collect();
        let (centre, row) = layout.places[number];
        for (way, (&input, end)) in ways.iter().zip(node.inputs.iter().zip(ends(&ways, centre, widths[number]))) {
            let first_row = layout.places[input].1;
            let end = (MARGIN + end, top(row) - HEAD);
            // Writing to a string can't fail.
            let _ = writeln!(text, "<path d=\"{}\"/>", path(way, first_row, row, end, top));
            let (x, y) = end;
            let _ = writeln!(
                heads,
                "<path d=\"M{:.1} {y:.1}L{:.1} {y:.1}L{x:.1} {:.1}Z\"/>",
                x - HEAD / 2.0,
                x + HEAD / 2.0,
                y + HEAD
            );
        }
    }
    text += "</g>\n";
    text += &heads;
    text += "</g>\n<g text-anchor=\"middle\">\n";
    for ((node, width), (x, row)) in drawing.nodes.iter().zip(&widths).zip(&layout.places) {
        draw_box(&mut text, node, *width, MARGIN + x, top(*row));
    }
    text + "</g>\n</svg>\n"
}

/// Where the edges of a node end: spread over its top in the order in which they come.
fn ends(ways: &[&Vec<f64>], centre: f64, width: f64) -> Vec<f64> {
    let from = |edge: usize| ways[edge][ways[edge].len() - 2];
    let mut order: Vec<usize> = (0..ways.len()).collect();
    order.sort_by(|a, b| from(*a).total_cmp(&from(*b)));
    let step = (width * 0.7 / ways.len() as f64).min(18.0);
    let mut ends = vec![centre; ways.len()];
    for (position, edge) in order.into_iter().enumerate() {
        ends[edge] += (position as f64 - (ways.len() - 1) as f64 / 2.0) * step;
    }
    ends
}

/// A curve in each gap between rows, a straight line beside the boxes of a row.
fn path(way: &[f64], first_row: usize, last_row: usize, end: (f64, f64), top: impl Fn(usize) -> f64) -> String {
    let mut from = (MARGIN + way[0], top(first_row) + BOX_HEIGHT);
    let mut text = format!("M{:.1} {:.1}", from.0, from.1);
    let curve = |text: &mut String, from: (f64, f64), to: (f64, f64)| {
        let bend = (to.1 - from.1) / 2.0;
        let (x0, y0, x1, y1) = (from.0, from.1 + bend, to.0, to.1 - bend);
        let _ = write!(text, "C{x0:.1} {y0:.1} {x1:.1} {y1:.1} {:.1} {:.1}", to.0, to.1);
    };
    // An edge without places in the rows between goes straight.
    if way.len() == last_row - first_row + 1 {
        for (step, x) in way.iter().enumerate().take(way.len() - 1).skip(1) {
            let (x, y) = (MARGIN + x, top(first_row + step));
            curve(&mut text, from, (x, y));
            let _ = write!(text, "V{:.1}", y + BOX_HEIGHT);
            from = (x, y + BOX_HEIGHT);
        }
    }
    curve(&mut text, from, end);
    text
}

fn draw_box(text: &mut String, node: &DrawnNode, width: f64, x: f64, top: f64) {
    let (fill, border) = node.family.colours();
    let radius = if node.family == Family::Input { BOX_HEIGHT / 2.0 } else { 6.0 };
    let mut rectangle = |inset: f64, fill: &str| {
        let _ = writeln!(
            text,
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"{:.1}\" fill=\"{fill}\" \
             stroke=\"{border}\" stroke-width=\"1.3\"/>",
            x - width / 2.0 + inset,
            top + inset,
            width - 2.0 * inset,
            BOX_HEIGHT - 2.0 * inset,
            radius - inset
        );
    };
    rectangle(0.0, fill);
    if node.is_output {
        rectangle(3.0, "none");
    }
    let mut line = |line: &str, y: f64, style: &str| {
        let _ = writeln!(text, "<text x=\"{x:.1}\" y=\"{y:.1}\" {style}>{}</text>", escaped(&cut(line)));
    };
    line(&node.name, top + 18.0, &format!("font-size=\"{FONT}\" font-weight=\"bold\" fill=\"#0f172a\""));
    line(&node.detail, top + 33.0, &format!("font-size=\"{SMALL_FONT}\" fill=\"#334155\""));
}

fn width(node: &DrawnNode) -> f64 {
    let line = |text: &str, font: f64| {
        // Letters beyond Latin may be as wide as they are high.
        let letters = cut(text).chars().map(|letter| if letter < '\u{300}' { LETTER } else { 1.0 }).sum::<f64>();
        letters * font
    };
    line(&node.name, FONT * 1.08).max(line(&node.detail, SMALL_FONT)) + 2.0 * PADDING
}

fn cut(line: &str) -> String {
    match line.char_indices().nth(MAX_LETTERS) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.into(),
    }
}

/// Text within XML, which has no control characters.
fn escaped(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => result += "&amp;",
            '<' => result += "&lt;",
            '>' => result += "&gt;",
            '"' => result += "&quot;",
            '\u{fffe}' | '\u{ffff}' => result.push('\u{fffd}'),
            letter if letter.is_control() => result.push(' '),
            letter => result.push(letter),
        }
    }
    result
}
