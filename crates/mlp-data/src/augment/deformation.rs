//! What is drawn for a row.

use super::Augmentation;
use crate::random::{Purpose, Stream};

/// Where each pixel of a deformed picture comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct Deformation {
    /// Pixel `(x, y)` of the deformed picture, column and row counted from 0, is the original's at
    /// `(a₀x + a₁y + a₂, a₃x + a₄y + a₅)`, and the displacement beside it.
    pub affine: [f32; 6],
    /// Coefficients of the displacement across, and then of that down: `[2, waves, waves]`.
    pub elastic: Vec<f32>,
}

/// Positions of a row in the stream of an epoch: more than it ever draws.
const DRAWS_OF_A_ROW: u64 = 1 << 32;
/// Draws for the picture as a whole.
const OF_THE_WHOLE: u64 = 6;

impl Augmentation {
    /// What becomes of the row with this number in an epoch, both counted from 0.
    #[must_use]
    pub fn deformation(&self, epoch: u64, row: u32) -> Deformation {
        let stream = Stream::new(self.seed, Purpose::Augmentation, epoch);
        let first = u64::from(row) * DRAWS_OF_A_ROW;
        let count = self.waves.count() * self.waves.count();
        let mut elastic = vec![0.0; 2 * count];
        let (across, down) = elastic.split_at_mut(count);
        for (draw, (across, down)) in (first + OF_THE_WHOLE..).zip(across.iter_mut().zip(down)) {
            let bits = stream.bits(draw);
            *across = symmetric(bits >> 32);
            *down = symmetric(bits & 0xffff_ffff);
        }
        Deformation {
            affine: self.affine(|draw| 2.0 * stream.uniform(first + draw) - 1.0),
            elastic,
        }
    }

    /// The map of the picture as a whole about its centre; `draw` gives numbers in `[-1, 1)`.
    ///
    /// A picture is scaled, slanted, turned and moved in this order; what is sought is the way back:
    /// `x ↦ c + S⁻¹·K⁻¹·R⁻¹·(x − c − t)`.
    #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)] // sides are small
    fn affine(&self, draw: impl Fn(u64) -> f64) -> [f32; 6] {
        let section = &self.section;
        let (shift_x, shift_y) = (section.shift * draw(0), section.shift * draw(1));
        let angle = section.rotate.to_radians() * draw(2);
        let slant = libm::tan(section.shear.to_radians() * draw(3));
        let across = (1.0 + section.scale * draw(4)).recip();
        let down = (1.0 + section.scale * draw(5)).recip();
        let (sin, cos) = (libm::sin(angle), libm::cos(angle));
        let matrix = [
            across * (cos - slant * sin),
            across * (sin + slant * cos),
            -down * sin,
            down * cos,
        ];
        let centre = (self.side as f64 - 1.0) / 2.0;
        let (x, y) = (-centre - shift_x, -centre - shift_y);
        [
            matrix[0],
            matrix[1],
            centre + matrix[0] * x + matrix[1] * y,
            matrix[2],
            matrix[3],
            centre + matrix[2] * x + matrix[3] * y,
        ]
        .map(|number| number as f32)
    }
}

/// A number in `[-1, 1)` from the upper 24 of 32 random bits: no other number of bits is exact in `f32`.
#[allow(clippy::cast_precision_loss)] // 24 bits fit an f32
fn symmetric(bits: u64) -> f32 {
    (bits >> 8) as f32 * (2.0 / (1_u32 << 24) as f32) - 1.0
}
