//! `mlp compare` as a user sees it.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::support::experiment::{Experiment, PLAIN, write_rows};
use crate::support::program::Ran;

/// `config.toml`, `plain` with 8 hidden units, and `none.toml` without any.
fn two_configs() -> Experiment {
    let experiment = Experiment::new(PLAIN);
    write_config(&experiment, "none", "hidden = []");
    experiment
}

fn write_config(experiment: &Experiment, name: &str, hidden: &str) {
    let plain = fs::read_to_string(experiment.path("config.toml")).unwrap();
    let changed = plain
        .replace("name = \"plain\"", &format!("name = \"{name}\""))
        .replace("hidden = [8]", hidden);
    assert_ne!(changed, plain);
    fs::write(experiment.path(&format!("{name}.toml")), changed).unwrap();
}

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap()
}

/// The run folders of an experiment, sorted.
fn runs(experiment: &Experiment, name: &str) -> Vec<PathBuf> {
    let folder = experiment.path("artifacts").join(name);
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut runs: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.file_name().unwrap() != "latest")
        .collect();
    runs.sort();
    runs
}

/// Returns how many trainings standard error reports with this outcome.
fn reported(ran: &Ran, what: &str) -> usize {
    ran.stderr
        .lines()
        .filter(|line| line.contains(what))
        .count()
}

#[test]
fn the_table_the_document_and_the_folder_say_the_same() {
    let experiment = two_configs();
    let compare = ["compare", "config.toml", "none.toml", "--seeds", "2"];
    let text = experiment.run(&compare).success();
    assert_eq!(reported(&text, "trained in"), 4, "{}", text.stderr);
    let document = experiment
        .run(&[&compare[..], &["--json"]].concat())
        .success();
    let found = json(&document);
    assert_eq!(found["format"], 1);
    assert_eq!(found["split"], "validation");
    assert_eq!(found["rows"], 38);
    assert_eq!(found["split_seed"], 7);

    let names: Vec<&str> = found["configs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["plain", "none"]);
    for config in found["configs"].as_array().unwrap() {
        let networks = config["networks"].as_array().unwrap();
        let accuracies: Vec<f64> = networks
            .iter()
            .map(|n| n["accuracy"].as_f64().unwrap())
            .collect();
        let mean = f64::midpoint(accuracies[0], accuracies[1]);
        let deviation = (accuracies[0] - accuracies[1]).abs() / 2.0_f64.sqrt();
        assert!((config["accuracy"]["mean"].as_f64().unwrap() - mean).abs() < 1e-12);
        assert!(
            (config["accuracy"]["standard_deviation"].as_f64().unwrap() - deviation).abs() < 1e-12
        );
        let line = format!("{:.2} ± {:.2}", 100.0 * mean, 100.0 * deviation);
        assert!(text.stdout.contains(&line), "{line} in {}", text.stdout);
        for (network, seed) in networks.iter().zip([7, 8]) {
            assert_eq!(network["seed"], seed);
            // The metrics are those that the run itself has.
            let run = experiment.path(network["run"].as_str().unwrap());
            let own: Value =
                serde_json::from_slice(&fs::read(run.join("evaluation.json")).unwrap()).unwrap();
            for metric in ["accuracy", "loss", "precision", "recall", "f1"] {
                assert_eq!(network[metric], own["validation"][metric], "{metric}");
            }
            assert_eq!(network["train_accuracy"], own["train"]["accuracy"]);
        }
    }
    let pair = &found["pairs"][0];
    let sentence = found["conclusion"][0].as_str().unwrap();
    assert_eq!(pair["sentence"], sentence);
    assert!(text.stdout.contains(sentence), "{}", text.stdout);
    let said = if pair["better"].as_bool().unwrap() {
        "is better than"
    } else {
        "no difference can be shown"
    };
    assert!(sentence.contains(said), "{sentence}");
    assert_eq!(pair["mcnemar"].as_array().unwrap().len(), 2);

    let written = document
        .stderr
        .lines()
        .find_map(|line| line.strip_prefix("written: "))
        .unwrap();
    let stored: Value = serde_json::from_slice(
        &fs::read(experiment.path(written).join("comparison.json")).unwrap(),
    )
    .unwrap();
    assert_eq!(stored, found);
    let chart = fs::read_to_string(experiment.path(written).join("comparison.svg")).unwrap();
    assert!(chart.contains("plain") && chart.contains("validation accuracy (%)"));
    assert!(experiment.path(written).join("comparison.png").is_file());
}

#[test]
fn runs_that_are_there_are_used_again() {
    let experiment = two_configs();
    // An ordinary training with the first seed is one of those that are asked for.
    experiment.run(&["--config", "config.toml"]).success();
    let compare = [
        "compare",
        "config.toml",
        "none.toml",
        "--seeds",
        "2",
        "--json",
    ];
    let first = experiment.run(&compare).success();
    assert_eq!(
        (
            reported(&first, "used again"),
            reported(&first, "trained in")
        ),
        (1, 3),
        "{}",
        first.stderr
    );
    let before = (runs(&experiment, "plain"), runs(&experiment, "none"));
    assert_eq!((before.0.len(), before.1.len()), (2, 2));

    let again = experiment.run(&compare).success();
    assert_eq!(
        (
            reported(&again, "used again"),
            reported(&again, "trained in")
        ),
        (4, 0),
        "{}",
        again.stderr
    );
    assert_eq!(json(&first), json(&again));
    assert_eq!(
        (runs(&experiment, "plain"), runs(&experiment, "none")),
        before
    );

    // Another seed is trained, and so is a run whose weights are damaged.
    let weights = before.0[0].join("checkpoints/last/model.safetensors");
    fs::write(&weights, b"damaged").unwrap();
    let more = experiment
        .run(&["compare", "config.toml", "--seeds", "3"])
        .success();
    assert_eq!(
        (reported(&more, "used again"), reported(&more, "trained in")),
        (1, 2),
        "{}",
        more.stderr
    );
    // What decides the network counts, what does not does not.
    let set = |key: &str| {
        experiment
            .run(&["compare", "none.toml", "--seeds", "2", "--set", key])
            .success()
    };
    assert_eq!(
        reported(&set("training.log_every_steps=1"), "used again"),
        2
    );
    assert_eq!(reported(&set("training.epochs=3"), "trained in"), 2);
    // Other rows in the same file.
    write_rows(&experiment.path("train.csv"), 190, 5);
    assert_eq!(
        reported(&set("training.log_every_steps=1"), "trained in"),
        2
    );
}

#[test]
fn all_seeds_are_judged_by_the_same_rows() {
    let experiment = two_configs();
    // The seed of the first config draws the split of both.
    let sets = ["--seeds", "3", "--json"];
    let other = fs::read_to_string(experiment.path("none.toml")).unwrap();
    fs::write(
        experiment.path("none.toml"),
        other.replace("seed = 7", "seed = 100"),
    )
    .unwrap();
    let ran = experiment
        .run(&[&["compare", "config.toml", "none.toml"], &sets[..]].concat())
        .success();
    let mut held_out = Vec::new();
    for run in [runs(&experiment, "plain"), runs(&experiment, "none")].concat() {
        let text = fs::read_to_string(run.join("predictions.csv")).unwrap();
        let rows = text.lines().filter(|line| line.starts_with("validation"));
        let rows: Vec<String> = rows
            .map(|line| line.split(',').take(3).collect::<Vec<_>>().join(","))
            .collect();
        assert_eq!(rows.len(), 38);
        held_out.push(rows);
    }
    assert_eq!(held_out.len(), 6);
    held_out.dedup();
    assert_eq!(held_out.len(), 1);
    let seeds: Vec<Vec<u64>> = json(&ran)["configs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|config| {
            config["networks"]
                .as_array()
                .unwrap()
                .iter()
                .map(|n| n["seed"].as_u64().unwrap())
                .collect()
        })
        .collect();
    assert_eq!(seeds, [[7, 8, 9], [100, 101, 102]]);
}

#[test]
fn one_config_is_measured_and_three_are_compared_in_pairs() {
    let experiment = two_configs();
    write_config(&experiment, "wide", "hidden = [12]");
    let one = experiment
        .run(&["compare", "config.toml", "--seeds", "2"])
        .success();
    assert!(
        one.stdout
            .contains("2 seeds of each config, 38 validation rows"),
        "{}",
        one.stdout
    );
    assert!(!one.stdout.contains("difference"), "{}", one.stdout);
    let three = [
        "compare",
        "config.toml",
        "none.toml",
        "wide.toml",
        "--seeds",
        "2",
    ];
    let text = experiment.run(&three).success().stdout;
    assert!(
        text.contains("3 pairs (p corrected for their number)"),
        "{text}"
    );
    let found = json(
        &experiment
            .run(&[&three[..], &["--json"]].concat())
            .success(),
    );
    let pairs = found["pairs"].as_array().unwrap();
    assert_eq!(pairs.len(), 3);
    for pair in pairs {
        assert!(pair["corrected_p"].as_f64() >= pair["p"].as_f64(), "{pair}");
        assert!(pair["difference"].as_f64() >= Some(0.0), "{pair}");
    }
    // Two sentences: the most accurate against each of the others.
    assert_eq!(found["conclusion"].as_array().unwrap().len(), 2);
}

#[test]
fn a_single_seed_is_reported_to_say_little() {
    let experiment = two_configs();
    let ran = experiment
        .run(&["compare", "config.toml", "none.toml", "--seeds", "1"])
        .success();
    assert!(ran.stdout.contains("With one seed each"), "{}", ran.stdout);
    assert!(!ran.stdout.contains(" ± "), "{}", ran.stdout);
}

#[test]
fn the_test_rows_have_to_be_asked_for() {
    let experiment = two_configs();
    let compare = [
        "compare",
        "config.toml",
        "none.toml",
        "--seeds",
        "2",
        "--test",
    ];
    let ran = experiment.run(&compare).success();
    assert!(ran.stdout.contains("60 test rows"), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("no longer an unbiased estimate"),
        "{}",
        ran.stdout
    );
    // On the test rows, configs with other training rows can be compared; without a split too.
    let few = fs::read_to_string(experiment.path("config.toml")).unwrap();
    let few = few
        .replace("\"plain\"", "\"few\"")
        .replace("[data]", "[data]\nlimit = 100\nvalidation = 0");
    fs::write(experiment.path("few.toml"), few).unwrap();
    experiment
        .run(&[
            "compare",
            "config.toml",
            "few.toml",
            "--seeds",
            "2",
            "--test",
        ])
        .success();
    let refused = ["compare", "config.toml", "few.toml", "--seeds", "2"];
    experiment
        .run(&refused)
        .assert_error(2, &["few", "`data.validation` is 0", "--test"]);
}

#[test]
fn what_cannot_be_compared_is_refused_before_anything_is_trained() {
    let experiment = two_configs();
    let change = |from: &str, to: &str| {
        let text = fs::read_to_string(experiment.path("none.toml")).unwrap();
        fs::write(
            experiment.path("other.toml"),
            text.replace(from, to).replace("\"none\"", "\"other\""),
        )
        .unwrap();
        experiment.run(&["compare", "config.toml", "other.toml"])
    };
    change("[data]", "[data]\nvalidation = 0.3").assert_error(
        2,
        &[
            "plain and other",
            "validation rows",
            "`data.validation` is 0.2 in plain and 0.3 in other",
        ],
    );
    change("[data]", "[data]\nstratified = false")
        .assert_error(2, &["`data.stratified` is true in plain"]);
    change("[data]", "[data]\nlimit = 150")
        .assert_error(2, &["`data.limit` is 0 in plain and 150 in other"]);
    change("\"train.csv\"", "\"test.csv\"")
        .assert_error(2, &["`data.train` is \"train.csv\" in plain"]);
    // The same rows under another name are the same rows.
    fs::copy(experiment.path("train.csv"), experiment.path("copy.csv")).unwrap();
    assert!(runs(&experiment, "plain").is_empty());
    change("\"train.csv\"", "\"copy.csv\"").success();

    experiment
        .run(&["compare", "config.toml", "config.toml"])
        .assert_error(2, &["config.toml and config.toml are the same training"]);
    experiment
        .run(&["compare", "config.toml", "--set", "data.validation=0"])
        .assert_error(2, &["plain", "`data.validation` is 0", "--test"]);
    let no_test = fs::read_to_string(experiment.path("config.toml")).unwrap();
    let no_test = no_test.replace("test = \"test.csv\"\n", "");
    fs::write(experiment.path("no-test.toml"), no_test).unwrap();
    experiment
        .run(&["compare", "no-test.toml", "--test"])
        .assert_error(2, &["`data.test` is unset"]);
    experiment
        .run(&["compare", "config.toml", "--seeds", "0"])
        .assert_error(2, &["--seeds"]);
    experiment
        .run(&[
            "compare",
            "config.toml",
            "--set",
            "seed=9223372036854775807",
        ])
        .assert_error(2, &["`seed` must be at most"]);
    experiment
        .run(&["compare", "config.toml", "gone.toml"])
        .assert_error(2, &["gone.toml", "no such file"]);
}

#[cfg(unix)]
#[test]
fn an_interrupted_comparison_goes_on_where_it_stopped() {
    use crate::support::program::send;
    use crate::support::runs::wait_for_lines;
    let experiment = two_configs();
    let long = [
        "--seeds",
        "2",
        "--set",
        "training.epochs=300",
        "--set",
        "checkpoint.every_epochs=0",
    ];
    let compare = [&["compare", "none.toml", "config.toml"], &long[..]].concat();
    let child = experiment.spawn(&compare);
    wait_for_lines(&experiment.path("artifacts/none/latest"), 20);
    send("-INT", &child);
    let stopped = Ran::of(child.wait_with_output().unwrap()).code(130);
    let command = format!("To go on: mlp {}", compare.join(" "));
    assert!(stopped.stdout.contains(&command), "{}", stopped.stdout);
    assert!(runs(&experiment, "plain").is_empty());

    let whole = experiment
        .run(&[&compare[..], &["--json"]].concat())
        .success();
    assert_eq!(reported(&whole, "continuing"), 1, "{}", whole.stderr);
    let runs_of_none = runs(&experiment, "none").len();
    assert_eq!(runs_of_none, 2);

    // As if it had never been interrupted.
    let other = two_configs();
    let uninterrupted = other.run(&[&compare[..], &["--json"]].concat()).success();
    let (a, b) = (json(&whole), json(&uninterrupted));
    assert_eq!(a["pairs"], b["pairs"]);
    assert_eq!(a["configs"][0]["accuracy"], b["configs"][0]["accuracy"]);
    assert_eq!(a["configs"][0]["loss"], b["configs"][0]["loss"]);
}
