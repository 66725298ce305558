//! MNIST from public mirrors (feature `download`).

mod error;
#[cfg(feature = "download")]
mod mirrors;
#[cfg(feature = "download")]
mod mnist;

pub use error::{DownloadError, FailedMirror, MIRRORS_VARIABLE, MirrorFailure};
#[cfg(feature = "download")]
pub use mirrors::{RemoteFile, Timeouts, fetch_files};
#[cfg(feature = "download")]
pub(crate) use mnist::fetch;
#[cfg(feature = "download")]
pub use mnist::{MIRRORS, MNIST, fetch_mnist, fetch_mnist_csv};

/// How far the download of a file has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress<'a> {
    /// Name of the file.
    pub file: &'a str,
    /// Bytes received so far.
    pub received: u64,
    /// Bytes of the whole file, if the mirror reports them.
    pub total: Option<u64>,
    /// Base URL of the mirror.
    pub mirror: &'a str,
}

/// Fails as a network without mirrors does, so that the next fallback is used.
#[cfg(not(feature = "download"))]
pub(crate) fn fetch(
    section: &crate::options::DataSection,
    _: &[String],
    _: &mut dyn FnMut(crate::SourceEvent),
) -> Result<(), crate::error::Error> {
    let folder = section.train.parent().unwrap_or(&section.train);
    Err(DownloadError::Mirrors {
        file: "MNIST".to_owned(),
        folder: folder.to_owned(),
        wanted: Vec::new(),
        attempts: Vec::new(),
    }
    .into())
}
