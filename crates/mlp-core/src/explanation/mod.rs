//! What the predictions of a model depend on: the importance of each column, the partial dependence of the most
//! important ones, and the effects of columns on single predictions.

mod importance;
mod occlusion;
mod partial_dependence;
mod rows;

pub use importance::{ColumnImportance, Repeated};
pub use occlusion::{ColumnEffect, Occlusion};
pub use partial_dependence::{Curve, Grid, PartialDependence};

use serde::{Deserialize, Serialize};

use crate::error::RunError;
use crate::model::{Model, Predictor};
use crate::network::parameter_counts;
use crate::run::{RunDirectory, Split};
use crate::task::{Metric, Scores};
use mlp_data::Dataset;
use mlp_data::random::{Purpose, Stream};
use rows::EditableRows;

/// Maximum number of rows whose values are shuffled.
pub const MAX_ROWS: usize = 5000;
/// Number of times that each column is shuffled, unless another is asked for.
pub const REPETITIONS: usize = 5;
/// Maximum number of times that each column is shuffled.
pub const MAX_REPETITIONS: usize = 1000;
/// Index of the stream that chooses the rows; those of columns are smaller.
const CHOICE_OF_ROWS: u64 = u64::MAX;

/// Why a model cannot be explained.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExplanationError {
    /// The columns are pixels.
    #[error(
        "the columns are the pixels of an image of {height} × {width}, and no single pixel means anything"
    )]
    Pixels {
        /// Rows of pixels.
        height: usize,
        /// Pixels in a row.
        width: usize,
    },
    /// A prediction left the range of 32 bits.
    #[error(
        "the loss is not finite{}",
        .column.as_ref().map_or_else(String::new, |name| format!(" when the values of column `{name}` are shuffled"))
    )]
    NotFinite {
        /// The column that was shuffled; `None` if the rows were as they are.
        column: Option<String>,
    },
}

/// Rows of a data set.
#[derive(Clone, Copy, Debug)]
pub struct RowSelection<'a> {
    /// The data set.
    pub dataset: &'a Dataset,
    /// Numbers of the rows.
    pub rows: &'a [u32],
}

/// How a model is explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExplanationOptions {
    /// Seed of the chosen rows and of the shuffled values.
    pub seed: u64,
    /// Number of times that each column is shuffled, from 1 to [`MAX_REPETITIONS`].
    pub repetitions: usize,
    /// Maximum number of rows, at least 1; of more, a sample is drawn.
    pub max_rows: usize,
}

impl ExplanationOptions {
    /// Returns the usual options.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self {
            seed,
            repetitions: REPETITIONS,
            max_rows: MAX_ROWS,
        }
    }
}

/// Contents of `explanation.json`: what the predictions of a run depend on.
///
/// An importance is how much worse the predictions become when the values of a column are shuffled among the rows, which
/// leaves the distribution of the column as it is and breaks its relation to the target (Breiman 2001, "Random
/// forests"; for any model Fisher, Rudin and Dominici 2019, "All models are wrong, but many are useful"). A column
/// appears less important than it is if other columns hold the same information.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// Format version.
    pub format: u32,
    /// Step of the explained checkpoint.
    pub step: u64,
    /// Seed of the chosen rows and of the shuffled values.
    pub seed: u64,
    /// Number of times that each column was shuffled.
    pub repetitions: usize,
    /// Split of the rows; `None` for the rows of another file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<Split>,
    /// Number of rows whose values were shuffled.
    pub rows: usize,
    /// Number of rows from which these were drawn.
    pub available_rows: usize,
    /// The metric next to the loss: accuracy, or RMSE where numbers are predicted.
    pub metric: Metric,
    /// Loss and metric of the rows as they are.
    pub scores: Scores,
    /// Importance of each column, the largest mean rise of the loss first.
    pub columns: Vec<ColumnImportance>,
    /// Partial dependence of the most important columns, in the same order.
    pub partial_dependence: Vec<PartialDependence>,
}

impl Explanation {
    /// Format version that this program reads and writes.
    pub const FORMAT: u32 = 1;

    /// Explains a model by its predictions of labelled rows. `training` are the rows that the grids of the partial
    /// dependence and the most frequent classes are taken from.
    ///
    /// The result depends on the options, the rows and the model alone, and on no number of threads.
    ///
    /// # Errors
    /// If the columns are pixels, or a prediction is not finite.
    ///
    /// # Panics
    /// If there are no rows, or they have no target or other columns than the model.
    pub fn new(
        predictor: &mut dyn Predictor,
        step: u64,
        explained: RowSelection,
        training: RowSelection,
        options: ExplanationOptions,
    ) -> Result<Self, ExplanationError> {
        refuse_pixels(predictor.model())?;
        let mut order = Stream::new(options.seed, Purpose::Explanation, CHOICE_OF_ROWS)
            .permutation(explained.rows.len());
        order.truncate(options.max_rows);
        let chosen: Vec<u32> = order
            .into_iter()
            .map(|at| explained.rows[at as usize])
            .collect();
        let mut rows = EditableRows::new(explained.dataset, &chosen);
        let (scores, columns) = importance::of_columns(predictor, &mut rows, options)?;
        let metric = importance::headline(predictor.model());
        let partial_dependence =
            partial_dependence::of_most_important(predictor, &mut rows, training, &columns);
        Ok(Self {
            format: Self::FORMAT,
            step,
            seed: options.seed,
            repetitions: options.repetitions,
            split: None,
            rows: chosen.len(),
            available_rows: explained.rows.len(),
            metric,
            scores,
            columns,
            partial_dependence,
        })
    }

    /// Reads a run's explanation; `None` if the run has none.
    ///
    /// # Errors
    /// If the file is damaged or has another format version.
    pub fn read(run: &RunDirectory) -> Result<Option<Self>, RunError> {
        let path = run.explanation();
        if !path.exists() {
            return Ok(None);
        }
        let explanation: Self = crate::run::read_json(&path, Self::FORMAT)?;
        let fits = explanation
            .partial_dependence
            .iter()
            .all(PartialDependence::is_consistent);
        if fits {
            return Ok(Some(explanation));
        }
        Err(RunError::Damaged {
            path,
            cause: "the grid and the curves of a partial dependence do not fit together".to_owned(),
        })
    }

    /// Writes the explanation into a run.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&self, run: &RunDirectory) -> Result<(), RunError> {
        crate::run::write_json(&run.explanation(), self)
    }

    /// Returns the number of predictions that an explanation of `rows` rows takes.
    #[must_use]
    pub fn predictions(model: &Model, rows: usize, repetitions: usize) -> u64 {
        let shuffled = columns_with_inputs(model).count() * repetitions * rows;
        (shuffled + partial_dependence::max_predictions(rows)) as u64
    }
}

/// Number of multiplications that a prediction takes at most.
#[must_use]
pub fn work_per_prediction(model: &Model) -> u64 {
    parameter_counts(&model.network.sizes())
        .iter()
        .sum::<usize>() as u64
}

/// Checks that the columns of a model are not pixels.
///
/// # Errors
/// If they are.
pub fn refuse_pixels(model: &Model) -> Result<(), ExplanationError> {
    match model.schema.image {
        None => Ok(()),
        Some(image) => Err(ExplanationError::Pixels {
            height: image.height,
            width: image.width,
        }),
    }
}

/// Returns the columns that become inputs: the others change no prediction.
fn columns_with_inputs(model: &Model) -> impl Iterator<Item = usize> {
    (0..model.features()).filter(|column| model.preprocessor.encoding(*column).width() > 0)
}
