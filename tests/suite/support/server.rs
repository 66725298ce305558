//! `mlp serve` as a process of its own, on a port of its own.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

use super::program::mlp;

/// A server that ends with its owner.
pub struct Server {
    process: Child,
    /// `http://127.0.0.1:PORT`
    pub address: String,
}

impl Server {
    /// Serves a run, and waits until it listens.
    #[track_caller]
    pub fn start(run: &Path, arguments: &[&str]) -> Self {
        let mut process = mlp(&std::env::temp_dir())
            .arg("serve")
            .arg(run)
            .args(["--listen", "127.0.0.1:0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let output = process.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on ");
        Self {
            process,
            address: address.unwrap_or_else(|| panic!("{line:?}")).to_owned(),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill(); // it may have gone by itself
        let _ = self.process.wait();
    }
}
