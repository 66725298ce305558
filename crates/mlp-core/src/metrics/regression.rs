//! Errors of predicted numbers.

use serde::{Deserialize, Serialize};

use crate::task::Metric;

/// A row and the number predicted for it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ValueRow {
    /// Row number in the data set, counted from 0.
    pub row: u32,
    /// True value, in the unit of the file.
    pub label: f64,
    /// Predicted value.
    pub prediction: f64,
}

impl ValueRow {
    /// Returns the predicted value less the true one.
    #[must_use]
    pub fn error(&self) -> f64 {
        self.prediction - self.label
    }
}

/// Metrics of a split, in the unit of the file but for the loss.
///
/// All are those of scikit-learn's `root_mean_squared_error`, `mean_absolute_error`, `r2_score` and
/// `median_absolute_error`, with the weights of the rows as `sample_weight`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RegressionReport {
    /// Mean loss of a row as the training minimises it, of standardised targets.
    pub loss: f64,
    /// Root of the mean squared error.
    pub rmse: f64,
    /// Mean absolute error.
    pub mae: f64,
    /// `1 − Σ(y − ŷ)² / Σ(y − ȳ)²`; where all rows have the same value, 1 if they are predicted exactly, else 0. `None` of
    /// fewer than two rows.
    pub r2: Option<f64>,
    /// Median absolute error: the mean of the two in the middle of an even number of rows.
    pub median_absolute_error: f64,
    /// RMSE of always predicting the mean of the training rows; `None` if that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline_rmse: Option<f64>,
    /// Mean absolute error of the same; `None` if that mean is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline_mae: Option<f64>,
    /// Number of evaluated rows.
    pub rows: u64,
    /// Sum of the weights of the rows, which all metrics take into account; `None` if they have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<f64>,
    /// The rows with the largest absolute errors, in descending order; limited in number.
    #[serde(default)]
    pub largest_errors: Vec<ValueRow>,
}

impl RegressionReport {
    /// Computes the metrics of predicted rows with these weights, 1 each without them, and their mean loss. `mean` is that of
    /// the training rows, if it is known.
    ///
    /// `largest_errors` is left empty.
    ///
    /// # Panics
    /// If there are fewer weights than rows.
    #[must_use]
    pub fn new(rows: &[ValueRow], weights: Option<&[f64]>, loss: f64, mean: Option<f64>) -> Self {
        let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
        let total: f64 = (0..rows.len()).map(weight).sum();
        let total = if rows.is_empty() { 1.0 } else { total };
        let mean_of = |of: &dyn Fn(&ValueRow) -> f64| {
            let rows = rows.iter().enumerate();
            rows.map(|(index, row)| weight(index) * of(row))
                .sum::<f64>()
                / total
        };
        let squared = mean_of(&|row| row.error() * row.error());
        let distances = |from: f64| {
            let squared = mean_of(&|row| (row.label - from) * (row.label - from));
            (squared, mean_of(&|row| (row.label - from).abs()))
        };
        let first = rows.first().map_or(0.0, |row| row.label);
        let own_mean = first + mean_of(&|row| row.label - first);
        let (variance, _) = distances(own_mean);
        let r2 = if variance > 0.0 {
            1.0 - squared / variance
        } else {
            f64::from(u8::from(squared == 0.0))
        };
        let baseline = mean.map(distances);
        let errors = rows.iter().enumerate();
        let errors = errors.map(|(index, row)| (row.error().abs(), weight(index)));
        Self {
            loss,
            rmse: squared.sqrt(),
            mae: mean_of(&|row| row.error().abs()),
            r2: (rows.len() > 1).then_some(r2),
            median_absolute_error: median(errors.collect()),
            baseline_rmse: baseline.map(|(squared, _)| squared.sqrt()),
            baseline_mae: baseline.map(|(_, absolute)| absolute),
            rows: rows.len() as u64,
            weight: weights.map(|weights| weights.iter().sum()),
            largest_errors: Vec::new(),
        }
    }

    /// Returns a metric; `None` if the rows do not define it, or it is one of classes.
    #[must_use]
    pub fn value(&self, metric: Metric) -> Option<f64> {
        match metric {
            _ if self.rows == 0 => None,
            Metric::Loss => Some(self.loss),
            Metric::Rmse => Some(self.rmse),
            Metric::Mae => Some(self.mae),
            Metric::R2 => self.r2,
            Metric::MedianAbsoluteError => Some(self.median_absolute_error),
            Metric::LogLoss
            | Metric::Accuracy
            | Metric::BalancedAccuracy
            | Metric::Precision
            | Metric::Recall
            | Metric::F1
            | Metric::RocAuc
            | Metric::AveragePrecision
            | Metric::Brier
            | Metric::Mcc
            | Metric::Top2Accuracy => None,
        }
    }
}

/// Returns the median of values with weights; 0 of no values.
///
/// It is the first value up to which the weights reach half of their sum, and the mean of it and the next where they
/// reach exactly half: with equal weights the mean of the two in the middle of an even number.
fn median(mut values: Vec<(f64, f64)>) -> f64 {
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    let half = values.iter().map(|(_, weight)| weight).sum::<f64>() / 2.0;
    let mut reached = 0.0;
    let middle = values.iter().position(|(_, weight)| {
        reached += weight;
        reached >= half
    });
    let Some(middle) = middle else {
        return 0.0;
    };
    let value = values[middle].0;
    match values.get(middle + 1) {
        // Half exactly, but for the rounding of the sums.
        Some((next, _)) if reached - half <= f64::EPSILON => f64::midpoint(value, *next),
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(pairs: &[(f64, f64)]) -> Vec<ValueRow> {
        let row = |(row, &(label, prediction)): (u32, &(f64, f64))| ValueRow {
            row,
            label,
            prediction,
        };
        (0..).zip(pairs).map(row).collect()
    }

    #[test]
    fn metrics_of_few_rows_are_those_of_their_formulas() {
        let report = RegressionReport::new(
            &rows(&[(3.0, 2.5), (-0.5, 0.0), (2.0, 2.0), (7.0, 8.0)]),
            None,
            0.25,
            Some(1.0),
        );
        assert!((report.rmse - 0.375_f64.sqrt()).abs() < 1e-15);
        assert!((report.mae - 0.5).abs() < 1e-15);
        assert!((report.median_absolute_error - 0.5).abs() < 1e-15);
        assert!((report.r2.unwrap() - 0.948_608_137_044_967_9).abs() < 1e-15);
        assert!((report.baseline_rmse.unwrap() - 10.8125_f64.sqrt()).abs() < 1e-15);
        assert!((report.baseline_mae.unwrap() - 2.625).abs() < 1e-15);
    }

    #[test]
    fn rows_of_one_value_are_explained_wholly_or_not_at_all() {
        let r2 = |pairs: &[(f64, f64)]| RegressionReport::new(&rows(pairs), None, 0.0, None).r2;
        assert_eq!(r2(&[(2.0, 2.0), (2.0, 2.0)]), Some(1.0));
        assert_eq!(r2(&[(2.0, 2.0), (2.0, 2.5)]), Some(0.0));
        assert_eq!(r2(&[(2.0, 2.0)]), None);
        let none = RegressionReport::new(&[], None, 0.0, Some(1.0));
        assert_eq!(
            (none.rmse, none.median_absolute_error, none.rows),
            (0.0, 0.0, 0)
        );
    }
}
