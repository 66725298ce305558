//! Decides which config is better.

use serde::Serialize;

use super::metrics::{ConfigMetrics, RowQuality, TaskMetrics};
use super::study::Study;
use mlp_core::metrics::significance::{PairedComparison, holm};
use mlp_core::run::Split;

/// Smaller p are reported as below this.
const MIN_P: f64 = 1e-4;

/// Two configs, compared.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PairMetrics {
    /// The config with the higher mean accuracy or the lower mean absolute error; the one named first if they are equal.
    pub ahead: String,
    /// The other config.
    pub behind: String,
    /// Comparison of the first with the other.
    #[serde(flatten)]
    pub comparison: PairedComparison,
    /// p, corrected for the number of pairs.
    pub corrected_p: f64,
    /// Whether `ahead` is claimed to be better.
    pub better: bool,
    /// The result in a sentence.
    pub sentence: String,
}

/// The result of a comparison, `comparison.json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// Format version.
    pub format: u32,
    /// The split evaluated on.
    pub split: Split,
    /// Rows of the split.
    pub rows: usize,
    /// Seed of the split.
    pub split_seed: u64,
    /// What replaced the configured files, if something did: the metrics are not theirs then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fallback: Option<String>,
    /// The configs, in the order given.
    pub configs: Vec<ConfigMetrics>,
    /// All pairs of configs; those with the most accurate one first.
    pub pairs: Vec<PairMetrics>,
    /// Conclusions, a sentence each.
    pub conclusion: Vec<String>,
}

impl Comparison {
    /// Version of the written format.
    pub const FORMAT: u32 = 1;

    /// Compares all pairs of configs.
    #[must_use]
    pub fn new(study: &Study, configs: Vec<ConfigMetrics>) -> Self {
        let pairs = pairs(&configs);
        let best = pairs.first().map(|pair| pair.ahead.clone());
        let mut conclusion: Vec<String> = pairs
            .iter()
            .filter(|pair| Some(&pair.ahead) == best.as_ref())
            .map(|pair| pair.sentence.clone())
            .collect();
        if study.seeds == 1 && !pairs.is_empty() {
            conclusion.push(
                "With one seed each the spread over seeds is not known: only a difference beyond any usual spread is claimed. --seeds 3 or more can tell smaller ones."
                    .to_owned(),
            );
        }
        if study.split == Split::Test && !pairs.is_empty() {
            conclusion.push(
                "The test rows were used to choose: what they say of the chosen config is no longer an unbiased estimate."
                    .to_owned(),
            );
        }
        Self {
            format: Self::FORMAT,
            split: study.split,
            rows: study.rows(),
            split_seed: study.split_seed,
            fallback: study.fallback().map(str::to_owned),
            configs,
            pairs,
            conclusion,
        }
    }
}

/// Compares all pairs, ordered by the accuracy, or the mean absolute error, of the better and then of the other.
fn pairs(configs: &[ConfigMetrics]) -> Vec<PairMetrics> {
    let mut ranked: Vec<&ConfigMetrics> = configs.iter().collect();
    // A stable sort: equal configs keep the order given.
    ranked.sort_by(|a, b| quality(b).total_cmp(&quality(a)));
    let mut compared = Vec::new();
    for (rank, ahead) in ranked.iter().enumerate() {
        for behind in &ranked[rank + 1..] {
            let comparison = paired(ahead, behind);
            compared.push((*ahead, *behind, comparison));
        }
    }
    let p: Vec<f64> = compared.iter().map(|(.., c)| c.p).collect();
    let corrected = holm(&p);
    let pairs = compared.into_iter().zip(corrected);
    pairs
        .map(|((ahead, behind, comparison), corrected_p)| {
            let better = comparison.is_claimed(corrected_p);
            PairMetrics {
                sentence: sentence(ahead, &behind.name, &comparison, corrected_p, better),
                ahead: ahead.name.clone(),
                behind: behind.name.clone(),
                comparison,
                corrected_p,
                better,
            }
        })
        .collect()
}

/// Returns a number that is larger for a better config.
fn quality(config: &ConfigMetrics) -> f64 {
    match config.metrics {
        TaskMetrics::Classes(metrics) => metrics.accuracy.mean,
        TaskMetrics::Values(metrics) => -metrics.mae.mean,
    }
}

/// Compares the rows of two configs, which are of one task.
fn paired(ahead: &ConfigMetrics, behind: &ConfigMetrics) -> PairedComparison {
    let right = |config: &ConfigMetrics| -> Vec<Vec<bool>> {
        let rows = config.networks.iter().map(|network| &network.rows);
        rows.filter_map(|rows| match rows {
            RowQuality::Right(right) => Some(right.clone()),
            RowQuality::Errors(_) => None,
        })
        .collect()
    };
    let errors = |config: &ConfigMetrics| -> Vec<Vec<f64>> {
        let rows = config.networks.iter().map(|network| &network.rows);
        rows.filter_map(|rows| match rows {
            RowQuality::Right(_) => None,
            RowQuality::Errors(errors) => Some(errors.clone()),
        })
        .collect()
    };
    match ahead.metrics {
        TaskMetrics::Classes(_) => PairedComparison::new(&right(ahead), &right(behind)),
        TaskMetrics::Values(_) => PairedComparison::of_errors(&errors(ahead), &errors(behind)),
    }
}

fn sentence(
    ahead: &ConfigMetrics,
    behind: &str,
    c: &PairedComparison,
    p: f64,
    better: bool,
) -> String {
    let p = if p < MIN_P {
        format!("p < {MIN_P}")
    } else {
        let digits = if p < 0.1 { 4 } else { 2 };
        format!("p = {p:.digits$}")
    };
    let [by, low, high] = match ahead.metrics {
        TaskMetrics::Classes(_) => [c.difference, c.interval[0], c.interval[1]]
            .map(|share| format!("{:.2}", 100.0 * share)),
        TaskMetrics::Values(_) => [c.difference, c.interval[0], c.interval[1]].map(significant),
    }
    .map(|number| number.replace('-', "−"));
    let figures = format!("95 % interval {low} to {high}, {p}");
    let ahead_name = &ahead.name;
    match (ahead.metrics, better) {
        (TaskMetrics::Classes(_), true) => {
            format!("{ahead_name} is better than {behind}: by {by} points of accuracy ({figures}).")
        }
        (TaskMetrics::Classes(_), false) if by == "0.00" => format!(
            "Between {ahead_name} and {behind} no difference can be shown: they are equal to the hundredth of a point ({figures})."
        ),
        (TaskMetrics::Classes(_), false) => format!(
            "Between {ahead_name} and {behind} no difference can be shown: {ahead_name} is ahead by {by} points of accuracy ({figures})."
        ),
        (TaskMetrics::Values(_), true) => format!(
            "{ahead_name} is better than {behind}: its mean absolute error is lower by {by} ({figures})."
        ),
        (TaskMetrics::Values(_), false) => format!(
            "Between {ahead_name} and {behind} no difference can be shown: the mean absolute error of {ahead_name} is lower by {by} ({figures})."
        ),
    }
}

/// Formats a number with four significant digits.
fn significant(number: f64) -> String {
    let magnitude = number.abs().log10().floor();
    if !magnitude.is_finite() {
        return "0".to_owned();
    }
    if !(-4.0..12.0).contains(&magnitude) {
        return format!("{number:.3e}");
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // 0 to 7
    let digits = (3.0 - magnitude).max(0.0) as usize;
    format!("{number:.digits$}")
}
