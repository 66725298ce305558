//! What a request may ask for, and how much at once.

use std::io::{BufReader, Write as _};
use std::thread;

use serde_json::json;

use super::{PREDICT, digits, json_rows, plane, rows};
use crate::support::http::{Answer, Request};
use crate::support::images::png;

#[test]
fn a_body_that_announces_too_much_is_not_read() {
    let server = plane(&[]);
    let mut stream = server.connect();
    let head = "POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\nContent-Length: 1000000000\r\n\r\n1,2\n";
    stream.write_all(head.as_bytes()).unwrap();
    let answer = Answer::read(&mut BufReader::new(&stream), true).unwrap();
    answer.problem(413, &["16777216 bytes"]);
    assert_eq!(answer.headers["connection"], "close");
    server.ask(&rows(1)).good();
}

#[test]
fn a_body_without_end_is_cut_off_where_it_is_too_much() {
    let server = plane(&["--max-body", "1"]);
    let stream = server.connect();
    let mut sender = stream.try_clone().unwrap();
    let head = "POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\nTransfer-Encoding: chunked\r\n\r\n";
    let chunk = format!("10000\r\n{}\r\n", "1,2\n".repeat(0x4000));
    let endless = thread::spawn(move || {
        sender.write_all(head.as_bytes()).unwrap();
        let mut sent = 0_u64;
        while sent < 1_000_000_000 && sender.write_all(chunk.as_bytes()).is_ok() {
            sent += chunk.len() as u64;
        }
        sent
    });
    let answer = Answer::read(&mut BufReader::new(&stream), true).unwrap();
    answer.problem(413, &["1048576 bytes"]);
    drop(stream);
    let sent = endless.join().unwrap();
    println!("{sent} bytes were sent before the connection was closed");
    assert!(sent < 1_000_000_000, "all of it was taken");
    server.ask(&rows(1)).good();
}

#[test]
fn a_small_body_in_many_chunks_is_one_body() {
    let server = plane(&[]);
    let body = json!({ "rows": [[0.25, 0.5], [1, -1]] }).to_string();
    let expected = server
        .ask(&Request::post(PREDICT, "application/json", &body))
        .good();
    let mut stream = server.connect();
    let head = "POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    for byte in body.as_bytes() {
        stream
            .write_all(&[b'1', b'\r', b'\n', *byte, b'\r', b'\n'])
            .unwrap();
        stream.flush().unwrap();
    }
    stream.write_all(b"0\r\n\r\n").unwrap();
    let answer = Answer::read(&mut BufReader::new(stream), true).unwrap();
    assert_eq!(answer.body, expected.body);
}

#[test]
fn rows_and_pixels_are_bounded() {
    let server = plane(&["--max-rows", "20"]);
    server.ask(&rows(20)).good();
    server.ask(&rows(21)).problem(422, &["more than 20 rows"]);
    let csv = Request::post(PREDICT, "text/csv", "1,2\n".repeat(21));
    server.ask(&csv).problem(422, &["more than 20 rows"]);
    let server = digits(&["--max-body", "1", "--max-pixels", "1000"]);
    let zeros = |count| json_rows(&json!({ "rows": vec![vec![0; 784]; count] }));
    // As many as fit into a body.
    server.ask(&zeros(222)).good();
    server
        .ask(&zeros(223))
        .problem(422, &["more than 222 rows"]);
    let image = Request::post(PREDICT, "image/png", png(image::GrayImage::new(40, 40)));
    server.ask(&image).problem(413, &["40×40", "1000"]);
}

#[test]
fn who_comes_when_the_queue_is_full_is_told_to_come_again() {
    let server = plane(&["--max-queue", "1"]);
    let request = rows(3000);
    let answers: Vec<Answer> = thread::scope(|scope| {
        let clients: Vec<_> = (0..12)
            .map(|_| scope.spawn(|| [(); 10].map(|()| server.ask(&request))))
            .collect();
        let answers = clients.into_iter().map(|client| client.join().unwrap());
        answers.flatten().collect()
    });
    let busy: Vec<&Answer> = answers
        .iter()
        .filter(|answer| answer.status != 200)
        .collect();
    assert!(busy.len() < answers.len(), "nobody was answered");
    assert!(!busy.is_empty(), "nobody was turned away");
    for answer in busy {
        answer.problem(503, &["waiting for the network"]);
        assert_eq!(answer.headers["retry-after"], "1");
    }
    server.ask(&request).good();
}

#[test]
fn what_is_quoted_of_a_request_is_bounded() {
    let server = plane(&[]);
    let long = "x".repeat(100_000);
    let body = json!({ "rows": [[1, 2]], &long: 1 });
    let answer = server.ask(&json_rows(&body));
    answer.problem(422, &["xxx"]);
    assert!(answer.body.len() < 2000, "{} bytes", answer.body.len());
}

/// A client that keeps its connection must know when it may not.
#[test]
fn a_refusal_before_the_body_is_read_ends_the_connection_and_says_so() {
    let server = plane(&[]);
    for request in [
        Request::post(PREDICT, "image/gif", "x".repeat(2000)),
        Request::post("/nowhere", "text/csv", "1,2\n".repeat(500)),
        Request::post("/healthz", "text/csv", "1,2\n"),
        Request::post("/v1/predict?ink=red", "text/csv", "1,2\n"),
    ] {
        let mut stream = server.connect();
        let answer = request.send(&mut stream);
        assert!(answer.status >= 400);
        assert_eq!(answer.headers["connection"], "close", "{}", answer.status);
    }
    // A refusal of what was read keeps it.
    let mut stream = server.connect();
    for _ in 0..3 {
        let answer = Request::post(PREDICT, "text/csv", "1,x\n").send(&mut stream);
        answer.problem(422, &["`x`"]);
        assert!(!answer.headers.contains_key("connection"));
    }
}

/// What does not fit into a batch any more is answered although nobody else asks anything.
#[test]
fn no_request_waits_for_another_to_come() {
    let server = plane(&["--threads", "2"]);
    let request = rows(200);
    for _ in 0..40 {
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| server.ask(&request).good());
            }
        });
    }
}

#[test]
fn connections_are_bounded() {
    let server = plane(&["--max-connections", "2"]);
    let [mut first, _second] = [(); 2].map(|()| server.connect());
    rows(1).send(&mut first).good(); // both are open by now
    let refused = Answer::read(&mut BufReader::new(server.connect()), true).unwrap();
    refused.problem(503, &["too many connections"]);
    assert_eq!(refused.headers["retry-after"], "1");
    rows(1).send(&mut first).good();
}
