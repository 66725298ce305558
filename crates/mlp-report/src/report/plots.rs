//! The charts of a run.

use super::picture::Picture;
use super::{Chart, RunContents};
use crate::charts::{
    Curves, Errors, Series, Stroke, Tile, curves, distribution, heat_map, importance,
    partial_dependence, recalibration, regions, reliability, tiles, two_classes, weights,
};
use crate::numbers::significant;
use mlp_core::evaluation::{Evaluation, ExampleScores, Examples};
use mlp_core::metrics::ClassificationReport;
use mlp_core::run::{MetricsRecord, Scope, Split};
use mlp_core::task::{Loss, Metric};
use mlp_data::augment::{Augmentation, Warper};
use mlp_data::{Dataset, Features, Target, TargetColumn};

/// Pictures in a grid.
const TILES: usize = 40;
/// Training rows shown with their augmented versions.
const AUGMENTED_ROWS: usize = 6;
/// Epochs whose augmentation of these rows is shown.
const AUGMENTED_EPOCHS: u64 = 9;

/// Draws all charts that this run has the data for.
#[must_use]
pub fn plots(run: &RunContents) -> Vec<Chart> {
    let mut charts = Vec::new();
    if !run.metrics.is_empty() {
        charts.extend([loss(run), score(run), learning_rate(run)]);
    }
    if let Some(evaluation) = &run.evaluation {
        let has_classes =
            |(_, report): &(_, &ClassificationReport)| report.omitted_classes.is_none();
        let mut splits: Vec<_> = classifications(evaluation).filter(has_classes).collect();
        splits.reverse(); // train, validation, test: the order of their colours
        let counts: Vec<(&str, Vec<u64>)> = splits
            .iter()
            .map(|(split, report)| {
                let support = report.per_class.iter().map(|class| class.support);
                (split.name(), support.collect())
            })
            .collect();
        if !splits.is_empty() {
            charts.push(distribution(run.manifest.schema.classes(), &counts));
        }
        charts.extend(
            splits
                .iter()
                .map(|(split, report)| heat_map(*split, report)),
        );
        charts.extend(two_classes(&splits));
    }
    charts.extend(pictures(run));
    charts.extend(augmented(run));
    charts.extend(run.weights.as_ref().map(weights));
    if let Some(evaluation) = &run.evaluation
        && let Some((split, report)) = classifications(evaluation).next()
        && report.rows > 0
    {
        charts.push(reliability(split, &report.calibration));
    }
    let fitted = run
        .decision
        .as_ref()
        .and_then(|decision| decision.fitted.as_ref());
    if let Some(both) = fitted.and_then(|fitted| fitted.calibration.as_ref()) {
        charts.extend(recalibration(both));
    }
    charts.extend(run.regions.as_ref().map(regions));
    charts.extend(run.errors.iter().flat_map(Errors::charts));
    charts.extend(run.explanation.iter().flat_map(|explanation| {
        let target = run.manifest.schema.target_name.as_deref();
        let panels = (1..).zip(&explanation.partial_dependence);
        let panels = panels.map(move |(number, dependence)| {
            partial_dependence(number, dependence, target.unwrap_or("value"))
        });
        std::iter::once(importance(explanation)).chain(panels)
    }));
    charts
}

/// Returns the metrics of the splits whose classes are predicted.
fn classifications(
    evaluation: &Evaluation,
) -> impl Iterator<Item = (Split, &ClassificationReport)> {
    let splits = evaluation.splits();
    splits.filter_map(|(split, report)| Some((split, report.classification()?)))
}

/// Draws grids of pictures, if the rows are pictures.
fn pictures(run: &RunContents) -> Vec<Chart> {
    let accuracy = |split: Split| {
        let evaluation = run.evaluation.as_ref()?;
        let report = classifications(evaluation).find(|(of, _)| *of == split)?.1;
        Some(report.accuracy)
    };
    let of = |examples: &Examples| accuracy(examples.split).unwrap_or(1.0);
    let mut charts = Vec::new();
    if let Some(examples) = run.examples.last() {
        let chosen = examples.sample(TILES, of(examples));
        let title = format!("Random {} rows and their labels", examples.split.name());
        charts.extend(grid(
            run,
            examples,
            "samples",
            &title,
            &chosen,
            Caption::Label,
        ));
    }
    if let Some(examples) = run.examples.first()
        && examples.scored.is_some()
    {
        let split = examples.split.name();
        let chosen = examples.sample(TILES, of(examples));
        let title = format!("Random {split} rows and their predictions");
        charts.extend(grid(
            run,
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
                run,
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

/// What the caption of a picture says.
#[derive(Clone, Copy)]
enum Caption {
    Label,
    Prediction,
    Both,
}

fn grid(
    run: &RunContents,
    examples: &Examples,
    name: &str,
    title: &str,
    chosen: &[usize],
    caption: Caption,
) -> Option<Chart> {
    let picture = Picture::of(&examples.dataset)?;
    let class = |index: u32| run.manifest.schema.classes()[index as usize].clone();
    let label = |at: usize| match &examples.dataset.target {
        Some(Target::Class { labels }) => class(labels[at]),
        Some(Target::Value { values }) => significant(values[at]),
        None => String::new(), // never: the rows that a run keeps have labels
    };
    let prediction = |at: usize| match &examples.scored {
        Some(ExampleScores::Classes(rows)) => class(rows[at].prediction),
        Some(ExampleScores::Values(rows)) => significant(rows[at].prediction),
        None => String::new(),
    };
    let shown: Vec<Tile> = chosen
        .iter()
        .map(|&at| {
            let (label, prediction) = (label(at), prediction(at));
            Tile {
                pixels: picture.grey(&examples.dataset, at),
                caption: match caption {
                    Caption::Label => label,
                    Caption::Prediction => prediction,
                    Caption::Both => format!("{prediction} / {label}"),
                },
                is_right: match caption {
                    Caption::Prediction => examples.classes().map(|rows| rows[at].is_right()),
                    Caption::Label | Caption::Both => None,
                },
            }
        })
        .collect();
    let captions: Vec<&str> = shown.iter().map(|tile| &*tile.caption).collect();
    let description = format!("Pictures, each with its text: {}.", captions.join(", "));
    Some(tiles(name, title, &description, picture.side, &shown))
}

/// Draws some training rows, each followed by its augmented versions; `None` if nothing was augmented or no rows were
/// kept.
fn augmented(run: &RunContents) -> Option<Chart> {
    let mut splits = run.examples.iter();
    let examples = splits.find(|examples| examples.split == Split::Train)?;
    let picture = Picture::of(&examples.dataset)?;
    let augmentation = Augmentation::new(&run.config.augment, run.config.seed, picture.side)?;
    let mut shown = Vec::new();
    for at in examples.sample(AUGMENTED_ROWS, 1.0) {
        shown.push(Tile {
            pixels: picture.grey(&examples.dataset, at),
            caption: "as it is".to_owned(),
            is_right: None,
        });
        let number = examples.rows[at];
        shown.extend((0..AUGMENTED_EPOCHS).map(|epoch| Tile {
            pixels: augmented_pixels(
                &augmentation,
                &picture,
                &examples.dataset,
                (at, number),
                epoch,
            ),
            caption: format!("epoch {}", epoch + 1),
            is_right: None,
        }));
    }
    let title = "Training rows as they are, and as they were deformed in each epoch";
    let description = format!(
        "{} pictures of the training rows, each followed by its deformations in the first {AUGMENTED_EPOCHS} epochs.",
        shown.len() as u64 / (1 + AUGMENTED_EPOCHS)
    );
    Some(tiles(
        "deformations",
        title,
        &description,
        picture.side,
        &shown,
    ))
}

/// Returns the grey values of a row as it was augmented in an epoch. The row is at position `at`; `number` is its number
/// in its data set, by which the augmentation is drawn.
fn augmented_pixels(
    augmentation: &Augmentation,
    picture: &Picture,
    dataset: &Dataset,
    (at, number): (usize, u32),
    epoch: u64,
) -> Vec<u8> {
    let drawn = augmentation.deformation(epoch, number);
    let position = u32::try_from(at).unwrap_or(u32::MAX); // at most a thousand rows are kept
    let mut row = dataset.select(&[position]);
    let mut warper = Warper::new(augmentation);
    row.features = match &row.features {
        Features::Bytes(values) => {
            let mut out = vec![0; values.len()];
            warper.bytes(&drawn, values, &mut out);
            Features::Bytes(out)
        }
        Features::Floats(values) => {
            let mut out = vec![0.0; values.len()];
            warper.floats(&drawn, values, &mut out);
            Features::Floats(out)
        }
        Features::Columns(_) => return Vec::new(), // images are bytes or floats
    };
    picture.grey(&row, 0)
}

/// Returns the number of steps per epoch, by the metrics log.
fn steps_per_epoch(run: &RunContents) -> Option<f64> {
    let record = run
        .metrics
        .iter()
        .find(|record| record.split == Split::Train && record.scope == Scope::Epoch)?;
    (record.step > 0).then(|| record.step as f64 / record.epoch.max(1) as f64)
}

fn series(
    run: &RunContents,
    name: &str,
    category: usize,
    stroke: Stroke,
    of: (Split, Scope),
    value: fn(&MetricsRecord) -> f64,
) -> Series {
    let records = run
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

/// Returns the lines of training and validation rows, and the mark of the test rows.
fn splits(run: &RunContents, value: fn(&MetricsRecord) -> f64) -> Vec<Series> {
    let of = |name, category, stroke, of| series(run, name, category, stroke, of, value);
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

fn loss(run: &RunContents) -> Chart {
    curves(&Curves {
        name: "loss".to_owned(),
        title: "Loss".to_owned(),
        unit: match run.config.training.loss {
            None | Some(Loss::CrossEntropy) => "cross-entropy (nats a row)".to_owned(),
            Some(loss) => format!("{} of the standardised target", loss.name()),
        },
        include: vec![0.0],
        series: splits(run, |record| record.scores.loss()),
        steps_per_epoch: steps_per_epoch(run),
    })
}

/// Draws the metric that is not the loss: the accuracy of classes, the RMSE of numbers.
fn score(run: &RunContents) -> Chart {
    if let TargetColumn::Value(_) = run.manifest.schema.target {
        return curves(&Curves {
            name: "rmse".to_owned(),
            title: "Root mean squared error".to_owned(),
            unit: "RMSE, in the unit of the file".to_owned(),
            include: vec![0.0],
            series: splits(run, |record| {
                record.scores.get(Metric::Rmse).unwrap_or(f64::NAN)
            }),
            steps_per_epoch: steps_per_epoch(run),
        });
    }
    curves(&Curves {
        name: "accuracy".to_owned(),
        title: "Accuracy".to_owned(),
        unit: "accuracy (%)".to_owned(),
        include: vec![100.0],
        series: splits(run, |record| 100.0 * record.scores.accuracy()),
        steps_per_epoch: steps_per_epoch(run),
    })
}

fn learning_rate(run: &RunContents) -> Chart {
    // A record of the test rows carries the step of the weights, not of the last update.
    let mut points: Vec<(f64, f64)> = run
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
        steps_per_epoch: steps_per_epoch(run),
    })
}
