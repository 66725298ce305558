//! Evaluation of a trained network on labelled rows, and the files with the results.

mod examples;
mod predictions;

pub(crate) use examples::read_example_rows;
pub use examples::{Examples, write_examples};
pub use predictions::write_predictions;

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::error::RunError;
use crate::metrics::{Calibration, ClassCounts, ClassificationReport, Mistake, rank};
use crate::model::Predictor;
use crate::run::{RunDirectory, Split};
use mlp_data::Dataset;

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
pub struct Scored {
    /// Metrics of the split.
    pub report: ClassificationReport,
    /// Predictions of all rows.
    pub rows: Vec<ScoredRow>,
}

impl Scored {
    /// Returns the misclassified rows, the most confident first.
    #[must_use]
    pub fn mistakes(&self) -> Vec<&ScoredRow> {
        let mut wrong: Vec<&ScoredRow> = self.rows.iter().filter(|row| !row.is_right()).collect();
        wrong.sort_by(|a, b| a.by_confidence(b));
        wrong
    }

    /// Warns if all rows are predicted as one class although they have several.
    #[must_use]
    pub fn warning(&self, split: Split, class_names: &[String]) -> Option<String> {
        let first = self.rows.first()?;
        let is_one = self
            .rows
            .iter()
            .all(|row| row.prediction == first.prediction);
        let are_several = self.rows.iter().any(|row| row.label != first.label);
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

/// Evaluates rows of a labelled data set. `majority` is the most frequent class of the training rows, if they are known.
///
/// # Panics
/// If the data set has no labels and `rows` is not empty.
#[must_use]
pub fn score(
    predictor: &mut dyn Predictor,
    dataset: &Dataset,
    rows: &[u32],
    majority: Option<u32>,
) -> Scored {
    let labels = dataset.labels().unwrap_or_default();
    let class_names = predictor.model().classes().to_vec();
    let mut counts = ClassCounts::new(class_names.len());
    let (mut loss_sum, mut in_top_2) = (0.0, 0);
    let mut scored = Vec::with_capacity(rows.len());
    for (&row, prediction) in rows.iter().zip(predictor.predict(dataset, rows)) {
        let label = labels[row as usize];
        counts.add(label, prediction.class);
        loss_sum += prediction.loss(label);
        in_top_2 += u64::from(rank(&prediction.logits, label as usize) < 2);
        scored.push(ScoredRow {
            row,
            label,
            prediction: prediction.class,
            confidence: prediction.confidence(),
            label_probability: prediction.probabilities[label as usize],
        });
    }
    let calibration = scored.iter().map(|row| (row.confidence, row.is_right()));
    let report = ClassificationReport::new(
        counts,
        loss_sum / rows.len().max(1) as f64,
        in_top_2,
        Calibration::new(calibration),
        &class_names,
        majority,
    );
    let mut scored = Scored {
        report,
        rows: scored,
    };
    let mistakes = scored.mistakes().into_iter().take(MAX_MISTAKES);
    scored.report.most_confident_mistakes = mistakes.map(|row| row.named(&class_names)).collect();
    scored
}

/// Returns the misclassified rows, those whose label is most likely wrong first.
///
/// They are sorted by the probability of the given label, the lowest first: the "self-confidence" of
/// Northcutt, Jiang and Chuang 2021, "Confident learning: estimating uncertainty in dataset labels".
#[must_use]
pub fn label_suspects(scored: &Scored, class_names: &[String]) -> Vec<Mistake> {
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
    pub test: Option<ClassificationReport>,
    /// Metrics of the validation rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation: Option<ClassificationReport>,
    /// Metrics of the training rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub train: Option<ClassificationReport>,
    /// Step of the evaluated checkpoint.
    pub step: u64,
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
    pub fn splits(&self) -> impl Iterator<Item = (Split, &ClassificationReport)> {
        [
            (Split::Test, &self.test),
            (Split::Validation, &self.validation),
            (Split::Train, &self.train),
        ]
        .into_iter()
        .filter_map(|(split, report)| Some((split, report.as_ref()?)))
    }

    /// Adds the evaluation of a split, and its warning if there is one.
    #[must_use]
    pub fn with(mut self, split: Split, scored: &Scored, class_names: &[String]) -> Self {
        self.warnings.extend(scored.warning(split, class_names));
        let report = Some(scored.report.clone());
        match split {
            Split::Train => self.train = report,
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
        let fits = |report: &ClassificationReport| {
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
