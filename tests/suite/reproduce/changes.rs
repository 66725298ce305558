//! Runs that come out otherwise: how far off, and what changed.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{changes, names, reproduce};
use crate::support::devices::cpu_backends;
use crate::support::experiment::{EVENTFUL, Experiment, PLAIN, write_rows};
use crate::support::runs::{last, open};

fn edit(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "no {from:?} in {text}");
    fs::write(path, text.replacen(from, to, 1)).unwrap();
}

#[test]
fn other_data_is_reported_without_a_training() {
    let experiment = Experiment::new(PLAIN);
    experiment.train("run", &[]);
    let rows = fs::read_to_string(experiment.path("train.csv")).unwrap();
    let second = rows.lines().nth(2).unwrap();
    let (label, features) = second.split_once(',').unwrap();
    let other = if label == "0" { "1" } else { "0" };
    edit(
        &experiment.path("train.csv"),
        second,
        &format!("{other},{features}"),
    );
    let (verdict, ran) = reproduce(&experiment, "run", 1);
    ran.says(&[
        "cannot be reproduced",
        "training data changed",
        "nothing was trained",
    ]);
    assert_eq!(changes(&verdict), [("training data", "certain")]);
    assert!(verdict.get("weights").is_none());
    let change = &verdict["changes"][0];
    let recorded = fs::read_to_string(experiment.path("run/run.json")).unwrap();
    let then = change["then"].as_str().unwrap().rsplit(' ').next().unwrap();
    assert!(recorded.contains(then), "{change}");

    fs::remove_file(experiment.path("train.csv")).unwrap();
    let missing = experiment.run(&["reproduce", "run"]).code(4);
    missing.says(&["train.csv: there is no such file"]);
}

#[test]
fn other_test_rows_leave_the_weights_equal() {
    let experiment = Experiment::new(PLAIN);
    experiment.train("run", &[]);
    write_rows(&experiment.path("test.csv"), 50, 9);
    let (verdict, ran) = reproduce(&experiment, "run", 1);
    ran.says(&["the weights came out equal, but not all that was logged"]);
    assert_eq!(changes(&verdict), [("test file", "possible")]);
    assert_eq!(verdict["weights"]["equal"], true);
    assert_eq!(verdict["metrics"]["then"]["split"], "test");
}

#[test]
fn a_changed_weight_is_found_in_its_layer() {
    let experiment = Experiment::new(PLAIN);
    experiment.train("run", &[]);
    let mut changed = last(&experiment.path("run"));
    let layer = changed.network.layers.last_mut().unwrap();
    let bias = layer.bias.last_mut().unwrap();
    *bias = f32::from_bits(bias.to_bits() ^ 1 << 24); // its exponent
    changed.save(&open(&experiment.path("run"))).unwrap();
    let (verdict, ran) = reproduce(&experiment, "run", 1);
    ran.says(&["other weights came out"]);
    assert_eq!(verdict["weights"]["different"], 1, "{verdict:#}");
    assert_eq!(verdict["metrics"]["equal"], true);
    let parameters = verdict["weights"]["parameters"].as_array().unwrap();
    let different: Vec<&Value> = parameters
        .iter()
        .filter(|one| one["different"] != 0)
        .collect();
    let [parameter] = different[..] else {
        panic!("{verdict:#}")
    };
    let ran = experiment.run(&["reproduce", "run", "--quiet"]).code(1);
    let place = format!(
        "(layer {}, {})",
        parameter["layer"],
        parameter["parameter"].as_str().unwrap()
    );
    for part in [
        &place,
        "NOT EQUAL: 1 of 83",
        "nothing on record explains it",
    ] {
        assert!(ran.stdout.contains(part), "no {part:?}: {}", ran.stdout);
    }
    assert!(
        ran.stdout.lines().all(|line| line.chars().count() <= 80),
        "{}",
        ran.stdout
    );
}

#[test]
fn an_edited_record_gives_other_weights() {
    let experiment = Experiment::new(PLAIN);
    experiment.train("run", &[]);
    edit(&experiment.path("run/config.toml"), "seed = 7", "seed = 8");
    edit(
        &experiment.path("run/run.json"),
        "\"burn_version\": \"",
        "\"burn_version\": \"9",
    );
    edit(
        &experiment.path("run/run.json"),
        "\"threads\": ",
        "\"threads\": 9",
    );
    let (verdict, ran) = reproduce(&experiment, "run", 1);
    ran.says(&["other weights came out"]);
    assert_eq!(
        changes(&verdict),
        [
            ("seed", "possible"),
            ("Burn", "possible"),
            ("threads", "none")
        ]
    );
    assert!(
        verdict["weights"]["different"].as_u64().unwrap() > 70,
        "{verdict:#}"
    );
    assert_eq!(verdict["metrics"]["first_difference"], 1);
    edit(&experiment.path("run/config.toml"), "seed = 8", "seed = 7");
    let (verdict, _) = reproduce(&experiment, "run", 0);
    assert_eq!(
        changes(&verdict),
        [("Burn", "possible"), ("threads", "none")]
    );
    edit(
        &experiment.path("run/config.toml"),
        "hidden = [8]",
        "hidden = [9]",
    );
    let (verdict, _) = reproduce(&experiment, "run", 1);
    assert!(
        changes(&verdict).contains(&("network", "certain")),
        "{verdict:#}"
    );
}

#[test]
fn another_backend_on_the_way_is_reported() {
    let [first, second] = cpu_backends()[..] else {
        return; // only one in this build
    };
    let experiment = Experiment::new(EVENTFUL);
    let train = [
        "--config",
        "config.toml",
        "--run-dir",
        "run",
        "--backend",
        first.name(),
    ];
    experiment.run_with_fault("step:13", &train).killed();
    experiment
        .run(&[
            "--resume",
            "run",
            "--set",
            &format!("backend='{}'", second.name()),
        ])
        .success();
    let before = names(&experiment.path(""));
    let ran = experiment.run(&["reproduce", "run", "--quiet", "--json"]);
    assert_eq!(names(&experiment.path("")), before);
    let verdict: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(changes(&verdict), [("backend", "possible")]);
    let then = format!("{}, then {}", first.name(), second.name());
    assert_eq!(verdict["changes"][0]["then"], then);
    assert_eq!(verdict["changes"][0]["now"], second.name());
}

#[test]
fn weights_that_it_began_with_have_to_be_there_still() {
    let experiment = Experiment::new(PLAIN);
    experiment.train("base", &[]);
    experiment.train("run", &["--init-from", "base", "--set", "seed=3"]);
    reproduce(&experiment, "run", 0);
    experiment
        .run(&["--resume", "base", "--set", "training.epochs=9"])
        .success();
    let (verdict, ran) = reproduce(&experiment, "run", 1);
    ran.says(&["initial weights changed"]);
    assert_eq!(changes(&verdict), [("initial weights", "certain")]);
    fs::remove_dir_all(experiment.path("base")).unwrap();
    experiment
        .run(&["reproduce", "run"])
        .code(4)
        .says(&["base: there is no such run"]);
}
