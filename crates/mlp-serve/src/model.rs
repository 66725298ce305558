//! The network that is served, with everything that requests need of its run, read once.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use axum::body::Bytes;

use super::openapi;
use super::request::json_reader;
use super::response::About;
use super::server::Limits;
use crate::error::Error;
use crate::problem::Problem;
use mlp_core::decision::{Interval, Intervals};
use mlp_core::error::Error as CoreError;
use mlp_core::evaluation::Examples;
use mlp_core::model::{ImageForm, LoadedRun, Model};
use mlp_core::run::{RunDirectory, Which};
use mlp_data::error::Error as DataErrors;
use mlp_data::{Preprocessor, Schema};

/// Where a network is loaded and reloaded from.
#[derive(Clone, Debug)]
pub struct ModelSource {
    /// A run folder, or a folder of runs: the newest of them.
    pub run: PathBuf,
    /// Which checkpoint of the run.
    pub checkpoint: Which,
}

/// A trained network that is served.
#[derive(Debug)]
pub struct ServedModel {
    pub(super) trained: LoadedRun,
    /// Takes `Rows`: the trained model, or one whose columns are the inputs where columns are typed.
    pub(super) served: Arc<Model>,
    /// Reads the rows of JSON where columns are typed.
    pub(super) json_reader: LoadedRun,
    /// Number of each column, by its name.
    names: HashMap<String, usize>,
    /// How images become rows, or why they cannot.
    pub(super) images: Result<ImageForm, String>,
    pub(super) mistakes: Vec<StoredMistake>,
    /// What intervals rest on, or why there are none.
    intervals: Result<Intervals, String>,
    run: RunDirectory,
    /// Response of `GET /v1/model`.
    pub(super) about: Bytes,
    /// Response of `GET /openapi.json`.
    pub(super) openapi: Bytes,
    notes: Vec<String>,
    pub(super) run_id: String,
}

impl ServedModel {
    /// Loads the network of a source.
    ///
    /// # Errors
    /// If there is no network, or the run is damaged.
    pub fn load(source: &ModelSource, limits: &Limits) -> Result<Self, Error> {
        let run = RunDirectory::find(&source.run)?.under_its_own_name();
        let trained = LoadedRun::load(&run, source.checkpoint)?;
        let mut notes: Vec<String> = trained
            .skipped
            .iter()
            .map(|skipped| format!("a damaged checkpoint was passed over: {skipped}"))
            .chain(trained.decision_note.clone())
            .collect();
        let images = ImageForm::of(&run, &trained)
            .map_err(|error| format!("this network takes no images: {}", why(&error)));
        let stored = read_mistakes(&run, &trained, images.as_ref().ok());
        let mistakes = stored.unwrap_or_else(|error| {
            notes.push(format!("the run's mistakes cannot be read: {error}"));
            Vec::new()
        });
        let about = About::of(&run, &trained, images.as_ref().ok(), mistakes.len());
        let intervals = Intervals::read(&run, &trained).map_err(|error| error.cause());
        Ok(Self {
            about: serde_json::to_vec(&about).unwrap_or_default().into(), // plain strings and numbers
            openapi: openapi::describe(&trained, intervals.as_ref().ok(), images.is_ok(), limits)
                .into(),
            intervals,
            images,
            mistakes,
            notes,
            run_id: run.id(),
            run,
            served: served(&trained.model),
            json_reader: json_reader(&trained),
            names: trained
                .model
                .schema
                .feature_names()
                .into_iter()
                .zip(0..)
                .collect(),
            trained,
        })
    }

    /// Returns what the user should know about loading: damaged files that were skipped.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Describes the network: name, run, sizes of the layers, step.
    #[must_use]
    pub fn title(&self) -> String {
        let manifest = &self.trained.manifest;
        let sizes: Vec<String> = manifest.layer_sizes.iter().map(usize::to_string).collect();
        format!(
            "{} ({}), {} at step {}",
            manifest.name,
            self.run_id,
            sizes.join("–"),
            self.trained.step
        )
    }

    /// Returns the class names, in the order of the outputs.
    pub(super) fn classes(&self) -> &[String] {
        self.trained.model.classes()
    }

    /// Returns the number of the column of a name; `None` if the network has none.
    pub(super) fn column(&self, name: &str) -> Option<usize> {
        self.names.get(name).copied()
    }

    /// Whether a column is of another kind than numbers of 32 bits.
    pub(super) fn is_typed(&self) -> bool {
        !self.trained.model.schema.is_numeric()
    }

    /// Returns the interval of a level, above 0 and below 1.
    pub(super) fn interval(&self, level: f64) -> Result<Interval, Problem> {
        let refused = |why: String| Problem::unprocessable(format!("interval: {why}"));
        let intervals = self
            .intervals
            .as_ref()
            .map_err(|why| refused(why.clone()))?;
        let interval = intervals.interval(&self.run, level);
        interval.map_err(|error| refused(error.cause()))
    }

    /// Returns the number of features.
    pub(super) fn features(&self) -> usize {
        self.trained.model.features()
    }
}

/// Returns the model that takes the rows of requests: of typed columns these are inputs, encoded when they were read.
fn served(model: &Arc<Model>) -> Arc<Model> {
    if model.schema.is_numeric() {
        return Arc::clone(model);
    }
    let inputs = model.preprocessor.input_names(&model.schema);
    let mut schema = Schema::of_numbers(inputs, Vec::new());
    schema.target = model.schema.target.clone();
    let network = model.network.clone();
    let served = Model::new(
        Arc::new(schema),
        Preprocessor::identity(),
        network,
        model.loss,
    )
    .with_decision(model.decision);
    Arc::new(served)
}

/// Describes an error without the path of the file.
fn why(error: &CoreError) -> String {
    match error {
        CoreError::Data(DataErrors::Data(error)) => error.kind.to_string(),
        other => other.to_string(),
    }
}

/// A row of the run's examples that was predicted wrong.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct StoredMistake {
    /// Name of the split.
    pub split: &'static str,
    /// Number of the row in its data set, counted from 0.
    pub row: u32,
    /// True class.
    pub label: u32,
    /// Predicted class.
    pub prediction: u32,
    /// `[side, side]`: 0 for the background, 255 for the foreground; empty if features are not pixels.
    pub levels: Vec<u8>,
    /// `[features]`, the network's inputs.
    inputs: Vec<f32>,
}

/// Reads the mistakes among the examples that a run keeps.
fn read_mistakes(
    run: &RunDirectory,
    trained: &LoadedRun,
    images: Option<&ImageForm>,
) -> Result<Vec<StoredMistake>, Error> {
    let mut mistakes = Vec::new();
    for mut examples in Examples::read_all(run, &trained.manifest, &trained.config)? {
        examples.score_if_unknown(&trained.model);
        let (dataset, scored) = (&examples.dataset, examples.classes().unwrap_or_default());
        for at in examples.mistakes() {
            let Some(row) = scored.get(at) else {
                continue; // never: mistakes are among the scored rows
            };
            mistakes.push(StoredMistake {
                split: examples.split.name(),
                row: row.row,
                label: row.label,
                prediction: row.prediction,
                levels: images.map_or_else(Vec::new, |form| bytes(&form.levels(dataset, at))),
                inputs: trained.model.inputs(&dataset.features, at),
            });
        }
    }
    Ok(mistakes)
}

/// Returns the `count` mistakes whose inputs are nearest to `inputs` by Euclidean distance, the nearest first.
pub(super) fn nearest<'a>(
    mistakes: &'a [StoredMistake],
    inputs: &[f32],
    count: usize,
) -> Vec<&'a StoredMistake> {
    let distance = |mistake: &StoredMistake| -> f32 {
        let pairs = mistake.inputs.iter().zip(inputs);
        pairs.map(|(a, b)| (a - b) * (a - b)).sum()
    };
    let mut by_distance: Vec<(f32, &StoredMistake)> = mistakes
        .iter()
        .map(|mistake| (distance(mistake), mistake))
        .collect();
    by_distance.sort_by(|a, b| a.0.total_cmp(&b.0));
    by_distance
        .into_iter()
        .take(count)
        .map(|(_, mistake)| mistake)
        .collect()
}

/// Converts levels from 0.0..=1.0 to bytes.
pub(super) fn bytes(levels: &[f32]) -> Vec<u8> {
    levels
        .iter()
        .map(|level| (255.0 * level).round() as u8)
        .collect()
}
