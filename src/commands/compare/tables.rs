//! A comparison as text.

use crate::comparison::{Comparison, Spread};

use crate::commands::terminal::{counted, duration, grouped, stand_in_warning, table};

/// The configs, their pairs if there are several, and what can be said.
pub fn text(comparison: &Comparison) -> String {
    let seeds = comparison
        .configs
        .first()
        .map_or(0, |config| config.networks.len());
    let mut text = format!(
        "{} of each config, {} {} rows{}\n",
        counted(seeds, "seed"),
        grouped(comparison.rows as u64),
        comparison.split.name(),
        if seeds > 1 {
            " (mean ± standard deviation over seeds)"
        } else {
            ""
        }
    );
    text += &configs(comparison);
    if let Some(fallback) = &comparison.fallback {
        text += &stand_in_warning(fallback, "above");
    }
    if comparison.pairs.len() > 1 {
        text += &format!(
            "{} (p corrected for their number)\n",
            counted(comparison.pairs.len(), "pair")
        );
        text += &pairs(comparison);
    }
    for sentence in &comparison.conclusion {
        text += &format!("{sentence}\n");
    }
    text
}

fn configs(comparison: &Comparison) -> String {
    let head = [
        "config",
        "parameters",
        "accuracy %",
        "loss",
        "macro F1 %",
        "training",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for config in &comparison.configs {
        rows.push(vec![
            config.name.clone(),
            grouped(config.parameters as u64),
            spread(config.accuracy, 100.0, 2),
            spread(config.loss, 1.0, 4),
            spread(config.f1, 100.0, 2),
            duration(config.training_seconds.mean),
        ]);
    }
    table(&rows)
}

fn pairs(comparison: &Comparison) -> String {
    let head = ["ahead", "behind", "points", "95 % interval", "p", "better"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for pair in &comparison.pairs {
        let points = |share: f64| format!("{:.2}", 100.0 * share);
        let [low, high] = pair.comparison.interval.map(points);
        rows.push(vec![
            pair.ahead.clone(),
            pair.behind.clone(),
            points(pair.comparison.difference),
            format!("{low} to {high}"),
            format!("{:.4}", pair.corrected_p),
            if pair.better { "yes" } else { "not shown" }.to_owned(),
        ]);
    }
    table(&rows)
}

/// `97.92 ± 0.08`; of a single seed the figure alone.
fn spread(figure: Spread, factor: f64, digits: usize) -> String {
    let mean = format!("{:.digits$}", factor * figure.mean);
    match figure.standard_deviation {
        Some(deviation) => format!("{mean} ± {:.digits$}", factor * deviation),
        None => mean,
    }
}
