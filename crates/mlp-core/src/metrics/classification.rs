//! Accuracy, precision, recall and F1.

use serde::{Deserialize, Serialize};

use super::{Calibration, ConfusionMatrix};

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
    /// Confidence in comparison with accuracy.
    pub calibration: Calibration,
    /// `[true class][predicted class]`.
    pub confusion_matrix: ConfusionMatrix,
    /// Metrics of each class, in the order of the network's outputs.
    pub per_class: Vec<ClassReport>,
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
    /// Computes the metrics from the confusion matrix, the mean loss per row in nats, the calibration and the class names.
    ///
    /// `in_top_2` is the number of rows whose true class is one of the two most probable.
    /// `most_confident_mistakes` is left empty.
    #[must_use]
    pub fn new(
        confusion_matrix: ConfusionMatrix,
        loss: f64,
        in_top_2: u64,
        calibration: Calibration,
        class_names: &[String],
    ) -> Self {
        let per_class: Vec<ClassReport> = class_names
            .iter()
            .enumerate()
            .map(|(class, name)| {
                let found = confusion_matrix.counts()[class][class];
                let (support, predicted) = (
                    confusion_matrix.support(class),
                    confusion_matrix.predicted(class),
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
            .enumerate()
            .filter(|(class, report)| report.support + confusion_matrix.predicted(*class) > 0)
            .map(|(_, report)| report)
            .collect();
        let mean = |metric: fn(&ClassReport) -> f64| {
            occurring.iter().map(|report| metric(report)).sum::<f64>()
                / occurring.len().max(1) as f64
        };
        Self {
            accuracy: share(confusion_matrix.correct(), confusion_matrix.total()),
            top_2_accuracy: share(in_top_2, confusion_matrix.total()),
            loss,
            calibration,
            precision: mean(|report| report.precision),
            recall: mean(|report| report.recall),
            f1: mean(|report| report.f1),
            rows: confusion_matrix.total(),
            confusion_matrix,
            per_class,
            most_confident_mistakes: Vec::new(),
        }
    }
}
