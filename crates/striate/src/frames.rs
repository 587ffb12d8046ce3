//! Video as a folder of frames.

use std::cmp::Ordering;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::Serialize;
use striate_core::ClassNames;
use striate_data::{Dataset, Decoding, Files, Picture};

use crate::Error;

/// What was found in each frame, and how fast.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FrameRun<T> {
    /// The frames in order, each with its answer.
    pub frames: Vec<FrameAnswer<T>>,
    /// The time from the first frame's file to the last one's answer, in s.
    pub seconds: f64,
    /// Frames in a second.
    pub frames_per_second: f64,
}

/// The answer to one frame.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FrameAnswer<T> {
    /// The frame's path below the folder.
    pub frame: String,
    /// What was found.
    pub answer: T,
}

/// Asks about each picture in a folder and those below it, in the order of the numbers in their names, so that `frame10`
/// follows `frame9`. Any task's answer to one picture serves.
///
/// ```no_run
/// use std::path::Path;
///
/// use striate::prelude::*;
///
/// let predictor = Predictor::open(Path::new("model.safetensors"), &device("flex")?)?;
/// let run = striate::over_frames(Path::new("frames"), |frame| predictor.predict(frame, 1))?;
/// println!("{:.1} frames per second", run.frames_per_second);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If there is no picture or one can't be read, and those of `ask`.
pub fn over_frames<T>(folder: &Path, mut ask: impl FnMut(&Picture) -> Result<T, Error>) -> Result<FrameRun<T>, Error> {
    let pictures = Files::unlabelled(folder, &ClassNames::numbered(0), Decoding::default())?;
    let name = |number: usize| -> PathBuf {
        let path = pictures.path(number).unwrap_or(folder);
        path.strip_prefix(folder).unwrap_or(path).into()
    };
    let mut order: Vec<_> =
        (0..pictures.len()).map(|number| (name(number).to_string_lossy().into_owned(), number)).collect();
    order.sort_by(|(a, _), (b, _)| in_order(a, b));
    let start = Instant::now();
    let mut frames = Vec::with_capacity(order.len());
    for (frame, number) in order {
        let picture = pictures.get(number)?.image.to_u8();
        frames.push(FrameAnswer { frame, answer: ask(&picture)? });
    }
    let seconds = start.elapsed().as_secs_f64();
    // A clock may not have moved at all.
    let frames_per_second = frames.len() as f64 / seconds.max(1e-9);
    Ok(FrameRun { frames, seconds, frames_per_second })
}

/// Names by their letters, and runs of digits by their value.
fn in_order(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a, b);
    loop {
        let (Some(x), Some(y)) = (left.chars().next(), right.chars().next()) else {
            return left.len().cmp(&right.len()).then_with(|| a.cmp(b));
        };
        if x.is_ascii_digit() && y.is_ascii_digit() {
            let (number_x, number_y) = (digits(left), digits(right));
            let value = |digits: &str| digits.trim_start_matches('0').to_owned();
            let (value_x, value_y) = (value(number_x), value(number_y));
            let order = value_x.len().cmp(&value_y.len()).then_with(|| value_x.cmp(&value_y));
            if order.is_ne() {
                return order;
            }
            (left, right) = (&left[number_x.len()..], &right[number_y.len()..]);
        } else {
            if x != y {
                return x.cmp(&y);
            }
            (left, right) = (&left[x.len_utf8()..], &right[y.len_utf8()..]);
        }
    }
}

/// The digits at the beginning.
fn digits(text: &str) -> &str {
    &text[..text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_in_the_order_of_their_numbers() {
        let mut names = ["b/f10.png", "b/f9.png", "b/f010.png", "a.png", "b/f9a.png", "猫2", "猫10", "f"];
        names.sort_by(|a, b| in_order(a, b));
        assert_eq!(names, ["a.png", "b/f9.png", "b/f9a.png", "b/f010.png", "b/f10.png", "f", "猫2", "猫10"]);
    }
}
