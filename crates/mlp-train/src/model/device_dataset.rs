//! Rows in the memory of a device, where batches are gathered by row number and augmented.
//!
//! All random numbers of an augmented row are drawn on the host: six for the affine map, and two for each pair of
//! waves of the elastic one. The source position of each pixel depends on them linearly, so that one matrix product
//! computes it; four values are then gathered and interpolated. The random generator of the device is not used.

use std::fmt;
use std::sync::Arc;

use burn::tensor::ops::PadMode;
use burn::tensor::{Device, Int, Tensor, TensorData};
use mlp_core::config::ScaleKind;
use mlp_data::augment::Augmentation;
use mlp_data::{Features, Preprocessor, Target};

use crate::model::{HostDataset, TargetEncoder, TensorBatch, labels_tensor};

/// Bytes in a word of packed values; the devices have no smaller integer.
const PER_WORD: usize = 4;

/// All rows of a dataset on a device, with their targets.
pub struct DeviceDataset {
    values: Values,
    targets: Targets,
    /// `[rows, 1]`, if rows are weighted.
    weights: Option<Tensor<2>>,
    columns: usize,
    can_be_augmented: bool,
    device: Device,
}

enum Targets {
    Classes {
        /// `[rows]`
        labels: Tensor<1, Int>,
        /// Target distribution of a row of each class, `[classes, classes]`.
        distributions: Box<Tensor<2>>,
    },
    /// `[rows, 1]`
    Values(Tensor<2>),
}

enum Values {
    /// `[rows, words]`, unscaled: byte *k* of word *w* is column *k·words + w*.
    Packed(Tensor<2, Int>, Box<Unpacking>),
    /// `[rows, inputs]`, scaled.
    Scaled(Tensor<2>),
}

/// Turns packed bytes into inputs of a network.
struct Unpacking {
    /// Bits to the right of each byte in its word, `[1, 4, 1]`.
    shifts: Tensor<3, Int>,
    /// 255 with unit scaling, otherwise 1.
    divisor: f32,
    /// Center and scale of each column, `[1, columns]` each, where they differ between columns.
    standard: Option<(Tensor<2>, Tensor<2>)>,
}

/// Returns the bytes of the largest tensor that these rows take on a device.
#[must_use]
pub fn device_bytes(stored: &HostDataset) -> u64 {
    let (rows, columns) = (stored.dataset().rows(), stored.dataset().columns());
    let words = match stored.dataset().features {
        Features::Bytes(_) if stored.preprocessor().is_plain() => columns.div_ceil(PER_WORD),
        _ => stored.preprocessor().width(columns),
    };
    (rows * words * PER_WORD) as u64
}

impl DeviceDataset {
    /// Copies all rows of a dataset with targets onto a device.
    #[must_use]
    pub fn new(stored: &HostDataset, targets: &TargetEncoder, device: &Device) -> Self {
        let device = device.clone().inner();
        let dataset = stored.dataset();
        let columns = dataset.columns();
        let all_rows = stored.target(&dataset.all_rows());
        let matrix = |values: Vec<f32>, columns: usize| {
            let rows = values.len() / columns.max(1);
            Tensor::from_data(TensorData::new(values, [rows, columns]), &device)
        };
        let targets = match &all_rows {
            Target::Class { labels } => {
                let classes = targets.outputs();
                let one_of_each = Target::Class {
                    labels: (0..).take(classes).collect(),
                };
                Targets::Classes {
                    labels: labels_tensor(labels, &device),
                    distributions: Box::new(matrix(targets.encode(&one_of_each, None).0, classes)),
                }
            }
            Target::Value { .. } => Targets::Values(matrix(targets.encode(&all_rows, None).0, 1)),
        };
        let weights = dataset.weights.as_ref();
        let weights = weights.map(|own| own.iter().map(|weight| *weight as f32).collect());
        let weights = weights.map(|weights: Vec<f32>| matrix(weights, 1));
        let values = match &dataset.features {
            Features::Bytes(bytes) if stored.preprocessor().is_plain() => Values::Packed(
                packed(bytes, columns, &device),
                Box::new(Unpacking::new(stored.preprocessor(), columns, &device)),
            ),
            _ => {
                let all = stored.gather(&dataset.all_rows());
                Values::Scaled(Tensor::from_data(all, &device))
            }
        };
        Self {
            targets,
            weights,
            columns,
            can_be_augmented: matches!(values, Values::Packed(..))
                || stored.preprocessor().is_zero_preserving(),
            values,
            device,
        }
    }

    /// Returns the device of the rows.
    #[must_use]
    pub fn device(&self) -> Device {
        self.device.clone()
    }

    /// Returns `true` if [`Self::batch`] can augment images: the values are not scaled yet, or 0 stays 0.
    #[must_use]
    pub const fn can_be_augmented(&self) -> bool {
        self.can_be_augmented
    }

    /// Gathers these rows, whose weights add up to `weight`. Only their numbers are sent to the device.
    /// `augment` maps the values, `[batch, columns]`, before they are standardised.
    #[must_use]
    pub fn batch(
        &self,
        numbers: &[u32],
        weight: f64,
        step: u64,
        augment: impl FnOnce(Tensor<2>) -> Tensor<2>,
    ) -> TensorBatch {
        let numbers = labels_tensor(numbers, &self.device); // [batch]
        let weights = self.weights.clone();
        let weights = weights.map(|weights| weights.select(0, numbers.clone())); // [batch, 1]
        let (targets, labels, row_weights) = match &self.targets {
            Targets::Classes {
                labels,
                distributions,
            } => {
                let labels = labels.clone().select(0, numbers.clone()); // [batch]
                let targets = (**distributions).clone().select(0, labels.clone()); // [batch, classes]
                let targets = match weights {
                    Some(weights) => targets * weights,
                    None => targets,
                };
                (targets, Some(labels), None)
            }
            Targets::Values(values) => (values.clone().select(0, numbers.clone()), None, weights),
        };
        TensorBatch {
            targets,
            inputs: self.inputs(numbers, augment),
            labels,
            row_weights,
            weight,
            step,
        }
    }

    /// Returns scaled inputs, `[batch, inputs]`.
    fn inputs(
        &self,
        numbers: Tensor<1, Int>,
        augment: impl FnOnce(Tensor<2>) -> Tensor<2>,
    ) -> Tensor<2> {
        match &self.values {
            Values::Scaled(rows) => augment(rows.clone().select(0, numbers)),
            Values::Packed(rows, unpacking) => {
                unpacking.apply(rows.clone().select(0, numbers), self.columns, augment)
            }
        }
    }
}

impl Unpacking {
    fn new(preprocessor: &Preprocessor, columns: usize, device: &Device) -> Self {
        let row =
            |values: Vec<f32>| Tensor::from_data(TensorData::new(values, [1, columns]), device);
        let shifts = TensorData::new(vec![0, 8, 16, 24], [1, PER_WORD, 1]);
        Self {
            shifts: Tensor::from_data(shifts, device),
            divisor: match preprocessor.kind() {
                ScaleKind::Unit => 255.0,
                _ => 1.0,
            },
            standard: preprocessor
                .center_and_scale()
                .map(|(center, scale)| (row(center), row(scale))),
        }
    }

    /// Maps words, `[batch, words]`, to inputs, `[batch, columns]`.
    fn apply(
        &self,
        words: Tensor<2, Int>,
        columns: usize,
        augment: impl FnOnce(Tensor<2>) -> Tensor<2>,
    ) -> Tensor<2> {
        let [batch, count] = words.dims();
        let bytes = words
            .unsqueeze_dim::<3>(1) // [batch, 1, words]
            .bitwise_right_shift(self.shifts.clone()) // [batch, 4, words]
            .bitwise_and_scalar(0xff); // drops the sign bits of the shift
        let mut values = bytes.float().reshape([batch, PER_WORD * count]);
        if PER_WORD * count > columns {
            values = values.narrow(1, 0, columns); // [batch, columns]
        }
        values = augment(values);
        if self.divisor > 1.0 {
            values = values.div_scalar(self.divisor);
        }
        match &self.standard {
            Some((mean, deviation)) => (values - mean.clone()) / deviation.clone(),
            None => values,
        }
    }
}

/// Packs four bytes into a word, `[rows, words]`.
fn packed(bytes: &[u8], columns: usize, device: &Device) -> Tensor<2, Int> {
    let words = columns.div_ceil(PER_WORD);
    let rows = bytes.len() / columns.max(1);
    let mut values = Vec::with_capacity(rows * words);
    for row in bytes.chunks_exact(columns.max(1)) {
        let byte = |column: usize| row.get(column).copied().unwrap_or(0);
        values.extend(
            (0..words).map(|word| {
                i32::from_le_bytes([0, 1, 2, 3].map(|place| byte(place * words + word)))
            }),
        );
    }
    Tensor::from_data(TensorData::new(values, [rows, words]), device)
}

impl fmt::Debug for DeviceDataset {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = match &self.targets {
            Targets::Classes { labels, .. } => labels.dims()[0],
            Targets::Values(values) => values.dims()[0],
        };
        write!(formatter, "{rows} rows on a device")
    }
}

/// An augmentation, computed with tensors on a device.
#[derive(Clone, Debug)]
pub struct TensorAugmentation {
    augmentation: Arc<Augmentation>,
    /// Coefficient of each random number in the source position of each pixel, `[3 + waves², side²]`.
    basis: Tensor<2>,
}

impl TensorAugmentation {
    /// Prepares the augmentation of images on a device.
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

    /// Augments unscaled images, `[batch, side²]`, which are the rows of these numbers, for an epoch counted from 0.
    ///
    /// The values equal those of [`Warper::floats`](mlp_data::augment::Warper::floats) up to rounding.
    #[must_use]
    pub fn apply(&self, images: Tensor<2>, epoch: u64, rows: &[u32]) -> Tensor<2> {
        let (batch, side) = (rows.len(), self.augmentation.side());
        let pixels = side * side;
        let stride = side + 3;
        let next_line = u32::try_from(stride).unwrap_or(u32::MAX); // sides are small
        let framed = images
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

    /// Draws the random numbers of each row, those of its columns first, `[2·batch, 3 + waves²]`.
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

/// Returns the coefficients of a row's random numbers in the position of each pixel: column, row and 1 for the affine
/// map, then every product of two waves.
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::backend::{self, HostValues};
    use crate::model::{Batch, TargetDistribution};
    use mlp_core::config::{DataSection, MissingPolicy, MissingPolicyName};
    use mlp_data::random::{Purpose, Stream};
    use mlp_data::{Dataset, Schema};

    const ROWS: usize = 7;

    fn dataset(features: Features, columns: usize) -> Dataset {
        Dataset::new(
            Schema::of_numbers(
                (0..columns).map(|column| format!("x{column}")).collect(),
                ["a", "b", "c"].map(str::to_owned).to_vec(),
            ),
            features,
            Some(vec![0, 1, 2, 0, 2, 1, 0]),
        )
    }

    #[test]
    fn a_gathered_batch_is_the_one_that_the_cpu_gathers() {
        let device = backend::device(backend::compiled()[0], "auto").unwrap();
        let missing = MissingPolicy::Named(MissingPolicyName::Error);
        let stream = Stream::new(3, Purpose::Initialization, 0);
        for columns in [1, 4, 6, 9] {
            #[allow(clippy::cast_sign_loss)]
            let bytes: Vec<u8> = (0..(ROWS * columns) as u64)
                .map(|index| (stream.uniform(index) * 256.0) as u8)
                .collect();
            let floats = bytes.iter().map(|byte| f32::from(*byte) * 0.37).collect();
            for features in [Features::Bytes(bytes.clone()), Features::Floats(floats)] {
                for scale in [ScaleKind::None, ScaleKind::Unit, ScaleKind::Standard] {
                    let dataset = dataset(features.clone(), columns);
                    let rows = dataset.all_rows();
                    let data = DataSection {
                        scale,
                        missing,
                        ..DataSection::default()
                    };
                    let preprocessor = Preprocessor::fit(&dataset, &rows, &data).unwrap();
                    let stored = HostDataset::new(Arc::new(dataset), Arc::new(preprocessor));
                    let distribution = TargetDistribution::new(0.1, vec![1.0, 2.0, 0.5]);
                    let targets = TargetEncoder::from(distribution);
                    let numbers = [5, 0, 2, 2];

                    let resident = DeviceDataset::new(&stored, &targets, &device);
                    let found = resident.batch(&numbers, 4.5, 9, |values| values);

                    let target = stored.target(&numbers);
                    let (distribution, _) = targets.encode(&target, None);
                    let expected: Vec<f32> = stored.gather(&numbers).try_to_vec().unwrap();
                    assert_eq!(
                        &*HostValues::of(found.inputs.clone()),
                        &expected,
                        "{scale:?}"
                    );
                    assert_eq!(found.inputs.dims(), [4, columns]);
                    assert_eq!(&*HostValues::of(found.targets.clone()), &distribution);
                    let classes = found.labels.clone().unwrap().float();
                    let Target::Class { labels } = target else {
                        unreachable!()
                    };
                    let labels: Vec<f32> = labels.iter().map(|label| *label as f32).collect();
                    assert_eq!(&*HostValues::of(classes), &labels);
                    let Batch::Tensors(batch) = Batch::from(found) else {
                        unreachable!()
                    };
                    assert_eq!((batch.weight, batch.step), (4.5, 9));
                }
            }
        }
    }
}
