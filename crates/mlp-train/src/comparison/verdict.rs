//! Which config is better, in numbers and in words.

use serde::Serialize;

use super::field::Study;
use super::figures::ConfigMetrics;
use mlp_core::metrics::significance::{PairedComparison, holm};
use mlp_core::run::Split;

/// Below this, a p is told as being below it.
const LEAST_P: f64 = 1e-4;

/// Two configs, compared.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PairMetrics {
    /// The config with the higher mean accuracy; with equal ones, the one named earlier.
    pub ahead: String,
    /// The other.
    pub behind: String,
    /// Of the first against the other.
    #[serde(flatten)]
    pub comparison: PairedComparison,
    /// Its p, corrected for the number of pairs.
    pub corrected_p: f64,
    /// Whether the one ahead is said to be better.
    pub better: bool,
    /// That in a sentence.
    pub sentence: String,
}

/// `comparison.json`: everything that came out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// Format version.
    pub format: u32,
    /// The split that judged.
    pub split: Split,
    /// Rows in it.
    pub rows: usize,
    /// Seed that drew it.
    pub split_seed: u64,
    /// Set if something stood in for the configured files: these are then not their figures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fallback: Option<String>,
    /// Each config, as named.
    pub configs: Vec<ConfigMetrics>,
    /// Each pair of configs; those with the most accurate config first.
    pub pairs: Vec<PairMetrics>,
    /// What can be said, a sentence each.
    pub conclusion: Vec<String>,
}

impl Comparison {
    /// The format version this program writes.
    pub const FORMAT: u32 = 1;

    /// Compares all pairs of configs.
    #[must_use]
    pub fn new(field: &Study, configs: Vec<ConfigMetrics>) -> Self {
        let pairs = pairs(&configs);
        let best = pairs.first().map(|pair| pair.ahead.clone());
        let mut conclusion: Vec<String> = pairs
            .iter()
            .filter(|pair| Some(&pair.ahead) == best.as_ref())
            .map(|pair| pair.sentence.clone())
            .collect();
        if field.seeds == 1 && !pairs.is_empty() {
            conclusion.push(
                "With one seed each the spread over seeds is not known: only a difference beyond any usual spread is claimed. --seeds 3 or more can tell smaller ones."
                    .to_owned(),
            );
        }
        if field.split == Split::Test && !pairs.is_empty() {
            conclusion.push(
                "The test rows were used to choose: what they say of the chosen config is no longer an unbiased estimate."
                    .to_owned(),
            );
        }
        Self {
            format: Self::FORMAT,
            split: field.split,
            rows: field.rows(),
            split_seed: field.split_seed,
            fallback: field.fallback().map(str::to_owned),
            configs,
            pairs,
            conclusion,
        }
    }
}

/// All pairs, by the accuracy of the one ahead and then of the one behind.
fn pairs(configs: &[ConfigMetrics]) -> Vec<PairMetrics> {
    let mut ranked: Vec<&ConfigMetrics> = configs.iter().collect();
    // A stable sort: equals stay as they were named.
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
    let p = if p < LEAST_P {
        format!("p < {LEAST_P}")
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
