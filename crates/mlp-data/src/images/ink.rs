//! What of an image is ink, and how much of it.

use std::str::FromStr;

use super::decode::Grey;
use super::paper::Paper;
use crate::error::DataErrorKind;

/// A level above this is ink when its bounds are looked for; below lie the soft edges of scaling and the traces of
/// compression. Of the values from 0.02 to 0.4 it lost the fewest digits on a canvas, at every scale.
pub const TRACE: f64 = 0.3;
/// The least contrast, as a share of that between black and white, that is more than an image's own noise.
const LEAST_CONTRAST: f64 = 0.02;
/// Distances that count as one, of 65,536: less than a grey level of 256.
const BIN: u16 = 64;
/// One part in so many of the ink is fuller than full. A speck darker than what is drawn has less; of a drawing it is
/// what the middle of a stroke has.
const FULLEST: u64 = 20;
/// Full ink is no less than one part in so many of the furthest: shadows have much area, and are no ink.
const FAINTEST: u16 = 5;

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
pub struct Inked {
    grey: Grey,
    paper: Paper,
    /// 1 if ink is lighter than paper, −1 if darker.
    direction: f64,
    /// Distance of full ink from what is still paper.
    contrast: f64,
}

impl Inked {
    /// Finds paper and ink: the paper is what the border is made of.
    ///
    /// # Errors
    /// If nothing stands out from it.
    pub fn of(grey: Grey, tone: InkTone) -> Result<Self, DataErrorKind> {
        let paper = Paper::of(&grey);
        let (mut darker, mut lighter) = (Side::new(), Side::new());
        for (y, line) in grey.values.chunks_exact(grey.width.max(1)).enumerate() {
            for (x, &value) in line.iter().enumerate() {
                let distance = f64::from(value) - paper.at(x, y);
                let side = if distance < 0.0 {
                    &mut darker
                } else {
                    &mut lighter
                };
                side.add(distance.abs() - paper.noise);
            }
        }
        let (direction, side, other) = match tone {
            InkTone::Dark => (-1.0, &darker, &lighter),
            InkTone::Auto if darker.energy > lighter.energy => (-1.0, &darker, &lighter),
            InkTone::Auto | InkTone::Light => (1.0, &lighter, &darker),
        };
        let least = LEAST_CONTRAST * f64::from(u16::MAX);
        if side.full() < least {
            return Err(match tone {
                InkTone::Dark if other.full() >= least => DataErrorKind::NoInk { tone: "dark" },
                InkTone::Light if other.full() >= least => DataErrorKind::NoInk { tone: "light" },
                _ if paper.noise >= least => DataErrorKind::UnevenPaper,
                _ => DataErrorKind::ImageBlank,
            });
        }
        Ok(Self {
            contrast: side.full(),
            grey,
            paper,
            direction,
        })
    }

    /// Width and height of the image.
    pub const fn size(&self) -> [usize; 2] {
        [self.grey.width, self.grey.height]
    }

    /// How much ink a pixel has: 0 for paper, 1 for full ink.
    pub fn level(&self, x: usize, y: usize) -> f64 {
        let distance = f64::from(self.grey.values[y * self.grey.width + x]) - self.paper.at(x, y);
        ((self.direction * distance - self.paper.noise) / self.contrast).clamp(0.0, 1.0)
    }

    /// Makes paper of the pixels `start..end` of a line.
    pub fn erase(&mut self, y: usize, (start, end): (usize, usize)) {
        for x in start..end {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturates
            let paper = self.paper.at(x, y).round() as u16;
            self.grey.values[y * self.grey.width + x] = paper;
        }
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

/// What lies on one side of the paper's luminance, and beyond its noise.
struct Side {
    /// Pixels at each distance, in steps of [`BIN`].
    counts: [u32; (1 << 16) / BIN as usize],
    /// Sum of these distances.
    ink: u64,
    /// Sum of squared distances.
    energy: f64,
}

impl Side {
    fn new() -> Self {
        Self {
            counts: [0; (1 << 16) / BIN as usize],
            ink: 0,
            energy: 0.0,
        }
    }

    fn add(&mut self, distance: f64) {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturates
        let bin = distance as u16 / BIN; // 0 for what is within the noise
        self.counts[usize::from(bin)] += 1;
        self.ink += u64::from(bin * BIN);
        self.energy += distance.max(0.0).powi(2);
    }

    /// Distance of full ink: not the greatest, which a speck may have, but one that few of the ink reaches.
    fn full(&self) -> f64 {
        let distances = (0..=u16::MAX).step_by(BIN.into());
        let (mut above, mut furthest) = (0, 0);
        for (distance, count) in distances.zip(&self.counts).rev() {
            if *count > 0 {
                furthest = furthest.max(distance);
            }
            above += u64::from(distance) * u64::from(*count);
            if FULLEST * above > self.ink {
                return distance.max(furthest / FAINTEST).into();
            }
        }
        0.0
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
            let inked = Inked::of(grey.clone(), InkTone::Auto).unwrap();
            assert_eq!(inked.bounds(), [(2.0, 4.0), (1.0, 4.0)], "{paper}");
            assert!((inked.level(2, 1) - 1.0).abs() < 1e-12);
            assert!((inked.level(3, 3) - 0.5).abs() < 1e-3);
            assert!(inked.level(0, 0).abs() < 1e-12);
        }
    }

    #[test]
    fn a_forced_tone_is_heeded() {
        let grey = image(30_000, &[(1, 1, 0), (2, 2, 0), (4, 3, 60_000)]);
        let bounds = |tone| Inked::of(grey.clone(), tone).unwrap().bounds();
        assert_eq!(bounds(InkTone::Auto), [(1.0, 3.0), (1.0, 3.0)]);
        assert_eq!(bounds(InkTone::Light), [(4.0, 5.0), (3.0, 4.0)]);
        let white = image(65_535, &[(1, 1, 0)]);
        assert!(matches!(
            Inked::of(white, InkTone::Light),
            Err(DataErrorKind::NoInk { tone: "light" })
        ));
    }

    #[test]
    fn noise_of_the_paper_is_no_ink() {
        let mut grey = image(60_000, &[(3, 2, 0)]);
        for (index, value) in grey.values.iter_mut().enumerate() {
            *value -= [0, 1000, 2000][index % 3] * u16::from(index != 15);
        }
        let inked = Inked::of(grey.clone(), InkTone::Auto).unwrap();
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
            assert!(
                Inked::of(grey.clone(), InkTone::Auto).is_err(),
                "{width}×{height}"
            );
        }
    }
}
