//! Files that come in parts.

use std::fs;
use std::time::Instant;

use tempfile::TempDir;

use super::http_server::{Ending, Reply, Request, Server};
use super::{PART, TIMEOUTS, assert_delivered, file, whole};

#[test]
fn a_stalled_body_is_continued_by_the_next_mirror() {
    let stalled = Server::start(|_, _| Reply::whole(&file().0).cut(70_000, Ending::Stall));
    let good = whole();
    let folder = TempDir::new().unwrap();
    let start = Instant::now();
    assert_delivered(folder.path(), &[&stalled, &good]);
    let elapsed = start.elapsed();
    assert!(
        elapsed >= TIMEOUTS.stall && elapsed < 5 * TIMEOUTS.stall,
        "{elapsed:?}"
    );
    assert_eq!(good.ranges(), [Some("bytes=70000-".to_owned())]);
}

#[test]
fn a_lost_connection_is_continued_where_it_broke_even_by_the_same_mirror() {
    let server = Server::start(|request, number| {
        let reply = Reply::ranged(&file().0, request);
        if number < 2 {
            reply.cut(50_000, Ending::Close)
        } else {
            reply
        }
    });
    let folder = TempDir::new().unwrap();
    assert_delivered(folder.path(), &[&server]);
    let resumed = |start| Some(format!("bytes={start}-"));
    assert_eq!(server.ranges(), [None, resumed(50_000), resumed(100_000)]);
}

#[test]
fn a_server_that_ignores_ranges_is_read_from_the_beginning() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join(PART), &file().0[..30_000]).unwrap();
    let server = Server::start(|_, _| Reply::whole(&file().0));
    assert_delivered(folder.path(), &[&server]);
    assert_eq!(server.ranges(), [Some("bytes=30000-".to_owned())]);
}

#[test]
fn what_an_earlier_download_left_is_continued_or_finished() {
    let (bytes, _) = file();
    for (left, ranges) in [
        (12_345, vec![Some("bytes=12345-".to_owned())]),
        (bytes.len(), vec![]),
    ] {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join(PART), &bytes[..left]).unwrap();
        let server = whole();
        assert_delivered(folder.path(), &[&server]);
        assert_eq!(server.ranges(), ranges);
    }
}

#[test]
fn a_partial_file_that_does_not_fit_is_started_over_once() {
    let (bytes, _) = file();
    let wrong_range = |request: &Request| match request.range {
        Some(_) => Reply::new(
            "206 Partial Content",
            "Content-Range: bytes 1-2/3\r\nContent-Length: 2\r\n",
            b"xx",
        )
        .cut(1, Ending::Stall),
        None => Reply::whole(&file().0),
    };
    // Other bytes of a possible length; more bytes than the file has; a server that sends another range.
    for (left, server) in [
        (vec![7; 40_000], whole()),
        (vec![7; bytes.len() + 9], whole()),
        (
            bytes[..9].to_vec(),
            Server::start(move |request, _| wrong_range(request)),
        ),
    ] {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join(PART), &left).unwrap();
        assert_delivered(folder.path(), &[&server]);
        assert_eq!(
            server.ranges(),
            [Some(format!("bytes={}-", left.len())), None]
        );
    }
}
