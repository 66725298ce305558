//! The end: what has been accepted is answered.
#![cfg(unix)]

use std::io::{BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use super::{plane, rows};
use crate::support::http::Answer;
use crate::support::program::mlp;
use crate::support::repository;

#[test]
fn no_accepted_request_is_lost_under_load() {
    for signal in ["-TERM", "-INT"] {
        let server = plane(&[]);
        let expected = server.ask(&rows(40)).good().body;
        let (answered, is_over) = (AtomicU64::new(0), AtomicBool::new(false));
        thread::scope(|scope| {
            for client in 0..8 {
                let (server, expected, answered, is_over) =
                    (&server, &expected, &answered, &is_over);
                scope.spawn(move || {
                    // Half of them keep their connection until the server says that it closes it.
                    let keeps = client % 2 == 0;
                    'connections: loop {
                        let address = server.address.strip_prefix("http://").unwrap();
                        let Ok(mut stream) = TcpStream::connect(address) else {
                            assert!(is_over.load(Ordering::SeqCst), "refused before the end");
                            return;
                        };
                        let mut is_new = true;
                        loop {
                            let answer = match rows(40).try_send(&mut stream) {
                                Ok(answer) => answer.good(),
                                // It was not accepted any more.
                                Err(_) if is_new && is_over.load(Ordering::SeqCst) => return,
                                Err(error) => panic!("client {client}: {error}"),
                            };
                            is_new = false;
                            assert_eq!(&answer.body, expected);
                            answered.fetch_add(1, Ordering::SeqCst);
                            let closes = answer.headers.get("connection");
                            if !keeps || closes.is_some_and(|value| value == "close") {
                                continue 'connections;
                            }
                        }
                    }
                });
            }
            while answered.load(Ordering::SeqCst) < 50 {
                sleep(Duration::from_millis(5));
            }
            is_over.store(true, Ordering::SeqCst);
            server.send(signal);
        });
        let ran = server.end().code(0);
        assert!(ran.stderr.contains("stopped"), "{}", ran.stderr);
    }
}

#[test]
fn answers_at_the_end_say_that_they_are_the_last() {
    let server = plane(&[]);
    let mut stream = server.connect();
    let whole = rows(3).bytes();
    stream.write_all(&whole[..whole.len() - 4]).unwrap();
    sleep(Duration::from_millis(200)); // its head has been read
    server.send("-TERM");
    sleep(Duration::from_millis(200));
    stream.write_all(&whole[whole.len() - 4..]).unwrap();
    let answer = Answer::read(&mut BufReader::new(stream), true).unwrap();
    assert_eq!(answer.good().headers["connection"], "close");
    server.end().code(0);
}

#[test]
fn who_does_not_finish_is_not_waited_for() {
    let server = plane(&["--grace", "0.8"]);
    let idle: Vec<_> = (0..20).map(|_| server.connect()).collect();
    let mut half = server.connect();
    half.write_all(b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\nContent-Length: 9\r\n\r\n1,2").unwrap();
    sleep(Duration::from_millis(100));
    let begun = Instant::now();
    server.send("-TERM");
    server.end().code(0);
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(30), "{took:?}");
    for mut stream in idle {
        let mut left = Vec::new();
        let _ = stream.read_to_end(&mut left);
        assert_eq!(left, b"");
    }
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let server = plane(&["--grace", "600"]);
    let mut half = server.connect();
    half.write_all(b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\nContent-Length: 9\r\n\r\n1,2").unwrap();
    sleep(Duration::from_millis(100));
    server.send("-TERM");
    sleep(Duration::from_millis(300));
    server.send("-TERM");
    server.end().code(143);
}

#[test]
fn a_server_that_cannot_begin_says_why() {
    let server = plane(&[]);
    let taken = server.address.strip_prefix("http://").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let run = repository("tests/fixtures/runs/plane");
    let error = |code, arguments: &[&str]| {
        let output = mlp(folder.path())
            .arg("serve")
            .args(arguments)
            .output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{stderr}");
        stderr
    };
    let run = run.to_str().unwrap();
    assert!(error(1, &[run, "--listen", taken]).contains("another port"));
    assert!(error(2, &[run, "--listen", "nonsense"]).contains("--listen 127.0.0.1:8080"));
    assert!(error(4, &["absent"]).contains("there is no such run"));
    assert!(error(4, &[run, "--checkpoint", "123456789"]).contains("no step 123456789 checkpoint"));
    assert!(error(2, &[run, "--max-rows", "0"]).contains("from 1 on"));
}
