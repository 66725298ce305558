//! The same rows are read from every layout that CSV files come in.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use mlp_data::{Features, RowReader};
use proptest::prelude::*;
use proptest::sample::select;

use crate::support::{label_names, named, numbered, read, values};

/// One way to write rows down.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools)] // each is a choice of its own
struct Layout {
    header: bool,
    label_at: usize,
    label_from_end: bool,
    label_by_name: bool,
    delimiter: char,
    trailing: Trailing,
    line_break: &'static str,
    encoding: Encoding,
    byte_order_mark: bool,
    quote_all: bool,
    blanks: bool,
    last_line_break: bool,
    blank_lines: usize,
    gzip: bool,
}

/// Lines that have a delimiter behind their last cell.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Trailing {
    None,
    Header,
    Rows,
    All,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Encoding {
    Utf8,
    Windows1252,
    Utf16Le,
    Utf16Be,
}

fn layouts() -> impl Strategy<Value = Layout> {
    let columns = (
        any::<bool>(),
        0..7_usize,
        any::<bool>(),
        any::<bool>(),
        select(vec![',', ';', '\t', '|', ' ']),
        select(vec![
            Trailing::None,
            Trailing::Header,
            Trailing::Rows,
            Trailing::All,
        ]),
    );
    let bytes = (
        select(vec!["\n", "\r\n", "\r"]),
        select(vec![
            Encoding::Utf8,
            Encoding::Windows1252,
            Encoding::Utf16Le,
            Encoding::Utf16Be,
        ]),
        any::<[bool; 5]>(),
        0..3_usize,
    );
    (columns, bytes).prop_map(
        |(
            (header, label_at, label_from_end, label_by_name, delimiter, trailing),
            (line_break, encoding, flags, blank_lines),
        )| {
            let [byte_order_mark, quote_all, blanks, last_line_break, gzip] = flags;
            Layout {
                header,
                label_at,
                label_from_end,
                label_by_name: label_by_name && header,
                delimiter,
                trailing,
                line_break,
                encoding,
                byte_order_mark,
                quote_all,
                blanks,
                last_line_break,
                blank_lines,
                gzip,
            }
        },
    )
}

/// Rows of values and class names.
#[derive(Clone, Debug)]
struct Table {
    columns: usize,
    values: Vec<f32>,
    labels: Vec<String>,
}

fn tables() -> impl Strategy<Value = Table> {
    let byte = any::<u8>().prop_map(f32::from).boxed();
    let float = prop_oneof![
        3 => any::<u8>().prop_map(f32::from),
        3 => -1000.0..1000.0_f32,
        1 => any::<f32>().prop_filter("computable", |value| value.abs() <= 1e37),
    ]
    .boxed();
    let texts = proptest::collection::btree_set("[a-zé ,;\"\\.\\t\\n']{1,6}", 2..5)
        .prop_map(|names| {
            names
                .into_iter()
                .filter(|name| !name.trim().is_empty())
                .collect::<BTreeSet<_>>()
        })
        .prop_filter("two classes", |names| names.len() > 1);
    let numbers =
        (2..12_usize).prop_map(|count| (0..count).map(|class| class.to_string()).collect());
    (
        prop_oneof![Just(byte), Just(float)],
        prop_oneof![texts.boxed(), numbers.boxed()],
        1..6_usize,
        2..12_usize,
    )
        .prop_flat_map(|(value, names, columns, rows)| {
            let names: Vec<String> = names.into_iter().collect();
            let values = proptest::collection::vec(value, rows * columns);
            let labels = proptest::collection::vec(select(names.clone()), rows);
            (values, labels).prop_map(move |(values, mut labels)| {
                labels[0].clone_from(&names[0]);
                labels[1].clone_from(&names[1]);
                Table {
                    columns,
                    values,
                    labels,
                }
            })
        })
}

fn written(table: &Table, layout: &Layout) -> Vec<u8> {
    let label_at = layout.label_at.min(table.columns);
    let cell = |text: &str, is_number: bool| {
        let special = |character| matches!(character, '"' | ',' | ';' | '\t' | '\n' | '\r');
        let text = if layout.quote_all
            || text.contains(special)
            || text.contains(layout.delimiter)
            || text.trim() != text
        {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text.to_owned()
        };
        if layout.blanks && is_number {
            format!("  {text} ")
        } else {
            text
        }
    };
    let line = |mut features: Vec<String>, label: String| {
        features.insert(label_at, label);
        features.join(&layout.delimiter.to_string())
    };
    let end_with = |lines: &mut [String], wanted: &[Trailing]| {
        if wanted.contains(&layout.trailing) {
            for line in lines {
                line.push(layout.delimiter);
            }
        }
    };
    let mut lines = Vec::new();
    if layout.header {
        lines.push(line(
            (0..table.columns)
                .map(|column| cell(&name(column), false))
                .collect(),
            cell("label", false),
        ));
        end_with(&mut lines, &[Trailing::Header, Trailing::All]);
    }
    let header = lines.len();
    for (row, label) in table.values.chunks(table.columns).zip(&table.labels) {
        lines.push(line(
            row.iter()
                .map(|value| cell(&value.to_string(), true))
                .collect(),
            cell(label, false),
        ));
    }
    end_with(&mut lines[header..], &[Trailing::Rows, Trailing::All]);
    for number in 0..layout.blank_lines {
        let blank = if number == 0 {
            String::new()
        } else {
            format!("{0} {0}", layout.delimiter)
        };
        lines.insert((lines.len() * 3).div_ceil(4), blank.clone());
        lines.push(blank);
    }
    let mut text = lines.join(layout.line_break);
    if layout.last_line_break {
        text += layout.line_break;
    }
    let bytes = encoded(&text, layout);
    if layout.gzip {
        compressed(&bytes)
    } else {
        bytes
    }
}

fn encoded(text: &str, layout: &Layout) -> Vec<u8> {
    let marked = if layout.byte_order_mark {
        format!("\u{feff}{text}")
    } else {
        text.to_owned()
    };
    match layout.encoding {
        Encoding::Utf8 => marked.into_bytes(),
        // The characters of these texts are those of Latin-1.
        Encoding::Windows1252 => text
            .chars()
            .map(|character| character as u32 as u8)
            .collect(),
        Encoding::Utf16Le => marked.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        Encoding::Utf16Be => marked.encode_utf16().flat_map(u16::to_be_bytes).collect(),
    }
}

fn compressed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("to memory");
    encoder.finish().expect("to memory")
}

/// A header name that needs quotes now and then.
fn name(column: usize) -> String {
    if column.is_multiple_of(3) {
        format!("size, \"{column}\"")
    } else {
        format!("f{column}")
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn every_layout_holds_the_same_rows(table in tables(), layout in layouts(), chunk in 1..5_usize) {
        let label_at = layout.label_at.min(table.columns);
        let options = if layout.label_by_name {
            named()
        } else if layout.label_from_end {
            numbered(i64::try_from(label_at).unwrap() - i64::try_from(table.columns + 1).unwrap())
        } else {
            numbered(i64::try_from(label_at).unwrap())
        };
        let bytes = written(&table, &layout);
        let whole = read(&bytes, &options).unwrap();
        prop_assert_eq!(values(&whole), table.values.clone());
        prop_assert_eq!(label_names(&whole), table.labels.clone());
        let names: Vec<String> = (0..table.columns)
            .map(|column| if layout.header { name(column) } else { format!("x{}", column + 1) })
            .collect();
        prop_assert_eq!(&whole.feature_names(), &names);
        let byte_valued = table.values.iter().all(|value| (0_u8..=255).any(|byte| f32::from(byte).to_bits() == value.to_bits()));
        prop_assert_eq!(matches!(whole.features, Features::Bytes(_)), byte_valued);

        let mut reader = RowReader::new(&bytes[..], Path::new("rows.csv"), &whole.schema, &options).unwrap();
        let (mut chunked_values, mut chunked_labels) = (Vec::new(), Vec::new());
        while let Some(piece) = reader.next_chunk(chunk).unwrap() {
            prop_assert!(piece.rows() <= chunk);
            chunked_values.extend(values(&piece));
            chunked_labels.extend(label_names(&piece));
        }
        prop_assert_eq!(chunked_values, table.values);
        prop_assert_eq!(chunked_labels, table.labels);
    }

    #[test]
    fn no_input_makes_the_reader_panic(bytes in proptest::collection::vec(select(b"01259,;\t\"\n\r .-ex\xe9\x00\xff\x1f\x8b".to_vec()), 0..60), index in -3..4_i64) {
        for options in [named(), numbered(index)] {
            if let Err(error) = read(&bytes, &options) {
                prop_assert!(!error.remedy().is_empty());
                prop_assert!(error.to_string().starts_with("rows.csv:"));
            }
        }
    }
}
