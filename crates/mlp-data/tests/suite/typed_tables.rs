//! Tables in other formats than CSV have what a CSV of the same content has.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mlp_data::error::DataError;
use mlp_data::options::{ColumnSetting, ColumnTable};
use mlp_data::options::{DataSection, KindWord, LabelColumn, RoleWord, ScaleKind, TaskChoice};
use mlp_data::{
    ColumnKind, Compression, Content, Features, FileFormat, Labels, Note, Origin, ReadOptions,
    Rewindable, Source, Table, TypedFormat, read, read_from, sha256_file,
};

/// The table of a content in every format, written by `tests/fixtures/tables.py`.
fn path(name: &str) -> PathBuf {
    Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/fixtures/tables"
    ))
    .join(name)
}

fn section(label: impl Into<Label>) -> DataSection {
    DataSection {
        label: label.into().0,
        task: TaskChoice::Classification,
        ..DataSection::default()
    }
}

struct Label(LabelColumn);

impl From<i64> for Label {
    fn from(index: i64) -> Self {
        Self(LabelColumn::Index(index))
    }
}

impl From<&str> for Label {
    fn from(name: &str) -> Self {
        Self(LabelColumn::Name(name.to_owned()))
    }
}

fn options(label: impl Into<Label>) -> ReadOptions {
    ReadOptions {
        leave_out: false,
        ..ReadOptions::training(&section(label))
    }
}

#[track_caller]
fn table(name: &str, options: &ReadOptions) -> Table {
    match read(&path(name), options) {
        Ok(table) => table,
        Err(error) => panic!("{error} ({})", error.remedy()),
    }
}

#[track_caller]
fn assert_same(name: &str, csv: &str, options: &ReadOptions) {
    let (found, expected) = (table(name, options), table(csv, options));
    assert_equal(&found.dataset, &expected.dataset, name);
    assert_eq!(found.report, expected.report, "{name}");
}

/// Compares by what is shown: an empty cell is no number, and equal to none.
#[track_caller]
fn assert_equal(found: &impl std::fmt::Debug, expected: &impl std::fmt::Debug, name: &str) {
    assert_eq!(format!("{found:?}"), format!("{expected:?}"), "{name}");
}

#[track_caller]
fn error(name: &str, options: &ReadOptions) -> String {
    let error = read(&path(name), options).expect_err("an error");
    described(&error, &path(name))
}

fn described(error: &DataError, path: &Path) -> String {
    let folder = format!("{}/", path.parent().unwrap().display());
    format!("{error} ({})", error.remedy()).replace(&folder, "")
}

#[test]
fn a_matrix_of_any_type_and_order() {
    for kind in [
        "f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8",
    ] {
        for order in ["", "_big"] {
            let name = format!("numbers_{kind}{order}.npy");
            assert_same(&name, "numbers.csv", &options(-1));
        }
    }
    for name in ["fortran", "version2", "version3"] {
        assert_same(&format!("numbers_{name}.npy"), "numbers.csv", &options(1));
    }
    assert_same("booleans.npy", "booleans.csv", &options(-1));
    assert_same("halves.npy", "halves.csv", &options(-1));
    let first = ReadOptions {
        limit: 5,
        ..options(-1)
    };
    assert_same("numbers_f4.npy", "numbers.csv", &first);
    let format = FileFormat::of(&path("numbers_f4.npy.zst"), &options(-1)).unwrap();
    assert_eq!(
        format,
        FileFormat::Typed {
            format: TypedFormat::Npy,
            compression: Some(Compression::Zstd)
        }
    );
    assert_eq!(format.to_string(), "NPY, zstd-compressed");
}

#[test]
fn compressed_files_have_what_the_plain_ones_have() {
    for name in ["numbers.csv.zst", "numbers.csv.gz", "numbers_f4.npy.zst"] {
        assert_same(name, "numbers.csv", &options(-1));
    }
    let found = error("broken_bomb.csv.zst", &options(-1));
    assert!(
        found.contains("the zstd stream unpacks to more than 64 MiB, 500 times its size")
            && found.contains("zstd -d"),
        "{found}"
    );
}

#[test]
fn a_table_is_read_from_a_stream() {
    for (name, content) in [
        ("numbers_f4.npy", Content::Typed(TypedFormat::Npy)),
        ("numbers_f4.npy.zst", Content::Typed(TypedFormat::Npy)),
        ("named.npz", Content::Typed(TypedFormat::Npz)),
        ("animals.arff", Content::Typed(TypedFormat::Arff)),
        ("numbers.csv.zst", Content::Csv),
    ] {
        let bytes = fs::read(path(name)).unwrap();
        let mut stream = Rewindable::of_stream(std::io::Cursor::new(bytes), Path::new("-"));
        assert_eq!(stream.content().unwrap(), content);
        let found = read_from(&mut stream, &options(-1)).unwrap();
        assert_equal(&found, &table(name, &options(-1)), name);
        assert_eq!(
            stream.sha256().unwrap(),
            Some(sha256_file(&path(name)).unwrap())
        );
    }
}

#[test]
fn images_of_bytes_are_those_of_idx() {
    for name in ["images.npz", "images_deflated.npz"] {
        let train = table(name, &options("label"));
        let csv = table("images_train.csv", &options("label"));
        assert_eq!(train.dataset.features, csv.dataset.features);
        assert!(matches!(train.dataset.features, Features::Bytes(_)));
        assert_eq!(train.dataset.labels(), csv.dataset.labels());
        assert_eq!(train.dataset.feature_names(), csv.dataset.feature_names());
        let note = |array: &str, other: &str| {
            vec![Note::PartOfFile {
                array: array.to_owned(),
                other: other.to_owned(),
            }]
        };
        assert_eq!(train.report.notes, note("x_train", "x_test"));

        // Further rows of the same file are its test rows.
        let schema = Arc::clone(&train.dataset.schema);
        let further = ReadOptions::of_model(&section("y_train"), schema, Labels::Required);
        let further = ReadOptions {
            section: section("label"),
            ..further
        };
        let test = table(name, &further);
        let csv = table("images_test.csv", &further);
        assert_eq!(test.dataset, csv.dataset);
        assert_eq!(test.report.notes, note("x_test", "x_train"));
    }
    for name in ["images.npy", "images_fortran.npy"] {
        let optional = ReadOptions {
            labels: Labels::Optional,
            ..options("label")
        };
        let found = table(name, &optional);
        let all = table("features.npz", &optional);
        assert_eq!(found.dataset, all.dataset, "{name}");
        assert_eq!(found.dataset.target, None);
        assert_eq!(found.dataset.rows(), 24);
    }
}

#[test]
fn a_training_file_with_test_rows_is_both() {
    let mut section = DataSection {
        train: path("images.npz"),
        ..section("label")
    };
    let source = Source::reload(&section, None, 1, Origin::Files, None).unwrap();
    let test = source.test.unwrap();
    assert_eq!((source.train.rows(), test.rows()), (16, 8));
    assert_eq!(source.test_file.unwrap().sha256, source.train_file.sha256);
    assert_eq!(source.test_report.notes.len(), 1);
    // Another test file takes its place.
    section.test = Some(path("images_test.csv"));
    let source = Source::reload(&section, None, 1, Origin::Files, None).unwrap();
    assert_eq!(source.test.unwrap(), test);
}

#[test]
fn features_and_labels_of_any_type() {
    for name in ["named.npz", "bytes.npz"] {
        assert_same(name, "named.csv", &options(-1));
    }
    for (name, message) in [
        (
            "other_names.npz",
            "which of its arrays are features and labels is not known: `train`, `labels`",
        ),
        (
            "one_hot.npz",
            "the array `y` cannot be read: a row has 3 labels",
        ),
        ("other_rows.npz", "`x` has 24 rows, `y` 23"),
        ("features.npz", "the array `x` has no array of labels"),
    ] {
        let found = error(name, &options(-1));
        assert!(found.contains(message), "{found}");
    }
    let found = error("named.npz", &options("species"));
    assert!(
        found.contains("the labels of this file are its array `y`, not a column"),
        "{found}"
    );
}

#[test]
fn attributes_are_columns() {
    for name in ["animals.arff", "animals_sparse.arff"] {
        let found = table(name, &options("KIND"));
        let expected = table("animals.csv", &options("KIND"));
        assert_eq!(found.dataset.labels(), expected.dataset.labels());
        assert_eq!(found.dataset.classes(), expected.dataset.classes());
        let category = |names: &[&str]| ColumnKind::Category {
            categories: names.iter().map(|name| (*name).to_owned()).collect(),
            rare: Vec::new(),
        };
        for (name, kind) in [
            ("body length", ColumnKind::NUMBER),
            // A category that no row has is known.
            ("legs", category(&["four", "six or more", "two"])),
            ("it's tame", category(&["no", "yes"])),
            ("note", category(&["100% sure", "a, b", "it's"])),
            ("seen", ColumnKind::Date),
            // A value that is declared is none that is missing.
            ("diet", category(&["None", "meat", "plants"])),
        ] {
            let schema = &found.dataset.schema;
            let at = schema.columns.iter().position(|column| column.name == name);
            assert_eq!(schema.columns[at.unwrap()].kind, kind, "{name}");
        }
        for (column, expected_column) in found.report.columns.iter().zip(&expected.report.columns) {
            if column.name != "diet" {
                assert_eq!(column.missing, expected_column.missing, "{}", column.name);
            }
        }
        // The CSV has the same values for the model of the ARFF file.
        let schema = Arc::clone(&found.dataset.schema);
        let further = ReadOptions::of_model(&section("KIND"), schema, Labels::Required);
        let csv = table("animals.csv", &further);
        assert_equal(&csv.dataset.features, &found.dataset.features, name);
        assert_eq!(csv.dataset.labels(), found.dataset.labels());
        assert_equal(&table(name, &further).dataset, &csv.dataset, name);

        // The label is the last attribute where a config says nothing, and that is told.
        let default = table(name, &options("label"));
        assert_equal(&default.dataset, &found.dataset, name);
        assert!(default.report.notes.contains(&Note::LastIsLabel {
            column: "KIND".to_owned()
        }));
    }
}

#[test]
fn what_a_config_says_of_columns_holds() {
    let mut section = section("KIND");
    let setting = |kind, role| {
        ColumnSetting::Table(ColumnTable {
            kind,
            role,
            ..ColumnTable::default()
        })
    };
    for (name, setting) in [
        ("note", setting(None, Some(RoleWord::Ignore))),
        ("seen", setting(None, Some(RoleWord::Time))),
        ("legs", setting(None, Some(RoleWord::Group))),
        ("body length", setting(Some(KindWord::Category), None)),
    ] {
        section.columns.insert(name.to_owned(), setting);
    }
    section.scale = ScaleKind::None;
    let options = ReadOptions {
        leave_out: false,
        ..ReadOptions::training(&section)
    };
    let [found, csv] = ["animals.arff", "animals.csv"].map(|name| table(name, &options));
    assert_eq!(found.dataset.groups, csv.dataset.groups);
    assert_eq!(found.dataset.times, csv.dataset.times);
    assert_eq!(
        found.dataset.schema.columns[0],
        csv.dataset.schema.columns[0]
    );
    assert_eq!(found.dataset.schema.ignored, csv.dataset.schema.ignored);
}

#[test]
fn arff_that_is_wrong_is_an_error_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.arff");
    let declared = "@relation r\n@attribute a numeric\n@attribute b {x,y}\n";
    for (rest, message) in [
        ("1,x\n", ":4: `1,x` is neither `@attribute` nor `@data`"),
        ("", "there is no `@data`"),
        (
            "@attribute c\n@data\n",
            ":4: the attribute `c` is of the type ``",
        ),
        (
            "@attribute c relational\n",
            ":4: the attribute `c` holds tables",
        ),
        (
            "@attribute c {x\n@data\n",
            ":4: the brace of the values is never closed",
        ),
        (
            "@attribute c date 'HH:mm'\n@data\n",
            ":4: dates are written as 'HH:mm'",
        ),
        ("@data\n1,x\n2\n", ":6: 2 columns expected, 1 found"),
        ("@data\n1,x,3\n", ":5: 2 columns expected, 3 found"),
        ("@data\n1,x,{2}\n", ":5: the row has a weight"),
        ("@data\n{0 1}, {2}\n", ":5: the row has a weight"),
        ("@data\none,x\n", ":5: column 1 (a): `one` is not a number"),
        (
            "@data\n1,z\n",
            ":5: column 2 (b): `z` is none of the values that the attribute declares: `x`, `y`",
        ),
        (
            "@data\n1,'x\n",
            ":5: column 2 (b): the quote that opens here is never closed",
        ),
        (
            "@data\n1,'x'y\n",
            ":5: column 2 (b): text follows the closing quote",
        ),
        (
            "@data\n{1 x, 0 2}\n",
            ":5: a sparse row holds numbers of attributes",
        ),
        (
            "@data\n{2 x}\n",
            ":5: a sparse row holds numbers of attributes",
        ),
        (
            "@data\n{1 x\n",
            ":5: the brace of the sparse row is never closed",
        ),
        (
            "@data\ninf,x\n1,y\n",
            ":5: column 1 (a): `inf` is not a finite number",
        ),
        ("@data\n% only a comment\n", "no rows"),
    ] {
        fs::write(&path, format!("{declared}{rest}")).unwrap();
        let found = read(&path, &options(-1)).expect_err(rest);
        let found = described(&found, &path);
        assert!(found.contains(message), "{found}");
    }
}

#[test]
fn arrays_that_are_wrong_are_errors_with_what_is_wrong() {
    for (name, message) in [
        (
            "broken_cut_off.npy",
            "the array of the file ends too early: 384 bytes of values are announced, 379 follow",
        ),
        ("broken_longer.npy", "4 bytes follow its values"),
        ("broken_header.npy", "its header is cut off"),
        (
            "broken_rows.npy",
            "16000000000000000000 bytes of values are announced, 0 follow",
        ),
        ("broken_columns.npy", "more than 1048576 columns"),
        (
            "broken_overflow.npy",
            "its header does not tell type, order and shape",
        ),
        ("broken_objects.npy", "its values are Python objects"),
        ("broken_complex.npy", "its values are complex numbers"),
        (
            "broken_records.npy",
            "its values are records of several fields",
        ),
        ("broken_vector.npy", "it has one axis"),
        (
            "broken_infinite.npy",
            "row 3, column 2 (x2): `inf` is not a finite number",
        ),
        (
            "broken_cut_off.npz",
            "the list of its contents is missing: it is cut off",
        ),
        (
            "broken_damaged.npz",
            "the archive cannot be read: `x_train.npy`",
        ),
        (
            "broken_bomb.npz",
            "`x.npy` unpacks to more than 500 times its size",
        ),
    ] {
        let found = error(name, &options(-1));
        assert!(found.contains(message), "{found}");
    }
}

#[cfg(feature = "parquet")]
#[test]
fn parquet_keeps_the_types_of_its_columns() {
    let mut config = section("class");
    // In a CSV, digits are a number.
    let category = ColumnSetting::Kind(KindWord::Category);
    config.columns.insert("zip".to_owned(), category);
    let options = ReadOptions {
        leave_out: false,
        ..ReadOptions::training(&config)
    };
    let expected = table("kinds.csv", &options);
    for writer in [
        "snappy", "gzip", "zstd", "none", "version2", "old", "polars", "duckdb",
    ] {
        let name = format!("kinds_{writer}.parquet");
        let found = table(&name, &options);
        assert_equal(&found.dataset, &expected.dataset, &name);
        assert_eq!(found.report, expected.report, "{name}");
        // Without a word of the config, texts stay texts, and that is told.
        let told = table(&name, &super::typed_tables::options("class"));
        assert_equal(&told.dataset, &expected.dataset, &name);
        assert!(told.report.notes.contains(&Note::TextOfNumbers {
            columns: vec!["zip".to_owned()]
        }));
        let first = ReadOptions {
            limit: 12,
            ..options.clone()
        };
        assert_equal(&table(&name, &first), &table("kinds.csv", &first), &name);
    }
    // Columns are matched by name with those of a model.
    let schema = Arc::clone(&expected.dataset.schema);
    let further = ReadOptions::of_model(&config, schema, Labels::Required);
    let found = table("kinds_polars.parquet", &further);
    assert_equal(
        &found.dataset.features,
        &expected.dataset.features,
        "polars",
    );
}

#[cfg(feature = "parquet")]
#[test]
fn parquet_that_is_not_read_is_refused_by_name() {
    for (name, message) in [
        (
            "broken_list.parquet",
            "column `list` holds lists or other columns",
        ),
        (
            "broken_brotli.parquet",
            "is compressed by BROTLI, which is not read",
        ),
        ("broken_time.parquet", "column `time` holds times of day"),
        ("broken_cut_off.parquet", "the Parquet file cannot be read"),
        ("broken_encrypted.parquet", "it is encrypted"),
    ] {
        let found = error(name, &options("class"));
        assert!(found.contains(message), "{found}");
    }
    let mut config = section("class");
    let ignored = ColumnSetting::Role(RoleWord::Ignore);
    config.columns.insert("list".to_owned(), ignored);
    let options = ReadOptions {
        leave_out: false,
        ..ReadOptions::training(&config)
    };
    assert_eq!(table("broken_list.parquet", &options).dataset.rows(), 24);
}

#[cfg(feature = "parquet")]
#[test]
fn what_is_written_as_parquet_reads_back() {
    let folder = tempfile::tempdir().unwrap();
    for (csv, label) in [("kinds.csv", "class"), ("images_train.csv", "label")] {
        let written = table(csv, &options(label));
        let path = folder.path().join("rows.parquet");
        mlp_data::write_parquet(&path, &written.dataset).unwrap();
        let found = read(&path, &options(label)).unwrap();
        assert_equal(&found.dataset, &written.dataset, csv);
    }
}

/// Any file that is cut off or of which bytes were changed is read or refused, never worse.
#[test]
fn damage_anywhere_is_no_panic() {
    let folder = tempfile::tempdir().unwrap();
    for name in [
        "numbers_f4.npy",
        "images.npz",
        "images_deflated.npz",
        "named.npz",
        "animals.arff",
        "animals_sparse.arff",
        "numbers.csv.zst",
        "kinds_snappy.parquet",
        "kinds_version2.parquet",
    ] {
        let whole = fs::read(path(name)).unwrap();
        let damaged = folder.path().join(name);
        for at in (0..whole.len()).step_by(1 + whole.len() / 100) {
            fs::write(&damaged, &whole[..at]).unwrap();
            let _ = read(&damaged, &options(-1));
            for flip in [0x01, 0xff] {
                let mut bytes = whole.clone();
                bytes[at] ^= flip;
                fs::write(&damaged, &bytes).unwrap();
                let _ = read(&damaged, &options(-1));
            }
        }
    }
}
