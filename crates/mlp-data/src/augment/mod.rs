//! Random deformations of square pictures: a training row as another hand might have written it.
//!
//! A deformed picture takes each pixel from another place of the original: moved, turned, scaled and slanted
//! as a whole, and displaced a little by a smooth random field. Between pixels it is interpolated, beside the
//! picture it is 0. After Simard, Steinkraus, Platt: "Best practices for convolutional neural networks applied
//! to visual document analysis", 2003, and Cireșan, Meier, Gambardella, Schmidhuber: "Deep, big, simple neural
//! nets for handwritten digit recognition", 2010.
//!
//! What a row becomes is a function of seed, epoch and the row's number, and of nothing else: not of the batch it
//! is in, the thread that deforms it, or what was deformed before.
//!
//! | file | subject |
//! |---|---|
//! | `deformation` | what is drawn for a row |
//! | `elastic` | smooth displacements, from few numbers |
//! | `sampling` | the deformed picture |

mod deformation;
mod elastic;
mod sampling;

pub use deformation::Deformation;
pub use elastic::Waves;
pub use sampling::Sampler;

use crate::options::{AugmentSection, ElasticTable};

/// What is done to the pictures of a training, ready to be drawn from.
#[derive(Clone, Debug, PartialEq)]
pub struct Augmentation {
    section: AugmentSection,
    seed: u64,
    side: usize,
    waves: Waves,
}

impl Augmentation {
    /// The deformations that a config asks for, of pictures `[side, side]`; `None` if it asks for none.
    #[must_use]
    pub fn new(section: &AugmentSection, seed: u64, side: usize) -> Option<Self> {
        let elastic = section.elastic.filter(|elastic| elastic.alpha > 0.0);
        let of_the_whole = [section.shift, section.rotate, section.scale, section.shear];
        if elastic.is_none() && of_the_whole.iter().all(|most| *most == 0.0) {
            return None;
        }
        let waves = match elastic {
            Some(ElasticTable { alpha, sigma }) => Waves::new(side, alpha, sigma),
            None => Waves::none(side),
        };
        Some(Self {
            section: *section,
            seed,
            side,
            waves,
        })
    }

    /// Pixels along an edge of the pictures.
    #[must_use]
    pub const fn side(&self) -> usize {
        self.side
    }

    /// What the numbers of a [`Deformation`] are the coefficients of.
    #[must_use]
    pub const fn waves(&self) -> &Waves {
        &self.waves
    }
}
