//! Runs that are killed, run out of disk, or lose the right to write: what is resumed equals what was never disturbed.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use striate::core::Streams;

use crate::support::{idx_folder, json, run, striate, text};

/// Everything on that has a state of its own or draws: transforms, MixUp, dropout, gathered gradients, averages, a plateau, early
/// stopping; and a checkpoint after nearly every step.
const RECIPE: &str = r#"
data = "idx:data"
model = "lenet5"
epochs = 4
batch_size = 16
seed = 3
accumulation = 2
clip = { global_norm = 1.0 }
ema = { decay = 0.9, warm_up = true }
schedule = { name = "cosine", end = 0.1 }
early_stopping = { monitor = "validation_loss", patience = 2, restore_best = true }
reduce_on_plateau = { monitor = "validation_loss", plateau = { factor = 0.5, patience = 1, min_delta = 0.05 } }
mix = [{ name = "mix_up", alpha = 0.4 }]
head = { hidden = [16], dropout = 0.3 }
checkpoint_seconds = 0.02

[optimizer]
name = "rmsprop"
learning_rate = 0.002
momentum = 0.5
"#;

fn prepare(folder: &Path) {
    idx_folder(&folder.join("data"), 320);
    fs::write(folder.join("recipe.toml"), RECIPE).unwrap();
}

fn files(folder: &Path, out: &str) -> [Vec<u8>; 2] {
    ["model.safetensors", "history.csv"].map(|name| fs::read(folder.join(out).join(name)).unwrap())
}

/// Starts or resumes a run, and kills it after a while unless it is over by then.
fn killed_after(folder: &Path, out: &str, wait: Duration) {
    let words = match folder.join(out).join("recipe.toml").exists() {
        true => format!("train --resume --out {out} --workers 1"),
        false => format!("train --config recipe.toml --out {out} --workers 2"),
    };
    let mut program = striate(folder);
    program.args(words.split_whitespace()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = program.spawn().unwrap();
    sleep(wait);
    // SIGKILL: nothing of the program runs after it.
    child.kill().unwrap();
    child.wait().unwrap();
}

fn kills_change_nothing(kills: usize) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    prepare(path);
    let whole = json(&run(path, "train --config recipe.toml --out whole --json"));
    let want = files(path, "whole");
    let longest = whole["seconds"].as_f64().unwrap() + 0.2;
    let mut moments = Streams::new(1).open("moments");
    let mut left = kills;
    for number in 0.. {
        if left == 0 {
            break;
        }
        let out = format!("killed{number}");
        for _ in 0..left.min(10) {
            killed_after(path, &out, Duration::from_secs_f64(f64::from(moments.uniform()) * longest));
            left -= 1;
        }
        let words = match path.join(&out).join("recipe.toml").exists() {
            true => format!("train --resume --out {out} --json"),
            false => format!("train --config recipe.toml --out {out} --json"),
        };
        let result = json(&run(path, &words));
        assert_eq!(result["loss"], whole["loss"], "{out}");
        assert!(files(path, &out) == want, "{out} differs from the run that was never killed");
    }
}

#[test]
fn run_killed_a_few_times_equals_the_one_that_was_not() {
    kills_change_nothing(4);
}

#[test]
#[ignore = "takes minutes"]
fn run_killed_a_hundred_times_equals_the_one_that_was_not() {
    kills_change_nothing(100);
}

#[test]
fn run_with_more_epochs_goes_on_and_keeps_the_first_model() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    prepare(path);
    let plain = "train --data idx:data --batch-size 16 --seed 4";
    json(&run(path, &format!("{plain} --epochs 2 --out run --json")));
    let first = fs::read(path.join("run/model.safetensors")).unwrap();
    let result = json(&run(path, "train --resume --out run --epochs 3 --json"));
    assert_eq!(result["epochs"], 3);
    assert!(fs::read(path.join("run/model-2-epochs.safetensors")).unwrap() == first);
    let history = fs::read_to_string(path.join("run/history.csv")).unwrap();
    assert_eq!(history.lines().filter(|line| line.contains("train,loss")).count(), 3, "{history}");
    let fewer = run(path, "train --resume --out run --epochs 1");
    assert_eq!(fewer.status.code(), Some(2));
    assert!(text(&fewer.stderr).contains("can only get more"), "{}", text(&fewer.stderr));
    let runs = json(&run(path, "runs run --plot compared.svg --json"));
    assert_eq!((&runs[0]["epochs"], &runs[0]["complete"]), (&3.into(), &true.into()));
    assert!(fs::read_to_string(path.join("compared.svg")).unwrap().starts_with("<svg"));
}

/// Mounts a file system of its own, as only root may.
fn mount(words: &[&str], at: &Path) {
    let status = Command::new("mount").args(words).arg(at).status().unwrap();
    assert!(status.success(), "mounting needs root: mount {words:?} {at:?}");
}

#[test]
#[ignore = "mounts file systems, which needs root"]
fn run_without_room_or_right_to_write_is_resumed_exactly() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    prepare(path);
    json(&run(path, "train --config recipe.toml --out whole --json"));
    let want = files(path, "whole");
    let small = path.join("small");
    fs::create_dir(&small).unwrap();
    mount(&["-t", "tmpfs", "-o", "size=100k", "tmpfs"], &small);
    let check = || -> Result<(), String> {
        let full = run(path, "train --config recipe.toml --out small/run");
        let said = text(&full.stderr);
        if full.status.success() || !said.contains("cannot write") {
            return Err(format!("the disk was not full: {said}"));
        }
        mount(&["-o", "remount,ro"], &small);
        let refused = run(path, "train --resume --out small/run");
        if refused.status.success() || text(&refused.stderr).contains("panicked") {
            return Err(format!("a folder that can't be written: {}", text(&refused.stderr)));
        }
        mount(&["-o", "remount,rw,size=64m"], &small);
        json(&run(path, "train --resume --out small/run --json"));
        if files(path, "small/run") == want { Ok(()) } else { Err("the resumed run differs".into()) }
    };
    let checked = check();
    let status = Command::new("umount").arg(&small).status().unwrap();
    assert!(status.success());
    checked.unwrap();
}
