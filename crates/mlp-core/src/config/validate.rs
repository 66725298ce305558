//! Validation of a config: ranges of values and consistency of keys.

use std::fmt::Display;

use toml::{Table, Value};

use super::path;
use super::sections::{
    BackendKind, ClassWeights, Config, DataSection, ElasticTable, GradientMethod, IfMissing,
    MissingPolicy, OptimizerSection, Schedule, StopCondition, Threshold, TrainingSection,
    WatchedMetric,
};
use super::show::{Values, push_values};
use super::validate_columns::column_findings;
use super::validate_task::stated_task_findings;
use super::{ConfigError, ConfigPlace, Problem};
use crate::run::Split;
use crate::task::Metric;

/// Maximum number of generated rows, which guards against typing errors: this many digits take 784 MB.
const MAX_SYNTHETIC_ROWS: usize = 1_000_000;
/// Maximum number of threads, above the number of cores of any supported machine.
const MAX_THREADS: usize = 1024;

/// Device names reserved by Windows, with or without an extension.
const RESERVED: [&str; 4] = ["con", "prn", "aux", "nul"];

/// Validates a config built by a program. [`load`](super::load) already validates its result.
///
/// # Errors
///
/// All values out of range and all inconsistent keys.
pub fn validate(config: &Config) -> Result<(), ConfigError> {
    let findings = findings(config, &kind_values(config)).into_iter();
    let problems: Vec<_> = findings
        .map(|f| f.into_problem(ConfigPlace::Unwritten))
        .collect();
    if problems.is_empty() {
        Ok(())
    } else {
        Err(ConfigError::new(problems, None))
    }
}

/// Returns all findings about a config. `values` holds the values of its tables with kinds, by dotted key, including
/// those from a file that do not belong to the chosen kind.
pub(super) fn findings(config: &Config, values: &Values) -> Vec<Finding> {
    let mut check = Check(name_findings(config));
    check.0.extend(stopping_findings(config));
    check.0.extend(augment_findings(config));
    for (key, seed) in [
        ("seed", config.seed),
        ("data.split_seed", config.data.rows_seed(0)),
    ] {
        let limit = "at most 9223372036854775807, the largest number of TOML";
        check.must(i64::try_from(seed).is_ok(), key, limit, seed);
    }
    check.data(&config.data);
    check.0.extend(column_findings(&config.data));
    check.0.extend(stated_task_findings(config));
    for (index, units) in config.model.hidden.iter().enumerate() {
        let layer = format!("at least 1 unit in layer {}", index + 1);
        check.must(*units >= 1, "model.hidden", &layer, units);
    }
    check.share("model.dropout", config.model.dropout);
    check.kind_numbers(values, "model.weight_init", INITIALIZER);
    check.kind_numbers(values, "model.bias_init", INITIALIZER);
    check.must(
        config.training.gradients != GradientMethod::Fused || config.backend != BackendKind::Wgpu,
        "training.gradients",
        "\"auto\" or \"autodiff\" with backend = \"wgpu\": the fused kernels run on the CPU",
        "\"fused\"",
    );
    check.optimizer(&config.optimizer);
    check.kind_numbers(values, "optimizer", OPTIMIZER);
    check.nesterov(values);
    check.warmup(config.schedule.warmup_epochs, config.training.epochs);
    check.kind_numbers(values, "schedule", SCHEDULE);
    check.training(&config.training);
    check.threshold(config);
    let keep_last = config.checkpoint.keep_last;
    check.must(
        keep_last >= 1,
        "checkpoint.keep_last",
        "at least 1",
        keep_last,
    );
    check.0
}

/// A problem in a config whose place is not yet known.
#[derive(Debug)]
pub(super) struct Finding {
    pub key: String,
    /// Key whose value is shown.
    pub at: String,
    /// Another key on which the finding depends; empty if there is none.
    pub because: String,
    pub message: String,
    pub help: Option<String>,
}

impl Finding {
    pub fn new(key: &str, message: String) -> Self {
        Self {
            key: key.to_owned(),
            at: key.to_owned(),
            because: String::new(),
            message,
            help: None,
        }
    }

    pub fn at(mut self, key: &str) -> Self {
        key.clone_into(&mut self.at);
        self
    }

    pub fn because(mut self, key: &str) -> Self {
        key.clone_into(&mut self.because);
        self
    }

    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub fn into_problem(self, place: ConfigPlace) -> Problem {
        Problem {
            key: self.key,
            message: self.message,
            help: self.help,
            place,
        }
    }
}

/// Returns the suggestion for a share that was written as a percentage.
pub(super) fn percent(value: f64) -> String {
    format!("it is a share: {value} % is {}", value / 100.0)
}

/// Returns the values of the tables with kinds, by dotted key.
fn kind_values(config: &Config) -> Values {
    let mut values = Values::new();
    for (path, table) in [
        (
            "model.weight_init",
            config
                .model
                .weight_init
                .map_or_else(|| Ok(Table::new()), Table::try_from),
        ),
        ("model.bias_init", Table::try_from(config.model.bias_init)),
        ("optimizer", Table::try_from(&config.optimizer)),
        ("schedule", Table::try_from(&config.schedule)),
    ] {
        push_values(path, table.unwrap_or_default(), &mut values);
    }
    values
}

fn number(values: &Values, key: &str) -> Option<f64> {
    match values.get(key)? {
        Value::Float(number) => Some(*number),
        Value::Integer(number) => Some(*number as f64),
        _ => None,
    }
}

/// Checks the number of a key.
type Rule = fn(&mut Check, &str, f64);

const INITIALIZER: &[(&str, Rule)] = &[
    ("mean", Check::finite),
    ("std", Check::non_negative),
    ("bound", Check::non_negative),
];

const OPTIMIZER: &[(&str, Rule)] = &[
    ("momentum", Check::share),
    ("beta1", Check::share),
    ("beta2", Check::share),
    ("alpha", Check::share),
    ("epsilon", Check::positive),
];

const SCHEDULE: &[(&str, Rule)] = &[
    ("epochs", Check::positive),
    ("every_epochs", Check::at_least_1),
    ("factor", Check::positive),
    ("drop", Check::positive),
    ("final_share", Check::final_share),
    ("climb", Check::climb),
    ("patience", Check::at_least_1),
    ("min_delta", Check::non_negative),
    ("min_rate", Check::non_negative),
];

struct Check(Vec<Finding>);

impl Check {
    fn must(&mut self, holds: bool, key: &str, be: &str, value: impl Display) {
        if !holds {
            let message = format!("`{key}` must be {be}, not {value}");
            self.0.push(Finding::new(key, message));
        }
    }

    fn finite(&mut self, key: &str, value: f64) {
        self.must(value.is_finite(), key, "finite", value);
    }

    fn non_negative(&mut self, key: &str, value: f64) {
        let holds = value >= 0.0 && value.is_finite();
        self.must(holds, key, "at least 0 and finite", value);
    }

    fn positive(&mut self, key: &str, value: f64) {
        let holds = value > 0.0 && value.is_finite();
        self.must(holds, key, "above 0 and finite", value);
    }

    fn at_least_1(&mut self, key: &str, value: f64) {
        self.must(value >= 1.0, key, "at least 1", value);
    }

    /// Requires a value in [0, 1].
    fn final_share(&mut self, key: &str, value: f64) {
        let holds = (0.0..=1.0).contains(&value);
        self.must(holds, key, "between 0 and 1", value);
    }

    /// Requires a value in (0, 1).
    fn climb(&mut self, key: &str, value: f64) {
        let holds = value > 0.0 && value < 1.0;
        self.must(holds, key, "above 0 and below 1", value);
    }

    /// Requires a value in [0, 1).
    fn share(&mut self, key: &str, value: f64) {
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
            ("data.train", Some(data.train.as_path())),
            ("data.test", data.test.as_deref()),
            ("data.validation", data.validation.file()),
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
        let most = data.max_categories;
        self.must(most >= 1, "data.max_categories", "at least 1", most);
        self.share("data.validation", data.validation.share());
        self.share("data.calibration", data.calibration);
        let held_out = data.validation.share() + data.calibration;
        if held_out >= 1.0 && data.calibration < 1.0 && data.validation.share() < 1.0 {
            let message = format!(
                "`data.validation` and `data.calibration` hold out {held_out} of the rows together: none is left for training"
            );
            let finding = Finding::new("data.calibration", message);
            self.0.push(finding.because("data.validation"));
        }
        let rows = data.synthetic_rows;
        self.must(
            (1..=MAX_SYNTHETIC_ROWS).contains(&rows),
            "data.synthetic_rows",
            "from 1 to 1000000",
            rows,
        );
    }

    fn optimizer(&mut self, optimizer: &OptimizerSection) {
        self.positive("optimizer.learning_rate", optimizer.learning_rate);
        self.non_negative("optimizer.clip_norm", optimizer.clip_norm);
        self.non_negative("optimizer.weight_decay", optimizer.weight_decay);
    }

    fn nesterov(&mut self, values: &Values) {
        let nesterov = values.get("optimizer.nesterov").and_then(Value::as_bool);
        let momentum = number(values, "optimizer.momentum").unwrap_or(0.0);
        if nesterov == Some(true) && momentum == 0.0 {
            let message = "`optimizer.nesterov` needs momentum, and there is none".to_owned();
            self.0.push(
                Finding::new("optimizer.nesterov", message)
                    .because("optimizer.momentum")
                    .help("set optimizer.momentum, 0.9 for example"),
            );
        }
    }

    fn warmup(&mut self, warmup: f64, epochs: usize) {
        self.non_negative("schedule.warmup_epochs", warmup);
        if epochs >= 1 && warmup.is_finite() && warmup >= epochs as f64 {
            let message = format!(
                "`schedule.warmup_epochs` must be below the {epochs} of `training.epochs`, not {warmup}"
            );
            self.0
                .push(Finding::new("schedule.warmup_epochs", message).because("training.epochs"));
        }
    }

    /// Checks the numbers of a table's kinds, even those that do not belong to its kind.
    fn kind_numbers(&mut self, values: &Values, table: &str, rules: &[(&str, Rule)]) {
        for (name, rule) in rules {
            let key = path::join(table, name);
            if let Some(number) = number(values, &key) {
                rule(self, &key, number);
            }
        }
    }

    fn threshold(&mut self, config: &Config) {
        let key = "decision.threshold";
        match config.decision.threshold {
            Threshold::Value(value) => {
                let holds = value > 0.0 && value < 1.0;
                let be = "above 0 and below 1, \"f1\" or \"balanced_accuracy\"";
                self.must(holds, key, be, value);
            }
            Threshold::Rule(rule) if !config.data.validation.is_some() => {
                let message = format!(
                    "`{key}` = \"{}\" is chosen on validation rows, and there are none: `data.validation` is 0",
                    rule.name()
                );
                let help = "set data.validation, 0.2 for example, or the threshold to a number";
                let finding = Finding::new(key, message).help(help);
                self.0.push(finding.because("data.validation"));
            }
            Threshold::Rule(_) => {}
        }
    }

    fn training(&mut self, training: &TrainingSection) {
        self.must(
            training.epochs >= 1,
            "training.epochs",
            "at least 1",
            training.epochs,
        );
        self.must(
            training.threads <= MAX_THREADS,
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
        self.share("training.label_smoothing", training.label_smoothing);
        if let ClassWeights::List(weights) = &training.class_weights {
            let key = "training.class_weights";
            self.must(
                !weights.is_empty(),
                key,
                "one number for each class",
                "an empty list",
            );
            for weight in weights {
                self.positive(key, *weight);
            }
        }
        if let ClassWeights::ByName(weights) = &training.class_weights {
            for (class, weight) in weights {
                self.positive(&path::join("training.class_weights", class), *weight);
            }
        }
    }
}

/// Checks that what is watched can be measured and reached.
fn stopping_findings(config: &Config) -> Vec<Finding> {
    let stopping = &config.early_stopping;
    let mut findings = Vec::new();
    let mut watch = |key, metric| {
        if !config.data.validation.is_some() {
            findings.extend(without_split(key, metric));
        }
    };
    if stopping.patience > 0 {
        watch("early_stopping.patience", stopping.metric);
    }
    if let Schedule::ReduceOnPlateau { .. } = config.schedule.kind {
        watch("schedule.kind", stopping.metric);
    }
    if let Some(condition) = &stopping.stop_when {
        watch("early_stopping.stop_when.metric", condition.metric);
        findings.extend(bar(condition));
    }
    let delta = stopping.min_delta;
    if !(delta >= 0.0 && delta.is_finite()) {
        let key = "early_stopping.min_delta";
        let message = format!("`{key}` must be at least 0 and finite, not {delta}");
        findings.push(Finding::new(key, message));
    }
    let (start, epochs) = (stopping.start_epoch, config.training.epochs);
    if epochs >= 1 && start >= epochs {
        let key = "early_stopping.start_epoch";
        let message =
            format!("`{key}` must be below the {epochs} of `training.epochs`, not {start}");
        findings.push(Finding::new(key, message).because("training.epochs"));
    }
    findings.extend(plateau_findings(config));
    findings
}

/// Checks that the drops of a plateau lower the rate.
fn plateau_findings(config: &Config) -> Vec<Finding> {
    let Schedule::ReduceOnPlateau {
        factor, min_rate, ..
    } = config.schedule.kind
    else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    if factor >= 1.0 {
        let key = "schedule.factor";
        let message = format!(
            "`{key}` must be below 1 with kind = \"reduce_on_plateau\", which lowers the rate, not {factor}"
        );
        findings.push(Finding::new(key, message).because("schedule.kind"));
    }
    let rate = config.optimizer.learning_rate;
    if min_rate > rate {
        let key = "schedule.min_rate";
        let message = format!(
            "`{key}` must be at most the {rate} of `optimizer.learning_rate`, not {min_rate}"
        );
        findings.push(Finding::new(key, message).because("optimizer.learning_rate"));
    }
    findings
}

/// Reports a key that watches a validation metric without a validation split.
fn without_split(key: &str, metric: WatchedMetric) -> Option<Finding> {
    if metric.split() != Split::Validation {
        return None;
    }
    let instead = match metric.metric() {
        Metric::Accuracy => "train_accuracy",
        Metric::Rmse => "train_rmse",
        _ => "train_loss",
    };
    let name = metric.name();
    let message =
        format!("`{key}` watches {name}, but there is no validation split: `data.validation` is 0");
    let help = format!("set data.validation, 0.2 for example, or watch {instead}");
    let finding = Finding::new(key, message).help(help);
    Some(finding.because("data.validation"))
}

/// Reports a condition that has no threshold, two thresholds, or one that cannot be reached.
fn bar(condition: &StopCondition) -> Option<Finding> {
    let key = "early_stopping.stop_when";
    let metric_key = format!("{key}.metric");
    let one_of = |has, at: &str| {
        let message = format!("`{key}` needs one of `at_least` and `at_most`, and has {has}");
        let finding = Finding::new(key, message).at(at);
        Some(finding.help("an accuracy has at_least = 0.99, for example, a loss at_most = 0.05"))
    };
    let (name, bar) = match (condition.at_least, condition.at_most) {
        (Some(bar), None) => ("at_least", bar),
        (None, Some(bar)) => ("at_most", bar),
        (Some(_), Some(_)) => return one_of("both", &format!("{key}.at_most")),
        (None, None) => return one_of("neither", &metric_key),
    };
    let key = format!("{key}.{name}");
    let metric = condition.metric.metric();
    if !bar.is_finite() {
        let message = format!("`{key}` must be finite, not {bar}");
        Some(Finding::new(&key, message))
    } else if metric.is_share() && !(0.0..=1.0).contains(&bar) {
        let of = match metric {
            Metric::Accuracy => "an accuracy".to_owned(),
            metric => metric.name().to_owned(),
        };
        let message = format!("`{key}` of {of} must be between 0 and 1, not {bar}");
        let finding = Finding::new(&key, message).help(percent(bar));
        Some(finding.because(&metric_key))
    } else {
        None
    }
}

/// Checks the augmentation. The bounds are far beyond practical values, and keep coordinates in the range where `f32`
/// distinguishes pixels.
fn augment_findings(config: &Config) -> Vec<Finding> {
    let augment = &config.augment;
    let mut findings = Vec::new();
    let mut must = |holds: bool, key: &str, be: &str, value: f64| {
        if !holds {
            let key = format!("augment.{key}");
            let message = format!("`{key}` must be {be}, not {value}");
            findings.push(Finding::new(&key, message));
        }
    };
    for (key, unit, max, value) in [
        ("shift", "pixels", 1000.0, augment.shift),
        ("rotate", "degrees", 180.0, augment.rotate),
        ("shear", "degrees", 80.0, augment.shear),
    ] {
        let be = format!("from 0 to {max} {unit}");
        must((0.0..=max).contains(&value), key, &be, value);
    }
    if let Some(ElasticTable { alpha, sigma }) = augment.elastic {
        let strength = (0.0..=10_000.0).contains(&alpha);
        must(strength, "elastic.alpha", "from 0 to 10000 pixels", alpha);
        let smoothness = (0.1..=1000.0).contains(&sigma);
        must(
            smoothness,
            "elastic.sigma",
            "from 0.1 to 1000 pixels",
            sigma,
        );
    }
    let scale = augment.scale;
    if !(0.0..1.0).contains(&scale) {
        let message = format!("`augment.scale` must be at least 0 and below 1, not {scale}");
        let mut finding = Finding::new("augment.scale", message);
        finding.help = (2.0..100.0).contains(&scale).then(|| percent(scale));
        findings.push(finding);
    }
    findings
}

/// Checks the names of the run and of the device.
fn name_findings(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(why) = why_no_folder(&config.name) {
        let message = format!(
            "`name` must be the name of a folder, and {:?} {why}",
            config.name
        );
        let help = "letters, digits, `-` and `_` are always fine";
        findings.push(Finding::new("name", message).help(help));
    }
    if !is_device(&config.device) {
        let message = format!("`device` cannot be {:?}", config.device);
        let help = "write auto, cpu, discrete:0, integrated:0 or virtual:0; the number counts the GPUs of that kind";
        findings.push(Finding::new("device", message).help(help));
    }
    findings
}

/// Returns the reason why this is not a valid folder name on every system.
pub(super) fn why_no_folder(name: &str) -> Option<String> {
    let forbidden = |c: char| c.is_control() || r#"/\<>:"|?*"#.contains(c);
    let stem = name.split('.').next().unwrap_or_default().to_lowercase();
    if name.is_empty() {
        Some("is empty".to_owned())
    } else if let Some(character) = name.chars().find(|c| forbidden(*c)) {
        Some(format!("has {character:?} in it"))
    } else if name.starts_with('.') {
        Some("begins with a dot".to_owned())
    } else if name.ends_with('.') || name.trim() != name {
        Some("ends with a dot, or begins or ends with a space".to_owned())
    } else if RESERVED.contains(&stem.as_str()) {
        Some("is reserved on Windows".to_owned())
    } else if name.len() > 255 {
        Some("is longer than 255 bytes".to_owned())
    } else {
        None
    }
}

/// Returns whether `device` is a device name of wgpu: `auto`, `cpu`, `discrete:N`, `integrated:N` or `virtual:N`.
#[must_use]
pub fn is_device(device: &str) -> bool {
    match device.split_once(':') {
        None => matches!(device, "auto" | "cpu"),
        Some((kind, number)) => {
            let digits = number.bytes().all(|byte| byte.is_ascii_digit());
            matches!(kind, "discrete" | "integrated" | "virtual")
                && digits
                && number.parse::<usize>().is_ok()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::schema;

    #[test]
    fn every_number_of_a_kind_has_a_rule() {
        for (path, table) in schema::tables_with_kinds() {
            let rules = match path.as_str() {
                "optimizer" => OPTIMIZER,
                "schedule" => SCHEDULE,
                _ => INITIALIZER,
            };
            for name in table.kind_keys() {
                let takes_numbers = table.key(name).is_some_and(|key| key.takes(&1.into()));
                let has_rule = rules.iter().any(|(key, _)| *key == name);
                assert_eq!(has_rule, takes_numbers, "{path}.{name}");
            }
        }
    }

    #[test]
    fn folder_names() {
        for name in ["mnist", "wide-64_v1.2", "größe", "a b"] {
            assert_eq!(why_no_folder(name), None, "{name}");
        }
        for name in [
            "", "a/b", "a\\b", "..", ".hidden", "a.", " a", "a\n", "NUL", "con.x", "a:b",
        ] {
            assert!(why_no_folder(name).is_some(), "{name:?}");
        }
        assert!(why_no_folder(&"a".repeat(256)).is_some());
    }

    #[test]
    fn device_names() {
        for device in ["auto", "cpu", "discrete:0", "integrated:12", "virtual:1"] {
            assert!(is_device(device), "{device}");
        }
        for device in [
            "",
            "gpu",
            "discrete",
            "discrete:",
            "discrete:-1",
            "discrete:+1",
            "cpu:0",
        ] {
            assert!(!is_device(device), "{device:?}");
        }
    }
}
