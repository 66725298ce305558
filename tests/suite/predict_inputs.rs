//! What `mlp predict` makes of inputs that do not fit the network.

use crate::support::program::Ran;
use crate::support::trained_run::TrainedRun;

/// Predicts rows given as text.
fn predict(trained: &TrainedRun, rows: &str) -> Ran {
    trained.write("new.csv", rows);
    trained.call(&["predict", "artifacts", "new.csv"])
}

#[test]
fn columns_are_matched_by_name() {
    let trained = TrainedRun::on_a_table();
    let straight = predict(&trained, "width,height\n2.5,4\n3.5,1\n");
    let turned = predict(&trained, "height,species,width\n4,?,2.5\n1,,3.5\n");
    turned.assert_error(0, &["new.csv", "matched by name"]);
    assert_eq!(turned.stdout, straight.stdout);
    assert_eq!(straight.stderr, "");
    let quiet = trained.call(&["predict", "artifacts", "new.csv", "--quiet"]);
    assert_eq!(
        (quiet.stdout, quiet.stderr),
        (straight.stdout.clone(), String::new())
    );

    let spelled = predict(&trained, "Width, HEIGHT\n2.5,4\n3.5,1\n");
    spelled.assert_error(0, &["Width is width", "HEIGHT is height"]);
    assert_eq!(spelled.stdout, straight.stdout);
    let more = predict(&trained, "width,height,depth\n2.5,4,1\n3.5,1,1\n");
    more.assert_error(0, &["new.csv", "passed over: `depth`"]);
    assert_eq!(more.stdout, straight.stdout);
}

#[test]
fn wrong_columns_are_named() {
    let trained = TrainedRun::on_a_table();
    let other = predict(&trained, "width,depth\n2.5,4\n");
    other.assert_error(4, &["new.csv", "a column is missing", "`height`"]);
    let renamed = predict(&trained, "breite,höhe\n2.5,4\n3.5,1\n");
    renamed.assert_error(4, &["new.csv", "`width`, `height`", "`breite`"]);
    let many = predict(&trained, "a,b,c,d\n2.5,4,1,1\n");
    many.assert_error(4, &["columns are missing", "`width`, `height`"]);
    for outcome in [other, renamed, many] {
        assert_eq!(outcome.stdout, "");
    }
}

#[test]
fn empty_cells_follow_the_policy_of_the_run() {
    let strict = TrainedRun::on_a_table_with("missing = \"error\"\n");
    let refused = predict(&strict, "width,height\n2.5,4\n,1\n");
    refused.assert_error(4, &["new.csv:3", "width", "empty"]);

    let zero = TrainedRun::on_a_table_with("missing = 0\n");
    let filled = predict(&zero, "width,height\n,1\n");
    assert_eq!(filled.code, Some(0), "{}", filled.stderr);
    assert_eq!(filled.stdout, predict(&zero, "width,height\n0,1\n").stdout);

    let mean = TrainedRun::on_a_table_with("missing = \"mean\"\n");
    let filled = predict(&mean, "width,height\n,1\n");
    assert_eq!(filled.code, Some(0), "{}", filled.stderr);
    let manifest = std::fs::read_to_string(mean.run().join("run.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    let width = &manifest["preprocessing"]["columns"][0]["fill"];
    let explicit = predict(&mean, &format!("width,height\n{width},1\n"));
    assert_eq!(filled.stdout, explicit.stdout);
}

#[test]
fn values_out_of_the_scale_are_refused_as_in_training() {
    let trained = TrainedRun::on_digits("[\"digits\"]");
    let row = |value: &str| format!("{value}{}\n", ",0".repeat(783));
    assert_eq!(predict(&trained, &row("255")).code, Some(0));
    predict(&trained, &row("256")).assert_error(4, &["new.csv:1", "256", "0–255"]);
    predict(&trained, &row("red")).assert_error(4, &["new.csv:1", "red"]);
    predict(&trained, &row("")).assert_error(4, &["new.csv:1", "column 1", "empty"]);
}

#[test]
fn rows_of_nothing_but_delimiters_are_counted() {
    let trained = TrainedRun::on_a_table();
    let outcome = predict(&trained, "width,height\n2.5,4\n,\n3.5,1\n,\n");
    outcome.assert_error(
        0,
        &["new.csv: rows of nothing but delimiters, passed over: 2"],
    );
    assert_eq!(outcome.stdout.lines().count(), 3);
    assert_eq!(outcome.stderr.lines().count(), 1);
}

#[test]
fn what_holds_no_rows_is_reported_for_what_it_is() {
    let trained = TrainedRun::on_a_table();
    trained
        .call(&["predict", "artifacts", "artifacts"])
        .assert_error(4, &["artifacts"]);
    predict(&trained, "").assert_error(4, &["new.csv: the file is empty"]);
    trained
        .call(&["predict", "artifacts"])
        .assert_error(2, &["INPUT"]);
    trained
        .call(&["predict", "artifacts", "-", "-"])
        .assert_error(2, &["named twice"]);
}

#[test]
fn ids_and_kept_columns_go_to_the_output_with_their_rows() {
    let folder = "columns = { ticket = \"id\" }\n";
    let trained = TrainedRun::on_a_table_with_ids(folder);
    trained.write(
        "new.csv",
        "ticket,width,note,height,species\n007,2.5,\"a, b\",4,oak\n08,3.5,,1,yew\n,1,\"\"\"q\"\"\",1,\n",
    );
    let bare = trained.result_of(&["predict", "artifacts", "new.csv"]);
    let lines: Vec<&str> = bare.lines().collect();
    assert_eq!(lines[0], "ticket,prediction,confidence");
    assert!(lines[1].starts_with("007,"), "{bare}");
    let kept = [
        "predict",
        "artifacts",
        "new.csv",
        "--keep",
        "note",
        "--keep",
        "species",
    ];
    let kept = trained.result_of(&kept);
    let lines: Vec<&str> = kept.lines().collect();
    assert_eq!(lines[0], "ticket,note,species,prediction,confidence");
    assert!(lines[1].starts_with("007,\"a, b\",oak,"), "{kept}");
    assert!(lines[2].starts_with("08,,yew,"), "{kept}");
    assert!(lines[3].starts_with(",\"\"\"q\"\"\",,"), "{kept}");

    // The columns of a submission.
    let columns = [
        "predict",
        "artifacts",
        "new.csv",
        "--columns",
        "prediction=Label",
    ];
    let renamed = trained.result_of(&columns);
    assert_eq!(renamed.lines().next(), Some("ticket,Label"));
    let numbered = [
        "predict",
        "artifacts",
        "new.csv",
        "new.csv",
        "--columns",
        "row=ImageId,prediction",
    ];
    let numbered = trained.result_of(&numbered);
    let rows: Vec<&str> = numbered
        .lines()
        .map(|line| line.split(',').nth(1).unwrap())
        .collect();
    assert_eq!(rows, ["ImageId", "1", "2", "3", "4", "5", "6"]);

    // Features may be kept too, and a file without ids has none to carry.
    trained.write("less.csv", "width,height\n2.5,4\n");
    let feature = trained.result_of(&["predict", "artifacts", "less.csv", "--keep", "height"]);
    assert!(
        feature.starts_with("height,prediction,confidence\n4,"),
        "{feature}"
    );
    trained
        .call(&["predict", "artifacts", "new.csv", "--keep", "notes"])
        .assert_error(4, &["`notes` is to be kept", "did you mean `note`?"]);
    trained
        .call(&["predict", "artifacts", "new.csv", "--columns", "class"])
        .assert_error(2, &["--columns", "`class`", "prediction, confidence"]);
    trained
        .call(&[
            "predict",
            "artifacts",
            "new.csv",
            "--columns",
            "prediction=",
        ])
        .assert_error(2, &["NAME=NEW"]);
}
