//! The two curves of two classes, ROC and precision–recall, and their histogram of scores.
//!
//! A score is the probability of the positive class. Curves have a point for each distinct score, like those of
//! scikit-learn's `roc_curve(drop_intermediate=False)` and `precision_recall_curve`; [`KeptCurve`] has as many as a
//! drawing needs.

use serde::{Deserialize, Serialize};

/// Maximum number of points of a curve that is kept, but for its ends.
const MAX_POINTS: usize = 500;
/// Largest distance between a curve and what is kept of it, as a share of the axes: a third of a pixel of a drawing of
/// 400 pixels.
const TOLERANCE: f64 = 1.0 / 1200.0;
/// Intervals of the histogram of scores.
const SCORE_BINS: usize = 20;

/// A point of a ROC curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RocPoint {
    /// Share of the negative rows that are predicted positive.
    pub false_positive_rate: f64,
    /// Share of the positive rows that are predicted positive.
    pub true_positive_rate: f64,
    /// Score from which on rows are predicted positive; infinite where none is.
    pub threshold: f64,
}

/// A point of a precision–recall curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PrecisionRecallPoint {
    /// Share of the rows predicted positive that are; 1 where none is.
    pub precision: f64,
    /// Share of the positive rows that are predicted positive.
    pub recall: f64,
    /// Score from which on rows are predicted positive; infinite where none is.
    pub threshold: f64,
}

/// Rows that are predicted positive with a threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Counts {
    pub true_positives: u64,
    pub false_positives: u64,
}

/// The counts at each distinct score, the highest first.
pub(crate) struct Ranking {
    pub steps: Vec<(f64, Counts)>,
    pub positives: u64,
    pub negatives: u64,
}

impl Ranking {
    /// `None` unless there are rows of both classes, all with a score.
    pub fn new(scores: &[(f64, bool)]) -> Option<Self> {
        if scores.iter().any(|(score, _)| score.is_nan()) {
            return None;
        }
        let mut sorted = scores.to_vec();
        sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut counts = Counts {
            true_positives: 0,
            false_positives: 0,
        };
        let mut steps: Vec<(f64, Counts)> = Vec::new();
        for (score, is_positive) in sorted {
            counts.true_positives += u64::from(is_positive);
            counts.false_positives += u64::from(!is_positive);
            match steps.last_mut() {
                #[allow(clippy::float_cmp)] // exact ties are one step
                Some((last, at)) if *last == score => *at = counts,
                _ => steps.push((score, counts)),
            }
        }
        let (positives, negatives) = (counts.true_positives, counts.false_positives);
        (positives > 0 && negatives > 0).then_some(Self {
            steps,
            positives,
            negatives,
        })
    }
}

/// Returns the ROC curve of rows, each its score and whether it is of the positive class, from (0, 0) to (1, 1);
/// `None` unless there are rows of both classes.
#[must_use]
pub fn roc_curve(scores: &[(f64, bool)]) -> Option<Vec<RocPoint>> {
    let ranking = Ranking::new(scores)?;
    let point = |(threshold, counts): &(f64, Counts)| RocPoint {
        false_positive_rate: counts.false_positives as f64 / ranking.negatives as f64,
        true_positive_rate: counts.true_positives as f64 / ranking.positives as f64,
        threshold: *threshold,
    };
    let first = RocPoint {
        false_positive_rate: 0.0,
        true_positive_rate: 0.0,
        threshold: f64::INFINITY,
    };
    Some(
        std::iter::once(first)
            .chain(ranking.steps.iter().map(point))
            .collect(),
    )
}

/// Returns the precision–recall curve of rows, each its score and whether it is of the positive class, from the lowest
/// threshold to recall 0; `None` unless there are rows of both classes.
#[must_use]
pub fn precision_recall_curve(scores: &[(f64, bool)]) -> Option<Vec<PrecisionRecallPoint>> {
    let ranking = Ranking::new(scores)?;
    let point = |(threshold, counts): &(f64, Counts)| {
        let found = counts.true_positives + counts.false_positives; // a step has a row at least
        PrecisionRecallPoint {
            precision: counts.true_positives as f64 / found as f64,
            recall: counts.true_positives as f64 / ranking.positives as f64,
            threshold: *threshold,
        }
    };
    let last = PrecisionRecallPoint {
        precision: 1.0,
        recall: 0.0,
        threshold: f64::INFINITY,
    };
    Some(
        ranking
            .steps
            .iter()
            .rev()
            .map(point)
            .chain(std::iter::once(last))
            .collect(),
    )
}

/// Points of a curve, enough to draw it: what is left out lies within a third of a pixel of the lines between them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct KeptCurve {
    /// False positive rate of a ROC curve, recall of the other.
    pub x: Vec<f64>,
    /// True positive rate of a ROC curve, precision of the other.
    pub y: Vec<f64>,
    /// Score from which on rows are predicted positive; `None` where none is.
    pub thresholds: Vec<Option<f64>>,
}

impl KeptCurve {
    fn of(points: &[(f64, f64, f64)]) -> Self {
        let points = thinned(points);
        Self {
            x: points.iter().map(|point| point.0).collect(),
            y: points.iter().map(|point| point.1).collect(),
            thresholds: points
                .iter()
                .map(|point| point.2.is_finite().then_some(point.2))
                .collect(),
        }
    }

    /// Returns the points.
    pub fn points(&self) -> impl Iterator<Item = (f64, f64)> {
        self.x.iter().copied().zip(self.y.iter().copied())
    }
}

/// Leaves out points that lie nearer than [`TOLERANCE`] to the lines between the others (Ramer 1972; Douglas and Peucker
/// 1973), more where too many are left.
fn thinned(points: &[(f64, f64, f64)]) -> Vec<(f64, f64, f64)> {
    let mut tolerance = TOLERANCE;
    // So that the time does not grow with the square of the number of rows.
    let mut points = spaced(points, tolerance / 8.0);
    loop {
        points = simplified(&points, tolerance);
        if points.len() <= MAX_POINTS {
            return points;
        }
        tolerance *= 1.25;
    }
}

/// Leaves out points nearer than `distance`, along both axes, to the last one before them that is not left out.
fn spaced(points: &[(f64, f64, f64)], distance: f64) -> Vec<(f64, f64, f64)> {
    let mut kept: Vec<(f64, f64, f64)> = Vec::new();
    for (index, point) in points.iter().enumerate() {
        let is_far = kept.last().is_none_or(|last| {
            (point.0 - last.0).abs() >= distance || (point.1 - last.1).abs() >= distance
        });
        if is_far || index + 1 == points.len() {
            kept.push(*point);
        }
    }
    kept
}

fn simplified(points: &[(f64, f64, f64)], tolerance: f64) -> Vec<(f64, f64, f64)> {
    let mut is_kept = vec![false; points.len()];
    let mut pending = vec![(0, points.len().saturating_sub(1))];
    while let Some((first, last)) = pending.pop() {
        for end in [first, last] {
            if let Some(kept) = is_kept.get_mut(end) {
                *kept = true;
            }
        }
        let farthest = (first + 1..last)
            .map(|index| (distance(points[index], points[first], points[last]), index))
            .max_by(|a, b| a.0.total_cmp(&b.0));
        if let Some((distance, index)) = farthest
            && distance > tolerance
        {
            pending.extend([(first, index), (index, last)]);
        }
    }
    let kept = points.iter().zip(is_kept);
    kept.filter(|(_, is_kept)| *is_kept)
        .map(|(point, _)| *point)
        .collect()
}

/// Returns the distance of a point from the line between two others.
fn distance(point: (f64, f64, f64), from: (f64, f64, f64), to: (f64, f64, f64)) -> f64 {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let (px, py) = (point.0 - from.0, point.1 - from.1);
    let length = dx * dx + dy * dy;
    let along = if length > 0.0 {
        ((px * dx + py * dy) / length).clamp(0.0, 1.0)
    } else {
        0.0
    };
    (px - along * dx).hypot(py - along * dy)
}

/// What the scores of the rows of a split say of its two classes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BinaryReport {
    /// Name of the positive class.
    pub positive: String,
    /// Probability of the positive class from which on it is predicted.
    pub threshold: f64,
    /// True against false positive rate; empty unless there are rows of both classes.
    pub roc: KeptCurve,
    /// Precision against recall; empty unless there are rows of both classes.
    pub precision_recall: KeptCurve,
    /// Rows of the positive class in each of 20 equal intervals of the score from 0 to 1; an edge belongs to the
    /// interval above it.
    pub positive_scores: Vec<u64>,
    /// Rows of the other class in the same intervals.
    pub negative_scores: Vec<u64>,
}

impl BinaryReport {
    /// Describes rows, each its score and whether it is of the positive class.
    #[must_use]
    #[allow(clippy::cast_sign_loss)] // scores are at least 0
    pub fn new(positive: &str, threshold: f64, scores: &[(f64, bool)]) -> Self {
        let roc = roc_curve(scores).unwrap_or_default();
        let roc: Vec<_> = roc
            .iter()
            .map(|at| (at.false_positive_rate, at.true_positive_rate, at.threshold))
            .collect();
        let both = precision_recall_curve(scores).unwrap_or_default();
        let both: Vec<_> = both
            .iter()
            .map(|at| (at.recall, at.precision, at.threshold))
            .collect();
        let histogram = |of: bool| {
            let mut counts = vec![0; SCORE_BINS];
            for (score, _) in scores.iter().filter(|(_, is_positive)| *is_positive == of) {
                counts[((score * SCORE_BINS as f64) as usize).min(SCORE_BINS - 1)] += 1;
            }
            counts
        };
        Self {
            positive: positive.to_owned(),
            threshold,
            roc: KeptCurve::of(&roc),
            precision_recall: KeptCurve::of(&both),
            positive_scores: histogram(true),
            negative_scores: histogram(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mlp_data::random::{Purpose, Stream};

    /// Rows whose scores overlap; each third score is rounded, so that there are ties.
    fn rows(count: u64) -> Vec<(f64, bool)> {
        let stream = Stream::new(3, Purpose::Examples, 0);
        (0..count)
            .map(|row| {
                let is_positive = row % 4 == 0;
                let center = if is_positive { 0.8 } else { -0.8 };
                let score = 1.0 / (1.0 + (-center - stream.normal(row)).exp());
                let score = if row % 3 == 0 {
                    (50.0 * score).round() / 50.0
                } else {
                    score
                };
                (score, is_positive)
            })
            .collect()
    }

    /// Returns the largest distance of a point of `curve` from the lines between `kept`.
    fn error(curve: &[(f64, f64, f64)], kept: &[(f64, f64, f64)]) -> f64 {
        let nearest = |point: &(f64, f64, f64)| {
            let lines = kept.windows(2);
            lines
                .map(|ends| distance(*point, ends[0], ends[1]))
                .fold(f64::INFINITY, f64::min)
        };
        curve.iter().map(nearest).fold(0.0, f64::max)
    }

    #[test]
    fn a_thinned_curve_is_short_and_within_half_a_pixel() {
        for count in [10, 300, 1000, 4000, 20_000] {
            let rows = rows(count);
            let roc: Vec<_> = roc_curve(&rows)
                .unwrap()
                .iter()
                .map(|at| (at.false_positive_rate, at.true_positive_rate, at.threshold))
                .collect();
            let both: Vec<_> = precision_recall_curve(&rows)
                .unwrap()
                .iter()
                .map(|at| (at.recall, at.precision, at.threshold))
                .collect();
            for curve in [roc, both] {
                let kept = thinned(&curve);
                assert!(kept.len() <= MAX_POINTS, "{count}: {}", kept.len());
                assert_eq!((kept[0], kept.last()), (curve[0], curve.last()));
                assert!(error(&curve, &kept) < 0.5 / 400.0, "{count}");
            }
        }
    }

    #[test]
    fn curves_need_both_classes_and_scores() {
        assert_eq!(roc_curve(&[(0.5, true)]), None);
        assert_eq!(precision_recall_curve(&[(0.5, false)]), None);
        assert_eq!(roc_curve(&[(f64::NAN, true), (0.5, false)]), None);
        let report = BinaryReport::new("yes", 0.5, &[(1.0, true), (0.0, true)]);
        assert!(report.roc.x.is_empty());
        assert_eq!(
            (report.positive_scores[0], report.positive_scores[19]),
            (1, 1)
        );
    }

    #[test]
    fn equal_scores_are_one_point() {
        let curve = roc_curve(&[(0.7, true), (0.7, false), (0.2, false)]).unwrap();
        let points: Vec<_> = curve
            .iter()
            .map(|at| (at.false_positive_rate, at.true_positive_rate, at.threshold))
            .collect();
        assert_eq!(
            points,
            [(0.0, 0.0, f64::INFINITY), (0.5, 1.0, 0.7), (1.0, 1.0, 0.2)]
        );
    }
}
