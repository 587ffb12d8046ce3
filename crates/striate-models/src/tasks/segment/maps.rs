//! What a segmentation network gives for one picture.

use striate_core::bilinear;

use super::super::TaskError;
use super::super::error::check_values;

/// A number for each class and px: `[class, height, width]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Maps {
    values: Vec<f32>,
    sides: [usize; 3],
}

impl Maps {
    /// Takes the values of `[class, height, width]`.
    ///
    /// # Errors
    /// [`TaskError::Values`] if there are more or fewer; [`TaskError::Setting`] without a class or px, or with more than 255
    /// classes, the number of the last being [void](super::VOID).
    pub fn new(values: Vec<f32>, sides: [usize; 3]) -> Result<Self, TaskError> {
        check_values("the output", values.len(), &sides)?;
        let [classes, height, width] = sides;
        if !(1..=255).contains(&classes) {
            return Err(TaskError::setting("classes", classes, "a mask has from 1 to 255"));
        }
        if height == 0 || width == 0 {
            return Err(TaskError::setting("size", format!("{height}x{width}"), "each side must be at least 1 px"));
        }
        Ok(Self { values, sides })
    }

    /// Logits that say this mask for sure: 20 for the class of a px, 0 for the others, and for each where it is void.
    ///
    /// # Errors
    /// Those of [`new`](Self::new), and [`TaskError::Setting`] for a class that isn't below `classes`.
    pub fn of_mask(mask: &[u8], classes: usize, [height, width]: [usize; 2]) -> Result<Self, TaskError> {
        check_values("the mask", mask.len(), &[height, width])?;
        let unknown = mask.iter().find(|&&class| class != super::VOID && usize::from(class) >= classes);
        if let Some(class) = unknown {
            return Err(TaskError::setting("class", class, format!("it must be below {classes}, or 255 for void")));
        }
        let values = (0..classes)
            .flat_map(|class| mask.iter().map(move |&here| if usize::from(here) == class { 20.0 } else { 0.0 }));
        Self::new(values.collect(), [classes, height, width])
    }

    /// Classes, height and width.
    pub fn sides(&self) -> [usize; 3] {
        self.sides
    }

    /// The values of one class, `[height, width]`.
    ///
    /// # Panics
    /// If there is no such class.
    pub fn class(&self, class: usize) -> &[f32] {
        let [_, height, width] = self.sides;
        &self.values[class * height * width..][..height * width]
    }

    /// The same maps at another `[height, width]` in px, linear between the middles of px, as PyTorch's `interpolate` with
    /// `bilinear` and without `align_corners`. Best on logits, for a network whose output is smaller than its input.
    ///
    /// # Errors
    /// [`TaskError::Setting`] for a side of 0 or over 65,536 px.
    pub fn resized(&self, [height, width]: [usize; 2]) -> Result<Self, TaskError> {
        let [classes, from_height, from_width] = self.sides;
        if [height, width].iter().any(|side| !(1..=1 << 16).contains(side)) {
            return Err(TaskError::setting(
                "size",
                format!("{height}x{width}"),
                "each side must be from 1 to 65,536 px",
            ));
        }
        if [height, width] == [from_height, from_width] {
            return Ok(self.clone());
        }
        let resized = |class| bilinear::resized(self.class(class), [from_height, from_width], [height, width]);
        let values = (0..classes).flat_map(resized).collect();
        Ok(Self { values, sides: [classes, height, width] })
    }

    /// The softmax over the classes of each px; of a single class the sigmoid.
    pub fn probabilities(mut self) -> Self {
        let [classes, height, width] = self.sides;
        if classes == 1 {
            self.values.iter_mut().for_each(|value| *value = 1.0 / (1.0 + (-*value).exp()));
            return self;
        }
        let area = height * width;
        for place in 0..area {
            let each = || (0..classes).map(|class| class * area + place);
            let largest = each().map(|at| self.values[at]).fold(f32::NEG_INFINITY, f32::max);
            let sum: f32 = each().map(|at| (self.values[at] - largest).exp()).sum();
            for at in each() {
                self.values[at] = (self.values[at] - largest).exp() / sum;
            }
        }
        self
    }

    /// The class of each px, `[height, width]`: that with the largest value, the first of several; of logits of a single
    /// class 1 where they are over 0.
    pub fn mask(&self) -> Vec<u8> {
        let [classes, height, width] = self.sides;
        if classes == 1 {
            return self.values.iter().map(|&logit| u8::from(logit > 0.0)).collect();
        }
        let mut best: Vec<(u8, f32)> = self.class(0).iter().map(|&value| (0, value)).collect();
        for class in 1..classes {
            for (best, &value) in best.iter_mut().zip(self.class(class)) {
                // No more than 255 classes are taken.
                if value > best.1 || (best.1.is_nan() && !value.is_nan()) {
                    *best = (class as u8, value);
                }
            }
        }
        debug_assert_eq!(best.len(), height * width);
        best.into_iter().map(|(class, _)| class).collect()
    }
}
