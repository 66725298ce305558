//! What is asked of the rows: the `[data]` and `[augment]` sections of a config.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Dataset;

/// `[data]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DataSection {
    /// Training rows: a table as text (CSV and the like), NPY, NPZ, ARFF, or the image file of an IDX pair, also compressed. Relative to the current folder.
    pub train: PathBuf,
    /// Test rows, scored once at the end; left out, there is no test split, unless the training file has test rows (NPZ).
    pub test: Option<PathBuf>,
    /// The label's column: a header name, or a number counted from 0; −1 is the last.
    pub label: LabelColumn,
    /// What is predicted.
    pub task: TaskChoice,
    /// Regression: what is done to the target before it is standardised; predictions are in the units of the file.
    pub target_transform: TargetTransform,
    /// Two classes: the positive one, which a threshold, precision and recall are about. Default: the rarer of the training rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub positive: Option<ClassName>,
    /// Whether the first row holds the names of the columns.
    pub header: HeaderChoice,
    /// The character between cells: `,` `;` `|`, a tab, a blank for runs of blanks, or `auto`.
    pub delimiter: Delimiter,
    /// The decimal sign: `.` `,` or `auto`, which decides from the whole column.
    pub decimal: DecimalSign,
    /// Cells that stand for a missing value. `-` does only where the rest of the column is numbers.
    pub na: Vec<String>,
    /// Columns by name, where what is inferred of them does not fit.
    pub columns: BTreeMap<String, ColumnSetting>,
    /// Most inputs that a column of categories becomes; the rarest categories share the last.
    pub max_categories: usize,
    /// What to do when a file does not exist, tried in order.
    pub if_missing: Vec<IfMissing>,
    /// How numbers are scaled.
    pub scale: ScaleKind,
    /// Bound scaled numbers to ±3 smoothly: x / √(1 + (x/3)²).
    pub smooth_clip: bool,
    /// What an empty cell of a column of numbers becomes.
    pub missing: MissingPolicy,
    /// Share of the training rows held out for validation, 0 is none; or a file of validation rows.
    pub validation: Validation,
    /// Share of the training rows held out for calibration alone: neither trained on nor used to choose the checkpoint. 0 is none; `mlp calibrate` and intervals rest on the validation rows then.
    pub calibration: f64,
    /// Classification: hold out the same share of every class. Default: true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stratified: Option<bool>,
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
    /// Returns the settings of the preprocessing of a column: its own, else those of the section.
    #[must_use]
    pub fn preprocessing_of(&self, column: &str) -> ColumnPreprocessing {
        let own = self.columns.get(column).map(ColumnSetting::table);
        let own = own.unwrap_or_default();
        ColumnPreprocessing {
            scale: own.scale.unwrap_or(self.scale),
            smooth_clip: own.smooth_clip.unwrap_or(self.smooth_clip),
            missing: own.missing.unwrap_or(self.missing),
            indicator: own.indicator.unwrap_or(false),
        }
    }

    /// Returns the section with the settings of preprocessing that depend on the training rows replaced by those that they
    /// come to. Pixels stored as bytes have no empty cells, and nothing to fill them with.
    #[must_use]
    pub fn resolved(&self, rows: &Dataset) -> Self {
        let are_pixels = rows.has_byte_pixels();
        let missing = match self.missing {
            MissingPolicy::Named(MissingPolicyName::Auto) if are_pixels => {
                MissingPolicy::Named(MissingPolicyName::Error)
            }
            missing => missing,
        };
        Self {
            scale: self.scale.resolved(are_pixels),
            missing,
            ..self.clone()
        }
    }

    /// Whether the same share of every class is held out.
    #[must_use]
    pub fn is_stratified(&self) -> bool {
        self.stratified.unwrap_or(true)
    }

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
            task: TaskChoice::Auto,
            target_transform: TargetTransform::None,
            positive: None,
            header: HeaderChoice::default(),
            delimiter: Delimiter::Auto,
            decimal: DecimalSign::Auto,
            na: NA_WORDS.map(str::to_owned).to_vec(),
            columns: BTreeMap::new(),
            max_categories: 100,
            if_missing: vec![IfMissing::Error],
            scale: ScaleKind::Auto,
            smooth_clip: false,
            missing: MissingPolicy::Named(MissingPolicyName::Auto),
            validation: Validation::Share(0.2),
            calibration: 0.0,
            stratified: None,
            split_seed: None,
            limit: 0,
            test_limit: 0,
            synthetic_rows: 10_000,
        }
    }
}

/// What is asked of the preprocessing of a column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ColumnPreprocessing {
    /// How its numbers are scaled.
    pub scale: ScaleKind,
    /// Whether scaled numbers are bounded.
    pub smooth_clip: bool,
    /// What an empty cell becomes.
    pub missing: MissingPolicy,
    /// Whether there is an input for empty cells.
    pub indicator: bool,
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

/// A class by its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ClassName {
    /// A name that is a whole number.
    Number(i64),
    /// Any other name.
    Text(String),
}

impl fmt::Display for ClassName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(formatter, "{number}"),
            Self::Text(text) => formatter.write_str(text),
        }
    }
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

/// How numbers are scaled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScaleKind {
    /// `unit` for the pixels of images, else `standard`.
    #[default]
    Auto,
    /// As they are.
    None,
    /// Divided by 255; values must lie in 0–255.
    Unit,
    /// Less the mean of the training rows, divided by their standard deviation, column by column.
    Standard,
    /// Less the smallest value of the training rows, divided by the distance to the largest, column by column.
    MinMax,
    /// Less the median of the training rows, divided by the distance between their quartiles, column by column.
    Robust,
}

impl ScaleKind {
    /// Returns what `auto` comes to; `are_pixels` says whether rows are the pixels of images, stored as bytes.
    #[must_use]
    pub fn resolved(self, are_pixels: bool) -> Self {
        match self {
            Self::Auto if are_pixels => Self::Unit,
            Self::Auto => Self::Standard,
            scale => scale,
        }
    }
}

/// What an empty cell of a column of numbers becomes.
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
    /// `median`, with a note that counts them; no category and no truth value in columns of these.
    Auto,
    /// An error with row and column.
    Error,
    /// The mean of the column over the training rows.
    Mean,
    /// The median of the column over the training rows.
    Median,
}

/// What is predicted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TaskChoice {
    /// Texts, truth values and few whole numbers are classes, other numbers are predicted as numbers.
    #[default]
    Auto,
    /// One of several classes, whatever the labels look like.
    Classification,
    /// A number.
    Regression,
}

/// What is done to a number to predict before it is standardised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TargetTransform {
    /// Nothing.
    #[default]
    None,
    /// Its natural logarithm is predicted: all targets must be above 0.
    Log,
}

/// Whether the first row of a file holds the names of the columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum HeaderChoice {
    /// Yes or no.
    Known(bool),
    /// Found out from the file.
    Auto(AutoWord),
}

impl Default for HeaderChoice {
    fn default() -> Self {
        Self::Auto(AutoWord::Auto)
    }
}

/// The word `auto`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AutoWord {
    /// Found out from the file.
    Auto,
}

/// The character between cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Delimiter {
    /// Found out from the file.
    #[default]
    #[serde(rename = "auto")]
    Auto,
    /// A comma.
    #[serde(rename = ",")]
    Comma,
    /// A semicolon.
    #[serde(rename = ";")]
    Semicolon,
    /// A tab.
    #[serde(rename = "\t")]
    Tab,
    /// A vertical bar.
    #[serde(rename = "|")]
    Bar,
    /// Runs of blanks.
    #[serde(rename = " ")]
    Blanks,
}

/// The decimal sign of numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum DecimalSign {
    /// Decided from the whole column.
    #[default]
    #[serde(rename = "auto")]
    Auto,
    /// 1,234.5
    #[serde(rename = ".")]
    Point,
    /// 1.234,5
    #[serde(rename = ",")]
    Comma,
}

/// Where the validation rows come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Validation {
    /// This share of the training rows; 0 is none.
    Share(f64),
    /// A file of their own.
    File(PathBuf),
}

impl Validation {
    /// Returns the share of the training rows that is held out; 0 if the rows come from a file.
    #[must_use]
    pub const fn share(&self) -> f64 {
        match self {
            Self::Share(share) => *share,
            Self::File(_) => 0.0,
        }
    }

    /// Returns the file of the rows, if they have one.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::Share(_) => None,
            Self::File(path) => Some(path),
        }
    }

    /// Whether there are any validation rows.
    #[must_use]
    pub fn is_some(&self) -> bool {
        *self != Self::Share(0.0)
    }
}

/// Cells that stand for a missing value unless a config says otherwise.
pub const NA_WORDS: [&str; 13] = [
    "", "NA", "N/A", "n/a", "#N/A", "<NA>", "nan", "NaN", "NULL", "null", "None", "?", "-",
];

/// What a config says of a column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ColumnSetting {
    /// Its kind.
    Kind(KindWord),
    /// Its role; without a kind it is no input.
    Role(RoleWord),
    /// Several settings.
    Table(ColumnTable),
}

/// Settings of a column; what is left out is inferred, or that of `[data]`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ColumnTable {
    /// What its cells hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<KindWord>,
    /// What it is for; a column with a kind and a role is an input too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<RoleWord>,
    /// How its numbers are scaled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale: Option<ScaleKind>,
    /// Bound its scaled numbers to ±3 smoothly.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smooth_clip: Option<bool>,
    /// What an empty cell becomes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<MissingPolicy>,
    /// Add an input that is 1 where the cell is empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub indicator: Option<bool>,
    /// Most inputs that its categories become.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_categories: Option<usize>,
    /// Its cells that stand for a missing value, besides `data.na`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub na: Option<Vec<String>>,
}

/// What the cells of a column hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum KindWord {
    /// Real numbers.
    Number,
    /// Yes or no.
    Boolean,
    /// One of several texts, which numbers are taken for too.
    Category,
    /// Points in time.
    Date,
}

/// What a column is for, if it is not, or not only, an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RoleWord {
    /// Nothing.
    Ignore,
    /// It identifies the row.
    Id,
    /// All rows with the same value go to the same side of any split.
    Group,
    /// The newest rows are held out.
    Time,
    /// It weighs the row.
    RowWeight,
}

impl ColumnSetting {
    /// Returns the settings as a table.
    #[must_use]
    pub fn table(&self) -> ColumnTable {
        let table = ColumnTable::default();
        match self {
            Self::Kind(kind) => ColumnTable {
                kind: Some(*kind),
                ..table
            },
            Self::Role(role) => ColumnTable {
                role: Some(*role),
                ..table
            },
            Self::Table(table) => table.clone(),
        }
    }
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
