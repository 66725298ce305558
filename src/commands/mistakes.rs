//! Rows that a network and their labels disagree about, as a table.

use crate::metrics::Mistake;

use super::terminal::{self, shortened};

/// Longest name of a class.
const LONGEST_NAME: usize = 18;

/// A line for each row: its number, counted from 0, its class, and what the network says.
pub fn table(mistakes: &[Mistake]) -> String {
    let header = ["row", "label", "prediction", "confidence", "p(label)"];
    let mut lines = vec![header.map(str::to_owned).to_vec()];
    for mistake in mistakes {
        lines.push(vec![
            mistake.row.to_string(),
            shortened(&mistake.label, LONGEST_NAME),
            shortened(&mistake.prediction, LONGEST_NAME),
            format!("{:.4}", mistake.confidence),
            probability(mistake.label_probability),
        ]);
    }
    terminal::table(&lines)
}

/// Small ones with an exponent, so that they do not all read as 0.
fn probability(value: f64) -> String {
    if value == 0.0 || value >= 0.001 {
        format!("{value:.4}")
    } else {
        format!("{value:.1e}")
    }
}
