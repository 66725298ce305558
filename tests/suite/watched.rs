//! Watched metrics: they stop a training, choose its best checkpoint and drop its rate, exactly across resumes.

use std::fs;

use mlp::run::{MetricsRecord, Scope, Split};
use mlp::task::{Direction, Metric};

use crate::support::devices::cpu_backends;
use crate::support::experiment::{EVENTFUL, Experiment, PLAIN};
use crate::support::runs::{assert_same, last, metrics, status};

/// Drops the rate again and again, by a metric that no epoch computes otherwise.
fn plateau() -> String {
    let schedule = "kind = \"reduce_on_plateau\"\nfactor = 0.5\npatience = 1\nmin_delta = 0.01\nmin_rate = 0.02\n\
                    warmup_epochs = 1.0\n\n[early_stopping]\nmetric = \"validation_roc_auc\"";
    EVENTFUL
        .replace("kind = \"cosine\"\nwarmup_epochs = 1.0", schedule)
        .replace("epochs = 3", "epochs = 10")
}

fn validations(experiment: &Experiment, run: &str) -> Vec<MetricsRecord> {
    let mut records = metrics(&experiment.path(run));
    records.retain(|record| record.split == Split::Validation);
    records
}

#[test]
fn killed_and_resumed_a_rate_that_drops_on_a_plateau_ends_as_if_it_never_was() {
    for backend in cpu_backends() {
        let experiment = Experiment::new(&plateau());
        let more = ["--backend", backend.name()];
        experiment.train("whole", &more);
        let start = [
            &["--config", "config.toml", "--run-dir", "killed"][..],
            &more,
        ]
        .concat();
        let resume = ["--resume", "killed"];
        for (index, moment) in ["step:27", "checkpoint-linked:3", "step:19", "metrics:5"]
            .iter()
            .enumerate()
        {
            let arguments = if index == 0 { &start[..] } else { &resume };
            experiment.run_with_fault(moment, arguments).killed();
            assert_eq!(status(&experiment.path("killed")), "running", "{moment}");
        }
        experiment.run(&resume).success();
        assert_same(&experiment.path("whole"), &experiment.path("killed"));

        let state = last(&experiment.path("whole")).state;
        assert!(state.plateau.drops.len() > 1, "{:?}", state.plateau);
        let log = metrics(&experiment.path("whole"));
        let rate_before = |drop: u64| {
            let mut ends = log.iter().filter(|record| record.scope == Scope::Epoch);
            ends.find(|record| record.step == drop)
                .unwrap()
                .learning_rate
        };
        let rates: Vec<f64> = state
            .plateau
            .drops
            .iter()
            .map(|drop| rate_before(*drop))
            .collect();
        assert!(
            rates
                .windows(2)
                .all(|pair| (pair[1] - (pair[0] / 2.0).max(0.02)).abs() < 1e-12),
            "{rates:?}"
        );
        assert!(validations(&experiment, "whole").iter().all(|record| {
            let value = record.scores.get(Metric::RocAuc);
            value.is_some_and(|value| (0.0..=1.0).contains(&value))
        }));
    }
}

#[test]
fn threads_do_not_change_when_the_rate_drops() {
    let experiment = Experiment::new(&plateau());
    for threads in ["1", "2"] {
        let set = format!("training.threads={threads}");
        experiment.train(threads, &["--set", &set]);
    }
    assert_same(&experiment.path("1"), &experiment.path("2"));
}

#[test]
fn the_watched_metric_chooses_the_best_checkpoint() {
    for metric in [
        Metric::Loss,
        Metric::Accuracy,
        Metric::RocAuc,
        Metric::AveragePrecision,
        Metric::Brier,
        Metric::Mcc,
    ] {
        let experiment = Experiment::new(PLAIN);
        let watch = format!("early_stopping.metric='validation_{}'", metric.name());
        let more = [
            "--set",
            &watch,
            "--set",
            "training.epochs=12",
            "--set",
            "optimizer.learning_rate=1.5",
        ];
        let ran = experiment.train("run", &more);
        let records = validations(&experiment, "run");
        let value = |record: &MetricsRecord| record.scores.get(metric).unwrap();
        let mut best = &records[0];
        for record in &records[1..] {
            if metric.is_better(value(record), value(best)) {
                best = record;
            }
        }
        let kept = last(&experiment.path("run")).state.best.unwrap();
        assert_eq!(kept.step, best.step, "{}", metric.name());
        let side = match metric.direction() {
            Direction::Minimize => "lowest",
            Direction::Maximize => "highest",
        };
        let told = format!(
            "using the weights of epoch {} of 12 ({side} validation {})",
            best.epoch,
            metric.name()
        );
        assert!(ran.stdout.contains(&told), "{told}: {}", ran.stdout);

        // The report computes what was watched, from the weights that were kept.
        let text = fs::read_to_string(experiment.path("run/evaluation.json")).unwrap();
        let evaluation: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(evaluation["step"], best.step);
        let reported = evaluation["validation"][metric.name()].as_f64().unwrap();
        assert!(
            (reported - value(best)).abs() < 1e-9,
            "{}: {reported}",
            metric.name()
        );
    }
}

#[test]
fn a_training_that_was_out_of_patience_goes_on_with_more() {
    let experiment = Experiment::new(PLAIN);
    let keys = |patience: &str| {
        let patience = format!("early_stopping.patience={patience}");
        let keys = [
            "training.epochs=60",
            "optimizer.learning_rate=1.0",
            "early_stopping.metric='validation_balanced_accuracy'",
            "early_stopping.min_delta=0.001",
            "early_stopping.start_epoch=2",
            &patience,
        ];
        keys.map(str::to_owned)
    };
    let train = |run: &str, patience: &str| {
        let keys = keys(patience);
        let more: Vec<&str> = keys.iter().flat_map(|key| ["--set", key]).collect();
        experiment.train(run, &more)
    };
    train("run", "2");
    train("whole", "6");
    let stopped = last(&experiment.path("run")).state;
    assert!(stopped.epoch < 60 && stopped.is_out_of_patience);
    let ran = experiment.run(&["--resume", "run"]).success();
    assert!(
        ran.stdout.contains("--set early_stopping.patience=4"),
        "{}",
        ran.stdout
    );
    let more = ["--resume", "run", "--set", "early_stopping.patience=6"];
    experiment.run(&more).success();
    assert!(last(&experiment.path("run")).state.epoch > stopped.epoch);
    assert_same(&experiment.path("run"), &experiment.path("whole"));
}

#[test]
fn metrics_that_cannot_be_watched_are_refused() {
    let experiment = Experiment::new(PLAIN);
    let refused = |keys: &[&str], words: &[&str]| {
        let mut arguments = vec!["--config", "config.toml", "--run-dir", "none"];
        arguments.extend(keys.iter().flat_map(|key| ["--set", key]));
        experiment.run(&arguments).code(2).says(words);
        assert!(!experiment.path("none").exists());
    };
    refused(
        &["early_stopping.metric='validation_rmse'"],
        &["validation_rmse", "measures numbers"],
    );
    refused(
        &[
            "data.validation=0",
            "schedule={kind='reduce_on_plateau'}",
            "early_stopping.metric='validation_f1'",
        ],
        &["validation_f1", "no validation split"],
    );
    refused(
        &[
            "schedule={kind='reduce_on_plateau',factor=1.5,min_rate=7.0}",
            "early_stopping.min_delta=-1.0",
            "early_stopping.start_epoch=2",
        ],
        &[
            "schedule.factor",
            "below 1",
            "schedule.min_rate",
            "min_delta",
            "start_epoch",
        ],
    );
    let train = fs::read_to_string(experiment.path("train.csv")).unwrap();
    let one_class: Vec<&str> = train
        .lines()
        .filter(|line| !line.starts_with('1') && !line.starts_with('2'))
        .collect();
    fs::write(experiment.path("held-out.csv"), one_class.join("\n")).unwrap();
    refused(
        &[
            "data.validation='held-out.csv'",
            "early_stopping.metric='validation_roc_auc'",
        ],
        &["validation_roc_auc", "of one class"],
    );
}
