//! Files that come, and those that are there already.

use std::fs;
use std::time::{Duration, Instant};

use mlp_data::download::{Progress, RemoteFile, fetch_files};
use tempfile::TempDir;

use super::http_server::{Reply, Server};
use super::{NAME, TIMEOUTS, assert_delivered, file, names, whole};

#[test]
fn the_first_mirror_delivers_into_a_new_folder_and_says_how_far_it_is() {
    let (bytes, sha256) = file();
    let (first, second) = (whole(), whole());
    let folder = TempDir::new().unwrap();
    let folder = folder.path().join("made/on/demand");
    let mirrors = [
        first.url.trim_end_matches('/').to_owned(),
        second.url.clone(),
    ];
    let mut steps = Vec::new();
    let mut progress = |step: Progress| {
        assert_eq!((step.file, step.mirror), (NAME, mirrors[0].as_str()));
        steps.push((step.received, step.total));
    };
    fetch_files(
        &folder,
        &mirrors,
        &[RemoteFile {
            name: NAME,
            sha256: &sha256,
        }],
        TIMEOUTS,
        &mut progress,
    )
    .unwrap();
    let length = bytes.len() as u64;
    assert_eq!(
        (steps[0], steps[steps.len() - 1]),
        ((0, Some(length)), (length, Some(length)))
    );
    assert!(steps.is_sorted());
    assert_eq!(names(&folder), [NAME]);
    assert_eq!(first.requests(), [format!("GET /{NAME}")]);
    assert_eq!(second.requests(), [""; 0]);
}

#[test]
fn a_verified_file_causes_no_request_and_a_wrong_one_is_replaced() {
    let (bytes, _) = file();
    let folder = TempDir::new().unwrap();
    let server = whole();
    fs::write(folder.path().join(NAME), &bytes).unwrap();
    assert_delivered(folder.path(), &[&server]);
    assert_eq!(server.requests(), [""; 0]);
    fs::write(folder.path().join(NAME), &bytes[..bytes.len() / 2]).unwrap();
    assert_delivered(folder.path(), &[&server]);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_mirror_without_the_file_leads_to_the_next_which_is_then_asked_first() {
    let missing = Server::start(|| Reply::status("404 Not Found"));
    let good = whole();
    let (_, sha256) = file();
    let files = ["a.gz", "b.gz"].map(|name| RemoteFile {
        name,
        sha256: &sha256,
    });
    let folder = TempDir::new().unwrap();
    let mirrors = [missing.url.clone(), good.url.clone()];
    fetch_files(folder.path(), &mirrors, &files, TIMEOUTS, &mut |_| {}).unwrap();
    assert_eq!(names(folder.path()), ["a.gz", "b.gz"]);
    assert_eq!((missing.requests().len(), good.requests().len()), (1, 2));
}

#[test]
fn redirects_are_followed() {
    let good = whole();
    let target = format!("{}{NAME}", good.url);
    let server = Server::start(move || Reply::redirect(&target));
    let folder = TempDir::new().unwrap();
    assert_delivered(folder.path(), &[&server]);
    assert_eq!(good.requests().len(), 1);
}

#[test]
fn a_slow_mirror_may_take_longer_than_a_dead_one() {
    let server = Server::start(|| Reply::whole(&file().0).slowly(25, Duration::from_millis(50)));
    let folder = TempDir::new().unwrap();
    let start = Instant::now();
    assert_delivered(folder.path(), &[&server]);
    assert!(
        start.elapsed() > TIMEOUTS.give_up,
        "{:?} proves nothing",
        start.elapsed()
    );
}
