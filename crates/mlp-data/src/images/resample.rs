//! Antialiased resampling of the foreground into the box of a normal form.

use super::foreground::Foreground;
use super::normal_form::Fit;

/// Source pixels that contribute to a pixel of the box along an axis: index and weight.
type Weights = Vec<(usize, f64)>;

/// Returns the box, `[box_side, box_side]`: levels of the foreground, averaged over the pixel's area where the source
/// is finer than the box, and linearly interpolated where it is coarser.
pub fn resample(foreground: &Foreground, fit: &Fit, box_side: usize) -> Vec<f64> {
    let [columns, rows] = [0, 1].map(|axis| {
        (0..box_side)
            .map(|place| weights(fit, axis, place, foreground.size()[axis]))
            .collect::<Vec<_>>()
    });
    let mut levels = vec![0.0; box_side * box_side];
    let mut line = vec![0.0; foreground.size()[0]];
    for (row, pixels) in rows.iter().zip(levels.chunks_exact_mut(box_side)) {
        line.fill(0.0);
        for &(y, share) in row {
            for (x, sum) in line.iter_mut().enumerate() {
                *sum += share * foreground.level(x, y);
            }
        }
        for (pixel, column) in pixels.iter_mut().zip(&columns) {
            *pixel = column.iter().map(|&(x, share)| share * line[x]).sum();
        }
    }
    levels
}

/// Scales an image `[from, from]` to `[to, to]`, which is not larger: each pixel is the mean over its area.
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

/// Weights of a line of the source in one pixel of the box; their sum is less than 1 where the box reaches beyond the
/// image, which is background there.
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

/// Weight of the pixel that begins at `pixel` in the mean between `from` and `to`.
fn share(from: f64, to: f64, pixel: f64) -> f64 {
    let extent = to - from;
    if extent >= 1.0 {
        return (to.min(pixel + 1.0) - from.max(pixel)).max(0.0) / extent;
    }
    let distance = (f64::midpoint(from, to) - (pixel + 0.5)).abs();
    (1.0 - distance).max(0.0)
}
