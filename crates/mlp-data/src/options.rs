//! What is asked of the rows: the `[data]` and `[augment]` sections of a config.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `[data]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DataSection {
    /// Training rows: `.csv`, `.csv.gz`, or the image file of an IDX pair. Relative to the current folder.
    pub train: PathBuf,
    /// Test rows, scored once at the end; left out, there is no test split.
    pub test: Option<PathBuf>,
    /// The label's column: a header name, or a number counted from 0; −1 is the last.
    pub label: LabelColumn,
    /// What to do when a file does not exist, tried in order.
    pub if_missing: Vec<IfMissing>,
    /// How values are scaled.
    pub scale: ScaleKind,
    /// What an empty cell becomes.
    pub missing: MissingPolicy,
    /// Share of the training rows held out for validation; 0 is none.
    pub validation: f64,
    /// Hold out the same share of every class.
    pub stratified: bool,
    /// Seed of the split and of generated rows. Default: `seed`. Trainings with several seeds share it to be judged on the same rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub split_seed: Option<u64>,
    /// Use the first so many training rows, before the split; 0 is all.
    pub limit: usize,
    /// Use the first so many test rows; 0 is all.
    pub test_limit: usize,
    /// Number of rows that a generator makes in place of a missing training file.
    pub synthetic_rows: usize,
}

impl DataSection {
    /// The seed that draws the split and generated rows, in a config with this `seed`.
    #[must_use]
    pub fn rows_seed(&self, seed: u64) -> u64 {
        self.split_seed.unwrap_or(seed)
    }
}

impl Default for DataSection {
    fn default() -> Self {
        Self {
            train: "data/mnist_train.csv".into(),
            test: None,
            label: LabelColumn::Name("label".to_owned()),
            if_missing: vec![IfMissing::Error],
            scale: ScaleKind::Unit,
            missing: MissingPolicy::Named(MissingPolicyName::Error),
            validation: 0.2,
            stratified: true,
            split_seed: None,
            limit: 0,
            test_limit: 0,
            synthetic_rows: 10_000,
        }
    }
}

/// A column by header name or by number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum LabelColumn {
    /// Counted from 0; negative from the end, −1 is the last.
    Index(i64),
    /// Name in the header.
    Name(String),
}

/// What to do when a data file does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum IfMissing {
    /// Stop.
    Error,
    /// Fetch MNIST.
    Download,
    /// Draw the built-in digits.
    Digits,
    /// Draw the three classes of sums of normal features.
    GaussianSum,
}

/// How values are scaled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ScaleKind {
    /// As they are.
    None,
    /// Divided by 255; values must lie in 0–255.
    Unit,
    /// Less the mean of the training rows, divided by their standard deviation, column by column.
    Standard,
}

/// What an empty cell becomes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum MissingPolicy {
    /// A policy by name.
    Named(MissingPolicyName),
    /// This number.
    Number(f32),
}

/// A policy for empty cells that has a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum MissingPolicyName {
    /// An error with row and column.
    Error,
    /// The mean of the column over the training rows.
    Mean,
}

/// `[augment]`: each training row is deformed anew in each epoch. Validation and test rows never are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AugmentSection {
    /// Most pixels that a picture is moved by, along each axis.
    pub shift: f64,
    /// Most degrees that a picture is turned by, either way.
    pub rotate: f64,
    /// Largest share by which a picture grows or shrinks, along each axis.
    pub scale: f64,
    /// Most degrees that upright strokes are slanted by, either way.
    pub shear: f64,
    /// A smooth random displacement of each pixel (Simard et al. 2003).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub elastic: Option<ElasticTable>,
}

/// How strongly and how smoothly pixels are displaced.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ElasticTable {
    /// Displacement in pixels before it is smoothed, which leaves a small part of it; 0 is off.
    pub alpha: f64,
    /// Standard deviation, in pixels, of the Gaussian that smooths.
    pub sigma: f64,
}
