//! Scaling, ordering and fingerprints of rows.

use std::collections::BTreeSet;
use std::sync::Arc;

use mlp_data::error::PreparationError;
use mlp_data::options::{DataSection, MissingPolicy, MissingPolicyName, ScaleKind};
use mlp_data::{
    Batches, Dataset, Features, Preprocessor, Schema, Target, TargetColumn, epoch_order as order,
    fingerprint,
};
use proptest::prelude::*;

const MEAN: MissingPolicy = MissingPolicy::Named(MissingPolicyName::Mean);
const ERROR: MissingPolicy = MissingPolicy::Named(MissingPolicyName::Error);

fn dataset(columns: usize, features: Features) -> Dataset {
    let schema = Schema::of_numbers(
        (1..=columns).map(|column| format!("x{column}")).collect(),
        vec!["a".into(), "b".into()],
    );
    let unlabelled = Dataset::new(schema, features, None);
    let labels = (0..).take(unlabelled.rows()).map(|row| row % 2).collect();
    Dataset::new(unlabelled.schema, unlabelled.features, Some(labels))
}

fn fit(
    dataset: &Dataset,
    rows: &[u32],
    scale: ScaleKind,
    missing: MissingPolicy,
) -> Result<Preprocessor, PreparationError> {
    let data = DataSection {
        scale,
        missing,
        ..DataSection::default()
    };
    Preprocessor::fit(dataset, rows, &data)
}

fn scaled(preprocessor: &Preprocessor, dataset: &Dataset, row: usize) -> Vec<f32> {
    let mut out = vec![f32::NAN; dataset.columns()];
    preprocessor.apply_row(&dataset.features, row, &mut out);
    out
}

proptest! {
    #[test]
    fn an_epochs_order_is_a_permutation_of_its_rows(rows in proptest::collection::btree_set(0..10_000_u32, 0..200), seed in any::<u64>(), epoch in 0..1000_u64) {
        let rows: Vec<u32> = rows.into_iter().collect();
        let mut sorted = order(seed, epoch, &rows);
        prop_assert_eq!(&sorted, &order(seed, epoch, &rows));
        sorted.sort_unstable();
        prop_assert_eq!(sorted, rows);
    }

    #[test]
    fn batches_are_consecutive_pieces(rows in 0..500_usize, size in 1..70_usize, drop_last in any::<bool>(), limit in 0..9_usize) {
        let batches = Batches::new(rows, size, drop_last, limit);
        let mut next = 0;
        for step in 0..batches.steps_per_epoch() {
            let range = batches.range(step);
            prop_assert_eq!(range.start, next);
            prop_assert!(range.len() == size || (!drop_last && range.end == rows && !range.is_empty()));
            next = range.end;
        }
        prop_assert!(batches.range(batches.steps_per_epoch()).is_empty());
        if limit == 0 {
            let complete = if drop_last { rows - next < size } else { next == rows };
            prop_assert!(complete);
        } else {
            prop_assert!(batches.steps_per_epoch() <= limit);
        }
    }

    #[test]
    fn standard_scaling_gives_mean_0_and_deviation_1(values in proptest::collection::vec(-100.0..100.0_f32, 6..120), offset in -1000.0..1000.0_f32) {
        let values: Vec<f32> = values.iter().map(|value| value + offset).collect();
        let data = dataset(1, Features::Floats(values));
        let rows: Vec<u32> = (0_u32..).take(data.rows()).collect();
        let preprocessor = fit(&data, &rows, ScaleKind::Standard, ERROR).unwrap();
        let out: Vec<f64> = rows.iter().map(|&row| f64::from(scaled(&preprocessor, &data, row as usize)[0])).collect();
        let count = out.len() as f64;
        let mean = out.iter().sum::<f64>() / count;
        let variance = out.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
        prop_assert!(mean.abs() < 1e-3, "mean {}", mean);
        prop_assert!((variance - 1.0).abs() < 1e-3, "variance {}", variance);
    }
}

#[test]
fn seed_and_epoch_decide_the_order() {
    let rows: Vec<u32> = (0..1000).collect();
    let orders: BTreeSet<Vec<u32>> = (0..20)
        .flat_map(|seed| (0..20).map(move |epoch| (seed, epoch)))
        .map(|(seed, epoch)| order(seed, epoch, &rows))
        .collect();
    assert_eq!(orders.len(), 400);
}

#[test]
fn scaling_is_fitted_on_the_training_rows_only() {
    let data = dataset(2, Features::Floats(vec![1.0, 7.0, 3.0, 7.0, 1e6, 9.0]));
    let preprocessor = fit(&data, &[0, 1], ScaleKind::Standard, ERROR).unwrap();
    assert_eq!(
        preprocessor.center_and_scale(),
        Some((vec![2.0, 7.0], vec![1.0, 1.0]))
    );
    assert_eq!(scaled(&preprocessor, &data, 0), [-1.0, 0.0]);
    // A constant column is divided by 1, so that other rows keep their distance.
    assert_eq!(scaled(&preprocessor, &data, 2), [999_998.0, 2.0]);
}

#[test]
fn a_constant_column_is_recognised_in_spite_of_rounding() {
    // Summed up in 32 bits, 1001 times 0.1 is not 100.1.
    let data = dataset(1, Features::Floats(vec![0.1; 1001]));
    let rows: Vec<u32> = (0..1001).collect();
    let preprocessor = fit(&data, &rows, ScaleKind::Standard, ERROR).unwrap();
    assert_eq!(
        preprocessor.center_and_scale(),
        Some((vec![0.1], vec![1.0]))
    );
}

#[test]
fn empty_cells_become_the_mean_of_the_training_rows() {
    let data = dataset(
        2,
        Features::Floats(vec![10.0, f32::NAN, 20.0, 4.0, f32::NAN, 8.0]),
    );
    let preprocessor = fit(&data, &[0, 1, 2], ScaleKind::None, MEAN).unwrap();
    assert_eq!(scaled(&preprocessor, &data, 0), [10.0, 6.0]);
    assert_eq!(scaled(&preprocessor, &data, 2), [15.0, 8.0]);
    // √((25 + 25 + 0) / 3): a filled cell lies on the mean.
    let standard = fit(&data, &[0, 1, 2], ScaleKind::Standard, MEAN).unwrap();
    assert!((standard.center_and_scale().unwrap().1[0] - (50.0_f32 / 3.0).sqrt()).abs() < 1e-6);
    assert_eq!(scaled(&standard, &data, 2)[0].to_bits(), 0.0_f32.to_bits());
    let error = fit(&data, &[0], ScaleKind::None, MEAN).unwrap_err();
    assert_eq!(
        error.to_string(),
        "column 2 (x2) is empty in every training row: it has no mean"
    );
    assert!(error.remedy().contains("data.missing"));
}

#[test]
fn a_preprocessor_survives_its_record() {
    let data = dataset(2, Features::Bytes(vec![1, 2, 30, 4, 5, 60]));
    for kind in [ScaleKind::None, ScaleKind::Unit, ScaleKind::Standard] {
        for missing in [ERROR, MEAN] {
            let preprocessor = fit(&data, &[0, 1, 2], kind, missing).unwrap();
            let back: Preprocessor =
                serde_json::from_str(&serde_json::to_string(&preprocessor).unwrap()).unwrap();
            assert_eq!(back, preprocessor);
            assert!(preprocessor.fits(2));
            assert_eq!(
                preprocessor.fits(3),
                preprocessor.fill().is_none() && preprocessor.center_and_scale().is_none()
            );
        }
    }
}

#[test]
fn rows_can_be_picked() {
    let data = dataset(2, Features::Bytes(vec![1, 2, 3, 4, 5, 6]));
    let picked = data.select(&[2, 0, 2]);
    assert_eq!(
        (&picked.features, picked.labels()),
        (
            &Features::Bytes(vec![5, 6, 1, 2, 5, 6]),
            Some(&[0, 0, 0][..])
        )
    );
    assert_eq!(data.first(2).features, Features::Bytes(vec![1, 2, 3, 4]));
    assert_eq!(data.first(9), data);
    assert_eq!(data.class_counts(0..3), [2, 1]);
}

fn schema(dataset: &mut Dataset) -> &mut Schema {
    Arc::make_mut(&mut dataset.schema)
}

#[test]
fn the_fingerprint_follows_the_content_and_nothing_else() {
    let data = dataset(2, Features::Bytes(vec![1, 2, 3, 4]));
    let original = fingerprint(&data);
    assert_eq!(original.len(), 64);
    let changed = |change: &dyn Fn(&mut Dataset)| {
        let mut other = data.clone();
        change(&mut other);
        fingerprint(&other)
    };
    assert_eq!(
        changed(&|other| schema(other).columns[0].name = "renamed".into()),
        original
    );
    let mut all = BTreeSet::from([
        changed(&|other| other.features = Features::Bytes(vec![1, 2, 3, 5])),
        changed(&|other| other.features = Features::Floats(vec![1.5, 2.0, 3.0, 4.0])),
        changed(&|other| other.target = Some(Target::Class { labels: vec![1, 0] })),
        changed(&|other| other.target = None),
        changed(&|other| {
            let classes = vec!["ab".into(), String::new()];
            schema(other).target = TargetColumn::Class { classes };
        }),
    ]);
    assert!(all.insert(original));
    assert_eq!(all.len(), 6);
}
