//! Conversion between images and the rows of networks whose inputs are pixels.

use std::sync::Arc;
#[cfg(feature = "images")]
use std::{fs, path::PathBuf};

#[cfg(feature = "images")]
use rayon::prelude::*;

#[cfg(feature = "images")]
use super::InputChunk;
use super::LoadedRun;
use crate::config::ScaleKind;
use crate::error::Error;
use crate::evaluation::read_example_rows;
use crate::run::{RunDirectory, Split};
use mlp_data::error::{DataError, DataErrorKind};
#[cfg(feature = "images")]
use mlp_data::{BadRow, ForegroundTone, normalised_image};
use mlp_data::{Dataset, Features, Schema};

/// If the largest pixel value is above this, pixels are bytes with a maximum of 255.
const HALF_A_BYTE: f32 = 127.0;
/// Maximum distance of a background pixel from the background's value, as a share of that between background and
/// foreground.
const TOLERANCE: f32 = 1.0 / 16.0;
/// Where rows are images, at least one in this many border pixels is background; the values of a table lie anywhere.
const BORDER_SHARE: usize = 3;

/// Interpretation of a network's inputs as the pixels of a square image.
#[derive(Clone, Debug, PartialEq)]
pub struct ImageForm {
    /// Pixels along an edge.
    pub side: usize,
    /// Raw value of a background pixel.
    pub background: f32,
    /// Raw value of a foreground pixel in full strength.
    pub foreground: f32,
    schema: Arc<Schema>,
}

impl ImageForm {
    /// Determines the form from a run's columns and the values of its example rows. Without examples, rows scaled
    /// from bytes are assumed to be light on a dark background.
    ///
    /// # Errors
    /// If the features are not pixels, their range of values is unknown, or the examples cannot be read.
    pub fn of(run: &RunDirectory, trained: &LoadedRun) -> Result<Self, Error> {
        let of_run = |kind| DataError::of_file(run.path(), kind);
        let schema = Arc::clone(&trained.model.schema);
        let not_pixels = || {
            of_run(DataErrorKind::NotPixels {
                features: schema.columns.len(),
            })
        };
        let side = schema.square_side().ok_or_else(not_pixels)?;
        let (background, foreground) =
            match (examples(run, trained)?, trained.model.preprocessor.kind()) {
                (Some(examples), _) => {
                    background_and_foreground(&examples, side).ok_or_else(not_pixels)?
                }
                (None, ScaleKind::Unit) => (0.0, 255.0),
                (None, _) => return Err(of_run(DataErrorKind::PixelValues).into()),
            };
        Ok(Self {
            side,
            background,
            foreground,
            schema,
        })
    }

    /// Like [`Self::of`], but returns `None` if the features are not pixels or their range of values is unknown.
    ///
    /// # Errors
    /// If the examples cannot be read.
    pub fn find(run: &RunDirectory, trained: &LoadedRun) -> Result<Option<Self>, Error> {
        match Self::of(run, trained) {
            Ok(form) => Ok(Some(form)),
            Err(Error::Data(mlp_data::error::Error::Data(error)))
                if matches!(
                    *error.kind,
                    DataErrorKind::NotPixels { .. } | DataErrorKind::PixelValues
                ) =>
            {
                Ok(None)
            }
            Err(other) => Err(other),
        }
    }

    /// Reads image files, each as a row of raw values.
    ///
    /// # Errors
    /// If any image cannot be read or is empty. The error lists all such images.
    #[cfg(feature = "images")]
    pub fn read(
        &self,
        files: &[PathBuf],
        tone: ForegroundTone,
        max_pixels: u64,
    ) -> Result<Dataset, DataError> {
        let InputChunk { rows, bad } = self.read_each(files, tone, max_pixels);
        match all_of(bad.into_iter().map(|bad| bad.error).collect()) {
            None => Ok(rows),
            Some(error) => Err(error),
        }
    }

    /// Reads image files, each as a row of raw values; those that cannot be read are left out. Rows are counted from the
    /// first file.
    #[cfg(feature = "images")]
    #[must_use]
    pub fn read_each(
        &self,
        files: &[PathBuf],
        tone: ForegroundTone,
        max_pixels: u64,
    ) -> InputChunk {
        let rows: Vec<Result<Vec<f32>, DataError>> = files
            .par_iter()
            .map(|path| {
                let bytes = fs::read(path).map_err(|error| DataError::opening(path, error))?;
                self.row(&bytes, tone, max_pixels)
                    .map_err(|kind| DataError::of_file(path, kind))
            })
            .collect();
        let (mut values, mut bad) = (Vec::new(), Vec::new());
        for (row, values_or_error) in (0..).zip(rows) {
            match values_or_error {
                Ok(row) => values.extend(row),
                Err(error) => bad.push(BadRow { row, error }),
            }
        }
        InputChunk {
            rows: self.dataset(values),
            bad,
        }
    }

    /// Converts a PNG or JPEG image to a row of raw values, `[side × side]`.
    ///
    /// # Errors
    /// If the image is damaged, has another format or more than `max_pixels` pixels, or is empty.
    #[cfg(feature = "images")]
    pub fn row(
        &self,
        image: &[u8],
        tone: ForegroundTone,
        max_pixels: u64,
    ) -> Result<Vec<f32>, DataErrorKind> {
        let levels = normalised_image(image, self.side, tone, max_pixels)?;
        let range = self.foreground - self.background;
        let is_bytes = self.background.max(self.foreground) > HALF_A_BYTE;
        Ok(levels
            .into_iter()
            .map(|level| {
                let value = self.background + range * level as f32;
                if is_bytes { value.round() } else { value }
            })
            .collect())
    }

    /// Returns rows of raw values, `[rows, side × side]`, as a data set with the columns of the network.
    #[must_use]
    pub fn dataset(&self, values: Vec<f32>) -> Dataset {
        Dataset::new(Arc::clone(&self.schema), Features::Floats(values), None)
    }

    /// Returns the level of each pixel of a row, `[side, side]`: 0.0 for the background, 1.0 for the foreground.
    ///
    /// # Panics
    /// If `row` is out of range. The columns of the data set must be the network's.
    #[must_use]
    pub fn levels(&self, dataset: &Dataset, row: usize) -> Vec<f32> {
        self.levels_of(&dataset.features, row)
    }

    /// Returns the levels of a row of raw values, `[rows, side × side]`; see [`Self::levels`].
    ///
    /// # Panics
    /// If `row` is out of range.
    #[must_use]
    pub fn levels_of(&self, features: &Features, row: usize) -> Vec<f32> {
        let pixels = self.side * self.side;
        let of_row = row * pixels..(row + 1) * pixels;
        let range = self.foreground - self.background;
        let level = |value: f32| ((value - self.background) / range).clamp(0.0, 1.0);
        match features {
            Features::Bytes(values) => values[of_row].iter().map(|v| level((*v).into())).collect(),
            Features::Floats(values) => values[of_row].iter().map(|v| level(*v)).collect(),
            Features::Columns(values) => values
                .iter()
                .map(|values| level(values.number(row) as f32))
                .collect(),
        }
    }
}

/// Combines the errors of several images into one.
#[cfg(feature = "images")]
fn all_of(errors: Vec<DataError>) -> Option<DataError> {
    let mut errors = errors.into_iter();
    let first = errors.next()?;
    let others: Vec<String> = errors.map(|error| error.to_string()).collect();
    if others.is_empty() {
        return Some(first);
    }
    let kind = DataErrorKind::SeveralImages {
        first: first.kind,
        others,
    };
    Some(DataError::of_file(&first.path, kind))
}

/// Reads the example rows of the run as raw values; `None` if it has none.
fn examples(run: &RunDirectory, trained: &LoadedRun) -> Result<Option<Dataset>, DataError> {
    let (schema, config) = (&trained.model.schema, &trained.config);
    for split in [Split::Train, Split::Test, Split::Validation] {
        let rows = read_example_rows(run, split, schema, config)?;
        if rows.is_some() {
            return Ok(rows);
        }
    }
    Ok(None)
}

/// Returns the raw values of background and foreground: the background is the end of the range that most border pixels
/// are nearer to, the foreground the other end. `None` if too few border pixels are background: then the rows are not
/// images of something on a plain background.
fn background_and_foreground(examples: &Dataset, side: usize) -> Option<(f32, f32)> {
    let values: Vec<f32> = match &examples.features {
        Features::Bytes(values) => values.iter().map(|value| f32::from(*value)).collect(),
        Features::Floats(values) => values.clone(),
        Features::Columns(_) => return None,
    };
    let (low, high) = values
        .iter()
        .fold((0.0_f32, 0.0_f32), |(low, high), value| {
            (low.min(*value), high.max(*value))
        });
    let high = if high > HALF_A_BYTE {
        255.0
    } else {
        high.max(1.0)
    };
    let is_border = |index: usize| {
        let (row, column) = (index / side % side, index % side);
        row == 0 || column == 0 || row == side - 1 || column == side - 1
    };
    let border = || values.iter().enumerate().filter(|(at, _)| is_border(*at));
    let middle = f32::midpoint(low, high);
    let count = |is: &dyn Fn(f32) -> bool| border().filter(|(_, value)| is(**value)).count();
    let all = count(&|_| true);
    let (background, foreground) = if 2 * count(&|value| value > middle) > all {
        (high, low)
    } else {
        (low, high)
    };
    let tolerance = TOLERANCE * (foreground - background).abs();
    let is_background = |value: f32| (value - background).abs() <= tolerance;
    (BORDER_SHARE * count(&is_background) >= all).then_some((background, foreground))
}
