//! Errors of run folders.

use std::io;
use std::path::PathBuf;

/// A run folder that cannot be found, read, written or continued.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Neither a run nor a folder of runs.
    #[error("{path}: {why}")]
    NotFound {
        /// What was given.
        path: PathBuf,
        /// What is missing there.
        why: String,
    },
    /// A run was asked to be created where one is.
    #[error("{0}: the folder exists and is not empty; a run never overwrites anything")]
    Exists(PathBuf),
    /// A file that should be there is missing or unreadable.
    #[error("{path}: {cause}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// Written by a later version of the program.
    #[error("{path}: its format version is {found}; this program knows versions up to {known}")]
    NewerFormat {
        /// The file.
        path: PathBuf,
        /// Version in the file.
        found: u32,
        /// Newest version this program reads.
        known: u32,
    },
    /// Written before the first release.
    #[error(
        "{path}: its format version is {found}, from before the first release, and is no longer read"
    )]
    OlderFormat {
        /// The file.
        path: PathBuf,
        /// Version in the file.
        found: u32,
    },
    /// The data has changed since the run was made.
    #[error(
        "{path}: these are not the rows this run was trained on (SHA-256 of their content is {found}, was {expected})"
    )]
    OtherRows {
        /// The training file, or the run folder if its rows are generated.
        path: PathBuf,
        /// Fingerprint of the rows there are.
        found: String,
        /// Fingerprint in the manifest.
        expected: String,
    },
    /// No checkpoint can be loaded.
    #[error("{path}: no {wanted} checkpoint")]
    NoCheckpoint {
        /// The run folder.
        path: PathBuf,
        /// Which one was asked for.
        wanted: String,
    },
    /// The run cannot be continued as asked.
    #[error("{path}: cannot be resumed: {}", .reasons.join("; "))]
    ResumeRefused {
        /// The run folder.
        path: PathBuf,
        /// One for each obstacle.
        reasons: Vec<String>,
    },
    /// The run has not come to an end that could be compared with.
    #[error("{path}: cannot be reproduced: {why}")]
    Irreproducible {
        /// The run folder.
        path: PathBuf,
        /// What is the matter.
        why: &'static str,
        /// What to do.
        remedy: String,
    },
    /// Another process works in it.
    #[error("{0}: another process is training in this run folder")]
    InUse(PathBuf),
    /// The disk said no.
    #[error("{path}: cannot be written: {source}")]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl RunError {
    /// A closure for `map_err` on writes to `path`.
    pub fn writing(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Write { path, source }
    }
}
