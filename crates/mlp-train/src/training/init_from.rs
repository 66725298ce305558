//! The weights of another run as the start of a training, matched by the names of inputs and classes.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use super::{Prepared, Start};
use crate::error::{Error, TrainingError};
use mlp_core::config::Config;
use mlp_core::network::{Layer, Network};
use mlp_core::run::{Checkpoint, Manifest, RunDirectory, Which};
use mlp_core::task::Task;
use mlp_data::{Encoding, EncodingRule, Preprocessor, Schema};

/// Maximum number of names that a note lists.
const MAX_NAMES: usize = 10;

/// Weights to start with.
pub(super) struct InitialWeights {
    pub network: Network,
    /// The run that they come from, under its own name: a folder of runs stands for its newest, which may be another one
    /// later.
    pub run: RunDirectory,
    /// SHA-256 of the file that they come from.
    pub sha256: String,
    /// What became of the other run's weights; `None` if inputs and classes are the same in the same order.
    pub note: Option<String>,
}

/// Returns the weights that a training starts with if that is from those of the run at `path`.
pub(super) fn initial_weights(
    path: Option<&Path>,
    prepared: &Prepared,
) -> Result<Option<InitialWeights>, Error> {
    path.map(|path| Predecessor::open(path)?.weights(prepared))
        .transpose()
}

/// A run whose weights a training starts with.
struct Predecessor {
    run: RunDirectory,
    manifest: Manifest,
    config: Config,
}

impl Predecessor {
    fn open(path: &Path) -> Result<Self, Error> {
        let run = RunDirectory::find(path)?.under_its_own_name();
        Ok(Self {
            manifest: Manifest::read(&run)?,
            config: run.read_config()?,
            run,
        })
    }

    /// Returns the initial weights of a training: those of this run for the inputs and classes that it knows by name,
    /// fresh ones for the others. The hidden layers must be equal.
    fn weights(self, prepared: &Prepared) -> Result<InitialWeights, Error> {
        let checkpoint = Checkpoint::find(&self.run, Which::Chosen)?.checkpoint;
        let (theirs, ours) = (&self.manifest.layer_sizes, &prepared.layer_sizes);
        if theirs[1..theirs.len() - 1] != ours[1..ours.len() - 1] {
            return Err(self.unfit(&format!(
                "its network has layers of {theirs:?} units, this one of {ours:?}: the hidden ones must be equal"
            )));
        }
        let inputs = self.inputs(prepared)?;
        let classes = self.outputs(prepared)?;
        let config = &prepared.config;
        let mut network = Network::initial(&config.model, ours, config.seed);
        let old = &checkpoint.network.layers;
        let last = network.layers.len() - 1;
        for (number, (layer, old)) in network.layers.iter_mut().zip(old).enumerate() {
            let all_inputs = Matching::identity(layer.inputs());
            let all_outputs = Matching::identity(layer.outputs());
            let inputs = if number == 0 { &inputs } else { &all_inputs };
            let outputs = if number == last {
                &classes
            } else {
                &all_outputs
            };
            copy(layer, old, inputs, outputs);
        }
        let note = (!inputs.is_identity() || !classes.is_identity()).then(|| {
            let known = match prepared.task() {
                Task::Multiclass => [inputs.note("input"), classes.note("class")].join("; "),
                Task::Regression => inputs.note("input"),
            };
            format!(
                "starting with the weights of {}: {known}",
                self.run.path().display()
            )
        });
        Ok(InitialWeights {
            network,
            sha256: checkpoint.model_sha256(),
            run: self.run,
            note,
        })
    }

    fn unfit(&self, why: &str) -> Error {
        let path = self.run.path().display();
        TrainingError::Unfit(format!("--init-from {path}: {why}")).into()
    }

    /// Matches the inputs: by position if both are the pixels of images of one size, else by name.
    fn inputs(&self, prepared: &Prepared) -> Result<Matching, Error> {
        let schema = &self.manifest.schema;
        let known = self.manifest.preprocessing.input_names(schema);
        let names = prepared.preprocessor.input_names(prepared.schema());
        if same_image(schema, prepared.schema()) && known.len() == names.len() {
            return Ok(Matching::identity(names.len()));
        }
        let matching = Matching::new(&names, &known, true);
        if matching.is_empty() {
            return Err(self.unfit(&format!(
                "none of the inputs has a name that the run knows: they are {}, those of the run {}",
                listed(&names),
                listed(&known)
            )));
        }
        Ok(matching)
    }

    /// Matches the outputs: classes by name; a number is the same if both predict it, or both its logarithm.
    fn outputs(&self, prepared: &Prepared) -> Result<Matching, Error> {
        let (theirs, ours) = (&self.manifest.schema, prepared.schema());
        match (theirs.target_scaling(), ours.target_scaling()) {
            (None, None) => Ok(Matching::new(ours.classes(), theirs.classes(), false)),
            (Some(theirs), Some(ours)) if theirs.transform == ours.transform => {
                Ok(Matching::identity(1))
            }
            (Some(_), Some(_)) => Err(self
                .unfit("its target is transformed otherwise: data.target_transform must be equal")),
            (Some(_), None) => Err(self.unfit("it predicts a number, this training classes")),
            (None, Some(_)) => Err(self.unfit("it predicts classes, this training a number")),
        }
    }

    /// Returns the encodings of a training's columns: those of this run where it has a column of the name and kind, and
    /// the config asks for the same scale and fill as the run's.
    fn preprocessing(&self, prepared: &Prepared) -> Preprocessor {
        let (theirs, schema) = (&self.manifest.preprocessing, &self.manifest.schema);
        let ours = prepared.schema();
        if !theirs.suits(schema) {
            return (*prepared.preprocessor).clone();
        }
        let names = |schema: &Schema| schema.feature_names();
        let columns = if same_image(schema, ours) && schema.columns.len() == ours.columns.len() {
            Matching::identity(ours.columns.len())
        } else {
            Matching::new(&names(ours), &names(schema), true)
        };
        let encoding = |(column, known): (usize, &Option<usize>)| -> Encoding {
            let own = prepared.preprocessor.encoding(column);
            let name = &ours.columns[column].name;
            let kept = known.map(|known| theirs.encoding(known)).filter(|theirs| {
                let is_fitted = !matches!(
                    theirs.rule,
                    EncodingRule::Omitted | EncodingRule::OneHot { .. }
                );
                is_fitted
                    && theirs.suits(&ours.columns[column].kind)
                    && self.config.data.preprocessing_of(name)
                        == prepared.config.data.preprocessing_of(name)
            });
            kept.unwrap_or(own).clone()
        };
        let encodings: Vec<Encoding> = columns.of.iter().enumerate().map(encoding).collect();
        Preprocessor::of_columns(&encodings)
    }
}

/// Returns the training with the preprocessing of the run that it starts from, or of the run that it continues if that
/// one started from another; `None` if it is the training's own. A number to predict keeps its scaling, too.
pub(super) fn with_kept_preprocessing(
    prepared: &Prepared,
    start: &Start,
) -> Result<Option<Prepared>, Error> {
    let (preprocessing, schema) = match start {
        Start::New { init_from, .. } => match init_from {
            Some(path) => {
                let predecessor = Predecessor::open(path)?;
                let preprocessing = predecessor.preprocessing(prepared);
                (preprocessing, predecessor.manifest.schema)
            }
            None => return Ok(None),
        },
        Start::Resume(run) => {
            let manifest = Manifest::read(run)?;
            if manifest.init_from.is_none() || !manifest.preprocessing.suits(prepared.schema()) {
                return Ok(None);
            }
            (manifest.preprocessing, manifest.schema)
        }
    };
    let ours = prepared.schema().target_scaling();
    let scaling = schema
        .target_scaling()
        .filter(|theirs| ours.is_some_and(|ours| ours.transform == theirs.transform));
    let is_other = preprocessing != *prepared.preprocessor || scaling.is_some() && scaling != ours;
    Ok(is_other.then(|| {
        let kept = prepared.clone().with_preprocessor(preprocessing);
        match scaling {
            Some(scaling) => kept.with_target_scaling(scaling),
            None => kept,
        }
    }))
}

fn same_image(one: &Schema, other: &Schema) -> bool {
    one.image.is_some() && one.image == other.image
}

/// Where the inputs or classes of a training are in another network.
struct Matching {
    /// Name of each; empty if they are the same by position.
    names: Vec<String>,
    /// `[names]`, the number of each in the other network, if it has it.
    of: Vec<Option<usize>>,
    /// Names that only the other network has.
    unused: Vec<String>,
}

impl Matching {
    fn identity(count: usize) -> Self {
        Self {
            names: Vec::new(),
            of: (0..count).map(Some).collect(),
            unused: Vec::new(),
        }
    }

    /// Matches equal names; if `loosely` also those that differ in case and in blanks at their ends only.
    fn new(names: &[String], known: &[String], loosely: bool) -> Self {
        let exact: HashMap<&str, usize> = known.iter().map(String::as_str).zip(0..).collect();
        let (known_loosely, names_loosely) = (by_loose_name(known), by_loose_name(names));
        let find = |name: &String| {
            let like = || {
                let name = loose(name);
                let is_clear = loosely && names_loosely.get(&name)?.is_some();
                known_loosely
                    .get(&name)
                    .copied()
                    .flatten()
                    .filter(|_| is_clear)
            };
            exact.get(name.as_str()).copied().or_else(like)
        };
        let of: Vec<Option<usize>> = names.iter().map(find).collect();
        let used: HashSet<usize> = of.iter().flatten().copied().collect();
        let unused = known.iter().enumerate();
        Self {
            names: names.to_vec(),
            unused: unused
                .filter(|(number, _)| !used.contains(number))
                .map(|(_, name)| name.clone())
                .collect(),
            of,
        }
    }

    fn is_empty(&self) -> bool {
        self.of.iter().all(Option::is_none)
    }

    fn is_identity(&self) -> bool {
        let in_order = self.of.iter().enumerate();
        self.unused.is_empty() && in_order.into_iter().all(|(own, other)| *other == Some(own))
    }

    /// Describes the matching of `thing`s.
    fn note(&self, thing: &str) -> String {
        let plural = if thing.ends_with('s') { "es" } else { "s" };
        let new = self.of.iter().zip(&self.names);
        let new: Vec<String> = new
            .filter(|(other, _)| other.is_none())
            .map(|(_, name)| name.clone())
            .collect();
        let mut text = format!(
            "{} of {} {thing}{plural} matched by name",
            self.of.len() - new.len(),
            self.of.len()
        );
        if !new.is_empty() {
            text += &format!(", new and starting afresh: {}", listed(&new));
        }
        if !self.unused.is_empty() {
            text += &format!(", no longer there: {}", listed(&self.unused));
        }
        text
    }
}

/// Returns a name without what may differ between files.
fn loose(name: &str) -> String {
    name.trim().to_lowercase()
}

/// Returns the number of each loose name; `None` for one that several names have.
fn by_loose_name(names: &[String]) -> HashMap<String, Option<usize>> {
    let mut numbers = HashMap::new();
    for (number, name) in names.iter().enumerate() {
        let of_name = numbers.entry(loose(name)).or_insert(Some(number));
        if *of_name != Some(number) {
            *of_name = None;
        }
    }
    numbers
}

/// Lists names, the first of many.
fn listed(names: &[String]) -> String {
    let shown: Vec<String> = names
        .iter()
        .take(MAX_NAMES)
        .map(|name| format!("`{name}`"))
        .collect();
    match names.len().saturating_sub(MAX_NAMES) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// Copies the weights between inputs and outputs that another layer has, and the biases of those outputs.
fn copy(layer: &mut Layer, old: &Layer, inputs: &Matching, outputs: &Matching) {
    let (width, old_width) = (layer.outputs(), old.outputs());
    for (output, old_output) in outputs.of.iter().enumerate() {
        let Some(old_output) = *old_output else {
            continue;
        };
        layer.bias[output] = old.bias[old_output];
        for (input, old_input) in inputs.of.iter().enumerate() {
            if let Some(old_input) = *old_input {
                layer.weight[input * width + output] =
                    old.weight[old_input * old_width + old_output];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn names_are_matched_in_any_order_and_case() {
        let matching = Matching::new(&names("b A new"), &names("a b gone"), true);
        assert_eq!(matching.of, [Some(1), Some(0), None]);
        assert_eq!(
            matching.note("input"),
            "2 of 3 inputs matched by name, new and starting afresh: `new`, no longer there: `gone`"
        );
        let strict = Matching::new(&names("b A"), &names("a b"), false);
        assert_eq!(strict.of, [Some(1), None]);
        let unclear = Matching::new(&names("A x"), &names("a a\u{a0} x"), true);
        assert_eq!(unclear.of, [None, Some(2)]);
        assert!(Matching::new(&names("a b"), &names("a b"), true).is_identity());
        assert!(!Matching::new(&names("a b"), &names("b a"), true).is_identity());
    }

    #[test]
    fn weights_follow_their_inputs_and_outputs() {
        let old = Layer {
            weight: vec![1.0, 2.0, 3.0, 4.0], // 2 inputs × 2 outputs
            bias: vec![5.0, 6.0],
        };
        let mut layer = Layer {
            weight: vec![0.0; 6], // 3 inputs × 2 outputs
            bias: vec![0.0; 2],
        };
        let inputs = Matching::new(&names("b new a"), &names("a b"), true);
        let classes = Matching::new(&names("z x"), &names("x y"), false);
        copy(&mut layer, &old, &inputs, &classes);
        assert_eq!(layer.weight, [0.0, 3.0, 0.0, 0.0, 0.0, 1.0]);
        assert_eq!(layer.bias, [0.0, 5.0]);
    }
}
