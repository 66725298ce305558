//! The main config on the real MNIST, and what the built-in digits are worth there.

use serde_json::Value;

use crate::support::program::{Ran, mlp};
use crate::support::{folder_with_configs, mnist};

fn test_accuracy(json: &str) -> f64 {
    let evaluation: Value = serde_json::from_str(json).unwrap();
    evaluation["test"]["accuracy"].as_f64().unwrap()
}

#[test]
fn the_main_config_reaches_its_accuracy() {
    let Some((train, test)) = mnist() else { return };
    let folder = folder_with_configs();
    let set = |key: &str, path: &std::path::Path| {
        format!("{key}={}", toml::Value::from(path.to_str().unwrap()))
    };
    let output = mlp(folder.path())
        .args(["--config", "configs/mnist.toml", "--quiet"])
        .args([
            "--set",
            &set("data.train", &train),
            "--set",
            &set("data.test", &test),
        ])
        .output();
    Ran::of(output.unwrap()).success();
    let run = folder.path().join("artifacts/mnist/latest");
    let accuracy = test_accuracy(&std::fs::read_to_string(run.join("evaluation.json")).unwrap());
    println!(
        "configs/mnist.toml: {:.2} % of MNIST's test rows",
        100.0 * accuracy
    );
    let report = std::fs::metadata(run.join("report.html")).unwrap().len();
    assert!((500_000..3_000_000).contains(&report), "{report} bytes");
    assert!(accuracy >= 0.97, "{accuracy}");
    assert!(
        accuracy < 0.99,
        "{accuracy} is more than such a network can do: are test rows trained on?"
    );
}

#[test]
fn digits_are_worth_something_on_the_real_mnist() {
    let Some((_, test)) = mnist() else { return };
    let folder = folder_with_configs();
    let output = mlp(folder.path())
        .args([
            "--config",
            "configs/mnist.toml",
            "--quiet",
            "--set",
            "data.if_missing=['digits']",
        ])
        .output();
    Ran::of(output.unwrap()).success();
    let output = mlp(folder.path())
        .args(["evaluate", "artifacts/mnist", "--json", "--data"])
        .arg(test)
        .output()
        .unwrap();
    let accuracy = test_accuracy(&String::from_utf8(output.stdout).unwrap());
    println!(
        "10,000 built-in digits: {:.2} % of MNIST's test rows",
        100.0 * accuracy
    );
    assert!(accuracy >= 0.85, "{accuracy}");
}
