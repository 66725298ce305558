//! The deformations as tensor operations come to the same pictures.

use std::sync::Arc;

use burn::tensor::{DType, Device};
use mlp::augment::{Augmentation, Warper};
use mlp::config::{AugmentSection, BackendKind, Config, DataSection, ElasticTable, ScaleKind};
use mlp::data::{Batches, Features, Preprocessor, digits};
use mlp::model::{
    BatchLoader, DeviceDataset, HostDataset, TargetDistribution, TargetEncoder, TensorAugmentation,
};

use crate::support::devices::{cpu_backends, numbers, tensor};

/// Everything at once.
const ALL: AugmentSection = AugmentSection {
    shift: 2.0,
    rotate: 15.0,
    scale: 0.15,
    shear: 10.0,
    elastic: Some(ElasticTable {
        alpha: 36.0,
        sigma: 5.0,
    }),
};

const SIDE: usize = 28;
const ROWS: usize = 64;
/// Batches of an epoch of the loaders.
const STEPS: usize = 3;

/// The largest difference of a pixel, as a share of full scale.
fn largest_difference(section: &AugmentSection, device: &Device) -> f64 {
    let Features::Bytes(pixels) = digits(ROWS, 5).features else {
        unreachable!("digits are bytes")
    };
    let values: Vec<f32> = pixels.into_iter().map(f32::from).collect();
    let augmentation = Arc::new(Augmentation::new(section, 11, SIDE).unwrap());
    let rows: Vec<u32> = (1000..).take(ROWS).collect();
    let mut expected = vec![0.0_f32; values.len()];
    let mut warper = Warper::new(&augmentation);
    let places = expected.chunks_exact_mut(SIDE * SIDE);
    for ((row, picture), out) in rows
        .iter()
        .zip(values.chunks_exact(SIDE * SIDE))
        .zip(places)
    {
        warper.floats(&augmentation.deformation(4, *row), picture, out);
    }
    assert_ne!(expected, values);
    let wide: Vec<f64> = values.iter().copied().map(f64::from).collect();
    let batch = tensor(&wide, [ROWS, SIDE * SIDE], device, DType::F32);
    let deformed = TensorAugmentation::new(augmentation, device).apply(batch, 4, &rows);
    assert_eq!(deformed.dims(), [ROWS, SIDE * SIDE]);
    let pairs = numbers(&deformed).into_iter().zip(&expected);
    pairs
        .map(|(found, expected)| (found - f64::from(*expected)).abs() / 255.0)
        .fold(0.0, f64::max)
}

#[test]
fn every_pixel_is_that_of_the_slices() {
    cpu_backends().into_iter().for_each(check_pixels);
}

/// That every pixel is that of the slices.
pub fn check_pixels(backend: BackendKind) {
    let affine = AugmentSection {
        elastic: None,
        ..ALL
    };
    // Far out of the picture, and torn apart: more than anybody would ask for.
    let wild = AugmentSection {
        shift: 40.0,
        rotate: 180.0,
        scale: 0.9,
        shear: 60.0,
        elastic: Some(ElasticTable {
            alpha: 60.0,
            sigma: 1.5,
        }),
    };
    let device = mlp::backend::device(backend, "auto").unwrap();
    for (name, section, most) in [
        ("all", ALL, 1e-4),
        ("affine", affine, 1e-4),
        ("wild", wild, 1e-3),
    ] {
        let difference = largest_difference(&section, &device);
        let backend = backend.name();
        eprintln!("{backend}, {name}: {difference:.1e} of full scale");
        assert!(difference < most, "{backend}, {name}: {difference}");
    }
}

#[test]
fn rows_on_a_device_are_deformed_there() {
    cpu_backends().into_iter().for_each(check_resident_rows);
}

/// That batches gathered on a device are deformed there, in the epoch that their step belongs to.
pub fn check_resident_rows(backend: BackendKind) {
    let device = mlp::backend::device(backend, "auto").unwrap();
    let rows = Arc::new(digits(3 * 16, 5));
    let all = rows.all_rows();
    for scale in [ScaleKind::Unit, ScaleKind::Standard] {
        let data = DataSection {
            scale,
            ..Config::default().data
        };
        let preprocessor = Arc::new(Preprocessor::fit(&rows, &all, &data).unwrap());
        let stored = Arc::new(HostDataset::new(Arc::clone(&rows), preprocessor));
        let targets = TargetDistribution::new(0.0, vec![1.0; 10]);
        let targets = Arc::new(TargetEncoder::from(targets));
        let plan = Batches::new(all.len(), 16, true, 0);
        assert_eq!(plan.steps_per_epoch(), STEPS);
        let order: Arc<[u32]> = all.clone().into();
        let loader = BatchLoader::new(Arc::clone(&stored), order, plan, 1, Arc::clone(&targets));
        let augmentation = Augmentation::new(&ALL, 2, SIDE).map(Arc::new);
        let resident = Arc::new(DeviceDataset::new(&stored, &targets, &device));
        let on_host = loader.clone().with_augmentation(augmentation.clone());
        let on_device = loader.clone().with_device_dataset(Some(resident));
        let on_device = on_device.with_augmentation(augmentation.clone());
        assert!(on_device.is_on_device());
        let inputs = |loader: &BatchLoader, step: usize| {
            let numbers_of_batch = &all[plan.range(1)];
            let batch = loader.batch(numbers_of_batch, step as u64);
            numbers(&batch.tensors(&device).inputs)
        };
        let differences = |one: &[f64], other: &[f64]| -> f64 {
            let pairs = one.iter().zip(other);
            pairs.map(|(one, other)| (one - other).abs()).sum::<f64>() / one.len() as f64
        };
        for step in [1, 1 + 2 * STEPS] {
            let (host, device) = (inputs(&on_host, step), inputs(&on_device, step));
            let difference = differences(&host, &device);
            assert!(
                difference < 0.01,
                "bytes are rounded, and no more: {difference}"
            );
        }
        let other_epoch = differences(&inputs(&on_device, 1), &inputs(&on_device, 1 + STEPS));
        assert!(other_epoch > 0.05, "{other_epoch}");
    }
}
