//! Devices that are lost, or not there, and what `mlp doctor` says of them.

use std::fs;

use serde_json::Value;

use super::device;
use crate::support::experiment::{Experiment, PLAIN};
use crate::support::program::{Ran, stdout};
use crate::support::runs::{last, status};

#[test]
fn a_lost_device_leaves_a_run_that_goes_on_elsewhere() {
    if device().is_none() {
        return;
    }
    let experiment = Experiment::new(PLAIN);
    // 9 updates an epoch: the first epoch's end is saved.
    for (fault, saved) in [("step:13:lose", Some(9)), ("step:4:lose", None)] {
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

    let config = ["--config", "config.toml", "--backend", "wgpu"];
    let ran = experiment.run_with_fault("step:13:panic", &config).code(1);
    ran.says(&["this is a defect of mlp"]); // not everything that happens on a GPU is the GPU's

    let evaluate = ["evaluate", "step-13-lose", "--backend", "wgpu"];
    let predict = ["predict", "step-13-lose", "test.csv", "--backend", "wgpu"];
    for arguments in [&evaluate[..], &predict[..]] {
        let ran = experiment.run_with_fault("network-loaded:1:lose", arguments);
        println!("{}", ran.stderr);
        let ran = ran.code(1).says(&["the GPU failed", "--backend flex"]);
        assert!(!ran.stderr.contains("defect"), "{}", ran.stderr);
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
fn without_any_adapter_that_is_what_is_reported() {
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
    for limit in ["largest_buffer", "workgroup_threads", "workgroup_bytes"] {
        assert!(taken[limit].as_u64().unwrap() > 0, "{limit}");
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
