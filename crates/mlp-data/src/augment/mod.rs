//! Random deformations of square images: a training row as another hand might have written it.
//!
//! An augmented image takes each pixel from another place of the original: moved, rotated, scaled and sheared
//! as a whole, and displaced a little by a smooth random field. Between pixels it is interpolated, outside the
//! original it is 0. After Simard, Steinkraus, Platt: "Best practices for convolutional neural networks applied
//! to visual document analysis", 2003, and Cireșan, Meier, Gambardella, Schmidhuber: "Deep, big, simple neural
//! nets for handwritten digit recognition", 2010.
//!
//! The deformation of a row is a function of seed, epoch and row number alone: not of the batch that it is in, the
//! thread that applies it, or what was augmented before.

mod elastic;
mod warp;

pub use elastic::CosineBasis;
pub use warp::Warper;

use crate::options::{AugmentSection, ElasticTable};
use crate::random::{Purpose, Stream};

/// Positions of a row in the stream of an epoch: more than it ever draws.
const DRAWS_PER_ROW: u64 = 1 << 32;
/// Draws for the affine map.
const AFFINE_DRAWS: u64 = 6;

/// The deformations of a training, ready to be drawn from.
#[derive(Clone, Debug, PartialEq)]
pub struct Augmentation {
    section: AugmentSection,
    seed: u64,
    side: usize,
    basis: CosineBasis,
}

/// Where each pixel of an augmented image comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct Deformation {
    /// Pixel `(x, y)` of the augmented image, column and row counted from 0, is the original's at
    /// `(a₀x + a₁y + a₂, a₃x + a₄y + a₅)` plus the displacement.
    pub affine: [f32; 6],
    /// Coefficients of the horizontal displacement, then those of the vertical one: `[2, waves, waves]`.
    pub elastic: Vec<f32>,
}

impl Augmentation {
    /// The deformations that a config asks for, of images `[side, side]`; `None` if it asks for none.
    #[must_use]
    pub fn new(section: &AugmentSection, seed: u64, side: usize) -> Option<Self> {
        let elastic = section.elastic.filter(|elastic| elastic.alpha > 0.0);
        let affine = [section.shift, section.rotate, section.scale, section.shear];
        if elastic.is_none() && affine.iter().all(|limit| *limit == 0.0) {
            return None;
        }
        let basis = match elastic {
            Some(ElasticTable { alpha, sigma }) => CosineBasis::new(side, alpha, sigma),
            None => CosineBasis::empty(side),
        };
        Some(Self {
            section: *section,
            seed,
            side,
            basis,
        })
    }

    /// Side of the images, in pixels.
    #[must_use]
    pub const fn side(&self) -> usize {
        self.side
    }

    /// The basis of the elastic displacements.
    #[must_use]
    pub const fn basis(&self) -> &CosineBasis {
        &self.basis
    }

    /// Draws the deformation of a row in an epoch, both counted from 0.
    #[must_use]
    pub fn deformation(&self, epoch: u64, row: u32) -> Deformation {
        let stream = Stream::new(self.seed, Purpose::Augmentation, epoch);
        let first = u64::from(row) * DRAWS_PER_ROW;
        let count = self.basis.waves() * self.basis.waves();
        let mut elastic = vec![0.0; 2 * count];
        let (horizontal, vertical) = elastic.split_at_mut(count);
        let coefficients = horizontal.iter_mut().zip(vertical);
        for (draw, (horizontal, vertical)) in (first + AFFINE_DRAWS..).zip(coefficients) {
            let bits = stream.bits(draw);
            *horizontal = symmetric(bits >> 32);
            *vertical = symmetric(bits & 0xffff_ffff);
        }
        Deformation {
            affine: self.affine(|draw| 2.0 * stream.uniform(first + draw) - 1.0),
            elastic,
        }
    }

    /// The affine map about the image's centre; `draw` gives numbers in `[-1, 1)`.
    ///
    /// An image is scaled, sheared, rotated and moved in this order; the map is the way back:
    /// `x ↦ c + S⁻¹·K⁻¹·R⁻¹·(x − c − t)`.
    fn affine(&self, draw: impl Fn(u64) -> f64) -> [f32; 6] {
        let section = &self.section;
        let (shift_x, shift_y) = (section.shift * draw(0), section.shift * draw(1));
        let angle = section.rotate.to_radians() * draw(2);
        let shear = libm::tan(section.shear.to_radians() * draw(3));
        let scale_x = (1.0 + section.scale * draw(4)).recip();
        let scale_y = (1.0 + section.scale * draw(5)).recip();
        let (sin, cos) = (libm::sin(angle), libm::cos(angle));
        let matrix = [
            scale_x * (cos - shear * sin),
            scale_x * (sin + shear * cos),
            -scale_y * sin,
            scale_y * cos,
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

/// A number in `[-1, 1)` from the upper 24 of 32 random bits: as many as an `f32` holds exactly.
fn symmetric(bits: u64) -> f32 {
    (bits >> 8) as f32 * (2.0 / (1_u32 << 24) as f32) - 1.0
}
