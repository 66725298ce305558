//! Effects of columns on single predictions, by occlusion.

use super::rows::{EditableRows, Substitute};
use super::{ExplanationError, columns_with_inputs, refuse_pixels};
use crate::model::{ClassPrediction, Model, Predictions, Predictor};
use mlp_data::options::ScaleKind;
use mlp_data::{Dataset, Encoding, EncodingRule};

/// Effect of a column on the prediction of a row: the prediction less that of the row in which the column has its typical
/// value, see [`Occlusion`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ColumnEffect {
    /// Number of the column in the schema.
    pub column: usize,
    /// In the log-odds of the predicted class, ln p / (1 − p), or in the predicted number.
    pub effect: f64,
}

/// Finds the columns that single predictions depend on most: each column in turn takes its typical value (occlusion;
/// Zeiler and Fergus 2014, "Visualizing and understanding convolutional networks", section 4.2).
///
/// Typical is what the preprocessor makes of an empty cell: the median or whatever else `data.missing` fills in, no
/// category, the middle between true and false. Where it refuses empty cells, the centre of the scaling takes that place,
/// or the middle of the training rows' range. Effects need not sum to anything, because columns act together.
#[derive(Debug)]
pub struct Occlusion {
    /// Columns with inputs, and their typical values as rows store them.
    columns: Vec<(usize, f64)>,
    /// Maximum number of effects of a row.
    count: usize,
}

impl Occlusion {
    /// Prepares to find up to `count` columns a row.
    ///
    /// # Errors
    /// If the columns are pixels.
    pub fn new(model: &Model, count: usize) -> Result<Self, ExplanationError> {
        refuse_pixels(model)?;
        let typical = |column| (column, typical_value(model.preprocessor.encoding(column)));
        Ok(Self {
            columns: columns_with_inputs(model).map(typical).collect(),
            count,
        })
    }

    /// Returns the largest effects of each row, by their size, without those that are 0 or not finite. `predictions` are
    /// those of all rows.
    pub fn effects(
        &self,
        predictor: &mut dyn Predictor,
        dataset: &Dataset,
        predictions: &Predictions,
    ) -> Vec<Vec<ColumnEffect>> {
        let all = dataset.all_rows();
        let mut rows = EditableRows::new(dataset, &all);
        let mut found = vec![Vec::with_capacity(self.count + 1); all.len()];
        for &(column, typical) in &self.columns {
            let without = rows.with_column(column, Substitute::Constant(typical), |rows| {
                predictor.predict(rows, &all)
            });
            for (row, largest) in found.iter_mut().enumerate() {
                let effect = difference(predictions, &without, row);
                if effect.is_finite() && effect != 0.0 {
                    self.insert(largest, ColumnEffect { column, effect });
                }
            }
        }
        found
    }

    /// Keeps the largest effects, in descending order of their sizes.
    fn insert(&self, largest: &mut Vec<ColumnEffect>, new: ColumnEffect) {
        let is_larger = |other: &ColumnEffect| other.effect.abs() >= new.effect.abs();
        let place = largest.partition_point(is_larger);
        largest.insert(place, new);
        largest.truncate(self.count);
    }
}

/// Returns by how much the prediction of a row is above another one of it.
fn difference(with: &Predictions, without: &Predictions, row: usize) -> f64 {
    match (with, without) {
        (Predictions::Classes(with), Predictions::Classes(without)) => {
            let class = with[row].class as usize;
            log_odds(&with[row], class) - log_odds(&without[row], class)
        }
        (with, without) => with.values()[row] - without.values()[row],
    }
}

/// Returns ln p / (1 − p) of a class, exact for probabilities close to 1, too.
fn log_odds(prediction: &ClassPrediction, class: usize) -> f64 {
    let others = prediction.logits.iter().enumerate();
    let others = others.filter(|(number, _)| *number != class);
    let scaled = |logit: f32| f64::from(logit) / prediction.temperature;
    let others: Vec<f64> = others.map(|(_, logit)| scaled(*logit)).collect();
    let largest = others.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = others.iter().map(|other| libm::exp(other - largest)).sum();
    scaled(prediction.logits[class]) - (largest + libm::log(sum))
}

/// Returns the typical value of a column, as rows store it.
fn typical_value(encoding: &Encoding) -> f64 {
    let middle = || {
        let range = encoding.range();
        range.map_or(0.0, |[minimum, maximum]| f64::midpoint(minimum, maximum))
    };
    let number = |fill: Option<f64>, method, center| match (fill, method) {
        (Some(value), _) => value,
        (None, ScaleKind::Standard | ScaleKind::Robust) => center,
        (None, _) => middle(),
    };
    match &encoding.rule {
        EncodingRule::Number(numeric) => {
            let fill = numeric.fill.map(|fill| f64::from(fill.value));
            number(fill, numeric.method, numeric.center.into())
        }
        EncodingRule::Wide(numeric) => {
            let fill = numeric.fill.map(|fill| fill.value);
            number(fill, numeric.method, numeric.center)
        }
        EncodingRule::Date(date) => date.fill.map_or_else(middle, |fill| fill.value),
        EncodingRule::Boolean | EncodingRule::OneHot { .. } | EncodingRule::Omitted => f64::NAN,
    }
}
