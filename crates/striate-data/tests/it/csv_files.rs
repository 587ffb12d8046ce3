//! Picture files that a CSV file lists.

use std::path::PathBuf;

use striate_core::ClassNames;
use striate_data::{CsvFiles, CsvFilesConfig, CsvFormat, DataError, Dataset};
use tempfile::TempDir;

use crate::support::{chain, gray_png, tree};

/// A folder with a CSV file and the pictures `1.png` to `3.png` in `pictures`, of one pixel each.
fn folder(csv: &str) -> TempDir {
    tree(&[
        ("data.csv", csv.as_bytes()),
        ("pictures/1.png", &gray_png(1)),
        ("pictures/2, the second.png", &gray_png(2)),
        ("pictures/三.png", &gray_png(3)),
    ])
}

fn open(folder: &TempDir, config: CsvFilesConfig) -> Result<CsvFiles, DataError> {
    CsvFiles::open(&folder.path().join("data.csv"), &config)
}

fn pixels(data: &CsvFiles) -> Vec<u8> {
    (0..data.len()).map(|index| data.get(index).unwrap().image.to_u8().pixels()[0]).collect()
}

#[test]
fn columns_are_guessed_and_paths_start_at_the_file() {
    let folder = folder(
        "class,note,Path\r\ncat,x,pictures/1.png\r\ndog,,\"pictures/2, the second.png\"\r\n,y,pictures/三.png\r\n",
    );
    let data = open(&folder, CsvFilesConfig::default()).unwrap();
    assert_eq!((data.len(), data.class_names()), (3, &ClassNames::new(["cat", "dog"])));
    assert_eq!(pixels(&data), [1, 2, 3]);
    assert_eq!((0..3).map(|index| data.label(index)).collect::<Vec<_>>(), [Some(0), Some(1), None]);
    assert_eq!(data.get(1).unwrap().label, Some(1));
    assert_eq!(data.path(2), Some(folder.path().join("pictures/三.png").as_path()));
    assert!(matches!(data.get(3), Err(DataError::IndexOutOfRange { index: 3, len: 3 })));
}

#[test]
fn columns_separator_folder_and_rows_can_be_chosen() {
    let folder = folder("what;where;part\n10;1.png;train\n9;\"2, the second.png\";valid\n10;三.png;train\n");
    let config = |part: &[&str]| CsvFilesConfig {
        format: CsvFormat { separator: b';', ..CsvFormat::default() },
        path_column: Some("where".into()),
        label_column: Some("what".into()),
        only: Some(("part".into(), part.iter().map(|&part| part.to_owned()).collect())),
        folder: Some(folder.path().join("pictures")),
        ..CsvFilesConfig::default()
    };
    let data = open(&folder, config(&["train"])).unwrap();
    assert_eq!((pixels(&data), data.rows().collect::<Vec<_>>()), (vec![1, 3], vec![0, 2]));
    assert_eq!(data.class_names(), &ClassNames::new(["10"]));
    let all = open(&folder, config(&["train", "valid"])).unwrap();
    // By number, and not by byte.
    assert_eq!((all.class_names(), all.label(0), all.label(1)), (&ClassNames::new(["9", "10"]), Some(1), Some(0)));
    assert_ne!(all.fingerprint(), data.fingerprint());
    let error = chain(&open(&folder, config(&["test"])).unwrap_err());
    assert!(error.ends_with("there is no sample in it"), "{error}");
}

#[test]
fn a_cell_can_hold_several_labels() {
    let folder = folder("file,labels\npictures/1.png,sea| boat\npictures/三.png,\npictures/1.png,boat|boat\n");
    let config = CsvFilesConfig { label_separator: Some('|'), ..CsvFilesConfig::default() };
    let data = open(&folder, config).unwrap();
    assert_eq!(data.class_names(), &ClassNames::new(["boat", "sea"]));
    let labels = (0..3).map(|index| data.get(index).unwrap().labels.unwrap()).collect::<Vec<_>>();
    assert_eq!(labels, [vec![0, 1], vec![], vec![0]]);
    assert_eq!((data.labels(0), data.label(0), data.get(0).unwrap().label), (Some(&[0, 1][..]), None, None));
}

#[test]
fn a_file_without_header_or_labels_can_be_read() {
    let folder = folder("pictures/1.png,7\npictures/三.png,7\n");
    let format = CsvFormat { header: false, ..CsvFormat::default() };
    let data = open(&folder, CsvFilesConfig { format: format.clone(), ..CsvFilesConfig::default() }).unwrap();
    assert_eq!((pixels(&data), data.label(1), data.class_names().get(0)), (vec![1, 3], Some(0), Some("7")));
    let config = CsvFilesConfig { format, labelled: false, path_column: Some("0".into()), ..CsvFilesConfig::default() };
    let data = open(&folder, config).unwrap();
    assert_eq!((data.label(0), data.get(0).unwrap().label), (None, None));
}

#[test]
fn known_classes_keep_their_numbers() {
    let folder = folder("path,label\npictures/1.png,dog\n");
    let names = |names: &[&str]| Some(ClassNames::new(names.iter().copied()));
    let data = open(&folder, CsvFilesConfig { class_names: names(&["cat", "dog"]), ..CsvFilesConfig::default() });
    assert_eq!(data.unwrap().label(0), Some(1));
    let error = open(&folder, CsvFilesConfig { class_names: names(&["cat", "dogs"]), ..CsvFilesConfig::default() });
    let error = chain(&error.unwrap_err());
    assert!(error.ends_with("line 2: \"dog\" is none of the 2 classes; did you mean \"dogs\"?"), "{error}");
}

#[test]
fn absolute_paths_stay_and_missing_files_are_named_when_they_are_read() {
    let elsewhere = folder("");
    let path = elsewhere.path().join("pictures/1.png");
    let folder = folder(&format!("path,label\n{},a\ngone.png,b\n", path.display()));
    let data = open(&folder, CsvFilesConfig::default()).unwrap();
    assert_eq!(data.path(0), Some(path.as_path()));
    let missing: PathBuf = folder.path().join("gone.png");
    assert!(matches!(data.get(1), Err(DataError::Read { path, .. }) if path == missing));
}
