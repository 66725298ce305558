//! An image as a row.

use super::Rows;
use crate::model::ServedModel;
use crate::problem::Problem;
use mlp_data::ForegroundTone;
use mlp_data::error::DataError;
use mlp_data::error::DataErrorKind;

/// Pixels of an image that is decoded in about a millisecond.
const LIGHT_PIXELS: u64 = 1 << 17;

/// The row that a PNG or JPEG image comes to. `None` without `patience` for an image that takes long.
pub fn rows(
    body: &[u8],
    model: &ServedModel,
    ink: ForegroundTone,
    most_pixels: u64,
    patience: bool,
) -> Option<Result<Rows, Problem>> {
    let form = match &model.pictures {
        Ok(form) => form,
        Err(why) => return Some(Err(Problem::unfit(why.clone()))), // never: its type was refused
    };
    let most = if patience {
        most_pixels
    } else {
        most_pixels.min(LIGHT_PIXELS)
    };
    match form.row(body, ink, most) {
        Ok(values) => Some(Ok(Rows { values, count: 1 })),
        Err(DataErrorKind::ImageTooLarge { .. }) if !patience => None,
        Err(kind) => Some(Err(Problem::of_data(&DataError::of_file(
            "".as_ref(),
            kind,
        )))),
    }
}
