//! Scoring a trained network on labelled rows, and the files that hold the result.

mod examples;
mod suspects;

pub use examples::write_examples;
pub use suspects::label_suspects;

use std::io::Write as _;

use serde::{Deserialize, Serialize};

use crate::error::RunError;
use crate::metrics::{Calibration, ClassificationReport, ConfusionMatrix, Mistake, rank};
use crate::model::Predictor;
use crate::run::{RunDirectory, Split};
use mlp_data::Dataset;
use mlp_data::atomic_file;

/// Mistakes kept in the report of a split.
const MOST_MISTAKES: usize = 30;

/// What became of one row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScoredRow {
    /// Number of the row in its data set, counted from 0.
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
    /// Whether the prediction is the label.
    #[must_use]
    pub const fn is_right(&self) -> bool {
        self.label == self.prediction
    }

    /// As a report has it, with the names of the classes.
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
}

/// A split, scored.
#[derive(Clone, Debug, PartialEq)]
pub struct Scored {
    /// Figures of all rows together.
    pub report: ClassificationReport,
    /// Each row.
    pub rows: Vec<ScoredRow>,
}

impl Scored {
    /// The rows that were predicted wrong, the most confident first.
    #[must_use]
    pub fn mistakes(&self) -> Vec<&ScoredRow> {
        let mut wrong: Vec<&ScoredRow> = self.rows.iter().filter(|row| !row.is_right()).collect();
        wrong.sort_by(|a, b| {
            b.confidence
                .total_cmp(&a.confidence)
                .then(a.row.cmp(&b.row))
        });
        wrong
    }
}

/// Scores rows of a labelled data set.
#[must_use]
#[allow(clippy::cast_precision_loss)] // row counts are far below 2⁵³
pub fn score(predictor: &mut dyn Predictor, dataset: &Dataset, rows: &[u32]) -> Scored {
    let labels = dataset.labels().unwrap_or_default();
    let class_names = predictor.model().classes().to_vec();
    let mut matrix = ConfusionMatrix::new(class_names.len());
    let (mut loss_sum, mut in_top_2) = (0.0, 0);
    let mut scored = Vec::with_capacity(rows.len());
    for (&row, prediction) in rows.iter().zip(predictor.predict(dataset, rows)) {
        let label = labels[row as usize];
        matrix.add(label, prediction.class);
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
        matrix,
        loss_sum / rows.len().max(1) as f64,
        in_top_2,
        Calibration::new(calibration),
        &class_names,
    );
    let mut scored = Scored {
        report,
        rows: scored,
    };
    let mistakes = scored.mistakes().into_iter().take(MOST_MISTAKES);
    scored.report.most_confident_mistakes = mistakes.map(|row| row.named(&class_names)).collect();
    scored
}

/// `evaluation.json`: the figures of each split that there is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// The test rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<ClassificationReport>,
    /// The held-out rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation: Option<ClassificationReport>,
    /// The rows trained on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub train: Option<ClassificationReport>,
    /// Step of the checkpoint that was scored.
    pub step: u64,
    /// Set if other rows took the place of the configured files: which, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<String>,
    /// Format version.
    pub format: u32,
}

impl Evaluation {
    /// The format version this program writes.
    pub const FORMAT: u32 = 3;

    /// The splits there are, the one that says most about unseen rows first.
    pub fn splits(&self) -> impl Iterator<Item = (Split, &ClassificationReport)> {
        [
            (Split::Test, &self.test),
            (Split::Validation, &self.validation),
            (Split::Train, &self.train),
        ]
        .into_iter()
        .filter_map(|(split, report)| Some((split, report.as_ref()?)))
    }

    /// Reads a run's evaluation.
    ///
    /// # Errors
    /// If it is missing, damaged or of a newer format.
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

    /// Writes it into a run.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn write(&self, run: &RunDirectory) -> Result<(), RunError> {
        crate::run::write_json(&run.evaluation(), self)
    }
}

/// Writes `predictions.csv`: one line for each scored row of each split.
///
/// # Errors
/// If the disk refuses.
pub fn write_predictions(
    run: &RunDirectory,
    splits: &[(Split, &Scored)],
    class_names: &[String],
) -> Result<(), RunError> {
    let path = run.predictions();
    let mut text = Vec::new();
    let write = |text: &mut Vec<u8>| -> std::io::Result<()> {
        writeln!(
            text,
            "split,row,label,prediction,confidence,label_probability"
        )?;
        for (split, scored) in splits {
            let split = split.name();
            for row in &scored.rows {
                let name = |class: u32| mlp_data::csv_field(&class_names[class as usize]);
                let (label, prediction) = (name(row.label), name(row.prediction));
                writeln!(
                    text,
                    "{split},{},{label},{prediction},{},{}",
                    row.row, row.confidence, row.label_probability
                )?;
            }
        }
        Ok(())
    };
    write(&mut text)
        .and_then(|()| atomic_file::replace(&path, &text))
        .map_err(RunError::writing(path))
}
