//! Downloads from mirrors that fail in every way a mirror can.

mod delivery;
mod disk_failure;
mod http_server;
mod mirror_failure;
mod surroundings;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use flate2::{Compression, write::GzEncoder};
use mlp_data::download::{RemoteFile, Timeouts, fetch_files};
use mlp_data::error::DownloadError;
use sha2::{Digest, Sha256};

use http_server::{Reply, Server};

const NAME: &str = "digits.gz";
const TIMEOUTS: Timeouts = Timeouts {
    connect: Duration::from_millis(400),
    stall: Duration::from_millis(400),
    give_up: Duration::from_secs(1),
};

/// A gzip file of 200,000 bytes that do not compress, with the SHA-256 of its content.
fn file() -> (Vec<u8>, String) {
    gzip(|position| position.wrapping_mul(0x9e37_79b9).to_be_bytes()[1])
}

/// A gzip file of 200,000 bytes by position.
fn gzip(byte: impl Fn(u32) -> u8) -> (Vec<u8>, String) {
    let content: Vec<u8> = (0..200_000).map(byte).collect();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::none());
    encoder.write_all(&content).unwrap();
    let digest = Sha256::digest(&content);
    let sha256 = digest
        .iter()
        .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    (encoder.finish().unwrap(), sha256)
}

/// Fetches the file from `servers`, in this order.
fn fetch(folder: &Path, servers: &[&Server], sha256: &str) -> Result<(), DownloadError> {
    let mirrors: Vec<String> = servers.iter().map(|server| server.url.clone()).collect();
    fetch_files(
        folder,
        &mirrors,
        &[RemoteFile { name: NAME, sha256 }],
        TIMEOUTS,
        &mut |_| {},
    )
}

/// Names of what is in a folder, sorted.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Fetches from `servers` and expects the right file and nothing else in the folder.
fn assert_delivered(folder: &Path, servers: &[&Server]) {
    let (bytes, sha256) = file();
    fetch(folder, servers, &sha256).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(names(folder), [NAME]);
    assert!(fs::read(folder.join(NAME)).unwrap() == bytes, "other bytes");
}

/// A mirror that has the file.
fn whole() -> Server {
    Server::start(|| Reply::whole(&file().0))
}

/// Marks a process that runs one test, because environment and limits belong to a process.
const INSIDE: &str = "MLP_TEST_INSIDE";

fn inside_test() -> bool {
    std::env::var_os(INSIDE).is_some()
}

/// Runs a test of this module in a process of its own, which `command` starts.
fn run_inside(command: &mut Command, test: &str) {
    let (_, module) = module_path!().split_once("::").unwrap();
    let output = command
        .args(["--exact", &format!("{module}::{test}")])
        .env(INSIDE, "")
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{printed}");
    assert!(printed.contains("1 passed"), "{printed}");
}
