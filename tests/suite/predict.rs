//! `mlp predict`: every kind of input, and the CSV that comes of it.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Stdio};

use mlp::data::{Features, digits, write_csv};

use crate::support::trained_run::{SPECIES, TrainedRun, cells, flowers, gzip, table};

/// The feature columns of the table alone, without a header.
fn bare_rows(rows: u32, seed: u32) -> String {
    let row = |(width, _, height): &(f64, &str, f64)| format!("{width},{height}\n");
    flowers(rows, seed).iter().map(row).collect()
}

#[test]
fn a_line_for_each_row_with_probabilities_if_asked_for() {
    let trained = TrainedRun::on_a_table();
    let plain = trained.result_of(&["predict", "artifacts", "test.csv"]);
    assert!(plain.starts_with("prediction,confidence\n"), "{plain}");
    assert_eq!(plain.lines().count(), 51);

    let text = trained.result_of(&["predict", "artifacts", "test.csv", "--probabilities"]);
    let lines = cells(&text);
    let classes: Vec<String> = SPECIES.iter().map(|name| format!("p_{name}")).collect();
    assert_eq!(lines[0][2..], classes);
    for (line, plain) in lines[1..].iter().zip(&cells(&plain)[1..]) {
        assert_eq!(line[..2], plain[..]);
        let number = |cell: &String| cell.parse::<f64>().unwrap();
        let probabilities: Vec<f64> = line[2..].iter().map(number).collect();
        assert!((probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        let class = SPECIES.iter().position(|name| *name == line[0]).unwrap();
        assert_eq!(number(&line[1]).to_bits(), probabilities[class].to_bits());
        assert!(
            probabilities
                .iter()
                .all(|&other| other <= probabilities[class])
        );
    }
    let predicted = |name: &str| lines.iter().any(|line| line[0] == name);
    assert!(SPECIES.iter().all(|name| predicted(name)), "{text}");
}

#[test]
fn the_same_rows_in_any_form_have_the_same_predictions() {
    let trained = TrainedRun::on_a_table();
    let expected = trained.result_of(&["predict", "artifacts", "test.csv"]);
    trained.write("packed.csv.gz", gzip(table(50, 2).as_bytes()));
    trained.write("bare.csv", bare_rows(50, 2));
    trained.write("named.csv", format!("width,height\n{}", bare_rows(50, 2)));
    for (input, note) in [
        ("packed.csv.gz", ""),
        (
            "bare.csv",
            "note: bare.csv: the file does not name the network's columns: they are taken one after the other\n",
        ),
        ("named.csv", ""),
    ] {
        let outcome = trained.call(&["predict", "artifacts", input]);
        assert_eq!(
            (outcome.stdout, outcome.stderr.as_str()),
            (expected.clone(), note),
            "{input}"
        );
    }
    for input in [table(50, 2).into_bytes(), gzip(bare_rows(50, 2).as_bytes())] {
        let outcome = trained.call_with_input(&["predict", "artifacts", "-"], &input);
        assert_eq!(outcome.stdout, expected, "{}", outcome.stderr);
    }
}

#[test]
fn inputs_follow_each_other_in_order_however_long() {
    let trained = TrainedRun::on_a_table();
    let rows_of = |arguments: &[&str]| {
        let text = trained.result_of(&[&["predict", "artifacts"], arguments].concat());
        text.lines().skip(1).map(str::to_owned).collect::<Vec<_>>()
    };
    let inputs = ["long.csv", "test.csv", "train.csv"];
    trained.write("long.csv", bare_rows(3000, 4)); // several times what goes through at once
    let one_by_one: Vec<String> = inputs.iter().flat_map(|input| rows_of(&[input])).collect();
    assert_eq!(one_by_one.len(), 3170);
    assert_eq!(rows_of(&inputs), one_by_one);

    // Row by row the network says the same as in the middle of many others.
    for row in [0, 1023, 1024, 2999] {
        let line = bare_rows(3000, 4).lines().nth(row).unwrap().to_owned();
        trained.write("one.csv", line);
        let alone = rows_of(&["one.csv"]);
        let (alone, among) = (&cells(&alone[0])[0], &cells(&one_by_one[row])[0]);
        assert_eq!(alone[0], among[0], "row {row}");
        let confidence = |line: &[String]| line[1].parse::<f64>().unwrap();
        assert!(
            (confidence(alone) - confidence(among)).abs() < 1e-6,
            "row {row}"
        );
    }
}

#[test]
fn images_in_idx_are_predicted_as_their_csv() {
    let trained = TrainedRun::on_digits("[\"digits\"]");
    let rows = digits(1100, 3);
    let Features::Bytes(pixels) = &rows.features else {
        panic!("pixels are bytes");
    };
    let mut idx = vec![0, 0, 8, 3, 0, 0, 4, 76, 0, 0, 0, 28, 0, 0, 0, 28];
    idx.extend_from_slice(pixels);
    write_csv(&trained.path("rows.csv"), &rows).unwrap();
    let expected = trained.result_of(&["predict", "artifacts", "rows.csv"]);
    assert_eq!(expected.lines().count(), 1101);
    trained.write("some-images-idx3-ubyte.gz", gzip(&idx));
    trained.write("images", &idx);
    for input in ["some-images-idx3-ubyte.gz", "images"] {
        assert_eq!(
            trained.result_of(&["predict", "artifacts", input]),
            expected,
            "{input}"
        );
    }
    let streamed = trained.call_with_input(&["predict", "artifacts", "-"], &idx);
    streamed.assert_error(4, &["IDX", "instead of `-`"]);
}

#[test]
fn an_output_file_appears_whole_or_not_at_all() {
    let trained = TrainedRun::on_a_table();
    let expected = trained.result_of(&["predict", "artifacts", "test.csv"]);
    let names = || {
        let entries = fs::read_dir(trained.path("")).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = names();
    trained.write("wrong.csv", format!("{}1,oak\n", table(2000, 3)));
    let failing = ["predict", "artifacts", "wrong.csv", "--output", "out.csv"];
    trained.call(&failing).assert_error(4, &["wrong.csv:2002"]);
    fs::remove_file(trained.path("wrong.csv")).unwrap();
    assert_eq!(names(), before);

    trained.write("out.csv", "precious");
    let absent = [
        "predict",
        "artifacts",
        "test.csv",
        "absent.csv",
        "-o",
        "out.csv",
    ];
    trained
        .call(&absent)
        .assert_error(4, &["absent.csv: there is no such file"]);
    assert_eq!(
        fs::read_to_string(trained.path("out.csv")).unwrap(),
        "precious"
    );

    let good = ["predict", "artifacts", "test.csv", "-o", "out.csv"];
    assert_eq!(trained.result_of(&good), "");
    assert_eq!(
        fs::read_to_string(trained.path("out.csv")).unwrap(),
        expected
    );
    assert_eq!(names().len(), before.len() + 1);
    let nowhere = ["predict", "artifacts", "test.csv", "-o", "nowhere/out.csv"];
    trained
        .call(&nowhere)
        .assert_error(1, &["nowhere/out.csv", "cannot be written"]);
}

#[test]
fn a_reader_that_goes_is_no_failure() {
    let trained = TrainedRun::on_a_table();
    trained.write("long.csv", bare_rows(20_000, 1)); // more output than a pipe holds
    let mut program = Command::new(trained.mlp().get_program())
        .args(["predict", "artifacts", "long.csv", "--quiet"])
        .current_dir(trained.path(""))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::new(program.stdout.take().unwrap())
        .read_line(&mut first)
        .unwrap();
    assert_eq!(first, "prediction,confidence\n");
    let mut message = String::new();
    program
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut message)
        .unwrap();
    assert_eq!(
        (program.wait().unwrap().code(), message.as_str()),
        (Some(0), "")
    );
}

#[test]
fn a_header_without_rows_has_no_predictions() {
    let trained = TrainedRun::on_a_table();
    trained.write("none.csv", "width,height\n");
    assert_eq!(
        trained.result_of(&["predict", "artifacts", "none.csv"]),
        "prediction,confidence\n"
    );
}

#[test]
fn predictions_never_replace_their_own_input() {
    let trained = TrainedRun::on_a_table();
    let before = fs::read(trained.path("test.csv")).unwrap();
    trained
        .call(&["predict", "artifacts", "test.csv", "--output", "./test.csv"])
        .assert_error(2, &["test.csv", "another --output"]);
    assert_eq!(fs::read(trained.path("test.csv")).unwrap(), before);
}

#[test]
fn no_output_replaces_a_part_of_the_run() {
    let trained = TrainedRun::on_a_table();
    let run = trained.run();
    let parts = [
        "run.json",
        "config.toml",
        "metrics.jsonl",
        "checkpoints/best",
    ];
    for part in parts {
        let (part, before) = (run.join(part), fs::read(run.join(part)).ok());
        let output = part.to_str().unwrap();
        for command in [
            &["predict", "artifacts", "test.csv", "-o", output][..],
            &["export", "artifacts", "--format", "c", "-o", output],
            &["report", "artifacts", "-o", output],
        ] {
            trained
                .call(command)
                .assert_error(2, &["a part of the run itself"]);
        }
        assert_eq!(fs::read(&part).ok(), before);
    }
    let header = run.join("network.h");
    trained.result_of(&["export", "artifacts", "-o", header.to_str().unwrap()]);
}

#[test]
fn a_dash_is_standard_output() {
    let trained = TrainedRun::on_a_table();
    assert_eq!(
        trained.result_of(&["predict", "artifacts", "test.csv", "-o", "-"]),
        trained.result_of(&["predict", "artifacts", "test.csv"])
    );
    let page = trained.result_of(&["report", "artifacts", "-o", "-"]);
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>\n"));
    assert!(!trained.path("-").exists());
}

#[test]
#[cfg(unix)]
fn a_signal_leaves_nothing_unfinished() {
    use std::process::Stdio;
    use std::time::{Duration, Instant};

    use crate::support::program::send;

    let trained = TrainedRun::on_a_table();
    let is_there = || {
        fs::read_dir(trained.path("")).unwrap().any(|entry| {
            let name = entry.unwrap().file_name();
            name.to_string_lossy().starts_with(".unfinished")
        })
    };
    for signal in ["-TERM", "-INT"] {
        let mut child = trained
            .mlp()
            .args(["predict", "artifacts", "-", "-o", "out.csv"])
            .stdin(Stdio::piped()) // it waits for rows
            .spawn()
            .unwrap();
        let begun = Instant::now();
        while !is_there() {
            assert!(
                begun.elapsed() < Duration::from_mins(1),
                "it does not begin"
            );
            std::thread::sleep(Duration::from_millis(10));
        }
        std::thread::sleep(Duration::from_millis(200)); // the signals are listened to by now
        send(signal, &child);
        let status = child.wait().unwrap();
        assert!(!status.success() && !is_there(), "{signal}: {status}");
        assert!(!trained.path("out.csv").exists());
    }
}
