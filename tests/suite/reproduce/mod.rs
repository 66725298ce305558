//! `mlp reproduce`: the same run comes out again, and if not, the command says how far off and why.

mod changes;
mod equal;

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::experiment::Experiment;
use crate::support::program::Ran;
use crate::support::runs::open;

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
