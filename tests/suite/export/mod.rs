//! `mlp export` and `mlp import`: each form is run for real, and must say what the program says.

mod c;
mod command;
mod decision;
mod drawing;
mod html;
mod import;
mod numbers;
mod onnx;
mod refusals;
mod tables;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::OnceLock;

use mlp::config::MissingPolicy;
use mlp::data::{Dataset, Features, Labels, digits, read};
use mlp::export::{Exported, Format};
use mlp::inference::{ClassPrediction, KernelPredictor, LoadedRun, Predictor as _};
use mlp::run::Which;
use tempfile::TempDir;

use crate::support::mnist;
use crate::support::program::{Ran, mlp};
use crate::support::runs::open;
use crate::support::trained_run::{flowers, text};

/// Furthest that a probability may be from the program's own.
const TOLERANCE: f64 = 1e-5;
/// Rows of built-in digits where there is no MNIST.
const DIGITS: usize = 400;

/// A trained network and rows to hold its exports to.
struct Case {
    what: String,
    folder: PathBuf,
    trained: LoadedRun,
    rows: Dataset,
    expected: Vec<ClassPrediction>,
}

impl Case {
    fn new(what: &str, folder: &Path, rows: impl FnOnce(&LoadedRun) -> Dataset) -> Self {
        let run = open(&folder.join("artifacts"));
        let trained = LoadedRun::load(&run, Which::Chosen).unwrap();
        let rows = rows(&trained);
        let mut predictor = KernelPredictor::new(Arc::clone(&trained.model), 2);
        let expected = predictor
            .predict(&rows, &rows.all_rows())
            .classes()
            .to_vec();
        Self {
            what: what.to_owned(),
            folder: folder.to_owned(),
            trained,
            rows,
            expected,
        }
    }

    fn exported(&self) -> Exported {
        let run = open(&self.folder.join("artifacts"));
        Exported::of(&self.trained)
            .with_images(&run, &self.trained)
            .unwrap()
    }

    /// The network in a form.
    fn export(&self, format: Format) -> Vec<u8> {
        format.write(&self.exported()).unwrap()
    }

    /// Raw values of all rows, `[rows, features]`; an empty cell, which the reader may have filled, is NaN.
    fn values(&self) -> Vec<f32> {
        let filled = match self.trained.config.data.missing {
            MissingPolicy::Number(number) => Some(number),
            MissingPolicy::Named(_) => None,
        };
        let given = |value: f32| {
            if Some(value) == filled {
                f32::NAN
            } else {
                value
            }
        };
        match &self.rows.features {
            Features::Bytes(values) => values.iter().copied().map(f32::from).collect(),
            Features::Floats(values) => values.iter().copied().map(given).collect(),
            Features::Columns(_) => panic!("these columns are not all plain numbers"),
        }
    }

    /// Asserts that these probabilities, `[rows, classes]`, are the program's.
    #[track_caller]
    fn assert_same(&self, form: &str, probabilities: &[f64]) {
        let classes = self.trained.model.classes().len();
        assert_eq!(
            probabilities.len(),
            classes * self.expected.len(),
            "{form} of {}",
            self.what
        );
        let mut furthest = 0.0_f64;
        for (row, (found, expected)) in probabilities
            .chunks_exact(classes)
            .zip(&self.expected)
            .enumerate()
        {
            for (found, expected) in found.iter().zip(&expected.probabilities) {
                furthest = furthest.max((found - expected).abs());
                assert!(
                    (found - expected).abs() <= TOLERANCE,
                    "{form} of {}, row {row}: {found}, not {expected}",
                    self.what
                );
            }
            let best = (0..classes).max_by(|a, b| found[*a].total_cmp(&found[*b]).then(b.cmp(a)));
            assert_eq!(
                best,
                Some(expected.class as usize),
                "{form} of {}, row {row}",
                self.what
            );
        }
        println!(
            "{form} of {}: {} rows, no probability further than {furthest:.1e}",
            self.what,
            self.expected.len()
        );
    }
}

fn train(folder: &Path, config: &str) {
    fs::write(folder.join("run.toml"), config).unwrap();
    let output = mlp(folder)
        .args(["--config", "run.toml", "--quiet"])
        .output()
        .unwrap();
    Ran::of(output).success();
}

/// A network trained on images, held to all of MNIST's test rows; to built-in digits where there is no MNIST.
fn images() -> &'static Case {
    static CASE: OnceLock<(Case, TempDir)> = OnceLock::new();
    let (case, _) = CASE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let files = mnist();
        let data = files.as_ref().map_or_else(
            || "train = \"no.csv\"\nif_missing = [\"digits\"]\nsynthetic_rows = 4000\n".to_owned(),
            |(train, _)| format!("train = {}\nlimit = 20000\n", toml::Value::from(text(train))),
        );
        train(
            folder.path(),
            &format!("name = \"images\"\n[data]\n{data}[model]\nhidden = [64]\n[training]\nepochs = 4\nreport = false\n"),
        );
        let case = Case::new("images", folder.path(), |trained| match files {
            Some((_, test)) => read(&test, &trained.read_options(Labels::Required)).unwrap().dataset,
            None => digits(DIGITS, 99),
        });
        (case, folder)
    });
    case
}

/// Networks of every activation with every scaling, empty cells filled by means or a number, none to three hidden
/// layers, and class names that want escaping; each with its rows.
fn variants() -> &'static [Case] {
    static CASES: OnceLock<(Vec<Case>, Vec<TempDir>)> = OnceLock::new();
    let variants = [
        ("tanh", "[9, 7, 5]", "standard", "\"mean\""),
        ("sigmoid", "[6]", "unit", "2.5"),
        ("relu", "[7, 8]", "none", "\"error\""),
        ("leaky_relu", "[8]", "standard", "\"mean\""),
        ("gelu", "[9, 7, 5]", "unit", "2.5"),
        ("silu", "[6]", "none", "\"error\""),
        ("tanh_doubled", "[7, 8]", "standard", "\"error\""),
        ("tanh", "[]", "unit", "\"mean\""),
        ("relu", "[6]", "min_max", "\"median\""),
        ("silu", "[5]", "robust", "\"auto\""),
    ];
    let (cases, _) = CASES.get_or_init(|| {
        let cases = variants.map(|(activation, hidden, scale, missing)| {
            let folder = tempfile::tempdir().unwrap();
            let write = |name: &str, rows, seed| {
                let file = folder.path().join(name);
                fs::write(file, flower_table(rows, seed, scale, missing)).unwrap();
            };
            write("train.csv", 120, 1);
            write("test.csv", 60, 2);
            train(
                folder.path(),
                &format!(
                    "name = \"variant\"\n[data]\ntrain = \"train.csv\"\nlabel = \"species\"\nscale = \"{scale}\"\nmissing = {missing}\n\
                     [model]\nhidden = {hidden}\nactivation = \"{activation}\"\n[training]\nepochs = 2\nbatch_size = 16\nreport = false\n"
                ),
            );
            let what = format!("{activation}, {scale}, missing = {missing}, hidden = {hidden}");
            let case = Case::new(&what, folder.path(), |trained| {
                let file = folder.path().join("test.csv");
                read(&file, &trained.read_options(Labels::Required)).unwrap().dataset
            });
            (case, folder)
        });
        cases.into_iter().unzip()
    });
    cases
}

/// Rows in the range of a scale; each fifth width is missing where that is allowed.
fn flower_table(rows: u32, seed: u32, scale: &str, missing: &str) -> String {
    let mut text = String::from("width,species,height\n");
    let spread = |value: f64| {
        if scale == "unit" {
            20.0 * (value + 3.0)
        } else {
            value
        }
    };
    for (row, (width, species, height)) in flowers(rows, seed).into_iter().enumerate() {
        if row % 5 != 3 || missing.contains("error") {
            text += &spread(width).to_string();
        }
        text += &format!(",\"{}\",{}\n", species.replace('"', "\"\""), spread(height));
    }
    text
}

/// Says aloud that something is not tested here.
fn skipped(why: &str) {
    // Not `eprintln!`, which the test harness swallows when the test passes.
    let _ = writeln!(std::io::stderr(), "SKIPPED: {why}");
}
