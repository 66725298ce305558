//! Interrupting a training that is well under way.
#![cfg(unix)]

use std::path::Path;
use std::process::{Child, Command};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Sends a signal, `-INT` for example.
pub fn send(signal: &str, child: &Child) {
    let number = child.id().to_string();
    let sent = Command::new("kill")
        .args([signal, &number])
        .status()
        .unwrap();
    assert!(sent.success());
}

/// Waits until a training has written this many lines of its log: it is well under way then.
pub fn wait_for_lines(run: &Path, lines: usize) {
    let start = Instant::now();
    let log = run.join("metrics.jsonl");
    let written = || std::fs::read_to_string(&log).map_or(0, |text| text.lines().count());
    while written() < lines {
        assert!(start.elapsed() < Duration::from_mins(1), "no progress");
        sleep(Duration::from_millis(2));
    }
}
