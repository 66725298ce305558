//! Whether a config makes sense: ranges, and keys that must go together.

use std::fmt::Display;

use super::finding::{Finding, percent};
use super::kinds::{BackendKind, ClassWeights, GradientMethod, IfMissing, MissingPolicy};
use super::sections::{Config, DataSection, OptimizerSection, ScheduleSection, TrainingSection};
use super::{augment, kind_keys, names, stopping};
use crate::error::{ConfigError, ConfigPlace};

/// More are a slip of the finger: the built-in digits of so many rows take 784 MB.
const MOST_SYNTHETIC_ROWS: usize = 1_000_000;
/// More than any machine has, and starting them would take longer than the training.
const MOST_THREADS: usize = 1024;

/// Checks a config that a program put together; [`load`](super::load) has done it already.
///
/// # Errors
///
/// All values out of range, and all keys that do not go together.
pub fn validate(config: &Config) -> Result<(), ConfigError> {
    let findings = findings(config).into_iter();
    let problems: Vec<_> = findings
        .map(|f| f.into_problem(ConfigPlace::Unwritten))
        .collect();
    if problems.is_empty() {
        Ok(())
    } else {
        Err(ConfigError::new(problems, None))
    }
}

pub(super) fn findings(config: &Config) -> Vec<Finding> {
    let mut check = Check(kind_keys::findings(config));
    check.0.extend(names::findings(config));
    check.0.extend(stopping::findings(config));
    check.0.extend(augment::findings(config));
    for (key, seed) in [
        ("seed", config.seed),
        ("data.split_seed", config.data.rows_seed(0)),
    ] {
        let most = "at most 9223372036854775807, the largest number of TOML";
        check.must(i64::try_from(seed).is_ok(), key, most, seed);
    }
    check.data(&config.data);
    for (index, units) in config.model.hidden.iter().enumerate() {
        let layer = format!("at least 1 unit in layer {}", index + 1);
        check.must(*units >= 1, "model.hidden", &layer, units);
    }
    check.share("model.dropout", Some(config.model.dropout));
    for (key, init) in [
        ("model.weight_init", &config.model.weight_init),
        ("model.bias_init", &config.model.bias_init),
    ] {
        let table = init.table();
        check.finite(&format!("{key}.mean"), table.mean);
        check.non_negative(&format!("{key}.std"), table.std);
        check.non_negative(&format!("{key}.bound"), table.bound);
    }
    check.must(
        config.training.gradients != GradientMethod::Fused || config.backend != BackendKind::Wgpu,
        "training.gradients",
        "\"auto\" or \"autodiff\" with backend = \"wgpu\": the fused kernels run on the CPU",
        "\"fused\"",
    );
    check.optimizer(&config.optimizer);
    check.schedule(&config.schedule, config.training.epochs);
    check.training(&config.training);
    let keep_last = config.checkpoint.keep_last;
    check.must(
        keep_last >= 1,
        "checkpoint.keep_last",
        "at least 1",
        keep_last,
    );
    check.0
}

struct Check(Vec<Finding>);

impl Check {
    fn must(&mut self, holds: bool, key: &str, be: &str, value: impl Display) {
        if !holds {
            let message = format!("`{key}` must be {be}, not {value}");
            self.0.push(Finding::new(key, message));
        }
    }

    fn finite(&mut self, key: &str, value: Option<f64>) {
        let value = value.unwrap_or(0.0);
        self.must(value.is_finite(), key, "finite", value);
    }

    fn non_negative(&mut self, key: &str, value: Option<f64>) {
        let value = value.unwrap_or(0.0);
        let holds = value >= 0.0 && value.is_finite();
        self.must(holds, key, "at least 0 and finite", value);
    }

    fn positive(&mut self, key: &str, value: Option<f64>) {
        let value = value.unwrap_or(1.0);
        let holds = value > 0.0 && value.is_finite();
        self.must(holds, key, "above 0 and finite", value);
    }

    /// In [0, 1).
    fn share(&mut self, key: &str, value: Option<f64>) {
        let value = value.unwrap_or(0.0);
        self.must(
            (0.0..1.0).contains(&value),
            key,
            "at least 0 and below 1",
            value,
        );
        if let (Some(finding), true) = (self.0.last_mut(), (2.0..100.0).contains(&value)) {
            finding.help = Some(percent(value));
        }
    }

    fn data(&mut self, data: &DataSection) {
        for (key, path) in [
            ("data.train", Some(&data.train)),
            ("data.test", data.test.as_ref()),
        ] {
            if path.is_some_and(|path| path.as_os_str().is_empty()) {
                let message = format!("`{key}` is empty");
                self.0.push(Finding::new(key, message).help("name a file"));
            }
        }
        let last_resort = data
            .if_missing
            .iter()
            .position(|step| *step == IfMissing::Error);
        if data.if_missing.is_empty() {
            let message = "`data.if_missing` is empty".to_owned();
            let help = "write [\"error\"] to stop when a file is missing";
            self.0
                .push(Finding::new("data.if_missing", message).help(help));
        } else if last_resort.is_some_and(|position| position + 1 < data.if_missing.len()) {
            let message =
                "`data.if_missing` has \"error\" before other entries, which are never tried";
            let help = "let \"error\" be the last, or leave it out";
            self.0
                .push(Finding::new("data.if_missing", message.to_owned()).help(help));
        }
        if let MissingPolicy::Number(number) = data.missing {
            self.must(number.is_finite(), "data.missing", "finite", number);
        }
        self.share("data.validation", Some(data.validation));
        let rows = data.synthetic_rows;
        self.must(
            (1..=MOST_SYNTHETIC_ROWS).contains(&rows),
            "data.synthetic_rows",
            "from 1 to 1000000",
            rows,
        );
    }

    fn optimizer(&mut self, optimizer: &OptimizerSection) {
        self.positive("optimizer.learning_rate", Some(optimizer.learning_rate));
        self.non_negative("optimizer.clip_norm", Some(optimizer.clip_norm));
        self.non_negative("optimizer.weight_decay", Some(optimizer.weight_decay));
        self.share("optimizer.momentum", optimizer.momentum);
        self.share("optimizer.beta1", optimizer.beta1);
        self.share("optimizer.beta2", optimizer.beta2);
        self.share("optimizer.alpha", optimizer.alpha);
        self.positive("optimizer.epsilon", optimizer.epsilon);
        if optimizer.nesterov == Some(true) && optimizer.momentum.unwrap_or(0.0) == 0.0 {
            let message = "`optimizer.nesterov` needs momentum, and there is none".to_owned();
            self.0.push(
                Finding::new("optimizer.nesterov", message)
                    .because("optimizer.momentum")
                    .help("set optimizer.momentum, 0.9 for example"),
            );
        }
    }

    fn schedule(&mut self, schedule: &ScheduleSection, epochs: usize) {
        let warmup = schedule.warmup_epochs;
        self.non_negative("schedule.warmup_epochs", Some(warmup));
        #[allow(clippy::cast_precision_loss)] // no training has 2^53 epochs
        if epochs >= 1 && warmup.is_finite() && warmup >= epochs as f64 {
            let message = format!(
                "`schedule.warmup_epochs` must be below the {epochs} of `training.epochs`, not {warmup}"
            );
            self.0
                .push(Finding::new("schedule.warmup_epochs", message).because("training.epochs"));
        }
        self.positive("schedule.epochs", schedule.epochs);
        let every = schedule.every_epochs.unwrap_or(1);
        self.must(every >= 1, "schedule.every_epochs", "at least 1", every);
        self.positive("schedule.factor", schedule.factor);
        self.positive("schedule.drop", schedule.drop);
        let last = schedule.final_share.unwrap_or(0.0);
        self.must(
            (0.0..=1.0).contains(&last),
            "schedule.final_share",
            "between 0 and 1",
            last,
        );
        let climb = schedule.climb.unwrap_or(0.5);
        let within = climb > 0.0 && climb < 1.0;
        self.must(within, "schedule.climb", "above 0 and below 1", climb);
    }

    fn training(&mut self, training: &TrainingSection) {
        self.must(
            training.epochs >= 1,
            "training.epochs",
            "at least 1",
            training.epochs,
        );
        self.must(
            training.threads <= MOST_THREADS,
            "training.threads",
            "at most 1024",
            training.threads,
        );
        let batch_size = training.batch_size;
        self.must(
            batch_size >= 1,
            "training.batch_size",
            "at least 1",
            batch_size,
        );
        self.share("training.label_smoothing", Some(training.label_smoothing));
        if let ClassWeights::List(weights) = &training.class_weights {
            let key = "training.class_weights";
            self.must(
                !weights.is_empty(),
                key,
                "one number for each class",
                "an empty list",
            );
            for weight in weights {
                self.positive(key, Some(*weight));
            }
        }
    }
}
