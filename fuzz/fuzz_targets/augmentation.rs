//! Any JSON as an augmentation and as a record of what was drawn, for a picture with boxes, mask and key points.
#![no_main]

use striate_core::Streams;
use striate_data::transforms::{Pipeline, Record, Transform};
use striate_data::{Boxes, KeyPoint, Picture, Sample};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    // Large pictures take their time, not their toll.
    let large = |four: &[u8]| {
        four.iter().all(u8::is_ascii_digit)
            || four.windows(2).any(|two| two[0].is_ascii_digit() && two[1].eq_ignore_ascii_case(&b'e'))
    };
    if bytes.windows(4).any(large) {
        return;
    }
    let sample = || {
        let Ok(picture) = Picture::new(9, 7, 3, (0..189).collect()) else { unreachable!() };
        let Ok(mask) = Picture::new(9, 7, 1, (0..63).collect()) else { unreachable!() };
        Sample::new(picture)
            .with_mask(mask)
            .with_boxes(Boxes::xyxy([([1.0, 2.0, 4.0, 5.0], 1)]))
            .with_key_points(vec![KeyPoint::new(3.0, 4.0)])
    };
    if let Ok(pipeline) = serde_json::from_slice::<Pipeline>(bytes) {
        if pipeline.validate().is_ok() {
            let stream = || Streams::new(1).open("augment");
            if let Ok((changed, record)) = pipeline.record(sample(), &mut stream()) {
                // A number that is none is not equal to itself.
                let replayed = pipeline.replay(sample(), &record).map(|replayed| format!("{replayed:?}"));
                assert_eq!(replayed.ok(), Some(format!("{changed:?}")));
            }
        }
    }
    if let Ok(record) = serde_json::from_slice::<Record>(bytes) {
        let _ = Pipeline { steps: Vec::new() }.replay(sample(), &record);
    }
});
