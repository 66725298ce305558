//! Variation of handwriting: a skeleton becomes the strokes of one drawing.
//!
//! The distributions are set so that slant, width, stroke area and difficulty match MNIST's training rows.

use std::f64::consts::{PI, TAU};

use super::rasterize::PenPoint;
use super::skeletons::{Point, Skeleton, coincide};
use super::spline::spline;
use crate::random::Stream;

/// Shift of x to the right per unit of height: mean and standard deviation.
const SLANT_MEAN: f64 = 0.1;
const SLANT: f64 = 0.213;
/// Standard deviation of the shift of y per unit of x.
const RISE: f64 = 0.12;
/// Logarithm of the aspect ratio (width over height) relative to the skeleton's: mean and standard deviation.
const ASPECT_MEAN: f64 = 0.09;
const ASPECT: f64 = 0.196;
/// Standard deviation of the growth of the width from the middle to the bottom, per unit.
const KEYSTONE: f64 = 0.172;
/// Standard deviation of the stretch of one half of the digit at the cost of the other.
const BALANCE: f64 = 0.167;
/// Standard deviation of the bow of a vertical line.
const BEND: f64 = 0.157;
/// Standard deviation of the amplitude of each wave that displaces the plane.
const WAVE: f64 = 0.026;
/// Cycles per unit of the waves in either direction.
const WAVE_FREQUENCIES: [f64; 2] = [0.7, 1.3];
/// Standard deviation of a stroke's slowest drift; that of mode *k* is smaller by `1 + DRIFT_DECAY · k`.
const DRIFT: f64 = 0.063;
const DRIFT_DECAY: f64 = 0.387;
const DRIFT_MODES: usize = 6;
/// Median of the pen's radius, and standard deviation of its logarithm.
const RADIUS: f64 = 0.068;
const RADIUS_SPREAD: f64 = 0.33;
/// Standard deviation of the radius's variation along a stroke, as a share of the radius; below 1/3, as normal
/// numbers are cut at 3.
const PRESSURE: f64 = 0.106;

/// The random numbers of one drawing, in sequence.
pub struct Draws {
    stream: Stream,
    drawn: u64,
}

impl Draws {
    /// Starts at the beginning of `stream`.
    pub const fn new(stream: Stream) -> Self {
        Self { stream, drawn: 0 }
    }

    /// Draws from `[0, 1)`.
    pub fn uniform(&mut self) -> f64 {
        self.drawn += 1;
        self.stream.uniform(2 * self.drawn) // a normal number takes two positions, so every draw does
    }

    /// Draws from N(0, 1), clamped to three deviations.
    pub fn normal(&mut self) -> f64 {
        self.drawn += 1;
        self.stream.normal(self.drawn).clamp(-3.0, 3.0)
    }
}

/// A sine over the plane, in a random direction.
struct Wave {
    amplitude: f64,
    frequency: Point,
    phase: f64,
}

impl Wave {
    fn new(deviation: f64, frequency: f64, draws: &mut Draws) -> Self {
        let direction = TAU * draws.uniform();
        Self {
            amplitude: deviation * draws.normal(),
            frequency: [
                frequency * libm::cos(direction),
                frequency * libm::sin(direction),
            ],
            phase: draws.uniform(),
        }
    }

    fn at(&self, [x, y]: Point) -> f64 {
        let cycles = self.frequency[0] * x + self.frequency[1] * y + self.phase;
        self.amplitude * libm::sin(TAU * cycles)
    }
}

/// The variation that all strokes of a drawing share.
struct Hand {
    slant: f64,
    rise: f64,
    aspect: f64,
    keystone: f64,
    balance: f64,
    bend: f64,
    waves_x: [Wave; 2],
    waves_y: [Wave; 2],
    radius: f64,
}

impl Hand {
    fn new(draws: &mut Draws) -> Self {
        Self {
            slant: SLANT_MEAN + SLANT * draws.normal(),
            rise: RISE * draws.normal(),
            aspect: libm::exp(ASPECT_MEAN + ASPECT * draws.normal()),
            keystone: KEYSTONE * draws.normal(),
            balance: BALANCE * draws.normal(),
            bend: BEND * draws.normal(),
            waves_x: WAVE_FREQUENCIES.map(|frequency| Wave::new(WAVE, frequency, draws)),
            waves_y: WAVE_FREQUENCIES.map(|frequency| Wave::new(WAVE, frequency, draws)),
            radius: RADIUS * libm::exp(RADIUS_SPREAD * draws.normal()),
        }
    }

    /// Maps a point of the unit square to where it is drawn, with the origin in the middle.
    fn place(&self, point: Point) -> Point {
        let displaced = |axis: usize, waves: &[Wave; 2]| {
            point[axis] - 0.5 + waves[0].at(point) + waves[1].at(point)
        };
        let (x, y) = (displaced(0, &self.waves_x), displaced(1, &self.waves_y));
        let y = y + self.balance * (0.25 - y * y);
        let x = self.aspect * x * (1.0 + self.keystone * y) + self.bend * (0.25 - y * y);
        [x - self.slant * y, y + self.rise * x]
    }

    /// Draws one stroke, with a pressure of its own.
    fn stroke(&self, stroke: &[Point], draws: &mut Draws) -> Vec<PenPoint> {
        let drifted = drift(stroke, draws);
        let pressure = Wave::new(PRESSURE, 1.0, draws);
        let pen = |point: Point| PenPoint {
            position: self.place(point),
            radius: self.radius * (1.0 + pressure.at(point)),
        };
        spline(&drifted).into_iter().map(pen).collect()
    }
}

/// Draws a skeleton once; positions and radii are in units of the skeleton's square.
pub fn write(skeleton: &Skeleton, draws: &mut Draws) -> Vec<Vec<PenPoint>> {
    let hand = Hand::new(draws);
    skeleton
        .strokes
        .iter()
        .map(|stroke| hand.stroke(stroke, draws))
        .collect()
}

/// Moves the points of a stroke by low cosines over its length: start, middle and end vary separately, yet the stroke
/// stays smooth. A doubled point stays doubled, because it is a corner.
fn drift(stroke: &[Point], draws: &mut Draws) -> Vec<Point> {
    let modes: [Point; DRIFT_MODES] = std::array::from_fn(|mode| {
        let deviation = DRIFT / (1.0 + DRIFT_DECAY * mode as f64);
        [deviation * draws.normal(), deviation * draws.normal()]
    });
    let distinct_before = |index: usize| {
        stroke[..=index]
            .windows(2)
            .filter(|pair| !coincide(&pair[0], &pair[1]))
            .count()
    };
    let distinct = distinct_before(stroke.len() - 1) as f64;
    let moved = stroke.iter().enumerate().map(|(index, point)| {
        let way = PI * distinct_before(index) as f64 / distinct;
        modes
            .iter()
            .enumerate()
            .fold(*point, |[x, y], (mode, amplitude)| {
                let weight = libm::cos(way * mode as f64);
                [x + weight * amplitude[0], y + weight * amplitude[1]]
            })
    });
    moved.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Purpose;

    #[test]
    fn drift_moves_every_point_and_keeps_corners() {
        let mut draws = Draws::new(Stream::new(1, Purpose::Synthesis, 0));
        let stroke = [[0.0, 0.0], [0.5, 0.0], [0.5, 0.0], [0.5, 1.0]];
        let drifted = drift(&stroke, &mut draws);
        assert!(coincide(&drifted[1], &drifted[2]));
        assert!(
            drifted
                .iter()
                .zip(&stroke)
                .all(|(after, before)| !coincide(after, before)),
            "{drifted:?}"
        );
    }
}
