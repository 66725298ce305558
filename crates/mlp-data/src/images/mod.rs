//! Images from any source in the form of MNIST: decoded, segmented, cropped, scaled, centred.

#[cfg(feature = "images")]
mod artifacts;
#[cfg(feature = "images")]
mod background;
#[cfg(feature = "images")]
mod decode;
#[cfg(feature = "images")]
mod foreground;
mod normal_form;
#[cfg(feature = "images")]
mod resample;

#[cfg(feature = "images")]
pub use foreground::ForegroundTone;
pub(super) use normal_form::NormalForm;
#[cfg(feature = "images")]
use {
    crate::error::DataErrorKind,
    decode::Grey,
    foreground::Foreground,
    resample::{resample, shrink},
};

/// Pixels of the largest image that is read from a file: as many as good cameras take.
#[cfg(feature = "images")]
pub const MAX_PIXELS: u64 = 100_000_000;
/// Features of the smallest row that is taken for an image: 8×8.
const MIN_FEATURES: usize = 64;

/// Brings a PNG or JPEG image into the normal form, `[side, side]`: 0.0 for the background, 1.0 for the strongest
/// foreground.
///
/// # Errors
/// If the image is damaged, of another format, has more than `max_pixels`, or nothing on it.
#[cfg(feature = "images")]
pub fn normalised(
    image: &[u8],
    side: usize,
    tone: ForegroundTone,
    max_pixels: u64,
) -> Result<Vec<f64>, DataErrorKind> {
    let grey = Grey::decode(image, max_pixels, tone)?;
    let mut foreground = Foreground::of(grey, tone)?;
    artifacts::erase(&mut foreground);
    // Whole pixels of a small image are too coarse for a box and a centre: it is scaled down from a larger one.
    let form = NormalForm::of_side(side.max(NormalForm::MNIST.side));
    let fit = form.fit(foreground.bounds());
    let image = form.centre(&resample(&foreground, &fit, form.box_side));
    Ok(shrink(image, form.side, side))
}

/// Side of the square image whose pixels columns of these names are: a square number of columns, whose names differ
/// in numbers only (`1x1`, `pixel0`).
#[must_use]
pub fn square_side(names: &[String]) -> Option<usize> {
    let side = names.len().isqrt();
    let stem = |name: &String| -> String { name.chars().filter(|c| !c.is_ascii_digit()).collect() };
    let first = stem(names.first()?);
    let alike = || names.iter().all(|name| stem(name) == first);
    (names.len() >= MIN_FEATURES && side * side == names.len() && alike()).then_some(side)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(count: usize, name: impl Fn(usize) -> String) -> Vec<String> {
        (0..count).map(name).collect()
    }

    #[test]
    fn images_are_recognised_by_their_columns() {
        assert_eq!(
            square_side(&names(784, |i| format!("{}x{}", i / 28 + 1, i % 28 + 1))),
            Some(28)
        );
        assert_eq!(square_side(&names(64, |i| format!("pixel{i}"))), Some(8));
        assert_eq!(square_side(&names(65, |i| format!("pixel{i}"))), None);
        assert_eq!(square_side(&names(4, |i| format!("x{i}"))), None, "a table");
        assert_eq!(square_side(&names(64, |i| "ab".repeat(i))), None, "a table");
        assert_eq!(square_side(&[]), None);
    }
}
