//! One panel: lines over an axis.

use std::ops::Range;

use plotters::coord::ranged1d::{AsRangedCoord, Ranged, ValueFormatter};
use plotters::prelude::*;

use super::canvas::{Area, Drawn, FONT, short, shortened};

/// Lines on common axes.
pub(super) struct Panel {
    pub(super) title: String,
    pub(super) x_label: &'static str,
    /// Whether x is whole numbers.
    pub(super) whole: bool,
    pub(super) log_x: bool,
    pub(super) log_y: bool,
    pub(super) lines: Vec<Line>,
    /// A place on x that is marked, with what it is.
    pub(super) mark: Option<(f64, String)>,
}

/// A line of a panel.
pub(super) struct Line {
    pub(super) name: String,
    pub(super) color: RGBColor,
    pub(super) dashed: bool,
    pub(super) points: Vec<(f64, f64)>,
}

/// The most points of a line that are marked by dots.
const DOTS: usize = 40;
/// The most lines that a legend names.
const NAMED: usize = 12;

impl Panel {
    /// Draws it; false if that fails.
    pub(super) fn draw(&self, area: &Area<'_>) -> bool {
        let Some(([x, y], plain_y)) = self.ranges() else {
            let text = format!("{}: nothing to show", shortened(&self.title, 40));
            return area.draw(&Text::new(text, (20, 20), (FONT, 15))).is_ok();
        };
        match (self.log_x, plain_y) {
            (false, true) => self.on(area, x, y).is_ok(),
            (false, false) => self.on(area, x, y.log_scale()).is_ok(),
            (true, true) => self.on(area, x.log_scale(), y).is_ok(),
            (true, false) => self.on(area, x.log_scale(), y.log_scale()).is_ok(),
        }
    }

    /// What the axes span, and whether y is a plain axis: a log axis needs numbers over 0.
    fn ranges(&self) -> Option<([Range<f64>; 2], bool)> {
        let span = |of: fn(&(f64, f64)) -> f64| -> Option<(f64, f64)> {
            let points = || self.lines.iter().flat_map(|line| &line.points).map(of);
            Some((points().reduce(f64::min)?, points().reduce(f64::max)?))
        };
        let (left, right) = span(|point| point.0)?;
        let (low, high) = span(|point| point.1)?;
        let plain_y = !self.log_y || low <= 0.0;
        Some(([padded(left, right, self.log_x, 0.02), padded(low, high, !plain_y, 0.06)], plain_y))
    }

    fn on<'a, X, Y>(&self, area: &Area<'a>, x: X, y: Y) -> Drawn<'a>
    where
        X: AsRangedCoord<Value = f64>,
        Y: AsRangedCoord<Value = f64>,
        X::CoordDescType: Ranged<ValueType = f64> + ValueFormatter<f64>,
        Y::CoordDescType: Ranged<ValueType = f64> + ValueFormatter<f64>,
    {
        let mut chart = ChartBuilder::on(area)
            .caption(shortened(&self.title, 40), (FONT, 17))
            .margin(12)
            .x_label_area_size(38)
            .y_label_area_size(58)
            .build_cartesian_2d(x, y)?;
        let whole = |number: &f64| match (number - number.round()).abs() < 1e-9 {
            true => format!("{number:.0}"),
            false => String::new(),
        };
        let plain = |number: &f64| short(*number);
        let form: &dyn Fn(&f64) -> String = if self.whole { &whole } else { &plain };
        chart
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(BLACK.mix(0.12))
            .axis_style(BLACK.mix(0.5))
            .label_style((FONT, 13))
            .axis_desc_style((FONT, 14))
            .x_desc(self.x_label)
            .x_labels(8)
            .y_labels(7)
            .x_label_formatter(form)
            .y_label_formatter(&plain)
            .draw()?;
        for (number, line) in self.lines.iter().enumerate() {
            let style = line.color.stroke_width(2);
            let points = || line.points.iter().copied();
            let series = match line.dashed {
                true => chart.draw_series(DashedLineSeries::new(points(), 6, 4, style))?,
                false => chart.draw_series(LineSeries::new(points(), style))?,
            };
            if number < NAMED && !line.name.is_empty() {
                let (color, dashed) = (line.color, line.dashed);
                series.label(shortened(&line.name, 28)).legend(move |(x, y)| {
                    // A dashed line's gap, drawn as two strokes.
                    let ends = if dashed { vec![(x, y), (x + 6, y)] } else { vec![(x, y), (x + 18, y)] };
                    PathElement::new(ends, color.stroke_width(3))
                });
            }
            if points().len() <= DOTS {
                chart.draw_series(points().map(|point| Circle::new(point, 2, line.color.filled())))?;
            }
        }
        if let Some((place, name)) = &self.mark {
            let lows = self.lines.iter().flat_map(|line| &line.points).map(|point| point.1);
            let (low, high) = lows.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), y| (low.min(y), high.max(y)));
            let ends = [(*place, low), (*place, high)];
            let series = chart.draw_series(DashedLineSeries::new(ends, 4, 4, BLACK.stroke_width(1)))?;
            series
                .label(name.clone())
                .legend(|(x, y)| PathElement::new(vec![(x, y), (x + 6, y)], BLACK.stroke_width(1)));
        }
        if self.mark.is_some() || self.lines.iter().any(|line| !line.name.is_empty()) {
            chart
                .configure_series_labels()
                .position(self.legend_place())
                .label_font((FONT, 13))
                .background_style(WHITE.mix(0.85))
                .border_style(BLACK.mix(0.2))
                .legend_area_size(24)
                .draw()?;
        }
        Ok(())
    }

    /// The corner where the fewest points are.
    fn legend_place(&self) -> SeriesLabelPosition {
        let points = || self.lines.iter().flat_map(|line| &line.points);
        // Where between the lowest and the highest number another is, in [0, 1].
        let along = |of: fn(&(f64, f64)) -> f64, log: bool| {
            let low = points().map(of).fold(f64::INFINITY, f64::min);
            let high = points().map(of).fold(f64::NEG_INFINITY, f64::max);
            let scale = move |number: f64| if log && low > 0.0 { number.ln() } else { number };
            move |number: f64| (scale(number) - scale(low)) / (scale(high) - scale(low)).max(f64::MIN_POSITIVE)
        };
        let (x, y) = (along(|point| point.0, self.log_x), along(|point| point.1, self.log_y));
        let corners = [
            (SeriesLabelPosition::UpperRight, true, true),
            (SeriesLabelPosition::LowerRight, true, false),
            (SeriesLabelPosition::LowerLeft, false, false),
            (SeriesLabelPosition::UpperLeft, false, true),
        ];
        let inside = |right: bool, upper: bool| {
            let within = |part: f64, end: bool, size: f64| if end { part > 1.0 - size } else { part < size };
            points().filter(|point| within(x(point.0), right, 0.45) && within(y(point.1), upper, 0.4)).count()
        };
        let least = corners.into_iter().min_by_key(|(_, right, upper)| inside(*right, *upper));
        least.map_or(SeriesLabelPosition::UpperRight, |(place, ..)| place)
    }
}

/// A range with some room on both ends, never empty.
fn padded(low: f64, high: f64, log: bool, part: f64) -> Range<f64> {
    if log {
        let room = (high / low).powf(part).max(1.05);
        return low / room..high * room;
    }
    let room = match high - low {
        0.0 => (low.abs() * 0.1).max(0.5),
        span => span * part,
    };
    low - room..high + room
}
