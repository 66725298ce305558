//! `mlp serve` as a process of its own, on a port of its own.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use super::http::{Answer, Request};
use super::program::{Ran, mlp};

/// Longest wait for an answer, or for the end.
const PATIENCE: Duration = Duration::from_mins(1);

/// A server that ends with its owner.
pub struct Server {
    process: Option<Child>,
    /// `http://127.0.0.1:PORT`
    pub address: String,
}

impl Server {
    /// Serves a run, and waits until it listens.
    #[track_caller]
    pub fn start(run: &Path, arguments: &[&str]) -> Self {
        let has_address = arguments.contains(&"--listen");
        let own: &[&str] = if has_address {
            &[]
        } else {
            &["--listen", "127.0.0.1:0"]
        };
        let mut process = mlp(&std::env::temp_dir())
            .arg("serve")
            .arg(run)
            .args(own)
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let output = process.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut line).unwrap();
        let Some(address) = line.trim().strip_prefix("listening on ") else {
            let mut error = String::new();
            let mut stderr = process.stderr.take().unwrap();
            stderr.read_to_string(&mut error).unwrap();
            panic!("{line:?} {error}");
        };
        Self {
            address: address.to_owned(),
            process: Some(process),
        }
    }

    /// A new connection.
    pub fn connect(&self) -> TcpStream {
        let address = self.address.strip_prefix("http://").unwrap();
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// The answer to a request on a connection of its own.
    pub fn ask(&self, request: &Request) -> Answer {
        request
            .clone()
            .header("Connection", "close")
            .send(&mut self.connect())
    }

    /// The answer to `GET`.
    pub fn get(&self, path: &str) -> Answer {
        self.ask(&Request::new("GET", path))
    }

    /// Returns the value of a metric in `/metrics`, its labels included in the name; 0 if it is not there.
    pub fn metric(&self, name: &str) -> u64 {
        let text = self.get("/metrics").text();
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.map_or(0, |value| value.parse().unwrap())
    }

    /// Sends it a signal, such as `-TERM`.
    #[cfg(unix)]
    pub fn send(&self, signal: &str) {
        super::program::send(signal, self.process.as_ref().unwrap());
    }

    /// Waits until it has ended.
    pub fn end(mut self) -> Ran {
        let process = self.process.take().unwrap();
        Ran::of(process.wait_with_output().unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            let _ = process.kill(); // it may have gone by itself
            let _ = process.wait();
        }
    }
}
