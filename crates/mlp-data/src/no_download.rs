//! In place of a download, where it was left out of the build.

use super::source::SourceEvent;
use crate::error::{DownloadError, Error};
use crate::options::DataSection;

/// Fails as a network without mirrors does, so that the next fallback is taken.
pub(super) fn fetch(
    section: &DataSection,
    _: &[String],
    _: &mut dyn FnMut(SourceEvent),
) -> Result<(), Error> {
    let folder = section.train.parent().unwrap_or(&section.train);
    Err(DownloadError::Mirrors {
        file: "MNIST".to_owned(),
        folder: folder.to_owned(),
        wanted: Vec::new(),
        attempts: Vec::new(),
    }
    .into())
}
