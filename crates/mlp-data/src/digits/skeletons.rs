//! What a digit is drawn from: the ways people write it, each a few strokes.

use super::ways::WAYS;

/// A position in the unit square: x to the right, y down.
pub type Point = [f64; 2];

/// One way to write a digit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Skeleton {
    /// What tells it from the digit's other skeletons.
    pub name: &'static str,
    /// How often it is chosen, relative to the digit's other skeletons.
    pub weight: f64,
    /// Strokes in the order of writing. A smooth curve runs through the points of each; a point given twice in a
    /// row is a sharp corner.
    pub strokes: &'static [&'static [Point]],
}

/// The ways to write `digit`; none for numbers above 9.
#[must_use]
pub fn skeletons(digit: usize) -> &'static [Skeleton] {
    WAYS.get(digit).copied().unwrap_or_default()
}

/// The skeleton at the share `uniform` (in `[0, 1)`) of the weights of `digit`'s skeletons.
///
/// `digit` must be below 10.
pub fn choose(digit: usize, uniform: f64) -> &'static Skeleton {
    let ways = WAYS[digit];
    let mut left = uniform * ways.iter().map(|way| way.weight).sum::<f64>();
    let chosen = ways.iter().find(|way| {
        left -= way.weight;
        left < 0.0
    });
    chosen.unwrap_or(&ways[0]) // rounding may leave a rest
}

/// Whether two points are the same one: between neighbours in a stroke, a corner.
#[allow(clippy::float_cmp)] // the same literals, or moved by the same amounts
pub fn coincide(a: &Point, b: &Point) -> bool {
    a == b
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strokes_lie_in_the_unit_square_and_go_somewhere() {
        for (digit, ways) in WAYS.iter().enumerate() {
            for Skeleton {
                name,
                weight,
                strokes,
            } in *ways
            {
                assert!(*weight > 0.0, "{digit}, {name}");
                for stroke in *strokes {
                    let inside = |x: &f64| (0.0..=1.0).contains(x);
                    assert!(
                        stroke.as_flattened().iter().all(inside),
                        "{digit}, {name}: {stroke:?}"
                    );
                    assert!(
                        stroke.iter().any(|point| !coincide(point, &stroke[0])),
                        "{digit}, {name}"
                    );
                }
            }
        }
    }

    #[test]
    fn every_skeleton_is_chosen_as_often_as_its_weight_says() {
        for (digit, ways) in WAYS.iter().enumerate() {
            let total: f64 = ways.iter().map(|way| way.weight).sum();
            for way in *ways {
                let hits = (0..10_000)
                    .filter(|&i| choose(digit, f64::from(i) / 10_000.0) == way)
                    .count();
                let expected = 10_000.0 * way.weight / total;
                #[allow(clippy::cast_precision_loss)] // at most 10,000
                let error = (hits as f64 - expected).abs();
                assert!(error < 1.5, "{digit}, {}: {hits} of {expected}", way.name);
            }
        }
    }
}
