//! Brightness of an image's background, estimated from its border.

use super::decode::{Grey, median};

/// Median absolute deviations of the border's values that count as noise. For normal noise these are three standard
/// deviations.
const NOISE: f64 = 3.0 * 1.4826;
/// A tilted plane replaces the level one if it leaves less than this share of the deviation: an evenly lit sheet
/// stays level.
const MAX_REMAINING: f64 = 0.5;
/// Iterations of reweighting; more move the plane by less than one grey level of 256.
const ITERATIONS: usize = 20;

/// Luminance of the background: level, or a plane, as under a lamp at one side.
#[derive(Clone, Copy, Debug)]
pub struct Background {
    /// Luminance in the middle of the image, and its slopes per pixel to the right and down.
    plane: [f64; 3],
    middle: [f64; 2],
    /// Deviation from the plane that is still background.
    pub noise: f64,
}

/// A pixel of the border: x and y from the middle of the image, and its luminance.
type Sample = [f64; 3];

impl Background {
    /// Estimates the background, which most of the border must show.
    pub fn of(grey: &Grey) -> Self {
        let middle = [grey.width, grey.height].map(|side| (side as f64 - 1.0) / 2.0);
        let indices = grey.border();
        let border: Vec<Sample> = indices
            .iter()
            .map(|&at| {
                let (x, y) = ((at % grey.width) as f64, (at / grey.width) as f64);
                [x - middle[0], y - middle[1], f64::from(grey.values[at])]
            })
            .collect();
        let mut values: Vec<u16> = indices.iter().map(|&at| grey.values[at]).collect();
        let level = [f64::from(median(&mut values)), 0.0, 0.0];
        let deviation = median_deviation(&border, level);
        let (plane, deviation) = (deviation > 0.0)
            .then(|| fit_plane(&border, level))
            .map(|plane| (plane, median_deviation(&border, plane)))
            .filter(|(_, of_plane)| *of_plane < MAX_REMAINING * deviation)
            .unwrap_or((level, deviation));
        Self {
            plane,
            middle,
            noise: NOISE * deviation,
        }
    }

    /// Luminance of the background at a pixel.
    pub fn at(&self, x: usize, y: usize) -> f64 {
        let [level, across, down] = self.plane;
        let [middle_x, middle_y] = self.middle;
        level + across * (x as f64 - middle_x) + down * (y as f64 - middle_y)
    }
}

fn deviation([level, across, down]: [f64; 3], [x, y, value]: Sample) -> f64 {
    (value - level - across * x - down * y).abs()
}

/// Median absolute deviation of the border from a plane.
fn median_deviation(border: &[Sample], plane: [f64; 3]) -> f64 {
    let deviations = border.iter().map(|&sample| deviation(plane, sample));
    let mut deviations: Vec<f64> = deviations.collect();
    let middle = deviations.len() / 2;
    if deviations.is_empty() {
        return 0.0;
    }
    *deviations.select_nth_unstable_by(middle, f64::total_cmp).1
}

/// The plane of least absolute deviations, by iteratively reweighted least squares from a first estimate: strokes
/// that touch the border do not tilt it.
fn fit_plane(border: &[Sample], first: [f64; 3]) -> [f64; 3] {
    let mut plane = first;
    for _ in 0..ITERATIONS {
        // Σ w·(1, x, y)ᵀ(1, x, y) and Σ w·(1, x, y)ᵀ·value
        let mut sums = [[0.0; 4]; 3];
        for &[x, y, value] in border {
            let weight = deviation(plane, [x, y, value]).max(1.0).recip();
            let row = [1.0, x, y];
            for (sums, factor) in sums.iter_mut().zip(row) {
                for (sum, term) in sums.iter_mut().zip([1.0, x, y, value]) {
                    *sum += weight * factor * term;
                }
            }
        }
        match solve(sums) {
            Some(next) => plane = next,
            None => return plane, // a single line of pixels has no slope across it
        }
    }
    plane
}

/// Solves three normal equations, `[coefficients | right side]` each, by Gauss–Jordan elimination; their matrix is
/// positive semidefinite, so that no pivoting is needed. `None` if it is singular.
fn solve(mut rows: [[f64; 4]; 3]) -> Option<[f64; 3]> {
    for pivot in 0..3 {
        let row = rows[pivot];
        if row[pivot].abs() < 1e-9 * row.iter().fold(1.0, |most, value| value.abs().max(most)) {
            return None;
        }
        for (other, values) in rows.iter_mut().enumerate() {
            if other != pivot {
                let factor = values[pivot] / row[pivot];
                for (value, term) in values.iter_mut().zip(row) {
                    *value -= factor * term;
                }
            }
        }
    }
    Some([0, 1, 2].map(|at| rows[at][3] / rows[at][at]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(width: usize, height: usize, value: impl Fn(usize, usize) -> f64) -> Grey {
        let values = (0..width * height)
            .map(|at| value(at % width, at / width) as u16)
            .collect();
        Grey {
            width,
            height,
            values,
        }
    }

    #[test]
    fn an_evenly_lit_background_stays_level() {
        let background = Background::of(&grey(
            9,
            7,
            |x, y| if (x, y) == (0, 3) { 0.0 } else { 60_000.0 },
        ));
        assert_eq!(
            (background.at(0, 0), background.at(8, 6), background.noise),
            (60_000.0, 60_000.0, 0.0)
        );
    }

    #[test]
    fn light_that_falls_off_is_followed_past_strokes_at_the_border() {
        let light = |x: usize, y: usize| 50_000.0 - 200.0 * x as f64 + 100.0 * y as f64;
        let background = Background::of(&grey(40, 30, |x, y| {
            if y == 0 && x > 20 { 0.0 } else { light(x, y) }
        }));
        for (x, y) in [(0, 0), (39, 0), (0, 29), (39, 29), (20, 15)] {
            assert!(
                (background.at(x, y) - light(x, y)).abs() < 100.0,
                "{x}, {y}: {}",
                background.at(x, y)
            );
        }
        assert!(background.noise < 100.0);
    }

    #[test]
    fn the_smallest_images_have_a_background() {
        for (width, height) in [(0, 0), (1, 1), (5, 1), (1, 5), (2, 2)] {
            let background = Background::of(&grey(width, height, |x, y| (100 * (x + y)) as f64));
            assert!(
                background.at(0, 0).is_finite() && background.noise.is_finite(),
                "{width}×{height}"
            );
        }
    }
}
