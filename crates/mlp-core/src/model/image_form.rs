//! Rows that are pictures: images become them, and they become something to look at.

use std::path::Path;
use std::sync::Arc;
#[cfg(feature = "images")]
use std::{fs, path::PathBuf};

#[cfg(feature = "images")]
use rayon::prelude::*;

use super::LoadedRun;
use crate::config::{LabelColumn, ScaleKind};
use crate::error::Error;
use crate::run::{RunDirectory, Split};
use mlp_data::error::{DataError, DataErrorKind};
use mlp_data::{Dataset, Features, Labels, ReadOptions, Schema, read};
#[cfg(feature = "images")]
use mlp_data::{ForegroundTone, normalised_image};

/// Above this, the largest value of pixels is that of a byte.
const HALF_A_BYTE: f32 = 127.0;
/// A pixel is paper as long as it is no further from it than this share of the way to ink.
const SOILED: f32 = 1.0 / 16.0;
/// One in so many pixels of the borders is paper, at least, where rows are pictures; tables have their values anywhere.
const LEAST_PAPER: usize = 3;

/// How the inputs of a network are pixels of a square picture.
#[derive(Clone, Debug, PartialEq)]
pub struct ImageForm {
    /// Pixels along an edge.
    pub side: usize,
    /// Value of an empty pixel, as files hold it.
    pub paper: f32,
    /// Value of full ink.
    pub ink: f32,
    schema: Arc<Schema>,
}

impl ImageForm {
    /// Learns it from a run: from its columns, and from the values of the rows that it keeps as examples. Without
    /// those, rows scaled from bytes are taken to be light ink on dark.
    ///
    /// # Errors
    /// If the features are no pixels, nothing tells their values, or the examples cannot be read.
    pub fn of(run: &RunDirectory, trained: &LoadedRun) -> Result<Self, Error> {
        let of_run = |kind| DataError::of_file(run.path(), kind);
        let schema = Arc::clone(&trained.model.schema);
        let no_pixels = || {
            of_run(DataErrorKind::NotPixels {
                features: schema.columns.len(),
            })
        };
        let side = schema.square_side().ok_or_else(no_pixels)?;
        let (paper, ink) = match (examples(run, trained)?, trained.config.data.scale) {
            (Some(examples), _) => paper_and_ink(&examples, side).ok_or_else(no_pixels)?,
            (None, ScaleKind::Unit) => (0.0, 255.0),
            (None, _) => return Err(of_run(DataErrorKind::PixelValues).into()),
        };
        Ok(Self {
            side,
            paper,
            ink,
            schema,
        })
    }

    /// The same; `None` if it cannot be known.
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
    /// Reads images, each as a row of the network's inputs, in raw units as its files hold them.
    ///
    /// # Errors
    /// If images cannot be read, or show nothing: all of them are named.
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
    /// The inputs, `[side × side]`, that a PNG or JPEG image comes to, in raw units.
    ///
    /// # Errors
    /// If the image is damaged, of another format, has more than `most_pixels`, or nothing on it.
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
                #[allow(clippy::cast_possible_truncation)] // features are float32
                let value = self.paper + range * level as f32;
                if is_bytes { value.round() } else { value }
            })
            .collect())
    }

    /// Rows of raw values, `[rows, side × side]`, as a data set for [`Predictor::predict`].
    #[must_use]
    pub fn dataset(&self, values: Vec<f32>) -> Dataset {
        Dataset::new(Arc::clone(&self.schema), Features::Floats(values), None)
    }

    /// How much ink each pixel of a row has, `[side, side]`: 0.0 for paper, 1.0 for full ink.
    ///
    /// # Panics
    /// If there is no such row, or the data set has other columns than the network.
    #[must_use]
    pub fn levels(&self, dataset: &Dataset, row: usize) -> Vec<f32> {
        self.levels_of(&dataset.features, row)
    }

    /// The same of a row of bare values, `[rows, side × side]`.
    ///
    /// # Panics
    /// If there is no such row.
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
/// The errors of several images as one.
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

/// Rows that the run keeps to be shown, as files hold them.
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

/// Paper is what borders are made of, ink the end of the range that is further from it. `None` if the borders are made of
/// everything: then these are no pictures of ink on paper.
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
