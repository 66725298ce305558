//! Smooth random displacements, from few numbers.
//!
//! Simard et al. draw a displacement in `[-1, 1)` for each pixel, smooth the field with a Gaussian and multiply
//! it by α. Smoothing is diagonal in the basis of cosines (with the field mirrored at its edges): it multiplies
//! wave *k* of *n* pixels by `exp(−(σπk/n)²/2)`. White noise is white noise in any orthonormal basis, so that the
//! coefficients themselves can be drawn, and those that smoothing leaves nothing of need not be: at σ = 5 a field
//! of 784 pixels comes from 49 numbers. They are few enough to be sent to a GPU, and summing them up takes less
//! time than smoothing.

/// The basis of the displacements: cosines that fit the edge of a picture, as strong as smoothing leaves them.
#[derive(Clone, Debug, PartialEq)]
pub struct Waves {
    side: usize,
    count: usize,
    /// `[side, count]`: for each line of pixels the value of each wave.
    down: Vec<f32>,
    /// `[count, side]`: for each wave its value in each column.
    across: Vec<f32>,
}

/// What smoothing leaves of a wave that is left out: beside the others it is not seen.
const LEAST: f64 = 1e-3;

impl Waves {
    /// The waves of fields `[side, side]` of strength `alpha`, smoothed over `sigma`, both in pixels.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)] // sides are small
    pub fn new(side: usize, alpha: f64, sigma: f64) -> Self {
        let length = side as f64;
        let left = |wave: usize| {
            let width = sigma * std::f64::consts::PI * wave as f64 / length;
            libm::exp(-width * width / 2.0)
        };
        let count = (0..side).take_while(|wave| left(*wave) >= LEAST).count();
        let value = |wave: usize, pixel: usize| {
            let norm = if wave == 0 { 1.0 } else { 2.0 };
            let phase = std::f64::consts::PI * wave as f64 * (pixel as f64 + 0.5) / length;
            left(wave) * libm::sqrt(norm / length) * libm::cos(phase)
        };
        let lines = (0..side).flat_map(|line| (0..count).map(move |wave| (wave, line)));
        let columns = (0..count).flat_map(|wave| (0..side).map(move |column| (wave, column)));
        Self {
            side,
            count,
            down: lines
                .map(|(wave, line)| (alpha * value(wave, line)) as f32)
                .collect(),
            across: columns
                .map(|(wave, column)| value(wave, column) as f32)
                .collect(),
        }
    }

    /// No displacement at all.
    #[must_use]
    pub const fn none(side: usize) -> Self {
        Self {
            side,
            count: 0,
            down: Vec::new(),
            across: Vec::new(),
        }
    }

    /// Waves along each axis.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.count
    }

    /// `[side, count]`, row-major, with the strength in it: the displacements `[side, side]` of coefficients
    /// `C` `[count, count]` are `down · C · across`.
    #[must_use]
    pub fn down(&self) -> &[f32] {
        &self.down
    }

    /// `[count, side]`, row-major.
    #[must_use]
    pub fn across(&self) -> &[f32] {
        &self.across
    }

    /// Adds the displacements of a line of pixels, `[side]`; `coefficients` are `[count, count]`, and `sums` is room
    /// for `[count]`.
    pub(super) fn add_line(
        &self,
        line: usize,
        coefficients: &[f32],
        sums: &mut [f32],
        out: &mut [f32],
    ) {
        let count = self.count;
        sums.fill(0.0);
        let down = &self.down[line * count..(line + 1) * count];
        for (factor, coefficients) in down.iter().zip(coefficients.chunks_exact(count)) {
            for (sum, coefficient) in sums.iter_mut().zip(coefficients) {
                *sum += factor * coefficient;
            }
        }
        for (sum, wave) in sums.iter().zip(self.across.chunks_exact(self.side)) {
            for (out, value) in out.iter_mut().zip(wave) {
                *out += sum * value;
            }
        }
    }
}

#[cfg(test)]
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss
)] // sides are small
mod tests {
    use super::*;
    use crate::random::{Purpose, Stream};

    const SIDE: usize = 28;

    fn field(waves: &Waves, coefficients: &[f32]) -> Vec<f32> {
        let mut field = vec![0.0; SIDE * SIDE];
        let mut sums = vec![0.0; waves.count()];
        for (line, out) in field.chunks_exact_mut(SIDE).enumerate() {
            waves.add_line(line, coefficients, &mut sums, out);
        }
        field
    }

    /// Smooths along one axis with a Gaussian, the field mirrored at its edges, pixel by pixel.
    fn smoothed(field: &[f64], sigma: f64, stride: usize) -> Vec<f64> {
        let reach = (6.0 * sigma) as i64;
        let weight = |offset: i64| (-(offset as f64).powi(2) / (2.0 * sigma * sigma)).exp();
        let total: f64 = (-reach..=reach).map(weight).sum();
        let side = SIDE as i64;
        (0..field.len())
            .map(|at| {
                let place = (at / stride % SIDE) as i64;
                let start = at as i64 - place * stride as i64;
                let sum: f64 = (-reach..=reach)
                    .map(|offset| {
                        let mirrored = (place + offset).rem_euclid(2 * side);
                        let mirrored = mirrored.min(2 * side - 1 - mirrored);
                        weight(offset) * field[(start + mirrored * stride as i64) as usize]
                    })
                    .sum();
                sum / total
            })
            .collect()
    }

    #[test]
    fn the_waves_are_smoothed_noise() {
        for sigma in [1.5, 4.0, 6.0] {
            // All waves of a field that is not smoothed: any field can be made of them.
            let all = Waves::new(SIDE, 1.0, 1e-9);
            assert_eq!(all.count(), SIDE);
            let stream = Stream::new(3, Purpose::Augmentation, 0);
            let draw = |at: usize| stream.uniform(at as u64) as f32 * 2.0 - 1.0;
            let coefficients: Vec<f32> = (0..SIDE * SIDE).map(draw).collect();
            let noise = field(&all, &coefficients);
            let noise: Vec<f64> = noise.into_iter().map(f64::from).collect();
            let expected = smoothed(&smoothed(&noise, sigma, 1), sigma, SIDE);

            let waves = Waves::new(SIDE, 10.0, sigma);
            let count = waves.count();
            assert!(count < SIDE);
            let kept: Vec<f32> = (0..count * count)
                .map(|at| coefficients[at / count * SIDE + at % count])
                .collect();
            for (found, expected) in field(&waves, &kept).iter().zip(&expected) {
                let off = (f64::from(*found) - 10.0 * expected).abs();
                assert!(off < 3e-3, "sigma {sigma}: {found} for {}", 10.0 * expected);
            }
        }
    }
}
