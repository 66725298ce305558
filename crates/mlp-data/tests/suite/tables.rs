//! Tables as people have them: kinds of columns, names, labels, and what is left out.

#![allow(clippy::format_collect, reason = "tables are small")]

use std::path::Path;
use std::sync::Arc;

use mlp_data::options::{
    ColumnSetting, DataSection, DecimalSign, KindWord, LabelColumn, MissingPolicy,
    MissingPolicyName, RoleWord, ScaleKind, TaskChoice,
};
use mlp_data::{
    Codes, Column, ColumnKind, ColumnUsage, ColumnValues, Dataset, Features, IgnoreReason, Labels,
    Note, ReadOptions, RowReader, Schema, Table, read_bytes,
};

/// Rows of a table that is made for a test, enough for its columns to be judged.
const ROWS: usize = 40;

fn section() -> DataSection {
    DataSection {
        label: LabelColumn::Name("label".to_owned()),
        scale: ScaleKind::Auto,
        missing: MissingPolicy::Named(MissingPolicyName::Auto),
        ..DataSection::default()
    }
}

fn read(text: impl AsRef<[u8]>, options: &ReadOptions) -> Result<Table, String> {
    let table = read_bytes(text.as_ref(), Path::new("rows.csv"), options);
    table.map_err(|error| format!("{error} ({})", error.remedy()))
}

#[track_caller]
fn train(text: impl AsRef<[u8]>) -> Table {
    read(text, &ReadOptions::training(&section())).unwrap()
}

fn train_with(
    text: impl AsRef<[u8]>,
    change: impl FnOnce(&mut DataSection),
) -> Result<Table, String> {
    let mut section = section();
    change(&mut section);
    read(text, &ReadOptions::training(&section))
}

/// Reads new rows with the columns of a table.
fn read_again(text: impl AsRef<[u8]>, table: &Table, labels: Labels) -> Result<Table, String> {
    let schema = Arc::clone(&table.dataset.schema);
    read(text, &ReadOptions::of_model(&section(), schema, labels))
}

/// A table with two classes, a number, and the cells of a column `c`, over and over.
fn with_column(cells: &[&str]) -> String {
    with_columns(|row| cells[row % cells.len()].to_owned())
}

fn with_columns(cell: impl Fn(usize) -> String) -> String {
    let row = |row: usize| format!("{},{},{}\n", ["x", "y"][row / 2 % 2], row * row, cell(row));
    format!("label,n,c\n{}", (0..ROWS).map(row).collect::<String>())
}

fn column<'a>(table: &'a Table, name: &str) -> (&'a ColumnKind, Vec<f64>) {
    let schema = &table.dataset.schema;
    let at = schema.columns.iter().position(|column| column.name == name);
    let at = at.unwrap_or_else(|| panic!("no column {name} in {schema:?}"));
    let values = (0..table.dataset.rows())
        .map(|row| table.dataset.features.number(row, at, schema.columns.len()));
    (&schema.columns[at].kind, values.collect())
}

fn ignored(table: &Table) -> Vec<(&str, IgnoreReason)> {
    let ignored = table.dataset.schema.ignored.iter();
    ignored
        .map(|column| (column.name.as_str(), column.reason))
        .collect()
}

fn text_of_notes(table: &Table) -> String {
    let notes = table.report.notes.iter().map(ToString::to_string);
    notes.collect::<Vec<_>>().join("\n")
}

fn category(names: &[&str]) -> ColumnKind {
    ColumnKind::Category {
        categories: names.iter().map(|&name| name.to_owned()).collect(),
        rare: Vec::new(),
    }
}

#[test]
fn kinds_are_found_out_from_the_whole_file() {
    let wide = ColumnKind::Number { wide: true };
    for (cells, kind, first) in [
        (&["1", "2.5", ""][..], ColumnKind::NUMBER, 1.0),
        (&["True", "False", "NA"], ColumnKind::Boolean, 2.0),
        (&["no", "Yes"], ColumnKind::Boolean, 1.0),
        (&["0", "1"], ColumnKind::NUMBER, 0.0),
        (&["1,5", "2"], ColumnKind::NUMBER, 1.5),
        (&["1.234,5", "2"], ColumnKind::NUMBER, 1234.5),
        (&["1 234,5", "2"], ColumnKind::NUMBER, 1234.5),
        (&["1,234.5", "2"], ColumnKind::NUMBER, 1234.5),
        (
            &["2024-03-15", "2024-03-16T12:00Z"],
            ColumnKind::Date,
            1_710_460_800.0,
        ),
        (
            &["15.03.2024", "16.03.2024"],
            ColumnKind::Date,
            1_710_460_800.0,
        ),
        (
            &["03/15/2024", "01/02/2024"],
            ColumnKind::Date,
            1_710_460_800.0,
        ),
        (&["b", "a", "?"], category(&["a", "b"]), 2.0),
        (&["1700000000", "1700000048"], wide.clone(), 1_700_000_000.0),
        (
            &["999999.99", "1000000.01", "1000000"],
            wide.clone(),
            999_999.99,
        ),
        (&["20240315", "20240316"], wide, 20_240_315.0),
        (&["5", "-", "6"], ColumnKind::NUMBER, 5.0),
        (&["+", "-"], category(&["+", "-"]), 1.0),
    ] {
        let quoted: Vec<String> = cells.iter().map(|cell| format!("\"{cell}\"")).collect();
        let quoted: Vec<&str> = quoted.iter().map(String::as_str).collect();
        let table = train(with_column(&quoted));
        let (found, values) = column(&table, "c");
        assert_eq!((found, values[0]), (&kind, first), "{cells:?}");
        let distinct: std::collections::BTreeSet<u64> = values
            .iter()
            .filter(|value| !value.is_nan())
            .map(|value| value.to_bits())
            .collect();
        let missing = cells
            .iter()
            .filter(|cell| matches!(**cell, "" | "NA" | "?") || **cell == "-" && cells[0] == "5");
        assert_eq!(distinct.len(), cells.len() - missing.count(), "{cells:?}");
    }
}

#[test]
fn a_cell_far_down_decides_as_one_in_the_first_row() {
    let late = |last: &'static str| {
        let row = move |row: usize| {
            if row == 2999 {
                last.to_owned()
            } else {
                (row % 7).to_string()
            }
        };
        let rows: String = (0..3000)
            .map(|at| format!("{},{}\n", ["x", "y"][at % 2], row(at)))
            .collect();
        format!("label,c\n{rows}")
    };
    assert_eq!(column(&train(late("7")), "c").0, &ColumnKind::NUMBER);
    let decimal = train(late("\"7,5\""));
    assert!((column(&decimal, "c").1[2999] - 7.5).abs() < 1e-9);
    let text = train(late("many"));
    assert_eq!(column(&text, "c").0.name(), "category");
    assert!(
        text_of_notes(&text).contains("2999 numbers and 1 texts such as `many`"),
        "{}",
        text_of_notes(&text)
    );
    let wide = train(late("1000000000.5"));
    assert_eq!(
        column(&wide, "c").0,
        &ColumnKind::NUMBER,
        "of a range so large"
    );
}

#[test]
fn what_two_readings_fit_is_refused_and_can_be_said() {
    let text = with_column(&["\"1,500\"", "\"2,250\""]);
    let error = train_with(&text, |_| ()).unwrap_err();
    assert!(
        error.contains("column `c`: `1,500`") && error.contains("data.decimal"),
        "{error}"
    );
    for (decimal, value) in [(DecimalSign::Comma, 1.5), (DecimalSign::Point, 1500.0)] {
        let table = train_with(&text, |section| section.decimal = decimal).unwrap();
        assert_eq!(column(&table, "c").1[0].to_bits(), f64::to_bits(value));
    }
    let error = train_with(with_column(&["01/02/2024", "03/04/2024"]), |_| ()).unwrap_err();
    assert!(
        error.contains("column `c`: `01/02/2024` may begin with the day"),
        "{error}"
    );
}

#[test]
fn new_rows_are_written_as_the_training_rows_were() {
    let table = train(with_column(&["\"1.234,5\"", "\"2,25\""]));
    let again = read_again("n,c\n1,\"1.500\"\n", &table, Labels::Absent).unwrap();
    assert_eq!(column(&again, "c").1, [1500.0]);
    let table = train(with_column(&["01/02/2024", "01/13/2024"]));
    let again = read_again("n,c\n1,02/03/2024\n", &table, Labels::Absent).unwrap();
    let iso = read_again("n,c\n1,2024-02-03\n", &table, Labels::Absent).unwrap();
    assert_eq!(column(&again, "c").1, column(&iso, "c").1);
}

#[test]
fn infinities_and_what_overflows_are_errors_with_place() {
    for (cell, what) in [
        ("inf", "not a finite number"),
        ("3e38", "too large"),
        ("-1e39", "too large"),
    ] {
        let text = with_columns(|row| {
            if row == 20 {
                cell.to_owned()
            } else {
                row.to_string()
            }
        });
        let error = train_with(&text, |_| ()).unwrap_err();
        assert!(
            error.starts_with("rows.csv:22: column 3 (c): ") && error.contains(what),
            "{error}"
        );
        let table = train(with_column(&["1", "2"]));
        let error = read_again(&text, &table, Labels::Absent).unwrap_err();
        assert!(
            error.starts_with("rows.csv:22: column 3 (c): ") && error.contains(what),
            "{error}"
        );
    }
}

#[test]
fn columns_that_teach_nothing_are_left_out_with_a_note() {
    let rows: String = (0..150)
        .map(|row| {
            format!(
                "{row},{},{},k,,{},t{row},{}\n",
                ["x", "y"][row / 75],
                row % 7,
                row * 31 % 150,
                row % 3
            )
        })
        .collect();
    let text = format!(",label,width,same,empty,Customer ID,remark,acid\n{rows}");
    let table = train(&text);
    assert_eq!(
        ignored(&table),
        [
            ("Unnamed: 0", IgnoreReason::Counter),
            ("same", IgnoreReason::Constant),
            ("empty", IgnoreReason::Constant),
            ("Customer ID", IgnoreReason::Id),
            ("remark", IgnoreReason::DistinctText),
        ]
    );
    assert_eq!(table.dataset.feature_names(), ["width", "acid"]);
    assert_eq!(
        table.dataset.features,
        Features::Bytes((0..150).flat_map(|row| [row % 7, row % 3]).collect())
    );
    let notes = text_of_notes(&table);
    for name in [
        "`Unnamed: 0`",
        "`same`, `empty`",
        "`Customer ID`",
        "`remark`",
        "[data.columns]",
    ] {
        assert!(notes.contains(name), "{name}: {notes}");
    }
    // The index of a data frame has gaps where rows were dropped; other numbers that ascend may be times.
    let rows: String = (0..20)
        .map(|row| {
            format!(
                "{},{},{},{}\n",
                row * row,
                row * 3,
                ["x", "y"][row % 2],
                row % 7
            )
        })
        .collect();
    let frame = train(format!(",seconds,label,width\n{rows}"));
    assert_eq!(ignored(&frame), [("Unnamed: 0", IgnoreReason::Counter)]);
    let bare = train_with(&rows, |section| section.label = LabelColumn::Index(2)).unwrap();
    assert_eq!(ignored(&bare), []);
    // What the config says goes first.
    let kept = train_with(&text, |section| {
        section
            .columns
            .insert("remark".to_owned(), ColumnSetting::Kind(KindWord::Category));
        section
            .columns
            .insert("acid".to_owned(), ColumnSetting::Role(RoleWord::Ignore));
    });
    let kept = kept.unwrap();
    assert_eq!(kept.dataset.feature_names(), ["width", "remark"]);
    assert!(ignored(&kept).contains(&("acid", IgnoreReason::Configured)));
    // New rows need none of them.
    let again = read_again("acid,width\n1,2\n", &table, Labels::Absent).unwrap();
    assert_eq!(again.dataset.features, Features::Bytes(vec![2, 1]));
}

#[test]
fn counters_need_no_name_and_names_of_rows_count_as_ids() {
    let rows: String = (0..20)
        .map(|row| format!("{},{},{}\n", row + 1, row % 3, ["x", "y"][row / 10]))
        .collect();
    let by_number = |section: &mut DataSection| section.label = LabelColumn::Index(-1);
    let table = train_with(&rows, by_number).unwrap();
    assert_eq!(ignored(&table), [("x1", IgnoreReason::Counter)]);
    let again = read_again("7,2\n8,1\n", &table, Labels::Absent).unwrap();
    assert_eq!(again.dataset.features, Features::Bytes(vec![2, 1]));
    let rows: String = (0..20)
        .map(|row| format!("car{row},{},{}\n", row % 3, ["x", "y"][row / 10]))
        .collect();
    let table = train(format!("rownames,a,label\n{rows}"));
    assert_eq!(ignored(&table), [("rownames", IgnoreReason::Id)]);
}

#[test]
fn roles_are_kept_beside_the_features() {
    let row = |row: usize| {
        format!(
            "{},p{},2024-01-{:02},{}\n",
            ["x", "y"][row % 2],
            row / 4,
            row % 28 + 1,
            row % 5
        )
    };
    let text = format!(
        "label,person,day,a\n{}",
        (0..ROWS).map(row).collect::<String>()
    );
    let with = |roles: &[(&str, RoleWord)]| {
        train_with(&text, |section| {
            for (name, role) in roles {
                section
                    .columns
                    .insert((*name).to_owned(), ColumnSetting::Role(*role));
            }
        })
    };
    let table = with(&[("person", RoleWord::Group), ("day", RoleWord::Time)]).unwrap();
    let groups: Vec<u32> = (0..ROWS as u32).map(|row| row / 4).collect();
    assert_eq!(table.dataset.groups, Some(groups));
    let times = table.dataset.times.as_ref().unwrap();
    assert!((times[1] - times[0] - 86_400.0).abs() < 1e-9);
    assert_eq!(table.dataset.feature_names(), ["a"]);
    assert_eq!(
        ignored(&table),
        [("person", IgnoreReason::Group), ("day", IgnoreReason::Time)]
    );
    let error = with(&[("persom", RoleWord::Group)]).unwrap_err();
    assert!(
        error.contains("`persom`") && error.contains("did you mean `person`?"),
        "{error}"
    );
    let error = with(&[("person", RoleWord::Time)]).unwrap_err();
    assert!(
        error.contains("rows.csv:2: column 2 (person): `p0` is neither a number nor a date"),
        "{error}"
    );
}

#[test]
fn a_header_is_told_from_a_row() {
    let by_number =
        |index| move |section: &mut DataSection| section.label = LabelColumn::Index(index);
    let body: String = (0..60)
        .map(|row| format!("{},{},{}\n", row % 7, row % 5, ["x", "y"][row % 2]))
        .collect();
    // A first row that misses every value is a row.
    let table = train_with(format!("?,?,x\n{body}"), by_number(-1)).unwrap();
    assert_eq!(
        (table.dataset.rows(), table.dataset.feature_names()),
        (61, vec!["x1".to_owned(), "x2".to_owned()])
    );
    // Numbers are a header if a model knows them.
    let table = train(format!("0,1,label\n{body}"));
    let again = read_again("1,0\n5,6\n", &table, Labels::Absent).unwrap();
    assert_eq!(again.dataset.features, Features::Bytes(vec![6, 5]));
    assert_eq!(again.report.notes, [Note::OtherOrder]);
    // Letters in all columns.
    let letters: String = (0..60)
        .map(|row| format!("{},{}\n", ["p", "e"][row % 2], ["a", "b", "c"][row % 3]))
        .collect();
    let table = train_with(&letters, by_number(0)).unwrap();
    assert_eq!(table.dataset.rows(), 60);
    let table = train_with(format!("class,cap\n{letters}"), by_number(0)).unwrap();
    assert_eq!(
        (
            table.dataset.rows(),
            table.dataset.schema.target_name.as_deref()
        ),
        (60, Some("class"))
    );
    let error = train_with("label,a,a\nx,1,2\ny,2,3\n", |_| ()).unwrap_err();
    assert!(
        error.contains("columns 2 and 3 are both named `a`"),
        "{error}"
    );
}

#[test]
fn columns_are_matched_by_name() {
    let rows: String = (0..ROWS)
        .map(|row| {
            format!(
                "{},{},{},{}\n",
                row % 5,
                row % 7,
                row % 11,
                ["x", "y"][row % 2]
            )
        })
        .collect();
    let table = train(format!("width,height,depth,label\n{rows}"));
    let again = read_again(
        "HEIGHT,De pth,WIDTH,label\n1,2,3,x\n",
        &table,
        Labels::Required,
    )
    .unwrap();
    assert_eq!(again.dataset.features, Features::Bytes(vec![3, 1, 2]));
    assert!(
        text_of_notes(&again).contains("HEIGHT is height"),
        "{}",
        text_of_notes(&again)
    );
    let extra = read_again(
        "depth,weight,height,width\n1,2,3,4\n",
        &table,
        Labels::Absent,
    )
    .unwrap();
    assert_eq!(extra.dataset.features, Features::Bytes(vec![4, 3, 1]));
    assert!(extra.report.notes.contains(&Note::ExtraColumns {
        names: vec!["weight".to_owned()]
    }));
    assert!(
        extra
            .report
            .columns
            .iter()
            .any(|column| column.usage == ColumnUsage::Extra)
    );
    let error = read_again("depth,hieght,width\n1,2,3\n", &table, Labels::Absent).unwrap_err();
    assert!(
        error.contains("`height`") && error.contains("is it `hieght`?"),
        "{error}"
    );
    let error = read_again("a,b,c\n1,2,3\n", &table, Labels::Absent).unwrap_err();
    assert!(error.contains("`width`, `height`, `depth`"), "{error}");
    let plain = read_again("1,2,3\n", &table, Labels::Absent).unwrap();
    assert_eq!(plain.report.notes, [Note::FileWithoutNames]);
}

/// Rows with so many distinct labels, each with `unit` behind.
fn numbered(distinct: usize, rows: usize, unit: &str) -> String {
    let row = |row: usize| format!("{}{unit},{}\n", row % distinct, row % 3);
    format!("label,a\n{}", (0..rows).map(row).collect::<String>())
}

#[test]
fn numbers_that_are_no_classes_are_predicted_as_numbers() {
    let values = |text: String| {
        let table = train_with(text, |_| ()).unwrap();
        assert!(table.report.notes.contains(&Note::NumbersAsValues));
        table.dataset.values().unwrap().to_vec()
    };
    assert_eq!(
        values(numbered(47, 470, ""))[45..49],
        [45.0, 46.0, 0.0, 1.0]
    );
    assert_eq!(values(numbered(20, 99, "")).len(), 99, "one has four rows");
    assert_eq!(values(numbered(3, 60, ".5"))[..3], [0.5, 1.5, 2.5]);
    let all = values(numbered(150_000, 150_000, ".25"));
    assert_eq!((all.len(), all[149_999]), (150_000, 149_999.25));
    // Far from the beginning, too, where the first rows look like classes.
    let late = numbered(2, 5000, "") + "7.125,1\n";
    assert_eq!(values(late)[4998..], [0.0, 1.0, 7.125]);
    let few = train_with(numbered(20, 100, ""), |_| ()).unwrap();
    assert_eq!(few.dataset.classes().len(), 20);
    assert!(
        few.report
            .notes
            .contains(&Note::NumbersAsClasses { classes: 20 })
    );
    let two = train_with(numbered(2, 100, ""), |_| ()).unwrap();
    assert_eq!(
        (two.dataset.classes().len(), two.report.notes.len()),
        (2, 0)
    );
}

#[test]
fn a_stated_task_decides() {
    let of = |task: TaskChoice, text: &str| {
        train_with(text, |section| section.task = task).map(|table| table.dataset)
    };
    let many = of(TaskChoice::Classification, &numbered(47, 470, "")).unwrap();
    assert_eq!(many.classes().len(), 47);
    let few = of(TaskChoice::Regression, &numbered(2, 10, "")).unwrap();
    assert_eq!(few.values().unwrap()[..4], [0.0, 1.0, 0.0, 1.0]);
    let text = "label,a\n1.5,1\n2.5,2\nmany,3\n";
    let error = of(TaskChoice::Regression, text).unwrap_err();
    for part in ["rows.csv:4", "`many`", "label"] {
        assert!(error.contains(part), "{error}");
    }
    let infinite = of(TaskChoice::Regression, "label,a\n1.5,1\n1e999,2\n").unwrap_err();
    assert!(infinite.contains("rows.csv:3"), "{infinite}");
    let missing = of(TaskChoice::Regression, "label,a\n1.5,1\n,2\nNA,4\n-2e3,3\n").unwrap();
    assert_eq!(missing.values().unwrap(), [1.5, -2000.0]);
    let comma = of(TaskChoice::Regression, "label;a\n1,5;1\n2,25;2\n").unwrap();
    assert_eq!(comma.values().unwrap(), [1.5, 2.25]);
    // All digits of 64 bits.
    let exact = of(TaskChoice::Regression, "label,a\n1234567890.125,1\n0.1,2\n").unwrap();
    assert_eq!(exact.values().unwrap(), [1_234_567_890.125, 0.1]);
}

#[test]
fn classes_of_any_form_stay_classes() {
    let scientific = train_with(
        "label,a\n".to_owned() + &"0.000e+00,3\n1.000e+00,4\n".repeat(5),
        |_| (),
    );
    assert_eq!(scientific.unwrap().dataset.classes(), ["0", "1"]);
    let single = train("label,a\nrare,1\n".to_owned() + &"often,2\nusual,3\n".repeat(9));
    assert_eq!(single.dataset.classes(), ["often", "rare", "usual"]);
}

#[test]
fn rows_without_a_label_are_left_out_and_counted() {
    let text = "a,label,c\n1,x,u\n2,,v\n3,NA,w\n4,y,\n5,x,u\n6,?,u\n7,y,t\n";
    let table = train(text);
    assert_eq!((table.dataset.rows(), table.report.unlabelled), (4, 3));
    assert_eq!(column(&table, "a").1, [1.0, 4.0, 5.0, 7.0]);
    assert_eq!(
        column(&table, "c").0,
        &category(&["t", "u"]),
        "of the rows that are left"
    );
    assert_eq!(table.report.columns[1].missing, 1);
    assert!(
        table
            .report
            .counts()
            .contains(&Note::Unlabelled { rows: 3 })
    );
    let predicted = read_again(text, &table, Labels::Absent).unwrap();
    assert_eq!(predicted.dataset.rows(), 7);
}

#[test]
fn classes_that_look_alike_are_named() {
    let table = train("label,a\n".to_owned() + &"Yes,1\nyes,2\nno,3\nno .,4\n".repeat(5));
    assert!(
        text_of_notes(&table).contains("`Yes`, `no`, `no .`, `yes`"),
        "{}",
        text_of_notes(&table)
    );
    let table = train("label,a\n".to_owned() + &">50K,1\n<=50K,2\n".repeat(5));
    let error = read_again("label,a\n>50K.,1\n", &table, Labels::Required).unwrap_err();
    assert!(
        error.contains("`>50K.` is none") && error.contains("did you mean `>50K`?"),
        "{error}"
    );
}

#[test]
fn what_the_training_rows_did_not_have_is_counted() {
    let table = train(with_column(&["a", "b", "c"]));
    let again = read_again("c,n\nb,\nz,1\n,2\n", &table, Labels::Absent).unwrap();
    assert_eq!(column(&again, "c").1[0].to_bits(), 2.0_f64.to_bits());
    assert!(column(&again, "c").1[1].is_nan() && column(&again, "n").1[0].is_nan());
    let counts = again.report.counts();
    let of = |column: &str, rows| (column.to_owned(), rows);
    let (c, rows) = of("c", 1);
    assert!(counts.contains(&Note::Unseen {
        column: c.clone(),
        rows
    }));
    assert!(counts.contains(&Note::Missing { column: c, rows }));
    assert!(counts.contains(&Note::Missing {
        column: "n".to_owned(),
        rows
    }));
}

#[test]
fn the_rarest_categories_share_an_input() {
    let cells: Vec<String> = (0..5_usize)
        .flat_map(|kind| vec![format!("k{kind}"); 1 + kind % 3])
        .collect();
    let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
    let rows: String = cells
        .iter()
        .enumerate()
        .map(|(row, cell)| format!("{},{cell}\n", ["x", "y"][row % 2]))
        .collect();
    let table = train_with(format!("label,c\n{rows}"), |section| {
        section.max_categories = 3;
    })
    .unwrap();
    // Counts: k0 1, k1 2, k2 3, k3 1, k4 2.
    let kind = ColumnKind::Category {
        categories: vec!["k2".to_owned(), "k4".to_owned()],
        rare: vec!["k0".to_owned(), "k1".to_owned(), "k3".to_owned()],
    };
    assert_eq!(column(&table, "c").0, &kind);
    assert!(
        (column(&table, "c").1[0] - 3.0).abs() < 1e-9,
        "the first of the rare"
    );
}

#[test]
fn numbers_that_stand_for_missing_values_are_told_and_can_be_named() {
    let text = with_columns(|row| {
        if row % 9 == 0 {
            "-999".to_owned()
        } else {
            (row % 6).to_string()
        }
    });
    let notes = text_of_notes(&train(&text));
    assert!(notes.contains("column `c` is -999 in 5 rows"), "{notes}");
    let named = train_with(&text, |section| section.na.push("-999".to_owned())).unwrap();
    assert_eq!(named.report.columns[1].missing, 5);
    assert!(
        text_of_notes(&named).is_empty(),
        "{}",
        text_of_notes(&named)
    );
    let ordinary = train(with_columns(|row| (row * 25).to_string()));
    assert!(
        text_of_notes(&ordinary).is_empty(),
        "{}",
        text_of_notes(&ordinary)
    );
}

#[test]
fn a_stream_is_read_as_a_file_is() {
    let text = with_column(&["a", "b", "z", ""]);
    let table = train(&text);
    let options = ReadOptions::of_model(
        &section(),
        Arc::clone(&table.dataset.schema),
        Labels::Required,
    );
    let mut reader = RowReader::new(
        text.as_bytes(),
        Path::new("-"),
        &table.dataset.schema,
        &options,
    )
    .unwrap();
    let mut rows = 0;
    while let Some(chunk) = reader.next_chunk(7).unwrap() {
        let numbers: Vec<u32> = (rows..).take(chunk.rows()).collect();
        assert_eq!(chunk, table.dataset.select(&numbers));
        rows += chunk.rows() as u32;
    }
    assert_eq!(rows as usize, ROWS);
    assert_eq!(
        reader.report().counts(),
        [Note::Missing {
            column: "c".to_owned(),
            rows: 10
        }]
    );
}

mod layouts {
    use proptest::prelude::*;

    use super::*;

    /// Rows of a table of all kinds; `None` for a missing value.
    #[derive(Clone, Debug)]
    struct Row {
        number: Option<f32>,
        seconds: Option<u32>,
        smoker: Option<bool>,
        town: Option<usize>,
        day: Option<i32>,
        class: usize,
    }

    const TOWNS: [&str; 4] = ["Rome", "Oslo, \"N\"", "La Paz", "Bern;West"];

    fn rows() -> impl Strategy<Value = Vec<Row>> {
        let row = (
            proptest::option::weighted(0.9, -1000.0..1000.0_f32),
            proptest::option::weighted(0.9, 1_700_000_000..1_700_100_000_u32),
            proptest::option::weighted(0.9, any::<bool>()),
            proptest::option::weighted(0.9, 0..TOWNS.len()),
            proptest::option::weighted(0.9, 0..20_000_i32),
            0..2_usize,
        );
        let row = row.prop_map(|(number, seconds, smoker, town, day, class)| Row {
            number,
            seconds,
            smoker,
            town,
            day,
            class,
        });
        proptest::collection::vec(row, 20..60).prop_map(|mut rows| {
            // Two values of each, so that every column is a feature of its kind.
            for (at, row) in rows.iter_mut().take(2).enumerate() {
                *row = Row {
                    number: Some(at as f32 + 0.5),
                    seconds: Some(1_700_000_001 + at as u32),
                    smoker: Some(at == 0),
                    town: Some(at),
                    day: Some(at as i32 + 9),
                    class: at,
                };
            }
            rows
        })
    }

    fn dataset(rows: &[Row]) -> Dataset {
        let kept: Vec<usize> = (0..TOWNS.len())
            .filter(|town| rows.iter().any(|row| row.town == Some(*town)))
            .collect();
        let mut names: Vec<&str> = kept.iter().map(|&town| TOWNS[town]).collect();
        names.sort_unstable();
        let code =
            |town: usize| names.iter().position(|name| *name == TOWNS[town]).unwrap() as u32 + 1;
        let codes = |codes: Vec<u32>| ColumnValues::Codes(Codes::new(codes, 4));
        let column = |name: &str, kind| Column {
            name: name.to_owned(),
            kind,
        };
        let of = |value: &dyn Fn(&Row) -> f64| rows.iter().map(value).collect::<Vec<_>>();
        let schema = Schema {
            columns: vec![
                column("number", ColumnKind::NUMBER),
                column("seconds", ColumnKind::Number { wide: true }),
                column("smoker", ColumnKind::Boolean),
                column("town", category(&names)),
                column("day", ColumnKind::Date),
            ],
            target_name: Some("label".to_owned()),
            ..Schema::of_numbers(Vec::new(), vec!["x".to_owned(), "y".to_owned()])
        };
        let features = Features::Columns(vec![
            ColumnValues::Floats(
                rows.iter()
                    .map(|row| row.number.unwrap_or(f32::NAN))
                    .collect(),
            ),
            ColumnValues::Doubles(of(&|row| row.seconds.map_or(f64::NAN, f64::from))),
            codes(
                rows.iter()
                    .map(|row| row.smoker.map_or(0, |smoker| 1 + u32::from(smoker)))
                    .collect(),
            ),
            codes(rows.iter().map(|row| row.town.map_or(0, code)).collect()),
            ColumnValues::Doubles(of(&|row| {
                row.day.map_or(f64::NAN, |day| f64::from(day) * 86_400.0)
            })),
        ]);
        Dataset::new(
            schema,
            features,
            Some(rows.iter().map(|row| row.class as u32).collect()),
        )
    }

    /// Cells of a row in the order number, seconds, smoker, town, day, label.
    fn cells(row: &Row, style: usize) -> [String; 6] {
        let text =
            |text: Option<String>| text.unwrap_or_else(|| ["", "NA", "?"][style % 3].to_owned());
        let number = row.number.map(|number| {
            let number = number.to_string();
            if style.is_multiple_of(2) {
                number
            } else {
                format!("\"{}\"", number.replace('.', ","))
            }
        });
        let words = [["False", "True"], ["no", "yes"]][style % 2];
        let smoker = row
            .smoker
            .map(|smoker| words[usize::from(smoker)].to_owned());
        let day = row.day.map(|day| {
            // Days of a calendar of months of 28 days would not do: they are counted as the reader does.
            let iso = mlp_data::iso_date(f64::from(day) * 86_400.0);
            let [year, month, day] = [0..4, 5..7, 8..10].map(|part| iso[part].to_owned());
            if style.is_multiple_of(2) {
                iso
            } else {
                format!("{day}.{month}.{year}")
            }
        });
        let quote = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        [
            text(number),
            text(row.seconds.map(|seconds| seconds.to_string())),
            text(smoker),
            text(row.town.map(|town| quote(TOWNS[town]))),
            text(day),
            ["x", "y"][row.class].to_owned(),
        ]
    }

    fn written(rows: &[Row], order: &[usize], style: usize, delimiter: char) -> String {
        let names = ["number", "seconds", "smoker", "town", "day", "label"].map(str::to_owned);
        let line = |cells: &[String; 6]| {
            let cells: Vec<&str> = order.iter().map(|&at| cells[at].as_str()).collect();
            cells.join(&delimiter.to_string()) + "\n"
        };
        let rows = rows.iter().map(|row| line(&cells(row, style)));
        line(&names) + &rows.collect::<String>()
    }

    /// The values of all columns, by name, so that missing ones are equal to each other.
    fn bits(dataset: &Dataset) -> Vec<(String, Vec<u64>)> {
        let columns = dataset.columns();
        let mut all: Vec<(String, Vec<u64>)> = (0..columns)
            .map(|column| {
                let values = (0..dataset.rows())
                    .map(|row| dataset.features.number(row, column, columns).to_bits());
                (
                    dataset.schema.columns[column].name.clone(),
                    values.collect(),
                )
            })
            .collect();
        all.sort();
        all
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn a_table_survives_every_layout_and_order_of_columns(
            rows in rows(),
            order in Just((0..6_usize).collect::<Vec<_>>()).prop_shuffle(),
            style in 0..6_usize,
            delimiter in proptest::sample::select(vec![',', ';', '\t', '|']),
        ) {
            let expected = dataset(&rows);
            let text = written(&rows, &order, style, delimiter);
            let table = train(&text);
            prop_assert_eq!(bits(&table.dataset), bits(&expected), "{}", text);
            prop_assert_eq!(table.dataset.labels(), expected.labels());
            let kinds = |dataset: &Dataset| {
                let mut columns = dataset.schema.columns.clone();
                columns.sort_by(|a, b| a.name.cmp(&b.name));
                columns
            };
            prop_assert_eq!(kinds(&table.dataset), kinds(&expected));
            // In the order of a model, whatever the order of the file.
            let schema = Arc::clone(&expected.schema);
            let again = read(&text, &ReadOptions::of_model(&section(), schema, Labels::Required)).unwrap();
            prop_assert_eq!(&again.dataset.schema, &expected.schema);
            prop_assert_eq!(bits(&again.dataset), bits(&expected));

            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("rows.csv");
            mlp_data::write_csv(&path, &expected).unwrap();
            let schema = Arc::clone(&expected.schema);
            let back = mlp_data::read(&path, &ReadOptions::of_model(&section(), schema, Labels::Required)).unwrap();
            prop_assert_eq!(bits(&back.dataset), bits(&expected));
            prop_assert_eq!(back.dataset.labels(), expected.labels());
        }
    }
}
