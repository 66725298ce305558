//! Handwriting-like digits, drawn from stroke skeletons: a data set that needs no file and no network.
//!
//! A skeleton (the strokes of one way to write a digit) is varied as by a hand, rasterized, and brought into the form
//! of MNIST: 28×28 grey levels, the digit fitted into 20×20 with its centre of mass in the middle. No image of MNIST
//! is used, yet a network trained on these digits reads most of MNIST's.

mod handwriting;
mod rasterize;
mod skeletons;
mod spline;

use rayon::prelude::*;

use crate::images::NormalForm;
use crate::random::{Purpose, Stream};
use crate::{Dataset, Features, Schema};
use handwriting::Draws;
use rasterize::{fit, rasterize};
pub use skeletons::{Point, Skeleton, skeletons};
pub use spline::spline;

const CLASSES: usize = 10;
/// Side of an image in pixels.
const SIDE: usize = NormalForm::MNIST.side;
const PIXELS: usize = SIDE * SIDE;

/// Draws `rows` digits, 28×28 bytes each, 0 for the background and 255 for the foreground.
///
/// Every ten rows, counted from the first, hold each digit once in a random order. A row depends on `seed` and
/// its position alone: any number of threads draws the same, and a longer data set begins with a shorter one.
#[must_use]
pub fn digits(rows: usize, seed: u64) -> Dataset {
    let labels = labels(rows, seed);
    let mut pixels = vec![0; rows * PIXELS];
    pixels
        .par_chunks_mut(PIXELS)
        .zip(&labels)
        .enumerate()
        .for_each(|(row, (image, &label))| {
            let stream = Stream::new(seed, Purpose::Synthesis, row as u64);
            image.copy_from_slice(&image_of(label as usize, Draws::new(stream)));
        });
    let classes = (0..CLASSES).map(|digit| digit.to_string()).collect();
    let schema = Schema::of_numbers(feature_names(), classes);
    Dataset::new(schema, Features::Bytes(pixels), Some(labels))
}

/// The columns of MNIST as CSV, row by row from the top left: `1x1`, `1x2`, …, `28x28`.
fn feature_names() -> Vec<String> {
    (1..=SIDE)
        .flat_map(|row| (1..=SIDE).map(move |column| format!("{row}x{column}")))
        .collect()
}

/// Blocks of ten, each a permutation of the digits. Their streams are counted from the far end of the indices,
/// which no row reaches.
fn labels(rows: usize, seed: u64) -> Vec<u32> {
    let blocks = rows.div_ceil(CLASSES) as u64;
    let block_labels =
        |block: u64| Stream::new(seed, Purpose::Synthesis, !block).permutation(CLASSES);
    (0..blocks).flat_map(block_labels).take(rows).collect()
}

/// Draws `digit` once.
fn image_of(digit: usize, mut draws: Draws) -> [u8; PIXELS] {
    let strokes = handwriting::write(skeletons::choose(digit, draws.uniform()), &mut draws);
    let levels = NormalForm::MNIST.centre(&rasterize(&fit(strokes)));
    let mut image = [0; PIXELS];
    for (pixel, level) in image.iter_mut().zip(levels) {
        *pixel = grey(level);
    }
    image
}

/// A level in `0.0..=1.0` as a byte.
fn grey(level: f64) -> u8 {
    (255.0 * level).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_skeleton_is_drawn() {
        for digit in 0..CLASSES {
            for (index, skeleton) in skeletons(digit).iter().enumerate() {
                let stream = Stream::new(index as u64, Purpose::Synthesis, digit as u64);
                let strokes = handwriting::write(skeleton, &mut Draws::new(stream));
                let levels = rasterize(&fit(strokes));
                let mass: f64 = levels.iter().sum();
                assert!(
                    (15.0..300.0).contains(&mass),
                    "{digit}, {}: {mass} pixels",
                    skeleton.name
                );
            }
        }
    }
}
