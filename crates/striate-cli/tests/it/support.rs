//! Starting the program, and data for it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use image::{GrayImage, Luma};

/// The program in a folder.
pub(crate) fn striate(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_striate"));
    command.current_dir(folder);
    command
}

/// Runs the program with these words.
pub(crate) fn run(folder: &Path, words: &str) -> Output {
    striate(folder).args(words.split_whitespace()).output().unwrap()
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The JSON on the last line of standard output of a run that went well.
#[track_caller]
pub(crate) fn json(output: &Output) -> serde_json::Value {
    assert!(output.status.success(), "{}", text(&output.stderr));
    let out = text(&output.stdout);
    serde_json::from_str(out.lines().last().unwrap_or_default()).unwrap_or_else(|error| panic!("{error}: {out}"))
}

/// Runs the words, which have to fail with code 2 and one message that has all these parts.
#[track_caller]
pub(crate) fn fails(folder: &Path, words: &str, parts: &[&str]) {
    let output = run(folder, words);
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{words}: {error}");
    assert!(error.starts_with("error: ") && !error.contains("panicked"), "{words}: {error}");
    assert!(output.stdout.is_empty(), "{words}: {}", text(&output.stdout));
    for part in parts {
        assert!(error.contains(part), "{words}: {error}\nlacks: {part}");
    }
}

/// A class folder with pictures of 12x12 px, all of one brightness.
pub(crate) fn class_folder(folder: &Path, class: &str, brightness: u8, count: usize) {
    let folder = folder.join(class);
    fs::create_dir_all(&folder).unwrap();
    for number in 0..count {
        let picture = GrayImage::from_pixel(12, 12, Luma([brightness.saturating_add(number as u8)]));
        picture.save(folder.join(format!("{number}.png"))).unwrap();
    }
}

/// MNIST's four files with this many pictures.
pub(crate) fn idx_folder(folder: &Path, pictures: usize) {
    fs::create_dir_all(folder).unwrap();
    for part in ["train", "t10k"] {
        let mut images = vec![0, 0, 8, 3];
        let mut labels = vec![0, 0, 8, 1];
        [pictures, 28, 28].iter().for_each(|side| images.extend((*side as u32).to_be_bytes()));
        labels.extend((pictures as u32).to_be_bytes());
        for number in 0..pictures {
            // Two stripings that differ by class, a little darker from picture to picture.
            let shade = 255 - number as u32 % 50;
            images.extend((0..784).map(|pixel| (pixel * (number as u32 % 2 + 1) % 251 * shade / 255) as u8));
            labels.push((number % 2) as u8);
        }
        fs::write(folder.join(format!("{part}-images-idx3-ubyte")), images).unwrap();
        fs::write(folder.join(format!("{part}-labels-idx1-ubyte")), labels).unwrap();
    }
}
