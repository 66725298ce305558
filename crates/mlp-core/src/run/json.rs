//! JSON files of a run: each carries a format version, each is replaced at once.

use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::RunError;
use mlp_data::atomic_file;

/// Reads a file whose `format` is `known`; one of another version is refused before anything else in it is looked at.
///
/// # Errors
/// If it is missing, damaged, or of a format that is not read.
pub fn read<T: DeserializeOwned>(path: &Path, known: u32) -> Result<T, RunError> {
    #[derive(Deserialize)]
    struct Versioned {
        format: u32,
    }
    let damaged = |cause: String| RunError::Damaged {
        path: path.to_owned(),
        cause,
    };
    let text = std::fs::read(path).map_err(|error| damaged(error.to_string()))?;
    let Versioned { format } =
        serde_json::from_slice(&text).map_err(|error| damaged(error.to_string()))?;
    if format < known {
        return Err(RunError::OlderFormat {
            path: path.to_owned(),
            found: format,
        });
    }
    if format > known {
        return Err(RunError::NewerFormat {
            path: path.to_owned(),
            found: format,
            known,
        });
    }
    serde_json::from_slice(&text).map_err(|error| damaged(error.to_string()))
}

/// Writes a file as one whole.
///
/// # Errors
/// If the disk refuses.
pub fn write(path: &Path, value: &impl Serialize) -> Result<(), RunError> {
    let text = serde_json::to_vec_pretty(value)
        .map_err(std::io::Error::from)
        .map_err(RunError::writing(path))?;
    atomic_file::replace(path, &text).map_err(RunError::writing(path))
}
