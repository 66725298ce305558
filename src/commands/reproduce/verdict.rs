//! What a reproduction came to, as a person reads it.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::reproduction::{
    Change, Comparison, Effect, MetricsComparison, Original, WeightComparison,
};
use serde::Serialize;

use super::{print, print_json};
use crate::commands::terminal::{counted, duration, grouped, percent, table};
use crate::commands::{Failure, Outcome};

/// Characters of a hash that tell enough.
const SHORT_HASH: usize = 12;
/// Layers listed one by one.
const MOST_PARAMETERS: usize = 12;

/// What a reproduction came to.
#[derive(Serialize)]
pub struct Verdict {
    run: PathBuf,
    reproduced: bool,
    backend: &'static str,
    #[serde(flatten)]
    pub comparison: Option<Comparison>,
    changes: Vec<Change>,
    /// Training time of the second run.
    pub seconds: Option<f64>,
    /// The second run, if it is kept.
    pub kept: Option<PathBuf>,
}

impl Verdict {
    /// Before anything is compared.
    pub fn new(original: &Original, changes: Vec<Change>) -> Self {
        Self {
            run: original.run.path().to_owned(),
            reproduced: false,
            backend: original.config.backend.name(),
            comparison: None,
            changes,
            seconds: None,
            kept: None,
        }
    }

    /// What is not as it was.
    pub fn changes(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter()
    }

    /// Prints it; fails unless all is equal.
    pub fn told(mut self, json: bool) -> Outcome {
        self.reproduced = self.comparison.as_ref().is_some_and(Comparison::is_equal);
        if json {
            print_json(&self)?;
        } else {
            print(&self.describe())?;
        }
        if self.reproduced {
            return Ok(ExitCode::SUCCESS);
        }
        let run = self.run.display();
        Err(Failure::Missed(match &self.comparison {
            None => format!("{run}: cannot be reproduced: {}", self.obstacle()),
            Some(comparison) if comparison.weights.equal => {
                format!("{run}: the weights came out equal, but not all that was logged")
            }
            Some(_) => format!("{run}: other weights came out"),
        }))
    }

    /// What makes it certain that another network would come out.
    fn obstacle(&self) -> String {
        let certain = self
            .changes
            .iter()
            .filter(|change| change.effect == Effect::Certain);
        let named: Vec<&str> = certain.map(|change| change.what).collect();
        format!("{} changed since; nothing was trained", named.join(" and "))
    }

    fn describe(&self) -> String {
        let mut text = format!("{}", self.run.display());
        let Some(comparison) = &self.comparison else {
            return format!("{text}: not trained again\n{}", self.changed());
        };
        text += &format!(
            ": trained again in {}, on {}\n",
            duration(self.seconds.unwrap_or_default()),
            self.backend
        );
        if comparison.steps_then != comparison.steps_now {
            text += &format!(
                "  updates   {} then, {} now\n",
                grouped(comparison.steps_then),
                grouped(comparison.steps_now)
            );
        }
        text += &weights(&comparison.weights);
        text += &metrics(&comparison.metrics);
        if let Some(accuracy) = comparison.accuracy {
            let name = accuracy.split.name();
            let (then, now) = (percent(accuracy.then), percent(accuracy.now));
            text += &if then == now {
                format!("  accuracy  {then} of the {name} rows, then and now\n")
            } else {
                format!("  accuracy  {then} of the {name} rows then, {now} now\n")
            };
        }
        text += &self.changed();
        if let Some(kept) = &self.kept {
            text += &format!("  the second run: {}\n", kept.display());
        }
        if self.reproduced {
            text += "reproduced\n";
        }
        text
    }

    fn changed(&self) -> String {
        let telling = self
            .changes
            .iter()
            .any(|change| change.effect != Effect::None);
        let mut text = String::new();
        if !self.changes.is_empty() {
            text += "changed since\n";
        }
        for change in &self.changes {
            let effect = match change.effect {
                Effect::None => "makes no difference",
                Effect::Possible => "can make a difference",
                Effect::Certain => "makes a difference",
            };
            text += &format!(
                "  {}, which {effect}\n    then  {}\n    now   {}\n",
                change.what,
                shortened(&change.then),
                shortened(&change.now)
            );
        }
        if !telling && !self.reproduced {
            text += "nothing on record explains it: a file of the run was changed, or it was trained\n\
                     on another processor, which may round otherwise\n";
        }
        text
    }
}

fn weights(found: &WeightComparison) -> String {
    let Some(furthest) = found.furthest() else {
        let values = grouped(found.values as u64);
        return format!("  weights   equal, bit for bit: all {values} values\n");
    };
    let mut text = format!(
        "  weights   NOT EQUAL: {} of {} values differ, by at most {:.2e}\n            (layer {}, {})\n",
        grouped(found.different as u64),
        grouped(found.values as u64),
        furthest.largest_difference,
        furthest.layer,
        furthest.parameter
    );
    let head = ["tensor", "values", "different", "at most"];
    let mut lines = vec![head.map(str::to_owned).to_vec()];
    for parameter in found.parameters.iter().take(MOST_PARAMETERS) {
        lines.push(vec![
            format!("layer {} {}", parameter.layer, parameter.parameter),
            grouped(parameter.values as u64),
            grouped(parameter.different as u64),
            format!("{:.2e}", parameter.largest_difference),
        ]);
    }
    text += &table(&lines);
    text
}

fn metrics(found: &MetricsComparison) -> String {
    let Some(first) = found.first_difference else {
        return format!(
            "  metrics   equal but for their seconds: {}\n",
            counted(found.lines, "line")
        );
    };
    let record = found.then.as_ref().or(found.now.as_ref());
    let place = record.map_or_else(String::new, |record| {
        format!(" (step {}, {})", record.step, record.split.name())
    });
    format!("  metrics   NOT EQUAL from line {first} on{place}\n")
}

/// A text with its hashes cut short.
fn shortened(text: &str) -> String {
    let is_hash = |word: &str| word.len() == 64 && word.bytes().all(|b| b.is_ascii_hexdigit());
    let words = text.split(' ').map(|word| {
        if is_hash(word) {
            format!("{}…", &word[..SHORT_HASH])
        } else {
            word.to_owned()
        }
    });
    words.collect::<Vec<_>>().join(" ")
}
