//! Errors of labels, classes and headers name their place, their cause and their remedy.

use mlp_data::options::LabelColumn;
use mlp_data::{Labels, ReadOptions};

use crate::support::{assert_error, assert_plain, error_of, labelled, of_model, plain};

#[test]
fn labels_that_are_missing() {
    assert_plain(
        "label,a\n,1\n ,2\n",
        "rows.csv: none of its 2 rows has a label",
        "write the rows' classes",
    );
    let no_column =
        "rows.csv:1: there is no label column `label`; the header has `Lable`, `a`, `b`";
    assert_plain("Lable,a,b\nx,1,2\n", no_column, "did you mean `Lable`?");
    let no_column = "rows.csv:1: there is no label column `label`; the header has `kind`, `a`";
    assert_plain("kind,a\nx,1\n", no_column, "-1 the last");
    let no_header = "rows.csv:1: the label column is named `label`, but the file has no header";
    assert_plain("5,1,2\n", no_header, "set `data.label` to a number");
    assert_plain("1.5,2,setosa\n", no_header, "set `data.label` to a number");
    for index in [3, -4, i64::MIN] {
        let message = format!("rows.csv:1: there is no label column {index}: a row has 3 columns");
        assert_error(
            "5,1,2\n",
            &labelled(LabelColumn::Index(index)),
            &message,
            "from 0 to 2",
        );
    }
    let optional = ReadOptions {
        labels: Labels::Optional,
        ..plain()
    };
    let remedy = "set `data.label` to a number";
    assert_error("1.5,2,setosa\n", &optional, no_header, remedy);
    let one_more = of_model(optional, 2, &["x"]);
    assert_error("5,1,2\n", &one_more, no_header, remedy);
    let wide = "rows.csv:1: 2 features expected, 3 found";
    assert_error("kind,a,b\nx,1,2\n", &one_more, wide, "data.label");
    let narrow = "rows.csv:1: 2 features expected, 1 found";
    assert_error("a\n1\n", &one_more, narrow, "data.label");
}

#[test]
fn classes_that_cannot_be_learnt_or_are_unknown() {
    assert_plain(
        "label,a\nx,1\nx,2\n",
        "rows.csv: every row has the label `x`: there is nothing to tell apart",
        "another class",
    );
    let known = of_model(plain(), 1, &["x", "y"]);
    let message = "rows.csv:3: column 1 (label): `z` is none of the network's classes: `x`, `y`";
    assert_error("label,a\nx,1\nz,2\n", &known, message, "train again");
    let measured: String = (0..300)
        .flat_map(|row| [row.to_string(), ".5,1\n".into()])
        .collect();
    let by_number = labelled(LabelColumn::Index(0));
    assert_error(
        &measured,
        &by_number,
        "rows.csv: 300 rows have 300 different labels",
        "column of classes",
    );
}

#[test]
fn many_classes_are_fine_if_each_has_its_rows() {
    let row = |row: usize| [(row % 300).to_string(), ",1\n".into()];
    let text: String = (0..600).flat_map(row).collect();
    let dataset = crate::support::read(text, &labelled(LabelColumn::Index(0))).unwrap();
    assert_eq!(dataset.classes().len(), 300);
}

#[test]
fn a_long_list_of_columns_is_cut() {
    let names: Vec<String> = (0..784).map(|column| format!("p{column}")).collect();
    let (message, _) = error_of("rows.csv", names.join(",").as_bytes(), &plain());
    assert!(
        message.ends_with("`p11`, … (771 more) …, `p783`"),
        "{message}"
    );
}

#[test]
fn text_that_is_no_text() {
    let options = plain();
    let mixed = b"label,a\n\xc3\xa9,1\n\xffy,2\n";
    let (message, remedy) = error_of("rows.csv", mixed, &options);
    assert_eq!(message, "rows.csv:3: `\u{fffd}y,2` is not UTF-8");
    assert!(remedy.contains("UTF-8"));
    let (message, _) = error_of("rows.csv", b"\xc3\xa9,\xe9\nx,1\n", &options);
    assert_eq!(message, "rows.csv:1: column 2: `\u{fffd}` is not UTF-8");
    let (message, remedy) = error_of("rows.csv", b"label,a\nx,1\ny,\0\0\0", &options);
    assert_eq!(
        message,
        "rows.csv:3: column 2 (a): here is a zero byte: this is no text"
    );
    assert!(remedy.contains("damaged"));
}
