//! What of an image is ink, and how much of it.

use std::str::FromStr;

use super::decode::{Grey, median};
use crate::error::DataErrorKind;

/// A level above this is ink when its bounds are looked for; below lie the soft edges of scaling and the traces of
/// compression. Of the values from 0.02 to 0.4 it lost the fewest digits on a canvas, at every scale.
const TRACE: f64 = 0.3;
/// So many times the typical stray of the border's values from their median is noise of the paper. For normal noise
/// it is three standard deviations.
const NOISE: f64 = 3.0 * 1.4826;
/// The least contrast, as a share of that between black and white, that is more than an image's own noise.
const LEAST_CONTRAST: f64 = 0.02;

/// What ink looks like on its paper.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InkTone {
    /// Whatever stands out more from the border.
    #[default]
    Auto,
    /// Darker than its paper.
    Dark,
    /// Lighter than its paper.
    Light,
}

impl FromStr for InkTone {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "dark" => Ok(Self::Dark),
            "light" => Ok(Self::Light),
            _ => Err("expected dark, light or auto".to_owned()),
        }
    }
}

/// An image seen as ink on paper.
#[derive(Debug)]
pub struct Inked<'a> {
    grey: &'a Grey,
    /// Luminance of the paper.
    paper: f64,
    /// 1 if ink is lighter than paper, −1 if darker.
    direction: f64,
    /// Distance from the paper that is still paper.
    floor: f64,
    /// Distance of full ink from that.
    contrast: f64,
}

impl<'a> Inked<'a> {
    /// Finds paper and ink: the paper is what the border is made of.
    ///
    /// # Errors
    /// If nothing stands out from it.
    pub fn of(grey: &'a Grey, tone: InkTone) -> Result<Self, DataErrorKind> {
        let mut border = grey.border();
        let paper = median(&mut border);
        let mut strays: Vec<u16> = border.iter().map(|value| value.abs_diff(paper)).collect();
        let floor = NOISE * f64::from(median(&mut strays));
        let paper = f64::from(paper);

        let (mut darker, mut lighter) = (Side::default(), Side::default());
        for &value in &grey.values {
            let distance = f64::from(value) - paper;
            let side = if distance < 0.0 {
                &mut darker
            } else {
                &mut lighter
            };
            side.add(distance.abs());
        }
        let (direction, furthest) = match tone {
            InkTone::Dark => (-1.0, darker.furthest),
            InkTone::Auto if darker.energy > lighter.energy => (-1.0, darker.furthest),
            InkTone::Auto | InkTone::Light => (1.0, lighter.furthest),
        };
        let contrast = furthest - floor;
        if contrast < LEAST_CONTRAST * f64::from(u16::MAX) {
            return Err(DataErrorKind::ImageBlank);
        }
        Ok(Self {
            grey,
            paper,
            direction,
            floor,
            contrast,
        })
    }

    /// Width and height of the image.
    pub const fn size(&self) -> [usize; 2] {
        [self.grey.width, self.grey.height]
    }

    /// How much ink a pixel has: 0 for paper, 1 for the strongest ink of the image.
    pub fn level(&self, x: usize, y: usize) -> f64 {
        let value = f64::from(self.grey.values[y * self.grey.width + x]);
        ((self.direction * (value - self.paper) - self.floor) / self.contrast).clamp(0.0, 1.0)
    }

    /// The smallest upright rectangle around all ink: `(low, high)` of x and of y, in pixels.
    #[allow(clippy::cast_precision_loss)] // sides of images are far below 2⁵³
    pub fn bounds(&self) -> [(f64, f64); 2] {
        let [width, height] = self.size();
        let mut bounds = [(f64::MAX, f64::MIN); 2];
        for y in 0..height {
            for x in 0..width {
                if self.level(x, y) > TRACE {
                    for (bounds, place) in bounds.iter_mut().zip([x, y]) {
                        let place = place as f64;
                        *bounds = (bounds.0.min(place), bounds.1.max(place + 1.0));
                    }
                }
            }
        }
        bounds
    }
}

/// What lies on one side of the paper's luminance.
#[derive(Clone, Copy, Debug, Default)]
struct Side {
    /// Greatest distance.
    furthest: f64,
    /// Sum of squared distances.
    energy: f64,
}

impl Side {
    fn add(&mut self, distance: f64) {
        self.furthest = self.furthest.max(distance);
        self.energy += distance * distance;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 6×5 of paper with some ink.
    fn image(paper: u16, ink: &[(usize, usize, u16)]) -> Grey {
        let mut values = vec![paper; 30];
        for &(x, y, value) in ink {
            values[y * 6 + x] = value;
        }
        Grey {
            width: 6,
            height: 5,
            values,
        }
    }

    #[test]
    fn ink_is_what_stands_out_from_the_border() {
        for (paper, full, half) in [
            (65_535, 0, 32_767),
            (0, 65_535, 32_768),
            (30_000, 65_530, 47_765),
        ] {
            let grey = image(paper, &[(2, 1, full), (3, 3, half)]);
            let inked = Inked::of(&grey, InkTone::Auto).unwrap();
            assert_eq!(inked.bounds(), [(2.0, 4.0), (1.0, 4.0)], "{paper}");
            assert!((inked.level(2, 1) - 1.0).abs() < 1e-12);
            assert!((inked.level(3, 3) - 0.5).abs() < 1e-3);
            assert!(inked.level(0, 0).abs() < 1e-12);
        }
    }

    #[test]
    fn a_forced_tone_is_heeded() {
        let grey = image(30_000, &[(1, 1, 0), (2, 2, 0), (4, 3, 60_000)]);
        let bounds = |tone| Inked::of(&grey, tone).unwrap().bounds();
        assert_eq!(bounds(InkTone::Auto), [(1.0, 3.0), (1.0, 3.0)]);
        assert_eq!(bounds(InkTone::Light), [(4.0, 5.0), (3.0, 4.0)]);
        let white = image(65_535, &[(1, 1, 0)]);
        assert!(matches!(
            Inked::of(&white, InkTone::Light),
            Err(DataErrorKind::ImageBlank)
        ));
    }

    #[test]
    fn noise_of_the_paper_is_no_ink() {
        let mut grey = image(60_000, &[(3, 2, 0)]);
        for (index, value) in grey.values.iter_mut().enumerate() {
            *value -= [0, 1000, 2000][index % 3] * u16::from(index != 15);
        }
        let inked = Inked::of(&grey, InkTone::Auto).unwrap();
        assert_eq!(inked.bounds(), [(3.0, 4.0), (2.0, 3.0)]);
    }

    #[test]
    fn without_contrast_an_image_is_blank() {
        for values in [vec![7; 30], vec![], vec![60_000; 1]] {
            let (width, height) = (values.len().min(6), values.len().div_ceil(6));
            let grey = Grey {
                width,
                height,
                values,
            };
            assert!(Inked::of(&grey, InkTone::Auto).is_err(), "{width}×{height}");
        }
    }
}
