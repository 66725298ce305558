//! Deformations of images.

use mlp_data::augment::{Augmentation, Deformation, Warper};
use mlp_data::options::{AugmentSection, ElasticTable};
use mlp_data::{Features, digits};

const SIDE: usize = 28;

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

fn images(count: usize) -> Vec<u8> {
    match digits(count, 5).features {
        Features::Bytes(values) => values,
        _ => unreachable!("digits are bytes"),
    }
}

fn none() -> AugmentSection {
    AugmentSection::default()
}

fn augmentation(section: AugmentSection) -> Augmentation {
    Augmentation::new(&section, 42, SIDE).unwrap()
}

/// Deforms a image by the given map, without elastic displacements.
fn mapped(affine: [f32; 6], image: &[u8]) -> Vec<u8> {
    let shifts = augmentation(AugmentSection {
        shift: 1.0,
        ..none()
    });
    let mut out = vec![7; SIDE * SIDE];
    let elastic = Vec::new();
    Warper::new(&shifts).bytes(&Deformation { affine, elastic }, image, &mut out);
    out
}

#[test]
fn without_a_deformation_there_is_no_augmentation() {
    assert_eq!(Augmentation::new(&none(), 1, SIDE), None);
    let elastic = Some(ElasticTable {
        alpha: 0.0,
        sigma: 5.0,
    });
    let off = AugmentSection { elastic, ..none() };
    assert_eq!(Augmentation::new(&off, 1, SIDE), None);
}

#[test]
fn known_maps_give_known_images() {
    let image = &images(1)[..];
    let pixel = |x: i32, y: i32| {
        let within = (0..28).contains(&x) && (0..28).contains(&y);
        if within {
            image[(y * 28 + x) as usize]
        } else {
            0
        }
    };
    let expected = |place: &dyn Fn(i32, i32) -> (i32, i32)| -> Vec<u8> {
        let all = (0..28).flat_map(|y| (0..28).map(move |x| (x, y)));
        all.map(|(x, y)| {
            let (x, y) = place(x, y);
            pixel(x, y)
        })
        .collect()
    };
    let same = mapped([1.0, 0.0, 0.0, 0.0, 1.0, 0.0], image);
    assert_eq!(same, image);
    // Moved three to the right and five up.
    let moved = mapped([1.0, 0.0, -3.0, 0.0, 1.0, 5.0], image);
    assert_eq!(moved, expected(&|x, y| (x - 3, y + 5)));
    // A quarter turn.
    let turned = mapped([0.0, 1.0, 0.0, -1.0, 0.0, 27.0], image);
    assert_eq!(turned, expected(&|x, y| (y, 27 - x)));
    // Far outside there is nothing.
    let gone = mapped([1.0, 0.0, 1e6, 0.0, 1.0, -1e6], image);
    assert_eq!(gone, vec![0; SIDE * SIDE]);
    // Half a pixel to the left: the mean of two neighbours, rounded.
    let half = mapped([1.0, 0.0, 0.5, 0.0, 1.0, 0.0], image);
    let all = (0..28).flat_map(|y| (0..28).map(move |x| (x, y)));
    let means = all.map(|(x, y)| f32::midpoint(f32::from(pixel(x, y)), f32::from(pixel(x + 1, y))));
    let means: Vec<u8> = means.map(|mean| (mean + 0.5) as u8).collect();
    assert_eq!(half, means);
}

/// Where the map of a deformation takes a place.
fn place(deformation: &Deformation, x: f32, y: f32) -> (f32, f32) {
    let map = deformation.affine;
    (
        map[0] * x + map[1] * y + map[2],
        map[3] * x + map[4] * y + map[5],
    )
}

#[test]
fn what_is_drawn_keeps_to_its_bounds_and_uses_them() {
    let centre = 13.5;
    let spread = |section: AugmentSection, measure: &dyn Fn(&Deformation) -> f32| {
        let augmentation = augmentation(section);
        let drawn = (0..2000).map(|row| measure(&augmentation.deformation(row / 7, row as u32)));
        drawn.fold((f32::MAX, f32::MIN), |(low, high), value| {
            (low.min(value), high.max(value))
        })
    };
    let close = |(low, high): (f32, f32), (expected_low, expected_high): (f32, f32)| {
        let slack = (expected_high - expected_low) * 0.01;
        let within = low >= expected_low - 1e-4 && high <= expected_high + 1e-4;
        let used = low < expected_low + slack && high > expected_high - slack;
        assert!(
            within && used,
            "{low} to {high}, not {expected_low} to {expected_high}"
        );
    };
    let section = none();
    let shift = AugmentSection {
        shift: 3.0,
        ..section
    };
    close(
        spread(shift, &|d| place(d, centre, centre).0 - centre),
        (-3.0, 3.0),
    );
    close(
        spread(shift, &|d| place(d, centre, centre).1 - centre),
        (-3.0, 3.0),
    );
    let rotate = AugmentSection {
        rotate: 20.0,
        ..section
    };
    let angle = |d: &Deformation| d.affine[3].atan2(d.affine[0]).to_degrees();
    close(spread(rotate, &angle), (-20.0, 20.0));
    let length = |d: &Deformation| d.affine[0].hypot(d.affine[3]);
    let stretched = spread(rotate, &|d| (length(d) - 1.0).abs());
    assert!(stretched.1 < 1e-6, "turning stretches by {}", stretched.1);
    let scale = AugmentSection {
        scale: 0.2,
        ..section
    };
    close(spread(scale, &|d| 1.0 / d.affine[0]), (0.8, 1.2));
    close(spread(scale, &|d| 1.0 / d.affine[4]), (0.8, 1.2));
    let shear = AugmentSection {
        shear: 15.0,
        ..section
    };
    close(
        spread(shear, &|d| d.affine[1].atan().to_degrees()),
        (-15.0, 15.0),
    );
    for still in [rotate, scale, shear] {
        let off = |d: &Deformation| {
            let (x, y) = place(d, centre, centre);
            (x - centre).abs().max((y - centre).abs())
        };
        assert!(spread(still, &off).1 < 1e-4, "the centre moved: {still:?}");
    }
}

/// Simard's field: uniform noise, variance 1/3, smoothed by a Gaussian of σ along both axes, has in its middle
/// the variance α²/3·(1/(2σ√π))².
#[test]
fn elastic_displacements_are_as_strong_as_simards() {
    let (alpha, sigma) = (36.0_f64, 5.0_f64);
    let elastic = Some(ElasticTable { alpha, sigma });
    let augmentation = augmentation(AugmentSection { elastic, ..none() });
    let basis = augmentation.basis();
    let count = basis.waves();
    // The middle of the image, and of each half, mirrors included: far enough from the edges.
    let middle = 14;
    let rows = 4000;
    let sum: f64 = (0..rows)
        .map(|row| {
            let drawn = augmentation.deformation(0, row).elastic;
            let displacement: f32 = (0..count * count)
                .map(|at| {
                    let vertical = basis.vertical()[middle * count + at / count];
                    drawn[at] * vertical * basis.horizontal()[at % count * SIDE + middle]
                })
                .sum();
            f64::from(displacement).powi(2)
        })
        .sum();
    let found = (sum / f64::from(rows)).sqrt();
    let expected = alpha / 3_f64.sqrt() / (2.0 * sigma * std::f64::consts::PI.sqrt());
    assert!(
        (found / expected - 1.0).abs() < 0.05,
        "{found}, not {expected}"
    );
}

#[test]
fn a_row_is_deformed_by_seed_epoch_and_number_alone() {
    let rows = images(3);
    let of = |seed, epoch, number: usize, warped_before: Option<usize>| {
        let augmentation = Augmentation::new(&ALL, seed, SIDE).unwrap();
        let mut warper = Warper::new(&augmentation);
        let mut out = vec![0; SIDE * SIDE];
        // What the warper deformed before leaves no trace.
        if let Some(before) = warped_before {
            let image = &rows[before * SIDE * SIDE..][..SIDE * SIDE];
            warper.bytes(&augmentation.deformation(9, 9), image, &mut out);
        }
        let deformation = augmentation.deformation(epoch, number as u32);
        warper.bytes(
            &deformation,
            &rows[number * SIDE * SIDE..][..SIDE * SIDE],
            &mut out,
        );
        out
    };
    let one = of(1, 0, 2, None);
    assert_eq!(one, of(1, 0, 2, Some(0)));
    assert_ne!(one, of(2, 0, 2, None));
    assert_ne!(one, of(1, 1, 2, None));
    let augmentation = augmentation(ALL);
    let mut drawn: Vec<_> = (0..50)
        .flat_map(|epoch| (0..50).map(move |row| (epoch, row)))
        .map(|(epoch, row)| {
            augmentation
                .deformation(epoch, row)
                .affine
                .map(f32::to_bits)
        })
        .collect();
    drawn.sort_unstable();
    drawn.dedup();
    assert_eq!(drawn.len(), 2500, "no two draws are equal");
}

#[test]
fn floats_are_deformed_as_bytes_are_but_for_rounding() {
    let bytes = images(20);
    let floats: Vec<f32> = bytes.iter().map(|value| f32::from(*value)).collect();
    let augmentation = augmentation(ALL);
    let mut warper = Warper::new(&augmentation);
    for row in 0..20 {
        let range = row * SIDE * SIDE..(row + 1) * SIDE * SIDE;
        let deformation = augmentation.deformation(3, row as u32);
        let mut rounded = vec![0; SIDE * SIDE];
        let mut exact = vec![0.0; SIDE * SIDE];
        warper.bytes(&deformation, &bytes[range.clone()], &mut rounded);
        warper.floats(&deformation, &floats[range], &mut exact);
        for (rounded, exact) in rounded.iter().zip(&exact) {
            assert!(
                (f32::from(*rounded) - exact).abs() <= 0.501,
                "{rounded}, {exact}"
            );
        }
    }
}
