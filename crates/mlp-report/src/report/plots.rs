//! The charts that a run has.

use super::charts::{
    Curves, Series, Stroke, Tile, curves, distribution, heat_map, regions, reliability, tiles,
    weights,
};
use super::deformations::deformations;
use super::examples::Examples;
use super::{Chart, RunFacts};
use mlp_core::run::{MetricsRecord, Scope, Split};

/// Pictures of a grid.
const TILES: usize = 40;

/// All charts that this run has the data for.
#[must_use]
pub fn plots(facts: &RunFacts) -> Vec<Chart> {
    let mut charts = Vec::new();
    if !facts.metrics.is_empty() {
        charts.extend([loss(facts), accuracy(facts), learning_rate(facts)]);
    }
    if let Some(evaluation) = &facts.evaluation {
        let mut splits: Vec<_> = evaluation.splits().collect();
        splits.reverse(); // train, validation, test: the order of their colours
        let counts: Vec<(&str, Vec<u64>)> = splits
            .iter()
            .map(|(split, report)| {
                let support = report.per_class.iter().map(|class| class.support);
                (split.name(), support.collect())
            })
            .collect();
        charts.push(distribution(&facts.manifest.schema.classes(), &counts));
        charts.extend(
            splits
                .iter()
                .map(|(split, report)| heat_map(*split, report)),
        );
    }
    charts.extend(pictures(facts));
    charts.extend(deformations(facts));
    charts.extend(facts.weights.as_ref().map(weights));
    if let Some(evaluation) = &facts.evaluation
        && let Some((split, report)) = evaluation.splits().next()
        && report.rows > 0
    {
        charts.push(reliability(split, &report.calibration));
    }
    charts.extend(facts.regions.as_ref().map(regions));
    charts
}

/// Grids of pictures, where the rows are some.
fn pictures(facts: &RunFacts) -> Vec<Chart> {
    let accuracy = |split: Split| {
        let evaluation = facts.evaluation.as_ref()?;
        let report = evaluation.splits().find(|(of, _)| *of == split)?.1;
        Some(report.accuracy)
    };
    let of = |examples: &Examples| accuracy(examples.split).unwrap_or(1.0);
    let mut charts = Vec::new();
    if let Some(examples) = facts.examples.last() {
        let chosen = examples.sample(TILES, of(examples));
        let title = format!("Random {} rows and their labels", examples.split.name());
        charts.extend(grid(
            facts,
            examples,
            "samples",
            &title,
            &chosen,
            Caption::Label,
        ));
    }
    if let Some(examples) = facts.examples.first()
        && examples.scored.is_some()
    {
        let split = examples.split.name();
        let chosen = examples.sample(TILES, of(examples));
        let title = format!("Random {split} rows and their predictions");
        charts.extend(grid(
            facts,
            examples,
            "predictions",
            &title,
            &chosen,
            Caption::Prediction,
        ));
        let mut chosen = examples.mistakes();
        chosen.truncate(TILES);
        if !chosen.is_empty() {
            let title = format!("Most confident mistakes on {split} rows: predicted / real");
            charts.extend(grid(
                facts,
                examples,
                "misclassified",
                &title,
                &chosen,
                Caption::Both,
            ));
        }
    }
    charts
}

#[derive(Clone, Copy)]
enum Caption {
    Label,
    Prediction,
    Both,
}

fn grid(
    facts: &RunFacts,
    examples: &Examples,
    name: &str,
    title: &str,
    chosen: &[usize],
    caption: Caption,
) -> Option<Chart> {
    let picture = examples.picture?;
    let class = |index: u32| facts.manifest.schema.classes()[index as usize].clone();
    let labels = examples.dataset.labels().unwrap_or_default();
    let shown: Vec<Tile> = chosen
        .iter()
        .map(|&at| {
            let scored = examples.scored.as_ref().map(|scored| scored[at]);
            let label = class(labels[at]);
            let prediction = scored.map_or_else(String::new, |row| class(row.prediction));
            Tile {
                pixels: picture.grey(&examples.dataset, at),
                caption: match caption {
                    Caption::Label => label,
                    Caption::Prediction => prediction,
                    Caption::Both => format!("{prediction} / {label}"),
                },
                is_right: match caption {
                    Caption::Prediction => scored.map(|row| row.is_right()),
                    Caption::Label | Caption::Both => None,
                },
            }
        })
        .collect();
    let captions: Vec<&str> = shown.iter().map(|tile| &*tile.caption).collect();
    let description = format!("Pictures, each with its text: {}.", captions.join(", "));
    Some(tiles(name, title, &description, picture.side, &shown))
}

/// Updates of an epoch, by the log.
fn steps_per_epoch(facts: &RunFacts) -> Option<f64> {
    let record = facts
        .metrics
        .iter()
        .find(|record| record.split == Split::Train && record.scope == Scope::Epoch)?;
    (record.step > 0).then(|| record.step as f64 / record.epoch.max(1) as f64)
}

fn series(
    facts: &RunFacts,
    name: &str,
    category: usize,
    stroke: Stroke,
    of: (Split, Scope),
    value: fn(&MetricsRecord) -> f64,
) -> Series {
    let records = facts
        .metrics
        .iter()
        .filter(|record| (record.split, record.scope) == of);
    Series {
        name: name.to_owned(),
        points: records
            .map(|record| (record.step as f64, value(record)))
            .collect(),
        stroke,
        category,
    }
}

/// Lines of training and validation, and the single score of the test rows.
fn splits(facts: &RunFacts, value: fn(&MetricsRecord) -> f64) -> Vec<Series> {
    let of = |name, category, stroke, of| series(facts, name, category, stroke, of, value);
    vec![
        of(
            "train, single batches",
            0,
            Stroke::Thin,
            (Split::Train, Scope::Batch),
        ),
        of(
            "train, epoch mean",
            0,
            Stroke::Solid,
            (Split::Train, Scope::Epoch),
        ),
        of(
            "validation",
            1,
            Stroke::Dashed,
            (Split::Validation, Scope::Split),
        ),
        of("test", 2, Stroke::Marks, (Split::Test, Scope::Split)),
    ]
}

fn loss(facts: &RunFacts) -> Chart {
    curves(&Curves {
        name: "loss".to_owned(),
        title: "Loss".to_owned(),
        unit: "cross-entropy (nats a row)".to_owned(),
        include: vec![0.0],
        series: splits(facts, |record| record.loss),
        steps_per_epoch: steps_per_epoch(facts),
    })
}

fn accuracy(facts: &RunFacts) -> Chart {
    curves(&Curves {
        name: "accuracy".to_owned(),
        title: "Accuracy".to_owned(),
        unit: "accuracy (%)".to_owned(),
        include: vec![100.0],
        series: splits(facts, |record| 100.0 * record.accuracy),
        steps_per_epoch: steps_per_epoch(facts),
    })
}

fn learning_rate(facts: &RunFacts) -> Chart {
    // A record of the test rows carries the step of the weights, not of the last update.
    let mut points: Vec<(f64, f64)> = facts
        .metrics
        .iter()
        .filter(|record| record.split != Split::Test)
        .map(|record| (record.step as f64, record.learning_rate))
        .collect();
    points.dedup_by_key(|point| point.0);
    // A constant rate would lie on the edge of the chart.
    let largest = points.iter().map(|point| point.1).fold(0.0, f64::max);
    let is_constant = points.iter().all(|point| point.1 >= largest);
    let top = if is_constant { 1.2 * largest } else { largest };
    curves(&Curves {
        name: "learning_rate".to_owned(),
        title: "Learning rate".to_owned(),
        unit: "learning rate".to_owned(),
        include: vec![0.0, top],
        series: vec![Series {
            name: "rate of the last update".to_owned(),
            points,
            stroke: Stroke::Plain,
            category: 0,
        }],
        steps_per_epoch: steps_per_epoch(facts),
    })
}
