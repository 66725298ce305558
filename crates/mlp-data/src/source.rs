//! The rows of a config: its files, or what it allows to stand in for absent ones.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::read::has_test_rows;
use super::{
    Dataset, Labels, ReadOptions, Rewindable, Schema, Table, TableReport, digits, gaussian_sum,
    read_from, sha256_file,
};
use crate::download;
use crate::error::{DataError, DataErrorKind, DownloadError, Error};
use crate::options::{DataSection, IfMissing};

/// Features of generated `gaussian-sum` rows.
const GAUSSIAN_COLUMNS: usize = 2;
/// A generated test split has a row for every so many training rows.
const TRAIN_ROWS_PER_TEST_ROW: usize = 5;

/// What rows are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// Read from files.
    Files,
    /// Rows handed over in memory.
    Memory,
    /// The built-in digits.
    Digits,
    /// Classes of sums of normal features.
    GaussianSum,
}

/// A data file that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataFile {
    /// As configured; absent for generated rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<PathBuf>,
    /// Of the file's bytes; absent for generated rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Rows read.
    pub rows: usize,
}

/// The rows of a config.
#[derive(Clone, Debug)]
pub struct Source {
    /// Rows to train on and to hold out.
    pub train: Dataset,
    /// Rows to validate on, if they have a file of their own.
    pub validation: Option<Dataset>,
    /// Rows to score at the end.
    pub test: Option<Dataset>,
    /// How the training rows were read; empty for generated ones.
    pub train_report: TableReport,
    /// How the validation rows were read.
    pub validation_report: TableReport,
    /// How the test rows were read.
    pub test_report: TableReport,
    /// What they are made of.
    pub origin: Origin,
    /// Why these are not the configured files, if something had to stand in for them.
    pub fallback: Option<String>,
    /// Where the training rows were read.
    pub train_file: DataFile,
    /// Where the validation rows were read, if they have a file of their own.
    pub validation_file: Option<DataFile>,
    /// Where the test rows were read.
    pub test_file: Option<DataFile>,
}

/// What happens while rows are being found.
#[derive(Clone, Debug)]
pub enum SourceEvent<'a> {
    /// Something a user must know.
    Note(String),
    /// A download moves on.
    Download(download::Progress<'a>),
}

impl Source {
    /// Finds the rows of a config with this section and `seed`.
    ///
    /// A fall-back of `if_missing` is used for absent files only, and for all files or none.
    ///
    /// # Errors
    /// If a file is malformed, or absent and nothing may stand in for it.
    pub fn load(
        section: &DataSection,
        seed: u64,
        mirrors: &[String],
        observe: &mut dyn FnMut(SourceEvent),
    ) -> Result<Self, Error> {
        Self::find(section, None, seed, mirrors, observe)
    }

    /// Finds the same rows for a model that exists: files are read as its schema says, its columns and classes matched by
    /// name.
    ///
    /// # Errors
    /// See [`Self::load`]; also if a file does not have the model's columns.
    pub fn load_for_model(
        section: &DataSection,
        schema: &Arc<Schema>,
        seed: u64,
        mirrors: &[String],
        observe: &mut dyn FnMut(SourceEvent),
    ) -> Result<Self, Error> {
        Self::find(section, Some(schema), seed, mirrors, observe)
    }

    fn find(
        section: &DataSection,
        schema: Option<&Arc<Schema>>,
        seed: u64,
        mirrors: &[String],
        observe: &mut dyn FnMut(SourceEvent),
    ) -> Result<Self, Error> {
        let files: Vec<&Path> = std::iter::once(section.train.as_path())
            .chain(section.validation.file())
            .chain(section.test.as_deref())
            .collect();
        let absent: Vec<&Path> = files
            .iter()
            .copied()
            .filter(|path| !path.exists() && !Rewindable::is_stream(path))
            .collect();
        let Some(first_absent) = absent.first() else {
            return Self::from_files(section, schema);
        };
        let missing = || Error::from(DataError::of_file(first_absent, DataErrorKind::Missing));
        if absent.len() < files.len() {
            return Err(missing());
        }
        let mut not_downloaded: Option<DownloadError> = None;
        for choice in &section.if_missing {
            let origin = match choice {
                IfMissing::Error => break,
                IfMissing::Digits => Origin::Digits,
                IfMissing::GaussianSum => Origin::GaussianSum,
                IfMissing::Download => {
                    let path = first_absent.display();
                    observe(SourceEvent::Note(format!(
                        "{path} is not there: fetching MNIST"
                    )));
                    match download::fetch(section, mirrors, observe) {
                        Ok(()) => return Self::from_files(section, schema),
                        Err(Error::Download(error)) if error.is_network() => {
                            observe(SourceEvent::Note(error.to_string()));
                            not_downloaded = Some(error);
                            continue;
                        }
                        Err(error) => return Err(error),
                    }
                }
            };
            let fallback = not_downloaded.is_some().then(|| {
                format!(
                    "{}, because {} is missing and MNIST could not be downloaded",
                    origin.description(),
                    first_absent.display()
                )
            });
            return Self::reload(section, None, seed, origin, fallback);
        }
        Err(not_downloaded.map_or_else(missing, Error::Download))
    }

    /// The rows that a run was made with: its files, never a fallback; or the rows it had generated. `schema` is that of
    /// the run if its files were read for a model that existed before.
    ///
    /// # Errors
    /// If a file is absent or malformed, or was a stream.
    pub fn reload(
        section: &DataSection,
        schema: Option<&Arc<Schema>>,
        seed: u64,
        origin: Origin,
        fallback: Option<String>,
    ) -> Result<Self, Error> {
        match origin.generator() {
            None => {
                let held_out = [section.validation.file(), section.test.as_deref()];
                let mut files =
                    std::iter::once(&*section.train).chain(held_out.into_iter().flatten());
                match files.find(|path| Rewindable::is_stream(path)) {
                    Some(path) => Err(DataError::of_file(path, DataErrorKind::StreamGone).into()),
                    None => Self::from_files(section, schema),
                }
            }
            Some(draw) => Ok(Self::generate(draw, origin, section, seed, fallback)),
        }
    }

    /// Returns each file that was read, and how.
    pub fn reports(&self) -> impl Iterator<Item = (&Path, &TableReport)> {
        let files = [
            (Some(&self.train_file), &self.train_report),
            (self.validation_file.as_ref(), &self.validation_report),
            (self.test_file.as_ref(), &self.test_report),
        ];
        files
            .into_iter()
            .filter_map(|(file, report)| Some((file?.path.as_deref()?, report)))
    }

    fn from_files(section: &DataSection, schema: Option<&Arc<Schema>>) -> Result<Self, Error> {
        let training = match schema {
            None => ReadOptions::training(section),
            Some(schema) => ReadOptions {
                limit: section.limit,
                roles: true,
                ..ReadOptions::of_model(section, Arc::clone(schema), Labels::Required)
            },
        };
        let further = |train: &Table, limit| {
            let schema = Arc::clone(&train.dataset.schema);
            let section = section.resolved(&train.dataset);
            ReadOptions {
                limit,
                ..ReadOptions::of_model(&section, schema, Labels::Required)
            }
        };
        let mut own_test = None;
        let (train, train_file) = read_hashed(&section.train, |stream| {
            let train = read_from(stream, &training)?;
            if section.test.is_none() && has_test_rows(stream)? {
                own_test = Some(read_from(stream, &further(&train, section.test_limit))?);
            }
            Ok(train)
        })?;
        let read_next = |path: Option<&Path>, limit| {
            let options = further(&train, limit);
            let read = |path| read_hashed(path, |stream| read_from(stream, &options));
            path.map(read).transpose().map(Option::unzip)
        };
        let (validation, validation_file) = read_next(section.validation.file(), 0)?;
        let (test, test_file) = match own_test {
            Some(test) => {
                let file = DataFile {
                    rows: test.dataset.rows(),
                    ..train_file.clone()
                };
                (Some(test), Some(file))
            }
            None => read_next(section.test.as_deref(), section.test_limit)?,
        };
        let (validation, validation_report) = parts(validation);
        let (test, test_report) = parts(test);
        Ok(Self {
            train: train.dataset,
            validation,
            test,
            train_report: train.report,
            validation_report,
            test_report,
            origin: Origin::Files,
            fallback: None,
            train_file,
            validation_file,
            test_file,
        })
    }

    fn generate(
        draw: Generator,
        origin: Origin,
        section: &DataSection,
        seed: u64,
        fallback: Option<String>,
    ) -> Self {
        let limited = |rows: usize, limit: usize| if limit == 0 { rows } else { rows.min(limit) };
        let train_rows = limited(section.synthetic_rows, section.limit);
        let few = section.synthetic_rows.div_ceil(TRAIN_ROWS_PER_TEST_ROW);
        let test_rows = section
            .test
            .as_ref()
            .map(|_| limited(few, section.test_limit));
        let validation_rows = section.validation.file().map(|_| few);
        let test_end = train_rows + test_rows.unwrap_or(0);
        let end = test_end + validation_rows.unwrap_or(0);
        let all = draw(end, section.rows_seed(seed));
        let part = |range: std::ops::Range<usize>| {
            #[allow(clippy::cast_possible_truncation)] // rows are counted in 32 bits
            all.select(&range.map(|row| row as u32).collect::<Vec<_>>())
        };
        let generated = |rows| DataFile {
            path: None,
            sha256: None,
            rows,
        };
        Self {
            train: part(0..train_rows),
            validation: validation_rows.map(|_| part(test_end..end)),
            test: test_rows.map(|_| part(train_rows..test_end)),
            train_report: TableReport::default(),
            validation_report: TableReport::default(),
            test_report: TableReport::default(),
            origin,
            fallback,
            train_file: generated(train_rows),
            validation_file: validation_rows.map(generated),
            test_file: test_rows.map(generated),
        }
    }
}

/// Returns rows and report of a table, if there is one.
fn parts(table: Option<Table>) -> (Option<Dataset>, TableReport) {
    match table {
        Some(table) => (Some(table.dataset), table.report),
        None => (None, TableReport::default()),
    }
}

/// Lets `read` read rows, and tells from which bytes.
fn read_hashed(
    path: &Path,
    read: impl FnOnce(&mut Rewindable) -> Result<Table, DataError> + Send,
) -> Result<(Table, DataFile), DataError> {
    let mut stream = Rewindable::open(path)?;
    let (table, checksum) = if stream.is_file() {
        // A checksum takes about as long as reading does: both at the same time.
        let (table, checksum) = rayon::join(|| read(&mut stream), || sha256_file(path));
        (table?, checksum?)
    } else {
        let table = read(&mut stream)?;
        let endless = || DataError::of_file(path, DataErrorKind::EndlessStream);
        (table, stream.sha256()?.ok_or_else(endless)?)
    };
    let file = DataFile {
        path: Some(path.to_owned()),
        sha256: Some(checksum),
        rows: table.dataset.rows(),
    };
    Ok((table, file))
}

/// Draws so many labelled rows from a seed.
type Generator = fn(rows: usize, seed: u64) -> Dataset;

impl Origin {
    fn generator(self) -> Option<Generator> {
        match self {
            Self::Files | Self::Memory => None,
            Self::Digits => Some(digits),
            Self::GaussianSum => Some(|rows, seed| gaussian_sum(rows, GAUSSIAN_COLUMNS, seed)),
        }
    }

    /// In words.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::Files => "files",
            Self::Memory => "rows in memory",
            Self::Digits => "built-in digits",
            Self::GaussianSum => "generated gaussian-sum rows",
        }
    }
}
