//! What the predictions depend on.

use super::grid_table;
use crate::charts::explained_rows;
use crate::numbers::{percent, significant};
use crate::report::{Chart, RunContents};
use mlp_core::explanation::Explanation;
use mlp_core::run::Split;
use mlp_core::task::Metric;

/// Returns the importance of each column, as a chart and a table, and the panels of the most important ones; empty if it
/// was not computed. `figures` returns those of the charts that have these names.
pub(super) fn content(
    run: &RunContents,
    charts: &[Chart],
    figures: impl Fn(&[&str]) -> String,
) -> String {
    let Some(explanation) = &run.explanation else {
        return String::new();
    };
    let importance = figures(&["importance"]);
    let names = charts.iter().map(|chart| &*chart.name);
    let panels = names.filter(|name| name.starts_with("partial_dependence_"));
    let panels = figures(&panels.collect::<Vec<_>>());
    let training = match explanation.split {
        Some(Split::Train) => {
            " The run has no validation rows: these are training rows, of which the network may have learnt by heart what does not hold for others."
        }
        _ => "",
    };
    let mut text = format!(
        "<p>How much worse the predictions of {} become when the values of one column are shuffled among them, the mean of \
         {} repetitions. A column appears less important than it is if other columns hold the same information.{training}</p>\n\
         {importance}<details>\n<summary>Importance as numbers</summary>\n{}</details>\n",
        explained_rows(explanation),
        explanation.repetitions,
        table(explanation)
    );
    if !panels.is_empty() {
        text += "<h3>Mean prediction by the value of a column</h3>\n<p>The mean prediction if all rows had the same value of \
                 the column and were as they are otherwise. Between the edges of the area, or the ends of a line, lie the \
                 predictions of four of five rows. Numbers are shown from the first to the 99th percentile of the training \
                 rows. Where columns depend on each other, some of these combinations do not occur.</p>\n";
        text += &panels;
    }
    text
}

fn table(explanation: &Explanation) -> String {
    let (name, format): (&str, fn(f64) -> String) = match explanation.metric {
        Metric::Rmse => ("RMSE rises by", significant),
        _ => ("accuracy falls by", percent),
    };
    let rows: Vec<Vec<String>> = explanation
        .columns
        .iter()
        .map(|column| {
            let spread =
                |mean: String, deviation: String| format!("{mean} ± {deviation}").replace('-', "−");
            vec![
                column.column.clone(),
                spread(
                    format!("{:.4}", column.loss.mean),
                    format!("{:.4}", column.loss.standard_deviation),
                ),
                spread(
                    format(column.metric.mean),
                    format(column.metric.standard_deviation),
                ),
            ]
        })
        .collect();
    grid_table(&["column", "loss rises by", name], &rows)
}
