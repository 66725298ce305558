//! What can go wrong while files are downloaded.

use std::io::{self, ErrorKind};
use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;

/// Environment variable with the base URLs to use in place of the built-in mirrors, separated by commas.
pub const MIRRORS_VARIABLE: &str = "MLP_MNIST_MIRRORS";

/// A download that failed.
#[derive(Debug, Error)]
pub enum DownloadError {
    /// Every mirror failed, by the network or by what it sent.
    #[error("cannot download {file}: {}", list(.attempts))]
    Mirrors {
        /// Name of the file that could not be downloaded.
        file: String,
        /// Folder that it belongs into.
        folder: PathBuf,
        /// Names of all files that belong there.
        wanted: Vec<String>,
        /// Each mirror's failure, in the order in which they were asked; empty if no mirror was named.
        attempts: Vec<FailedMirror>,
    },
    /// The disk failed; no other mirror would help.
    #[error("cannot {action} {}: {source}", .path.display())]
    Disk {
        /// What was being done, as a verb: `write`.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
}

/// A mirror and why it did not deliver.
#[derive(Debug, Error)]
#[error("{url}: {failure}")]
pub struct FailedMirror {
    /// The file's address at this mirror.
    pub url: String,
    /// Why it did not deliver.
    #[source]
    pub failure: MirrorFailure,
}

/// Why a mirror did not deliver a file.
#[derive(Debug, Error)]
pub enum MirrorFailure {
    /// No response header came in time.
    #[error("no answer within {:.1} s", .0.as_secs_f64())]
    NoAnswer(Duration),
    /// The request failed: name not found, connection refused, bad certificate, bad URL.
    #[error("request failed: {0}")]
    Request(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// An answer other than the file.
    #[error("HTTP status {0}")]
    Status(u16),
    /// The body stopped coming.
    #[error("stalled: no byte for {:.1} s after {received} bytes", .waited.as_secs_f64())]
    Stalled {
        /// Time without a byte.
        waited: Duration,
        /// Bytes received before.
        received: u64,
    },
    /// The connection ended before the body did.
    #[error("connection lost after {received} bytes: {source}")]
    Dropped {
        /// Bytes received before.
        received: u64,
        /// What the network said.
        source: io::Error,
    },
    /// The body is larger than any wanted file.
    #[error("offers more than {0} bytes, which cannot be the file")]
    TooLarge(u64),
    /// The body is not a whole gzip file.
    #[error("damaged: {0}")]
    Gzip(#[source] io::Error),
    /// The gzip file holds something else.
    #[error("damaged or another file: SHA-256 of the content is {found}, not {expected}")]
    Content {
        /// SHA-256 of the wanted content, in hexadecimal.
        expected: String,
        /// SHA-256 of what came.
        found: String,
    },
    /// The mirrors before used up the time without progress.
    #[error("no time left: {:.1} s had passed without a byte", .0.as_secs_f64())]
    OutOfTime(Duration),
}

impl DownloadError {
    /// Whether the network failed, so that a fallback may be used.
    #[must_use]
    pub const fn is_network(&self) -> bool {
        matches!(self, Self::Mirrors { .. })
    }

    /// What the user can do about it.
    #[must_use]
    pub fn remedy(&self) -> String {
        match self {
            Self::Mirrors { folder, wanted, .. } => format!(
                "check the network (a proxy is read from HTTPS_PROXY), or name other mirrors in {MIRRORS_VARIABLE}, \
                 or put {} into {} by hand",
                wanted.join(", "),
                folder.display()
            ),
            Self::Disk { path, source, .. } => match source.kind() {
                ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
                    format!("make {} writable, or choose another folder", path.display())
                }
                ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
                    "free some space: MNIST takes 12 MB as downloaded".to_owned()
                }
                _ => format!(
                    "check what is at {}, or choose another folder",
                    path.display()
                ),
            },
        }
    }
}

fn list(attempts: &[FailedMirror]) -> String {
    if attempts.is_empty() {
        return "no mirror is named".to_owned();
    }
    attempts
        .iter()
        .fold("no mirror delivered it".to_owned(), |list, attempt| {
            format!("{list}\n  {attempt}")
        })
}
