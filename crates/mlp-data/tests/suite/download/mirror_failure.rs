//! Files that no mirror delivers.

use std::net::TcpListener;
use std::time::Instant;

use mlp_data::download::{RemoteFile, fetch_files};
use mlp_data::error::{DownloadError, MirrorFailure};
use tempfile::TempDir;

use super::http_server::{Ending, Reply, Server};
use super::{NAME, TIMEOUTS, assert_delivered, fetch, file, gzip, names, whole};

#[test]
fn damaged_and_foreign_files_never_get_the_final_name() {
    let (bytes, sha256) = file();
    let mut damaged = bytes.clone();
    damaged[1000] ^= 1;
    let trailing = [&bytes, &b"<html>"[..]].concat();
    let bad: [Vec<u8>; 4] = [
        damaged,
        gzip(|_| 0).0,
        trailing,
        b"<html>please log in</html>".to_vec(),
    ];
    for content in bad {
        let folder = TempDir::new().unwrap();
        let server = Server::start(move || Reply::whole(&content));
        let error = fetch(folder.path(), &[&server], &sha256).unwrap_err();
        let DownloadError::Mirrors { attempts, .. } = &error else {
            panic!("{error}")
        };
        assert!(
            matches!(
                attempts[0].failure,
                MirrorFailure::Gzip(_) | MirrorFailure::Content { .. }
            ),
            "{error}"
        );
        assert_eq!(names(folder.path()), [""; 0]);
        assert_delivered(folder.path(), &[&server, &whole()]);
    }
}

#[test]
fn a_mirror_that_stalls_or_breaks_off_leads_to_the_next() {
    let elapsed = [Ending::Stall, Ending::Close].map(|ending| {
        let broken = Server::start(move || Reply::whole(&file().0).cut(70_000, ending));
        let good = whole();
        let folder = TempDir::new().unwrap();
        let start = Instant::now();
        assert_delivered(folder.path(), &[&broken, &good]);
        let elapsed = start.elapsed();
        assert_eq!(good.requests().len(), 1);
        let other = TempDir::new().unwrap();
        let error = fetch(other.path(), &[&broken], "").unwrap_err().to_string();
        let cause = match ending {
            Ending::Stall => "stalled: no byte for 0.4 s after 70000 bytes",
            Ending::Close => "connection lost after 70000 bytes",
        };
        assert!(error.contains(cause), "{error}");
        assert_eq!(names(other.path()), [""; 0]);
        elapsed
    });
    let stall = TIMEOUTS.stall;
    assert!(elapsed[0] >= stall && elapsed[0] < 5 * stall, "{elapsed:?}");
}

#[test]
fn dead_mirrors_are_given_up_in_time_and_each_is_named_with_its_cause() {
    let refused = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap(); // closed again at once
    let silent: Vec<Server> = (0..4).map(|_| Server::start(Reply::silence)).collect();
    let overloaded = Server::start(|| Reply::status("503 Service Unavailable"));
    let mut mirrors = vec![
        format!("http://{refused}/"),
        "not a URL".to_owned(),
        overloaded.url.clone(),
    ];
    mirrors.extend(silent.iter().map(|server| server.url.clone()));
    let folder = TempDir::new().unwrap();
    let start = Instant::now();
    let files = [RemoteFile {
        name: NAME,
        sha256: "",
    }];
    let error = fetch_files(folder.path(), &mirrors, &files, TIMEOUTS, &mut |_| {}).unwrap_err();
    let elapsed = start.elapsed();
    assert!(
        elapsed >= TIMEOUTS.give_up && elapsed < TIMEOUTS.give_up + TIMEOUTS.connect,
        "{elapsed:?}"
    );

    let message = error.to_string();
    let lines: Vec<&str> = message.lines().collect();
    assert_eq!(
        lines[0],
        "cannot download digits.gz: no mirror delivered it"
    );
    let causes = [
        "refused",
        "request failed",
        "HTTP status 503",
        "no answer within 0.4 s",
    ]
    .into_iter()
    .chain([
        "no answer within 0.4 s",
        "no answer within 0.",
        "no time left: 1.0 s",
    ]);
    assert_eq!(lines.len(), 1 + mirrors.len(), "{message}");
    for ((line, mirror), cause) in lines[1..].iter().zip(&mirrors).zip(causes) {
        assert!(
            line.contains(mirror.as_str()) && line.contains(cause),
            "{line}: not {cause}"
        );
    }
    assert!(
        !lines[6].contains("0.4 s"),
        "{}: more than was left",
        lines[6]
    );
    let remedy = error.remedy();
    for hint in [
        "MLP_MNIST_MIRRORS",
        "HTTPS_PROXY",
        NAME,
        folder.path().to_str().unwrap(),
    ] {
        assert!(remedy.contains(hint), "{remedy}: no {hint}");
    }
    assert_eq!(names(folder.path()), [""; 0]);
}

#[test]
fn without_mirrors_the_error_says_so() {
    let folder = TempDir::new().unwrap();
    let error = fetch(folder.path(), &[], "").unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot download digits.gz: no mirror is named"
    );
}

#[test]
fn a_body_that_is_too_large_is_refused_before_it_is_read() {
    let length = format!("Content-Length: {}\r\n", (64 << 20) + 1);
    let server = Server::start(move || Reply::new("200 OK", &length, b"x").cut(1, Ending::Stall));
    let folder = TempDir::new().unwrap();
    let error = fetch(folder.path(), &[&server], "").unwrap_err();
    assert!(
        error.to_string().contains("more than 67108864 bytes"),
        "{error}"
    );
}
