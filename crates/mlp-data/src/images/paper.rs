//! What an image's paper is like, told by its border.
#![allow(clippy::cast_precision_loss)] // sides of images are far below 2⁵³

use super::decode::{Grey, median};

/// So many times the typical stray of the border's values is noise of the paper. For normal noise it is three
/// standard deviations.
const NOISE: f64 = 3.0 * 1.4826;
/// A plane counts as the better paper if it leaves less than this share of the strays: a plain sheet stays level.
const BETTER: f64 = 0.5;
/// Rounds of reweighting; more move the plane by less than one grey level of 256.
const ROUNDS: usize = 20;

/// Luminance of the paper: level, or falling evenly to one side as light does from a lamp.
#[derive(Clone, Copy, Debug)]
pub struct Paper {
    /// In the middle of the image, and how much more it is a pixel to the right and a pixel down.
    plane: [f64; 3],
    middle: [f64; 2],
    /// Distance from it that is still paper.
    pub noise: f64,
}

/// A pixel of the border, counted from the middle of the image: x, y and luminance.
type Place = [f64; 3];

impl Paper {
    /// Of the paper that most of the border shows.
    pub fn of(grey: &Grey) -> Self {
        let middle = [grey.width, grey.height].map(|side| (side as f64 - 1.0) / 2.0);
        let indices = grey.border();
        let border: Vec<Place> = indices
            .iter()
            .map(|&at| {
                let (x, y) = ((at % grey.width) as f64, (at / grey.width) as f64);
                [x - middle[0], y - middle[1], f64::from(grey.values[at])]
            })
            .collect();
        let mut values: Vec<u16> = indices.iter().map(|&at| grey.values[at]).collect();
        let level = [f64::from(median(&mut values)), 0.0, 0.0];
        let stray = typical_stray(&border, level);
        let (plane, stray) = (stray > 0.0)
            .then(|| fitted(&border, level))
            .map(|plane| (plane, typical_stray(&border, plane)))
            .filter(|(_, of_plane)| *of_plane < BETTER * stray)
            .unwrap_or((level, stray));
        Self {
            plane,
            middle,
            noise: NOISE * stray,
        }
    }

    /// Its luminance at a pixel.
    pub fn at(&self, x: usize, y: usize) -> f64 {
        let [level, across, down] = self.plane;
        let [middle_x, middle_y] = self.middle;
        level + across * (x as f64 - middle_x) + down * (y as f64 - middle_y)
    }
}

fn stray([level, across, down]: [f64; 3], [x, y, value]: Place) -> f64 {
    (value - level - across * x - down * y).abs()
}

/// The median distance of the border from a plane.
fn typical_stray(border: &[Place], plane: [f64; 3]) -> f64 {
    let mut strays: Vec<f64> = border.iter().map(|&place| stray(plane, place)).collect();
    let middle = strays.len() / 2;
    if strays.is_empty() {
        return 0.0;
    }
    *strays.select_nth_unstable_by(middle, f64::total_cmp).1
}

/// The plane of least absolute distances, by iteratively reweighted least squares from a first guess: ink that
/// touches the border does not tilt it.
fn fitted(border: &[Place], first: [f64; 3]) -> [f64; 3] {
    let mut plane = first;
    for _ in 0..ROUNDS {
        // Σ w·(1, x, y)ᵀ(1, x, y) and Σ w·(1, x, y)ᵀ·value
        let mut sums = [[0.0; 4]; 3];
        for &[x, y, value] in border {
            let weight = stray(plane, [x, y, value]).max(1.0).recip();
            let row = [1.0, x, y];
            for (sums, factor) in sums.iter_mut().zip(row) {
                for (sum, term) in sums.iter_mut().zip([1.0, x, y, value]) {
                    *sum += weight * factor * term;
                }
            }
        }
        match solved(sums) {
            Some(better) => plane = better,
            None => return plane, // a line of pixels has no slope across
        }
    }
    plane
}

/// The solution of three equations, `[coefficients | right side]` each, by elimination; they are those of least
/// squares, so that the diagonal needs no exchange. `None` if they have no single one.
fn solved(mut rows: [[f64; 4]; 3]) -> Option<[f64; 3]> {
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
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        // tests stay within 16 bits
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
    fn level_paper_stays_level() {
        let paper = Paper::of(&grey(
            9,
            7,
            |x, y| if (x, y) == (0, 3) { 0.0 } else { 60_000.0 },
        ));
        assert_eq!(
            (paper.at(0, 0), paper.at(8, 6), paper.noise),
            (60_000.0, 60_000.0, 0.0)
        );
    }

    #[test]
    fn light_that_falls_off_is_followed_past_ink_at_the_border() {
        let light = |x: usize, y: usize| 50_000.0 - 200.0 * x as f64 + 100.0 * y as f64;
        let paper = Paper::of(&grey(40, 30, |x, y| {
            if y == 0 && x > 20 { 0.0 } else { light(x, y) }
        }));
        for (x, y) in [(0, 0), (39, 0), (0, 29), (39, 29), (20, 15)] {
            assert!(
                (paper.at(x, y) - light(x, y)).abs() < 100.0,
                "{x}, {y}: {}",
                paper.at(x, y)
            );
        }
        assert!(paper.noise < 100.0);
    }

    #[test]
    fn the_smallest_images_have_a_paper() {
        for (width, height) in [(0, 0), (1, 1), (5, 1), (1, 5), (2, 2)] {
            let paper = Paper::of(&grey(width, height, |x, y| (100 * (x + y)) as f64));
            assert!(
                paper.at(0, 0).is_finite() && paper.noise.is_finite(),
                "{width}×{height}"
            );
        }
    }
}
