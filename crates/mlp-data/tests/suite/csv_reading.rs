//! Particular files and what is made of them.

use std::path::Path;
use std::sync::Arc;

use mlp_data::options::{DataSection, LabelColumn, MissingPolicy, MissingPolicyName, ScaleKind};
use mlp_data::{
    CsvRecord, Features, Labels, ReadOptions, RowReader, Schema, csv_field, csv_records,
};

use crate::support::{named, numbered, of_model, read, values, with};

#[test]
fn cells_may_lie_across_the_ends_of_the_buffer() {
    // 2 MB of cells of every length, moved by one byte at a time against the buffer's 256 KiB.
    let rows = 60_000_u32;
    let cell = |row: u32, column: u32| {
        (row.wrapping_mul(2_654_435_761).rotate_left(column * 5) % 300).to_string()
    };
    for shift in 0..9 {
        let mut text = format!("{},label,b,c\n", "a".repeat(shift + 1));
        for row in 0..rows {
            let label = if row % 3 == 0 {
                "\"yes, \"\"sir\"\"\""
            } else {
                "no"
            };
            let [a, b, c] = [0, 1, 2].map(|column| cell(row, column));
            text.extend([&a, ",", label, ",", &b, ",", &c, "\r\n"]);
        }
        let dataset = read(&text, &named()).unwrap();
        let expected: Vec<f32> = (0..rows)
            .flat_map(|row| (0..3).map(move |column| cell(row, column).parse().unwrap()))
            .collect();
        assert!(values(&dataset) == expected, "shift {shift}");
        assert_eq!(dataset.classes(), ["no", "yes, \"sir\""]);
        assert_eq!(dataset.class_counts(0..rows), [40_000, 20_000]);
    }
}

#[test]
fn empty_lines_before_the_first_row_hide_nothing() {
    let dataset = read("\r\n\nlabel;a\nx;1\n\ny;2\n", &named()).unwrap();
    assert_eq!(dataset.features, Features::Bytes(vec![1, 2]));
}

#[test]
fn a_text_label_in_the_first_row_makes_it_no_header() {
    let dataset = read("5.1,3.5,setosa\n6.2,2.8,virginica\n", &numbered(-1)).unwrap();
    assert_eq!(dataset.rows(), 2);
    assert_eq!(dataset.classes(), ["setosa", "virginica"]);
}

#[test]
fn classes_are_sorted_as_numbers_if_all_are_and_as_text_if_one_is_not() {
    let classes = |labels: &str| {
        read(labels.replace(' ', ",1\n") + ",1\n", &numbered(0))
            .unwrap()
            .classes()
            .to_vec()
    };
    assert_eq!(classes("10 9 -1 9.0 +9 9."), ["-1", "9", "10"]);
    assert_eq!(classes("10 9 a"), ["10", "9", "a"]);
    assert_eq!(classes("1.5 0.5"), ["0.5", "1.5"]);
}

#[test]
fn classes_that_are_given_keep_their_order_and_their_spelling() {
    let options = of_model(numbered(0), 1, &["b", "5.0"]);
    let dataset = read("5,1\nb,1\n5.00,1\n", &options).unwrap();
    assert_eq!(dataset.labels(), Some(&[1, 0, 1][..]));
    assert_eq!(dataset.classes(), ["b", "5.0"]);
}

#[test]
fn empty_cells_follow_the_policy() {
    let with_missing = |missing| {
        read(
            "label,a,b\nx,,2\ny,3,\"\"\n",
            &with(LabelColumn::Name("label".to_owned()), |section| {
                section.missing = missing;
                section.scale = ScaleKind::None;
            }),
        )
    };
    for missing in [
        MissingPolicy::Named(MissingPolicyName::Mean),
        MissingPolicy::Named(MissingPolicyName::Auto),
        MissingPolicy::Number(7.0),
    ] {
        let dataset = with_missing(missing).unwrap(); // the preprocessor fills
        let is_empty: Vec<bool> = values(&dataset)
            .iter()
            .map(|value| value.is_nan())
            .collect();
        assert_eq!(is_empty, [true, false, false, true]);
    }
    let error = with_missing(MissingPolicy::Named(MissingPolicyName::Error)).unwrap_err();
    assert!(error.to_string().contains("the cell is empty"), "{error}");
}

#[test]
fn a_limit_stops_before_what_lies_behind_it() {
    let options = ReadOptions {
        limit: 2,
        ..named()
    };
    let dataset = read("label,a\nx,1\ny,2\nx,broken\n", &options).unwrap();
    assert_eq!(dataset.features, Features::Bytes(vec![1, 2]));
    let content = b"label,a\nx,1\ny,2\nx,broken\n";
    let mut reader = RowReader::new(
        &content[..],
        Path::new("rows.csv"),
        &dataset.schema,
        &options,
    )
    .unwrap();
    let sizes = [1, 5, 5].map(|rows| reader.next_chunk(rows).unwrap().map(|chunk| chunk.rows()));
    assert_eq!(sizes, [Some(1), Some(1), None]);
}

#[test]
fn files_without_labels_are_read_where_labels_are_optional() {
    let optional = |columns: Option<usize>| {
        let options = columns.map_or_else(named, |columns| of_model(named(), columns, &["x"]));
        ReadOptions {
            labels: Labels::Optional,
            ..options
        }
    };
    for (content, columns) in [
        ("a,b\n1,2\n", None),
        ("a,b\n1,2\n", Some(2)),
        ("1,2\n", None),
        ("1,2\n", Some(2)),
    ] {
        let dataset = read(content, &optional(columns)).unwrap();
        assert_eq!(
            (dataset.rows(), dataset.columns(), dataset.labels()),
            (1, 2, None),
            "{content:?} {columns:?}"
        );
    }
    let by_number = ReadOptions {
        labels: Labels::Optional,
        ..of_model(numbered(0), 2, &["1"])
    };
    assert_eq!(read("1,2\n", &by_number).unwrap().labels(), None);
    assert_eq!(
        read("1,2,3\n", &by_number).unwrap().features,
        Features::Bytes(vec![2, 3])
    );
}

#[test]
fn an_unwanted_label_column_is_passed_over_unread() {
    let absent = ReadOptions {
        labels: Labels::Absent,
        ..of_model(named(), 2, &["x"])
    };
    let dataset = read("x1,label,x2\n1,,2\n3,\u{1f308},4\n", &absent).unwrap();
    assert_eq!(dataset.features, Features::Bytes(vec![1, 2, 3, 4]));
    assert_eq!(dataset.labels(), None);
}

#[test]
fn chunks_share_the_schema_of_the_model() {
    let schema = Arc::new(Schema::of_numbers(
        vec!["a".into()],
        vec!["y".into(), "x".into()],
    ));
    let stream = "label,a\nx,1\ny,2\n".as_bytes();
    let mut reader = RowReader::new(stream, Path::new("rows.csv"), &schema, &named()).unwrap();
    let mut chunk = || reader.next_chunk(1).unwrap().unwrap();
    let [first, second] = [chunk(), chunk()];
    assert!(Arc::ptr_eq(&first.schema, &schema) && Arc::ptr_eq(&second.schema, &schema));
    assert_eq!(
        (first.labels(), second.labels()),
        (Some(&[1][..]), Some(&[0][..]))
    );
}

fn records(text: &str) -> Result<Vec<CsvRecord>, String> {
    let records = csv_records(text.as_bytes(), Path::new("rows.csv")).unwrap();
    records
        .collect::<Result<_, _>>()
        .map_err(|error| error.to_string())
}

#[test]
fn records_of_text_read_back_as_they_were_quoted() {
    let names = ["plain", "with, comma", "with \"quotes\"", "two\nlines", ""];
    let line = names.map(csv_field).join(",");
    let record = |line, cells: &[&str]| CsvRecord {
        line,
        cells: cells.iter().map(|cell| (*cell).to_owned()).collect(),
    };
    let expected = [
        record(1, &["a", "b"]),
        record(2, &names),
        record(5, &["\u{e9}"]),
    ];
    for end in ["", "\n", "\r\n\r\n"] {
        let text = format!("a,b\n{line}\n\n\u{e9}{end}");
        assert_eq!(records(&text).unwrap(), expected, "{end:?}");
    }
    assert_eq!(records("").unwrap(), []);
    assert_eq!(records("\n\n").unwrap(), []);
}

#[test]
fn records_end_behind_the_first_error() {
    let text = b"a,\xc3\xa9\nx,\xff\ny,z\n";
    let mut records = csv_records(&text[..], Path::new("rows.csv")).unwrap();
    assert!(records.next().unwrap().is_ok());
    assert_eq!(
        records.next().unwrap().unwrap_err().to_string(),
        "rows.csv:2: column 2: `\u{fffd}` is not UTF-8"
    );
    assert!(records.next().is_none());
}

#[test]
fn rows_that_cannot_be_read_are_left_out_with_their_numbers() {
    let schema = Arc::new(Schema::of_numbers(
        vec!["a".into(), "b".into()],
        vec!["x".into(), "y".into()],
    ));
    let options = ReadOptions {
        leave_out_bad_rows: true,
        ..ReadOptions::of_model(&DataSection::default(), Arc::clone(&schema), Labels::Absent)
    };
    // Bad cells, too few and too many, text behind a quote, and a broken line in quotes that is fine.
    let rows = [
        "1,2",
        "x,2",
        "3",
        "3,4",
        "5,6,7",
        "\"5\"z,6",
        "\"7\",\"8\"",
        "8,inf",
        ",9",
    ];
    for end in ["\n", "\r\n", "\r"] {
        let text = format!("a,b{end}{}{end}", rows.join(end));
        for size in [1, 2, 1000] {
            let mut reader =
                RowReader::new(text.as_bytes(), Path::new("new.csv"), &schema, &options).unwrap();
            let (mut good, mut bad) = (0, Vec::new());
            while let Some(chunk) = reader.next_chunk(size).unwrap() {
                good += chunk.rows();
                bad.extend(reader.take_bad_rows().into_iter().map(|bad| bad.row));
            }
            assert_eq!(good, 4, "{end:?}, {size} at once");
            assert_eq!(bad, [1, 2, 4, 5, 7], "{end:?}, {size} at once");
        }
    }
}
