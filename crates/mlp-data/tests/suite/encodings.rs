//! Encodings of all kinds of columns.

use std::sync::Arc;

use mlp_data::error::PreparationError;
use mlp_data::options::{
    ColumnSetting, ColumnTable, DataSection, MissingPolicy, MissingPolicyName, ScaleKind,
};
use mlp_data::{
    Codes, Column, ColumnKind, ColumnValues, Dataset, Features, ImageShape, Preprocessor, Schema,
};
use proptest::prelude::*;
use serde_json::Value;

const AUTO: MissingPolicy = MissingPolicy::Named(MissingPolicyName::Auto);

fn settings(scale: ScaleKind, missing: MissingPolicy) -> DataSection {
    DataSection {
        scale,
        missing,
        ..DataSection::default()
    }
}

fn inputs(preprocessor: &Preprocessor, dataset: &Dataset, row: u32) -> Vec<f32> {
    let mut inputs = vec![f32::NAN; preprocessor.width(dataset.columns())];
    preprocessor.apply_row(&dataset.features, row as usize, &mut inputs);
    inputs
}

fn fixture() -> Value {
    serde_json::from_str(include_str!("../fixtures/encodings.json")).unwrap()
}

/// The values of a column, as a reader stores them.
fn column_values(kind: &ColumnKind, values: &Value) -> ColumnValues {
    let values = values.as_array().unwrap();
    let numbers = values
        .iter()
        .map(|value| value.as_f64().unwrap_or(f64::NAN));
    match kind {
        ColumnKind::Number { wide: false } => {
            ColumnValues::Floats(numbers.map(|number| number as f32).collect())
        }
        ColumnKind::Number { wide: true } | ColumnKind::Date => {
            ColumnValues::Doubles(numbers.collect())
        }
        ColumnKind::Boolean => {
            let code = |value: &Value| value.as_bool().map_or(0, |value| 1 + u32::from(value));
            ColumnValues::Codes(Codes::new(values.iter().map(code).collect(), 2))
        }
        ColumnKind::Category { categories, rare } => {
            let code = |value: &Value| {
                let mut all = categories.iter().chain(rare);
                let place = all.position(|category| Some(category.as_str()) == value.as_str());
                place.map_or(0, |place| 1 + u32::try_from(place).unwrap())
            };
            let codes = values.iter().map(code).collect();
            ColumnValues::Codes(Codes::new(codes, u32::from(u16::MAX)))
        }
    }
}

/// The table of the fixture, and the numbers of its training rows.
fn table(fixture: &Value) -> (Dataset, Vec<u32>) {
    let columns: Vec<Column> = serde_json::from_value(fixture["columns"].clone()).unwrap();
    let values = fixture["values"].as_array().unwrap();
    let values = columns.iter().zip(values);
    let values = values.map(|(column, values)| column_values(&column.kind, values));
    let features = Features::Columns(values.collect());
    let schema = Schema {
        columns,
        ..Schema::default()
    };
    let rows = fixture["training_rows"].as_u64().unwrap();
    let rows = (0..u32::try_from(rows).unwrap()).collect();
    (Dataset::new(schema, features, None), rows)
}

#[test]
fn encodings_are_those_of_scikit_learn() {
    let fixture = fixture();
    let (dataset, training) = table(&fixture);
    for case in fixture["cases"].as_array().unwrap() {
        let data: DataSection = serde_json::from_value(case["data"].clone()).unwrap();
        let preprocessor = Preprocessor::fit(&dataset, &training, &data).unwrap();
        let names: Vec<String> = serde_json::from_value(case["names"].clone()).unwrap();
        assert_eq!(preprocessor.input_names(&dataset.schema), names);
        assert!(preprocessor.suits(&dataset.schema));
        let text = serde_json::to_string(&preprocessor).unwrap();
        let again: Preprocessor = serde_json::from_str(&text).unwrap();
        assert_eq!(again, preprocessor, "{text}");
        let rows: Vec<Vec<f64>> = serde_json::from_value(case["rows"].clone()).unwrap();
        assert_eq!(rows.len(), dataset.rows());
        for (row, expected) in (0..).zip(rows) {
            let found = inputs(&again, &dataset, row);
            for ((name, found), expected) in names.iter().zip(found).zip(expected) {
                let difference = (f64::from(found) - expected).abs();
                let tolerance = 1e-6 * expected.abs().max(1.0);
                let data = &case["data"];
                assert!(
                    difference <= tolerance,
                    "{data}\nrow {row}, {name}: {found} instead of {expected}"
                );
            }
        }
    }
}

#[test]
fn a_table_of_numbers_has_the_same_inputs_however_it_is_stored() {
    let fixture = fixture();
    let (dataset, training) = table(&fixture);
    let Features::Columns(values) = &dataset.features else {
        unreachable!()
    };
    let is_number = |column: &&Column| column.kind == ColumnKind::NUMBER;
    let columns: Vec<Column> = dataset
        .schema
        .columns
        .iter()
        .filter(is_number)
        .cloned()
        .collect();
    let values = &values[..columns.len()]; // they come first
    let by_row = (0..dataset.rows())
        .flat_map(|row| values.iter().map(move |values| values.number(row) as f32));
    let by_row = Features::Floats(by_row.collect());
    let schema = Arc::new(Schema {
        columns,
        ..Schema::default()
    });
    let by_column = Dataset::new(
        Arc::clone(&schema),
        Features::Columns(values.to_vec()),
        None,
    );
    let by_row = Dataset::new(schema, by_row, None);
    for case in fixture["cases"].as_array().unwrap() {
        let data: DataSection = serde_json::from_value(case["data"].clone()).unwrap();
        let preprocessor = Preprocessor::fit(&by_row, &training, &data).unwrap();
        assert_eq!(
            preprocessor,
            Preprocessor::fit(&by_column, &training, &data).unwrap()
        );
        for row in by_row.all_rows() {
            assert_eq!(
                inputs(&preprocessor, &by_row, row),
                inputs(&preprocessor, &by_column, row)
            );
        }
    }
}

#[test]
fn a_description_says_what_was_taken() {
    let fixture = fixture();
    let (dataset, training) = table(&fixture);
    let case = fixture["cases"].as_array().unwrap().last().unwrap();
    let data: DataSection = serde_json::from_value(case["data"].clone()).unwrap();
    let preprocessor = Preprocessor::fit(&dataset, &training, &data).unwrap();
    let found: Vec<String> = (0..dataset.columns())
        .map(|column| preprocessor.description(column))
        .collect();
    let expected = [
        "robust: median 35.44, quartile distance 10.94; 3 missing → median 35.44, with an indicator",
        "min_max: 1.083 to 17.44",
        "standard: mean 1.878, deviation 3.589, smooth clip; 2 missing → -1",
        "standard: mean 4.35, deviation 3.902; 1 missing → median 3",
        "standard: mean 4.5, deviation 1",
        "robust: median 1700000552, quartile distance 420; 2 missing → median 1700000552, with an indicator",
        "one-hot: 2 inputs; 1 missing → no category, with an indicator",
        "one-hot: 3 inputs, and one that 4 rare categories share",
        "1 for true, 0 for false; 2 missing → 0.5, with an indicator",
        "days, year, month, day, weekday, hour, 8 on circles; 1 missing → median, with an indicator",
    ];
    assert_eq!(found, expected);
}

/// Numbers in one column.
fn numbers(values: &[f32]) -> Dataset {
    let schema = Schema::of_numbers(vec!["x".to_owned()], Vec::new());
    Dataset::new(schema, Features::Floats(values.to_vec()), None)
}

#[test]
fn an_empty_cell_that_comes_later_is_filled_as_in_training() {
    let data = numbers(&[1.0, 2.0, 9.0, f32::NAN]);
    let fitted = Preprocessor::fit(&data, &[0, 1, 2], &settings(ScaleKind::None, AUTO)).unwrap();
    assert_eq!(inputs(&fitted, &data, 3), [2.0]);
    assert_eq!(fitted.fill(), Some(vec![2.0]));
    assert_eq!(fitted.description(0), "as it is");
    assert_eq!(fitted.far_outside(&data, &[0, 1, 2, 3]), [0]);
    let others = numbers(&[-7.0, -7.1, 17.0, 17.1, f32::NAN]);
    assert_eq!(fitted.far_outside(&others, &others.all_rows()), [2]);
}

#[test]
fn auto_is_unit_for_the_pixels_of_square_images_and_else_standard() {
    let auto = settings(ScaleKind::Auto, AUTO);
    let names = (0..4).map(|column| format!("c{column}")).collect();
    let mut schema = Schema::of_numbers(names, Vec::new());
    let bytes = Features::Bytes(vec![0, 255, 7, 9, 1, 2, 3, 4]);
    let plain = Dataset::new(schema.clone(), bytes.clone(), None);
    let fitted = Preprocessor::fit(&plain, &[0, 1], &auto).unwrap();
    assert_eq!(fitted.kind(), ScaleKind::Standard);
    assert!(fitted.fill().is_some());
    schema.image = Some(ImageShape {
        height: 2,
        width: 2,
    });
    let image = Dataset::new(schema, bytes, None);
    let fitted = Preprocessor::fit(&image, &[0, 1], &auto).unwrap();
    assert_eq!(fitted, Preprocessor::pixels());
}

#[test]
fn a_bounded_input_stays_within_3() {
    let data = numbers(&[0.0, 1.0, 2.0, 3e38, -3e38, 1e4]);
    let clipped = DataSection {
        smooth_clip: true,
        ..settings(ScaleKind::Standard, AUTO)
    };
    let fitted = Preprocessor::fit(&data, &[0, 1, 2], &clipped).unwrap();
    assert_eq!(inputs(&fitted, &data, 1), [0.0]);
    assert_eq!(inputs(&fitted, &data, 3), [3.0]);
    assert_eq!(inputs(&fitted, &data, 4), [-3.0]);
    assert!((inputs(&fitted, &data, 5)[0] - 3.0).abs() < 1e-6);
}

#[test]
fn a_number_that_is_too_large_to_be_scaled_is_found() {
    let data = numbers(&[0.0, 1e-3, 3e38]);
    let fitted = Preprocessor::fit(&data, &[0, 1], &settings(ScaleKind::MinMax, AUTO)).unwrap();
    assert!(inputs(&fitted, &data, 2)[0].is_infinite());
    assert_eq!(fitted.most_extreme(&data.features, 2, 1), Some(0));
    let data = numbers(&[-3e38, 3e38]);
    let error = Preprocessor::fit(&data, &[0, 1], &settings(ScaleKind::MinMax, AUTO)).unwrap_err();
    assert!(matches!(
        error,
        PreparationError::TooLarge { column: 1, .. }
    ));
    assert!(error.to_string().contains("column 1 (x)"), "{error}");
}

#[test]
fn numbers_of_64_bits_are_centred_before_they_are_rounded() {
    let schema = Schema {
        columns: vec![Column {
            name: "moment".to_owned(),
            kind: ColumnKind::Number { wide: true },
        }],
        ..Schema::default()
    };
    let moments = [1_700_000_000.25, 1_700_000_048.25, 1_700_000_096.25];
    let features = Features::Columns(vec![ColumnValues::Doubles(moments.to_vec())]);
    let data = Dataset::new(schema, features, None);
    let fitted = Preprocessor::fit(&data, &[0, 1, 2], &settings(ScaleKind::MinMax, AUTO)).unwrap();
    let found: Vec<f32> = (0..3).flat_map(|row| inputs(&fitted, &data, row)).collect();
    assert_eq!(found, [0.0, 0.5, 1.0]);
}

#[test]
fn a_column_without_values_has_no_input_unless_a_statistic_of_it_is_asked_for() {
    let names = vec!["x".to_owned(), "y".to_owned()];
    let schema = Schema::of_numbers(names, Vec::new());
    let features = Features::Floats(vec![1.0, f32::NAN, 3.0, f32::NAN, 2.0, 5.0]);
    let data = Dataset::new(schema, features, None);
    let fit = |rows: &[u32], missing| {
        Preprocessor::fit(&data, rows, &settings(ScaleKind::Standard, missing))
    };
    let fitted = fit(&[0, 1], AUTO).unwrap();
    assert_eq!(
        (fitted.width(2), fitted.input_names(&data.schema)),
        (1, vec!["x".to_owned()])
    );
    assert_eq!(inputs(&fitted, &data, 2), [0.0]);
    let error = fit(&[0, 1], MissingPolicy::Named(MissingPolicyName::Median)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "column 2 (y) is empty in every training row: it has no median"
    );
    let empty = numbers(&[f32::NAN, f32::NAN]);
    let error =
        Preprocessor::fit(&empty, &[0, 1], &settings(ScaleKind::Standard, AUTO)).unwrap_err();
    assert_eq!(error, PreparationError::NoInputs);
}

#[test]
fn a_setting_of_a_column_goes_over_that_of_the_table() {
    let names = vec!["x".to_owned(), "y".to_owned()];
    let schema = Schema::of_numbers(names, Vec::new());
    let features = Features::Floats(vec![1.0, 10.0, 3.0, 30.0]);
    let data = Dataset::new(schema, features, None);
    let mut settings = settings(ScaleKind::None, AUTO);
    let table = ColumnTable {
        scale: Some(ScaleKind::MinMax),
        ..ColumnTable::default()
    };
    settings
        .columns
        .insert("y".to_owned(), ColumnSetting::Table(table));
    let fitted = Preprocessor::fit(&data, &[0, 1], &settings).unwrap();
    assert_eq!(inputs(&fitted, &data, 1), [3.0, 1.0]);
}

proptest! {
    /// Columns in another order have the same inputs in another order.
    #[test]
    fn inputs_do_not_depend_on_the_order_of_columns(order in Just((0..10).collect::<Vec<usize>>()).prop_shuffle(), case in 0..7_usize) {
        let fixture = fixture();
        let (dataset, training) = table(&fixture);
        let Features::Columns(values) = &dataset.features else { unreachable!() };
        let schema = Schema {
            columns: order.iter().map(|&column| dataset.schema.columns[column].clone()).collect(),
            ..Schema::default()
        };
        let values = order.iter().map(|&column| values[column].clone()).collect();
        let moved = Dataset::new(schema, Features::Columns(values), None);
        let data: DataSection = serde_json::from_value(fixture["cases"][case]["data"].clone()).unwrap();
        let named = |dataset: &Dataset| {
            let preprocessor = Preprocessor::fit(dataset, &training, &data).unwrap();
            let names = preprocessor.input_names(&dataset.schema);
            let of_row = |row| {
                let inputs = inputs(&preprocessor, dataset, row).into_iter().map(f32::to_bits);
                let mut inputs: Vec<_> = names.iter().cloned().zip(inputs).collect();
                inputs.sort();
                inputs
            };
            dataset.all_rows().into_iter().map(of_row).collect::<Vec<_>>()
        };
        prop_assert_eq!(named(&moved), named(&dataset));
    }
}
