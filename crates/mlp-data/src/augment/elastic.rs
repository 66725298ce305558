//! Smooth random displacements from few numbers.
//!
//! Simard et al. draw a displacement in `[-1, 1)` for each pixel, smooth the field with a Gaussian and multiply
//! it by α. Smoothing is diagonal in the basis of the discrete cosine transform (with the field mirrored at its
//! edges): it multiplies wave *k* of *n* pixels by `exp(−(σπk/n)²/2)`. White noise is white noise in any orthonormal
//! basis, so the coefficients themselves can be drawn, and those that smoothing suppresses need not be: at σ = 5 a
//! field of 784 pixels comes from 49 numbers. They are few enough to be sent to a GPU, and summing them up takes less
//! time than smoothing.

/// The low frequencies of the discrete cosine transform, each as strong as smoothing leaves it.
#[derive(Clone, Debug, PartialEq)]
pub struct CosineBasis {
    side: usize,
    waves: usize,
    /// `[side, waves]`: for each line of pixels the value of each wave.
    vertical: Vec<f32>,
    /// `[waves, side]`: for each wave its value in each column.
    horizontal: Vec<f32>,
}

/// Factor of smoothing below which a wave is left out: next to the others it is invisible.
const MIN_FACTOR: f64 = 1e-3;

impl CosineBasis {
    /// The basis of fields `[side, side]` of strength `alpha`, smoothed over `sigma`, both in pixels.
    #[must_use]
    pub fn new(side: usize, alpha: f64, sigma: f64) -> Self {
        let length = side as f64;
        let factor = |wave: usize| {
            let width = sigma * std::f64::consts::PI * wave as f64 / length;
            libm::exp(-width * width / 2.0)
        };
        let waves = (0..side)
            .take_while(|wave| factor(*wave) >= MIN_FACTOR)
            .count();
        let value = |wave: usize, pixel: usize| {
            let norm = if wave == 0 { 1.0 } else { 2.0 };
            let phase = std::f64::consts::PI * wave as f64 * (pixel as f64 + 0.5) / length;
            factor(wave) * libm::sqrt(norm / length) * libm::cos(phase)
        };
        let lines = (0..side).flat_map(|line| (0..waves).map(move |wave| (wave, line)));
        let columns = (0..waves).flat_map(|wave| (0..side).map(move |column| (wave, column)));
        Self {
            side,
            waves,
            vertical: lines
                .map(|(wave, line)| (alpha * value(wave, line)) as f32)
                .collect(),
            horizontal: columns
                .map(|(wave, column)| value(wave, column) as f32)
                .collect(),
        }
    }

    /// A basis without waves: no displacement.
    #[must_use]
    pub const fn empty(side: usize) -> Self {
        Self {
            side,
            waves: 0,
            vertical: Vec::new(),
            horizontal: Vec::new(),
        }
    }

    /// Number of waves along each axis.
    #[must_use]
    pub const fn waves(&self) -> usize {
        self.waves
    }

    /// `[side, waves]`, row-major, multiplied by the strength: the displacements `[side, side]` of coefficients
    /// `C` `[waves, waves]` are `vertical · C · horizontal`.
    #[must_use]
    pub fn vertical(&self) -> &[f32] {
        &self.vertical
    }

    /// `[waves, side]`, row-major.
    #[must_use]
    pub fn horizontal(&self) -> &[f32] {
        &self.horizontal
    }

    /// Adds the displacements of a line of pixels to `out`, `[side]`; `coefficients` are `[waves, waves]`, and `sums`
    /// is a buffer of `[waves]`.
    pub(super) fn add_line(
        &self,
        line: usize,
        coefficients: &[f32],
        sums: &mut [f32],
        out: &mut [f32],
    ) {
        let waves = self.waves;
        sums.fill(0.0);
        let vertical = &self.vertical[line * waves..(line + 1) * waves];
        for (factor, coefficients) in vertical.iter().zip(coefficients.chunks_exact(waves)) {
            for (sum, coefficient) in sums.iter_mut().zip(coefficients) {
                *sum += factor * coefficient;
            }
        }
        for (sum, wave) in sums.iter().zip(self.horizontal.chunks_exact(self.side)) {
            for (out, value) in out.iter_mut().zip(wave) {
                *out += sum * value;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, Stream};

    const SIDE: usize = 28;

    fn field(basis: &CosineBasis, coefficients: &[f32]) -> Vec<f32> {
        let mut field = vec![0.0; SIDE * SIDE];
        let mut sums = vec![0.0; basis.waves()];
        for (line, out) in field.chunks_exact_mut(SIDE).enumerate() {
            basis.add_line(line, coefficients, &mut sums, out);
        }
        field
    }

    /// Smooths along one axis with a Gaussian, pixel by pixel, the field mirrored at its edges.
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
    fn displacements_are_smoothed_noise() {
        for sigma in [1.5, 4.0, 6.0] {
            // Without smoothing the basis is complete: any field is a sum of its waves.
            let all = CosineBasis::new(SIDE, 1.0, 1e-9);
            assert_eq!(all.waves(), SIDE);
            let stream = Stream::new(3, Purpose::Augmentation, 0);
            let draw = |at: usize| stream.uniform(at as u64) as f32 * 2.0 - 1.0;
            let coefficients: Vec<f32> = (0..SIDE * SIDE).map(draw).collect();
            let noise = field(&all, &coefficients);
            let noise: Vec<f64> = noise.into_iter().map(f64::from).collect();
            let expected = smoothed(&smoothed(&noise, sigma, 1), sigma, SIDE);

            let basis = CosineBasis::new(SIDE, 10.0, sigma);
            let count = basis.waves();
            assert!(count < SIDE);
            let kept: Vec<f32> = (0..count * count)
                .map(|at| coefficients[at / count * SIDE + at % count])
                .collect();
            for (found, expected) in field(&basis, &kept).iter().zip(&expected) {
                let off = (f64::from(*found) - 10.0 * expected).abs();
                assert!(off < 3e-3, "sigma {sigma}: {found} for {}", 10.0 * expected);
            }
        }
    }
}
