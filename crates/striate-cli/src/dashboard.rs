//! `striate train --dashboard`: the run on the whole terminal.

use std::io::{self, Stderr};
use std::time::{Duration, Instant};

use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use ratatui::prelude::{Color, Constraint, CrosstermBackend, Frame, Layout, Line, Rect, Style, Terminal};
use ratatui::symbols::Marker;
use ratatui::widgets::{Axis, Block, Chart, Dataset, Gauge, GraphType, Row, Table};
use striate::training::callbacks::EpochEnd;
use striate::training::{Callback, Control, History, Split, StepReport, TrainError, Trainer};

/// The time between two drawings.
const REDRAW: Duration = Duration::from_millis(100);

/// Points of the curve of batches; when there are more, every second one goes.
const POINTS: usize = 512;

/// Curves, the time left and the last epochs, drawn on standard error. `q` and Ctrl-C stop the run after its step, and it is
/// saved; `l` changes between a linear and a logarithmic loss.
pub(crate) struct Dashboard {
    terminal: Option<Terminal<CrosstermBackend<Stderr>>>,
    view: View,
    shown: Option<Instant>,
}

impl Dashboard {
    pub(crate) fn new() -> Self {
        Self { terminal: None, view: View::default(), shown: None }
    }

    fn draw(&mut self) -> Result<(), TrainError> {
        let Some(terminal) = &mut self.terminal else { return Ok(()) };
        self.shown = Some(Instant::now());
        let drawn = terminal.draw(|frame| self.view.draw(frame));
        drawn.map(drop).map_err(|source| terminal_error("drawn on", source))
    }

    fn close(&mut self) {
        if self.terminal.take().is_some() {
            give_back();
        }
    }

    /// What the keys that were pressed since ask for.
    fn keys(&mut self) -> io::Result<Control> {
        let mut control = Control::Continue;
        while event::poll(Duration::ZERO)? {
            if let Event::Key(KeyEvent { code, modifiers, kind: KeyEventKind::Press, .. }) = event::read()? {
                match code {
                    KeyCode::Char('c') if modifiers.contains(KeyModifiers::CONTROL) => control = Control::Stop,
                    KeyCode::Char('q') => control = Control::Stop,
                    KeyCode::Char('l') => self.view.logarithmic = !self.view.logarithmic,
                    _ => {}
                }
            }
        }
        Ok(control)
    }
}

impl Drop for Dashboard {
    /// Gives the terminal back, also after a failure.
    fn drop(&mut self) {
        self.close();
    }
}

fn give_back() {
    // Nothing can be done about a terminal that is gone.
    let _ = disable_raw_mode();
    let _ = execute!(io::stderr(), LeaveAlternateScreen);
}

fn terminal_error(action: &'static str, source: io::Error) -> TrainError {
    TrainError::Callback { name: "dashboard", reason: format!("the terminal can't be {action}: {source}") }
}

impl Callback for Dashboard {
    fn run_begin(&mut self, trainer: &mut Trainer, steps: usize) -> Result<(), TrainError> {
        let taken = enable_raw_mode().and_then(|()| execute!(io::stderr(), EnterAlternateScreen));
        let terminal = taken.and_then(|()| Terminal::new(CrosstermBackend::new(io::stderr())));
        self.terminal = Some(terminal.map_err(|source| {
            give_back();
            terminal_error("taken", source)
        })?);
        self.view.begin(trainer.network().spec().name(), trainer.config().epochs, steps, trainer.progress().epoch);
        self.view.history = trainer.history().clone();
        self.draw()
    }

    fn batch_end(&mut self, trainer: &mut Trainer, batch: usize, step: &StepReport) -> Result<Control, TrainError> {
        self.view.step(trainer.progress().epoch, batch, step);
        if self.shown.is_some_and(|shown| shown.elapsed() < REDRAW) {
            return Ok(Control::Continue);
        }
        let control = self.keys().map_err(|source| terminal_error("asked for keys", source))?;
        self.draw()?;
        Ok(control)
    }

    fn epoch_end(&mut self, trainer: &mut Trainer, _end: &EpochEnd) -> Result<Control, TrainError> {
        self.view.history = trainer.history().clone();
        self.draw()?;
        Ok(Control::Continue)
    }

    fn run_end(&mut self, _trainer: &mut Trainer, _failed: bool) -> Result<(), TrainError> {
        self.close();
        Ok(())
    }
}

/// What is drawn.
struct View {
    network: String,
    epochs: usize,
    steps: usize,
    /// Steps that were done before this process went on.
    before: usize,
    done: usize,
    samples: usize,
    begun: Instant,
    rate: f64,
    history: History,
    /// The loss of batches by the epoch, a fraction.
    losses: Vec<(f64, f64)>,
    /// Batches from one point of `losses` to the next.
    stride: usize,
    logarithmic: bool,
}

impl Default for View {
    fn default() -> Self {
        Self {
            network: String::new(),
            epochs: 0,
            steps: 0,
            before: 0,
            done: 0,
            samples: 0,
            begun: Instant::now(),
            rate: 0.0,
            history: History::default(),
            losses: Vec::new(),
            stride: 1,
            logarithmic: false,
        }
    }
}

impl View {
    fn begin(&mut self, network: &str, epochs: usize, steps: usize, epoch: usize) {
        let before = epoch * steps;
        *self = Self { network: network.into(), epochs, steps, before, done: before, ..Self::default() };
    }

    fn step(&mut self, epoch: usize, batch: usize, step: &StepReport) {
        self.done = epoch * self.steps + batch;
        self.samples += step.samples;
        self.rate = step.rate;
        if self.done.is_multiple_of(self.stride) {
            self.losses.push((self.done as f64 / self.steps.max(1) as f64, step.loss));
        }
        if self.losses.len() > POINTS {
            let mut kept = false;
            self.losses.retain(|_| {
                kept = !kept;
                kept
            });
            self.stride *= 2;
        }
    }

    fn draw(&self, frame: &mut Frame<'_>) {
        let areas = Layout::vertical([
            Constraint::Length(1),
            Constraint::Length(1),
            Constraint::Min(8),
            Constraint::Length(7),
            Constraint::Length(1),
        ]);
        let [title, progress, charts, epochs, keys] = areas.areas(frame.area());
        frame.render_widget(Line::from(self.title()), title);
        let all = (self.steps * self.epochs).max(1);
        let ratio = (self.done as f64 / all as f64).min(1.0);
        frame.render_widget(Gauge::default().gauge_style(Style::new().fg(Color::Cyan)).ratio(ratio), progress);
        let [left, right] = Layout::horizontal([Constraint::Fill(1), Constraint::Fill(1)]).areas(charts);
        self.draw_loss(frame, left);
        self.draw_metric(frame, right);
        self.draw_epochs(frame, epochs);
        frame.render_widget(Line::from("q: stop and save   l: logarithmic loss").style(Style::new().dim()), keys);
    }

    fn title(&self) -> String {
        let seconds = self.begun.elapsed().as_secs_f64();
        let done = self.done - self.before;
        let left = (self.steps * self.epochs).saturating_sub(self.done);
        let left = if done == 0 { "?".into() } else { clock(seconds / done as f64 * left as f64) };
        let (epoch, batch) = (self.done / self.steps.max(1), self.done % self.steps.max(1));
        format!(
            "{}  epoch {}/{}  batch {batch}/{}  rate {:.2e}  {:.0} images/s  {} gone, {left} left",
            self.network,
            (epoch + 1).min(self.epochs),
            self.epochs,
            self.steps,
            self.rate,
            self.samples as f64 / seconds.max(1e-9),
            clock(seconds),
        )
    }

    fn draw_loss(&self, frame: &mut Frame<'_>, area: Rect) {
        let scale = |points: &[(f64, f64)]| -> Vec<(f64, f64)> {
            let scaled = points.iter().map(|&(x, y)| (x, if self.logarithmic { y.max(1e-12).log10() } else { y }));
            scaled.collect()
        };
        let batches = scale(&self.losses);
        let validation = scale(&self.curve(Split::Validation, "loss"));
        let title = if self.logarithmic { "loss, powers of ten" } else { "loss" };
        self.chart(frame, area, title, &[("batches", batches), ("validation", validation)]);
    }

    /// The first value beside the loss.
    fn draw_metric(&self, frame: &mut Frame<'_>, area: Rect) {
        let names = self.history.metrics(Split::Validation);
        let names = if names.is_empty() { self.history.metrics(Split::Train) } else { names };
        let Some(name) = names.into_iter().find(|name| !name.ends_with("loss")) else {
            return frame.render_widget(Block::bordered().title("after the first epoch"), area);
        };
        let curves = [("train", Split::Train), ("validation", Split::Validation)];
        self.chart(frame, area, name, &curves.map(|(label, split)| (label, self.curve(split, name))));
    }

    fn curve(&self, split: Split, metric: &str) -> Vec<(f64, f64)> {
        self.history.values(split, metric).map(|(epoch, value)| (epoch as f64, value)).collect()
    }

    fn chart(&self, frame: &mut Frame<'_>, area: Rect, title: &str, curves: &[(&str, Vec<(f64, f64)>)]) {
        let values = || curves.iter().flat_map(|(_, points)| points).map(|point| point.1).filter(|y| y.is_finite());
        let (low, high) = values().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), y| (low.min(y), high.max(y)));
        let (low, high) = match low < high {
            true => (low, high),
            false if low == high => (low - 0.5, high + 0.5),
            false => (0.0, 1.0),
        };
        let colors = [Color::Cyan, Color::Yellow];
        let curves = curves.iter().zip(colors).map(|((label, points), color)| {
            let curve = Dataset::default().name(*label).data(points).style(Style::new().fg(color));
            curve.marker(Marker::Braille).graph_type(GraphType::Line)
        });
        let end = self.epochs.max(1) as f64;
        let x = Axis::default().bounds([0.0, end]).labels(["0".into(), format!("epoch {end}")]);
        let y = Axis::default().bounds([low, high]).labels([low, high].map(|value| format!("{value:.3}")));
        let chart = Chart::new(curves.collect()).block(Block::bordered().title(title)).x_axis(x).y_axis(y);
        // The names of the curves take a corner, however small the chart is.
        frame.render_widget(
            chart.hidden_legend_constraints((Constraint::Percentage(60), Constraint::Percentage(60))),
            area,
        );
    }

    /// The last epochs as a table.
    fn draw_epochs(&self, frame: &mut Frame<'_>, area: Rect) {
        let columns: Vec<_> = [Split::Train, Split::Validation]
            .into_iter()
            .flat_map(|split| self.history.metrics(split).into_iter().map(move |metric| (split, metric)))
            .collect();
        let head = columns.iter().map(|(split, metric)| match split {
            Split::Train => format!("train {metric}"),
            _ => format!("val {metric}"),
        });
        let head = Row::new([String::from("epoch")].into_iter().chain(head)).style(Style::new().bold());
        let last = self.history.last_epoch();
        let rows = (1..=last).rev().take(area.height.saturating_sub(3).into()).map(|epoch| {
            let value = |(split, metric): &(Split, &str)| {
                let value = self.history.values(*split, metric).find(|value| value.0 == epoch);
                value.map_or_else(String::new, |(_, value)| format!("{value:.4}"))
            };
            Row::new([epoch.to_string()].into_iter().chain(columns.iter().map(value)))
        });
        let widths = std::iter::once(Constraint::Length(6)).chain(columns.iter().map(|_| Constraint::Fill(1)));
        frame.render_widget(Table::new(rows, widths).header(head).block(Block::bordered().title("epochs")), area);
    }
}

/// Hours, minutes and seconds.
fn clock(seconds: f64) -> String {
    let seconds = seconds as u64;
    match seconds / 3600 {
        0 => format!("{}:{:02}", seconds / 60, seconds % 60),
        hours => format!("{hours}:{:02}:{:02}", seconds / 60 % 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use ratatui::backend::TestBackend;

    use super::*;

    fn lines(view: &View, width: u16, height: u16) -> Vec<String> {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| view.draw(frame)).unwrap();
        let buffer = terminal.backend().buffer().clone();
        let line = |y| (0..width).map(|x| buffer[(x, y)].symbol()).collect::<String>();
        (0..height).map(line).collect()
    }

    #[test]
    fn a_run_is_seen_with_its_curves_and_its_epochs() {
        let mut view = View::default();
        view.begin("lenet5", 4, 1000, 1);
        for batch in 1..=1500 {
            let loss = 2.0 / f64::from(batch);
            let (epoch, batch) = (1 + (batch as usize - 1) / 1000, (batch as usize - 1) % 1000 + 1);
            view.step(epoch, batch, &StepReport { loss, rate: 1e-3, samples: 32 });
        }
        for (epoch, accuracy) in [(1, 0.5), (2, 0.75)] {
            view.history.push(epoch, Split::Train, "loss", 1.0 / f64::from(epoch as u8));
            view.history.push(epoch, Split::Validation, "loss", 1.5);
            view.history.push(epoch, Split::Validation, "accuracy", accuracy);
        }
        assert!(view.losses.len() <= POINTS && view.losses.last().unwrap().0 > 2.49);
        let lines = lines(&view, 100, 30);
        let text = lines.join("\n");
        assert!(lines[0].starts_with("lenet5  epoch 3/4  batch 500/1000  rate 1.00e-3"), "{text}");
        assert!(lines[1].contains("63%"), "{text}");
        for seen in ["loss", "accuracy", "validation", "val accuracy", "0.7500", "q: stop and save"] {
            assert!(text.contains(seen), "{seen:?} isn't in\n{text}");
        }
        assert!(text.chars().any(|symbol| ('\u{2801}'..='\u{28ff}').contains(&symbol)), "no curve in\n{text}");
    }

    #[test]
    fn a_small_terminal_and_a_run_without_numbers_are_drawn() {
        let mut view = View { logarithmic: true, ..View::default() };
        lines(&view, 20, 5);
        view.begin("net", 0, 0, 0);
        view.step(0, 0, &StepReport { loss: f64::NAN, rate: 0.0, samples: 0 });
        lines(&view, 80, 24);
        assert_eq!((clock(59.9), clock(3725.0)), ("0:59".into(), "1:02:05".into()));
    }
}
