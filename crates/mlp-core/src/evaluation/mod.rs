//! Evaluation of a trained network on labelled rows, and the files with the results.

mod examples;
mod history;
mod predictions;
mod watched;

pub(crate) use examples::read_example_rows;
pub use examples::{ExampleScores, Examples, write_examples};
pub use history::history_warnings;
pub use predictions::{read_values, write_predictions};
pub use watched::{measure, why_undefined};

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::decision::positive_scores;
use crate::error::RunError;
use crate::metrics::{
    BinaryReport, ClassRow, ClassificationReport, Mistake, RegressionReport, ValueRow,
};
use crate::model::{ClassPrediction, LoadedRun, Model, Predictions, Predictor};
use crate::run::{Baseline, RunDirectory, Split};
use crate::task::{Metric, Scores};
use mlp_data::{Dataset, TargetScaling};

/// Maximum number of mistakes in the report of a split.
const MAX_MISTAKES: usize = 30;

/// Prediction of one row in comparison with its label.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScoredRow {
    /// Row number in the data set, counted from 0.
    pub row: u32,
    /// True class.
    pub label: u32,
    /// Predicted class.
    pub prediction: u32,
    /// Probability of the predicted class.
    pub confidence: f64,
    /// Probability of the true class.
    pub label_probability: f64,
}

impl ScoredRow {
    /// Returns whether the prediction is correct.
    #[must_use]
    pub const fn is_right(&self) -> bool {
        self.label == self.prediction
    }

    /// Converts the row to a report entry with class names.
    #[must_use]
    pub fn named(&self, class_names: &[String]) -> Mistake {
        let name = |class: u32| class_names[class as usize].clone();
        Mistake {
            row: self.row,
            label: name(self.label),
            prediction: name(self.prediction),
            confidence: self.confidence,
            label_probability: self.label_probability,
        }
    }

    /// Orders rows by confidence, the highest first, then by number.
    fn by_confidence(&self, other: &Self) -> Ordering {
        let confidence = other.confidence.total_cmp(&self.confidence);
        confidence.then(self.row.cmp(&other.row))
    }
}

/// Evaluation of one split.
#[derive(Clone, Debug, PartialEq)]
pub enum Scored {
    /// Of classes.
    Classes(ScoredClasses),
    /// Of numbers.
    Values(ScoredValues),
}

/// Evaluation of the classes of one split.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoredClasses {
    /// Metrics of the split.
    pub report: ClassificationReport,
    /// Predictions of all rows.
    pub rows: Vec<ScoredRow>,
}

/// Evaluation of the numbers of one split.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoredValues {
    /// Metrics of the split.
    pub report: RegressionReport,
    /// Predictions of all rows.
    pub rows: Vec<ValueRow>,
}

impl Scored {
    /// Returns the metrics of the split.
    #[must_use]
    pub fn report(&self) -> Report {
        match self {
            Self::Classes(scored) => Report::Classification(scored.report.clone()),
            Self::Values(scored) => Report::Regression(scored.report.clone()),
        }
    }

    /// Returns the mean loss of a row.
    #[must_use]
    pub const fn loss(&self) -> f64 {
        match self {
            Self::Classes(scored) => scored.report.loss,
            Self::Values(scored) => scored.report.loss,
        }
    }

    /// Returns the evaluation of classes; `None` of numbers.
    #[must_use]
    pub const fn classes(&self) -> Option<&ScoredClasses> {
        match self {
            Self::Classes(scored) => Some(scored),
            Self::Values(_) => None,
        }
    }

    /// Warns if the predictions are of no use.
    #[must_use]
    pub fn warning(&self, split: Split, class_names: &[String]) -> Option<String> {
        match self {
            Self::Classes(scored) => scored.warning(split, class_names),
            Self::Values(scored) => scored.warning(split),
        }
    }
}

impl ScoredClasses {
    /// Returns the misclassified rows, the most confident first.
    #[must_use]
    pub fn mistakes(&self) -> Vec<&ScoredRow> {
        let mut wrong: Vec<&ScoredRow> = self.rows.iter().filter(|row| !row.is_right()).collect();
        wrong.sort_by(|a, b| a.by_confidence(b));
        wrong
    }

    /// Warns if all rows are predicted as one class although they have several, or no more are right than if the most
    /// frequent class of the training rows were always predicted.
    fn warning(&self, split: Split, class_names: &[String]) -> Option<String> {
        let first = self.rows.first()?;
        let is_one = self
            .rows
            .iter()
            .all(|row| row.prediction == first.prediction);
        let are_several = self.rows.iter().any(|row| row.label != first.label);
        let baseline = self.report.baseline_accuracy;
        let is_no_better = baseline.is_some_and(|share| self.report.accuracy <= share);
        if !is_one && are_several && is_no_better {
            return Some(format!(
                "the accuracy of the {} rows, {:.1} %, is not above the {:.1} % of always predicting the most frequent class. Try \
                 training.class_weights = \"balanced\", another learning rate or more epochs, and watch balanced_accuracy",
                split.name(),
                100.0 * self.report.accuracy,
                100.0 * baseline.unwrap_or(0.0)
            ));
        }
        (is_one && are_several).then(|| {
            format!(
                "all {} {} rows are predicted as class `{}`, which {:.1} % of them are: the accuracy is that of the class's \
                 share, not of what the network learnt. Try training.class_weights = \"balanced\", another learning rate or \
                 more epochs",
                self.rows.len(),
                split.name(),
                class_names[first.prediction as usize],
                100.0 * self.report.accuracy
            )
        })
    }
}

impl ScoredValues {
    /// Returns the rows, those of the largest absolute errors first.
    #[must_use]
    pub fn by_error(&self) -> Vec<&ValueRow> {
        let mut rows: Vec<&ValueRow> = self.rows.iter().collect();
        rows.sort_by(|a, b| {
            let by_error = b.error().abs().total_cmp(&a.error().abs());
            by_error.then(a.row.cmp(&b.row))
        });
        rows
    }

    /// Warns if the predictions are worse than always predicting the mean of the training rows.
    fn warning(&self, split: Split) -> Option<String> {
        let RegressionReport {
            rmse,
            baseline_rmse,
            ..
        } = self.report;
        let baseline = baseline_rmse.filter(|baseline| rmse > *baseline)?;
        Some(format!(
            "the predictions of the {} rows are worse than always predicting the mean of the training rows: their RMSE is \
             {rmse:.4}, that of the mean {baseline:.4}. Try another learning rate, more epochs or fewer units",
            split.name()
        ))
    }
}

/// Evaluates rows of a labelled data set. `baseline` is that of the training rows, if they are known.
///
/// # Panics
/// If the data set has no target, or another than the model's, and `rows` is not empty.
#[must_use]
pub fn score(
    predictor: &mut dyn Predictor,
    dataset: &Dataset,
    rows: &[u32],
    baseline: Option<Baseline>,
) -> Scored {
    let weights = dataset.row_weights(rows);
    let weights = weights.as_deref();
    match predictor.predict(dataset, rows) {
        Predictions::Classes(predictions) => {
            let labels = dataset.labels().unwrap_or_default();
            let majority = match baseline {
                Some(Baseline::Class(class)) => Some(class),
                Some(Baseline::Mean(_)) | None => None,
            };
            let pairs = rows.iter().map(|&row| (row, labels[row as usize]));
            let of_rows = rows.iter().map(|&row| labels[row as usize]);
            let two_classes = two_classes(predictor.model(), &predictions, of_rows);
            let mut scored =
                score_classes(pairs.zip(predictions), weights, predictor.model(), majority);
            scored.report.two_classes = two_classes.map(Box::new);
            Scored::Classes(scored)
        }
        Predictions::Values(predictions) => {
            let values = dataset.values().unwrap_or_default();
            let row = |(&row, prediction)| ValueRow {
                row,
                label: values[row as usize],
                prediction,
            };
            let mean = match baseline {
                Some(Baseline::Mean(mean)) => Some(mean),
                Some(Baseline::Class(_)) | None => None,
            };
            let scored = rows.iter().zip(predictions).map(row).collect();
            Scored::Values(score_values(scored, weights, predictor.model(), mean))
        }
    }
}

fn score_classes(
    rows: impl Iterator<Item = ((u32, u32), ClassPrediction)>,
    weights: Option<&[f64]>,
    model: &Model,
    majority: Option<u32>,
) -> ScoredClasses {
    let class_names = model.classes();
    let rows: Vec<((u32, u32), ClassPrediction)> = rows.collect();
    let labelled = rows.iter().enumerate();
    let labelled = labelled.map(|(index, ((_, label), prediction))| ClassRow {
        weight: weights.map_or(1.0, |weights| weights[index]),
        ..prediction.labelled(*label)
    });
    let labelled: Vec<ClassRow> = labelled.collect();
    let report =
        ClassificationReport::new(&labelled, class_names, majority, model.decision.positive);
    let scored = rows.iter().map(|((row, label), prediction)| ScoredRow {
        row: *row,
        label: *label,
        prediction: prediction.class,
        confidence: prediction.confidence(),
        label_probability: prediction.probabilities[*label as usize],
    });
    let mut scored = ScoredClasses {
        report,
        rows: scored.collect(),
    };
    let mistakes = scored.mistakes().into_iter().take(MAX_MISTAKES);
    scored.report.most_confident_mistakes = mistakes.map(|row| row.named(class_names)).collect();
    scored
}

/// Returns the curves of rows of two classes; `None` of any other number of classes.
fn two_classes(
    model: &Model,
    predictions: &[ClassPrediction],
    labels: impl Iterator<Item = u32>,
) -> Option<BinaryReport> {
    let positive = model.decision.positive?;
    let name = model.classes().get(positive as usize)?;
    let scores = positive_scores(predictions, labels, positive);
    let threshold = model.decision.threshold.unwrap_or(0.5);
    Some(BinaryReport::new(name, threshold, &scores))
}

fn score_values(
    rows: Vec<ValueRow>,
    weights: Option<&[f64]>,
    model: &Model,
    mean: Option<f64>,
) -> ScoredValues {
    let scaling = model.schema.target_scaling();
    let scaling = scaling.unwrap_or(TargetScaling::IDENTITY); // never: numbers are predicted
    let loss = |row: &ValueRow| {
        let error = scaling.scaled(row.prediction) - scaling.scaled(row.label);
        model.loss.of_error(error)
    };
    let loss = match weights {
        None => rows.iter().map(loss).sum::<f64>() / rows.len().max(1) as f64,
        Some(weights) => {
            let weighted = rows.iter().zip(weights);
            let sum: f64 = weighted.map(|(row, weight)| weight * loss(row)).sum();
            sum / weights.iter().sum::<f64>()
        }
    };
    let mut scored = ScoredValues {
        report: RegressionReport::new(&rows, weights, loss, mean),
        rows,
    };
    let largest = scored.by_error().into_iter().take(MAX_MISTAKES);
    scored.report.largest_errors = largest.copied().collect();
    scored
}

/// Metrics of a split.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Report {
    /// Of classes.
    Classification(ClassificationReport),
    /// Of numbers.
    Regression(RegressionReport),
}

impl Report {
    /// Returns the metrics of classes; `None` of numbers.
    #[must_use]
    pub const fn classification(&self) -> Option<&ClassificationReport> {
        match self {
            Self::Classification(report) => Some(report),
            Self::Regression(_) => None,
        }
    }

    /// Returns the metrics of numbers; `None` of classes.
    #[must_use]
    pub const fn regression(&self) -> Option<&RegressionReport> {
        match self {
            Self::Classification(_) => None,
            Self::Regression(report) => Some(report),
        }
    }

    /// Returns the number of rows.
    #[must_use]
    pub const fn rows(&self) -> u64 {
        match self {
            Self::Classification(report) => report.rows,
            Self::Regression(report) => report.rows,
        }
    }

    /// Returns the metrics that the metrics log has, too.
    #[must_use]
    pub fn logged_scores(&self) -> Scores {
        let scores = match self {
            Self::Classification(report) => [
                (Metric::Loss, report.loss),
                (Metric::Accuracy, report.accuracy),
            ],
            Self::Regression(report) => [(Metric::Loss, report.loss), (Metric::Rmse, report.rmse)],
        };
        scores.into_iter().collect()
    }
}

/// Returns the misclassified rows, those whose label is most likely wrong first.
///
/// They are sorted by the probability of the given label, the lowest first: the "self-confidence" of
/// Northcutt, Jiang and Chuang 2021, "Confident learning: estimating uncertainty in dataset labels".
#[must_use]
pub fn label_suspects(scored: &ScoredClasses, class_names: &[String]) -> Vec<Mistake> {
    let mut rows: Vec<&ScoredRow> = scored.rows.iter().filter(|row| !row.is_right()).collect();
    rows.sort_by(|a, b| {
        let by_label = a.label_probability.total_cmp(&b.label_probability);
        by_label.then_with(|| a.by_confidence(b))
    });
    rows.into_iter().map(|row| row.named(class_names)).collect()
}

/// Contents of `evaluation.json`: the metrics of each available split.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Metrics of the test rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<Report>,
    /// Metrics of the validation rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation: Option<Report>,
    /// Metrics of the training rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub train: Option<Report>,
    /// Step of the evaluated checkpoint.
    pub step: u64,
    /// What its logits were divided by; `None` for 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// Substitute data used in place of the configured files, and the reason; `None` if they were used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<String>,
    /// What a user must know of the metrics.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// Format version.
    pub format: u32,
}

impl Evaluation {
    /// Format version that this program reads and writes.
    pub const FORMAT: u32 = 3;

    /// Returns the available splits in the order test, validation, training.
    pub fn splits(&self) -> impl Iterator<Item = (Split, &Report)> {
        [
            (Split::Test, &self.test),
            (Split::Validation, &self.validation),
            (Split::Train, &self.train),
        ]
        .into_iter()
        .filter_map(|(split, report)| Some((split, report.as_ref()?)))
    }

    /// Creates the evaluation of a loaded checkpoint, without any split.
    #[must_use]
    pub fn of(trained: &LoadedRun) -> Self {
        let temperature = trained.model.decision.temperature;
        Self {
            step: trained.step,
            temperature: Some(temperature).filter(|value| value.to_bits() != 1_f64.to_bits()),
            fallback: trained.manifest.data.fallback.clone(),
            format: Self::FORMAT,
            ..Self::default()
        }
    }

    /// Adds the evaluation of a split, and its warning if there is one.
    #[must_use]
    pub fn with(mut self, split: Split, scored: &Scored, class_names: &[String]) -> Self {
        self.warnings.extend(scored.warning(split, class_names));
        let mut report = Some(scored.report());
        match split {
            Split::Train => {
                if let Some(Report::Classification(report)) = &mut report {
                    report.two_classes = None; // curves of rows that were trained on say nothing
                }
                self.train = report;
            }
            Split::Validation => self.validation = report,
            Split::Test => self.test = report,
        }
        self
    }

    /// Reads a run's evaluation.
    ///
    /// # Errors
    /// If the file is missing, damaged or has another format version.
    pub fn read(run: &RunDirectory) -> Result<Self, RunError> {
        let evaluation: Self = crate::run::read_json(&run.evaluation(), Self::FORMAT)?;
        let fits = |report: &Report| {
            let Report::Classification(report) = report else {
                return true;
            };
            let classes = report.per_class.len();
            let counts = report.confusion_matrix.counts();
            counts.len() == classes && counts.iter().all(|row| row.len() == classes)
        };
        if evaluation.splits().all(|(_, report)| fits(report)) {
            return Ok(evaluation);
        }
        Err(RunError::Damaged {
            path: run.evaluation(),
            cause: "confusion_matrix and per_class do not fit together".to_owned(),
        })
    }

    /// Writes the evaluation into a run.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&self, run: &RunDirectory) -> Result<(), RunError> {
        crate::run::write_json(&run.evaluation(), self)
    }
}
