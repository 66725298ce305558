//! Tables in other formats than CSV: `train`, `predict`, `evaluate`, `data inspect` and `data convert` take them.

use std::fs;
use std::path::Path;

use crate::support::program::{Ran, fails, json, mlp, stdout};
use crate::support::{copy, repository};

const SHORT: [&str; 2] = ["--set", "training.epochs=2"];

/// A folder with the tables that other programs wrote (`tests/fixtures/tables.py`).
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(&repository("tests/fixtures/tables"), folder.path());
    folder
}

fn run(folder: &Path, arguments: &[&str]) -> Ran {
    Ran::of(mlp(folder).args(arguments).output().unwrap())
}

#[test]
fn each_format_trains_predicts_and_is_inspected_as_its_csv() {
    let folder = folder();
    let path = folder.path();
    for (file, csv, label, kind) in [
        ("numbers.csv.zst", "numbers.csv", "-1", "csv"),
        ("numbers_f4.npy", "numbers.csv", "-1", "npy"),
        ("named.npz", "named.csv", "-1", "npz"),
        ("animals.arff", "animals.csv", "KIND", "arff"),
    ] {
        let run_of = |file: &str, runs: &str| {
            let arguments = ["train", file, "--label", label, "--run-dir", runs];
            run(path, &[&arguments[..], &SHORT].concat()).success();
            stdout(path, &["predict", runs, file, "--probabilities"])
        };
        let of_format = run_of(file, &format!("runs/{kind}"));
        let of_csv = run_of(csv, &format!("runs/{kind}-csv"));
        let rows = of_csv.lines().count();
        assert_eq!(of_format.lines().count(), rows, "{file}");
        if kind != "arff" {
            // An attribute of ARFF may have categories that no row has, and is no truth value.
            assert_eq!(of_format, of_csv, "{file}");
        }
        // Each is read by the network of the other.
        let other = format!("runs/{kind}");
        assert_eq!(
            stdout(path, &["predict", &other, csv, "--probabilities"]),
            of_format
        );
        let bytes = fs::read(path.join(file)).unwrap();
        let arguments = ["predict", other.as_str(), "-", "--probabilities"];
        let piped = Ran::with_input(mlp(path).args(arguments), &bytes).success();
        assert_eq!(piped.stdout, of_format, "{file}");
        stdout(path, &["evaluate", &other, "--data", csv]);
        stdout(path, &["evaluate", &other]);

        let document = json(path, &["data", "inspect", file, "--label", label, "--json"]);
        let inspected = &document["files"][0];
        assert_eq!(inspected["format"]["kind"], kind);
        assert_eq!(inspected["rows"], rows - 1, "{file}");
    }
}

#[test]
fn a_training_file_with_test_rows_needs_no_other() {
    let folder = folder();
    let path = folder.path();
    let arguments = ["train", "images.npz", "--label", "-1", "--run-dir", "run"];
    let trained = run(path, &[&arguments[..], &SHORT].concat()).success();
    for note in ["not of `x_test`", "not of `x_train`"] {
        assert!(trained.stderr.contains(note), "{}", trained.stderr);
    }
    let evaluated = json(path, &["evaluate", "run", "--json"]);
    assert!(evaluated["test"]["accuracy"].is_number(), "{evaluated}");
    assert_eq!(
        stdout(path, &["predict", "run", "images.npz"])
            .lines()
            .count(),
        9
    );
    run(path, &["reproduce", "run"]).success();
}

#[test]
fn tables_become_others() {
    let folder = folder();
    let path = folder.path();
    for (from, label, names) in [
        (
            "numbers.csv",
            "-1",
            &["a.npy", "b.csv.zst", "c.npz", "d.npy.gz"][..],
        ),
        (
            "images_train.csv",
            "label",
            &["e.npz", "f.csv", "g.npz.zst"],
        ),
        ("named.csv", "-1", &["h.npz", "i.csv.gz"]),
    ] {
        stdout(
            path,
            &[
                "data",
                "convert",
                from,
                "first.csv",
                "--label",
                label,
                "--force",
            ],
        );
        let mut before = (from, label);
        for name in names {
            stdout(
                path,
                &["data", "convert", before.0, name, "--label", before.1],
            );
            before = (name, if name.contains(".csv") { "label" } else { "-1" });
        }
        stdout(
            path,
            &[
                "data", "convert", before.0, "last.csv", "--label", before.1, "--force",
            ],
        );
        let without_header = |name: &str| {
            let text = fs::read_to_string(path.join(name)).unwrap();
            text.lines().skip(1).map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(
            without_header("first.csv"),
            without_header("last.csv"),
            "{from}"
        );
    }
    for (arguments, why) in [
        (["animals.arff", "x.npz"], "`legs` is of the kind category"),
        (["named.npz", "x.npy"], "its classes are no whole numbers"),
    ] {
        let arguments = [&["data", "convert"][..], &arguments].concat();
        let text = fails(path, 4, &arguments);
        assert!(text.contains(why), "{text}");
    }
    assert!(!path.join("x.npz").exists() && !path.join("x.npy").exists());
    fails(path, 2, &["data", "convert", "numbers.csv", "x.txt"]);
}

#[test]
fn what_is_wrong_in_a_file_is_an_error_with_exit_code_4() {
    let folder = folder();
    let path = folder.path();
    for (file, why) in [
        ("broken_rows.npy", "bytes of values are announced"),
        ("broken_bomb.npz", "more than 500 times its size"),
        ("broken_bomb.csv.zst", "500 times its size"),
        ("broken_cut_off.npz", "cut off"),
        ("other_names.npz", "`train`, `labels`"),
    ] {
        let text = fails(path, 4, &["train", file, "--label", "-1"]);
        assert!(text.contains(why), "{text}");
        assert!(!text.contains("panicked"), "{text}");
    }
}
