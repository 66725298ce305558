//! `mlp serve`: what it answers, what it refuses, and that no client can keep it from answering others.

mod access;
mod bounds;
mod clients;
mod ending;
mod interface;
mod predictions;
mod refusals;
mod reloading;
mod schema;

use serde_json::{Value, json};

use crate::support::http::Request;
use crate::support::repository;
use crate::support::server::Server;

const PREDICT: &str = "/v1/predict";

/// Serves a small network of digits, with rows that it got wrong.
fn digits(arguments: &[&str]) -> Server {
    Server::start(&repository("tests/fixtures/runs/digits"), arguments)
}

/// Serves a network of two numbers.
fn plane(arguments: &[&str]) -> Server {
    Server::start(&repository("tests/fixtures/runs/plane"), arguments)
}

/// A request to predict rows of two numbers.
fn rows(count: u32) -> Request {
    let rows: Vec<Value> = (0..count)
        .map(|row| json!([f64::from(row % 97) / 50.0, f64::from(row % 89) / 40.0 - 1.0]))
        .collect();
    json_rows(&json!({ "rows": rows }))
}

/// A request to predict the rows of this document.
fn json_rows(document: &Value) -> Request {
    Request::post(PREDICT, "application/json", document.to_string())
}
