//! Partial dependence: the mean prediction as a function of one column.

use serde::{Deserialize, Serialize};

use super::rows::{EditableRows, Substitute};
use super::{ColumnImportance, RowSelection, columns_with_inputs};
use crate::model::{Predictions, Predictor};
use mlp_data::{Column, ColumnKind, TargetColumn};

/// Maximum number of columns.
const COLUMNS: usize = 6;
/// Maximum number of values of a column.
const GRID: usize = 20;
/// Maximum number of rows that the mean is taken of.
const MAX_ROWS: usize = 1000;
/// Maximum number of classes; of more, the most frequent ones are shown.
const CLASSES: usize = 5;
/// Share of the training rows that lie below the first value of a grid and above its last.
const TAIL: f64 = 0.01;
/// Shares of the rows whose predictions lie below the two ends of the spread.
const SPREAD: [f64; 2] = [0.1, 0.9];

/// The mean prediction when all rows have the same value of a column, as a function of that value (Friedman 2001,
/// "Greedy function approximation: a gradient boosting machine", section 8.2), and the spread of the single predictions
/// (individual conditional expectations; Goldstein, Kapelner, Bleich and Pitkin 2015, "Peeking inside the black box").
///
/// Where columns are correlated, it includes rows that do not occur.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PartialDependence {
    /// Name of the column.
    pub column: String,
    /// Values of the column.
    pub grid: Grid,
    /// Number of categories that are not in the grid, because others are more frequent.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub omitted: usize,
    /// Number of rows that the means are taken of.
    pub rows: usize,
    /// A curve for each class, or one where numbers are predicted.
    pub curves: Vec<Curve>,
}

/// Values of a column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "values", rename_all = "lowercase")]
pub enum Grid {
    /// Numbers in ascending order: quantiles of the training rows.
    Number(Vec<f64>),
    /// Points in time in ascending order, in seconds since 1970-01-01T00:00:00Z.
    Date(Vec<f64>),
    /// Categories or truth values.
    Category(Vec<String>),
}

/// Predictions as a function of the values of a column, `[grid]` each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// The class whose probability is predicted; `None` for numbers, which are in the unit of the training file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// Mean of the predictions.
    pub mean: Vec<f64>,
    /// The value below which a tenth of the predictions lies.
    pub low: Vec<f64>,
    /// The value above which a tenth of the predictions lies.
    pub high: Vec<f64>,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde asks for a reference
const fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl Grid {
    /// Number of values.
    #[must_use]
    pub const fn len(&self) -> usize {
        match self {
            Self::Number(values) | Self::Date(values) => values.len(),
            Self::Category(names) => names.len(),
        }
    }

    /// Whether there is no value.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl PartialDependence {
    /// Whether all curves have a number for each value of the grid.
    pub(super) fn is_consistent(&self) -> bool {
        let lengths = |curve: &Curve| [curve.mean.len(), curve.low.len(), curve.high.len()];
        let mut all = self.curves.iter().flat_map(lengths);
        !self.grid.is_empty() && all.all(|length| length == self.grid.len())
    }
}

/// Values of a column as rows store them, and as a reader sees them.
struct Values {
    stored: Vec<f64>,
    grid: Grid,
    omitted: usize,
}

/// Maximum number of predictions of [`of_most_important`].
pub(super) fn max_predictions(rows: usize) -> usize {
    COLUMNS * GRID * rows.min(MAX_ROWS)
}

/// Returns the partial dependence of the columns with the largest importance. Columns that have only one value in the
/// training rows are passed over, and those of which a prediction is not finite.
pub(super) fn of_most_important(
    predictor: &mut dyn Predictor,
    rows: &mut EditableRows,
    training: RowSelection,
    importances: &[ColumnImportance],
) -> Vec<PartialDependence> {
    let names = rows.rows().feature_names();
    let has_inputs: Vec<usize> = columns_with_inputs(predictor.model()).collect();
    let classes = shown_classes(&predictor.model().schema.target, training);
    let mut found = Vec::new();
    for importance in importances {
        let column = names.iter().position(|name| *name == importance.column);
        let Some(column) = column.filter(|column| has_inputs.contains(column)) else {
            continue;
        };
        let values = values_of(&predictor.model().schema.columns[column], column, training);
        if values.stored.len() < 2 {
            continue;
        }
        found.extend(of_column(predictor, rows, column, values, &classes));
        if found.len() == COLUMNS {
            break;
        }
    }
    found
}

fn of_column(
    predictor: &mut dyn Predictor,
    rows: &mut EditableRows,
    column: usize,
    values: Values,
    classes: &[(usize, String)],
) -> Option<PartialDependence> {
    let mut averaged = rows.rows().all_rows(); // in random order if there are more
    averaged.truncate(MAX_ROWS);
    let empty = |class: Option<&String>| Curve {
        class: class.cloned(),
        mean: Vec::new(),
        low: Vec::new(),
        high: Vec::new(),
    };
    let mut curves: Vec<Curve> = match classes {
        [] => vec![empty(None)],
        classes => classes.iter().map(|(_, name)| empty(Some(name))).collect(),
    };
    for value in &values.stored {
        let predictions = rows.with_column(column, Substitute::Constant(*value), |rows| {
            predictor.predict(rows, &averaged)
        });
        for (number, curve) in curves.iter_mut().enumerate() {
            let mut outcomes: Vec<f64> = match &predictions {
                Predictions::Classes(all) => {
                    let class = classes[number].0;
                    all.iter().map(|one| one.probabilities[class]).collect()
                }
                Predictions::Values(all) => all.clone(),
            };
            let mean = outcomes.iter().sum::<f64>() / outcomes.len() as f64;
            if !mean.is_finite() {
                return None;
            }
            outcomes.sort_by(f64::total_cmp);
            let [low, high] = SPREAD.map(|share| quantile(&outcomes, share));
            curve.mean.push(mean);
            curve.low.push(low);
            curve.high.push(high);
        }
    }
    Some(PartialDependence {
        column: rows.rows().schema.columns[column].name.clone(),
        grid: values.grid,
        omitted: values.omitted,
        rows: averaged.len(),
        curves,
    })
}

/// Returns number and name of the classes whose probabilities are shown: of two the rarer one, the second if both are
/// equally frequent; else the most frequent ones, in the order of the network's outputs.
fn shown_classes(target: &TargetColumn, training: RowSelection) -> Vec<(usize, String)> {
    let TargetColumn::Class { classes } = target else {
        return Vec::new();
    };
    let counts = training.dataset.class_counts(training.rows.iter().copied());
    let mut shown: Vec<usize> = (0..classes.len()).collect();
    if let [first, second] = counts.as_slice() {
        shown = vec![usize::from(first >= second)];
    } else {
        shown.sort_by_key(|class| std::cmp::Reverse(counts[*class])); // stable
        shown.truncate(CLASSES);
        shown.sort_unstable();
    }
    let named = shown
        .into_iter()
        .map(|class| (class, classes[class].clone()));
    named.collect()
}

/// Returns the values at which a column is looked at.
fn values_of(column: &Column, number: usize, training: RowSelection) -> Values {
    let RowSelection { dataset, rows } = training;
    let columns = dataset.columns();
    let values = rows
        .iter()
        .map(|&row| dataset.features.number(row as usize, number, columns))
        .filter(|value| value.is_finite());
    match &column.kind {
        ColumnKind::Number { .. } => {
            let stored = quantiles(values.collect());
            Values {
                grid: Grid::Number(stored.clone()),
                stored,
                omitted: 0,
            }
        }
        ColumnKind::Date => {
            let stored = quantiles(values.collect());
            Values {
                grid: Grid::Date(stored.clone()),
                stored,
                omitted: 0,
            }
        }
        ColumnKind::Boolean => Values {
            stored: vec![1.0, 2.0], // see `Codes`
            grid: Grid::Category(vec!["false".to_owned(), "true".to_owned()]),
            omitted: 0,
        },
        ColumnKind::Category { categories, rare } => {
            // The rare ones share an input: one of them stands for all.
            let mut counts = vec![0_usize; categories.len() + usize::from(!rare.is_empty())];
            for code in values {
                #[allow(clippy::cast_sign_loss)] // codes of categories count from 1
                let category = (code as usize).saturating_sub(1).min(counts.len() - 1);
                counts[category] += 1;
            }
            let mut shown: Vec<usize> = (0..counts.len()).collect();
            shown.sort_by_key(|category| std::cmp::Reverse(counts[*category])); // stable
            shown.truncate(GRID);
            shown.sort_unstable();
            let name = |category: &usize| {
                let rare = || format!("{} rare", rare.len());
                categories.get(*category).cloned().unwrap_or_else(rare)
            };
            Values {
                stored: shown.iter().map(|category| (category + 1) as f64).collect(),
                grid: Grid::Category(shown.iter().map(name).collect()),
                omitted: counts.len() - shown.len(),
            }
        }
    }
}

/// Returns values of the list, in ascending order and each once: all if they are few, else quantiles.
fn quantiles(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    let mut distinct = values.clone();
    distinct.dedup();
    if distinct.len() <= GRID {
        return distinct;
    }
    let chosen = |values: &[f64]| {
        let share = |at: usize| TAIL + (1.0 - 2.0 * TAIL) * at as f64 / (GRID - 1) as f64;
        let mut chosen: Vec<f64> = (0..GRID).map(|at| quantile(values, share(at))).collect();
        chosen.dedup();
        chosen
    };
    let by_rows = chosen(&values);
    // Where nearly all rows have the same value, the others decide.
    if by_rows.len() > GRID / 4 {
        by_rows
    } else {
        chosen(&distinct)
    }
}

/// Returns the value of a sorted list, which is not empty, that this share of the values reaches.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    #[allow(clippy::cast_sign_loss)] // a share is not negative
    let at = (share * (sorted.len() - 1) as f64).round() as usize;
    sorted[at]
}
