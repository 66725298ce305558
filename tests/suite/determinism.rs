//! The same seed gives the same bits, on any number of threads.

use std::collections::BTreeMap;

use crate::support::devices::cpu_backends;
use crate::support::experiment::Experiment;
use crate::support::runs::{assert_same, contents, last};

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

fn weights(experiment: &Experiment, run: &str) -> BTreeMap<String, Vec<u8>> {
    contents(&last(&experiment.path(run)).model).0
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
        let (one, other) = (weights(&experiment, "one"), weights(&experiment, "other"));
        assert!(one.iter().all(|(name, weight)| other[name] != *weight));
    }
}
