//! JSON files of a run. Each has a format version and is replaced atomically.

use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::RunError;
use mlp_data::atomic_file;

/// Reads a file whose `format` is `known`. The version is checked before the rest of the file is parsed.
///
/// # Errors
/// If the file is missing, damaged or has another format version.
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

/// Writes a file atomically.
///
/// # Errors
/// If the file cannot be written.
pub fn write(path: &Path, value: &impl Serialize) -> Result<(), RunError> {
    let text = serde_json::to_vec_pretty(value)
        .map_err(std::io::Error::from)
        .map_err(RunError::writing(path))?;
    atomic_file::replace(path, &text).map_err(RunError::writing(path))
}
