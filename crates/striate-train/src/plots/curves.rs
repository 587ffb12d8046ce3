//! Lines over epochs and over learning rates.

use std::collections::BTreeMap;

use super::canvas::{COLORS, short, svg};
use super::panel::{Line, Panel};
use crate::History;

/// The size of a panel, px.
const PANEL: (u32, u32) = (520, 340);
/// Panels side by side.
const ACROSS: usize = 2;

/// The values of a history: those of each metric, in the order in which they first came, of each split by its name.
type Values = Vec<(String, BTreeMap<String, Vec<(f64, f64)>>)>;

/// A run's values over its epochs: one panel a metric, one line for training, one for validation, a point for test.
///
/// A rate, or a loss whose values span over two decades, has a logarithmic axis.
pub fn curves(history: &History) -> String {
    let values = values(history);
    let lines = |splits: &BTreeMap<String, Vec<(f64, f64)>>| {
        let line = |split: &&str| {
            let points = splits.get(*split)?.clone();
            let (color, dashed) = match *split {
                "train" => (COLORS[0], false),
                "validation" => (COLORS[1], false),
                _ => (COLORS[2], false),
            };
            Some(Line { name: (*split).into(), color, dashed, points })
        };
        ["train", "validation", "test"].iter().filter_map(line).collect()
    };
    draw(values.iter().map(|(metric, splits)| panel(metric, lines(splits))).collect())
}

/// The values of several runs over their epochs: one panel a metric, one color a run. Lines of validation are whole, those of
/// training dashed.
pub fn compare(runs: &[(&str, &History)]) -> String {
    let mut panels: Vec<(String, Vec<Line>)> = Vec::new();
    for (number, (run, history)) in runs.iter().enumerate() {
        let color = COLORS[number % COLORS.len()];
        for (metric, splits) in values(history) {
            let place = panels.iter().position(|(known, _)| *known == metric).unwrap_or_else(|| {
                panels.push((metric, Vec::new()));
                panels.len() - 1
            });
            for (split, points) in splits.into_iter().filter(|(split, _)| split != "test") {
                panels[place].1.push(Line { name: format!("{run}, {split}"), color, dashed: split == "train", points });
            }
        }
    }
    draw(panels.into_iter().map(|(metric, lines)| panel(&metric, lines)).collect())
}

/// The loss over a rising learning rate, and the rate that is suggested by it.
///
/// The line ends where the loss is well over what it began with: what follows would hide how it fell.
pub fn learning_rate_finder(losses: &[(f64, f64)], suggested: Option<f64>) -> String {
    let usable = |(rate, loss): &&(f64, f64)| *rate > 0.0 && rate.is_finite() && loss.is_finite();
    let mut points: Vec<_> = losses.iter().filter(usable).copied().collect();
    points.truncate(shown(&points));
    let line = Line { name: String::new(), color: COLORS[0], dashed: false, points };
    let panel = Panel {
        title: "loss".into(),
        x_label: "learning rate",
        whole: false,
        log_x: true,
        log_y: spans_decades(std::slice::from_ref(&line)),
        lines: vec![line],
        mark: suggested
            .filter(|rate| *rate > 0.0 && rate.is_finite())
            .map(|rate| (rate, format!("suggested: {}", short(rate)))),
    };
    draw(vec![panel])
}

/// How many points there are until the loss, after its lowest value, is half as high again over it as it began.
fn shown(points: &[(f64, f64)]) -> usize {
    let Some(lowest) = (0..points.len()).min_by(|&a, &b| points[a].1.total_cmp(&points[b].1)) else { return 0 };
    let low = points[lowest].1;
    let start = points[..=lowest].iter().map(|point| point.1).fold(low, f64::max);
    let over = points[lowest..].iter().position(|point| start > low && point.1 > low + 1.5 * (start - low));
    over.map_or(points.len(), |place| lowest + place)
}

fn panel(metric: &str, lines: Vec<Line>) -> Panel {
    let rate = metric.contains("rate") && spans(&lines) > 10.0;
    let log_y = rate || metric.contains("loss") && spans_decades(&lines);
    let title = if log_y { format!("{metric} (log)") } else { metric.into() };
    Panel { title, x_label: "epoch", whole: true, log_x: false, log_y, lines, mark: None }
}

fn spans_decades(lines: &[Line]) -> bool {
    spans(lines) > 100.0
}

/// The highest over the lowest value; 1 if one isn't over 0.
fn spans(lines: &[Line]) -> f64 {
    let values = || lines.iter().flat_map(|line| &line.points).map(|point| point.1);
    match (values().reduce(f64::min), values().reduce(f64::max)) {
        (Some(low), Some(high)) if low > 0.0 => high / low,
        _ => 1.0,
    }
}

/// Panels in rows of two.
fn draw(panels: Vec<Panel>) -> String {
    let across = panels.len().clamp(1, ACROSS);
    let down = panels.len().div_ceil(across).max(1);
    svg((PANEL.0 * across as u32, PANEL.1 * down as u32), |root| {
        let areas = root.split_evenly((down, across));
        panels.iter().zip(&areas).all(|(panel, area)| panel.draw(area))
    })
}

/// Reads the history's own table, `epoch,split,metric,value`.
fn values(history: &History) -> Values {
    let mut values: Values = Vec::new();
    for line in history.to_csv().lines().skip(1) {
        let Some((epoch, split, metric, value)) = row(line) else { continue };
        let place = values.iter().position(|(known, _)| known == metric).unwrap_or_else(|| {
            values.push((metric.into(), BTreeMap::new()));
            values.len() - 1
        });
        let points = values[place].1.entry(split.into()).or_default();
        if value.is_finite() {
            points.push((epoch, value));
        }
    }
    values
}

fn row(line: &str) -> Option<(f64, &str, &str, f64)> {
    let (epoch, rest) = line.split_once(',')?;
    let (split, rest) = rest.split_once(',')?;
    let (metric, value) = rest.rsplit_once(',')?;
    Some((epoch.parse().ok()?, split, metric, value.parse().ok()?))
}
