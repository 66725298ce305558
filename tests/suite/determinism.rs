//! The same seed gives the same bits, on any number of threads.

use crate::support::devices::cpu_backends;
use crate::support::experiment::Experiment;
use crate::support::runs::{assert_same, last, manifest, weights};

/// Large enough that a layer's product of matrices is shared among threads.
const WIDE: &str = r#"
name = "wide"
seed = 3

[data]
train = "none.csv"
if_missing = ["digits"]
synthetic_rows = 640
validation = 0.2

[model]
hidden = [512]

[training]
epochs = 2
batch_size = 256
"#;

fn weights_of(experiment: &Experiment, run: &str) -> Vec<Vec<u8>> {
    weights(&last(&experiment.path(run)))
}

#[test]
fn threads_do_not_change_the_result() {
    for backend in cpu_backends() {
        let experiment = Experiment::new(WIDE);
        for threads in ["1", "2", "3"] {
            let set = format!("training.threads={threads}");
            let more = ["--backend", backend.name(), "--set", &set];
            experiment.train(threads, &more);
        }
        assert_same(&experiment.path("1"), &experiment.path("2"));
        assert_same(&experiment.path("1"), &experiment.path("3"));
    }
}

#[test]
fn the_seed_decides_everything() {
    for backend in cpu_backends() {
        let experiment = Experiment::new(&WIDE.replace("[512]", "[16]"));
        let backend = ["--backend", backend.name()];
        experiment.train("one", &backend);
        experiment.train("same", &backend);
        experiment.train("other", &[&backend[..], &["--set", "seed=4"]].concat());
        assert_same(&experiment.path("one"), &experiment.path("same"));
        let (one, other) = (
            weights_of(&experiment, "one"),
            weights_of(&experiment, "other"),
        );
        assert!(one.iter().zip(&other).all(|(one, other)| one != other));
    }
}

/// Which rows were held out, as `split,row,label` lines.
fn held_out(experiment: &Experiment, run: &str) -> Vec<String> {
    let text = std::fs::read_to_string(experiment.path(run).join("predictions.csv")).unwrap();
    let lines = text.lines().skip(1);
    lines
        .map(|line| line.split(',').take(3).collect::<Vec<_>>().join(","))
        .collect()
}

#[test]
fn the_split_seed_keeps_the_rows_while_the_seed_changes() {
    let experiment = Experiment::new(&WIDE.replace("[512]", "[16]"));
    experiment.train("one", &[]); // its seed is 3
    let fixed = ["--set", "seed=4", "--set", "data.split_seed=3"];
    experiment.train("same-rows", &fixed);
    experiment.train("other-rows", &["--set", "seed=4"]);
    assert_eq!(held_out(&experiment, "one").len(), 128);
    let same = manifest(&experiment.path("same-rows"));
    let one = manifest(&experiment.path("one"));
    assert_eq!(
        held_out(&experiment, "one"),
        held_out(&experiment, "same-rows")
    );
    assert_eq!(one.data.fingerprint, same.data.fingerprint);
    let other = manifest(&experiment.path("other-rows"));
    assert_ne!(
        held_out(&experiment, "one"),
        held_out(&experiment, "other-rows")
    );
    assert_ne!(one.data.fingerprint, other.data.fingerprint);
    assert_ne!(
        weights_of(&experiment, "one"),
        weights_of(&experiment, "same-rows")
    );
    // The rows are found again by whoever opens the run later.
    experiment.run(&["evaluate", "same-rows"]).success();
}
