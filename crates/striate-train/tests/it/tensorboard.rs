//! Event files: what is in them, without TensorBoard.

use std::fs;

use striate_train::tensorboard::EventWriter;

/// The records of a file, by their lengths.
fn records(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut rest = bytes;
    let mut records = Vec::new();
    while !rest.is_empty() {
        let length = u64::from_le_bytes(rest[..8].try_into().unwrap()) as usize;
        records.push(rest[12..12 + length].to_vec());
        rest = &rest[16 + length..];
    }
    records
}

#[test]
fn events_follow_each_other_and_resuming_begins_a_new_file() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("new");
    let mut first = EventWriter::create(&folder).unwrap();
    first.scalar("loss/train", 1, 0.5).unwrap();
    first.histogram("weights", 1, &[0.1, -2.0, f32::NAN, 0.0]).unwrap();
    first.flush().unwrap();
    let mut second = EventWriter::resume(&folder, 7).unwrap();
    second.scalar("loss/train", 7, 0.25).unwrap();
    assert_ne!(first.path(), second.path());
    let (first_path, second_path) = (first.path().to_owned(), second.path().to_owned());
    // What is dropped is flushed.
    drop((first, second));
    let first = records(&fs::read(first_path).unwrap());
    assert_eq!(first.len(), 3);
    assert!(first[0].ends_with(b"brain.Event:2"));
    // Step 1, a summary of 19 bytes with one value of 17: tag and 0.5 as f32.
    assert_eq!(first[1][9..], *b"\x10\x01\x2a\x13\x0a\x11\x0a\x0aloss/train\x15\x00\x00\x00\x3f");
    let second = records(&fs::read(second_path).unwrap());
    assert_eq!(second.len(), 3);
    assert_eq!(second[1][9..], *b"\x10\x07\x3a\x02\x08\x01");
    let names = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert!(names.into_iter().all(|name| name.starts_with("events.out.tfevents.")));
}

#[test]
fn folder_that_is_a_file_is_an_error() {
    let file = tempfile::NamedTempFile::new().unwrap();
    assert!(EventWriter::create(file.path()).is_err());
}
