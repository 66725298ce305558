//! `metrics.jsonl`: one object a line, only ever appended to, cut back on resume.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufRead, BufReader, BufWriter, Seek, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::RunError;
use crate::fault;
use crate::task::Scores;

/// Which rows a figure is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Split {
    Train,
    Validation,
    Test,
}

impl Split {
    /// As the files of a run have it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Validation => "validation",
            Self::Test => "test",
        }
    }
}

/// What a training figure covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// The batch of that step, before its update.
    Batch,
    /// The running mean of the epoch, each batch before its update.
    Epoch,
    /// All rows of the split, with the weights after that step.
    Split,
}

/// One line of the log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetricsRecord {
    /// Updates made.
    pub step: u64,
    /// Counted from 1.
    pub epoch: usize,
    /// Which rows.
    pub split: Split,
    /// Which of them.
    pub scope: Scope,
    /// Metrics of these rows.
    #[serde(flatten)]
    pub scores: Scores,
    /// Rate of the last update.
    pub learning_rate: f64,
    /// Training time so far, over all resumptions; the only figure that differs between equal runs.
    pub seconds: f64,
}

/// The open log; holds the lock that keeps a second process out of the run.
pub struct MetricsLog {
    writer: BufWriter<File>,
    path: PathBuf,
    lines: u64,
}

impl MetricsLog {
    /// Opens the log, to be held by nobody else; what it holds is kept.
    ///
    /// # Errors
    /// If another process has it open, or the system refuses.
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

    /// Keeps the first `lines` lines and cuts off the rest, to append after them.
    ///
    /// # Errors
    /// If it holds fewer lines, or the system refuses.
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

    /// Appends a line; a reader sees it at once.
    ///
    /// # Errors
    /// If it cannot be written.
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

    /// Number of lines written.
    #[must_use]
    pub const fn lines(&self) -> u64 {
        self.lines
    }

    /// What is written, to be brought to the disk by whoever has the time.
    ///
    /// # Errors
    /// If the process has too many files open.
    pub fn unsynced(&self) -> Result<UnsyncedMetrics, RunError> {
        let file = self.writer.get_ref().try_clone();
        Ok(UnsyncedMetrics {
            file: file.map_err(RunError::writing(&self.path))?,
            path: self.path.clone(),
        })
    }

    /// All records of a log.
    ///
    /// # Errors
    /// If the file cannot be read or a line is not a record. An unfinished last line is left out.
    pub fn read(path: &Path) -> Result<Vec<MetricsRecord>, RunError> {
        let damaged = |cause: String| RunError::Damaged {
            path: path.to_owned(),
            cause,
        };
        let text = std::fs::read_to_string(path).map_err(|error| damaged(error.to_string()))?;
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        whole
            .lines()
            .enumerate()
            .map(|(index, line)| {
                serde_json::from_str(line)
                    .map_err(|error| damaged(format!("line {}: {error}", index + 1)))
            })
            .collect()
    }
}

/// Lines that may not be on the disk yet.
#[derive(Debug)]
pub struct UnsyncedMetrics {
    file: File,
    path: PathBuf,
}

impl UnsyncedMetrics {
    /// Waits until they are on the disk.
    ///
    /// # Errors
    /// If the system cannot write them.
    pub fn sync(self) -> Result<(), RunError> {
        let Self { file, path } = self;
        file.sync_data().map_err(RunError::writing(path))
    }
}
