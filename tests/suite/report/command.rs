//! `mlp report` through the program.

use std::fs;
use std::path::Path;

use super::copy_of;
use crate::support::experiment::{Experiment, PLAIN};
use crate::support::program::{Ran, mlp};
use crate::support::trained_run::TrainedRun;

fn report_of(run: &Path) -> String {
    fs::read_to_string(run.join("report.html")).unwrap()
}

/// Addresses in a page that a browser could ask for.
fn external(html: &str) -> Vec<&str> {
    html.match_indices("://")
        .map(|(at, _)| &html[at.saturating_sub(8)..(at + 30).min(html.len())])
        .collect()
}

#[test]
fn a_training_writes_its_report_and_prints_where() {
    let trained = TrainedRun::on_digits("[\"download\", \"digits\"]");
    let run = trained.run();
    let html = report_of(&run);
    assert_eq!(external(&html), Vec::<&str>::new());
    let warning = "<strong>Not the configured data:</strong>";
    assert!(html.contains(warning), "the digits stand in for files");
    for part in [
        "Summary",
        "Curves",
        "Confusion matrix",
        "Mistakes",
        "Calibration",
        "Weights",
        "Data",
        "Config",
        "Timings",
        "How to reproduce",
    ] {
        assert!(html.contains(&format!(">{part}</h2>")), "{part}");
    }
    let mut plots: Vec<String> = fs::read_dir(run.join("plots"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    plots.sort();
    let names = [
        "accuracy",
        "confusion_test",
        "confusion_train",
        "confusion_validation",
        "label_distribution",
        "learning_rate",
        "loss",
        "misclassified",
        "predictions",
        "reliability",
        "samples",
        "weights",
    ];
    let expected: Vec<String> = names
        .iter()
        .flat_map(|name| [format!("{name}.png"), format!("{name}.svg")])
        .collect();
    assert_eq!(plots, expected);

    fs::remove_file(run.join("report.html")).unwrap();
    let output = trained.result_of(&["report", "artifacts"]);
    let path = output.trim_end();
    assert!(path.ends_with("report.html"), "{output}");
    assert_eq!(
        fs::read_to_string(trained.path(path)).unwrap(),
        html,
        "the same again"
    );
}

#[test]
fn the_end_of_a_training_names_the_report_unless_none_is_wanted() {
    let experiment = Experiment::new(PLAIN);
    let output = experiment.train("with", &[]).stdout;
    assert!(output.contains("report: with/report.html"), "{output}");
    let output = experiment
        .train("without", &["--set", "training.report=false"])
        .stdout;
    assert!(!output.contains("report"), "{output}");
    assert!(!experiment.path("without/report.html").exists());
    assert!(!experiment.path("without/plots").exists());
}

#[test]
fn a_table_with_names_that_look_like_markup_is_shown_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let names = [
        "<b>\"x\"</b>",
        "</script><script>alert(1)</script>",
        "a & b, 'c'",
    ];
    let mut rows = String::from("\"<i>width</i>\",species,height\n");
    for row in 0..60 {
        let name = names[row % 3].replace('"', "\"\"");
        rows += &format!("{},\"{name}\",{}\n", row % 3, (row * 7) % 5);
    }
    fs::write(folder.path().join("train.csv"), rows).unwrap();
    let config = "name = \"table\"\n[data]\ntrain = \"train.csv\"\nlabel = \"species\"\nscale = \"standard\"\n[training]\nepochs = 1\nbatch_size = 16\n";
    fs::write(folder.path().join("run.toml"), config).unwrap();
    let arguments = ["--config", "run.toml", "--run-dir", "run", "-q"];
    Ran::of(mlp(folder.path()).args(arguments).output().unwrap()).success();
    let html = report_of(&folder.path().join("run"));
    for markup in ["<b>\"x\"", "<i>width", "<script>alert"] {
        assert!(!html.contains(markup), "{markup}");
    }
    assert!(html.contains("&lt;b&gt;&quot;x&quot;&lt;/b&gt;"));
    assert!(
        html.contains("\\u003c/script>\\u003cscript>alert(1)"),
        "within the data"
    );
    assert!(
        folder
            .path()
            .join("run/plots/decision_regions.png")
            .exists(),
        "two features"
    );
    for chart in ["samples", "predictions", "misclassified"] {
        assert!(
            !folder
                .path()
                .join(format!("run/plots/{chart}.svg"))
                .exists(),
            "a table has no pictures"
        );
    }
}

#[test]
fn a_run_that_did_not_finish_is_shown_with_what_it_has() {
    let folder = tempfile::tempdir().unwrap();
    let run = copy_of("digits", folder.path());
    for gone in ["evaluation.json", "predictions.csv"] {
        fs::remove_file(run.join(gone)).unwrap();
    }
    fs::remove_dir_all(run.join("examples")).unwrap();
    let manifest = fs::read_to_string(run.join("run.json")).unwrap();
    fs::write(
        run.join("run.json"),
        manifest.replace("\"finished\"", "\"interrupted\""),
    )
    .unwrap();
    Ran::of(
        mlp(folder.path())
            .args(["report", "digits"])
            .output()
            .unwrap(),
    )
    .success();
    let html = report_of(&run);
    for said in [
        "Not a finished run",
        "has not been scored",
        ">Curves</h2>",
        ">Weights</h2>",
        ">Config</h2>",
    ] {
        assert!(html.contains(said), "{said}");
    }
    assert!(!html.contains(">Mistakes</h2>") && !html.contains(">Confusion matrix</h2>"));
}

#[test]
fn what_was_lost_of_a_finished_run_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let run = copy_of("digits", folder.path());
    fs::remove_file(run.join("metrics.jsonl")).unwrap();
    fs::remove_dir_all(run.join("examples")).unwrap();
    let report = || {
        Ran::of(
            mlp(folder.path())
                .args(["report", "digits"])
                .output()
                .unwrap(),
        )
    };
    report().success();
    let html = report_of(&run);
    for said in [
        "metrics.jsonl is missing or cut short",
        "The rows kept to be shown",
    ] {
        assert!(html.contains(said), "{said}");
    }
    fs::write(run.join("config.toml"), "name = [").unwrap();
    report().assert_error(4, &["config.toml", "restore the file"]);
}

#[test]
fn without_a_checkpoint_the_rest_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let run = copy_of("plane", folder.path());
    fs::remove_dir_all(run.join("checkpoints")).unwrap();
    Ran::of(
        mlp(folder.path())
            .args(["report", "plane"])
            .output()
            .unwrap(),
    )
    .success();
    let html = report_of(&run);
    assert!(html.contains("no usable checkpoint"), "it says why");
    assert!(html.contains(">Confusion matrix</h2>") && !html.contains(">Weights</h2>"));
    assert!(!run.join("plots/decision_regions.svg").exists());
}

#[test]
fn a_damaged_run_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (file, content) in [
        ("run.json", "{"),
        ("evaluation.json", "{\"format\": 3, \"step\": \"x\"}"),
        ("metrics.jsonl", "nonsense\n"),
        ("predictions.csv", "split,row\ntest,one\n"),
        ("predictions.csv", "junk\n"),
        ("examples/test_rows.csv", "row\n1\n"),
        ("examples/test.csv", "label,x1\n"),
    ] {
        let run = copy_of("digits", folder.path());
        fs::write(run.join(file), content).unwrap();
        let answer = Ran::of(
            mlp(folder.path())
                .args(["report", "digits"])
                .output()
                .unwrap(),
        );
        answer.assert_error(4, &[Path::new(file).file_stem().unwrap().to_str().unwrap()]);
        assert!(!run.join("report.html").exists(), "{file}");
        fs::remove_dir_all(run).unwrap();
    }
    let answer = Ran::of(
        mlp(folder.path())
            .args(["report", "nowhere"])
            .output()
            .unwrap(),
    );
    answer.assert_error(4, &["nowhere"]);
}

#[test]
fn a_place_that_takes_nothing_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let run = copy_of("plane", folder.path());
    // Files where folders are needed stop everybody, the superuser too.
    fs::write(run.join("plots"), "in the way").unwrap();
    let answer = Ran::of(
        mlp(folder.path())
            .args(["report", "plane"])
            .output()
            .unwrap(),
    );
    answer.assert_error(1, &["plots", "cannot be written"]);

    let elsewhere = ["report", "plane", "-o", "page.html"];
    let answer = Ran::of(mlp(folder.path()).args(elsewhere).output().unwrap());
    let answer = answer.success().says(&["the plots were not written"]);
    assert_eq!(answer.stdout, "page.html\n");
    assert!(folder.path().join("page.html").is_file());
    assert!(!run.join("report.html").exists());

    let nowhere = ["report", "plane", "-o", "no/such/folder/page.html"];
    let answer = Ran::of(mlp(folder.path()).args(nowhere).output().unwrap());
    answer.assert_error(1, &["no/such/folder/page.html"]);
}

#[test]
fn a_report_that_cannot_be_written_does_not_fail_the_training() {
    let experiment = Experiment::new(PLAIN);
    experiment.train("run", &["--set", "training.report=false"]);
    fs::write(experiment.path("run/plots"), "in the way").unwrap();
    let more = [
        "--resume",
        "run",
        "--set",
        "training.epochs=3",
        "--set",
        "training.report=true",
    ];
    let answer = experiment
        .run(&more)
        .success()
        .says(&["note: the report was not written", "plots"]);
    assert!(!answer.stdout.contains("report:"), "{}", answer.stdout);
}
