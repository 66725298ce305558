//! Smooth curves through the points of a stroke.

use super::skeletons::{Point, coincide};

/// Segments of the polyline between two control points.
const SAMPLES: u32 = 8;

/// A polyline along the curve through the points of a stroke.
///
/// It is a Catmull–Rom spline (Catmull and Rom: "A class of local interpolating splines", 1974), interrupted where
/// a point is given twice in a row: the curves before and after such a corner are independent.
#[must_use]
pub fn spline(stroke: &[Point]) -> Vec<Point> {
    stroke
        .chunk_by(|a, b| !coincide(a, b))
        .flat_map(smooth)
        .collect()
}

/// A polyline along the spline through all `points`; at each end the neighbouring point is mirrored.
fn smooth(points: &[Point]) -> Vec<Point> {
    let mut polyline: Vec<Point> = points.first().copied().into_iter().collect();
    for (index, span) in points.windows(2).enumerate() {
        let (from, to) = (span[0], span[1]);
        let before = index
            .checked_sub(1)
            .map_or_else(|| mirrored(to, from), |before| points[before]);
        let after = points
            .get(index + 2)
            .copied()
            .unwrap_or_else(|| mirrored(from, to));
        polyline.extend((1..=SAMPLES).map(|sample| {
            let t = f64::from(sample) / f64::from(SAMPLES);
            [0, 1].map(|axis| interpolate([before[axis], from[axis], to[axis], after[axis]], t))
        }));
    }
    polyline
}

/// `point` mirrored at `at`.
fn mirrored(point: Point, at: Point) -> Point {
    [2.0 * at[0] - point[0], 2.0 * at[1] - point[1]]
}

/// The uniform Catmull–Rom cubic: `p[1]` at `t = 0` and `p[2]` at `t = 1`, with slopes `(p[2] − p[0])/2` and
/// `(p[3] − p[1])/2`.
fn interpolate(p: [f64; 4], t: f64) -> f64 {
    let linear = p[2] - p[0];
    let square = 2.0 * p[0] - 5.0 * p[1] + 4.0 * p[2] - p[3];
    let cubic = 3.0 * (p[1] - p[2]) + p[3] - p[0];
    p[1] + 0.5 * t * (linear + t * (square + t * cubic))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spline_passes_through_its_points() {
        let points = [[0.0, 0.0], [1.0, 2.0], [3.0, 1.0], [4.0, 4.0]];
        let reached: Vec<Point> = spline(&points)
            .into_iter()
            .step_by(SAMPLES as usize)
            .collect();
        assert_eq!(reached, points);
    }

    #[test]
    fn a_spline_is_smooth_at_its_points() {
        let polyline = spline(&[[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]]);
        let sharpest = polyline.windows(3).map(turn).fold(0.0, f64::max);
        assert!(
            sharpest < 0.5,
            "turns by {sharpest} rad at once, of π/2 in all"
        );
    }

    #[test]
    fn a_doubled_point_is_a_sharp_corner() {
        let polyline = spline(&[[0.0, 0.0], [1.0, 0.0], [1.0, 0.0], [1.0, 1.0]]);
        assert!(
            polyline
                .iter()
                .all(|&[x, y]| y.abs() < 1e-12 || (x - 1.0).abs() < 1e-12),
            "{polyline:?}"
        );
    }

    /// Angle in radians between the two segments of three points.
    fn turn(points: &[Point]) -> f64 {
        let direction = |a: Point, b: Point| (b[1] - a[1]).atan2(b[0] - a[0]);
        (direction(points[1], points[2]) - direction(points[0], points[1])).abs()
    }
}
