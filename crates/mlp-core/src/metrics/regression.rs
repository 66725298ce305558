//! Errors of predicted numbers.

use serde::{Deserialize, Serialize};

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
/// `median_absolute_error`.
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
    /// The rows with the largest absolute errors, in descending order; limited in number.
    #[serde(default)]
    pub largest_errors: Vec<ValueRow>,
}

impl RegressionReport {
    /// Computes the metrics of predicted rows and their mean loss. `mean` is that of the training rows, if it is known.
    ///
    /// `largest_errors` is left empty.
    #[must_use]
    pub fn new(rows: &[ValueRow], loss: f64, mean: Option<f64>) -> Self {
        let count = rows.len().max(1) as f64;
        let mean_of = |of: &dyn Fn(&ValueRow) -> f64| rows.iter().map(of).sum::<f64>() / count;
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
        Self {
            loss,
            rmse: squared.sqrt(),
            mae: mean_of(&|row| row.error().abs()),
            r2: (rows.len() > 1).then_some(r2),
            median_absolute_error: median(rows.iter().map(|row| row.error().abs()).collect()),
            baseline_rmse: baseline.map(|(squared, _)| squared.sqrt()),
            baseline_mae: baseline.map(|(_, absolute)| absolute),
            rows: rows.len() as u64,
            largest_errors: Vec::new(),
        }
    }
}

/// Returns the median; 0 of no values.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => 0.0,
        count => f64::midpoint(values[(count - 1) / 2], values[count / 2]),
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
        let r2 = |pairs: &[(f64, f64)]| RegressionReport::new(&rows(pairs), 0.0, None).r2;
        assert_eq!(r2(&[(2.0, 2.0), (2.0, 2.0)]), Some(1.0));
        assert_eq!(r2(&[(2.0, 2.0), (2.0, 2.5)]), Some(0.0));
        assert_eq!(r2(&[(2.0, 2.0)]), None);
        let none = RegressionReport::new(&[], 0.0, Some(1.0));
        assert_eq!(
            (none.rmse, none.median_absolute_error, none.rows),
            (0.0, 0.0, 0)
        );
    }
}
