//! Classes of px, and single things.

use proptest::prelude::*;
use striate_models::tasks::segment::{Maps, Outline, PALETTE, VOID, Watershed, overlay};

/// Things that are rectangles, later ones in front, as numbers of px; each is one piece, for none is inside of another.
fn things([height, width]: [usize; 2]) -> impl Strategy<Value = Vec<u16>> {
    let cell = 8;
    let (rows, columns) = (height / cell, width / cell);
    // Each in a cell of its own, so that they may touch but never cut each other.
    let one = (any::<bool>(), 0..4_usize, 0..4_usize, 3..=5_usize, 3..=5_usize);
    prop::collection::vec(one, rows * columns).prop_map(move |cells| {
        let mut numbers = vec![0; height * width];
        let mut count = 0;
        for (at, (is_there, top, left, high, wide)) in cells.into_iter().enumerate() {
            if is_there {
                count += 1;
                let (top, left) = (at / columns * cell + top, at % columns * cell + left);
                for row in top..(top + high).min(at / columns * cell + cell) {
                    for column in left..(left + wide).min(at % columns * cell + cell) {
                        numbers[row * width + column] = count;
                    }
                }
            }
        }
        numbers
    })
}

/// The number that most px of a thing have.
fn majority(things: &[u16], numbers: &[u16], thing: u16) -> u16 {
    let mut counts = std::collections::BTreeMap::<u16, usize>::new();
    things
        .iter()
        .zip(numbers)
        .filter(|(here, _)| **here == thing)
        .for_each(|(_, number)| *counts.entry(*number).or_default() += 1);
    counts.into_iter().max_by_key(|(_, count)| *count).map_or(0, |(number, _)| number)
}

/// Whether a px of a thing lies beside another thing, or at a corner of one.
fn touches(things: &[u16], [height, width]: [usize; 2], thing: u16) -> bool {
    let at = |row: usize, column: usize| things[row * width + column];
    (0..height * width).filter(|&place| things[place] == thing).any(|place| {
        let (row, column) = (place / width, place % width);
        let rows = row.saturating_sub(1)..=(row + 1).min(height - 1);
        let mut around = rows
            .flat_map(|row| (column.saturating_sub(1)..=(column + 1).min(width - 1)).map(move |column| (row, column)));
        around.any(|(row, column)| at(row, column) != 0 && at(row, column) != thing)
    })
}

proptest! {
    #[test]
    fn things_that_are_encoded_and_flooded_come_back(things in things([32, 40]), width in 1_usize..4) {
        let size = [32, 40];
        let outline = Outline { width, ..Outline::default() };
        let target = outline.target(&things, size).unwrap();
        let maps = Maps::of_mask(&target, Outline::CLASSES, size).unwrap().probabilities();
        let found = Watershed::default().things(&maps).unwrap();
        let count = usize::from(things.iter().copied().max().unwrap());
        prop_assert_eq!(found.count, count);
        prop_assert!(found.numbers.iter().zip(&things).all(|(got, wanted)| (*got == 0) == (*wanted == 0)));
        let mut numbers = std::collections::BTreeSet::new();
        for thing in 1..=count as u16 {
            let number = majority(&things, &found.numbers, thing);
            prop_assert!(number > 0 && numbers.insert(number), "each is found once");
            if !touches(&things, size, thing) {
                let same = found.numbers.iter().zip(&things).all(|(got, wanted)| (*got == number) == (*wanted == thing));
                prop_assert!(same, "{thing} touches none");
            }
        }
    }

    #[test]
    fn mask_of_sure_maps_is_the_mask(mask in prop::collection::vec(0_u8..6, 7 * 9)) {
        let maps = Maps::of_mask(&mask, 6, [7, 9]).unwrap();
        prop_assert_eq!(maps.mask(), mask.clone());
        let probable = maps.clone().probabilities();
        prop_assert_eq!(probable.mask(), mask.clone());
        // Three times as large the middle of each px is where it was.
        let large = maps.resized([21, 27]).unwrap().mask();
        for (place, class) in mask.iter().enumerate() {
            prop_assert_eq!(large[(place / 9 * 3 + 1) * 27 + place % 9 * 3 + 1], *class);
        }
    }
}

#[test]
fn maps_grow_as_pytorchs_interpolate_has_them() {
    // torch.nn.functional.interpolate([[0, 1], [2, 3]], size=(3, 4), mode="bilinear").
    let maps = Maps::new(vec![0.0, 1.0, 2.0, 3.0], [1, 2, 2]).unwrap().resized([3, 4]).unwrap();
    let wanted = [0.0, 0.25, 0.75, 1.0, 1.0, 1.25, 1.75, 2.0, 2.0, 2.25, 2.75, 3.0];
    assert!(maps.class(0).iter().zip(wanted).all(|(got, wanted)| (got - wanted).abs() < 1e-6), "{maps:?}");
    let smaller = maps.resized([1, 2]).unwrap();
    assert_eq!(smaller.class(0), [1.125, 1.875]);
}

#[test]
fn one_class_is_decided_by_its_sign() {
    let maps = Maps::new(vec![-1.0, 0.0, 0.5, 3.0], [1, 2, 2]).unwrap();
    assert_eq!(maps.mask(), [0, 0, 1, 1]);
    let probable = maps.probabilities();
    assert!((probable.class(0)[2] - 0.622_459_3).abs() < 1e-6);
}

#[test]
fn outline_has_its_width_and_keeps_the_middle_of_thin_things() {
    let square: Vec<u16> =
        (0..81).map(|at| u16::from((1..8).contains(&(at / 9)) && (1..8).contains(&(at % 9)))).collect();
    let count = |width, class| {
        let target = Outline { width, touching_only: false }.target(&square, [9, 9]).unwrap();
        target.iter().filter(|found| **found == class).count()
    };
    assert_eq!((count(1, 1), count(1, 2)), (25, 24));
    assert_eq!((count(2, 1), count(2, 2)), (9, 40));
    assert_eq!(count(9, 1), 1);
    let line = [0, 4, 4, 4, 0];
    assert_eq!(Outline::default().target(&line, [1, 5]).unwrap(), [0, 2, 1, 2, 0]);
    // Alone, a thing has no border where only touching ones count; the picture's edge is none either.
    let alone = Outline { width: 1, touching_only: true };
    assert_eq!(alone.target(&line, [1, 5]).unwrap(), [0, 1, 1, 1, 0]);
    assert_eq!(alone.target(&[4, 4, 4, 5, 5, 5], [1, 6]).unwrap(), [1, 1, 2, 2, 1, 1]);
}

#[test]
fn watershed_follows_its_settings() {
    // Background, inside and border of a line: two seeds, the second weak and of one px.
    let background = [0.9, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.4, 0.9];
    let inside = [0.0, 0.8, 0.9, 0.3, 0.1, 0.2, 0.6, 0.1, 0.0];
    let border: Vec<f32> = background.iter().zip(inside).map(|(b, i)| 1.0 - b - i).collect();
    let maps = Maps::new([&background[..], &inside, &border].concat(), [3, 1, 9]).unwrap();
    let of = |watershed: Watershed| watershed.things(&maps).unwrap();
    let default = Watershed::default();
    // Of equally likely px the one that was reached first goes first.
    assert_eq!(of(default).numbers, [0, 1, 1, 1, 1, 2, 2, 2, 0]);
    assert_eq!(of(Watershed { seed: 0.7, ..default }).numbers, [0, 1, 1, 1, 1, 1, 1, 1, 0]);
    assert_eq!(of(Watershed { min_seed_px: 2, ..default }).count, 1);
    assert_eq!(of(Watershed { background: 0.3, ..default }).numbers, [0, 1, 1, 1, 1, 2, 2, 0, 0]);
    assert_eq!(of(Watershed { min_px: 4, ..default }).numbers, [0, 1, 1, 1, 1, 0, 0, 0, 0]);
    assert_eq!(of(Watershed { min_px: 5, ..default }).count, 0);
}

#[test]
fn overlay_tints_what_is_not_background() {
    let mut picture = [100; 12];
    overlay(&mut picture, &[0_u8, 1, 21, VOID], 1.0).unwrap();
    assert_eq!(picture[..3], [100; 3]);
    assert_eq!([&picture[3..6], &picture[6..9], &picture[9..]], [&PALETTE[0], &PALETTE[0], &[160; 3]]);
    let mut picture = [100; 3];
    overlay(&mut picture, &[255_u16], 0.5).unwrap();
    assert_eq!(picture, PALETTE[14].map(|value| 100_u8.midpoint(value)));
    assert!(
        overlay(&mut picture, &[1_u8, 2], 0.5).unwrap_err().to_string().contains("the picture has 3 values, not 6")
    );
    assert!(overlay(&mut picture, &[1_u8], 1.5).is_err());
}

#[test]
fn what_is_no_segmentation_is_said() {
    assert!(Maps::new(vec![0.0; 5], [2, 1, 3]).unwrap_err().to_string().contains("5 values, not 6"));
    assert!(Maps::new(vec![0.0; 256], [256, 1, 1]).unwrap_err().to_string().contains("from 1 to 255"));
    assert!(Maps::new(Vec::new(), [0, 0, 0]).is_err());
    assert!(Maps::new(Vec::new(), [usize::MAX, usize::MAX, 2]).is_err());
    assert!(Maps::of_mask(&[7], 3, [1, 1]).unwrap_err().to_string().contains("`class` is 7"));
    assert!(Maps::of_mask(&[VOID], 3, [1, 1]).is_ok());
    let maps = Maps::new(vec![0.0; 4], [2, 1, 2]).unwrap();
    assert!(maps.resized([0, 4]).is_err());
    assert!(Watershed::default().things(&maps).unwrap_err().to_string().contains("watershed needs 3"));
    assert!(Outline { width: 0, ..Outline::default() }.target(&[1], [1, 1]).is_err());
    assert!(Outline::default().target(&[1], [2, 1]).is_err());
    let three = Maps::new(vec![0.0; 6], [3, 1, 2]).unwrap();
    assert!(Watershed { seed: 2.0, ..Watershed::default() }.things(&three).is_err());
}
