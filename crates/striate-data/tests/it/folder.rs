//! A folder for each class.

use std::fs;
use std::path::Path;

use striate_core::ClassNames;
use striate_data::{DataError, Dataset, DecodeLimits, Folder};
use tempfile::TempDir;

use crate::support::gray_png;

/// A folder with these files; each has one pixel, whose value is its place in the list.
fn folder(files: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (value, file) in files.iter().enumerate() {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, gray_png(value as u8)).unwrap();
    }
    folder
}

fn open(folder: &TempDir) -> Result<Folder, DataError> {
    Folder::open(folder.path(), DecodeLimits::default())
}

/// Each sample's label and pixel.
fn samples(data: &Folder) -> Vec<(usize, u8)> {
    let sample = |index| data.get(index).unwrap();
    (0..data.len()).map(|index| (sample(index).label.unwrap(), sample(index).image.to_u8().pixels()[0])).collect()
}

#[test]
fn classes_and_files_are_in_byte_order() {
    let folder = folder(&["dog/b.png", "dog/B.PNG", "cat/10.jpeg", "cat/9.JPG", "Zebra/a.png"]);
    let data = open(&folder).unwrap();
    assert_eq!(data.class_names(), &ClassNames::new(["Zebra", "cat", "dog"]));
    assert_eq!(samples(&data), [(0, 4), (1, 2), (1, 3), (2, 1), (2, 0)]);
    assert_eq!((data.label(4), data.label(5)), (Some(2), None));
    assert_eq!(data.path(1), Some(folder.path().join("cat").join("10.jpeg").as_path()));
    assert!(matches!(data.get(5), Err(DataError::IndexOutOfRange { index: 5, len: 5 })));
}

#[test]
fn chinese_names_work() {
    let folder = folder(&["猫/小猫 一.png", "狗/小狗.png"]);
    let data = open(&folder).unwrap();
    // U+72D7 comes before U+732B.
    assert_eq!(data.class_names(), &ClassNames::new(["狗", "猫"]));
    assert_eq!(samples(&data), [(0, 1), (1, 0)]);
}

#[test]
fn hidden_names_other_files_and_deeper_folders_are_passed_over() {
    let folder = folder(&[
        "a/1.png",
        "a/.2.png",
        "a/notes.txt",
        "a/png",
        "a/deep/3.png",
        "a/folder.png/4.png",
        ".git/5.png",
        "README.png",
    ]);
    let data = open(&folder).unwrap();
    assert_eq!(data.class_names(), &ClassNames::new(["a"]));
    assert_eq!(samples(&data), [(0, 0)]);
}

#[test]
fn a_class_without_pictures_is_named() {
    let folder = folder(&["full/1.png", "leer/notes.txt"]);
    let error = open(&folder).unwrap_err();
    assert!(matches!(&error, DataError::EmptyClassFolder { path } if path.ends_with("leer")), "{error}");
}

#[test]
fn a_folder_without_classes_is_refused() {
    let error = open(&folder(&["1.png"])).unwrap_err();
    assert!(matches!(error, DataError::NoClassFolder { .. }), "{error}");
    let error = Folder::open(Path::new("no such folder"), DecodeLimits::default()).unwrap_err();
    assert!(matches!(&error, DataError::Read { path, .. } if path == Path::new("no such folder")), "{error}");
}

#[test]
fn known_classes_keep_their_numbers() {
    let names = ClassNames::new(["dog", "cat", "bird"]);
    let open = |folder: &TempDir| Folder::open_with_classes(folder.path(), &names, DecodeLimits::default());
    let data = open(&folder(&["cat/1.png", "dog/1.png"])).unwrap();
    assert_eq!(data.class_names(), &names);
    assert_eq!([data.label(0), data.label(1)], [Some(1), Some(0)]);

    let error = open(&folder(&["cat/1.png", "dogs/1.png"])).unwrap_err();
    assert!(matches!(&error, DataError::UnknownClassFolder { path, .. } if path.ends_with("dogs")), "{error}");
    assert!(error.to_string().ends_with("dogs\" is none of the 3 known classes; did you mean \"dog\"?"), "{error}");
}

#[test]
fn a_file_that_is_no_picture_fails_when_it_is_read() {
    let folder = folder(&["a/1.png", "a/2.png"]);
    fs::write(folder.path().join("a/2.png"), "a text").unwrap();
    let data = open(&folder).unwrap();
    assert!(data.get(0).is_ok());
    let error = data.get(1).unwrap_err();
    assert!(matches!(&error, DataError::NotAPicture { path } if path.ends_with("a/2.png")), "{error}");
}

#[test]
fn the_fingerprint_follows_paths_lengths_and_classes() {
    let of = |files: &[&str]| open(&folder(files)).unwrap().fingerprint();
    let base = of(&["a/1.png", "b/1.png"]);
    assert_eq!(base, of(&["a/1.png", "b/1.png"]), "the folder itself is not part of it");
    assert!([of(&["a/1.png", "b/2.png"]), of(&["a/1.png", "c/1.png"])].iter().all(|other| *other != base));

    let longer = folder(&["a/1.png", "b/1.png"]);
    fs::write(longer.path().join("b/1.png"), [gray_png(1), vec![0]].concat()).unwrap();
    assert_ne!(open(&longer).unwrap().fingerprint(), base);
    let numbered = |names: [&str; 2]| {
        let folder = folder(&["a/1.png", "b/1.png"]);
        let names = ClassNames::new(names);
        Folder::open_with_classes(folder.path(), &names, DecodeLimits::default()).unwrap().fingerprint()
    };
    assert_eq!(numbered(["a", "b"]), base);
    assert_ne!(numbered(["b", "a"]), base);
}

#[cfg(unix)]
#[test]
fn links_are_followed_once() {
    use std::os::unix::fs::symlink;

    let elsewhere = folder(&["pictures/1.png"]);
    let folder = folder(&["a/1.png"]);
    symlink(elsewhere.path().join("pictures"), folder.path().join("b")).unwrap();
    symlink(folder.path(), folder.path().join("a/loop")).unwrap();
    let data = open(&folder).unwrap();
    assert_eq!((data.class_names().len(), data.len()), (2, 2));

    symlink(folder.path().join("a/self.png"), folder.path().join("a/self.png")).unwrap();
    let error = open(&folder).unwrap_err();
    assert!(matches!(&error, DataError::Read { path, .. } if path.ends_with("a/self.png")), "{error}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_class_name_that_is_not_unicode_is_refused() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let folder = folder(&["a/1.png"]);
    fs::create_dir(folder.path().join(OsStr::from_bytes(b"\xff"))).unwrap();
    let error = open(&folder).unwrap_err();
    assert!(matches!(error, DataError::ClassNameNotUnicode { .. }), "{error}");
}
