//! The deformations as tensor operations come to the same pictures.

use std::sync::Arc;

use burn::tensor::{DType, Device};
use mlp::augment::{Augmentation, Sampler};
use mlp::config::{AugmentSection, ElasticTable};
use mlp::model::TensorAugmentation;

use super::deformations::{ALL, pictures};
use crate::support::devices::{cpu_backends, numbers, tensor};

const SIDE: usize = 28;
const ROWS: usize = 64;

/// The largest difference of a pixel, as a share of full scale.
fn largest_difference(section: &AugmentSection, device: &Device) -> f64 {
    let values: Vec<f32> = pictures(ROWS).iter().map(|v| f32::from(*v)).collect();
    let augmentation = Arc::new(Augmentation::new(section, 11, SIDE).unwrap());
    let rows: Vec<u32> = (1000..).take(ROWS).collect();
    let mut expected = vec![0.0_f32; values.len()];
    let mut sampler = Sampler::new(&augmentation);
    let places = expected.chunks_exact_mut(SIDE * SIDE);
    for ((row, picture), out) in rows
        .iter()
        .zip(values.chunks_exact(SIDE * SIDE))
        .zip(places)
    {
        sampler.floats(&augmentation.deformation(4, *row), picture, out);
    }
    assert_ne!(expected, values);
    let wide: Vec<f64> = values.iter().copied().map(f64::from).collect();
    let batch = tensor(&wide, [ROWS, SIDE * SIDE], device, DType::F32);
    let deformed = TensorAugmentation::new(augmentation, device).deform(batch, 4, &rows);
    assert_eq!(deformed.dims(), [ROWS, SIDE * SIDE]);
    let pairs = numbers(&deformed).into_iter().zip(&expected);
    pairs
        .map(|(found, expected)| (found - f64::from(*expected)).abs() / 255.0)
        .fold(0.0, f64::max)
}

#[test]
fn every_pixel_is_that_of_the_slices() {
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
    for kind in cpu_backends() {
        let device = mlp::backend::device(kind, "auto").unwrap();
        for (name, section, most) in [
            ("all", ALL, 1e-4),
            ("affine", affine, 1e-4),
            ("wild", wild, 1e-3),
        ] {
            let difference = largest_difference(&section, &device);
            eprintln!("{}, {name}: {difference:.1e} of full scale", kind.name());
            assert!(difference < most, "{}, {name}: {difference}", kind.name());
        }
    }
}
