//! Metrics of predicted classes and their probabilities.

use rayon::prelude::*;

use super::MAX_MATRIX_CLASSES;
use super::ranking::{Order, Ranked};
use crate::task::Metric;

/// A row with a known class, and what is predicted for it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClassRow<'a> {
    /// True class.
    pub label: u32,
    /// Predicted class.
    pub prediction: u32,
    /// Probability of each class, `[classes]`.
    pub probabilities: &'a [f64],
    /// Cross-entropy, in nats: `−ln p[label]`, computed from the logits, so that it is finite where `p[label]` is 0.
    pub loss: f64,
    /// Whether the true class is one of the two most probable.
    pub is_in_top_2: bool,
    /// Weight of the row; 1 where rows are not weighted.
    pub weight: f64,
}

/// Metrics of rows of one model.
///
/// All are those of scikit-learn with the weights as `sample_weight`. Where scikit-learn warns and answers with NaN or 0
/// because the rows do not define a metric, it is `None`, and averages over classes leave out the classes for which it is
/// not defined; see [`Self::value`].
#[derive(Clone, Debug)]
pub struct ClassMetrics<'a> {
    rows: &'a [ClassRow<'a>],
    /// Summed weights of the rows of each true class, `[classes]`.
    support: Vec<f64>,
    /// Summed weights of the rows of each predicted class, `[classes]`.
    predicted: Vec<f64>,
    /// Summed weights of the correctly predicted rows of each class, `[classes]`.
    correct: Vec<f64>,
    total: f64,
    /// The class whose probability orders the rows where there are two.
    positive: usize,
}

/// Metrics of the orders in which probabilities put rows; `None` where the rows do not define one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rankings {
    /// Area under the ROC curve.
    pub roc_auc: Option<f64>,
    /// Average precision.
    pub average_precision: Option<f64>,
}

/// Probabilities are taken to lie between this and 1 less this by `log_loss`, as in scikit-learn.
const SMALLEST_PROBABILITY: f64 = f64::EPSILON;

fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

impl<'a> ClassMetrics<'a> {
    /// Takes rows of a model of this number of classes. `positive` is the positive one of two; by default the second.
    #[must_use]
    pub fn new(rows: &'a [ClassRow<'a>], classes: usize, positive: Option<u32>) -> Self {
        let zeros = || vec![0.0; classes];
        let (mut support, mut predicted, mut correct) = (zeros(), zeros(), zeros());
        for row in rows {
            support[row.label as usize] += row.weight;
            predicted[row.prediction as usize] += row.weight;
            if row.label == row.prediction {
                correct[row.label as usize] += row.weight;
            }
        }
        Self {
            rows,
            total: support.iter().sum(),
            support,
            predicted,
            correct,
            positive: positive.unwrap_or(1) as usize,
        }
    }

    /// Returns the share of the rows predicted as a class that belong to it; 0 if there are none.
    #[must_use]
    pub fn precision(&self, class: usize) -> f64 {
        share(self.correct[class], self.predicted[class])
    }

    /// Returns the share of the rows of a class that are predicted as it; 0 if there are none.
    #[must_use]
    pub fn recall(&self, class: usize) -> f64 {
        share(self.correct[class], self.support[class])
    }

    /// Returns the harmonic mean of precision and recall; 0 if both are.
    #[must_use]
    pub fn f1(&self, class: usize) -> f64 {
        let predicted_or_true = self.support[class] + self.predicted[class];
        share(2.0 * self.correct[class], predicted_or_true)
    }

    /// Returns the share of the rows that belong to a class.
    #[must_use]
    pub fn frequency(&self, class: usize) -> f64 {
        share(self.support[class], self.total)
    }

    /// Returns the number of classes that have rows.
    #[must_use]
    pub fn present_classes(&self) -> usize {
        self.support.iter().filter(|weight| **weight > 0.0).count()
    }

    /// Returns a metric of the rows; `None` without rows, and
    /// - for metrics of numbers;
    /// - for `roc_auc`, if all rows have one class. Of two classes it is that of the probability of the positive one, of
    ///   more the mean over the classes that have rows, each against the rest;
    /// - for `average_precision`, which is averaged in the same way, if of two classes the positive one has no rows;
    /// - for both, of more than [`MAX_MATRIX_CLASSES`] classes, as each class sorts all rows.
    ///
    /// `precision`, `recall` and `f1` are means over the classes that occur as label or prediction, `balanced_accuracy` over
    /// those that occur as label. `brier` is the squared distance from the true distribution, half of it for two classes,
    /// so that it lies between 0 and 1 there and between 0 and 2 otherwise. `log_loss` differs from `loss` only where the
    /// probability of the true class is below 2.2e-16. `mcc` is 0 where all rows have or are given one class.
    #[must_use]
    pub fn value(&self, metric: Metric) -> Option<f64> {
        if self.total <= 0.0 {
            return None;
        }
        match metric {
            Metric::Loss => Some(self.mean(|row| row.loss)),
            Metric::LogLoss => Some(self.mean(|row| {
                let probability = row.probabilities[row.label as usize];
                -probability
                    .clamp(SMALLEST_PROBABILITY, 1.0 - SMALLEST_PROBABILITY)
                    .ln()
            })),
            Metric::Accuracy => Some(self.correct.iter().sum::<f64>() / self.total),
            Metric::BalancedAccuracy => {
                Some(self.macro_mean(Self::recall, |of, class| of.support[class] > 0.0))
            }
            Metric::Precision => Some(self.macro_mean(Self::precision, Self::occurs)),
            Metric::Recall => Some(self.macro_mean(Self::recall, Self::occurs)),
            Metric::F1 => Some(self.macro_mean(Self::f1, Self::occurs)),
            Metric::RocAuc => self.rankings().roc_auc,
            Metric::AveragePrecision => self.rankings().average_precision,
            Metric::Brier => Some(self.brier()),
            Metric::Mcc => Some(self.mcc()),
            Metric::Top2Accuracy => Some(self.mean(|row| f64::from(u8::from(row.is_in_top_2)))),
            Metric::Rmse | Metric::Mae | Metric::R2 | Metric::MedianAbsoluteError => None,
        }
    }

    fn classes(&self) -> usize {
        self.support.len()
    }

    /// Returns whether a class is the label or the prediction of a row.
    fn occurs(&self, class: usize) -> bool {
        self.support[class] + self.predicted[class] > 0.0
    }

    fn mean(&self, of: impl Fn(&ClassRow) -> f64) -> f64 {
        let sum = |sum, row: &ClassRow| sum + row.weight * of(row);
        self.rows.iter().fold(0.0, sum) / self.total
    }

    /// Returns the mean over classes, each counted once.
    fn macro_mean(
        &self,
        of: impl Fn(&Self, usize) -> f64,
        counts: impl Fn(&Self, usize) -> bool,
    ) -> f64 {
        let counted = (0..self.classes()).filter(|class| counts(self, *class));
        let (sum, number) = counted.fold((0.0, 0_u32), |(sum, number), class| {
            (sum + of(self, class), number + 1)
        });
        share(sum, number.into())
    }

    /// Returns the metrics of the orders of rows, each sorted once: those of the positive class of two, else the means over
    /// the classes that have rows.
    #[must_use]
    pub fn rankings(&self) -> Rankings {
        let classes: Vec<usize> = match self.classes() {
            0 | 1 => Vec::new(),
            2 => vec![self.positive],
            classes if classes > MAX_MATRIX_CLASSES => Vec::new(),
            classes => (0..classes)
                .filter(|class| self.support[*class] > 0.0)
                .collect(),
        };
        let of_class = |class: &usize| {
            let order = Order::new(self.ranked(*class));
            (order.roc_auc(), order.average_precision())
        };
        let (areas, precisions): (Vec<_>, Vec<_>) = classes.par_iter().map(of_class).unzip();
        let mean = |values: Vec<Option<f64>>| {
            let defined: Vec<f64> = values.into_iter().flatten().collect();
            let mean = defined.iter().sum::<f64>() / defined.len() as f64;
            (!defined.is_empty()).then_some(mean)
        };
        Rankings {
            roc_auc: mean(areas),
            average_precision: mean(precisions),
        }
    }

    fn ranked(&self, class: usize) -> impl Iterator<Item = Ranked> {
        let row = move |row: &ClassRow| {
            let is_positive = row.label as usize == class;
            (row.probabilities[class], is_positive, row.weight)
        };
        self.rows.iter().map(row)
    }

    fn brier(&self) -> f64 {
        let distance = |row: &ClassRow| {
            let classes = row.probabilities.iter().enumerate();
            let squares = classes.map(|(class, probability)| {
                let truth = f64::from(u8::from(class == row.label as usize));
                (probability - truth) * (probability - truth)
            });
            squares.sum::<f64>()
        };
        let half = if self.classes() < 3 { 0.5 } else { 1.0 };
        half * self.mean(distance)
    }

    /// Matthews' correlation of labels and predictions, for any number of classes (Gorodkin 2004).
    fn mcc(&self) -> f64 {
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let (support, predicted, total) = (&self.support, &self.predicted, self.total);
        let correct: f64 = self.correct.iter().sum();
        let covariance = correct * total - dot(support, predicted);
        let variances =
            (total * total - dot(predicted, predicted)) * (total * total - dot(support, support));
        if variances > 0.0 {
            covariance / variances.sqrt()
        } else {
            0.0
        }
    }
}
