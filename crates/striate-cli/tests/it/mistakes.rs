//! Every mistake gives one clear message, exit code 2, no panic, and leaves files as they were.

use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::support::{class_folder, fails, idx_folder, json, run, text};

fn model(folder: &Path) {
    idx_folder(&folder.join("good"), 20);
    json(&run(folder, "train --data idx:good --epochs 1 --out run --json"));
}

#[test]
fn wrong_settings_are_told_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    fails(
        path,
        "train --backend flax --out x",
        &["unknown backend \"flax\"", "did you mean \"flex\"?", "compiled in: flex"],
    );
    fails(path, "train --backend flex:9 --out x", &["flex:9 is not present"]);
    fails(path, "train --model lenet6 --out x", &["unknown model \"lenet6\"", "did you mean \"lenet5\"?"]);
    fails(path, "train --optimizer adan --out x", &["adan", "did you mean `adam`?"]);
    fails(path, "train --lr nan --out x", &["`learning_rate` is NaN"]);
    fails(path, "train --lr -0.1 --out x", &["`learning_rate` is -0.1"]);
    fails(path, "train --batch-size 0 --out x", &["`batch_size` is 0; it must be at least 1"]);
    fails(path, "train --epochs 0 --out x", &["`epochs` is 0"]);
    fails(path, "train --task fly --out x", &["unknown variant `fly`"]);
    fails(
        path,
        "train --data nowhere --out x",
        &["\"nowhere\"", "digits, idx:DIR, cifar10:DIR", "coco:IMAGES,ANNOTATIONS"],
    );
    fails(path, "train --data folder:missing --out x", &["missing"]);
    fails(path, "train --data idx:missing --out x", &["missing", "train-images-idx3-ubyte"]);
    fails(path, "train --config none.toml --out x", &["cannot read \"none.toml\""]);
    fs::write(path.join("wrong.toml"), "seed = 1\nepohcs = 3\n").unwrap();
    fails(path, "train --config wrong.toml --out x", &["\"wrong.toml\", line 2", "did you mean `epochs`?"]);
    fs::write(path.join("torn.toml"), "seed = [").unwrap();
    fails(path, "train --config torn.toml --out x", &["\"torn.toml\", line 1"]);
    fails(path, "train --resume --out x", &["has no run to resume"]);
    assert!(!path.join("x").exists() && !path.join("runs").exists());
}

#[test]
fn wrong_questions_about_a_network_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    fails(path, "cost lenett", &["unknown model \"lenett\"", "did you mean \"lenet5\"?"]);
    fails(path, "cost lenet5 --batch 0", &["`batch` is 0; it must be at least 1"]);
    fails(path, "cost lenet5 --memory nan", &["`memory` is NaN; it must be more than 0"]);
    fails(path, "cost lenet5 --input 1x28", &["takes [1, 28, 28], not [1, 28]"]);
    fails(path, "cost lenet5 --input big", &["`input` is big; it must be sides in px such as 3x224x224"]);
    fails(path, "draw lenet5 net.png", &["`out` is net.png; its name must end in .svg or .dot"]);
    fails(path, "draw lenet5 missing/net.svg", &["cannot write \"missing/net.svg\""]);
    fails(path, "draw none.safetensors net.svg", &["none.safetensors"]);
    assert_eq!(fs::read_dir(path).unwrap().count(), 0);
}

#[test]
fn folders_that_cannot_be_used_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    idx_folder(&path.join("good"), 20);
    fs::write(path.join("file"), "not a folder").unwrap();
    fails(path, "train --data idx:good --out file/run", &["cannot create \"file/run\""]);
    assert_eq!(fs::read_to_string(path.join("file")).unwrap(), "not a folder");
    json(&run(path, "train --data idx:good --epochs 1 --out run --json"));
    let before = fs::read(path.join("run/model.safetensors")).unwrap();
    fails(path, "train --data idx:good --epochs 1 --out run", &["has a run already", "--resume --out run"]);
    fails(path, "train --resume --out run --batch-size 3", &["--batch-size can't be given with --resume"]);
    assert!(fs::read(path.join("run/model.safetensors")).unwrap() == before);
    // Only damaged checkpoints are left.
    fs::remove_file(path.join("run/model.safetensors")).unwrap();
    for entry in fs::read_dir(path.join("run/checkpoints")).unwrap() {
        fs::write(entry.unwrap().path(), "torn").unwrap();
    }
    fails(path, "train --resume --out run", &["no whole checkpoint", "2 are damaged"]);
}

#[test]
fn broken_idx_files_are_told_with_their_path() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let images = "train-images-idx3-ubyte";
    let broken = |name: &str, change: &dyn Fn(&Path)| {
        idx_folder(&path.join(name), 20);
        change(&path.join(name));
    };
    broken("magic", &|folder| fs::write(folder.join(images), b"GIF89a, not digits at all").unwrap());
    broken("short", &|folder| {
        let bytes = fs::read(folder.join(images)).unwrap();
        fs::write(folder.join(images), &bytes[..bytes.len() - 100]).unwrap();
    });
    broken("counts", &|folder| {
        idx_folder(&folder.join("other"), 19);
        fs::copy(folder.join("other/train-labels-idx1-ubyte"), folder.join("train-labels-idx1-ubyte")).unwrap();
    });
    broken("gzip", &|folder| {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(&fs::read(folder.join(images)).unwrap()).unwrap();
        let bytes = gzip.finish().unwrap();
        fs::remove_file(folder.join(images)).unwrap();
        fs::write(folder.join(format!("{images}.gz")), &bytes[..bytes.len() / 2]).unwrap();
    });
    for name in ["magic", "short", "gzip"] {
        fails(path, &format!("train --data idx:{name} --out x"), &[name, images]);
    }
    fails(path, "train --data idx:counts --out x", &["20", "19"]);
    assert!(!path.join("x").exists());
}

#[test]
fn broken_pictures_and_class_folders_are_told_with_their_path() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    model(path);
    fs::write(path.join("text.png"), "this is text").unwrap();
    // A PNG's signature and a header that claims 60000x60000 px in 24 bits.
    let mut header = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    header.extend([60_000u32.to_be_bytes(), 60_000u32.to_be_bytes()].concat());
    header.extend([8, 2, 0, 0, 0]);
    let checksum = crc_32(&header[12..]);
    header.extend(checksum.to_be_bytes());
    header.extend(b"\0\0\0\0IDAT\x35\xaf\x06\x1e");
    fs::write(path.join("huge.png"), header).unwrap();
    fails(path, "predict run/model.safetensors text.png", &["text.png"]);
    fails(path, "predict run/model.safetensors huge.png", &["huge.png", "60000"]);
    fails(path, "predict run/model.safetensors none.png", &["none.png"]);
    class_folder(&path.join("classes"), "a", 10, 3);
    fs::create_dir(path.join("classes/empty")).unwrap();
    fails(path, "train --data folder:classes --out x", &["empty"]);
    // A broken file within a set ends the run with its path and leaves no model.
    fs::remove_dir(path.join("classes/empty")).unwrap();
    class_folder(&path.join("classes"), "b", 200, 3);
    fs::write(path.join("classes/a/1.png"), "this is text").unwrap();
    let output = run(path, "train --data folder:classes --epochs 1 --out y");
    assert_eq!(output.status.code(), Some(2));
    let error = text(&output.stderr);
    assert!(error.contains("1.png") && !error.contains("panicked"), "{error}");
    assert!(!path.join("y/model.safetensors").exists());
}

/// CRC-32 as PNG has it.
fn crc_32(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

#[test]
fn broken_model_files_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    model(path);
    let whole = fs::read(path.join("run/model.safetensors")).unwrap();
    let write = |name: &str, bytes: &[u8]| fs::write(path.join(name), bytes).unwrap();
    write("half.safetensors", &whole[..whole.len() / 2]);
    let mut claims = whole.clone();
    claims[..8].copy_from_slice(&(1u64 << 62).to_le_bytes());
    write("claims.safetensors", &claims);
    // Another shape of as many values.
    let length = u64::from_le_bytes(whole[..8].try_into().unwrap()) as usize;
    let header = text(&whole[8..8 + length]);
    let shaped = header.replace("\"shape\":[84,120]", "\"shape\":[120,84]");
    assert_ne!(shaped, header);
    write("shape.safetensors", &[&whole[..8], shaped.as_bytes(), &whole[8 + length..]].concat());
    write("text.safetensors", b"no");
    let picture = "good/x.png";
    for (file, parts) in [
        ("half", ["half.safetensors", "bytes where its header says"]),
        ("claims", ["claims.safetensors", "header of 4611686018427387904 bytes"]),
        ("shape", ["of wrong shape", "fc2.weight is [120, 84], not [84, 120]"]),
        ("text", ["text.safetensors", "too few"]),
        ("missing", ["cannot read", "missing.safetensors"]),
    ] {
        fails(path, &format!("predict {file}.safetensors {picture}"), &parts);
        fails(path, &format!("evaluate {file}.safetensors --data idx:good"), &parts);
    }
    fails(path, "summary half.safetensors", &["half.safetensors"]);
    fails(path, "summary lenett", &["did you mean \"lenet5\"?"]);
    fails(path, "evaluate run --data idx:good --split dev", &["\"dev\" is neither train, val nor test"]);
    fails(path, "evaluate run --data digits", &["the model has 2 classes but the data has 10"]);
}
