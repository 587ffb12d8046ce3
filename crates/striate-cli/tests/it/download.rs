//! Weights come from the network: a server here that can break off.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::{Arc, Mutex};
use std::thread;

use crate::support::{class_folder, json, run, striate, text};

/// What the server does with one request.
#[derive(Clone, Copy)]
enum Answer {
    /// The whole file, or the part that is asked for.
    Serve,
    /// So many bytes, though more are promised.
    Break(usize),
    /// The whole file, whatever is asked for, with another tag.
    Replaced,
    /// This status and no file.
    Status(u16),
}

/// Serves one file, one answer a request, the last one again and again.
struct Server {
    address: String,
    /// `Range` and `If-Range` of each request.
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start(content: Vec<u8>, answers: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = requests.clone();
        thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                let answer = *answers.get(number).or(answers.last()).unwrap();
                // The other side may go away at any time.
                let _ = reply(stream.unwrap(), &content, answer, &seen);
            }
        });
        Self { address, requests }
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn reply(mut stream: TcpStream, content: &[u8], answer: Answer, requests: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut asked = String::new();
    for line in BufReader::new(stream.try_clone()?).lines() {
        let line = line?.to_lowercase();
        if line.is_empty() {
            break;
        }
        if line.starts_with("range:") || line.starts_with("if-range:") {
            asked = format!("{asked}{line};");
        }
    }
    let range = asked.split(';').find_map(|line| line.strip_prefix("range: bytes=")?.strip_suffix('-')?.parse().ok());
    requests.lock().unwrap().push(asked.clone());
    let head = |status: &str, length, more: &str| {
        format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n{more}\r\n")
    };
    let (from, sent) = match answer {
        Answer::Status(status) => return stream.write_all(head(&format!("{status} No"), 0, "").as_bytes()),
        Answer::Replaced => (0, content.len()),
        Answer::Break(bytes) => (range.unwrap_or(0), bytes),
        Answer::Serve => (range.unwrap_or(0), content.len()),
    };
    let tag = if matches!(answer, Answer::Replaced) { "\"two\"" } else { "\"one\"" };
    let rest: &[u8] = &content[from..];
    let more = match from {
        0 => format!("ETag: {tag}\r\n"),
        _ => format!("ETag: {tag}\r\nContent-Range: bytes {from}-{}/{}\r\n", content.len() - 1, content.len()),
    };
    let status = if from == 0 { "200 OK" } else { "206 Partial Content" };
    stream.write_all(head(status, rest.len(), &more).as_bytes())?;
    stream.write_all(&rest[..sent.min(rest.len())])
}

/// Plain weights of a network that knows two classes.
fn weights(folder: &Path) -> (Vec<u8>, String) {
    class_folder(&folder.join("data"), "dark", 10, 8);
    class_folder(&folder.join("data"), "light", 200, 8);
    json(&run(folder, "train --data folder:data --epochs 1 --out run --json"));
    assert!(run(folder, "export run plain.safetensors").status.success());
    let path = folder.join("plain.safetensors");
    (fs::read(&path).unwrap(), striate::network::formats::sha256(&path).unwrap())
}

/// Runs the program with these words, and with a cache in the folder.
fn fetching(folder: &Path, words: &str) -> Output {
    let mut command = striate(folder);
    command.env("XDG_CACHE_HOME", folder.join("cache")).env("NO_PROXY", "127.0.0.1").env("no_proxy", "127.0.0.1");
    command.args(words.split_whitespace()).output().unwrap()
}

/// Imports from an address.
fn import(folder: &Path, address: &str) -> Output {
    fetching(folder, &format!("import {address} model.safetensors --arch lenet5"))
}

/// The files that the cache holds.
fn cached(folder: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(folder.join("cache/striate/downloads"));
    files.map(|files| files.map(|file| file.unwrap().path()).collect()).unwrap_or_default()
}

#[test]
fn weights_that_break_off_are_fetched_to_the_end_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let (content, sum) = weights(path);
    let server = Server::start(content.clone(), vec![Answer::Break(1000), Answer::Break(5000), Answer::Serve]);
    let address = format!("{}/lenet.safetensors#sha256={}", server.address, &sum[..8]);
    let imported = import(path, &address);
    assert!(imported.status.success(), "{}", text(&imported.stderr));
    assert!(text(&imported.stdout).contains("2 classes"), "{imported:?}");
    let resumed = ["", "range: bytes=1000-;if-range: \"one\";", "range: bytes=6000-;if-range: \"one\";"];
    assert_eq!(server.requests(), resumed);
    let [file] = cached(path).try_into().unwrap();
    assert_eq!(fs::read(&file).unwrap(), content);
    assert!(file.to_string_lossy().ends_with("-lenet.safetensors"), "{file:?}");

    // A second time nothing is asked for.
    assert!(import(path, &address).status.success());
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn a_later_run_goes_on_where_an_earlier_one_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let (content, _) = weights(path);
    let server = Server::start(content.clone(), vec![Answer::Break(1000), Answer::Status(403), Answer::Serve]);
    let address = format!("{}/w?x=1", server.address);
    let failed = import(path, &address);
    assert_eq!(failed.status.code(), Some(2));
    assert!(text(&failed.stderr).contains("the server answers 403"), "{}", text(&failed.stderr));
    assert!(!path.join("model.safetensors").exists());
    assert!(import(path, &address).status.success());
    assert_eq!(server.requests()[2], "range: bytes=1000-;if-range: \"one\";");
    assert_eq!(cached(path).len(), 1);
}

#[test]
fn a_file_that_was_replaced_is_fetched_from_its_beginning() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let (content, _) = weights(path);
    let server = Server::start(content.clone(), vec![Answer::Break(1000), Answer::Replaced]);
    let imported = import(path, &format!("{}/w", server.address));
    assert!(imported.status.success(), "{}", text(&imported.stderr));
    let [file] = cached(path).try_into().unwrap();
    assert_eq!(fs::read(&file).unwrap(), content);
}

#[test]
fn a_file_with_another_sum_is_refused_and_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let (content, sum) = weights(path);
    let mut damaged = content.clone();
    damaged[content.len() / 2] ^= 1;
    let server = Server::start(damaged, vec![Answer::Serve]);
    let failed = import(path, &format!("{}/w#sha256={sum}", server.address));
    assert_eq!(failed.status.code(), Some(2));
    let message = text(&failed.stderr);
    assert!(message.contains("has the SHA-256") && message.contains(&sum), "{message}");
    assert!(!path.join("model.safetensors").exists());
    assert!(cached(path).iter().all(|file| fs::metadata(file).unwrap().len() == 0), "{:?}", cached(path));
}

#[test]
fn training_starts_from_weights_at_an_address() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let (content, sum) = weights(path);
    let server = Server::start(content, vec![Answer::Break(1000), Answer::Serve]);
    let train = format!("train --model lenet5 --weights {}/w --data folder:data --epochs 1 --json", server.address);
    json(&fetching(path, &format!("{train} --out on")));
    let model = json(&run(path, "inspect on --json"));
    assert_eq!(model["sections"]["training"]["weights"], sum);
    // The recipe has the address; the file is in the cache.
    json(&fetching(path, "train --config on/recipe.toml --out again --json"));
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn what_cannot_be_reached_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let missing = Server::start(Vec::new(), vec![Answer::Status(404)]);
    let failed = import(path, &format!("{}/none.pth", missing.address));
    assert_eq!(failed.status.code(), Some(2));
    assert!(text(&failed.stderr).contains("none.pth gives no file: the server answers 404"), "{failed:?}");

    // Nothing was ever sent: a few tries, then an error that isn't the user's.
    let broken = Server::start(vec![0; 100], vec![Answer::Break(0)]);
    let failed = import(path, &format!("{}/w.pth", broken.address));
    assert_eq!(failed.status.code(), Some(1));
    assert!(text(&failed.stderr).contains("error: cannot fetch http://127.0.0.1"), "{failed:?}");
    assert_eq!(broken.requests().len(), 4);
}
