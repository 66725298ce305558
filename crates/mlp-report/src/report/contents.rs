//! The contents of a run folder that a report shows.

use std::path::PathBuf;
use std::sync::Arc;

use crate::charts::{Errors, Point, Regions, Weights};
use crate::error::Error;
use mlp_core::config::Config;
use mlp_core::decision::StoredDecision;
use mlp_core::error::{Error as CoreError, RunError};
use mlp_core::evaluation::{Evaluation, Examples, read_values};
use mlp_core::explanation::Explanation;
use mlp_core::model::{KernelPredictor, LoadedRun, Predictor as _};
use mlp_core::run::{Manifest, MetricsLog, MetricsRecord, RunDirectory, Split, Which};
use mlp_data::{Dataset, Features, TargetColumn};

/// Cells along an edge of the decision regions.
const CELLS: usize = 150;

/// What a report shows of a run.
#[derive(Clone, Debug)]
pub struct RunContents {
    /// The run folder.
    pub path: PathBuf,
    /// `run.json`.
    pub manifest: Manifest,
    /// `config.toml`.
    pub config: Config,
    /// `metrics.jsonl`.
    pub metrics: Vec<MetricsRecord>,
    /// `evaluation.json`; `None` if the run has not been evaluated.
    pub evaluation: Option<Evaluation>,
    /// `decision.json`; `None` if the run has none.
    pub decision: Option<StoredDecision>,
    /// Rows kept of each split, in the order test, validation, train.
    pub examples: Vec<Examples>,
    /// Weights of the first layer; `None` without a checkpoint.
    pub weights: Option<Weights>,
    /// Predicted numbers of one split, if numbers are predicted and all are known.
    pub errors: Option<Errors>,
    /// Importance of the columns; `None` if it was not computed.
    pub explanation: Option<Explanation>,
    /// Decision regions, if the network has two features and predicts classes.
    pub regions: Option<Regions>,
    /// What is missing or inconsistent, and why.
    pub notes: Vec<String>,
}

impl RunContents {
    /// Reads a run folder. What an unfinished run does not have yet is left out, and so is what needs a checkpoint if
    /// none can be loaded; `notes` lists what is left out.
    ///
    /// # Errors
    /// If a file that is there cannot be read.
    pub fn read(run: &RunDirectory) -> Result<Self, Error> {
        let manifest = Manifest::read(run)?;
        let config = run.read_config()?;
        let metrics = if run.metrics().exists() {
            MetricsLog::read(&run.metrics())?
        } else {
            Vec::new()
        };
        let evaluation = if run.evaluation().exists() {
            Some(Evaluation::read(run)?)
        } else {
            None
        };
        let mut notes = Vec::new();
        if evaluation.is_none() {
            let missing = match manifest.schema.target {
                TargetColumn::Class { .. } => {
                    "accuracy, confusion matrices, mistakes and calibration"
                }
                TargetColumn::Value(_) => "errors and their charts",
            };
            notes.push(format!(
                "The run has not been scored: {missing} are missing."
            ));
        }
        let last = metrics.iter().map(|record| record.step).max();
        if let Some(evaluation) = &evaluation
            && manifest.imported_from.is_none()
            && last.is_none_or(|step| step < evaluation.step)
        {
            notes.push(format!(
                "metrics.jsonl is missing or cut short: the curves end at step {}, the weights are those of step {}.",
                last.unwrap_or(0),
                evaluation.step
            ));
        }
        let trained = trained(run, &mut notes)?;
        if let (Some(trained), Some(evaluation)) = (&trained, &evaluation)
            && trained.step != evaluation.step
        {
            notes.push(format!(
                "The weights shown are those of step {}, the figures those of step {}.",
                trained.step, evaluation.step
            ));
        }
        let explanation = Explanation::read(run)?;
        if let (Some(trained), Some(explanation)) = (&trained, &explanation)
            && trained.step != explanation.step
        {
            notes.push(format!(
                "The importance of the columns is that of step {}, not that of the weights; `mlp explain` computes it again.",
                explanation.step
            ));
        }
        let decision = StoredDecision::read(run, manifest.schema.classes())?;
        if let (Some(decision), Some(evaluation)) = (&decision, &evaluation) {
            notes.extend(stale(decision, evaluation));
        }
        let mut examples = Examples::read_all(run, &manifest, &config)?;
        if let Some(trained) = &trained {
            for examples in &mut examples {
                examples.score_if_unknown(&trained.model);
            }
        }
        let shown = |of: &Examples| of.scored.is_some();
        if evaluation.is_some() && !examples.iter().any(shown) {
            notes.push(
                "The rows kept to be shown (examples/ and predictions.csv) are missing: so are mistakes and samples."
                    .to_owned(),
            );
        }
        Ok(Self {
            path: run.path().to_owned(),
            weights: trained.as_ref().map(first_layer),
            regions: trained
                .as_ref()
                .and_then(|trained| regions(trained, &examples)),
            errors: errors(run, &manifest, evaluation.as_ref(), &examples)?,
            explanation,
            manifest,
            config,
            metrics,
            evaluation,
            decision,
            examples,
            notes,
        })
    }
}

/// Returns a note if the metrics are of another threshold or temperature than the run has now.
fn stale(decision: &StoredDecision, evaluation: &Evaluation) -> Option<String> {
    if decision.step != evaluation.step {
        return None; // another note says which step is shown
    }
    let is_equal = |a: f64, b: f64| (a - b).abs() <= 1e-12;
    let threshold = decision
        .threshold
        .as_ref()
        .map_or(0.5, |threshold| threshold.value);
    let reports = evaluation
        .splits()
        .filter_map(|(_, report)| report.classification());
    let mut thresholds = reports.filter_map(|report| Some(report.two_classes.as_ref()?.threshold));
    let temperature = decision.temperature.unwrap_or(1.0);
    let is_stale = thresholds.any(|of| !is_equal(of, threshold))
        || !is_equal(evaluation.temperature.unwrap_or(1.0), temperature);
    is_stale.then(|| {
        "The run was calibrated after it was scored: metrics and predictions are those from before. `mlp evaluate` scores it \
         anew."
            .to_owned()
    })
}

/// Loads the model of the run's chosen checkpoint; if there is none, `None` and a note on why.
fn trained(run: &RunDirectory, notes: &mut Vec<String>) -> Result<Option<LoadedRun>, Error> {
    match LoadedRun::load(run, Which::Chosen) {
        Ok(trained) => Ok(Some(trained)),
        Err(CoreError::Run(RunError::Damaged { path, cause })) if path == run.manifest() => {
            Err(RunError::Damaged { path, cause }.into())
        }
        Err(error @ CoreError::Run(RunError::NoCheckpoint { .. } | RunError::Damaged { .. })) => {
            notes.push(format!(
                "What needs the weights is missing, as they cannot be loaded: {error}."
            ));
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// Returns the predicted numbers of the test rows, else of the validation rows; of a run with neither those of the
/// training rows, if it keeps all of them.
fn errors(
    run: &RunDirectory,
    manifest: &Manifest,
    evaluation: Option<&Evaluation>,
    examples: &[Examples],
) -> Result<Option<Errors>, Error> {
    let TargetColumn::Value(_) = manifest.schema.target else {
        return Ok(None);
    };
    let target = manifest.schema.target_name.clone();
    let of = |split, rows| Errors {
        split,
        target: target.unwrap_or_else(|| "value".to_owned()),
        rows,
    };
    for split in [Split::Test, Split::Validation] {
        let rows = read_values(run, split)?;
        if !rows.is_empty() {
            return Ok(Some(of(split, rows)));
        }
    }
    let all = evaluation.and_then(|evaluation| Some(evaluation.train.as_ref()?.rows()));
    let mut splits = examples.iter();
    let train = splits.find(|examples| examples.split == Split::Train);
    let rows = train.and_then(Examples::values).unwrap_or_default();
    Ok((all == Some(rows.len() as u64)).then(|| of(Split::Train, rows.to_vec())))
}

/// Returns the weights of the first layer.
fn first_layer(trained: &LoadedRun) -> Weights {
    let model = &trained.model;
    let first = &model.network.layers[0]; // a network has at least one layer
    Weights {
        values: first.weight.clone(),
        units: first.outputs(),
        features: model.preprocessor.input_names(&model.schema),
        side: model.schema.image.map(|image| image.width),
    }
}

/// Returns the decision regions around the training rows, or around those of another split if none were kept.
fn regions(trained: &LoadedRun, examples: &[Examples]) -> Option<Regions> {
    let schema = &trained.model.schema;
    if !schema.is_numeric() {
        return None; // no plane
    }
    let feature_names = schema.feature_names();
    let [first, second] = feature_names.as_slice() else {
        return None;
    };
    let examples = examples.last()?;
    let scored = examples.classes()?;
    let points: Vec<Point> = scored
        .iter()
        .enumerate()
        .map(|(at, row)| Point {
            x: f64::from(examples.value(at, 0)),
            y: f64::from(examples.value(at, 1)),
            label: row.label as usize,
            is_right: row.is_right(),
        })
        .filter(|point| point.x.is_finite() && point.y.is_finite())
        .collect();
    let range = |value: fn(&Point) -> f64| {
        let values = || points.iter().map(value);
        let (low, high) = (
            values().fold(f64::INFINITY, f64::min),
            values().fold(f64::NEG_INFINITY, f64::max),
        );
        let margin = (0.05 * (high - low)).max(1e-6 * high.abs()).max(1e-9);
        (low <= high).then_some((low - margin, high + margin))
    };
    let (x, y) = (range(|point| point.x)?, range(|point| point.y)?);
    let middle = |range: (f64, f64), cell: usize| {
        range.0 + (cell as f64 + 0.5) / CELLS as f64 * (range.1 - range.0)
    };
    let places: Vec<f32> = (0..CELLS)
        .rev()
        .flat_map(|line| (0..CELLS).map(move |column| (column, line)))
        .flat_map(|(column, line)| [middle(x, column) as f32, middle(y, line) as f32])
        .collect();
    let schema = Arc::clone(&trained.model.schema);
    let places = Dataset::new(schema, Features::Floats(places), None);
    let all: Vec<u32> = (0_u32..).take(CELLS * CELLS).collect();
    let mut predictor = KernelPredictor::new(Arc::clone(&trained.model), 1);
    let predicted = predictor.predict(&places, &all);
    let predicted = predicted.classes();
    Some(Regions {
        features: [first.clone(), second.clone()],
        classes: trained.model.classes().to_vec(),
        points,
        x,
        y,
        predicted: predicted
            .iter()
            .map(|prediction| prediction.class)
            .collect(),
        cells: CELLS,
        title: format!("Decision regions and {} rows", examples.split.name()),
    })
}
