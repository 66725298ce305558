//! `mlp reproduce`: the same run comes out again, and if not, it is told how far off and why.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::devices::cpu_backends;
use crate::support::experiment::{EVENTFUL, Experiment, PLAIN, write_rows};
use crate::support::program::Ran;
use crate::support::runs::{assert_same, last, open};

fn edit(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "no {from:?} in {text}");
    fs::write(path, text.replacen(from, to, 1)).unwrap();
}

/// Names in a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// `mlp reproduce --json`, which must leave nothing behind and the run as it was.
#[track_caller]
fn reproduce(experiment: &Experiment, run: &str, code: i32) -> (Value, Ran) {
    let run = open(&experiment.path(run)).path().to_owned();
    let run = run.to_str().unwrap();
    let before = names(&experiment.path(""));
    let record = fs::read_to_string(experiment.path(run).join("run.json")).unwrap();
    let ran = experiment
        .run(&["reproduce", run, "--json", "--quiet"])
        .code(code);
    assert_eq!(
        names(&experiment.path("")),
        before,
        "something was left behind"
    );
    let after = fs::read_to_string(experiment.path(run).join("run.json")).unwrap();
    assert_eq!(after, record);
    (serde_json::from_str(&ran.stdout).unwrap(), ran)
}

/// What changed, and what that does.
fn changes(verdict: &Value) -> Vec<(&str, &str)> {
    let list = verdict["changes"].as_array().unwrap().iter();
    list.map(|change| {
        let text = |key: &str| change[key].as_str().unwrap();
        (text("what"), text("effect"))
    })
    .collect()
}

#[test]
fn the_same_run_comes_out_on_every_cpu_backend() {
    let experiment = Experiment::new(EVENTFUL);
    for backend in cpu_backends() {
        let run = backend.name();
        experiment.train(run, &["--backend", run]);
        let (verdict, _) = reproduce(&experiment, run, 0);
        assert_eq!(verdict["reproduced"], true, "{verdict:#}");
        assert_eq!(verdict["backend"], run);
        assert_eq!(verdict["weights"]["different"], 0);
        assert_eq!(
            verdict["weights"]["values"],
            6 * 9 + 9 + 9 * 7 + 7 + 7 * 3 + 3
        );
        let lines = fs::read_to_string(experiment.path(run).join("metrics.jsonl")).unwrap();
        assert_eq!(verdict["metrics"]["lines"], lines.lines().count());
        assert_eq!(verdict["accuracy"]["then"], verdict["accuracy"]["now"]);
        assert_eq!(changes(&verdict), []);
    }
}

#[test]
fn a_person_reads_what_came_out_and_may_keep_it() {
    let experiment = Experiment::new(PLAIN);
    experiment.train("run", &[]);
    let ran = experiment.run(&["reproduce", "run", "--keep"]).success();
    for part in [
        "equal, bit for bit: all 83 values",
        "metrics   equal",
        "\nreproduced\n",
    ] {
        assert!(ran.stdout.contains(part), "no {part:?}: {}", ran.stdout);
    }
    assert!(ran.stderr.contains("epoch 2/2"), "{}", ran.stderr);
    let kept = ran
        .stdout
        .lines()
        .find_map(|line| line.trim().strip_prefix("the second run: "));
    assert_same(&experiment.path("run"), &experiment.path(kept.unwrap()));
    assert!(kept.unwrap().starts_with("artifacts/plain/"), "{kept:?}");
}

#[test]
fn other_data_is_told_without_a_training() {
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
    *changed.model.last_mut().unwrap() ^= 1; // the exponent of the last value in the file
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
fn a_run_has_to_be_finished_and_may_have_been_resumed() {
    let experiment = Experiment::new(EVENTFUL);
    let train = ["--config", "config.toml", "--run-dir", "run"];
    experiment.run_with_fault("step:13", &train).killed();
    let refused = experiment.run(&["reproduce", "run"]).code(2);
    refused.says(&[
        "run: cannot be reproduced: it was killed",
        "mlp --resume run",
    ]);
    experiment.run(&["--resume", "run"]).success();
    let (verdict, _) = reproduce(&experiment, "run", 0);
    assert_eq!(verdict["reproduced"], true);
    experiment
        .run(&["reproduce", "nowhere"])
        .code(4)
        .says(&["there is no such run"]);
}

#[test]
fn another_backend_on_the_way_is_told() {
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

#[test]
fn a_folder_of_runs_to_begin_with_is_its_newest_run_of_that_time() {
    let experiment = Experiment::new(PLAIN);
    let train = |more: &[&str]| {
        experiment
            .run(&[&["--config", "config.toml"], more].concat())
            .success();
    };
    train(&[]);
    for folder in ["artifacts", "artifacts/plain/latest"] {
        train(&["--init-from", folder]);
        let (verdict, _) = reproduce(&experiment, "artifacts/plain/latest", 0);
        assert_eq!(changes(&verdict), [], "{folder}");
    }
}

#[test]
fn nothing_is_left_behind_when_it_fails_or_is_stopped() {
    let experiment = Experiment::new(EVENTFUL);
    experiment.train("run", &[]);
    let before = names(&experiment.path(""));
    let full = experiment.run_with_fault("checkpoint-model:2:full", &["reproduce", "run"]);
    full.code(1).says(&["no space left"]);
    assert_eq!(names(&experiment.path("")), before);

    #[cfg(unix)]
    {
        let set = [
            "training.epochs=400",
            "checkpoint.every_epochs=400",
            "checkpoint.every_steps=0",
        ];
        experiment.train("long", &set.map(|set| ["--set", set]).concat());
        let before = names(&experiment.path(""));
        let child = experiment.spawn(&["reproduce", "long"]);
        let start = std::time::Instant::now();
        while names(&experiment.path("")) == before {
            assert!(start.elapsed().as_secs() < 60, "no progress");
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        crate::support::program::send("-INT", &child);
        let ran = Ran::of(child.wait_with_output().unwrap()).code(130);
        assert!(ran.stdout.is_empty(), "{}", ran.stdout);
        assert_eq!(names(&experiment.path("")), before);
    }
}
