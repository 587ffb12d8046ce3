//! Looking at a network before it runs: `cost` and `draw`; and at data: `data stats` and `data doctor`.

use std::fs;

use image::{ImageBuffer, Luma};

use crate::support::{json, run, text};

#[test]
fn cost_tells_multiplications_memory_and_the_largest_batch() {
    let folder = tempfile::tempdir().unwrap();
    let cost = json(&run(folder.path(), "cost lenet5 --batch 10 --memory 1 --json"));
    // conv1, conv2 and the three dense layers.
    let each = 28 * 28 * 6 * 25 + 100 * 16 * 150 + 400 * 120 + 120 * 84 + 84 * 10;
    assert_eq!(cost["multiplications"], 10 * each);
    assert_eq!(cost["layers"][1]["output_bytes"], 10 * 4 * 6 * 28 * 28);
    let batch = |mode: &str| cost["largest_batch"][mode].as_u64().unwrap();
    assert!(batch("training") > 1_000 && batch("inference") > batch("training"), "{cost}");
    let printed = text(&run(folder.path(), "cost lenet5").stdout);
    for part in ["conv2 (conv2d)", "(None, 16, 10, 10)", "416,520", "Memory for training"] {
        assert!(printed.contains(part), "{printed}\nlacks {part}");
    }
    assert!(!printed.contains("Largest batch"), "{printed}");
}

#[test]
fn drawing_goes_to_a_file_or_to_standard_output() {
    let folder = tempfile::tempdir().unwrap();
    let printed = text(&run(folder.path(), "draw lenet5").stdout);
    assert!(printed.starts_with("<svg") && printed.contains(">conv2<"), "{printed}");
    for (file, part) in [("net.svg", "</svg>"), ("net.dot", "n1 -> n2;")] {
        assert!(run(folder.path(), &format!("draw lenet5 {file}")).status.success());
        let written = fs::read_to_string(folder.path().join(file)).unwrap();
        assert!(written.contains(part), "{written}");
    }
}

#[test]
fn pictures_of_16_bits_are_looked_at_with_all_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let class = folder.path().join("photos/dark");
    fs::create_dir_all(&class).unwrap();
    let dark = ImageBuffer::from_fn(20, 20, |x, y| Luma([(x * y) as u16 % 200]));
    dark.save(class.join("dark.png")).unwrap();
    let stats = text(&run(folder.path(), "data stats folder:photos").stdout);
    let said = "1 with more than 8 bits, values from 0.00000 to 0.00302 (0 to 198 of 65535)";
    assert!(stats.contains(said) && stats.contains("std: 0.000"), "{stats}");
    let printed = text(&run(folder.path(), "data doctor folder:photos").stdout);
    assert!(printed.contains("1 pictures of train have more than 8 bits but little contrast"), "{printed}");
    assert!(printed.contains(&format!("train: {said}; looked at with all of them")), "{printed}");
    let found = json(&run(folder.path(), "data doctor folder:photos --json"));
    assert_eq!((&found["deep"]["train"]["pictures"], &found["findings"][0]["kind"]), (&1.into(), &"faint".into()));
    // On a sheet they are seen.
    assert!(run(folder.path(), "data show folder:photos sheet.png").status.success());
    let sheet = image::open(folder.path().join("sheet.png")).unwrap().to_luma8();
    let [least, most] = [sheet.pixels().map(|px| px[0]).min(), sheet.pixels().map(|px| px[0]).max()];
    assert!(least < Some(10) && most > Some(240), "{least:?} to {most:?}");
}
