//! What keeps a task from being done.

use striate_network::NetworkError;

use crate::ModelError;

/// Why a task's network, targets or answers can't be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TaskError {
    /// The network can't be built so.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A layer doesn't fit, or what was given to run doesn't.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// A setting is out of its range.
    #[error("`{option}` is {value}; {rule}")]
    Setting {
        /// The setting.
        option: &'static str,
        /// Its value.
        value: String,
        /// What it has to be.
        rule: String,
    },
    /// A network gives something else than the task needs.
    #[error("network {network:?} gives {got}; {expected}")]
    Output {
        /// The network's name.
        network: String,
        /// What it gives.
        got: String,
        /// What the task needs.
        expected: String,
    },
    /// A box is none that can be learned.
    #[error("box {index}, {numbers:?}, {reason}")]
    Box {
        /// The box's place in the list, from 0.
        index: usize,
        /// Left, upper, right and lower edge, in px.
        numbers: [f32; 4],
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A box is of a class that the network doesn't know.
    #[error("box {index} is of class {class}, but there are {classes}; classes count from 0")]
    Class {
        /// The box's place in the list, from 0.
        index: usize,
        /// Its class.
        class: usize,
        /// The classes that there are.
        classes: usize,
    },
    /// A picture has no box where one is needed.
    #[error("there is no box; localization learns from pictures that show one thing, so leave this one out")]
    NoBox,
    /// A list has another number of values than its sides say.
    #[error("{what} has {got} values, not {expected}")]
    Values {
        /// What it is.
        what: &'static str,
        /// How many it has.
        got: usize,
        /// How many it has to have.
        expected: usize,
    },
}

impl TaskError {
    pub(crate) fn setting(option: &'static str, value: impl ToString, rule: impl Into<String>) -> Self {
        Self::Setting { option, value: value.to_string(), rule: rule.into() }
    }
}

/// An error if a list hasn't as many values as these sides make.
pub(crate) fn check_values(what: &'static str, got: usize, sides: &[usize]) -> Result<(), TaskError> {
    let expected = sides.iter().try_fold(1_usize, |product, &side| product.checked_mul(side)).unwrap_or(usize::MAX);
    if got == expected { Ok(()) } else { Err(TaskError::Values { what, got, expected }) }
}

/// A box of the truth within a picture of `[height, width]` px, cut off at its sides.
pub(crate) fn check_box(
    index: usize,
    (numbers, class): ([f32; 4], usize),
    [height, width]: [usize; 2],
    classes: usize,
) -> Result<[f32; 4], TaskError> {
    let wrong = |reason| Err(TaskError::Box { index, numbers, reason });
    if class >= classes {
        return Err(TaskError::Class { index, class, classes });
    }
    if !numbers.iter().all(|edge| edge.is_finite()) {
        return wrong("has an edge that is no finite number");
    }
    let [left, top, right, bottom] = numbers;
    if right <= left || bottom <= top {
        return wrong("has no area; edges are left, upper, right and lower");
    }
    let (height, width) = (height as f32, width as f32);
    let [left, right] = [left, right].map(|edge| edge.clamp(0.0, width));
    let [top, bottom] = [top, bottom].map(|edge| edge.clamp(0.0, height));
    if right <= left || bottom <= top {
        return wrong("lies outside of its picture");
    }
    Ok([left, top, right, bottom])
}
