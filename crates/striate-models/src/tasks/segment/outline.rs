//! What a network learns in order to tell things of one kind apart.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::super::TaskError;
use super::super::error::check_values;

/// How single things become classes of px: 0 the background, 1 the inside, 2 the border (as Caicedo et al. 2019,
/// <https://arxiv.org/abs/1901.11365>, for nuclei). By default a px within the thing is its border.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Outline {
    /// How far from another thing or the background a px is border, in px across, down and diagonal; 1 to 64.
    pub width: usize,
    /// Whether only the border between two things counts, not that to the background.
    pub touching_only: bool,
}

impl Default for Outline {
    fn default() -> Self {
        Self { width: 1, touching_only: false }
    }
}

impl Outline {
    /// The number of classes.
    pub const CLASSES: usize = 3;

    /// The class of each px from the number of its thing, 0 for none, both `[height, width]`. A thing too thin for an inside
    /// keeps the px that are farthest from its edge, so that each is found again.
    ///
    /// # Errors
    /// [`TaskError::Values`] if the numbers aren't as many as px; [`TaskError::Setting`] for a width out of its range.
    pub fn target(&self, things: &[u16], [height, width]: [usize; 2]) -> Result<Vec<u8>, TaskError> {
        check_values("the mask of things", things.len(), &[height, width])?;
        if !(1..=64).contains(&self.width) {
            return Err(TaskError::setting("width", self.width, "it must be from 1 to 64 px"));
        }
        let depth = self.depth(things, [height, width]);
        let highest = things.iter().copied().max().unwrap_or(0);
        let mut deepest = vec![0_u32; usize::from(highest) + 1];
        for (&thing, &depth) in things.iter().zip(&depth) {
            let deepest = &mut deepest[usize::from(thing)];
            *deepest = depth.max(*deepest);
        }
        let classes = things.iter().zip(depth).map(|(&thing, depth)| match thing {
            0 => 0,
            thing if depth as usize > self.width || depth == deepest[usize::from(thing)] => 1,
            _ => 2,
        });
        Ok(classes.collect())
    }

    /// How many steps it takes from each px of a thing to what bounds it; for the background 0.
    fn depth(&self, things: &[u16], [height, width]: [usize; 2]) -> Vec<u32> {
        let far = u32::MAX;
        let mut depth: Vec<u32> = things.iter().map(|&thing| if thing == 0 { 0 } else { far }).collect();
        let mut next = VecDeque::new();
        for place in (0..things.len()).filter(|&place| things[place] != 0) {
            let bounded = around(place, [height, width]).any(|other| match things[other] {
                0 => !self.touching_only,
                thing => thing != things[place],
            });
            if bounded {
                depth[place] = 1;
                next.push_back(place);
            }
        }
        while let Some(place) = next.pop_front() {
            for other in around(place, [height, width]) {
                if things[other] == things[place] && depth[other] == far {
                    depth[other] = depth[place] + 1;
                    next.push_back(other);
                }
            }
        }
        depth
    }
}

/// The eight places around one, as far as there are.
pub(super) fn around(place: usize, [height, width]: [usize; 2]) -> impl Iterator<Item = usize> {
    let (row, column) = (place / width, place % width);
    let rows = row.saturating_sub(1)..=(row + 1).min(height - 1);
    rows.flat_map(move |row| {
        (column.saturating_sub(1)..=(column + 1).min(width - 1)).map(move |column| row * width + column)
    })
    .filter(move |&other| other != place)
}
