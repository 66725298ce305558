//! Clients that are slow, silent, gone, or many.

use std::io::{BufReader, Read as _, Write as _};
use std::net::Shutdown;
use std::time::{Duration, Instant};

use super::{plane, rows};
use crate::support::http::{Answer, Request};

#[test]
fn a_head_that_does_not_come_ends_the_connection() {
    let server = plane(&["--header-timeout", "0.3"]);
    for begun in ["", "GET /healthz HTTP/1.1\r\nHost:"] {
        let mut stream = server.connect();
        stream.write_all(begun.as_bytes()).unwrap();
        let mut left = Vec::new();
        stream.read_to_end(&mut left).unwrap();
        assert_eq!(left, b"", "after {begun:?}");
    }
    server.ask(&rows(1)).good();
}

#[test]
fn a_body_that_does_not_come_is_reported() {
    let server = plane(&["--body-timeout", "0.3"]);
    let mut stream = server.connect();
    let whole = rows(5).bytes();
    stream.write_all(&whole[..whole.len() - 1]).unwrap();
    let answer = Answer::read(&mut BufReader::new(&stream), true).unwrap();
    answer.problem(408, &["within 0.3 seconds"]);
    assert_eq!(answer.headers["connection"], "close");
    // The rest comes too late, and is no request.
    let _ = stream.write_all(b"}");
    let mut left = Vec::new();
    let _ = stream.read_to_end(&mut left);
    assert_eq!(left, b"");
    server.ask(&rows(1)).good();
}

#[test]
fn an_answer_that_is_not_taken_is_given_up() {
    let server = plane(&["--body-timeout", "0.5"]);
    let mut stream = server.connect();
    let request = rows(10_000).bytes();
    // Megabytes of answers that nobody reads: more than the buffers of both sides hold.
    let mut sent = 0;
    while sent < 60 && stream.write_all(&request).is_ok() {
        sent += 1;
    }
    let begun = Instant::now();
    while server.metric("mlp_connections") > 1 {
        assert!(
            begun.elapsed() < Duration::from_mins(1),
            "it is held for ever"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(sent > 0);
}

#[test]
fn a_client_that_has_said_all_is_answered() {
    let server = plane(&[]);
    let expected = server.ask(&rows(7)).good();
    let mut stream = server.connect();
    stream.write_all(&rows(7).bytes()).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let answer = Answer::read(&mut BufReader::new(stream), true).unwrap();
    assert_eq!(answer.good().body, expected.body);
}

#[test]
fn clients_that_go_away_leave_nothing_behind() {
    let server = plane(&[]);
    for length in [1, 30, 100, usize::MAX] {
        for _ in 0..20 {
            let bytes = rows(50).bytes();
            let mut stream = server.connect();
            stream.write_all(&bytes[..length.min(bytes.len())]).unwrap();
        }
    }
    let begun = Instant::now();
    while server.metric("mlp_connections") > 1 || server.metric("mlp_queue_depth") > 0 {
        assert!(
            begun.elapsed() < Duration::from_mins(1),
            "something is left"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    server.ask(&rows(1)).good();
}

#[test]
fn a_thousand_idle_connections_are_no_burden() {
    let server = plane(&[]);
    let mut idle = Vec::new();
    while idle.len() < 1000 {
        match std::panic::catch_unwind(|| server.connect()) {
            Ok(stream) => idle.push(stream),
            Err(_) => break, // this process may not have more files
        }
        // Some have asked something before.
        if idle.len() % 10 == 0 {
            rows(1).send(idle.last_mut().unwrap()).good();
        }
    }
    println!("{} idle connections", idle.len());
    assert!(idle.len() >= 200);
    for _ in 0..20 {
        server.ask(&rows(2)).good();
    }
    server.ask(&Request::new("GET", "/healthz")).good();
    assert!(server.metric("mlp_connections") >= 200);
    // Each of them can still ask.
    for stream in idle.iter_mut().step_by(97) {
        rows(1).send(stream).good();
    }
}
