//! Intervals and sets of classes that hold the truth of a given share of rows: split conformal prediction (Vovk,
//! Gammerman and Shafer 2005; Lei et al. 2018, "Distribution-free predictive inference for regression"; Sadinle, Lei and
//! Wasserman 2019, "Least ambiguous set-valued classifiers with bounded error levels").
//!
//! The score of a held-out row is its absolute error, or 1 less the probability of its class. With n rows, the quantile at
//! `⌈(n + 1)·level⌉/n` of the scores is exceeded by the score of a new row, drawn as these were, in at most `1 − level` of
//! cases, whatever the network is. Under `data.target_transform = "log"` the error is that of the logarithm: intervals are
//! as wide as a factor, and above 0.

use mlp_data::options::TargetTransform;
use serde::{Deserialize, Serialize};

use super::{CalibrationRows, CalibrationSource, Decision, KeptOutputs, StoredDecision};
use crate::error::RunError;
use crate::model::{ClassPrediction, LoadedRun, Predictions, Predictor};
use crate::run::RunDirectory;
use mlp_data::Dataset;

/// Rows below which an interval says how few it rests on: with n rows, the coverage of one set of intervals has a
/// deviation of about `√(level·(1 − level)/n)`, 3 points at 0.9.
pub const FEW_ROWS: usize = 100;

/// Absorbs rounding in `(n + 1)·level` where that is a whole number.
const ROUNDING: f64 = 1e-9;

/// Levels whose quantiles `decision.json` has.
pub const LEVELS: [f64; 3] = [0.8, 0.9, 0.95];

/// The scores of held-out rows, from which an interval of any level follows.
#[derive(Clone, Debug, PartialEq)]
pub struct ConformalScores {
    /// In ascending order.
    sorted: Vec<f64>,
    source: CalibrationSource,
    transform: TargetTransform,
}

/// An interval around predicted numbers, or a set of classes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Share of rows whose truth it holds, at least and in the mean.
    pub level: f64,
    /// Held-out rows that it rests on.
    pub rows: usize,
    /// What they were held out for.
    pub source: CalibrationSource,
    /// The largest score that it admits.
    pub quantile: f64,
    transform: TargetTransform,
}

/// There are too few held-out rows for a level.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("an interval of {level} needs {needed} held-out rows at least, and there are {rows}")]
pub struct TooFewRows {
    /// The level asked for.
    pub level: f64,
    /// Rows that there are.
    pub rows: usize,
    /// Rows that it takes.
    pub needed: usize,
}

/// Returns the position, counted from 1, of the quantile among the sorted scores of this many rows; `None` if it is beyond
/// the last.
fn position(rows: usize, level: f64) -> Option<usize> {
    let position = ((rows + 1) as f64 * level - ROUNDING).ceil().max(1.0);
    #[allow(clippy::cast_sign_loss)] // it is 1 at least
    let position = position as usize;
    (position <= rows).then_some(position)
}

impl ConformalScores {
    /// Computes the scores of the rows that a run keeps.
    #[must_use]
    pub fn of(kept: &CalibrationRows, decision: &Decision, transform: TargetTransform) -> Self {
        let mut sorted: Vec<f64> = match &kept.outputs {
            KeptOutputs::Classes { logits, labels } => {
                let classes = logits.len() / labels.len().max(1);
                let rows = logits.chunks_exact(classes.max(1)).zip(labels);
                rows.map(|(row, &label)| 1.0 - decision.predict(row).probabilities[label as usize])
                    .collect()
            }
            KeptOutputs::Values {
                predictions,
                labels,
            } => {
                let rows = predictions.iter().zip(labels);
                rows.map(|(prediction, label)| error(*prediction, *label, transform))
                    .collect()
            }
        };
        sorted.sort_by(f64::total_cmp);
        Self {
            sorted,
            source: kept.source,
            transform,
        }
    }

    /// Returns the interval of a level, above 0 and below 1.
    ///
    /// # Errors
    /// If there are too few rows.
    #[allow(clippy::cast_sign_loss)] // levels are positive
    pub fn interval(&self, level: f64) -> Result<Interval, TooFewRows> {
        let rows = self.sorted.len();
        let position = position(rows, level).ok_or_else(|| TooFewRows {
            level,
            rows,
            needed: (level / (1.0 - level) * (1.0 - ROUNDING)).ceil() as usize,
        })?;
        Ok(Interval {
            level,
            rows,
            source: self.source,
            quantile: self.sorted[position - 1],
            transform: self.transform,
        })
    }
}

/// Returns the absolute error of a prediction, of its logarithm if that was trained on.
fn error(prediction: f64, label: f64, transform: TargetTransform) -> f64 {
    match transform {
        TargetTransform::None => (label - prediction).abs(),
        TargetTransform::Log => (label.ln() - prediction.ln()).abs(),
    }
}

/// What the intervals of a run rest on: the scores of the rows that it keeps, else the quantiles of `decision.json`.
#[derive(Clone, Debug, PartialEq)]
pub struct Intervals {
    scores: Option<ConformalScores>,
    stored: Vec<StoredInterval>,
    transform: TargetTransform,
    /// Number of rows that the stored quantiles rest on, and what these were held out for.
    fitted: (usize, CalibrationSource),
}

/// A quantile in `decision.json`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredInterval {
    /// Share of rows whose truth the interval holds.
    pub level: f64,
    /// Largest absolute error, or largest 1 less the probability of a class, that it admits; of a logarithm where that was
    /// trained on.
    pub quantile: f64,
}

impl Intervals {
    /// Returns the levels for which there is an interval: with n rows, up to n/(n + 1).
    #[must_use]
    pub fn levels(&self) -> Levels {
        match &self.scores {
            Some(scores) => {
                let rows = scores.sorted.len() as f64;
                Levels::UpTo(rows / (rows + 1.0))
            }
            None => Levels::Only(self.stored.iter().map(|stored| stored.level).collect()),
        }
    }

    /// Reads what the intervals of a loaded run rest on.
    ///
    /// # Errors
    /// If the run keeps nothing for this checkpoint, or a file is damaged.
    pub fn read(run: &RunDirectory, trained: &LoadedRun) -> Result<Self, RunError> {
        let schema = &trained.model.schema;
        let transform = schema.target_scaling();
        let transform = transform.map_or(TargetTransform::None, |scaling| scaling.transform);
        let step = trained.step;
        let stored = StoredDecision::read(run, schema.classes())?;
        let stored = stored.filter(|stored| stored.step == step);
        let kept = CalibrationRows::read(run, schema)?;
        let other = kept.as_ref().map(|kept| kept.step);
        let kept = kept.filter(|kept| kept.step == step);
        let fitted = stored.as_ref().and_then(|stored| stored.fitted.as_ref());
        let intervals = Self {
            fitted: fitted.map_or((0, CalibrationSource::Validation), |fitted| {
                (fitted.rows, fitted.source)
            }),
            scores: kept.map(|kept| ConformalScores::of(&kept, &trained.model.decision, transform)),
            stored: stored.map_or_else(Vec::new, |stored| stored.intervals),
            transform,
        };
        if intervals.scores.is_some() || !intervals.stored.is_empty() {
            return Ok(intervals);
        }
        Err(match other {
            Some(other) => RunError::Uncalibrated {
                path: run.calibration(),
                why: format!(
                    "its rows were predicted by the checkpoint of step {other}, and this is that of step {step}: no interval \
                     is known for it"
                ),
                remedy: "leave --checkpoint out",
            },
            None => RunError::Uncalibrated {
                path: run.path().to_owned(),
                why: "the run keeps no held-out rows, on which an interval could rest".to_owned(),
                remedy: "train with data.calibration = 0.1, or with validation rows, to the end",
            },
        })
    }

    /// Returns the interval of a level, above 0 and below 1.
    ///
    /// # Errors
    /// If there are too few rows, or only the quantiles of other levels are known.
    pub fn interval(&self, run: &RunDirectory, level: f64) -> Result<Interval, RunError> {
        if let Some(scores) = &self.scores {
            return scores
                .interval(level)
                .map_err(|error| RunError::Uncalibrated {
                    path: run.calibration(),
                    why: error.to_string(),
                    remedy: "ask for a lower level, or train with a larger data.calibration",
                });
        }
        let is_same = |stored: &&StoredInterval| (stored.level - level).abs() < ROUNDING;
        let stored = self.stored.iter().find(is_same);
        let stored = stored.ok_or_else(|| {
            let known: Vec<String> = self.stored.iter().map(|of| of.level.to_string()).collect();
            RunError::Uncalibrated {
                path: run.decision(),
                why: format!(
                    "it has the quantiles of {}, not of {level}, and calibration.safetensors is missing",
                    known.join(", ")
                ),
                remedy: "ask for one of these levels, or restore the file from a copy",
            }
        })?;
        Ok(Interval {
            level,
            rows: self.fitted.0,
            source: self.fitted.1,
            quantile: stored.quantile,
            transform: self.transform,
        })
    }
}

/// The levels that intervals of a run can have.
#[derive(Clone, Debug, PartialEq)]
pub enum Levels {
    /// Any above 0 up to this one.
    UpTo(f64),
    /// These.
    Only(Vec<f64>),
}

impl Interval {
    /// Returns lower and upper end around a predicted number.
    #[must_use]
    pub fn range(&self, prediction: f64) -> (f64, f64) {
        match self.transform {
            TargetTransform::None => (prediction - self.quantile, prediction + self.quantile),
            TargetTransform::Log => {
                let factor = self.quantile.exp();
                (prediction / factor, prediction * factor)
            }
        }
    }

    /// Returns the classes that may be the true one, the most probable first; it is always among them.
    #[must_use]
    pub fn set(&self, prediction: &ClassPrediction) -> Vec<u32> {
        let probabilities = &prediction.probabilities;
        let mut classes: Vec<u32> = (0..probabilities.len() as u32).collect();
        classes.sort_by(|a, b| {
            let of = |class: &u32| probabilities[*class as usize];
            of(b).total_cmp(&of(a)).then(a.cmp(b))
        });
        let admitted = classes
            .iter()
            .filter(|class| 1.0 - probabilities[**class as usize] <= self.quantile)
            .count();
        classes.truncate(admitted.max(1));
        classes
    }

    /// Measures the interval on labelled rows; `None` if there are none.
    ///
    /// # Panics
    /// If the rows have no target, or another than the model's.
    #[must_use]
    pub fn measure(
        &self,
        predictor: &mut dyn Predictor,
        dataset: &Dataset,
        rows: &[u32],
    ) -> Option<IntervalReport> {
        let (mut covered, mut size) = (0_u64, 0.0);
        match predictor.predict(dataset, rows) {
            Predictions::Classes(predictions) => {
                let labels = dataset.labels().unwrap_or_default();
                for (prediction, &row) in predictions.iter().zip(rows) {
                    let set = self.set(prediction);
                    covered += u64::from(set.contains(&labels[row as usize]));
                    size += set.len() as f64;
                }
            }
            Predictions::Values(predictions) => {
                let values = dataset.values().unwrap_or_default();
                for (prediction, &row) in predictions.iter().zip(rows) {
                    let (low, high) = self.range(*prediction);
                    covered += u64::from((low..=high).contains(&values[row as usize]));
                    size += high - low;
                }
            }
        }
        let count = rows.len() as f64;
        let is_class = dataset.values().is_none();
        (!rows.is_empty()).then(|| IntervalReport {
            rows: rows.len(),
            coverage: covered as f64 / count,
            mean_width: (!is_class).then_some(size / count),
            mean_set_size: is_class.then_some(size / count),
        })
    }
}

/// How often the intervals of rows held the truth, and how large they were.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct IntervalReport {
    /// Rows measured.
    pub rows: usize,
    /// Share of them whose truth was in their interval.
    pub coverage: f64,
    /// Mean width, in the unit of the file; `None` of classes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean_width: Option<f64>,
    /// Mean number of classes in a set; `None` of numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean_set_size: Option<f64>,
}

impl StoredDecision {
    /// Sets the quantiles of [`LEVELS`], as far as there are rows enough.
    pub fn set_intervals(&mut self, scores: &ConformalScores) {
        let known = LEVELS
            .iter()
            .filter_map(|&level| scores.interval(level).ok());
        self.intervals = known
            .map(|interval| StoredInterval {
                level: interval.level,
                quantile: interval.quantile,
            })
            .collect();
    }
}

/// Checks a level of intervals, for texts that a user writes.
///
/// # Errors
/// What it must be.
pub fn parse_level(text: &str) -> Result<f64, String> {
    let level: Option<f64> = text.parse().ok();
    let level = level.filter(|level| *level > 0.0 && *level < 1.0);
    level.ok_or_else(|| match text.trim_end_matches('%').parse::<f64>() {
        Ok(percent) if (1.0..100.0).contains(&percent) => {
            format!(
                "expected a share above 0 and below 1: {percent} % is {}",
                percent / 100.0
            )
        }
        _ => "expected a share above 0 and below 1, such as 0.9".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use mlp_data::random::{Purpose, Stream};

    /// Calibration rows and rows to test in each of the simulations.
    const ROWS: (u64, u64) = (120, 60);
    const SIMULATIONS: u64 = 400;

    fn values(stream: Stream, rows: u64) -> (Vec<f64>, Vec<f64>) {
        let predictions: Vec<f64> = (0..rows)
            .map(|row| 10.0 * stream.uniform(5000 + row))
            .collect();
        // Errors with heavy tails, larger where predictions are.
        let labels = predictions.iter().zip(0..).map(|(prediction, row)| {
            let error = stream.normal(row);
            prediction + error * error * error * (1.0 + prediction)
        });
        let labels = labels.collect();
        (predictions, labels)
    }

    fn kept(outputs: KeptOutputs, rows: u64) -> CalibrationRows {
        CalibrationRows {
            step: 1,
            source: CalibrationSource::Calibration,
            available: rows as usize,
            rows: (0..rows as u32).collect(),
            outputs,
        }
    }

    /// Returns the mean coverage over simulations.
    fn mean(level: f64, simulation: impl Fn(&Stream, f64) -> f64) -> f64 {
        let simulations = (0..SIMULATIONS).map(|number| {
            let stream = Stream::new(17, Purpose::Synthesis, number);
            simulation(&stream, level)
        });
        simulations.sum::<f64>() / SIMULATIONS as f64
    }

    #[test]
    fn intervals_of_numbers_cover_what_they_promise() {
        for level in [0.8, 0.9, 0.95] {
            let coverage = mean(level, |stream, level| {
                let all = values(*stream, ROWS.0 + ROWS.1);
                let (predictions, labels) = (&all.0, &all.1);
                let at = ROWS.0 as usize;
                let outputs = KeptOutputs::Values {
                    predictions: predictions[..at].to_vec(),
                    labels: labels[..at].to_vec(),
                };
                let kept = kept(outputs, ROWS.0);
                let scores =
                    ConformalScores::of(&kept, &Decision::default(), TargetTransform::None);
                let interval = scores.interval(level).unwrap();
                let tested = predictions[at..].iter().zip(&labels[at..]);
                let covered = tested.filter(|(prediction, label)| {
                    let (low, high) = interval.range(**prediction);
                    (low..=high).contains(*label)
                });
                covered.count() as f64 / ROWS.1 as f64
            });
            assert!((coverage - level).abs() < 0.02, "{level}: {coverage}");
        }
    }

    #[test]
    fn sets_of_classes_cover_what_they_promise() {
        for level in [0.8, 0.9, 0.95] {
            let coverage = mean(level, |stream, level| {
                let rows = ROWS.0 + ROWS.1;
                let (mut logits, mut labels) = (Vec::new(), Vec::new());
                for row in 0..rows {
                    let label = stream.below(row, 4) as u32;
                    labels.push(label);
                    // Too sure of itself: logits of three times their size.
                    logits.extend((0..4_u32).map(|class| {
                        let own = if class == label { 1.0 } else { 0.0 };
                        (3.0 * (own + stream.normal(10_000 + 4 * row + u64::from(class)))) as f32
                    }));
                }
                let at = ROWS.0 as usize;
                let outputs = KeptOutputs::Classes {
                    logits: logits[..4 * at].to_vec(),
                    labels: labels[..at].to_vec(),
                };
                let decision = Decision::default();
                let scores =
                    ConformalScores::of(&kept(outputs, ROWS.0), &decision, TargetTransform::None);
                let interval = scores.interval(level).unwrap();
                let tested = logits[4 * at..].chunks(4).zip(&labels[at..]);
                let covered = tested.filter(|(logits, label)| {
                    let set = interval.set(&decision.predict(logits));
                    assert!(!set.is_empty());
                    set.contains(label)
                });
                covered.count() as f64 / ROWS.1 as f64
            });
            assert!(coverage > level - 0.02, "{level}: {coverage}");
        }
    }

    /// With few rows one position more or less is points of coverage: 4 of 5 scores of a new row are below the quantile.
    #[test]
    fn the_quantile_is_neither_one_too_low_nor_one_too_high() {
        for (rows, level, expected) in [
            (9, 0.9, Some(9)),
            (8, 0.9, None),
            (19, 0.95, Some(19)),
            (18, 0.95, None),
            (19, 0.9, Some(18)),
            (99, 0.9, Some(90)),
            (100, 0.9, Some(91)),
            (4, 0.8, Some(4)),
            (9, 0.7, Some(7)),
            (10, 0.05, Some(1)),
            (0, 0.5, None),
        ] {
            assert_eq!(position(rows, level), expected, "{rows} {level}");
        }
        for level in [0.8, 0.9] {
            let rows = if level < 0.85 { 4 } else { 9 };
            let simulations = 20_000;
            let covered = (0..simulations).filter(|number| {
                let stream = Stream::new(23, Purpose::Synthesis, *number);
                let mut sorted: Vec<f64> = (0..rows).map(|row| stream.uniform(row)).collect();
                sorted.sort_by(f64::total_cmp);
                let scores = ConformalScores {
                    sorted,
                    source: CalibrationSource::Calibration,
                    transform: TargetTransform::None,
                };
                stream.uniform(rows) <= scores.interval(level).unwrap().quantile
            });
            let coverage = covered.count() as f64 / simulations as f64;
            assert!((coverage - level).abs() < 0.01, "{level}: {coverage}");
        }
    }

    #[test]
    fn too_few_rows_are_counted() {
        let scores = ConformalScores {
            sorted: vec![1.0; 18],
            source: CalibrationSource::Calibration,
            transform: TargetTransform::None,
        };
        let error = scores.interval(0.95).unwrap_err();
        assert_eq!((error.rows, error.needed), (18, 19));
        assert_eq!(scores.interval(0.9999).unwrap_err().needed, 9999);
        assert_eq!(scores.interval(0.94).unwrap().rows, 18);
    }

    #[test]
    fn intervals_of_logarithms_are_factors() {
        let outputs = KeptOutputs::Values {
            predictions: vec![1.0, 10.0, 100.0],
            labels: vec![2.0, 5.0, 100.0],
        };
        let kept = kept(outputs, 3);
        let scores = ConformalScores::of(&kept, &Decision::default(), TargetTransform::Log);
        let (low, high) = scores.interval(0.75).unwrap().range(8.0);
        assert!(
            (low - 4.0).abs() < 1e-12 && (high - 16.0).abs() < 1e-12,
            "{low} {high}"
        );
    }

    #[test]
    fn a_set_has_the_most_probable_class_and_all_that_are_probable_enough() {
        let prediction = Decision::default().predict(&[0.0, 2.0, 1.0]);
        let interval = |quantile| Interval {
            level: 0.9,
            rows: 100,
            source: CalibrationSource::Calibration,
            quantile,
            transform: TargetTransform::None,
        };
        assert_eq!(interval(0.0).set(&prediction), [1]);
        assert_eq!(interval(0.8).set(&prediction), [1, 2]);
        assert_eq!(interval(1.0).set(&prediction), [1, 2, 0]);
    }

    #[test]
    fn levels_are_shares() {
        assert_eq!(parse_level("0.9"), Ok(0.9));
        for wrong in ["0", "1", "-0.5", "x", "nan"] {
            assert!(parse_level(wrong).is_err(), "{wrong}");
        }
        assert!(parse_level("90").unwrap_err().contains("0.9"));
    }
}
