//! Decides which config is better.

use serde::Serialize;

use super::metrics::ConfigMetrics;
use super::study::Study;
use mlp_core::metrics::significance::{PairedComparison, holm};
use mlp_core::run::Split;

/// Smaller p are reported as below this.
const MIN_P: f64 = 1e-4;

/// Two configs, compared.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PairMetrics {
    /// The config with the higher mean accuracy; the one named first if they are equal.
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

/// Compares all pairs, ordered by the accuracy of the better and then of the other.
fn pairs(configs: &[ConfigMetrics]) -> Vec<PairMetrics> {
    let mut ranked: Vec<&ConfigMetrics> = configs.iter().collect();
    // A stable sort: equal configs keep the order given.
    ranked.sort_by(|a, b| b.accuracy.mean.total_cmp(&a.accuracy.mean));
    let right = |config: &ConfigMetrics| -> Vec<Vec<bool>> {
        let networks = config.networks.iter();
        networks.map(|network| network.right.clone()).collect()
    };
    let mut compared = Vec::new();
    for (rank, ahead) in ranked.iter().enumerate() {
        for behind in &ranked[rank + 1..] {
            let comparison = PairedComparison::new(&right(ahead), &right(behind));
            compared.push((ahead.name.clone(), behind.name.clone(), comparison));
        }
    }
    let p: Vec<f64> = compared.iter().map(|(.., c)| c.p).collect();
    let corrected = holm(&p);
    let pairs = compared.into_iter().zip(corrected);
    pairs
        .map(|((ahead, behind, comparison), corrected_p)| {
            let better = comparison.is_claimed(corrected_p);
            PairMetrics {
                sentence: sentence(&ahead, &behind, &comparison, corrected_p, better),
                ahead,
                behind,
                comparison,
                corrected_p,
                better,
            }
        })
        .collect()
}

fn sentence(ahead: &str, behind: &str, c: &PairedComparison, p: f64, better: bool) -> String {
    let points = |share: f64| format!("{:.2}", 100.0 * share).replace('-', "−");
    let p = if p < MIN_P {
        format!("p < {MIN_P}")
    } else {
        let digits = if p < 0.1 { 4 } else { 2 };
        format!("p = {p:.digits$}")
    };
    let by = points(c.difference);
    let figures = format!(
        "95 % interval {} to {}, {p}",
        points(c.interval[0]),
        points(c.interval[1])
    );
    if better {
        format!("{ahead} is better than {behind}: by {by} points of accuracy ({figures}).")
    } else if by == "0.00" {
        format!(
            "Between {ahead} and {behind} no difference can be shown: they are equal to the hundredth of a point ({figures})."
        )
    } else {
        format!(
            "Between {ahead} and {behind} no difference can be shown: {ahead} is ahead by {by} points of accuracy ({figures})."
        )
    }
}
