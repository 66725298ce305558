//! The rows of a config: its files, or what it allows to stand in for absent ones.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Dataset, Labels, ReadOptions, digits, gaussian_sum, read, sha256_file};
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
    /// Rows to score at the end.
    pub test: Option<Dataset>,
    /// What they are made of.
    pub origin: Origin,
    /// Why these are not the configured files, if something had to stand in for them.
    pub fallback: Option<String>,
    /// Where the training rows were read.
    pub train_file: DataFile,
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
    /// A fall-back of `if_missing` is used for absent files only, and for both files or neither.
    ///
    /// # Errors
    /// If a file is malformed, or absent and nothing may stand in for it.
    pub fn load(
        section: &DataSection,
        seed: u64,
        mirrors: &[String],
        observe: &mut dyn FnMut(SourceEvent),
    ) -> Result<Self, Error> {
        let files: Vec<&Path> = std::iter::once(&section.train)
            .chain(&section.test)
            .map(PathBuf::as_path)
            .collect();
        let absent: Vec<&Path> = files
            .iter()
            .copied()
            .filter(|path| !path.exists())
            .collect();
        let Some(first_absent) = absent.first() else {
            return Self::from_files(section);
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
                        Ok(()) => return Self::from_files(section),
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
            return Self::reload(section, seed, origin, fallback);
        }
        Err(not_downloaded.map_or_else(missing, Error::Download))
    }

    /// The rows that a run was made with: its files, never a stand-in; or the rows it had generated.
    ///
    /// # Errors
    /// If a file is absent or malformed.
    pub fn reload(
        section: &DataSection,
        seed: u64,
        origin: Origin,
        fallback: Option<String>,
    ) -> Result<Self, Error> {
        match origin.generator() {
            None => Self::from_files(section),
            Some(draw) => Ok(Self::generate(draw, origin, section, seed, fallback)),
        }
    }

    fn from_files(section: &DataSection) -> Result<Self, Error> {
        let options = ReadOptions {
            label: section.label.clone(),
            labels: Labels::Required,
            classes: None,
            columns: None,
            missing: section.missing,
            scale: section.scale,
            limit: section.limit,
        };
        // Checksums take about as long as reading does: both at the same time.
        let checksums = || {
            let test = section.test.as_deref().map(sha256_file).transpose()?;
            Ok::<_, DataError>((sha256_file(&section.train)?, test))
        };
        let rows = || {
            let train = read(&section.train, &options)?;
            let Some(path) = &section.test else {
                return Ok((train, None));
            };
            let options = ReadOptions {
                classes: Some(train.classes().to_vec()),
                columns: Some(train.columns()),
                limit: section.test_limit,
                ..options.clone()
            };
            let test = read(path, &options)?;
            Ok::<_, DataError>((train, Some(test)))
        };
        let (rows, checksums) = rayon::join(rows, checksums);
        let (train, test) = rows?;
        let (train_checksum, test_checksum) = checksums?;
        let file = |path: &Path, rows: &Dataset, checksum| DataFile {
            path: Some(path.to_owned()),
            sha256: Some(checksum),
            rows: rows.rows(),
        };
        let test_file = match (&section.test, &test, test_checksum) {
            (Some(path), Some(test), Some(checksum)) => Some(file(path, test, checksum)),
            _ => None,
        };
        Ok(Self {
            train_file: file(&section.train, &train, train_checksum),
            test_file,
            train,
            test,
            origin: Origin::Files,
            fallback: None,
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
        let test_rows = if section.test.is_some() {
            limited(
                section.synthetic_rows.div_ceil(TRAIN_ROWS_PER_TEST_ROW),
                section.test_limit,
            )
        } else {
            0
        };
        let all = draw(train_rows + test_rows, section.rows_seed(seed));
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
            test: section
                .test
                .is_some()
                .then(|| part(train_rows..train_rows + test_rows)),
            origin,
            fallback,
            train_file: generated(train_rows),
            test_file: section.test.is_some().then(|| generated(test_rows)),
        }
    }
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
