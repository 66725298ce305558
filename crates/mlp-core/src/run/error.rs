//! Errors of run folders.

use std::io;
use std::path::PathBuf;

/// An error in finding, reading, writing or resuming a run folder.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The path is neither a run folder nor a folder of runs.
    #[error("{path}: {why}")]
    NotFound {
        /// Path as given.
        path: PathBuf,
        /// What is missing.
        why: String,
    },
    /// The folder for a new run is not empty.
    #[error("{0}: the folder exists and is not empty; a run never overwrites anything")]
    Exists(PathBuf),
    /// A file is missing, unreadable or malformed.
    #[error("{path}: {cause}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        cause: String,
    },
    /// The file was written by a later version of the program.
    #[error("{path}: its format version is {found}; this program knows versions up to {known}")]
    NewerFormat {
        /// The file.
        path: PathBuf,
        /// Version in the file.
        found: u32,
        /// Newest version that this program reads.
        known: u32,
    },
    /// The file was written before the first release.
    #[error(
        "{path}: its format version is {found}, from before the first release, and is no longer read"
    )]
    OlderFormat {
        /// The file.
        path: PathBuf,
        /// Version in the file.
        found: u32,
    },
    /// The data has changed since the run was created.
    #[error(
        "{path}: these are not the rows that this run was made of (SHA-256 of their content is {found}, was {expected})"
    )]
    OtherRows {
        /// The training file, or the run folder if its rows are generated.
        path: PathBuf,
        /// Fingerprint of the present rows.
        found: String,
        /// Fingerprint in the manifest.
        expected: String,
    },
    /// The requested checkpoint does not exist.
    #[error("{path}: no {wanted} checkpoint")]
    NoCheckpoint {
        /// The run folder.
        path: PathBuf,
        /// Requested checkpoint.
        wanted: String,
    },
    /// The run cannot be resumed with this config.
    #[error("{path}: cannot be resumed: {}", .reasons.join("; "))]
    ResumeRefused {
        /// The run folder.
        path: PathBuf,
        /// All reasons.
        reasons: Vec<String>,
    },
    /// The run has no final result to compare a repetition with.
    #[error("{path}: cannot be reproduced: {why}")]
    Irreproducible {
        /// The run folder.
        path: PathBuf,
        /// Reason.
        why: &'static str,
        /// Suggested action.
        remedy: String,
    },
    /// The run lacks what a calibration or an interval rests on.
    #[error("{path}: {why}")]
    Uncalibrated {
        /// The run folder, or a file of it.
        path: PathBuf,
        /// Reason.
        why: String,
        /// Suggested action.
        remedy: &'static str,
    },
    /// Another process is training in the run folder.
    #[error("{0}: another process is training in this run folder")]
    InUse(PathBuf),
    /// A file or folder cannot be written.
    #[error("{path}: cannot be written: {source}")]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Error of the system.
        source: io::Error,
    },
}

impl RunError {
    /// Describes the error without a path, for readers of another machine.
    #[must_use]
    pub fn cause(&self) -> String {
        match self {
            Self::Uncalibrated { why, .. } => why.clone(),
            Self::Damaged { cause, .. } => cause.clone(),
            _ => "a file of the run cannot be read".to_owned(),
        }
    }

    /// Returns a closure for `map_err` on writes to `path`.
    pub fn writing(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Write { path, source }
    }
}
