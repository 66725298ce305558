//! Accuracy, precision, recall and F1.

use serde::{Deserialize, Serialize};

use super::{BinaryReport, Calibration, ClassCounts, ConfusionMatrix};

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

/// Metrics of a split.
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
    /// Share of rows whose true class is one of the two most probable.
    pub top_2_accuracy: f64,
    /// Mean cross-entropy per row, in nats, without label smoothing or class weights.
    pub loss: f64,
    /// Macro precision.
    pub precision: f64,
    /// Macro recall.
    pub recall: f64,
    /// Macro F1.
    pub f1: f64,
    /// Number of evaluated rows.
    pub rows: u64,
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

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}

impl ClassificationReport {
    /// Computes the metrics from the counts, the mean loss per row in nats, the calibration and the class names.
    ///
    /// `in_top_2` is the number of rows whose true class is one of the two most probable. `majority` is the most frequent
    /// class of the training rows. `most_confident_mistakes` and `two_classes` are left empty.
    #[must_use]
    pub fn new(
        counts: impl Into<ClassCounts>,
        loss: f64,
        in_top_2: u64,
        calibration: Calibration,
        class_names: &[String],
        majority: Option<u32>,
    ) -> Self {
        let counts = counts.into();
        let mut per_class: Vec<ClassReport> = class_names
            .iter()
            .enumerate()
            .map(|(class, name)| {
                let (found, support, predicted) = (
                    counts.correct[class],
                    counts.support[class],
                    counts.predicted[class],
                );
                ClassReport {
                    class: name.clone(),
                    precision: share(found, predicted),
                    recall: share(found, support),
                    f1: share(2 * found, support + predicted),
                    support,
                }
            })
            .collect();
        let occurring: Vec<&ClassReport> = per_class
            .iter()
            .zip(&counts.predicted)
            .filter(|(report, predicted)| report.support + **predicted > 0)
            .map(|(report, _)| report)
            .collect();
        let mean = |metric: fn(&ClassReport) -> f64| {
            occurring.iter().map(|report| metric(report)).sum::<f64>()
                / occurring.len().max(1) as f64
        };
        let [precision, recall, f1] = [
            mean(|report| report.precision),
            mean(|report| report.recall),
            mean(|report| report.f1),
        ];
        let rows = counts.support.iter().sum();
        let omitted_classes = (!counts.has_matrix()).then_some(class_names.len());
        if omitted_classes.is_some() {
            per_class.clear();
        }
        let baseline = majority.and_then(|class| counts.support.get(class as usize));
        Self {
            accuracy: share(counts.correct.iter().sum(), rows),
            baseline_accuracy: baseline.map(|support| share(*support, rows)),
            top_2_accuracy: share(in_top_2, rows),
            loss,
            calibration,
            precision,
            recall,
            f1,
            rows,
            confusion_matrix: counts.matrix,
            per_class,
            omitted_classes,
            two_classes: None,
            most_confident_mistakes: Vec::new(),
        }
    }

    /// Returns the number of rows predicted wrong.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // from 0 to the number of rows
    pub fn wrong(&self) -> u64 {
        let correct = (self.accuracy * self.rows as f64).round();
        self.rows.saturating_sub(correct as u64)
    }
}
