//! Delimiters, encodings, line ends and lines in front of a table; what is no text, or too long.

use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use flate2::Compression;
use flate2::read::GzEncoder;
use mlp_data::error::DataError;
use mlp_data::options::{Delimiter, LabelColumn, ScaleKind};
use mlp_data::{Note, ReadOptions, RowReader, Schema, Table};

use crate::support::{label_names, named, numbered, read_table, values, with};

fn table(content: &[u8], options: &ReadOptions) -> Result<Table, String> {
    read_table(content, options).map_err(|error| error.to_string())
}

/// Asserts that a text holds these numbers and labels.
#[track_caller]
fn assert_rows(content: impl AsRef<[u8]>, options: &ReadOptions, numbers: &[f32], labels: &[&str]) {
    let read = table(content.as_ref(), options).unwrap().dataset;
    assert_eq!(values(&read), numbers);
    assert_eq!(label_names(&read), labels);
}

#[test]
fn columns_are_parted_by_whatever_parts_all_rows_alike() {
    for text in [
        "a|b|label\n1|2|x\n3|4|y\n",
        "a\tb\tlabel\n1\t2\tx\n3\t4\ty\n",
        "  a  b label\n  1  2  x\n  3  4  y  \n",
        "a \t b\tlabel\n1  2 \"x\"\n3\t4 \"y\"\t\n",
        "sep=;\r\na;b;label\r\n1;2;x\r\n3;4;y\r\n",
        "\"sep=:\"\na:b:label\n1:2:x\n3:4:y\n",
        "sep=\t\na\tb\tlabel\n1\t2\tx\n3\t4\ty\n",
    ] {
        assert_rows(text, &named(), &[1.0, 2.0, 3.0, 4.0], &["x", "y"]);
    }
    // A blank in a text, a comma in a text.
    assert_rows(
        "a;label\n1;x, y\n2;z, w\n",
        &named(),
        &[1.0, 2.0],
        &["x, y", "z, w"],
    );
    assert_rows(
        "a,label\n1,x y\n2,z w\n",
        &named(),
        &[1.0, 2.0],
        &["x y", "z w"],
    );
}

#[test]
fn a_config_may_say_what_parts_the_columns() {
    let text = "1;5,x\n2;6,y\n"; // two columns either way
    let with = |delimiter| {
        with(LabelColumn::Index(0), |section| {
            section.delimiter = delimiter;
            section.scale = ScaleKind::None;
        })
    };
    assert_eq!(
        table(text.as_bytes(), &with(Delimiter::Comma)).unwrap_err(),
        "rows.csv: every row has the label `2;6`: there is nothing to tell apart"
    );
    let text = "1;5\n2;6\n";
    assert_rows(text, &with(Delimiter::Semicolon), &[5.0, 6.0], &["1", "2"]);
    let error = table(text.as_bytes(), &with(Delimiter::Bar)).unwrap_err();
    assert!(error.contains("no features"), "{error}");
}

#[test]
fn a_tab_is_a_column_even_next_to_another() {
    let table = table(b"label\ta\tb\nx\t1\t\ny\t\t2\n", &named()).unwrap();
    let cells = values(&table.dataset);
    assert!(cells[1].is_nan() && cells[2].is_nan(), "{cells:?}");
    assert_eq!((cells[0], cells[3]), (1.0, 2.0));
}

#[test]
fn lines_end_in_any_way_and_are_counted_as_an_editor_does() {
    for text in [
        "label,a\rx,1\ry,2\r",
        "label,a\r\n\rx,1\n\n\ry,2",
        "label,a\r\r\nx,1\r\r\ny,2\r\r\n",
    ] {
        assert_rows(text, &named(), &[1.0, 2.0], &["x", "y"]);
    }
    let error = table(b"label,a\r\"x\r\ny\r\",1\r\r\nz\r", &named()).unwrap_err();
    assert!(
        error.starts_with("rows.csv:6: 2 columns expected"),
        "{error}"
    );
}

#[test]
fn rows_of_nothing_but_delimiters_are_blank() {
    assert_rows(
        ",,\n\nlabel,a\n,\nx,1\n , \ny,2\n,\n,\n,",
        &named(),
        &[1.0, 2.0],
        &["x", "y"],
    );
    let table_of = |text: &str| table(text.as_bytes(), &named()).unwrap();
    let read = table_of(",,\n\nlabel,a\n,\nx,1\n , \n\ny,2\n,");
    assert_eq!(read.report.notes, [Note::BlankRows { rows: 4 }]);
    assert_eq!(table_of("label a\n  \nx 1\n\ny 2\n").report.notes, []);
    let error = table(b"label;a\n\"\";1\n", &named()).unwrap_err();
    assert!(error.contains("none of its 1 rows has a label"), "{error}");
}

#[test]
fn a_delimiter_at_the_end_of_lines_is_no_column() {
    for text in [
        "a,label,\n1,x,\n2,y,\n",
        "a,label\n1,x,\n2,y,\n",
        "a,label,\n1,x\n2,y\n",
        "a,label\n1,x\n2,y,\n",
    ] {
        assert_rows(text, &named(), &[1.0, 2.0], &["x", "y"]);
    }
    assert_rows("1,x,\n2,y,\n", &numbered(-1), &[1.0, 2.0], &["x", "y"]);
    let error = table(b"a,label\n1,x,\n2,y,7\n", &named()).unwrap_err();
    assert_eq!(error, "rows.csv:3: 2 columns expected, 3 found");
}

#[test]
fn a_line_in_front_of_the_table_is_passed_over_with_a_note() {
    let read = |text: &str, options: &ReadOptions| table(text.as_bytes(), options).unwrap();
    let counts = read("178,2,u,v,w\n1,2,0\n4,5,1\n", &numbered(-1));
    assert_eq!(values(&counts.dataset), [1.0, 2.0, 4.0, 5.0]);
    let [note] = &counts.report.notes[..] else {
        panic!("{:?}", counts.report)
    };
    assert_eq!(
        *note,
        Note::LinePassedOver {
            line: 1,
            text: "178,2,u,v,w".to_owned()
        }
    );
    assert!(note.to_string().contains("`178,2,u,v,w`"), "{note}");
    let titled = read("\nSales 2024\n\nlabel,a\nx,1\ny,2\n", &named());
    assert_eq!(titled.dataset.feature_names(), ["a"]);
    assert!(matches!(
        titled.report.notes[..],
        [Note::LinePassedOver { line: 2, .. }]
    ));
    // A header is none of these lines.
    let error = table(b"label,a\nx,1,2\ny,1,2\n", &named()).unwrap_err();
    assert!(error.contains("rows.csv"), "{error}");
}

#[test]
fn a_header_that_is_one_name_short_leaves_out_that_of_the_rows() {
    let read = table(b"\"a\" \"label\"\n\"1\" 5 \"x\"\n\"2\" 6 \"y\"\n", &named()).unwrap();
    assert_eq!(read.dataset.feature_names(), ["Unnamed: 0", "a"]);
    assert_eq!(read.report.notes, [Note::RowNames { line: 1 }]);
}

#[test]
fn a_text_of_one_byte_a_character_is_told_of() {
    let read = table(b"label,a\ncaf\xe9,1\n\x80,2\n", &named()).unwrap();
    assert_eq!(label_names(&read.dataset), ["café", "€"]);
    assert_eq!(read.report.notes, [Note::Windows1252]);
    let read = table("label,a\ncafé,1\n€,2\n".as_bytes(), &named()).unwrap();
    assert_eq!(label_names(&read.dataset), ["café", "€"]);
    assert_eq!(read.report.notes, []);
}

/// An endless stream of one text, which ends a test that reads too much of it.
struct Endless {
    text: &'static [u8],
    left: usize,
}

impl Endless {
    fn new(text: &'static [u8], left: usize) -> Self {
        Self { text, left }
    }
}

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        assert!(self.left > 0, "more was read than needed");
        let whole = buffer.len() / self.text.len() * self.text.len();
        let bytes = whole.min(self.left.next_multiple_of(self.text.len()));
        self.left = self.left.saturating_sub(bytes);
        for chunk in buffer[..bytes].chunks_mut(self.text.len()) {
            chunk.copy_from_slice(self.text);
        }
        Ok(bytes)
    }
}

/// Reads a stream of one number and a label, `x`, `y` or `1`, in each row; returns the number of rows.
fn rows_of_stream(stream: impl Read, options: &ReadOptions) -> Result<usize, DataError> {
    let classes = ["x", "y", "1"].map(str::to_owned).to_vec();
    let schema = Arc::new(Schema::of_numbers(vec!["x1".to_owned()], classes));
    let mut reader = RowReader::new(stream, Path::new("rows.csv"), &schema, options)?;
    let mut rows = 0;
    while let Some(chunk) = reader.next_chunk(1000)? {
        rows += chunk.rows();
    }
    Ok(rows)
}

fn error_of_stream(stream: impl Read) -> String {
    rows_of_stream(stream, &named())
        .expect_err("an error")
        .to_string()
}

#[test]
fn what_is_too_long_is_refused_before_it_is_kept() {
    const MIB: usize = 1 << 20;
    // As many rows as are looked at before the first is delivered, and more.
    let header = format!("x1,label\r\n{}", "1,x\n2,y\n".repeat(200));
    for (text, limit, error) in [
        (&b"0"[..], 8 * MIB, "the cell is longer than 1048576 bytes"),
        (b"0,1,", 8 * MIB, "the row has more than 100000 columns"),
        (b",", 8 * MIB, "the row has more than 100000 columns"),
        (
            b"\"\"",
            8 * MIB,
            "the quote that opens here is never closed",
        ),
    ] {
        let found = error_of_stream(Endless::new(text, limit));
        assert!(found.contains(error), "{found}");
    }
    let found = error_of_stream(header.as_bytes().chain(Endless::new(b"1,", 80 * MIB)));
    assert_eq!(found, "rows.csv:402: the row is longer than 64 MiB");
    let found = error_of_stream(Endless::new(b"\0", 2 * MIB));
    assert!(found.contains("zero byte"), "{found}");
}

#[test]
fn gzip_that_unpacks_to_far_more_than_a_table_is_refused() {
    let packed = |text, length| {
        let mut packed = Vec::new();
        let content = Endless::new(text, length).take(length as u64);
        let mut encoder = GzEncoder::new(content, Compression::best());
        encoder.read_to_end(&mut packed).unwrap();
        packed
    };
    let bomb = packed(b"1,x\n2,y\n", 80 << 20);
    let found = rows_of_stream(&bomb[..], &numbered(-1))
        .unwrap_err()
        .to_string();
    assert!(found.contains("64 MiB, 500 times its size"), "{found}");
    let found = error_of_stream(&packed(b"1,2,", 80 << 20)[..]);
    assert!(found.contains("100000 columns"), "{found}");
    // What is read of a stream is what counts.
    let first = ReadOptions {
        limit: 1000,
        ..numbered(-1)
    };
    assert_eq!(rows_of_stream(&bomb[..], &first).unwrap(), 1000);
}
