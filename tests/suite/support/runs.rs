//! Run folders, read back to be compared.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use burn::tensor::Bytes;
use burn_pack::Reader;
use mlp::run::{Checkpoint, Found, Manifest, MetricsLog, MetricsRecord, RunDirectory, Which};

pub fn open(path: &Path) -> RunDirectory {
    RunDirectory::find(path).unwrap()
}

pub fn manifest(path: &Path) -> Manifest {
    Manifest::read(&open(path)).unwrap()
}

/// Status as `run.json` has it.
pub fn status(path: &Path) -> String {
    let manifest: serde_json::Value =
        serde_json::from_slice(&fs::read(path.join("run.json")).unwrap()).unwrap();
    manifest["status"].as_str().unwrap().to_owned()
}

pub fn last(path: &Path) -> Checkpoint {
    let Found {
        checkpoint,
        skipped,
    } = Checkpoint::find(&open(path), Which::Last).unwrap();
    assert_eq!(skipped, Vec::<String>::new());
    checkpoint
}

pub fn steps(path: &Path) -> Vec<u64> {
    Checkpoint::steps(&open(path))
}

pub fn checkpoint_folder(path: &Path, step: u64) -> PathBuf {
    path.join(format!("checkpoints/step-{step:08}"))
}

/// The bytes of the weights and biases of each layer, bit for bit.
pub fn weights(checkpoint: &Checkpoint) -> Vec<Vec<u8>> {
    let layers = checkpoint.network.layers.iter();
    layers
        .flat_map(|layer| [&layer.weight, &layer.bias])
        .map(|values| values.iter().copied().flat_map(f32::to_le_bytes).collect())
        .collect()
}

/// The tensors and scalars of a burnpack file by name. Their order in the file is not fixed.
pub fn contents(bytes: &[u8]) -> (BTreeMap<String, Vec<u8>>, Vec<String>) {
    let reader = Reader::from_bytes(Bytes::from_bytes_vec(bytes.to_vec())).unwrap();
    let tensors = reader
        .tensor_names()
        .into_iter()
        .map(|name| (name.to_owned(), reader.tensor_data(name).unwrap()))
        .collect();
    let scalars = reader.scalars().iter();
    (tensors, scalars.map(|entry| format!("{entry:?}")).collect())
}

/// The log, without the one value that differs between equal runs.
pub fn metrics(path: &Path) -> Vec<MetricsRecord> {
    let mut records = MetricsLog::read(&path.join("metrics.jsonl")).unwrap();
    for record in &mut records {
        record.seconds = 0.0;
    }
    records
}

/// Asserts that two finished runs came to the same, bit for bit.
#[track_caller]
pub fn assert_same(one: &Path, other: &Path) {
    for path in [one, other] {
        assert_eq!(status(path), "finished", "{}", path.display());
    }
    assert_eq!(metrics(one), metrics(other), "metrics.jsonl");
    let (a, b) = (last(one), last(other));
    assert_eq!(weights(&a), weights(&b), "weights");
    assert!(!weights(&a).is_empty());
    assert_eq!(contents(&a.optimizer), contents(&b.optimizer), "optimizer");
    let position = |checkpoint: &Checkpoint| {
        let mut state = checkpoint.state.clone();
        state.seconds = 0.0;
        state.schedule_epochs = 0.0; // differs if a constant rate was extended; the log has the rates
        state
    };
    assert_eq!(position(&a), position(&b), "state");
    for name in ["evaluation.json", "predictions.csv"] {
        let read = |path: &Path| fs::read_to_string(path.join(name)).unwrap();
        assert_eq!(read(one), read(other), "{name}");
    }
}

/// Asserts that nothing half-written is left in the folder of the checkpoints.
#[track_caller]
pub fn assert_tidy(path: &Path) {
    for entry in fs::read_dir(path.join("checkpoints")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(
            name.starts_with("step-") || name == "last" || name == "best",
            "{name} was left behind"
        );
    }
}

/// Waits until a training has written this many lines of its log: it is well under way then.
pub fn wait_for_lines(run: &Path, lines: usize) {
    let start = Instant::now();
    let log = run.join("metrics.jsonl");
    let written = || fs::read_to_string(&log).map_or(0, |text| text.lines().count());
    while written() < lines {
        assert!(start.elapsed() < Duration::from_mins(1), "no progress");
        sleep(Duration::from_millis(2));
    }
}
