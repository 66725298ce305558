//! Splits and folds: at random, by class, by group and by time.

use std::collections::BTreeSet;

use mlp_data::{Dataset, Features, Schema, Split, Splitter, fingerprint};
use proptest::collection::vec;
use proptest::prelude::*;

fn by_class(classes: &[u32], seed: u64) -> Splitter<'_> {
    Splitter {
        rows: classes.len(),
        classes: Some(classes),
        groups: None,
        times: None,
        seed,
    }
}

fn at_random(rows: usize, seed: u64) -> Splitter<'static> {
    Splitter {
        rows,
        classes: None,
        groups: None,
        times: None,
        seed,
    }
}

/// Class of each row, from the number of rows of each class.
fn classes_of(sizes: &[usize]) -> Vec<u32> {
    let classes = (0_u32..).zip(sizes);
    classes
        .flat_map(|(class, &size)| vec![class; size])
        .collect()
}

/// Checks that both sides have all rows, once each, in order.
fn check_sides(split: &Split, rows: usize) -> Result<(), TestCaseError> {
    prop_assert!(split.train.is_sorted() && split.validation.is_sorted());
    let all: BTreeSet<u32> = split
        .train
        .iter()
        .chain(&split.validation)
        .copied()
        .collect();
    prop_assert_eq!(all.len(), rows);
    prop_assert_eq!(split.train.len() + split.validation.len(), rows);
    Ok(())
}

fn count(rows: &[u32], classes: &[u32], class: u32) -> usize {
    let is_of = |row: &&u32| classes[**row as usize] == class;
    rows.iter().filter(is_of).count()
}

proptest! {
    #[test]
    fn a_stratified_split_uses_every_row_once_and_keeps_the_shares(
        sizes in vec(1..80_usize, 1..8),
        share in 0.01..0.99_f64,
        seed in any::<u64>(),
    ) {
        let classes = classes_of(&sizes);
        let rows = classes.len();
        prop_assume!((rows as f64 * share).ceil() < rows as f64);
        let divisible: usize = sizes.iter().filter(|size| **size > 1).sum();
        prop_assume!(divisible > 0);
        let split = by_class(&classes, seed).split(share).unwrap();
        check_sides(&split, rows)?;
        let held_out = (divisible as f64 * share).ceil() as usize;
        prop_assert_eq!(split.validation.len(), held_out);
        for (class, &size) in (0_u32..).zip(&sizes) {
            let taken = count(&split.validation, &classes, class);
            if size == 1 {
                prop_assert_eq!(taken, 0, "class {}", class);
                continue;
            }
            // |taken − held_out · size / divisible| < 1
            prop_assert!((taken * divisible).abs_diff(held_out * size) < divisible, "class {} of {}: {}", class, size, taken);
        }
        prop_assert_eq!(&by_class(&classes, seed).split(share).unwrap(), &split);
    }

    #[test]
    fn stratified_folds_hold_out_every_row_once_and_differ_by_one(
        sizes in vec(1..50_usize, 1..8),
        k in 2..8_usize,
        seed in any::<u64>(),
    ) {
        let classes = classes_of(&sizes);
        let divisible: usize = sizes.iter().filter(|size| **size > 1).sum();
        prop_assume!(divisible >= k);
        let folds = by_class(&classes, seed).folds(k).unwrap();
        prop_assert_eq!(folds.len(), k);
        let mut held_out = vec![0; classes.len()];
        for fold in &folds {
            check_sides(fold, classes.len())?;
            for &row in &fold.validation {
                held_out[row as usize] += 1;
            }
        }
        for (row, &class) in classes.iter().enumerate() {
            prop_assert_eq!(held_out[row], usize::from(sizes[class as usize] > 1));
        }
        let differ_by_one = |counts: Vec<usize>| counts.iter().max().unwrap() - counts.iter().min().unwrap() <= 1;
        prop_assert!(differ_by_one(folds.iter().map(|fold| fold.validation.len()).collect()));
        for class in 0..sizes.len() as u32 {
            let counts = folds.iter().map(|fold| count(&fold.validation, &classes, class)).collect();
            prop_assert!(differ_by_one(counts), "class {}", class);
        }
    }

    #[test]
    fn plain_folds_hold_out_every_row_once(rows in 2..200_usize, k in 2..8_usize, seed in any::<u64>()) {
        prop_assume!(rows >= k);
        let folds = at_random(rows, seed).folds(k).unwrap();
        let mut held_out: Vec<u32> = folds.iter().flat_map(|fold| fold.validation.clone()).collect();
        held_out.sort_unstable();
        prop_assert_eq!(held_out, (0..rows as u32).collect::<Vec<_>>());
        for fold in &folds {
            check_sides(fold, rows)?;
            prop_assert!(fold.validation.len().abs_diff(rows / k) <= 1);
        }
    }

    #[test]
    fn no_group_is_on_both_sides(
        (groups, classes) in (2..150_usize).prop_flat_map(|rows| (vec(0..30_u32, rows), vec(0..4_u32, rows))),
        stratified in any::<bool>(),
        share in 0.05..0.95_f64,
        k in 2..5_usize,
        seed in any::<u64>(),
    ) {
        let rows = groups.len();
        let distinct: BTreeSet<u32> = groups.iter().copied().collect();
        let splitter = Splitter {
            rows,
            classes: stratified.then_some(classes.as_slice()),
            groups: Some(&groups),
            times: None,
            seed,
        };
        let group_set = |rows: &[u32]| rows.iter().map(|row| groups[*row as usize]).collect::<BTreeSet<u32>>();
        let held_out = (rows as f64 * share).ceil() as usize;
        if distinct.len() >= 2 && held_out < rows {
            let split = splitter.split(share).unwrap();
            check_sides(&split, rows)?;
            prop_assert!(group_set(&split.train).is_disjoint(&group_set(&split.validation)));
            prop_assert!(!split.train.is_empty() && !split.validation.is_empty());
            prop_assert_eq!(&splitter.split(share).unwrap(), &split);
        }
        let folds = splitter.folds(k);
        prop_assert_eq!(folds.is_ok(), distinct.len() >= k);
        let mut held_out = 0;
        for fold in folds.unwrap_or_default() {
            check_sides(&fold, rows)?;
            prop_assert!(group_set(&fold.train).is_disjoint(&group_set(&fold.validation)));
            prop_assert!(!fold.train.is_empty() && !fold.validation.is_empty());
            held_out += fold.validation.len();
        }
        prop_assert!(held_out == 0 || held_out == rows);
    }

    #[test]
    fn what_is_held_out_by_time_is_newer(
        times in vec(prop_oneof![9 => (0..25_i32).prop_map(f64::from), 1 => Just(f64::NAN)], 2..120),
        groups in proptest::option::of(vec(0..40_u32, 120)),
        share in 0.05..0.95_f64,
        k in 2..5_usize,
    ) {
        let rows = times.len();
        let groups = groups.map(|groups| groups[..rows].to_vec());
        let splitter = Splitter {
            rows,
            classes: None,
            groups: groups.as_deref(),
            times: Some(&times),
            seed: 1,
        };
        // A group has the time of its newest row.
        let time = |row: u32| -> f64 {
            let own = |row: usize| if times[row].is_nan() { f64::NEG_INFINITY } else { times[row] };
            match &groups {
                None => own(row as usize),
                Some(groups) => (0..rows)
                    .filter(|other| groups[*other] == groups[row as usize])
                    .map(own)
                    .fold(f64::NEG_INFINITY, f64::max),
            }
        };
        let newest = |rows: &[u32]| rows.iter().map(|row| time(*row)).fold(f64::NEG_INFINITY, f64::max);
        let oldest = |rows: &[u32]| rows.iter().map(|row| time(*row)).fold(f64::INFINITY, f64::min);
        let mut all: Vec<f64> = (0..rows as u32).map(time).collect();
        all.sort_by(f64::total_cmp);
        all.dedup();
        if all.len() >= 2 && (rows as f64 * share).ceil() < rows as f64 {
            let split = splitter.split(share).unwrap();
            check_sides(&split, rows)?;
            prop_assert!(!split.train.is_empty() && !split.validation.is_empty());
            prop_assert!(newest(&split.train) < oldest(&split.validation));
        }
        let folds = splitter.folds(k);
        prop_assert_eq!(folds.is_ok(), all.len() > k);
        let mut before = Vec::new();
        for fold in folds.unwrap_or_default() {
            prop_assert!(!fold.train.is_empty() && !fold.validation.is_empty());
            prop_assert!(newest(&fold.train) < oldest(&fold.validation));
            // Each fold trains on all rows up to those it holds out.
            if !before.is_empty() {
                prop_assert_eq!(&fold.train, &before);
            }
            before = fold.train.iter().chain(&fold.validation).copied().collect();
            before.sort_unstable();
        }
        prop_assert!(before.is_empty() || before.len() == rows);
    }
}

#[test]
fn groups_of_equal_size_come_to_the_share_and_to_the_classes() {
    // 30 persons with 8 rows each, of three classes.
    let groups: Vec<u32> = (0..240).map(|row| row / 8).collect();
    let classes: Vec<u32> = groups.iter().map(|group| group % 3).collect();
    let mut seen = BTreeSet::new();
    for seed in 0..20 {
        let splitter = Splitter {
            rows: 240,
            classes: Some(&classes),
            groups: Some(&groups),
            times: None,
            seed,
        };
        let split = splitter.split(0.2).unwrap();
        assert_eq!(split.validation.len(), 48, "seed {seed}");
        for class in 0..3 {
            assert_eq!(count(&split.validation, &classes, class), 16, "seed {seed}");
        }
        for fold in splitter.folds(5).unwrap() {
            assert_eq!(fold.validation.len(), 48);
            assert_eq!(count(&fold.validation, &classes, 1), 16);
        }
        seen.insert(split.validation);
    }
    assert!(seen.len() > 15, "the seed draws: {}", seen.len());
}

#[test]
fn the_newest_fifth_is_held_out_and_ties_stay_together() {
    let times: Vec<f64> = (0..100).map(|row| f64::from(99 - row)).collect();
    let splitter = Splitter {
        times: Some(&times),
        ..at_random(100, 7)
    };
    let split = splitter.split(0.2).unwrap();
    assert_eq!(split.validation, (0..20).collect::<Vec<u32>>());
    let days: Vec<f64> = (0..100).map(|row| f64::from(row / 30)).collect();
    let by_day = Splitter {
        times: Some(&days),
        ..splitter
    };
    // The last day has 10 rows, the last two have 40: 10 are nearer to 20.
    assert_eq!(by_day.split(0.2).unwrap().validation.len(), 10);
    assert_eq!(by_day.split(0.35).unwrap().validation.len(), 40);
}

#[test]
fn the_seed_decides_the_split_and_zero_is_none() {
    let classes: Vec<u32> = (0..1000).map(|row| row % 10).collect();
    for classes in [Some(classes.as_slice()), None] {
        let of_seed = |seed| {
            let splitter = Splitter {
                classes,
                ..at_random(1000, seed)
            };
            splitter.split(0.2).unwrap()
        };
        assert_ne!(of_seed(1), of_seed(2));
        assert_eq!(of_seed(1).validation.len(), 200);
    }
    let none = by_class(&classes, 1).split(0.0).unwrap();
    assert_eq!((none.train.len(), none.validation.len()), (1000, 0));
}

#[test]
fn a_division_that_cannot_be_made_says_why() {
    for (share, side) in [
        (1.0, "training"),
        (0.9, "training"),
        (2.0, "training"),
        (-0.5, "validation"),
        (f64::NAN, "validation"),
    ] {
        let error = by_class(&[0, 0, 1, 1], 1).split(share).unwrap_err();
        let message =
            format!("a validation share of {share} leaves no rows for {side}: there are 4");
        assert_eq!(error.to_string(), message);
        assert!(error.remedy().contains("data.validation"));
    }
    let error = by_class(&[0, 1, 2], 1).split(0.5).unwrap_err();
    let message = "there is nothing to hold out: each of the 3 rows is the only one of its class, and is trained on";
    assert_eq!(error.to_string(), message);
    let one_group = Splitter {
        groups: Some(&[7, 7, 7]),
        ..at_random(3, 1)
    };
    assert_eq!(
        one_group.split(0.5).unwrap_err().to_string(),
        "2 parts need 2 groups at least, and there are 1"
    );
    let one_day = Splitter {
        times: Some(&[1.0, 1.0, 1.0]),
        ..at_random(3, 1)
    };
    assert!(
        one_day
            .split(0.5)
            .unwrap_err()
            .to_string()
            .contains("2 times")
    );
    assert!(
        at_random(9, 1)
            .folds(1)
            .unwrap_err()
            .to_string()
            .contains("2 folds")
    );
    assert!(
        at_random(3, 1)
            .folds(4)
            .unwrap_err()
            .to_string()
            .contains("4 rows")
    );
}

#[test]
fn a_class_with_one_row_is_trained_on_and_named() {
    let classes = ["a", "b", "rare"].map(str::to_owned).to_vec();
    let schema = Schema::of_numbers(vec!["x".to_owned()], classes);
    let labels: Vec<u32> = (0..40)
        .map(|row| if row == 16 { 2 } else { row % 2 })
        .collect();
    let values = (0_u8..40).map(f32::from).collect();
    let dataset = Dataset::new(schema, Features::Floats(values), Some(labels));
    let split = Splitter::new(&dataset, true, 3).split(0.3).unwrap();
    assert!(split.train.contains(&16));
    assert_eq!(
        split.notes(&dataset),
        ["class `rare` (row 17) has one row, which is trained on: no validation row measures it"]
    );
    let times: Vec<f64> = (0..40)
        .map(|row| {
            if row < 3 {
                f64::NAN
            } else {
                f64::from(row % 20)
            }
        })
        .collect();
    let dated = Dataset {
        times: Some(times),
        ..dataset
    };
    let split = Splitter::new(&dated, true, 3).split(0.2).unwrap();
    let notes = split.notes(&dated);
    assert!(
        notes.iter().any(|note| note
            == "class `rare` has no training row, all are held out: it can never be predicted"),
        "{notes:?}"
    );
    assert!(
        notes
            .iter()
            .any(|note| note == "3 of 40 rows have no time: they count as the oldest"),
        "{notes:?}"
    );
}

#[test]
fn what_divides_the_rows_is_part_of_their_content() {
    let schema = Schema::of_numbers(vec!["x".to_owned()], vec!["a".to_owned(), "b".to_owned()]);
    let plain = Dataset::new(
        schema,
        Features::Floats(vec![0.5; 4]),
        Some(vec![0, 1, 0, 1]),
    );
    let grouped = |groups: [u32; 4]| Dataset {
        groups: Some(groups.to_vec()),
        ..plain.clone()
    };
    let timed = Dataset {
        times: Some(vec![1.0, 2.0, 3.0, 4.0]),
        ..plain.clone()
    };
    let weighted = Dataset {
        weights: Some(vec![1.0, 2.0, 1.0, 0.5]),
        ..plain.clone()
    };
    let all = [
        plain.clone(),
        grouped([0, 0, 1, 1]),
        grouped([0, 1, 0, 1]),
        timed,
        weighted,
    ];
    let distinct: BTreeSet<String> = all.iter().map(fingerprint).collect();
    assert_eq!(distinct.len(), 5);
}

/// Checks that the parts of a split in three have all rows once, and that the validation part is that of a split in two.
fn check_three(splitter: &Splitter, validation: f64, calibration: f64) -> Split {
    let two = splitter.split(validation).unwrap();
    let three = splitter
        .split_off_calibration(two.clone(), calibration)
        .unwrap();
    assert_eq!(three.validation, two.validation);
    assert!(three.train.is_sorted() && three.calibration.is_sorted());
    let mut all = [three.train.clone(), three.calibration.clone()].concat();
    all.sort_unstable();
    assert_eq!(all, two.train);
    three
}

#[test]
fn rows_for_calibration_come_from_the_training_rows_by_the_same_rules() {
    let classes: Vec<u32> = (0..1000).map(|row| u32::from(row % 10 == 0)).collect();
    let split = check_three(&by_class(&classes, 3), 0.2, 0.1);
    let expected = (100, 10);
    let count = (
        split.calibration.len(),
        count(&split.calibration, &classes, 1),
    );
    assert!(
        count.0.abs_diff(expected.0) <= 1 && count.1 == expected.1,
        "{count:?}"
    );
    assert_eq!(check_three(&by_class(&classes, 3), 0.2, 0.1), split);

    let groups: Vec<u32> = (0..1000).map(|row| row / 10).collect();
    let grouped = Splitter {
        groups: Some(&groups),
        ..at_random(1000, 5)
    };
    let split = check_three(&grouped, 0.2, 0.15);
    let of = |rows: &[u32]| -> BTreeSet<u32> { rows.iter().map(|row| row / 10).collect() };
    let calibration = of(&split.calibration);
    assert!(calibration.is_disjoint(&of(&split.train)));
    assert_eq!(split.calibration.len(), 150);

    let times: Vec<f64> = (0..1000).map(|row| f64::from((row * 7) % 1000)).collect();
    let by_time = Splitter {
        times: Some(&times),
        ..at_random(1000, 5)
    };
    let split = check_three(&by_time, 0.2, 0.1);
    let range = |rows: &[u32]| {
        let of = rows.iter().map(|&row| times[row as usize]);
        of.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), time| {
            (low.min(time), high.max(time))
        })
    };
    assert!(range(&split.train).1 < range(&split.calibration).0);
    assert!(range(&split.calibration).1 < range(&split.validation).0);
}

#[test]
fn a_calibration_that_leaves_nothing_is_refused() {
    let splitter = at_random(10, 1);
    let split = splitter.split(0.5).unwrap();
    let error = splitter
        .split_off_calibration(split.clone(), 0.5)
        .unwrap_err();
    assert!(
        error.to_string().contains("leaves no rows for training"),
        "{error}"
    );
    assert_eq!(
        splitter.split_off_calibration(split.clone(), 0.0).unwrap(),
        split
    );
}
