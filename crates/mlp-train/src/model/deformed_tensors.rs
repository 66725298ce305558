//! The deformations as tensor operations on whole batches, for rows that lie on a device.
//!
//! All numbers of a row are drawn on the host: six of the picture as a whole, and two for each pair of waves. Where
//! the pixels come from is one product of matrices, for it depends on them linearly; then four values are gathered
//! and interpolated. No generator of the device is used.

use std::sync::Arc;

use burn::tensor::ops::PadMode;
use burn::tensor::{Device, Tensor, TensorData};

use mlp_data::augment::Augmentation;

/// An augmentation and what it needs on a device.
#[derive(Clone, Debug)]
pub struct TensorAugmentation {
    augmentation: Arc<Augmentation>,
    /// What each number of a row adds to the place of each pixel: `[3 + waves², side²]`.
    basis: Tensor<2>,
}

impl TensorAugmentation {
    /// Prepares the deformations of pictures that lie on a device.
    #[must_use]
    pub fn new(augmentation: Arc<Augmentation>, device: &Device) -> Self {
        let basis = basis(&augmentation);
        let pixels = augmentation.side() * augmentation.side();
        let shape = [basis.len() / pixels, pixels];
        Self {
            augmentation,
            basis: Tensor::from_data(TensorData::new(basis, shape), device),
        }
    }

    /// Deforms unscaled pictures `[batch, side²]`, the rows of these numbers, as in an epoch counted from 0.
    ///
    /// Values are those of [`Warper::floats`](mlp_data::augment::Warper::floats) but for rounding.
    #[must_use]
    #[allow(clippy::cast_precision_loss)] // sides are small
    pub fn deform(&self, pictures: Tensor<2>, epoch: u64, rows: &[u32]) -> Tensor<2> {
        let (batch, side) = (rows.len(), self.augmentation.side());
        let pixels = side * side;
        let stride = side + 3;
        let next_line = u32::try_from(stride).unwrap_or(u32::MAX); // sides are small
        let framed = pictures
            .reshape([batch, side, side])
            .pad([(1, 2), (1, 2)], PadMode::Constant(0.0))
            .reshape([batch, stride * stride]);

        let numbers = self.numbers(epoch, rows, &framed.device());
        let places = numbers.matmul(self.basis.clone()); // [2·batch, side²]
        let places = places.clamp(-1.0, side as f32).add_scalar(1.0); // within the frame
        let firsts = places.clone().floor();
        let shares = places - firsts.clone();
        let of = |tensor: &Tensor<2>, axis: usize| {
            tensor
                .clone()
                .slice([axis * batch..(axis + 1) * batch, 0..pixels])
        };
        let (right, lower) = (of(&shares, 0), of(&shares, 1));
        let at = of(&firsts, 1).mul_scalar(stride as f32) + of(&firsts, 0); // below 2²⁴: exact
        let at = at.int();

        let value = |offset: u32| framed.clone().gather(1, at.clone().add_scalar(offset));
        let between = |one: Tensor<2>, other: Tensor<2>, share: Tensor<2>| {
            one.clone() + share * (other - one)
        };
        let above = between(value(0), value(1), right.clone());
        let below = between(value(next_line), value(next_line + 1), right);
        between(above, below, lower) // [batch, side²]
    }

    /// The numbers of each row, those of its columns first: `[2·batch, 3 + waves²]`.
    fn numbers(&self, epoch: u64, rows: &[u32], device: &Device) -> Tensor<2> {
        let width = self.basis.dims()[0];
        let half = rows.len() * width;
        let mut numbers = vec![0.0_f32; 2 * half];
        let (columns, lines) = numbers.split_at_mut(half);
        let places = columns
            .chunks_exact_mut(width)
            .zip(lines.chunks_exact_mut(width));
        for (row, (columns, lines)) in rows.iter().zip(places) {
            let drawn = self.augmentation.deformation(epoch, *row);
            let (across, down) = drawn.elastic.split_at(width - 3);
            columns[..3].copy_from_slice(&drawn.affine[..3]);
            columns[3..].copy_from_slice(across);
            lines[..3].copy_from_slice(&drawn.affine[3..]);
            lines[3..].copy_from_slice(down);
        }
        Tensor::from_data(TensorData::new(numbers, [2 * rows.len(), width]), device)
    }
}

/// For each number of a row what it adds to each pixel's place: column, row and 1 for the picture as a whole, then
/// every product of two waves.
#[allow(clippy::cast_precision_loss)] // sides are small
fn basis(augmentation: &Augmentation) -> Vec<f32> {
    let (side, cosines) = (augmentation.side(), augmentation.basis());
    let count = cosines.waves();
    let pixels = || (0..side).flat_map(|y| (0..side).map(move |x| (x, y)));
    let mut basis: Vec<f32> = pixels().map(|(x, _)| x as f32).collect();
    basis.extend(pixels().map(|(_, y)| y as f32));
    basis.extend(pixels().map(|_| 1.0));
    for down in 0..count {
        for across in 0..count {
            basis.extend(pixels().map(|(x, y)| {
                cosines.vertical()[y * count + down] * cosines.horizontal()[across * side + x]
            }));
        }
    }
    basis
}
