//! Contact sheets.

use striate_data::{Boxes, Picture, Sample, contact_sheet};

#[test]
fn a_sheet_shows_each_sample_with_its_boxes_and_its_mask() {
    let white = Sample::new(Picture::new(8, 16, 1, vec![255; 128]).unwrap());
    let boxed = white.clone().with_boxes(Boxes::xyxy([([4.0, 2.0, 12.0, 6.0], 1)]));
    let masked = white.clone().with_mask(Picture::new(8, 16, 1, vec![1; 128]).unwrap());
    let sheet = contact_sheet(&[white, boxed, masked], 2, 16).unwrap();
    assert_eq!((sheet.height(), sheet.width(), sheet.channels()), (44, 44, 3));
    let at = |row: usize, column: usize| &sheet.pixels()[(row * 44 + column) * 3..][..3];
    assert_eq!(at(12, 10), [255; 3]);
    // The second begins 24 px from the left, its box 4 px further; 4 px above a wide sample there is none of it.
    assert_eq!((at(10, 28), at(13, 35), at(11, 29)), (&[64, 220, 64][..], &[64, 220, 64][..], &[255; 3][..]));
    assert_eq!(at(6, 30), [40; 3]);
    assert_eq!(at(32, 10), [255, 159, 159]);
    // There is no fourth.
    assert_eq!(at(32, 30), [40; 3]);
}
