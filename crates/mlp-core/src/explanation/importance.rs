//! Permutation importance: how much worse predictions become when a column is shuffled.

use serde::{Deserialize, Serialize};

use super::rows::{EditableRows, Substitute};
use super::{ExplanationError, ExplanationOptions, columns_with_inputs};
use crate::model::{Model, PREDICTION_BATCH, Predictions, Predictor};
use crate::task::{Direction, Metric, Scores, Task};
use mlp_data::random::{Purpose, Stream};
use mlp_data::{Dataset, TargetScaling};

/// Bits of the index of a stream that number the repetition; those above number the column.
const REPETITION_BITS: u32 = 20;

/// Importance of a column of the table; its inputs are shuffled together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ColumnImportance {
    /// Name of the column.
    pub column: String,
    /// Rise of the mean loss.
    pub loss: Repeated,
    /// Deterioration of the metric: fall of the accuracy, rise of the RMSE.
    pub metric: Repeated,
}

/// A number for each repetition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Repeated {
    /// Mean.
    pub mean: f64,
    /// Standard deviation of the population (division by the number of repetitions).
    pub standard_deviation: f64,
    /// The number of each repetition.
    pub values: Vec<f64>,
}

impl Repeated {
    fn of(values: Vec<f64>) -> Self {
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let squares = values.iter().map(|value| (value - mean).powi(2));
        Self {
            mean,
            standard_deviation: (squares.sum::<f64>() / count).sqrt(),
            values,
        }
    }
}

/// Returns the metric next to the loss.
pub(super) fn headline(model: &Model) -> Metric {
    match model.task() {
        Task::Multiclass => Metric::Accuracy,
        Task::Regression => Metric::Rmse,
    }
}

/// Scores the rows as they are, and returns the importance of each column, the largest first.
pub(super) fn of_columns(
    predictor: &mut dyn Predictor,
    rows: &mut EditableRows,
    options: ExplanationOptions,
) -> Result<(Scores, Vec<ColumnImportance>), ExplanationError> {
    let metric = headline(predictor.model());
    let all = rows.rows().all_rows();
    let not_finite = |column| ExplanationError::NotFinite { column };
    let before = scores(predictor, rows.rows(), &all).ok_or_else(|| not_finite(None))?;
    let names = rows.rows().feature_names();
    let has_inputs: Vec<usize> = columns_with_inputs(predictor.model()).collect();
    let mut columns = Vec::with_capacity(names.len());
    for (column, name) in names.into_iter().enumerate() {
        let mut deteriorations = vec![(0.0, 0.0); options.repetitions];
        if has_inputs.contains(&column) {
            for (repetition, deterioration) in deteriorations.iter_mut().enumerate() {
                let index = (column as u64) << REPETITION_BITS | repetition as u64;
                let order =
                    Stream::new(options.seed, Purpose::Explanation, index).permutation(all.len());
                let after = rows.with_column(column, Substitute::Rows(&order), |rows| {
                    scores(predictor, rows, &all)
                });
                let after = after.ok_or_else(|| not_finite(Some(name.clone())))?;
                let fall = before.metric - after.metric;
                *deterioration = (
                    after.loss - before.loss,
                    match metric.direction() {
                        Direction::Maximize => fall,
                        Direction::Minimize => -fall,
                    },
                );
            }
        }
        let (losses, metrics) = deteriorations.into_iter().unzip();
        columns.push(ColumnImportance {
            column: name,
            loss: Repeated::of(losses),
            metric: Repeated::of(metrics),
        });
    }
    columns.sort_by(|a, b| b.loss.mean.total_cmp(&a.loss.mean)); // stable: equal ones in the table's order
    let scores = [(Metric::Loss, before.loss), (metric, before.metric)];
    Ok((scores.into_iter().collect(), columns))
}

/// Mean loss of rows, and the metric next to it.
#[derive(Clone, Copy)]
struct LossAndMetric {
    loss: f64,
    metric: f64,
}

/// Scores rows; `None` if a prediction is not finite.
fn scores(predictor: &mut dyn Predictor, dataset: &Dataset, rows: &[u32]) -> Option<LossAndMetric> {
    let count = rows.len() as f64;
    let (mut loss, mut right, mut squares) = (0.0, 0_u32, 0.0);
    for batch in rows.chunks(PREDICTION_BATCH) {
        let places = batch.iter().map(|row| *row as usize);
        match predictor.predict(dataset, batch) {
            Predictions::Classes(predictions) => {
                let labels = dataset.labels().unwrap_or_default();
                for (row, prediction) in places.zip(&predictions) {
                    loss += prediction.loss(labels[row]);
                    right += u32::from(prediction.class == labels[row]);
                }
            }
            Predictions::Values(predictions) => {
                let values = dataset.values().unwrap_or_default();
                let model = predictor.model();
                let scaling = model.schema.target_scaling();
                let scaling = scaling.unwrap_or(TargetScaling::IDENTITY); // never: numbers are predicted
                for (row, prediction) in places.zip(predictions) {
                    let error = scaling.scaled(prediction) - scaling.scaled(values[row]);
                    loss += model.loss.of_error(error);
                    squares += (prediction - values[row]).powi(2);
                }
            }
        }
    }
    let loss = loss / count;
    let metric = match headline(predictor.model()) {
        Metric::Accuracy => f64::from(right) / count,
        _ => (squares / count).sqrt(),
    };
    (loss.is_finite() && metric.is_finite()).then_some(LossAndMetric { loss, metric })
}
