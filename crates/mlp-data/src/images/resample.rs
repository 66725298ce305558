//! Ink of any size brought into the box, antialiased.
#![allow(clippy::cast_precision_loss)] // sides of images are far below 2⁵³

use super::ink::Inked;
use super::normal_form::Fit;

/// Share that one pixel of the source has in a pixel of the box along an axis: its place and its weight.
type Weights = Vec<(usize, f64)>;

/// The box, `[box_side, box_side]`: each pixel the mean of the ink around the place it comes from.
///
/// Where the source is finer than the box, that is the mean over the pixel's area; where it is coarser, it is
/// interpolated between pixels.
pub fn resample(inked: &Inked, fit: &Fit, box_side: usize) -> Vec<f64> {
    let [columns, rows] = [0, 1].map(|axis| {
        (0..box_side)
            .map(|place| weights(fit, axis, place, inked.size()[axis]))
            .collect::<Vec<_>>()
    });
    let mut ink = vec![0.0; box_side * box_side];
    let mut line = vec![0.0; inked.size()[0]];
    for (row, pixels) in rows.iter().zip(ink.chunks_exact_mut(box_side)) {
        line.fill(0.0);
        for &(y, share) in row {
            for (x, sum) in line.iter_mut().enumerate() {
                *sum += share * inked.level(x, y);
            }
        }
        for (pixel, column) in pixels.iter_mut().zip(&columns) {
            *pixel = column.iter().map(|&(x, share)| share * line[x]).sum();
        }
    }
    ink
}

/// An image of `from` by `from` pixels in `to` by `to`, which are not more: each the mean over its area.
pub fn shrink(image: Vec<f64>, from: usize, to: usize) -> Vec<f64> {
    if from == to {
        return image;
    }
    let extent = from as f64 / to as f64;
    let places: Vec<Weights> = (0..to)
        .map(|place| {
            let (start, end) = (place as f64 * extent, (place + 1) as f64 * extent);
            (0..from)
                .map(|pixel| (pixel, share(start, end, pixel as f64)))
                .filter(|(_, share)| *share > 0.0)
                .collect()
        })
        .collect();
    let mean = |row: &Weights, column: &Weights| -> f64 {
        let pairs = row.iter().flat_map(|y| column.iter().map(move |x| (y, x)));
        pairs
            .map(|(&(y, down), &(x, across))| down * across * image[y * from + x])
            .sum()
    };
    places
        .iter()
        .flat_map(|row| places.iter().map(|column| mean(row, column)))
        .collect()
}

/// Weights of the pixels of a line of the source in one pixel of the box; less than 1 in all where the box reaches
/// beyond the image, for there is paper.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // clamped to the line
fn weights(fit: &Fit, axis: usize, place: usize, length: usize) -> Weights {
    let place = place as f64;
    let (from, to) = (fit.source(axis, place), fit.source(axis, place + 1.0));
    let middle = f64::midpoint(from, to);
    let radius = ((to - from) / 2.0).max(0.5) + 0.5;
    let first = (middle - radius - 1.0).floor().clamp(0.0, length as f64) as usize;
    let last = (middle + radius + 1.0).ceil().clamp(0.0, length as f64) as usize;
    (first..last)
        .map(|pixel| (pixel, share(from, to, pixel as f64)))
        .filter(|(_, share)| *share > 0.0)
        .collect()
}

/// What the pixel that begins at `pixel` contributes to the mean between `from` and `to`.
fn share(from: f64, to: f64, pixel: f64) -> f64 {
    let extent = to - from;
    if extent >= 1.0 {
        return (to.min(pixel + 1.0) - from.max(pixel)).max(0.0) / extent;
    }
    let distance = (f64::midpoint(from, to) - (pixel + 0.5)).abs();
    (1.0 - distance).max(0.0)
}
