//! Randomness as a pure function of a position.
//!
//! Every random number of the program is `f(seed, purpose, index, counter)`: no generator has a state that would
//! have to be saved. A training that is resumed at step *s* therefore draws what the uninterrupted one would have
//! drawn, and two threads draw what one would have.
//!
//! The function is SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number
//! generators", 2014), entered at any position: its state after *n* draws is `key + n·γ`.

/// Purpose of a stream of random numbers. Streams of different purposes are independent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Purpose {
    /// Initial value of a parameter; the index is the parameter's number.
    Initialization = 1,
    /// Choice of validation rows; the index is the class.
    Split = 2,
    /// Order of the training rows; the index is the epoch.
    RowOrder = 3,
    /// Dropped units; the index combines step and layer.
    Dropout = 4,
    /// Generated data sets; the index is the row.
    Synthesis = 5,
    /// Random changes to training rows; the index is the epoch.
    Augmentation = 6,
    /// Choice of rows that a report shows.
    Examples = 7,
    /// Resampled rows and seeds of a comparison; the index is the sample.
    Bootstrap = 8,
    /// Parameters whose gradient is checked; the index is the tensor.
    GradientCheck = 9,
    /// Rows of an explanation, and the order in which a column's values are shuffled among them; the index combines
    /// column and repetition.
    Explanation = 10,
}

/// A stream of random numbers that can be read at any position.
#[derive(Clone, Copy, Debug)]
pub struct Stream {
    key: u64,
}

const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// The output function of SplitMix64: a bijection in which each input bit changes half the outputs.
#[inline]
const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Stream {
    /// The stream of `seed` for a purpose and an index within it.
    #[must_use]
    #[inline]
    pub const fn new(seed: u64, purpose: Purpose, index: u64) -> Self {
        let key = mix(seed.wrapping_add(GAMMA));
        let key = mix(key ^ (purpose as u64).wrapping_mul(GAMMA));
        Self {
            key: mix(key.wrapping_add(mix(index.wrapping_add(GAMMA)))),
        }
    }

    /// 64 random bits at position `counter`.
    #[must_use]
    #[inline]
    pub const fn bits(&self, counter: u64) -> u64 {
        mix(self
            .key
            .wrapping_add(counter.wrapping_add(1).wrapping_mul(GAMMA)))
    }

    /// A number in `[0, 1)` with 53 random bits.
    #[must_use]
    #[inline]
    pub const fn uniform(&self, counter: u64) -> f64 {
        (self.bits(counter) >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
    }

    /// A number from the standard normal distribution, by the Box–Muller transform.
    ///
    /// Uses positions `2·counter` and `2·counter + 1`: do not mix with other draws from one stream.
    /// The functions are those of `libm`, so that every platform computes the same bits.
    #[must_use]
    #[inline]
    pub fn normal(&self, counter: u64) -> f64 {
        let radius = libm::sqrt(-2.0 * libm::log(1.0 - self.uniform(2 * counter)));
        radius * libm::cos(std::f64::consts::TAU * self.uniform(2 * counter + 1))
    }

    /// An integer in `0..bound`, with negligible bias (below 2⁻³² for bounds below 2³²).
    ///
    /// `bound` must not be 0.
    #[must_use]
    #[inline]
    pub const fn below(&self, counter: u64, bound: usize) -> usize {
        ((self.bits(counter) as u128 * bound as u128) >> 64) as usize
    }

    /// Shuffles in place (Fisher–Yates); uses positions `1..items.len()`.
    pub fn shuffle<T>(&self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last as u64, last + 1));
        }
    }

    /// A random order of `0..length`, which must fit into 32 bits.
    #[must_use]
    pub fn permutation(&self, length: usize) -> Vec<u32> {
        let mut order: Vec<u32> = (0..u32::try_from(length).unwrap_or(u32::MAX)).collect();
        self.shuffle(&mut order);
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permutation_holds_each_row_once_and_depends_on_seed_and_index() {
        let of = |seed, epoch| Stream::new(seed, Purpose::RowOrder, epoch).permutation(1000);
        let mut sorted = of(1, 1);
        sorted.sort_unstable();
        assert_eq!(sorted, (0..1000).collect::<Vec<_>>());
        assert_eq!(of(1, 1), of(1, 1));
        assert_ne!(of(1, 1), of(1, 2));
        assert_ne!(of(1, 1), of(2, 1));
    }

    #[test]
    fn normal_numbers_have_the_moments_of_the_standard_normal() {
        let stream = Stream::new(7, Purpose::Initialization, 0);
        let count = 200_000_u32;
        let draws: Vec<f64> = (0..u64::from(count)).map(|i| stream.normal(i)).collect();
        let moment = |power| draws.iter().map(|x| x.powi(power)).sum::<f64>() / f64::from(count);
        assert!(moment(1).abs() < 0.01, "mean {}", moment(1));
        assert!((moment(2) - 1.0).abs() < 0.02, "variance {}", moment(2));
        assert!(
            (moment(4) - 3.0).abs() < 0.15,
            "fourth moment {}",
            moment(4)
        );
    }

    #[test]
    fn streams_of_different_purposes_differ() {
        let first = |purpose| Stream::new(42, purpose, 0).bits(0);
        assert_ne!(first(Purpose::Split), first(Purpose::RowOrder));
    }
}
