//! The rows that a run keeps to be shown.

use super::facts::THREADS;
use super::image::Picture;
use super::predictions::Predictions;
use crate::error::Error;
use mlp_core::config::{Config, LabelColumn};
use mlp_core::error::RunError;
use mlp_core::evaluation::{ScoredRow, score};
use mlp_core::model::{KernelPredictor, LoadedRun};
use mlp_core::run::{Manifest, RunDirectory, Split};
use mlp_data::error::DataError;
use mlp_data::random::{Purpose, Stream};
use mlp_data::{CsvRecord, Dataset, Features, Labels, ReadOptions, csv_records, read};
use std::sync::Arc;

/// Rows of a split, mistakes first.
#[derive(Clone, Debug, PartialEq)]
pub struct Examples {
    /// Which.
    pub split: Split,
    /// The rows that were kept.
    pub dataset: Dataset,
    /// Number of each in its data set, counted from 0.
    pub rows: Vec<u32>,
    /// What became of each; `None` if that is not known any more.
    pub scored: Option<Vec<ScoredRow>>,
    /// How they are drawn, if they are pictures.
    pub picture: Option<Picture>,
}

impl Examples {
    /// Reads those of a split; `None` if the run has none.
    pub(super) fn read(
        run: &RunDirectory,
        split: Split,
        (manifest, config): (&Manifest, &Config),
        predictions: &Predictions,
        trained: Option<&LoadedRun>,
    ) -> Result<Option<Self>, Error> {
        let name = split.name();
        let path = run.examples().join(format!("{name}.csv"));
        if !path.exists() {
            return Ok(None);
        }
        let options = ReadOptions {
            label: LabelColumn::Index(0),
            labels: Labels::Required,
            classes: Some(manifest.schema.classes().to_vec()),
            columns: Some(manifest.schema.columns.len()),
            missing: config.data.missing,
            scale: config.data.scale,
            limit: 0,
        };
        let dataset = read(&path, &options)?;
        let rows = numbers(run, split)?;
        if rows.len() != dataset.rows() {
            let cause = format!(
                "holds {} rows, {name}_rows.csv {}",
                dataset.rows(),
                rows.len()
            );
            return Err(RunError::Damaged { path, cause }.into());
        }
        let known: Option<Vec<ScoredRow>> = rows
            .iter()
            .map(|row| predictions.get(&(name, *row)).copied())
            .collect();
        let scored = known.or_else(|| Some(scored(trained?, &dataset, &rows)));
        Ok(Some(Self {
            split,
            picture: Picture::of(&dataset),
            dataset,
            rows,
            scored,
        }))
    }

    /// Positions of the rows that were predicted wrong, the most confident first.
    #[must_use]
    pub fn mistakes(&self) -> Vec<usize> {
        let scored = self.scored.as_deref().unwrap_or_default();
        let mut wrong: Vec<usize> = (0..scored.len())
            .filter(|&at| !scored[at].is_right())
            .collect();
        wrong.sort_by(|&a, &b| {
            let by_confidence = scored[b].confidence.total_cmp(&scored[a].confidence);
            by_confidence.then(scored[a].row.cmp(&scored[b].row))
        });
        wrong
    }

    /// Positions of `count` rows as if drawn from the whole split, the same each time: `accuracy` says how often a
    /// row that was right is due, for the mistakes that are kept are many more than their share.
    #[must_use]
    pub fn sample(&self, count: usize, accuracy: f64) -> Vec<usize> {
        let stream = Stream::new(0, Purpose::Examples, 1 + self.split as u64);
        let order = stream.permutation(self.rows.len());
        let Some(scored) = &self.scored else {
            return order.iter().take(count).map(|&at| at as usize).collect();
        };
        let of = |is_right: bool| {
            let fits = move |at: &usize| scored[*at].is_right() == is_right;
            order.iter().map(|&at| at as usize).filter(fits)
        };
        let (mut right, mut wrong) = (of(true), of(false));
        let draws = Stream::new(1, Purpose::Examples, 1 + self.split as u64);
        (0..count as u64)
            .map_while(|draw| {
                if draws.uniform(draw) < accuracy {
                    right.next().or_else(|| wrong.next())
                } else {
                    wrong.next().or_else(|| right.next())
                }
            })
            .collect()
    }

    /// Value of a feature of the row at this position; NaN for an empty cell.
    #[must_use]
    pub fn value(&self, position: usize, feature: usize) -> f32 {
        let at = position * self.dataset.columns() + feature;
        match &self.dataset.features {
            Features::Bytes(values) => f32::from(values[at]),
            Features::Floats(values) => values[at],
        }
    }
}

/// Reads the numbers of the rows, one a line below a header.
fn numbers(run: &RunDirectory, split: Split) -> Result<Vec<u32>, RunError> {
    let path = run.examples().join(format!("{}_rows.csv", split.name()));
    let damaged = |cause: String| RunError::Damaged {
        path: path.clone(),
        cause,
    };
    let text = std::fs::read_to_string(&path).map_err(|error| damaged(error.to_string()))?;
    let records =
        csv_records(text.as_bytes(), &path).map_err(|error| damaged(error.kind.to_string()))?;
    let number = |record: Result<CsvRecord, DataError>| {
        let record = record.map_err(|error| damaged(error.kind.to_string()))?;
        let number = match record.cells.as_slice() {
            [number] => number.parse().ok(),
            _ => None,
        };
        number.ok_or_else(|| damaged(format!("line {} is not the number of a row", record.line)))
    };
    records.skip(1).map(number).collect()
}

fn scored(trained: &LoadedRun, dataset: &Dataset, rows: &[u32]) -> Vec<ScoredRow> {
    let all: Vec<u32> = (0_u32..).take(rows.len()).collect();
    let mut predictor = KernelPredictor::new(Arc::clone(&trained.model), THREADS);
    let mut scored = score(&mut predictor, dataset, &all).rows;
    for (scored, &row) in scored.iter_mut().zip(rows) {
        scored.row = row;
    }
    scored
}
