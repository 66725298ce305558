//! Example rows, stored in the run so that reports do not need the data set.

use std::sync::Arc;

use super::predictions::{StoredPredictions, read_predictions};
use super::{Scored, ScoredRow, score};
use crate::config::{Config, DataSection, LabelColumn};
use crate::error::{Error, RunError};
use crate::metrics::ValueRow;
use crate::model::{KernelPredictor, Model};
use crate::run::{Manifest, RunDirectory, Split};
use mlp_data::atomic_file;
use mlp_data::error::DataError;
use mlp_data::options::{DecimalSign, Delimiter, HeaderChoice};
use mlp_data::random::{Purpose, Stream};
use mlp_data::{CsvRecord, Dataset, Labels, ReadOptions, Schema, csv_records, read, write_csv};

/// Maximum number of example rows per split.
const MAX_EXAMPLES: usize = 1000;
/// Maximum number of mistakes among them, which leaves room for correctly predicted rows.
const MAX_MISTAKES: usize = 700;
/// Maximum number of rows with the largest errors among them, where numbers are predicted.
const MAX_LARGEST_ERRORS: usize = 200;

/// Writes example rows of a split to `examples/<split>.csv` and their numbers to `examples/<split>_rows.csv`.
///
/// The rows are mistakes, the most confident first, then randomly chosen correct predictions; of numbers those of the
/// largest errors, then randomly chosen others. All are limited in number.
///
/// # Errors
/// If a file cannot be written.
pub fn write_examples(
    run: &RunDirectory,
    split: Split,
    dataset: &Dataset,
    scored: &Scored,
) -> Result<(), Error> {
    let folder = run.examples();
    std::fs::create_dir_all(&folder).map_err(RunError::writing(&folder))?;
    let (first, others): (Vec<u32>, Vec<u32>) = match scored {
        Scored::Classes(scored) => {
            let right = scored.rows.iter().filter(|row| row.is_right());
            let mistakes = scored.mistakes().into_iter().take(MAX_MISTAKES);
            (
                mistakes.map(|row| row.row).collect(),
                right.map(|row| row.row).collect(),
            )
        }
        Scored::Values(scored) => {
            let mut rows: Vec<u32> = scored.by_error().iter().map(|row| row.row).collect();
            let others = rows.split_off(rows.len().min(MAX_LARGEST_ERRORS));
            (rows, others)
        }
    };
    let order = Stream::new(0, Purpose::Examples, 0).permutation(others.len());
    let others = order.iter().map(|&index| others[index as usize]);
    let rows: Vec<u32> = first.into_iter().chain(others).take(MAX_EXAMPLES).collect();
    let name = split.name();
    write_csv(&folder.join(format!("{name}.csv")), &dataset.select(&rows))?;
    let numbers: String = std::iter::once("row\n".to_owned())
        .chain(rows.iter().map(|row| format!("{row}\n")))
        .collect();
    let path = folder.join(format!("{name}_rows.csv"));
    atomic_file::replace(&path, numbers.as_bytes()).map_err(RunError::writing(&path))?;
    Ok(())
}

/// Reads the rows of `examples/<split>.csv`, raw values as files hold them; `None` if the run has none.
pub(crate) fn read_example_rows(
    run: &RunDirectory,
    split: Split,
    schema: &Schema,
    config: &Config,
) -> Result<Option<Dataset>, DataError> {
    let path = run.examples().join(format!("{}.csv", split.name()));
    if !path.exists() {
        return Ok(None);
    }
    let section = DataSection {
        label: LabelColumn::Index(0),
        // As `write_csv` writes them, however the data set was written.
        header: HeaderChoice::Known(true),
        delimiter: Delimiter::Comma,
        decimal: DecimalSign::Point,
        ..config.data.clone()
    };
    let options = ReadOptions::of_model(&section, Arc::new(schema.clone()), Labels::Required);
    Ok(Some(read(&path, &options)?.dataset))
}

/// The rows of a split that a run keeps, mistakes first.
#[derive(Clone, Debug, PartialEq)]
pub struct Examples {
    /// The split.
    pub split: Split,
    /// The rows.
    pub dataset: Dataset,
    /// `[rows]`, number of each in its data set, counted from 0.
    pub rows: Vec<u32>,
    /// `[rows]`, the prediction of each; `None` if `predictions.csv` lacks any of them.
    pub scored: Option<ExampleScores>,
}

/// Predictions of the rows that a run keeps, `[rows]`.
#[derive(Clone, Debug, PartialEq)]
pub enum ExampleScores {
    /// Of classes.
    Classes(Vec<ScoredRow>),
    /// Of numbers.
    Values(Vec<ValueRow>),
}

impl Examples {
    /// Reads the examples of every split for which the run keeps any, in the order test, validation, train.
    ///
    /// # Errors
    /// If a file that is there is damaged.
    pub fn read_all(
        run: &RunDirectory,
        manifest: &Manifest,
        config: &Config,
    ) -> Result<Vec<Self>, Error> {
        let predictions = read_predictions(run, &manifest.schema.target)?;
        let mut all = Vec::new();
        for split in [Split::Test, Split::Validation, Split::Train] {
            if let Some(dataset) = read_example_rows(run, split, &manifest.schema, config)? {
                all.push(Self::new(run, split, dataset, &predictions)?);
            }
        }
        Ok(all)
    }

    fn new(
        run: &RunDirectory,
        split: Split,
        dataset: Dataset,
        predictions: &StoredPredictions,
    ) -> Result<Self, RunError> {
        let name = split.name();
        let rows = read_row_numbers(run, split)?;
        if rows.len() != dataset.rows() {
            return Err(RunError::Damaged {
                path: run.examples().join(format!("{name}.csv")),
                cause: format!(
                    "holds {} rows, {name}_rows.csv {}",
                    dataset.rows(),
                    rows.len()
                ),
            });
        }
        let keys = rows.iter().map(|row| (name, *row));
        let scored = match predictions {
            StoredPredictions::Classes(known) => {
                let scored = keys.map(|key| known.get(&key).copied()).collect();
                Option::map(scored, ExampleScores::Classes)
            }
            StoredPredictions::Values(known) => {
                let scored = keys.map(|key| known.get(&key).copied()).collect();
                Option::map(scored, ExampleScores::Values)
            }
        };
        Ok(Self {
            split,
            dataset,
            rows,
            scored,
        })
    }

    /// Predicts the rows with a model, unless their predictions are known already.
    pub fn score_if_unknown(&mut self, model: &Arc<Model>) {
        if self.scored.is_some() {
            return;
        }
        let mut predictor = KernelPredictor::new(Arc::clone(model), 1);
        let rows = self.dataset.all_rows();
        self.scored = Some(match score(&mut predictor, &self.dataset, &rows, None) {
            Scored::Classes(mut scored) => {
                for (scored, &row) in scored.rows.iter_mut().zip(&self.rows) {
                    scored.row = row;
                }
                ExampleScores::Classes(scored.rows)
            }
            Scored::Values(mut scored) => {
                for (scored, &row) in scored.rows.iter_mut().zip(&self.rows) {
                    scored.row = row;
                }
                ExampleScores::Values(scored.rows)
            }
        });
    }

    /// Returns the predicted class of each row; `None` if they are not known, or numbers are predicted.
    #[must_use]
    pub fn classes(&self) -> Option<&[ScoredRow]> {
        match self.scored.as_ref()? {
            ExampleScores::Classes(rows) => Some(rows),
            ExampleScores::Values(_) => None,
        }
    }

    /// Returns the predicted number of each row; `None` if they are not known, or classes are predicted.
    #[must_use]
    pub fn values(&self) -> Option<&[ValueRow]> {
        match self.scored.as_ref()? {
            ExampleScores::Classes(_) => None,
            ExampleScores::Values(rows) => Some(rows),
        }
    }

    /// Returns the positions of the rows that were predicted wrong, the most confident first; none where numbers are predicted.
    #[must_use]
    pub fn mistakes(&self) -> Vec<usize> {
        let scored = self.classes().unwrap_or_default();
        let mut wrong: Vec<usize> = (0..scored.len())
            .filter(|&at| !scored[at].is_right())
            .collect();
        wrong.sort_by(|&a, &b| scored[a].by_confidence(&scored[b]));
        wrong
    }

    /// Returns the positions of `count` rows as if drawn from the whole split, the same at every call. Mistakes are
    /// over-represented among the examples, so `accuracy`, that of the split, is the probability of drawing a row that
    /// was predicted right.
    #[must_use]
    pub fn sample(&self, count: usize, accuracy: f64) -> Vec<usize> {
        let stream = Stream::new(0, Purpose::Examples, 1 + self.split as u64);
        let order = stream.permutation(self.rows.len());
        let Some(scored) = self.classes() else {
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

    /// Returns the value of a feature of the row at this position; NaN for an empty cell.
    #[must_use]
    pub fn value(&self, position: usize, feature: usize) -> f32 {
        let columns = self.dataset.columns();
        self.dataset.features.number(position, feature, columns) as f32
    }
}

/// Reads the numbers of the rows, one a line below a header.
fn read_row_numbers(run: &RunDirectory, split: Split) -> Result<Vec<u32>, RunError> {
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
