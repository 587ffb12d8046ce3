//! Programs of others, which `cargo xtask real` fetches.

use std::path::{Path, PathBuf};
use std::process::Command;

use striate_train::tensorboard::EventWriter;

/// A red and a blue px, by Python's zlib.
const PNG: &[u8] = include_bytes!("two.png");

#[test]
#[ignore = "real: `cargo xtask real` fetches TensorBoard"]
fn tensorboard_reads_what_is_written() {
    let python = std::env::var_os("STRIATE_REAL_TENSORBOARD").map(PathBuf::from);
    let python = python.expect("STRIATE_REAL_TENSORBOARD is not set; run `cargo xtask real`");
    let folder = tempfile::tempdir().unwrap();
    let mut events = EventWriter::create(folder.path()).unwrap();
    for step in 0..200 {
        events.scalar("loss/train", step, 1.0 / (step + 1) as f64).unwrap();
    }
    events.scalar("loss/train", 1 << 40, f64::NAN).unwrap();
    events.image("picture", 3, PNG, 2, 1).unwrap();
    events.histogram("weights", 3, &[-1.0, 0.0, 0.5, 0.5, 3.0, f32::INFINITY]).unwrap();
    drop(events);
    // What was noted from step 150 on is replaced.
    let mut events = EventWriter::resume(folder.path(), 150).unwrap();
    events.scalar("loss/train", 150, 0.25).unwrap();
    events.scalar("loss/validation, ü", 150, 2.0).unwrap();
    drop(events);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real/events.py");
    assert!(Command::new(python).arg(script).arg(folder.path()).status().unwrap().success());
}
