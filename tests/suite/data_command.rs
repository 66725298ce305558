//! `mlp data`

use std::fs;

use crate::support::program::{fails, json, mlp, stdout};

#[test]
fn a_file_is_described_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let csv = "a;b;species\n0;1.5;x\n;1.5;y\n-2;1.5;y\n";
    fs::write(folder.path().join("a.csv"), csv).unwrap();
    let arguments = ["data", "inspect", "a.csv", "--label", "species", "--json"];
    let found = json(folder.path(), &arguments);
    let file = &found["files"][0];
    assert_eq!(file["path"], "a.csv");
    assert_eq!(file["format"]["header"], true);
    assert_eq!(file["format"]["delimiter"], ";");
    assert_eq!((&file["rows"], &file["columns"]), (&3.into(), &2.into()));
    assert_eq!(file["values"], "floats");
    assert_eq!(file["minimum"], -2.0);
    assert_eq!(file["maximum"], 1.5);
    assert_eq!(file["empty_cells"], 1);
    assert_eq!(file["zero_share"], 0.2);
    assert_eq!(file["constant_columns"], 1);
    assert_eq!(file["classes"][1]["class"], "y");
    assert_eq!(file["classes"][1]["rows"], 2);

    let by_position = ["data", "inspect", "a.csv", "--label", "-1", "--json"];
    assert_eq!(json(folder.path(), &by_position), found);
    let readable = stdout(folder.path(), &arguments[..5]);
    assert!(readable.contains("CSV with header, separated by semicolons"));
    assert!(readable.contains("66.67 %"), "{readable}");
}

#[test]
fn a_label_that_was_not_named_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.csv"), "a,species\n1,x\n2,y\n").unwrap();
    let found = json(folder.path(), &["data", "inspect", "a.csv", "--json"]);
    assert!(found["files"][0]["classes"].is_null());
    let arguments = ["data", "inspect", "a.csv", "--label", "specis"];
    let text = fails(folder.path(), 4, &arguments);
    assert!(text.contains("no label column"), "{text}");
    assert!(text.contains("species"), "{text}");
    fs::write(folder.path().join("b.csv"), "1,2\n3,4\n").unwrap();
    let found = json(folder.path(), &["data", "inspect", "b.csv", "--json"]);
    assert!(found["files"][0]["classes"].is_null());
    assert_eq!(found["files"][0]["format"]["header"], false);
    let arguments = ["data", "inspect", "a.csv", "--label", "sort"];
    fails(folder.path(), 4, &arguments);
}

#[test]
fn rows_are_generated_and_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let arguments = ["data", "synthesize", "gaussian-sum", "-o", "new/s.csv.gz"];
    let more = ["--rows", "50", "--columns", "3", "--seed", "5"];
    let all = [&arguments[..], &more].concat();
    let text = stdout(path, &all);
    assert!(text.starts_with("new/s.csv.gz: 50 rows, "), "{text}");
    let file = &json(path, &["data", "inspect", "new/s.csv.gz", "--json"])["files"][0];
    assert_eq!((&file["rows"], &file["columns"]), (&50.into(), &3.into()));
    assert_eq!(file["format"]["compression"], "gzip");

    let before = fs::read(path.join("new/s.csv.gz")).unwrap();
    assert!(fails(path, 2, &all).contains("--force"));
    assert_eq!(fs::read(path.join("new/s.csv.gz")).unwrap(), before);
    stdout(
        path,
        &[&arguments[..], &["--rows", "9", "--force"]].concat(),
    );
    assert_ne!(fs::read(path.join("new/s.csv.gz")).unwrap(), before);

    for wrong in [
        &["digits", "-o", "d.txt"][..],
        &["digits", "-o", "d.csv", "--columns", "3"],
        &["digits", "-o", "d.csv", "--rows", "0"],
        &["digits", "-o", "d.csv", "--rows", "99999999999"],
    ] {
        fails(path, 2, &[&["data", "synthesize"], wrong].concat());
    }
    assert!(!path.join("d.csv").exists());
}

#[test]
fn images_survive_the_way_to_idx_and_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let synthesize = ["data", "synthesize", "digits", "--rows", "30", "-o"];
    stdout(path, &[&synthesize[..], &["d.csv"]].concat());
    let idx = "d-images-idx3-ubyte.gz";
    let text = stdout(path, &["data", "convert", "d.csv", idx]);
    assert!(text.contains("d-labels-idx1-ubyte.gz: 30 rows"), "{text}");
    let labels = path.join("d-labels-idx1-ubyte.gz");
    assert!(labels.exists());
    stdout(path, &["data", "convert", idx, "back.csv"]);
    let read = |name: &str| fs::read(path.join(name)).unwrap();
    assert_eq!(read("back.csv"), read("d.csv"));
    let plain = "d-images-idx3-ubyte";
    stdout(path, &["data", "convert", "d.csv", plain]);
    assert_eq!(read(plain)[..8], [0, 0, 8, 3, 0, 0, 0, 30]);
    assert_eq!(read(plain).len(), 16 + 30 * 784);
    assert_eq!(read("d-labels-idx1-ubyte")[..8], [0, 0, 8, 1, 0, 0, 0, 30]);
    // The label file is no less protected than the one that was named.
    fs::remove_file(path.join(plain)).unwrap();
    fails(path, 2, &["data", "convert", "d.csv", plain]);
}

#[test]
fn what_is_no_image_does_not_become_idx() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    for (csv, why) in [
        ("label,a\n1,0.5\n2,1\n", "whole number from 0 to 255"),
        ("label,a,b\n1,0,1\n2,1,1\n", "no square image"),
        ("label,a\nx,0\ny,1\n", "class `x`"),
    ] {
        fs::write(path.join("a.csv"), csv).unwrap();
        let arguments = ["data", "convert", "a.csv", "a-images-idx3-ubyte"];
        let text = fails(path, 4, &arguments);
        assert!(text.contains(why), "{text}");
        assert_eq!(fs::read_dir(path).unwrap().count(), 1, "nothing is left");
    }
    fails(path, 2, &["data", "convert", "a.csv", "a.png"]);
    fails(path, 4, &["data", "convert", "b.csv", "c.csv"]);
}

/// Nobody listens on port 1.
#[test]
fn a_dead_network_is_reported_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let fetch = ["data", "fetch", "--to", "here"];
    let mirror = ["--mirror", "http://127.0.0.1:1/given"];
    let text = fails(folder.path(), 4, &[&fetch[..], &mirror].concat());
    assert!(text.contains("http://127.0.0.1:1/given"), "{text}");
    assert!(text.contains("help: check the network"), "{text}");
    let output = mlp(folder.path())
        .args(fetch)
        .env("MLP_MNIST_MIRRORS", "http://127.0.0.1:1/variable")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&output.stderr).contains("1/variable"));
    assert!(!folder.path().join("here/mnist_train.csv").exists());
}
