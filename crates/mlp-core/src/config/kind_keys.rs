//! Keys that mean something to some kinds only: `momentum` to `sgd` and `rmsprop`.

use serde::Serialize;
use toml::Value;

use super::Config;
use super::finding::Finding;
use super::keys;
use super::kinds::{InitializationKind as Init, OptimizerKind as Opt, ScheduleKind as Sched};

/// A key that belongs to some kinds of its table.
#[derive(Debug)]
pub(super) struct KindKey {
    pub key: &'static str,
    /// The kinds, as written in the config.
    pub kinds: Vec<String>,
    /// Each of the kinds means nothing without it.
    pub required: bool,
}

/// Tables that have a `kind`.
pub(super) const TABLES: [&str; 4] = [
    "optimizer",
    "schedule",
    "model.weight_init",
    "model.bias_init",
];

/// The keys of one of [`TABLES`] that belong to some kinds only.
pub(super) fn of(table: &str) -> Vec<KindKey> {
    match table {
        "optimizer" => vec![
            optional("momentum", &[Opt::Sgd, Opt::RmsProp]),
            optional("nesterov", &[Opt::Sgd]),
            optional("beta1", &[Opt::Adam, Opt::AdamW, Opt::Lion]),
            optional("beta2", &[Opt::Adam, Opt::AdamW, Opt::Lion]),
            optional("alpha", &[Opt::RmsProp]),
            optional(
                "epsilon",
                &[Opt::Adam, Opt::AdamW, Opt::RmsProp, Opt::AdaGrad],
            ),
        ],
        "schedule" => vec![
            optional("epochs", &[Sched::Linear, Sched::Cosine, Sched::OneCycle]),
            required("every_epochs", &[Sched::Step, Sched::LinearDrop]),
            required("factor", &[Sched::Step, Sched::Exponential]),
            required("drop", &[Sched::LinearDrop]),
            optional("drop_at_start", &[Sched::LinearDrop]),
            optional(
                "final_share",
                &[Sched::Linear, Sched::Cosine, Sched::OneCycle],
            ),
            optional("climb", &[Sched::OneCycle]),
        ],
        "model.weight_init" | "model.bias_init" => vec![
            optional("mean", &[Init::Normal]),
            required("std", &[Init::Normal]),
            optional("bound", &[Init::Uniform]),
        ],
        _ => Vec::new(),
    }
}

/// Keys that do not belong to the kind beside them, and kinds that lack a key.
pub(super) fn findings(config: &Config) -> Vec<Finding> {
    let model = &config.model;
    [
        Value::try_from(&config.optimizer),
        Value::try_from(&config.schedule),
        Value::try_from(model.weight_init.table()),
        Value::try_from(model.bias_init.table()),
    ]
    .iter()
    .zip(TABLES)
    .filter_map(|(table, path)| Some((table.as_ref().ok()?, path)))
    .flat_map(|(table, path)| table_findings(table, path))
    .collect()
}

fn table_findings(table: &Value, path: &str) -> Vec<Finding> {
    let kind = table
        .get("kind")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let kind_path = keys::join(path, "kind");
    let keys = of(path).into_iter().filter_map(|key| {
        let key_path = keys::join(path, key.key);
        match (table.get(key.key).is_some(), key.belongs_to(kind)) {
            (true, false) => {
                let kinds = key.kinds_in_words();
                let message = format!("`{key_path}` belongs to {kinds}, not to \"{kind}\"");
                let help = format!("leave it out, or change {kind_path}");
                let finding = Finding::new(&key_path, message).help(help);
                Some(finding.because(&kind_path))
            }
            (false, true) if key.required => {
                let message = format!("\"{kind}\" needs `{key_path}`");
                let help = keys::find(&key_path).map_or("", |form| form.about.as_str());
                let finding = Finding::new(&key_path, message).help(help);
                Some(finding.at(&kind_path))
            }
            _ => None,
        }
    });
    keys.collect()
}

impl KindKey {
    pub fn belongs_to(&self, kind: &str) -> bool {
        self.kinds.iter().any(|k| k == kind)
    }

    /// `"sgd" and "rmsprop"`
    pub fn kinds_in_words(&self) -> String {
        let quoted: Vec<_> = self
            .kinds
            .iter()
            .map(|kind| format!("\"{kind}\""))
            .collect();
        match quoted.split_last() {
            Some((last, [])) => last.clone(),
            Some((last, others)) => format!("{} and {last}", others.join(", ")),
            None => String::new(),
        }
    }
}

fn optional(key: &'static str, kinds: &[impl Serialize]) -> KindKey {
    let words = kinds.iter().filter_map(|kind| Value::try_from(kind).ok());
    KindKey {
        key,
        kinds: words
            .filter_map(|w| w.as_str().map(str::to_owned))
            .collect(),
        required: false,
    }
}

fn required(key: &'static str, kinds: &[impl Serialize]) -> KindKey {
    KindKey {
        required: true,
        ..optional(key, kinds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_kinds_are_those_of_the_config() {
        for table in TABLES {
            for key in of(table) {
                assert!(keys::find(&keys::join(table, key.key)).is_some());
                let words = &keys::find(&keys::join(table, "kind"))
                    .expect("has a kind")
                    .words;
                assert!(!key.kinds.is_empty());
                assert!(key.kinds.iter().all(|kind| words.contains(kind)), "{key:?}");
            }
        }
    }

    #[test]
    fn kinds_are_listed_in_words() {
        let keys = of("optimizer");
        assert_eq!(keys[0].kinds_in_words(), "\"sgd\" and \"rmsprop\"");
        assert_eq!(keys[1].kinds_in_words(), "\"sgd\"");
        assert_eq!(keys[2].kinds_in_words(), "\"adam\", \"adamw\" and \"lion\"");
    }
}
