//! What is written is read back the same.

use std::fs;

use mlp_data::options::{LabelColumn, MissingPolicy, MissingPolicyName, ScaleKind};
use mlp_data::{Dataset, Features, Labels, ReadOptions, Schema, write_csv};
use proptest::prelude::*;

use crate::support::{read_file as read, with};

fn options(label: LabelColumn) -> ReadOptions {
    let options = with(label, |section| {
        section.missing = MissingPolicy::Named(MissingPolicyName::Mean);
        section.scale = ScaleKind::None;
    });
    ReadOptions {
        labels: Labels::Optional,
        ..options
    }
}

fn bits(features: &Features) -> Vec<u32> {
    match features {
        Features::Bytes(values) => values
            .iter()
            .map(|&value| f32::from(value).to_bits())
            .collect(),
        Features::Floats(values) => values.iter().map(|value| value.to_bits()).collect(),
        Features::Columns(_) => panic!("these columns are not all plain numbers"),
    }
}

fn small(features: Features) -> Dataset {
    Dataset::new(
        Schema::of_numbers(
            vec!["a;b".into(), " c".into()],
            vec!["no".into(), "yes, \"sir\"\n".into()],
        ),
        features,
        Some(vec![0, 1]),
    )
}

proptest! {
    #[test]
    fn a_written_data_set_reads_back_bit_for_bit(
        columns in 1..5_usize,
        raw in proptest::collection::vec(any::<f32>(), 8..40),
        is_bytes in any::<bool>(),
        has_labels in any::<bool>(),
        gzip in any::<bool>(),
        classes in proptest::collection::btree_set("[a-zA-Z,\"\n é]{1,5}[a-z]", 2..6),
    ) {
        let rows = raw.len() / columns;
        let class_names: Vec<String> = classes.into_iter().collect();
        let finite = |value: &f32| if value.abs() <= 1e37 { *value } else { f32::NAN };
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let byte = |value: &f32| value.to_bits() as u8;
        let raw = &raw[..rows * columns];
        let features = if is_bytes {
            Features::Bytes(raw.iter().map(byte).collect())
        } else {
            Features::Floats(raw.iter().map(finite).collect())
        };
        // Every class occurs, so that the names are collected whole and in order.
        prop_assume!(rows >= class_names.len());
        // Rows of nothing but delimiters are passed over.
        let is_blank = |row: &[f32]| row.iter().all(|value| finite(value).is_nan());
        prop_assume!(is_bytes || has_labels || !raw.chunks_exact(columns).any(is_blank));
        let labels = (0_u32..).take(rows).map(|row| row % u32::try_from(class_names.len()).unwrap()).collect();
        let names = (0..columns).map(|column| format!("f{column}")).collect();
        let mut schema = Schema::of_numbers(names, if has_labels { class_names } else { Vec::new() });
        schema.target_name = has_labels.then(|| "label".to_owned());
        let dataset = Dataset::new(schema, features, has_labels.then_some(labels));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(if gzip { "rows.csv.gz" } else { "rows.csv" });
        write_csv(&path, &dataset).unwrap();
        prop_assert_eq!(fs::read(&path).unwrap().starts_with(&[0x1f, 0x8b]), gzip);
        let back = read(&path, &options(LabelColumn::Name("label".to_owned()))).unwrap();
        prop_assert_eq!(bits(&back.features), bits(&dataset.features));
        prop_assert_eq!((back.target, back.schema), (dataset.target, dataset.schema));
    }
}

#[test]
fn the_label_comes_first_and_quotes_only_where_needed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.csv");
    write_csv(
        &path,
        &small(Features::Floats(vec![0.1, 1e30, f32::NAN, -2.0])),
    )
    .unwrap();
    let expected = "label,\"a;b\",\" c\"\nno,0.1,1e30\n\"yes, \"\"sir\"\"\n\",,-2\n";
    assert_eq!(fs::read_to_string(&path).unwrap(), expected);
    let by_number = options(LabelColumn::Index(0));
    assert_eq!(
        read(&path, &by_number).unwrap().feature_names(),
        ["a;b", " c"]
    );
}

#[test]
fn nothing_is_left_behind_when_writing_fails() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.csv");
    fs::write(&path, "before").unwrap();
    let error = write_csv(
        &path,
        &small(Features::Floats(vec![0.0, 1.0, f32::INFINITY, 2.0])),
    )
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("{}: row 2: `inf` is not a finite number", path.display())
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), "before");

    let missing = folder.path().join("no-such-folder/rows.csv");
    let error = write_csv(&missing, &small(Features::Bytes(vec![0; 4]))).unwrap_err();
    assert!(
        error.to_string().contains("the file cannot be written"),
        "{error}"
    );
    assert!(error.remedy().contains("check that the folder exists"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}
