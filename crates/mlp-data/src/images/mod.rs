//! Images of anyone's making, brought into the form of MNIST: decoded, told into ink and paper, cropped, scaled,
//! centred.

#[cfg(feature = "images")]
mod decode;
#[cfg(feature = "images")]
mod dirt;
#[cfg(feature = "images")]
mod ink;
mod normal_form;
#[cfg(feature = "images")]
mod paper;
#[cfg(feature = "images")]
mod resample;

#[cfg(feature = "images")]
pub use ink::InkTone;
pub(super) use normal_form::NormalForm;
#[cfg(feature = "images")]
use {
    crate::error::DataErrorKind,
    decode::Grey,
    ink::Inked,
    resample::{resample, shrink},
};

/// Pixels of the largest image that is read from a file: as many as good cameras take at once.
#[cfg(feature = "images")]
pub const MOST_PIXELS: u64 = 100_000_000;
/// Fewest features of a row that may be a picture: 8×8.
const FEWEST_PIXELS: usize = 64;

#[cfg(feature = "images")]
/// The ink of a PNG or JPEG image in the normal form, `[side, side]`: 0.0 for paper, 1.0 for the strongest ink.
///
/// # Errors
/// If the image is damaged, of another format, has more than `most_pixels`, or nothing on it.
pub fn normalised(
    image: &[u8],
    side: usize,
    tone: InkTone,
    most_pixels: u64,
) -> Result<Vec<f64>, DataErrorKind> {
    let grey = Grey::decode(image, most_pixels, tone)?;
    let mut inked = Inked::of(grey, tone)?;
    dirt::wipe(&mut inked);
    // Whole pixels of a small picture are too coarse for a box and a centre: it is made of a larger one.
    let form = NormalForm::of_side(side.max(NormalForm::MNIST.side));
    let fit = form.fit(inked.bounds());
    let image = form.centre(&resample(&inked, &fit, form.box_side));
    Ok(shrink(image, form.side, side))
}

/// Edge of the square that columns of these names fill, if they are pixels: a square number of columns, all named
/// alike but for numbers (`1x1`, `pixel0`).
#[must_use]
pub fn square_side(names: &[String]) -> Option<usize> {
    let side = names.len().isqrt();
    let stem = |name: &String| -> String { name.chars().filter(|c| !c.is_ascii_digit()).collect() };
    let first = stem(names.first()?);
    let alike = || names.iter().all(|name| stem(name) == first);
    (names.len() >= FEWEST_PIXELS && side * side == names.len() && alike()).then_some(side)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(count: usize, name: impl Fn(usize) -> String) -> Vec<String> {
        (0..count).map(name).collect()
    }

    #[test]
    fn pictures_are_known_by_their_columns() {
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
