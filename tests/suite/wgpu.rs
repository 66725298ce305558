//! The wgpu backend, on whatever device is here: a GPU, or a driver that stands in for one.

use std::fs;
use std::path::Path;
use std::time::Instant;

use burn::tensor::Device;
use mlp::backend;
use mlp::config::BackendKind;
use serde_json::Value;

use crate::golden;
use crate::support::experiment::{Experiment, PLAIN};
use crate::support::program::{Ran, mlp, stdout};
use crate::support::runs::{last, manifest, status};
use crate::support::{mnist, say};

/// 20 updates an epoch in batches that all have the same shape: a new shape may be a kernel to compile.
const SHORT: &str = r#"
name = "short"

[data]
train = "train.csv"
test = "test.csv"
if_missing = ["digits"]
limit = 22700
test_limit = 4096
validation = 0.09
synthetic_rows = 22700

[optimizer]
learning_rate = 0.2
momentum = 0.9

[training]
epochs = 2
batch_size = 1024
log_every_steps = 7
report = false
"#;

/// The device, or `None` said aloud.
fn device() -> Option<Device> {
    if !backend::compiled().contains(&BackendKind::Wgpu) {
        return None; // another build tests it
    }
    match backend::device(BackendKind::Wgpu, "auto") {
        Ok(device) => Some(device),
        Err(error) => {
            say(&format!("SKIPPED: no wgpu device: {error}"));
            None
        }
    }
}

/// Trains on a backend into the folder `run`; how it ended.
fn train(folder: &Path, backend: &str, run: &str, more: &[&str]) -> Ran {
    let started = Instant::now();
    let arguments = [
        "--config",
        "config.toml",
        "--backend",
        backend,
        "--run-dir",
        run,
    ];
    let output = mlp(folder).args(arguments).args(more).output().unwrap();
    let seconds = started.elapsed().as_secs_f64();
    println!("{run} on {backend}: {seconds:.1} s");
    Ran::of(output)
}

fn resume(folder: &Path, backend: &str, run: &str) -> Ran {
    let arguments = [
        "--resume",
        run,
        "--backend",
        backend,
        "--set",
        "training.epochs=2",
    ];
    Ran::of(mlp(folder).args(arguments).output().unwrap())
}

/// Loss and accuracy on the test rows.
fn figures(folder: &Path, run: &str) -> (f64, f64) {
    let text = fs::read_to_string(folder.join(run).join("evaluation.json")).unwrap();
    let evaluation: Value = serde_json::from_str(&text).unwrap();
    let figure = |name: &str| evaluation["test"][name].as_f64().unwrap();
    println!("{run}: {:.4} {:.4}", figure("loss"), figure("accuracy"));
    (figure("loss"), figure("accuracy"))
}

#[test]
fn it_agrees_with_pytorch() {
    let Some(device) = device() else { return };
    golden::check_float32("wgpu", &device.autodiff(), 1e-4);
}

/// One test, because every process has the driver load its kernels anew.
#[test]
fn it_trains_and_predicts_as_flex_does_and_either_goes_on_where_the_other_stopped() {
    if device().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let config = mnist().map_or_else(
        || SHORT.to_owned(),
        |(train, test)| {
            let quoted = |path: &Path| toml::Value::from(path.to_str().unwrap()).to_string();
            SHORT
                .replace("\"train.csv\"", &quoted(&train))
                .replace("\"test.csv\"", &quoted(&test))
        },
    );
    fs::write(folder.join("config.toml"), config).unwrap();

    train(folder, "flex", "flex", &[]).success();
    let told = train(folder, "wgpu", "gpu", &[]).success().stderr;
    assert!(told.contains("on wgpu, "), "the adapter is named: {told}");
    let (loss, accuracy) = figures(folder, "flex");
    assert!(accuracy > 0.8, "there is something to compare");
    let is_near = |run: &str| {
        let (its_loss, its_accuracy) = figures(folder, run);
        assert!((its_loss - loss).abs() < 0.01 * loss, "{run}");
        assert!((its_accuracy - accuracy).abs() < 0.005, "{run}");
    };
    is_near("gpu");
    let timings = manifest(&folder.join("gpu")).timings.unwrap();
    assert!(timings.waiting_seconds.unwrap() <= timings.training_seconds);

    for (first, second) in [("flex", "wgpu"), ("wgpu", "flex")] {
        let run = format!("{first}-{second}");
        train(folder, first, &run, &["--set", "training.epochs=1"]).success();
        assert_eq!(last(&folder.join(&run)).state.step, 20);
        let told = format!("begun on {first} and goes on on {second}");
        resume(folder, second, &run).success().says(&[&told]);
        assert_eq!(last(&folder.join(&run)).state.step, 40);
        is_near(&run);
    }

    let rows = test_rows(folder);
    let predictions = |backend: &str| {
        let arguments = ["predict", "gpu", &rows, "--backend", backend];
        let text = stdout(folder, &arguments);
        let classes = text
            .lines()
            .skip(1)
            .map(|line| line.split(',').next().unwrap());
        classes.map(str::to_owned).collect::<Vec<_>>()
    };
    let found = predictions("wgpu");
    assert!(found.len() >= 4096);
    assert_eq!(found, predictions("flex"));
}

/// A file of all test rows.
fn test_rows(folder: &Path) -> String {
    if let Some((_, test)) = mnist() {
        return test.to_str().unwrap().to_owned();
    }
    let name = "rows.csv";
    let synthesize = ["data", "synthesize", "digits", "--rows", "4096", "-o"];
    stdout(folder, &[&synthesize[..], &[name]].concat());
    name.to_owned()
}

#[test]
fn a_lost_device_leaves_a_run_that_goes_on_elsewhere() {
    if device().is_none() {
        return;
    }
    let experiment = Experiment::new(PLAIN);
    // 9 updates an epoch: the first epoch's end is saved.
    for (fault, saved) in [
        ("step:13:lose", Some(9)),
        ("step:13:panic", Some(9)),
        ("step:4:lose", None),
    ] {
        let run = fault.replace(':', "-");
        let arguments = [
            "--config",
            "config.toml",
            "--backend",
            "wgpu",
            "--run-dir",
            &run,
        ];
        let ran = experiment.run_with_fault(fault, &arguments).code(1);
        let state = saved.map_or("nothing was saved yet".to_owned(), |step| {
            format!("the state of step {step} is saved")
        });
        println!("{fault}: {}", ran.stderr);
        let ran = ran.says(&["the training on wgpu failed", &state, "--resume"]);
        assert!(!ran.stderr.contains("defect"), "{}", ran.stderr);
        assert_eq!(status(&experiment.path(&run)), "failed");
        let arguments = ["--resume", &run, "--backend", "flex"];
        experiment.run(&arguments).success();
        assert_eq!(last(&experiment.path(&run)).state.step, 18);
    }
}

#[test]
fn a_device_that_is_not_there_is_refused_with_what_is() {
    if device().is_none() {
        return;
    }
    let experiment = Experiment::new(PLAIN);
    let arguments = [
        "--config",
        "config.toml",
        "--backend",
        "wgpu",
        "--device",
        "discrete:9",
    ];
    let ran = experiment.run(&arguments).code(3);
    ran.says(&["no `discrete:9` device", " found ", "mlp doctor"]);
}

#[test]
fn without_any_adapter_that_is_what_is_told() {
    if device().is_none() {
        return;
    }
    let experiment = Experiment::new(PLAIN);
    let mut command = experiment.mlp(&["--config", "config.toml", "--backend", "wgpu"]);
    // The Vulkan loader and EGL find no driver.
    let nowhere = [
        ("VK_ICD_FILENAMES", "/nowhere"),
        ("VK_DRIVER_FILES", "/nowhere"),
        ("__EGL_VENDOR_LIBRARY_FILENAMES", "/nowhere"),
    ];
    let ran = Ran::of(command.envs(nowhere).output().unwrap());
    println!("{}", ran.stderr);
    ran.code(3).says(&[
        "no `auto` device for backend `wgpu`",
        "found no adapter",
        "flex",
    ]);
}

#[test]
fn doctor_lists_the_adapters_and_tries_the_one_it_would_take() {
    if device().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    // What looks like a project must not get the caches of the runtime.
    fs::write(folder.path().join("Cargo.toml"), "").unwrap();
    let report: Value =
        serde_json::from_str(&stdout(folder.path(), &["doctor", "--json"])).unwrap();
    let mut backends = report["backends"].as_array().unwrap().iter();
    let wgpu = backends.find(|backend| backend["name"] == "wgpu").unwrap();
    assert_eq!(wgpu["works"], true, "{wgpu}");
    assert!(wgpu["gradient_error"].as_f64().unwrap() < 1e-5);
    let adapters = report["adapters"]["found"].as_array().unwrap();
    let taken = &report["adapters"]["taken"];
    assert!(adapters.contains(taken), "{taken} in {adapters:?}");
    for figure in ["largest_buffer", "workgroup_threads", "workgroup_bytes"] {
        assert!(taken[figure].as_u64().unwrap() > 0, "{figure}");
    }
    let text = stdout(folder.path(), &["doctor"]);
    println!("{text}");
    let name = taken["name"].as_str().unwrap();
    assert!(
        text.contains(&format!("device = \"auto\" takes {name}")),
        "{text}"
    );
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        1,
        "only Cargo.toml"
    );
}
