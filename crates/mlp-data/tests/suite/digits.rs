//! The generated digits.

use mlp_data::{Dataset, Features, digits, skeletons, spline};
use proptest::prelude::*;

const SIDE: usize = 28;

fn pixels(dataset: &Dataset) -> &[u8] {
    match &dataset.features {
        Features::Bytes(pixels) => pixels,
        _ => panic!("digits are bytes"),
    }
}

fn labels(dataset: &Dataset) -> &[u32] {
    dataset.labels().expect("digits have labels")
}

/// FNV-1a, 64 bits.
fn fingerprint(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_longer_data_set_begins_with_a_shorter_one(rows in 1_usize..40, more in 1_usize..40, seed: u64) {
        let (short, long) = (digits(rows, seed), digits(rows + more, seed));
        prop_assert_eq!(pixels(&short), &pixels(&long)[..rows * SIDE * SIDE]);
        prop_assert_eq!(labels(&short), &labels(&long)[..rows]);
    }

    #[test]
    fn classes_are_balanced_to_within_a_row(rows in 0_usize..75, seed: u64) {
        let dataset = digits(rows, seed);
        prop_assert_eq!(dataset.rows(), rows);
        for class in 0..10 {
            let count = labels(&dataset).iter().filter(|&&label| label == class).count();
            prop_assert!(count == rows / 10 || count == rows.div_ceil(10), "{} of class {}", count, class);
        }
    }
}

/// The same bytes on every platform and in every version: a run folder names its data by their content.
#[test]
fn the_digits_of_a_seed_never_change() {
    let dataset = digits(1000, 42);
    assert_eq!(fingerprint(pixels(&dataset)), 0xecd5_8657_5cc0_d23f);
    let first = [2, 8, 6, 4, 3, 9, 7, 1, 5, 0, 7, 8, 9, 6, 5, 4, 3, 0, 1, 2];
    assert_eq!(labels(&dataset)[..20], first);
}

#[test]
fn seeds_and_rows_differ() {
    let (one, other) = (digits(100, 1), digits(100, 2));
    assert_ne!(labels(&one), labels(&other));
    assert_ne!(labels(&one)[..10], labels(&one)[10..20]);
    let mut images: Vec<&[u8]> = [&one, &other]
        .into_iter()
        .flat_map(|set| pixels(set).chunks(SIDE * SIDE))
        .collect();
    images.sort_unstable();
    images.dedup();
    assert_eq!(images.len(), 200);
}

#[test]
fn the_number_of_threads_does_not_matter() {
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("a thread pool");
        pool.install(|| digits(300, 5))
    };
    assert_eq!(with(1), with(3));
}

#[test]
fn names_are_those_of_mnist_as_csv() {
    let dataset = digits(1, 0);
    assert_eq!(dataset.columns(), SIDE * SIDE);
    assert_eq!(dataset.feature_names()[0], "1x1");
    assert_eq!(dataset.feature_names()[1], "1x2");
    assert_eq!(dataset.feature_names()[SIDE], "2x1");
    assert_eq!(dataset.feature_names()[SIDE * SIDE - 1], "28x28");
    assert_eq!(
        dataset.classes(),
        ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]
    );
}

/// MNIST's form: the digit fills a box of 20 pixels in one direction, and its centre of mass lies in the middle.
#[test]
fn images_are_normalised_as_mnist_is() {
    let dataset = digits(3000, 9);
    let mut off_centre = 0;
    for (row, image) in pixels(&dataset).chunks(SIDE * SIDE).enumerate() {
        let inked = |of: fn(usize) -> usize| {
            let (low, high) = (0..image.len())
                .filter(|&i| image[i] > 0)
                .map(of)
                .fold((SIDE, 0), |(low, high), at| (low.min(at), high.max(at)));
            high + 1 - low
        };
        let extent = inked(|i| i % SIDE).max(inked(|i| i / SIDE));
        assert!(
            (19..=20).contains(&extent),
            "row {row} is {extent} pixels long"
        );

        let centre = |of: fn(usize) -> f64| {
            let mass: f64 = image.iter().map(|&grey| f64::from(grey)).sum();
            image
                .iter()
                .enumerate()
                .map(|(i, &grey)| f64::from(grey) * of(i))
                .sum::<f64>()
                / mass
        };
        let (x, y) = (centre(|i| (i % SIDE) as f64), centre(|i| (i / SIDE) as f64));
        let distance = (x - 14.0).abs().max((y - 14.0).abs());
        assert!(
            distance < 1.5,
            "row {row} has its centre of mass at ({x}, {y})"
        );
        off_centre += usize::from(distance > 0.51); // half a pixel, and the rounding of grey levels
    }
    assert!(
        off_centre < 6,
        "{off_centre} rows are off the centre; only a digit that would leave the image may be"
    );
}

#[test]
fn images_hold_background_foreground_and_edges_in_the_proportions_of_mnist() {
    let dataset = digits(2000, 4);
    let share = |of: fn(&u8) -> bool| {
        let count = u32::try_from(pixels(&dataset).iter().filter(|&grey| of(grey)).count());
        f64::from(count.expect("fewer than 2³² pixels")) / f64::from(2000 * 28 * 28)
    };
    assert!(
        (0.79..0.83).contains(&share(|&grey| grey == 0)),
        "background {}",
        share(|&grey| grey == 0)
    );
    assert!(
        (0.05..0.10).contains(&share(|&grey| grey > 250)),
        "foreground {}",
        share(|&grey| grey > 250)
    );
}

#[test]
fn every_digit_has_several_skeletons_with_names_of_their_own() {
    for digit in 0..10 {
        let mut names: Vec<&str> = skeletons(digit)
            .iter()
            .map(|skeleton| skeleton.name)
            .collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert!(count >= 3 && names.len() == count, "{digit}: {names:?}");
        for stroke in skeletons(digit)
            .iter()
            .flat_map(|skeleton| skeleton.strokes)
        {
            assert!(spline(stroke).len() > stroke.len());
        }
    }
    assert!(skeletons(10).is_empty());
}
