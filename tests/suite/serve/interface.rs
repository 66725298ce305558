//! The interface as it describes itself.

use serde_json::{Value, json};

use super::schema::violations;
use super::{PREDICT, digits, plane, rows};
use crate::support::http::{Answer, Request};
use crate::support::server::Server;

fn description(server: &Server) -> Value {
    server.get("/openapi.json").good().json()
}

/// Asserts that an answer is as the description says of its status.
#[track_caller]
fn assert_described(document: &Value, path: &str, method: &str, answer: &Answer) {
    let responses = &document["paths"][path][method]["responses"];
    let status = answer.status.to_string();
    let response = responses.get(&status).or_else(|| responses.get("default"));
    let response = response.unwrap_or_else(|| panic!("{status} is not described"));
    let sent = &answer.headers["content-type"];
    let content = response["content"].as_object().unwrap();
    let kind = content.keys().find(|kind| sent.starts_with(*kind));
    let kind = kind.unwrap_or_else(|| panic!("{sent} is not described for {path}"));
    if kind.ends_with("json") {
        let found = violations(document, &content[kind]["schema"], &answer.json());
        assert!(found.is_empty(), "{path}: {}", found.join("\n"));
    }
    for name in response["headers"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, _)| name)
    {
        assert!(
            answer.headers.contains_key(&name.to_ascii_lowercase()),
            "{name}"
        );
    }
}

#[test]
fn every_path_is_described_and_answers_so() {
    for server in [digits(&[]), plane(&[])] {
        let document = description(&server);
        assert_eq!(document["openapi"], "3.1.0");
        let paths = document["paths"].as_object().unwrap();
        for expected in [
            "/",
            PREDICT,
            "/v1/model",
            "/healthz",
            "/metrics",
            "/openapi.json",
        ] {
            assert!(paths.contains_key(expected), "{expected}");
        }
        for (path, operations) in paths {
            for method in operations.as_object().unwrap().keys() {
                if method == "get" {
                    let answer = server.get(path).good();
                    assert_described(&document, path, "get", &answer);
                    let head = server.ask(&Request::new("HEAD", path)).good();
                    if path != "/metrics" {
                        let length = |answer: &Answer| answer.headers["content-length"].clone();
                        assert_eq!(length(&head), length(&answer));
                    }
                    assert_eq!(head.headers["x-content-type-options"], "nosniff");
                } else {
                    assert_eq!((path.as_str(), method.as_str()), (PREDICT, "post"));
                }
            }
        }
    }
}

#[test]
fn predictions_and_problems_are_as_described() {
    let server = digits(&[]);
    let document = description(&server);
    let row = vec![7; 784];
    let post =
        |target: &str, body: &Value| Request::post(target, "application/json", body.to_string());
    let requests = [
        post(PREDICT, &json!({ "rows": [row, row] })),
        post(PREDICT, &json!({ "rows": [] })),
        post("/v1/predict?details=true", &json!({ "rows": [row] })),
        post(PREDICT, &json!({ "rows": [row] })).header("Accept", "text/csv"),
        post(PREDICT, &json!({ "rows": [row] })).header("Accept", "text/html"),
        post(PREDICT, &json!({ "rows": [[1]] })),
        post(PREDICT, &json!({ "rows": [row] })).header("Content-Encoding", "br"),
        Request::post(PREDICT, "application/json", "{"),
        Request::post(PREDICT, "text/csv", vec![b'1'; 17 << 20]),
    ];
    let mut statuses = Vec::new();
    for request in requests {
        let answer = server.ask(&request);
        assert_described(&document, PREDICT, "post", &answer);
        statuses.push(answer.status);
    }
    assert_eq!(statuses, [200, 200, 200, 200, 406, 422, 415, 400, 413]);
}

#[test]
fn the_description_is_that_of_the_network() {
    let (digits, plane) = (description(&digits(&[])), description(&plane(&[])));
    let row = |document: &Value| {
        document["components"]["schemas"]["Rows"]["properties"]["rows"]["items"].clone()
    };
    assert_eq!(row(&digits)["minItems"], 784);
    assert_eq!(row(&digits)["items"]["maximum"], 255);
    let forms = row(&plane)["anyOf"].clone();
    assert_eq!(forms[0]["maxItems"], 2);
    assert_eq!(forms[0]["items"]["maximum"], 1e37);
    let required = forms[1]["required"].as_array().unwrap();
    let named = forms[1]["properties"].as_object().unwrap();
    assert_eq!(required.len(), 2);
    assert!(
        required
            .iter()
            .all(|name| named.contains_key(name.as_str().unwrap()))
    );
    let bodies =
        |document: &Value| document["paths"][PREDICT]["post"]["requestBody"]["content"].clone();
    assert!(bodies(&digits).get("image/png").is_some());
    assert!(bodies(&plane).get("image/png").is_none());
}

#[test]
fn the_model_tells_what_the_run_recorded() {
    let model = digits(&[]).get("/v1/model").good().json();
    let run = crate::support::repository("tests/fixtures/runs/digits");
    let read = |name: &str| -> Value {
        serde_json::from_slice(&std::fs::read(run.join(name)).unwrap()).unwrap()
    };
    let (manifest, evaluation) = (read("run.json"), read("evaluation.json"));
    assert_eq!(model["name"], manifest["name"]);
    assert_eq!(model["classes"], manifest["schema"]["target"]["classes"]);
    assert_eq!(model["layers"], manifest["layer_sizes"]);
    let columns = manifest["schema"]["columns"].as_array().unwrap();
    let names: Vec<&Value> = columns.iter().map(|column| &column["name"]).collect();
    assert_eq!(model["features"]["names"], json!(names));
    assert_eq!(
        model["features"]["picture"],
        json!({ "width": 28, "height": 28 })
    );
    assert_eq!(model["mlp_version"], env!("CARGO_PKG_VERSION"));
    let split = &model["evaluation"]["splits"][0];
    assert_eq!(split["split"], "test");
    assert_eq!(split["accuracy"], evaluation["test"]["accuracy"]);
    assert_eq!(split["rows"], evaluation["test"]["rows"]);
}

#[test]
fn figures_count_what_happened() {
    let server = plane(&[]);
    for _ in 0..3 {
        server.ask(&rows(2)).good();
    }
    server.get("/v1/nothing").problem(404, &[]);
    server
        .ask(&Request::post(PREDICT, "application/json", "{"))
        .problem(400, &[]);
    let requests = |route: &str, status: u16| {
        server.metric(&format!(
            "mlp_http_requests_total{{route=\"{route}\",status=\"{status}\"}}"
        ))
    };
    assert_eq!(requests(PREDICT, 200), 3);
    assert_eq!(requests(PREDICT, 400), 1);
    assert_eq!(requests("other", 404), 1);
    assert_eq!(server.metric("mlp_rows_predicted_total"), 6);
    assert_eq!(server.metric("mlp_http_requests_in_flight"), 1, "this one");
    let seconds = format!("mlp_http_request_duration_seconds_count{{route=\"{PREDICT}\"}}");
    assert_eq!(server.metric(&seconds), 4);
    let text = server.get("/metrics").good();
    assert!(text.headers["content-type"].starts_with("text/plain; version=0.0.4"));
    for line in text.text().lines() {
        assert!(
            line.starts_with("# ") || line.rsplit_once(' ').unwrap().1.parse::<f64>().is_ok(),
            "{line}"
        );
    }
}

#[test]
fn who_listens_beyond_the_machine_is_warned() {
    let server = plane(&["--listen", "0.0.0.0:0"]);
    #[cfg(unix)]
    server.send("-TERM");
    #[cfg(unix)]
    server
        .end()
        .code(0)
        .says(&["LISTENING BEYOND THIS MACHINE"]);
}
