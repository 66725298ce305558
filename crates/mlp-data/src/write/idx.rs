//! Images as IDX: a file of images, and a file of labels next to it.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::write_file;
use crate::error::{DataError, DataErrorKind};
use crate::read::label_files;
use crate::{Dataset, Features, Target};

/// `00 00 08`, before the number of dimensions: unsigned bytes.
const UNSIGNED_BYTES: [u8; 3] = [0, 0, 8];

/// Writes rows as square images into `path`, and their labels, if they have any, into the file that
/// [`read`](crate::read()) looks for next to it; returns its path. Compressed if the names end in `.gz` or `.zst`.
///
/// Each file appears whole or not at all, the images last: with them the pair is complete.
///
/// # Errors
/// When the rows are no square images of bytes, a class is no number from 0 to 255, `path` is no name
/// for an image file, or a file cannot be written.
pub fn write_idx(path: &Path, dataset: &Dataset) -> Result<Option<PathBuf>, DataError> {
    let unfit = |why: String| DataError::of_file(path, DataErrorKind::IdxUnfit { why });
    let Features::Bytes(pixels) = &dataset.features else {
        return Err(unfit(
            "not every value is a whole number from 0 to 255".into(),
        ));
    };
    let side = dataset.columns().isqrt();
    if side * side != dataset.columns() {
        let columns = dataset.columns();
        return Err(unfit(format!("{columns} columns are no square image")));
    }
    let rows = dataset.rows();
    let labels = match &dataset.target {
        None => None,
        Some(Target::Value { .. }) => {
            return Err(unfit(
                "their labels are numbers to predict, not classes".into(),
            ));
        }
        Some(Target::Class { labels }) => {
            let partner = idx_label_file(path)
                .ok_or_else(|| unfit("the name has no `images` in it".into()))?;
            let bytes = label_bytes(dataset, labels).map_err(unfit)?;
            write_file(&partner, |out| write_values(out, &[rows], &bytes))?;
            Some(partner)
        }
    };
    write_file(path, |out| write_values(out, &[rows, side, side], pixels))?;
    Ok(labels)
}

/// Returns the label file that belongs to an image file of this name: `images` becomes `labels`, `idx3` `idx1`.
#[must_use]
pub fn idx_label_file(images: &Path) -> Option<PathBuf> {
    label_files(images).into_iter().next()
}

/// Returns each row's class name as the number it stands for.
fn label_bytes(dataset: &Dataset, labels: &[u32]) -> Result<Vec<u8>, String> {
    let number = |name: &String| {
        let number = name.parse::<u8>();
        number.map_err(|_| format!("class `{name}` is no whole number from 0 to 255"))
    };
    let numbers: Result<Vec<u8>, String> = dataset.classes().iter().map(number).collect();
    let numbers = numbers?;
    Ok(labels
        .iter()
        .map(|&label| numbers[label as usize])
        .collect())
}

fn write_values(out: &mut dyn Write, dimensions: &[usize], values: &[u8]) -> io::Result<()> {
    out.write_all(&UNSIGNED_BYTES)?;
    let too_many = |_| io::Error::new(io::ErrorKind::InvalidInput, "more than IDX can count");
    out.write_all(&[u8::try_from(dimensions.len()).map_err(too_many)?])?;
    for &size in dimensions {
        let size = u32::try_from(size).map_err(too_many)?;
        out.write_all(&size.to_be_bytes())?;
    }
    out.write_all(values)
}
