//! Rasterizes strokes: polylines with a radius are fitted into the box and drawn as grey levels.

use std::ops::Range;

use super::skeletons::Point;
use crate::images::NormalForm;

/// Side of the box that a digit fills, in pixels.
const BOX: usize = NormalForm::MNIST.box_side;
/// Width of the edge over which a stroke fades into the background, in pixels.
const SOFTNESS: f64 = 1.3;

/// A point of a stroke: position and radius of the pen, in the same unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PenPoint {
    pub position: Point,
    pub radius: f64,
}

/// Levels of the box, `[BOX, BOX]` row-major: 0.0 for the background, 1.0 for the foreground.
pub type Levels = [f64; BOX * BOX];

/// Scales strokes, their aspect ratio kept, so that they just fill the box in one direction and are centred in the
/// other. Their unit is the pixel then.
///
/// There must be a point, with a positive radius.
pub fn fit(mut strokes: Vec<Vec<PenPoint>>) -> Vec<Vec<PenPoint>> {
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
    let fit = NormalForm::MNIST.fit(bounds);
    for point in strokes.iter_mut().flatten() {
        for (axis, coordinate) in point.position.iter_mut().enumerate() {
            *coordinate = fit.place(axis, *coordinate);
        }
        point.radius *= fit.scale;
    }
    strokes
}

/// Draws the union of all strokes with a round pen; positions are in pixels from the top left corner.
pub fn rasterize(strokes: &[Vec<PenPoint>]) -> Levels {
    let mut levels = [0.0; BOX * BOX];
    for segment in strokes.iter().flat_map(|stroke| stroke.windows(2)) {
        draw_segment(&mut levels, segment[0], segment[1]);
    }
    levels
}

fn draw_segment(levels: &mut Levels, from: PenPoint, to: PenPoint) {
    let reach = from.radius.max(to.radius) + SOFTNESS / 2.0;
    let columns = pixels(from.position[0], to.position[0], reach);
    for row in pixels(from.position[1], to.position[1], reach) {
        for column in columns.clone() {
            let level = level(from, to, [column as f64 + 0.5, row as f64 + 0.5]);
            let pixel = &mut levels[row * BOX + column];
            *pixel = pixel.max(level);
        }
    }
}

/// The pixels of one axis within `reach` of the interval between `a` and `b`.
fn pixels(a: f64, b: f64, reach: f64) -> Range<usize> {
    let clamp = |x: f64| x.clamp(0.0, BOX as f64) as usize;
    clamp((a.min(b) - reach).floor())..clamp((a.max(b) + reach).ceil())
}

/// The level of the pixel around `centre`: a smooth step of the distance to the edge of a segment, whose radius
/// changes linearly from end to end.
fn level(from: PenPoint, to: PenPoint, centre: Point) -> f64 {
    let along = [
        to.position[0] - from.position[0],
        to.position[1] - from.position[1],
    ];
    let offset = [centre[0] - from.position[0], centre[1] - from.position[1]];
    let length_squared = along[0] * along[0] + along[1] * along[1];
    let projection = offset[0] * along[0] + offset[1] * along[1];
    let share = if length_squared > 0.0 {
        (projection / length_squared).clamp(0.0, 1.0)
    } else {
        0.0
    };
    let (x, y) = (offset[0] - share * along[0], offset[1] - share * along[1]);
    let radius = from.radius + share * (to.radius - from.radius);
    let depth = ((radius - (x * x + y * y).sqrt()) / SOFTNESS + 0.5).clamp(0.0, 1.0);
    depth * depth * (3.0 - 2.0 * depth)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fitted_strokes_fill_the_box_and_keep_their_aspect() {
        let point = |x, y| PenPoint {
            position: [x, y],
            radius: 1.0,
        };
        let fitted = fit(vec![vec![point(3.0, 5.0), point(5.0, 13.0)]]);
        let expected = |x, y| PenPoint {
            position: [x, y],
            radius: 2.0,
        };
        assert_eq!(fitted, [[expected(8.0, 2.0), expected(12.0, 18.0)]]); // a box of 4×10, doubled and centred
    }

    #[test]
    fn a_horizontal_stroke_is_foreground_within_its_radius_and_background_beyond() {
        let point = |x| PenPoint {
            position: [x, 10.5],
            radius: 2.0,
        };
        let levels = rasterize(&[vec![point(5.0), point(15.0)]]);
        let column: Vec<f64> = (0..BOX).map(|row| levels[row * BOX + 10]).collect();
        for (row, &level) in column.iter().enumerate() {
            match row.abs_diff(10) {
                0 | 1 => assert!((level - 1.0).abs() < 1e-12, "row {row}: {level}"),
                2 => assert!((level - 0.5).abs() < 1e-12, "row {row}: {level}"),
                _ => assert!(level.abs() < 1e-12, "row {row}: {level}"),
            }
        }
        assert!(levels[10 * BOX].abs() < 1e-12, "the stroke ends");
    }

    #[test]
    fn what_lies_outside_the_box_is_cut_off() {
        let point = |x| PenPoint {
            position: [x, -3.0],
            radius: 1.0,
        };
        assert!(
            rasterize(&[vec![point(-9.0), point(40.0)]])
                .iter()
                .all(|&level| level == 0.0)
        );
    }
}
