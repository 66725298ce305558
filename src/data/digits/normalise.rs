//! MNIST's normal form: the digit fitted into 20×20, its centre of mass in the middle of 28×28.
//!
//! The form is described in "Gradient-based learning applied to document recognition" (1998), section III.A.
#![allow(clippy::cast_precision_loss)] // pixels are counted to 28

use super::draw::{BOX, Ink, InkPoint};

/// Side of an image in pixels.
pub const SIDE: usize = 28;
/// Where the centre of mass belongs, in pixels from the top left: the middle of the pixel that has 14 before it.
/// In MNIST's own images it lies within half a pixel of there, for they were moved by whole pixels.
const CENTRE: f64 = 14.5;

/// Scales strokes, their aspect kept, so that the ink just fills the box in one direction and lies inside it,
/// centred, in the other.
///
/// Before, any unit will do; afterwards it is the pixel. There must be a point, with a positive radius.
pub fn fit(mut strokes: Vec<Vec<InkPoint>>) -> Vec<Vec<InkPoint>> {
    let bounds = [0, 1].map(|axis| {
        let points = || strokes.iter().flatten();
        let low = points()
            .map(|point| point.position[axis] - point.radius)
            .fold(f64::MAX, f64::min);
        let high = points()
            .map(|point| point.position[axis] + point.radius)
            .fold(f64::MIN, f64::max);
        (low, high)
    });
    let side = BOX as f64;
    let extents = bounds.map(|(low, high)| high - low);
    let scale = side / extents[0].max(extents[1]);
    for point in strokes.iter_mut().flatten() {
        for (coordinate, (low, high)) in point.position.iter_mut().zip(bounds) {
            *coordinate = side / 2.0 + (*coordinate - f64::midpoint(low, high)) * scale;
        }
        point.radius *= scale;
    }
    strokes
}

/// The box placed in an image, moved by whole pixels so that its centre of mass comes nearest to the middle.
///
/// There must be some ink.
pub fn centre(ink: &Ink) -> [u8; SIDE * SIDE] {
    let (mut mass, mut moment_x, mut moment_y) = (0.0, 0.0, 0.0);
    for (index, level) in ink.iter().enumerate() {
        mass += level;
        moment_x += level * ((index % BOX) as f64 + 0.5);
        moment_y += level * ((index / BOX) as f64 + 0.5);
    }
    let (left, top) = (margin(moment_x / mass), margin(moment_y / mass));
    let mut image = [0; SIDE * SIDE];
    for (row, levels) in ink.chunks_exact(BOX).enumerate() {
        let start = (top + row) * SIDE + left;
        for (pixel, level) in image[start..start + BOX].iter_mut().zip(levels) {
            *pixel = grey(*level);
        }
    }
    image
}

/// A level in `0.0..=1.0` as a byte.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // at most 255
fn grey(level: f64) -> u8 {
    (255.0 * level).round() as u8
}

/// Pixels before the box, for a centre of mass counted from the box's edge. The box stays inside the image.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // clamped to 0..=8
fn margin(centre: f64) -> usize {
    (CENTRE - centre).round().clamp(0.0, (SIDE - BOX) as f64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fitted_strokes_fill_the_box_and_keep_their_aspect() {
        let point = |x, y| InkPoint {
            position: [x, y],
            radius: 1.0,
        };
        let fitted = fit(vec![vec![point(3.0, 5.0), point(5.0, 13.0)]]);
        let expected = |x, y| InkPoint {
            position: [x, y],
            radius: 2.0,
        };
        assert_eq!(fitted, [[expected(8.0, 2.0), expected(12.0, 18.0)]]); // a box of 4×10, doubled and centred
    }

    #[test]
    fn a_single_pixel_of_ink_lands_where_the_centre_of_mass_belongs() {
        let mut ink = [0.0; BOX * BOX];
        ink[7 * BOX + 12] = 1.0;
        let image = centre(&ink);
        let inked: Vec<usize> = (0..image.len()).filter(|&index| image[index] > 0).collect();
        assert_eq!(inked, [14 * SIDE + 14]);
    }

    #[test]
    fn the_box_never_leaves_the_image() {
        for corner in [0, BOX * BOX - 1] {
            let mut ink = [0.0; BOX * BOX];
            ink[corner] = 1.0;
            let total: u32 = centre(&ink).iter().map(|&grey| u32::from(grey)).sum();
            assert_eq!(total, 255);
        }
    }
}
