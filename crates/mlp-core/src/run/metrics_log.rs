//! `metrics.jsonl`: one JSON object per line, append-only except that a resume truncates it to its checkpoint.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::RunError;
use crate::fault;
use crate::task::Scores;

/// Rows to which a metric refers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Split {
    Train,
    Validation,
    Test,
}

impl Split {
    /// Returns the name used in the files of a run.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Validation => "validation",
            Self::Test => "test",
        }
    }
}

/// Scope of a metric within its split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// The batch of the step, before its update.
    Batch,
    /// The running mean of the epoch, each batch before its update.
    Epoch,
    /// All rows of the split, with the weights after the step.
    Split,
}

/// One record of the metrics log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetricsRecord {
    /// Updates made.
    pub step: u64,
    /// Epoch, counted from 1.
    pub epoch: usize,
    /// Split to which the metrics refer.
    pub split: Split,
    /// Scope within the split.
    pub scope: Scope,
    /// Metrics of these rows.
    #[serde(flatten)]
    pub scores: Scores,
    /// Rate of the last update.
    pub learning_rate: f64,
    /// Training time so far over all sessions, in seconds; the only field that differs between equal runs.
    pub seconds: f64,
}

/// The open metrics log. It holds the lock that prevents a second process from training in the run.
pub struct MetricsLog {
    writer: BufWriter<File>,
    path: PathBuf,
    lines: u64,
}

impl MetricsLog {
    /// Opens and locks the log, creating it if necessary. Existing records are kept.
    ///
    /// # Errors
    /// If another process holds the lock, or the file cannot be opened.
    pub fn open(path: &Path) -> Result<Self, RunError> {
        let writing = |source| RunError::Write {
            path: path.to_owned(),
            source,
        };
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(path)
            .map_err(writing)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(RunError::InUse(path.parent().unwrap_or(path).to_owned()));
            }
            Err(TryLockError::Error(source)) => return Err(writing(source)),
        }
        Ok(Self {
            writer: BufWriter::new(file),
            path: path.to_owned(),
            lines: 0,
        })
    }

    /// Truncates the log to its first `lines` lines.
    ///
    /// # Errors
    /// If the log has fewer lines, or cannot be read or truncated.
    pub fn cut_to(&mut self, lines: u64) -> Result<(), RunError> {
        let writing = |source| RunError::Write {
            path: self.path.clone(),
            source,
        };
        let file = self.writer.get_ref();
        let mut length = 0;
        let mut reader = BufReader::new(file);
        reader.rewind().map_err(writing)?;
        let mut line = Vec::new();
        for found in 0..lines {
            line.clear();
            length += reader.read_until(b'\n', &mut line).map_err(writing)? as u64;
            if line.last() != Some(&b'\n') {
                let cause = format!("holds {found} lines; the checkpoint knows of {lines}");
                return Err(RunError::Damaged {
                    path: self.path.clone(),
                    cause,
                });
            }
        }
        file.set_len(length).map_err(writing)?;
        self.lines = lines;
        Ok(())
    }

    /// Appends a record and flushes it, so that readers see it immediately.
    ///
    /// # Errors
    /// If the record cannot be written.
    pub fn append(&mut self, record: &MetricsRecord) -> Result<(), RunError> {
        self.try_append(record)
            .map_err(RunError::writing(&self.path))?;
        self.lines += 1;
        Ok(())
    }

    fn try_append(&mut self, record: &MetricsRecord) -> io::Result<()> {
        fault::point("metrics")?;
        serde_json::to_writer(&mut self.writer, record)?;
        self.writer.write_all(b"\n")?;
        self.writer.flush()
    }

    /// Returns the number of lines in the log.
    #[must_use]
    pub const fn lines(&self) -> u64 {
        self.lines
    }

    /// Returns a handle that syncs the records written so far to the disk, for use on another thread.
    ///
    /// # Errors
    /// If the file handle cannot be duplicated.
    pub fn unsynced(&self) -> Result<UnsyncedMetrics, RunError> {
        let file = self.writer.get_ref().try_clone();
        Ok(UnsyncedMetrics {
            file: file.map_err(RunError::writing(&self.path))?,
            path: self.path.clone(),
        })
    }

    /// Reads the records of the open log.
    ///
    /// # Errors
    /// If they cannot be read or a line is not a record.
    pub fn records(&self) -> Result<Vec<MetricsRecord>, RunError> {
        // By its own handle: some systems keep all others from a locked file.
        let mut file = self.writer.get_ref();
        let mut text = String::new();
        file.rewind()
            .and_then(|()| file.read_to_string(&mut text))
            .map_err(|error| damaged(&self.path, &error.to_string()))?;
        parse(&self.path, &text)
    }

    /// Reads all records of a log. An incomplete last line is skipped.
    ///
    /// # Errors
    /// If the file cannot be read or a line is not a record.
    pub fn read(path: &Path) -> Result<Vec<MetricsRecord>, RunError> {
        let text = std::fs::read_to_string(path);
        let text = text.map_err(|error| damaged(path, &error.to_string()))?;
        parse(path, &text)
    }
}

fn damaged(path: &Path, cause: &str) -> RunError {
    RunError::Damaged {
        path: path.to_owned(),
        cause: cause.to_owned(),
    }
}

fn parse(path: &Path, text: &str) -> Result<Vec<MetricsRecord>, RunError> {
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole
        .lines()
        .enumerate()
        .map(|(index, line)| {
            serde_json::from_str(line)
                .map_err(|error| damaged(path, &format!("line {}: {error}", index + 1)))
        })
        .collect()
}

/// A handle to records that may not be on the disk yet.
#[derive(Debug)]
pub struct UnsyncedMetrics {
    file: File,
    path: PathBuf,
}

impl UnsyncedMetrics {
    /// Syncs the records to the disk.
    ///
    /// # Errors
    /// If the system cannot write them.
    pub fn sync(self) -> Result<(), RunError> {
        let Self { file, path } = self;
        file.sync_data().map_err(RunError::writing(path))
    }
}
