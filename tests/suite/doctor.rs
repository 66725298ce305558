//! `mlp doctor`

use std::fs;

use crate::support::program::{fails, json, stdout};

#[test]
fn every_backend_is_tried_or_shown_how_to_be_had() {
    let folder = tempfile::tempdir().unwrap();
    let report = json(folder.path(), &["doctor", "--json"]);
    let backends = report["backends"].as_array().unwrap();
    assert_eq!(backends.len(), 3);
    let mut works = 0;
    for backend in backends {
        let name = backend["name"].as_str().unwrap();
        if backend["compiled"] == false {
            let remedy = backend["remedy"].as_str().unwrap();
            assert!(remedy.contains(&format!("cargo run --features {name}")));
        } else if name != "wgpu" {
            // Whether there is a GPU is the machine's affair; a CPU there is.
            assert_eq!(backend["works"], true, "{backend}");
            assert!(backend["gradient_error"].as_f64().unwrap() < 1e-6);
            assert!(backend["step_milliseconds"].as_f64().unwrap() > 0.0);
            works += 1;
        }
    }
    assert!(works > 0 || cfg!(not(any(feature = "flex", feature = "ndarray"))));
    assert!(report["processor"]["cores"].as_u64().unwrap() > 0);
    assert_eq!(report["artifacts"]["writable"], true);
    let entries = fs::read_dir(folder.path()).unwrap();
    assert_eq!(entries.count(), 0, "it leaves nothing behind");
}

#[test]
fn the_device_of_wgpu_is_chosen_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let error = fails(folder.path(), 2, &["doctor", "--device", "gpu"]);
    assert!(error.contains("discrete:0"), "{error}");
}

#[test]
fn data_that_is_there_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    assert!(stdout(path, &["doctor"]).contains("mlp data fetch"));
    let synthesize = ["data", "synthesize", "digits", "--rows", "20", "-o"];
    stdout(path, &[&synthesize[..], &["data/mnist_train.csv"]].concat());
    fs::write(path.join("data/mnist_test.csv"), "label,x\n1,2\n3,inf\n").unwrap();
    let text = stdout(path, &["doctor"]);
    assert!(
        text.contains("data/mnist_train.csv reads: 20 rows"),
        "{text}"
    );
    assert!(text.contains("`inf` is not a finite number"), "{text}");
}
