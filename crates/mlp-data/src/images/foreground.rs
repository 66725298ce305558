//! Segmentation of an image into foreground and background.

use std::str::FromStr;

use super::background::Background;
use super::decode::Grey;
use crate::error::DataErrorKind;

/// Level above which a pixel is foreground; below lie the soft edges of scaling and artifacts of compression. Of the
/// values from 0.02 to 0.4 it lost the fewest digits on a canvas, at every scale.
pub const THRESHOLD: f64 = 0.3;
/// Contrast, as a share of that between black and white, that is above an image's own noise.
const MIN_CONTRAST: f64 = 0.02;
/// Width of a bin of the histogram, of 65,536: less than a grey level of 256.
const BIN: u16 = 64;
/// One part in this many of the foreground exceeds the full level. A speck that is darker than the strokes is less
/// than that; the middle of the strokes is about that.
const PARTS_ABOVE_FULL: u64 = 20;
/// The full level is no less than one part in this many of the largest distance: shadows cover a large area, but are
/// no foreground.
const MAX_TO_FULL: u16 = 5;

/// Brightness of the foreground relative to its background.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ForegroundTone {
    /// Whatever stands out more from the border.
    #[default]
    Auto,
    /// Darker than the background.
    Dark,
    /// Lighter than the background.
    Light,
}

impl FromStr for ForegroundTone {
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

/// An image with a level of foreground for each pixel.
#[derive(Debug)]
pub struct Foreground {
    grey: Grey,
    background: Background,
    /// 1 if the foreground is lighter than the background, −1 if darker.
    direction: f64,
    /// Distance of the full level from the noise of the background.
    contrast: f64,
}

impl Foreground {
    /// Segments an image; its border must show the background.
    ///
    /// # Errors
    /// If nothing stands out from the background.
    pub fn of(grey: Grey, tone: ForegroundTone) -> Result<Self, DataErrorKind> {
        let background = Background::of(&grey);
        let (mut darker, mut lighter) = (Histogram::new(), Histogram::new());
        for (y, line) in grey.values.chunks_exact(grey.width.max(1)).enumerate() {
            for (x, &value) in line.iter().enumerate() {
                let distance = f64::from(value) - background.at(x, y);
                let histogram = if distance < 0.0 {
                    &mut darker
                } else {
                    &mut lighter
                };
                histogram.add(distance.abs() - background.noise);
            }
        }
        let (direction, histogram, other) = match tone {
            ForegroundTone::Dark => (-1.0, &darker, &lighter),
            ForegroundTone::Auto if darker.energy > lighter.energy => (-1.0, &darker, &lighter),
            ForegroundTone::Auto | ForegroundTone::Light => (1.0, &lighter, &darker),
        };
        let min = MIN_CONTRAST * f64::from(u16::MAX);
        if histogram.full() < min {
            return Err(match tone {
                ForegroundTone::Dark if other.full() >= min => {
                    DataErrorKind::NoForeground { tone: "dark" }
                }
                ForegroundTone::Light if other.full() >= min => {
                    DataErrorKind::NoForeground { tone: "light" }
                }
                _ if background.noise >= min => DataErrorKind::UnevenBackground,
                _ => DataErrorKind::ImageBlank,
            });
        }
        Ok(Self {
            contrast: histogram.full(),
            grey,
            background,
            direction,
        })
    }

    /// Width and height of the image.
    pub const fn size(&self) -> [usize; 2] {
        [self.grey.width, self.grey.height]
    }

    /// How far a pixel belongs to the foreground: from 0, background, to 1.
    pub fn level(&self, x: usize, y: usize) -> f64 {
        let distance =
            f64::from(self.grey.values[y * self.grey.width + x]) - self.background.at(x, y);
        ((self.direction * distance - self.background.noise) / self.contrast).clamp(0.0, 1.0)
    }

    /// Turns the pixels `start..end` of a line into background.
    pub fn erase(&mut self, y: usize, (start, end): (usize, usize)) {
        for x in start..end {
            let background = self.background.at(x, y).round() as u16; // saturates
            self.grey.values[y * self.grey.width + x] = background;
        }
    }

    /// The bounding box of the foreground: `(low, high)` of x and of y, in pixels.
    pub fn bounds(&self) -> [(f64, f64); 2] {
        let [width, height] = self.size();
        let mut bounds = [(f64::MAX, f64::MIN); 2];
        for y in 0..height {
            for x in 0..width {
                if self.level(x, y) > THRESHOLD {
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

/// Distances of the pixels on one side of the background's luminance, beyond its noise.
struct Histogram {
    /// Pixels at each distance, in steps of [`BIN`].
    counts: [u32; (1 << 16) / BIN as usize],
    /// Sum of these distances.
    sum: u64,
    /// Sum of squared distances.
    energy: f64,
}

impl Histogram {
    fn new() -> Self {
        Self {
            counts: [0; (1 << 16) / BIN as usize],
            sum: 0,
            energy: 0.0,
        }
    }

    fn add(&mut self, distance: f64) {
        let bin = distance as u16 / BIN; // saturates: 0 within the noise
        self.counts[usize::from(bin)] += 1;
        self.sum += u64::from(bin * BIN);
        self.energy += distance.max(0.0).powi(2);
    }

    /// Distance of the full level: not the largest, which a speck may have, but one that few pixels reach.
    fn full(&self) -> f64 {
        let distances = (0..=u16::MAX).step_by(BIN.into());
        let (mut above, mut largest) = (0, 0);
        for (distance, count) in distances.zip(&self.counts).rev() {
            if *count > 0 {
                largest = largest.max(distance);
            }
            above += u64::from(distance) * u64::from(*count);
            if PARTS_ABOVE_FULL * above > self.sum {
                return distance.max(largest / MAX_TO_FULL).into();
            }
        }
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 6×5 pixels of background with some of the foreground.
    fn image(background: u16, foreground: &[(usize, usize, u16)]) -> Grey {
        let mut values = vec![background; 30];
        for &(x, y, value) in foreground {
            values[y * 6 + x] = value;
        }
        Grey {
            width: 6,
            height: 5,
            values,
        }
    }

    #[test]
    fn the_foreground_is_what_stands_out_from_the_border() {
        for (background, full, half) in [
            (65_535, 0, 32_767),
            (0, 65_535, 32_768),
            (30_000, 65_530, 47_765),
        ] {
            let grey = image(background, &[(2, 1, full), (3, 3, half)]);
            let foreground = Foreground::of(grey.clone(), ForegroundTone::Auto).unwrap();
            assert_eq!(
                foreground.bounds(),
                [(2.0, 4.0), (1.0, 4.0)],
                "{background}"
            );
            assert!((foreground.level(2, 1) - 1.0).abs() < 1e-12);
            assert!((foreground.level(3, 3) - 0.5).abs() < 1e-3);
            assert!(foreground.level(0, 0).abs() < 1e-12);
        }
    }

    #[test]
    fn a_forced_tone_is_heeded() {
        let grey = image(30_000, &[(1, 1, 0), (2, 2, 0), (4, 3, 60_000)]);
        let bounds = |tone| Foreground::of(grey.clone(), tone).unwrap().bounds();
        assert_eq!(bounds(ForegroundTone::Auto), [(1.0, 3.0), (1.0, 3.0)]);
        assert_eq!(bounds(ForegroundTone::Light), [(4.0, 5.0), (3.0, 4.0)]);
        let white = image(65_535, &[(1, 1, 0)]);
        assert!(matches!(
            Foreground::of(white, ForegroundTone::Light),
            Err(DataErrorKind::NoForeground { tone: "light" })
        ));
    }

    #[test]
    fn noise_of_the_background_is_no_foreground() {
        let mut grey = image(60_000, &[(3, 2, 0)]);
        for (index, value) in grey.values.iter_mut().enumerate() {
            *value -= [0, 1000, 2000][index % 3] * u16::from(index != 15);
        }
        let foreground = Foreground::of(grey.clone(), ForegroundTone::Auto).unwrap();
        assert_eq!(foreground.bounds(), [(3.0, 4.0), (2.0, 3.0)]);
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
                Foreground::of(grey.clone(), ForegroundTone::Auto).is_err(),
                "{width}×{height}"
            );
        }
    }
}
