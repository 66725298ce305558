//! Conversion between images and the rows of networks whose inputs are pixels.

use std::path::Path;
#[cfg(feature = "images")]
use std::{fs, path::PathBuf};

#[cfg(feature = "images")]
use rayon::prelude::*;

use super::LoadedRun;
use crate::config::{LabelColumn, ScaleKind};
use crate::error::Error;
use crate::run::{RunDirectory, Split};
use mlp_data::error::{DataError, DataErrorKind};
use mlp_data::{Dataset, Features, Labels, ReadOptions, read, square_side};
#[cfg(feature = "images")]
use mlp_data::{ForegroundTone, normalised_image};

/// If the largest pixel value is above this, pixels are bytes with a maximum of 255.
const HALF_A_BYTE: f32 = 127.0;
/// Largest distance of a background pixel from the paper value, as a share of the distance from paper to ink.
const SOILED: f32 = 1.0 / 16.0;
/// At least one in this many border pixels must be paper for the rows to be treated as images rather than tables.
const LEAST_PAPER: usize = 3;

/// Interpretation of a network's inputs as the pixels of a square image.
#[derive(Clone, Debug, PartialEq)]
pub struct ImageForm {
    /// Pixels along an edge.
    pub side: usize,
    /// Raw value of an empty pixel.
    pub paper: f32,
    /// Raw value of full ink.
    pub ink: f32,
    feature_names: Vec<String>,
}

impl ImageForm {
    /// Determines the form from a run's columns and the values of its example rows. Without examples, rows scaled
    /// from bytes are assumed to be light ink on a dark background.
    ///
    /// # Errors
    /// If the features are not pixels, their range of values is unknown, or the examples cannot be read.
    pub fn of(run: &RunDirectory, trained: &LoadedRun) -> Result<Self, Error> {
        let of_run = |kind| DataError::of_file(run.path(), kind);
        let feature_names = trained.model.schema.feature_names();
        let no_pixels = || {
            of_run(DataErrorKind::NotPixels {
                features: feature_names.len(),
            })
        };
        let side = square_side(&feature_names).ok_or_else(no_pixels)?;
        let (paper, ink) = match (examples(run, trained)?, trained.config.data.scale) {
            (Some(examples), _) => paper_and_ink(&examples, side).ok_or_else(no_pixels)?,
            (None, ScaleKind::Unit) => (0.0, 255.0),
            (None, _) => return Err(of_run(DataErrorKind::PixelValues).into()),
        };
        Ok(Self {
            side,
            paper,
            ink,
            feature_names,
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

    #[cfg(feature = "images")]
    /// Reads image files, each as a row of raw values.
    ///
    /// # Errors
    /// If any image cannot be read or is empty. The error lists all such images.
    pub fn read(
        &self,
        files: &[PathBuf],
        tone: ForegroundTone,
        most_pixels: u64,
    ) -> Result<Dataset, DataError> {
        let rows: Vec<Result<Vec<f32>, DataError>> = files
            .par_iter()
            .map(|path| {
                let bytes = fs::read(path).map_err(|error| DataError::opening(path, error))?;
                self.row(&bytes, tone, most_pixels)
                    .map_err(|kind| DataError::of_file(path, kind))
            })
            .collect();
        let (mut values, mut failed) = (Vec::new(), Vec::new());
        for row in rows {
            match row {
                Ok(row) => values.extend(row),
                Err(error) => failed.push(error),
            }
        }
        match all_of(failed) {
            None => Ok(self.dataset(values)),
            Some(error) => Err(error),
        }
    }

    #[cfg(feature = "images")]
    /// Converts a PNG or JPEG image to a row of raw values, `[side × side]`.
    ///
    /// # Errors
    /// If the image is damaged, has another format or more than `most_pixels` pixels, or is empty.
    pub fn row(
        &self,
        image: &[u8],
        tone: ForegroundTone,
        most_pixels: u64,
    ) -> Result<Vec<f32>, DataErrorKind> {
        let levels = normalised_image(image, self.side, tone, most_pixels)?;
        let range = self.ink - self.paper;
        let is_bytes = self.paper.max(self.ink) > HALF_A_BYTE;
        Ok(levels
            .into_iter()
            .map(|level| {
                let value = self.paper + range * level as f32;
                if is_bytes { value.round() } else { value }
            })
            .collect())
    }

    /// Rows of raw values, `[rows, side × side]`, as a data set for [`Predictor::predict`](crate::model::Predictor::predict).
    #[must_use]
    pub fn dataset(&self, values: Vec<f32>) -> Dataset {
        Dataset {
            features: Features::Floats(values),
            labels: None,
            class_names: Vec::new(),
            feature_names: self.feature_names.clone(),
        }
    }

    /// Returns the ink level of each pixel of a row, `[side, side]`, from 0.0 for paper to 1.0 for full ink.
    ///
    /// # Panics
    /// If `row` is out of range. The columns of the data set must be the network's.
    #[must_use]
    pub fn levels(&self, dataset: &Dataset, row: usize) -> Vec<f32> {
        self.levels_of(&dataset.features, row)
    }

    /// Like [`Self::levels`], for features `[rows, side × side]`.
    ///
    /// # Panics
    /// If `row` is out of range.
    #[must_use]
    pub fn levels_of(&self, features: &Features, row: usize) -> Vec<f32> {
        let pixels = self.side * self.side;
        let range = row * pixels..(row + 1) * pixels;
        let level = |value: f32| ((value - self.paper) / (self.ink - self.paper)).clamp(0.0, 1.0);
        match features {
            Features::Bytes(values) => values[range].iter().map(|v| level((*v).into())).collect(),
            Features::Floats(values) => values[range].iter().map(|v| level(*v)).collect(),
        }
    }
}

#[cfg(feature = "images")]
/// Combines the errors of several images into one.
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
    let path = |split: Split| run.examples().join(format!("{}.csv", split.name()));
    let kept = [Split::Train, Split::Test, Split::Validation]
        .map(path)
        .into_iter()
        .find(|path| Path::exists(path));
    let options = ReadOptions {
        label: LabelColumn::Index(0),
        ..trained.read_options(Labels::Absent)
    };
    kept.map(|path| read(&path, &options)).transpose()
}

/// Estimates the paper and ink values: paper is the end of the value range that is more frequent at the borders, ink
/// the other end. `None` if too few border pixels are paper, so that the rows are not images of ink on paper.
fn paper_and_ink(examples: &Dataset, side: usize) -> Option<(f32, f32)> {
    let values: Vec<f32> = match &examples.features {
        Features::Bytes(values) => values.iter().map(|value| f32::from(*value)).collect(),
        Features::Floats(values) => values.clone(),
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
    let (paper, ink) = if 2 * count(&|value| value > middle) > all {
        (high, low)
    } else {
        (low, high)
    };
    let is_paper = |value: f32| (value - paper).abs() <= SOILED * (ink - paper).abs();
    (LEAST_PAPER * count(&is_paper) >= all).then_some((paper, ink))
}
