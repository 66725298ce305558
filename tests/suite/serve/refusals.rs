//! Requests that are refused: with which status, and in which words.

use serde_json::json;

use super::{PREDICT, digits, json_rows, plane};
use crate::support::http::Request;
use crate::support::images::{encoded, png, png_header};
use crate::support::trained_run::gzip;

#[test]
fn json_that_is_no_rows_of_the_network() {
    let server = plane(&[]);
    for (body, status, parts) in [
        ("", 400, &["not JSON"][..]),
        ("{\"rows\": [[1, 2]", 400, &["not JSON", "EOF"]),
        ("{\"rows\": [[1, NaN]]}", 400, &["not JSON", "column 15"]),
        ("{\"rows\": [[1, 2]]} x", 400, &["trailing characters"]),
        ("[[1, 2]]", 422, &["an object {\"rows\""]),
        ("{}", 422, &["missing field `rows`"]),
        ("{\"row\": [[1, 2]]}", 422, &["unknown field `row`"]),
        ("{\"rows\": [], \"rows\": []}", 422, &["duplicate field"]),
        ("{\"rows\": 1}", 422, &["a list of rows"]),
        ("{\"rows\": [1, 2]}", 422, &["row 1", "a list of 2 numbers"]),
        (
            "{\"rows\": [[1, 2], [3, \"x\"]]}",
            422,
            &["row 2, value 2 (", "a number"],
        ),
        ("{\"rows\": [[1, 2], [3, [4]]]}", 422, &["row 2, value 2 ("]),
        (
            "{\"rows\": [[1, 2], [true, 4]]}",
            422,
            &["row 2, value 1 ("],
        ),
        (
            "{\"rows\": [[1, null]]}",
            422,
            &["row 1, value 2 (", "empty"],
        ),
        (
            "{\"rows\": [[1, 2], []]}",
            422,
            &["row 2: 2 values expected, 0 found"],
        ),
        (
            "{\"rows\": [[1]]}",
            422,
            &["row 1: 2 values expected, 1 found"],
        ),
        (
            "{\"rows\": [[1, 2, 0]]}",
            422,
            &["2 values expected, 3 found", "label"],
        ),
        ("{\"rows\": [[1, 1e39]]}", 422, &["row 1, value 2 ("]),
        (
            "{\"rows\": [[1, 1e999]]}",
            422,
            &["row 1, value 2 (", "too large"],
        ),
    ] {
        let request = Request::post(PREDICT, "application/json", body);
        server.ask(&request).problem(status, parts);
    }
    let deep = format!("{{\"rows\": {}", "[".repeat(100_000));
    server
        .ask(&Request::post(PREDICT, "application/json", deep))
        .problem(422, &["row 1"]);
    let empty = server.ask(&json_rows(&json!({ "rows": [] }))).good();
    assert_eq!(empty.json()["predictions"], json!([]));
}

#[test]
fn values_out_of_the_range_of_pixels() {
    let server = digits(&[]);
    let mut row = vec![json!(0); 784];
    row[9] = json!(256);
    let refused = server.ask(&json_rows(&json!({ "rows": [row] })));
    refused.problem(422, &["row 1, value 10 (", "256 lies outside 0–255"]);
}

#[test]
fn csv_that_is_no_rows_of_the_network() {
    let server = plane(&[]);
    for (body, status, parts) in [
        (&b""[..], 400, &["empty"][..]),
        (
            b"1,2\n3,x\n",
            422,
            &["line 2, column 2", "`x` is not a number"],
        ),
        (b"1,2\n3\n", 422, &["line 2: 2 columns expected, 1 found"]),
        (b"1,2,3,4,5\n", 422, &["line 1: 2 features expected"]),
        (b"1,nan\n", 422, &["line 1, column 2"]),
        (
            b"1.5O,2\n3,4\n",
            422,
            &["line 1, column 1", "`1.5O` is not a number"],
        ),
        (b"1,\n", 422, &["empty"]),
        (b"\"1,2\n", 400, &["never closed"]),
        (b"\x89PNG\r\n\x1a\n", 415, &["PNG"]),
    ] {
        let request = Request::post(PREDICT, "text/csv", body);
        server.ask(&request).problem(status, parts);
    }
    let packed = Request::post(PREDICT, "text/csv", gzip(b"1,2\n"));
    server.ask(&packed).problem(415, &["gzip"]);
    let wide = Request::post(PREDICT, "text/csv", ",".repeat(1 << 20));
    server
        .ask(&wide)
        .problem(422, &["line 1: 2 features expected"]);
}

#[test]
fn images_that_are_none() {
    let server = digits(&["--max-pixels", "1000000"]);
    let post = |kind: &str, body: &[u8]| server.ask(&Request::post(PREDICT, kind, body));
    let blank = image::GrayImage::new(40, 40);
    post("image/png", &png(blank.clone())).problem(422, &["blank", "nothing stands out"]);
    post("image/png", b"none").problem(400, &["cannot be read"]);
    post("image/png", &png(blank.clone())[..50]).problem(400, &["cannot be read"]);
    post("image/jpeg", &png_header(20_000, 20_000)).problem(413, &["20000×20000"]);
    let gif = encoded(blank, image::ImageFormat::Png);
    post("image/gif", &gif).problem(415, &["image/gif", "image/png"]);
    let refused = plane(&[]).ask(&Request::post(PREDICT, "image/png", gif));
    refused.problem(415, &["takes no images", "2 features"]);
}

#[test]
fn requests_for_what_there_is_not() {
    let server = plane(&[]);
    let good = json!({ "rows": [[1, 2]] }).to_string();
    let post = |target: &str| Request::post(target, "application/json", &good);
    for (query, part) in [
        ("details=1", "details"),
        ("ink=red", "ink"),
        ("a=b", "\"a\""),
    ] {
        let refused = server.ask(&post(&format!("{PREDICT}?{query}")));
        refused.problem(422, &[part]);
    }
    let untyped = Request::new("POST", PREDICT);
    server.ask(&untyped).problem(415, &["no Content-Type"]);
    let form = Request::post(PREDICT, "application/x-www-form-urlencoded", "a=b");
    server.ask(&form).problem(415, &["x-www-form-urlencoded"]);
    let packed = post(PREDICT).header("Content-Encoding", "gzip");
    server.ask(&packed).problem(415, &["gzip"]);
    let picky = post(PREDICT).header("Accept", "text/html");
    server
        .ask(&picky)
        .problem(406, &["application/json or text/csv"]);
    for path in [
        "/v1",
        "/v1/predict/",
        "/../etc/passwd",
        "//",
        "/%2e%2e/etc/passwd",
    ] {
        server.get(path).problem(404, &[]);
    }
    let refused = server.get(PREDICT);
    refused.problem(405, &["GET"]);
    assert_eq!(refused.headers["allow"], "POST");
    let refused = server.ask(&Request::new("DELETE", "/v1/model"));
    refused.problem(405, &["DELETE"]);
    assert_eq!(refused.headers["allow"], "GET,HEAD");
}
