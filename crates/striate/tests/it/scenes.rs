//! Scenes of real digits.

use std::path::Path;

use striate::data::{Mode, SceneConfig};
use striate::{DataSource, Error, scene_parts, write_scenes};

fn config() -> SceneConfig {
    SceneConfig { size: [64, 80], objects: [1, 3], ..SceneConfig::default() }
}

#[test]
fn written_scenes_are_those_in_memory_and_parts_differ() {
    let digits = DataSource::Digits;
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("scenes");
    let written = write_scenes(&digits, &config(), [6, 3, 2], &out).unwrap();
    let counts: Vec<_> = written.parts.iter().map(|(part, written)| (*part, written.pictures)).collect();
    assert_eq!(counts, [("train", 6), ("val", 3), ("test", 2)]);
    let source: DataSource = written.data.parse().unwrap();
    assert_eq!(source.modes().unwrap(), Mode::ALL);
    for (mode, scenes) in scene_parts(&digits, &config(), [6, 3, 2]).unwrap() {
        let read = source.open(mode, None).unwrap();
        assert_eq!((read.len(), read.class_names()), (scenes.len(), scenes.class_names()));
        for index in 0..read.len() {
            assert_eq!(read.get(index).unwrap().image, scenes.get(index).unwrap().image, "{mode} {index}");
        }
    }
    let again = write_scenes(&digits, &config(), [6, 3, 2], &out);
    assert!(matches!(again, Err(Error::FolderNotEmpty { .. })));
}

#[test]
fn missing_things_are_told() {
    let nowhere: DataSource = "idx:nowhere".parse().unwrap();
    let message = write_scenes(&nowhere, &config(), [1, 1, 1], Path::new("unused")).unwrap_err().to_string();
    assert!(message.contains("nowhere"), "{message}");
    assert!(!Path::new("unused").exists());
}
