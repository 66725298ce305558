//! Accuracy, precision, recall and F1.

use serde::{Deserialize, Serialize};

use super::{BinaryReport, Calibration, ClassCounts, ClassMetrics, ClassRow, ConfusionMatrix};
use crate::task::Metric;

/// Metrics of one class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassReport {
    /// Name of the class.
    pub class: String,
    /// Share of the rows predicted as this class that belong to it; 0 if there are none.
    pub precision: f64,
    /// Share of the rows of this class that are predicted as it; 0 if there are none.
    pub recall: f64,
    /// Harmonic mean of precision and recall; 0 if both are 0.
    pub f1: f64,
    /// Number of rows of this class.
    pub support: u64,
}

/// A misclassified row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mistake {
    /// Row number in the data set, counted from 0.
    pub row: u32,
    /// Name of the true class.
    pub label: String,
    /// Name of the predicted class.
    pub prediction: String,
    /// Probability of the predicted class.
    pub confidence: f64,
    /// Probability of the true class.
    pub label_probability: f64,
}

/// Metrics of a split, as [`ClassMetrics`] computes them.
///
/// Precision, recall and F1 are macro averages as in scikit-learn: over the classes that occur as label or
/// prediction, with undefined values counted as 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassificationReport {
    /// Share of rows predicted correctly.
    pub accuracy: f64,
    /// Share of rows that the most frequent class of the training rows has, which is the accuracy of always predicting it;
    /// `None` if the training rows are not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline_accuracy: Option<f64>,
    /// Mean recall of the classes that have rows, which is the accuracy if all were equally frequent; `None` without rows,
    /// and in the evaluations of earlier versions, as with the other optional metrics.
    #[serde(default)]
    pub balanced_accuracy: Option<f64>,
    /// Share of rows whose true class is one of the two most probable, of equal ones the first.
    pub top_2_accuracy: f64,
    /// Mean cross-entropy per row, in nats, without label smoothing or class weights.
    pub loss: f64,
    /// The same with probabilities of at least 2.2e-16.
    #[serde(default)]
    pub log_loss: Option<f64>,
    /// Macro precision.
    pub precision: f64,
    /// Macro recall.
    pub recall: f64,
    /// Macro F1.
    pub f1: f64,
    /// Area under the ROC curve, of two classes that of the positive one, of more the mean over the classes against the rest;
    /// `None` if all rows have one class, or there are too many classes.
    #[serde(default)]
    pub roc_auc: Option<f64>,
    /// Average precision, of the classes as with `roc_auc`; `None` if there are no positive rows or too many classes.
    #[serde(default)]
    pub average_precision: Option<f64>,
    /// Mean squared distance of the probabilities from 1 for the true class and 0 for the others, half of it for two
    /// classes (Brier 1950).
    #[serde(default)]
    pub brier: Option<f64>,
    /// Matthews' correlation coefficient; 0 if all rows have, or are given, one class.
    #[serde(default)]
    pub mcc: Option<f64>,
    /// Number of evaluated rows.
    pub rows: u64,
    /// Sum of the weights of the rows, which all metrics take into account, but not the counts; `None` if they have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<f64>,
    /// Confidence of the most probable class in comparison with accuracy.
    pub calibration: Calibration,
    /// `[true class][predicted class]`; empty if there are too many classes.
    pub confusion_matrix: ConfusionMatrix,
    /// Metrics of each class, in the order of the network's outputs; empty if there are too many.
    pub per_class: Vec<ClassReport>,
    /// Number of classes, if there are too many for `confusion_matrix` and `per_class`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub omitted_classes: Option<usize>,
    /// Curves and scores of two classes; `None` of any other number of classes, and of rows that were trained on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub two_classes: Option<Box<BinaryReport>>,
    /// The most confident mistakes, in descending order of confidence; limited in number.
    #[serde(default)]
    pub most_confident_mistakes: Vec<Mistake>,
}

impl ClassificationReport {
    /// Computes the metrics of rows. `majority` is the most frequent class of the training rows, if they are known,
    /// `positive` the positive one of two classes.
    ///
    /// `most_confident_mistakes` and `two_classes` are left empty.
    #[must_use]
    pub fn new(
        rows: &[ClassRow],
        class_names: &[String],
        majority: Option<u32>,
        positive: Option<u32>,
    ) -> Self {
        let mut counts = ClassCounts::new(class_names.len());
        for row in rows {
            counts.add(row.label, row.prediction);
        }
        let metrics = ClassMetrics::new(rows, class_names.len(), positive);
        let value = |metric| metrics.value(metric).unwrap_or(0.0);
        let rankings = metrics.rankings();
        let report = |(class, name): (usize, &String)| ClassReport {
            class: name.clone(),
            precision: metrics.precision(class),
            recall: metrics.recall(class),
            f1: metrics.f1(class),
            support: counts.support[class],
        };
        let omitted_classes = (!counts.has_matrix()).then_some(class_names.len());
        let per_class = match omitted_classes {
            Some(_) => Vec::new(),
            None => class_names.iter().enumerate().map(report).collect(),
        };
        // Of the most probable class, which a threshold may not predict.
        let confidences = rows.iter().map(|row| {
            let confidence = row.probabilities.iter().copied().fold(0.0, f64::max);
            let is_best = |class: &u32| row.probabilities[*class as usize] >= confidence;
            let mut classes = std::iter::once(row.prediction).chain(0..class_names.len() as u32);
            (
                confidence,
                classes.find(is_best) == Some(row.label),
                row.weight,
            )
        });
        #[allow(clippy::float_cmp)] // rows without weights have exactly this one
        let are_weighted = rows.iter().any(|row| row.weight != 1.0);
        Self {
            accuracy: value(Metric::Accuracy),
            baseline_accuracy: majority.map(|class| metrics.frequency(class as usize)),
            balanced_accuracy: metrics.value(Metric::BalancedAccuracy),
            top_2_accuracy: value(Metric::Top2Accuracy),
            loss: value(Metric::Loss),
            log_loss: metrics.value(Metric::LogLoss),
            precision: value(Metric::Precision),
            recall: value(Metric::Recall),
            f1: value(Metric::F1),
            roc_auc: rankings.roc_auc,
            average_precision: rankings.average_precision,
            brier: metrics.value(Metric::Brier),
            mcc: metrics.value(Metric::Mcc),
            rows: rows.len() as u64,
            weight: are_weighted.then(|| rows.iter().map(|row| row.weight).sum()),
            calibration: Calibration::weighted(confidences),
            confusion_matrix: counts.matrix,
            per_class,
            omitted_classes,
            two_classes: None,
            most_confident_mistakes: Vec::new(),
        }
    }

    /// Returns whether the most frequent class has half as many rows again as classes have on average, or more: the accuracy
    /// is then mostly that of the frequent classes. Not known of too many classes.
    #[must_use]
    pub fn has_uneven_classes(&self) -> bool {
        let present = self.per_class.iter().filter(|class| class.support > 0);
        let (count, largest) = present.fold((0, 0), |(count, largest), class| {
            (count + 1, class.support.max(largest))
        });
        count > 1 && 2 * largest * count >= 3 * self.rows
    }

    /// Returns the number of rows predicted wrong; an estimate of weighted rows of too many classes for a matrix.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // from 0 to the number of rows
    pub fn wrong(&self) -> u64 {
        let correct = match self.omitted_classes {
            None => self.confusion_matrix.correct(),
            Some(_) => (self.accuracy * self.rows as f64).round() as u64,
        };
        self.rows.saturating_sub(correct)
    }
}
