//! Downloads from mirrors that fail in every way a mirror can.

mod continuation;
mod delivery;
mod disk_failure;
mod http_server;
mod mirror_failure;
mod surroundings;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use flate2::{Compression, write::GzEncoder};
use mlp::data::download::{RemoteFile, Timeouts, fetch_files};
use mlp::error::DownloadError;
use sha2::{Digest, Sha256};

use http_server::{Reply, Server};

const NAME: &str = "digits.gz";
const PART: &str = "digits.gz.part";
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

/// A mirror that has the file and knows ranges.
fn whole() -> Server {
    Server::start(|request, _| Reply::ranged(&file().0, request))
}
