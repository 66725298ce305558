//! Rows and images, in each form, are predicted as `mlp predict` does; details; batches.

use std::io::{BufReader, Write as _};
use std::thread;

use mlp::data::{Features, digits as built_in};
use mlp::inference::LoadedRun;
use mlp::metrics::softmax;
use mlp::run::{RunDirectory, Which};
use serde_json::{Value, json};

use super::{PREDICT, digits, json_rows, plane, rows};
use crate::support::http::{Answer, Request};
use crate::support::images::{digit, encoded, placed, png};
use crate::support::program::stdout;
use crate::support::server::Server;
use crate::support::trained_run::{TrainedRun, cells};
use crate::support::{assert_close, repository};

fn numbers(value: &Value) -> Vec<f64> {
    let list = value.as_array().unwrap();
    list.iter().map(|number| number.as_f64().unwrap()).collect()
}

/// The rows of 28×28 bytes as a JSON document.
fn pixels(features: &Features) -> Value {
    let Features::Bytes(bytes) = features else {
        panic!("pixels are bytes");
    };
    json!({ "rows": bytes.chunks(784).collect::<Vec<_>>() })
}

#[test]
fn a_table_is_predicted_as_on_the_command_line() {
    let trained = TrainedRun::on_a_table();
    let server = Server::start(&trained.path("artifacts"), &[]);
    let expected = trained.result_of(&["predict", "artifacts", "test.csv", "--probabilities"]);
    let file = std::fs::read(trained.path("test.csv")).unwrap();
    let csv = Request::post(PREDICT, "text/csv; charset=utf-8", &file).header("Accept", "text/csv");
    let answer = server.ask(&csv).good();
    assert!(answer.headers["content-type"].starts_with("text/csv"));
    assert_eq!(answer.text(), expected);

    // The same numbers as JSON: read once, as those of the file are.
    let lines = cells(std::str::from_utf8(&file).unwrap());
    let values: Vec<String> = lines[1..]
        .iter()
        .map(|line| format!("[{}, {}]", line[0], line[2]))
        .collect();
    let document = format!("{{\"rows\": [{}]}}", values.join(", "));
    let request = Request::post(PREDICT, "application/json", document);
    let as_csv = server
        .ask(&request.clone().header("Accept", "text/csv"))
        .good();
    assert_eq!(as_csv.text(), expected);
    let answer = server.ask(&request).good().json();
    // Or by name, in any order, with what the network does not know.
    for key in ["rows", "records", "instances"] {
        let row = |line: &Vec<String>| {
            format!(
                "{{\"height\": {}, \"species\": [], \"width\": {}}}",
                line[2], line[0]
            )
        };
        let rows: Vec<String> = lines[1..].iter().map(row).collect();
        let document = format!("{{\"{key}\": [{}]}}", rows.join(", "));
        let named = Request::post(PREDICT, "application/json", document);
        assert_eq!(server.ask(&named).good().json(), answer);
    }
    for (row, says) in [
        ("{\"width\": 1}", "row 1 has no value for `height`"),
        (
            "{\"width\": 1, \"height\": 2, \"width\": 3}",
            "row 1, value 1 (width): given twice",
        ),
        (
            "{\"width\": 1, \"height\": \"2\"}",
            "row 1, value 2 (height): ",
        ),
    ] {
        let document = format!("{{\"rows\": [{row}]}}");
        let wrong = server.ask(&Request::post(PREDICT, "application/json", document));
        assert_eq!(wrong.status, 422);
        assert!(wrong.text().contains(says), "{}", wrong.text());
    }
    let classes = answer["classes"].as_array().unwrap();
    let expected = cells(&expected);
    assert_eq!(
        answer["predictions"].as_array().unwrap().len(),
        expected.len() - 1
    );
    for (said, line) in answer["predictions"]
        .as_array()
        .unwrap()
        .iter()
        .zip(&expected[1..])
    {
        assert_eq!(said["prediction"], line[0]);
        assert!(classes.contains(&said["prediction"]));
        let cell = |cell: &String| cell.parse::<f64>().unwrap();
        assert_eq!(said["confidence"].as_f64(), Some(cell(&line[1])));
        let probabilities: Vec<f64> = line[2..].iter().map(cell).collect();
        assert_eq!(numbers(&said["probabilities"]), probabilities);
        assert_eq!(said.as_object().unwrap().len(), 3, "no details: {said}");
    }
}

#[test]
fn images_are_predicted_as_on_the_command_line() {
    let run = repository("artifacts/pretrained");
    let server = Server::start(&run, &[]);
    let folder = tempfile::tempdir().unwrap();
    let drawn = placed(&digit(&built_in(3, 5), 1), 2.0, [0.3, 0.6]);
    let large = image::imageops::resize(&drawn, 900, 900, image::imageops::FilterType::Triangle);
    for (name, kind, bytes) in [
        ("a.png", "image/png", png(drawn.clone())),
        (
            "b.jpg",
            "image/jpeg",
            encoded(drawn, image::ImageFormat::Jpeg),
        ),
        ("c.png", "image/png", png(large)), // too large to be decoded in passing
    ] {
        std::fs::write(folder.path().join(name), &bytes).unwrap();
        let predict = ["predict", run.to_str().unwrap(), name, "--probabilities"];
        let expected = stdout(folder.path(), &predict);
        let without_file = |line: &str| line.split_once(',').unwrap().1.to_owned() + "\n";
        let expected: String = expected.lines().map(without_file).collect();
        let request = Request::post(PREDICT, kind, bytes).header("Accept", "text/csv");
        assert_eq!(server.ask(&request).good().text(), expected, "{name}");
    }
}

#[test]
fn details_are_what_the_network_saw_and_thought() {
    let server = digits(&[]);
    let run = RunDirectory::find(&repository("tests/fixtures/runs/digits")).unwrap();
    let trained = LoadedRun::load(&run, Which::Chosen).unwrap();
    let last = trained.model.network.layers.last().unwrap();
    let document = pixels(&built_in(3, 8).features);
    let post = |target: &str, document: &Value| {
        let request = Request::post(target, "application/json", document.to_string());
        server.ask(&request).good().json()
    };
    let answer = post("/v1/predict?details=true", &document);
    assert_eq!(answer["run"], run.id());
    assert_eq!(answer["checkpoint"]["step"], trained.step);
    for (row, said) in answer["predictions"].as_array().unwrap().iter().enumerate() {
        assert_eq!(
            (&said["input"]["width"], &said["input"]["height"]),
            (&json!(28), &json!(28))
        );
        assert_eq!(said["input"]["levels"], document["rows"][row]);
        // What is said of the hidden layer leads to what is said of the classes.
        let hidden = numbers(said["hidden"].as_array().unwrap().last().unwrap());
        let classes = last.bias.len();
        let logits: Vec<f32> = (0..classes)
            .map(|class| {
                let terms = hidden.iter().enumerate();
                let terms =
                    terms.map(|(unit, value)| *value as f32 * last.weight[unit * classes + class]);
                terms.sum::<f32>() + last.bias[class]
            })
            .collect();
        let probabilities = numbers(&said["probabilities"]);
        assert_close("probabilities", &softmax(&logits).0, &probabilities, 1e-5);

        let nearest = said["nearest_mistakes"].as_array().unwrap();
        assert!((1..=5).contains(&nearest.len()));
        for mistake in nearest {
            assert_ne!(mistake["label"], mistake["prediction"], "{mistake}");
            assert!(mistake["row"].is_u64() && mistake["split"].is_string());
            // Nothing is nearer to a mistake than itself, and it is made again.
            let again = post(
                "/v1/predict?details=true",
                &json!({ "rows": [mistake["levels"]] }),
            );
            let said = &again["predictions"][0];
            assert_eq!(said["nearest_mistakes"][0]["levels"], mistake["levels"]);
            assert_eq!(said["prediction"], mistake["prediction"]);
        }
    }
    let of_table = plane(&[]).ask(&Request::post(
        "/v1/predict?details=true",
        "application/json",
        "{\"rows\": [[0.1, 0.2]]}",
    ));
    let said = &of_table.good().json()["predictions"][0];
    assert!(
        said.get("input").is_none() && said["hidden"].is_array(),
        "{said}"
    );
}

#[test]
fn details_end_where_answers_would_be_too_long() {
    let server = plane(&[]);
    let many = Request::post(
        "/v1/predict?details=true",
        "application/json",
        json!({ "rows": vec![[0.5, 0.5]; 101] }).to_string(),
    );
    let answer = server.ask(&many).good().json();
    assert!(answer["predictions"][99].get("hidden").is_some());
    assert!(answer["predictions"][100].get("hidden").is_none());
}

#[test]
fn an_answer_does_not_depend_on_the_rows_beside() {
    let server = digits(&["--threads", "2"]);
    let document = pixels(&built_in(300, 11).features); // more than go through at once
    let together = server.ask(&json_rows(&document)).good().json();
    let alone = |row: usize| {
        let request = json_rows(&json!({ "rows": [document["rows"][row]] }));
        server.ask(&request).good().json()["predictions"][0].clone()
    };
    thread::scope(|scope| {
        for first in 0..10 {
            let (alone, together) = (&alone, &together);
            scope.spawn(move || {
                for row in (first..300).step_by(10) {
                    assert_eq!(alone(row), together["predictions"][row], "row {row}");
                }
            });
        }
    });
    assert_eq!(server.metric("mlp_rows_predicted_total"), 600);
    assert!(server.metric("mlp_batch_rows_count") < 600);
}

#[test]
fn connections_are_kept_and_requests_may_follow_at_once() {
    let server = plane(&[]);
    let mut stream = server.connect();
    let first = rows(3).send(&mut stream);
    assert_eq!(rows(3).send(&mut stream).body, first.body);
    // Two before the first is answered.
    stream
        .write_all(&[rows(3).bytes(), rows(1).bytes()].concat())
        .unwrap();
    let mut answers = BufReader::new(stream);
    let [one, two] = [(); 2].map(|()| Answer::read(&mut answers, true).unwrap());
    assert_eq!(one.body, first.body);
    assert_eq!(two.json()["predictions"][0], one.json()["predictions"][0]);
}
