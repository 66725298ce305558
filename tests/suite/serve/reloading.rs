//! SIGHUP: another network, and no request dropped.
#![cfg(unix)]

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use super::json_rows;
use crate::support::copy;
use crate::support::server::Server;
use crate::support::trained_run::TrainedRun;

/// Waits until a metric is at least `minimum`.
#[track_caller]
fn wait_for(server: &Server, metric: &str, minimum: u64) {
    let begun = Instant::now();
    while server.metric(metric) < minimum {
        assert!(begun.elapsed() < Duration::from_mins(1), "{metric}");
        sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_newer_run_is_taken_without_dropping_a_request() {
    let trained = TrainedRun::on_a_table();
    let first = trained.run();
    let server = Server::start(&trained.path("artifacts"), &[]);
    let step =
        |server: &Server| server.get("/v1/model").good().json()["checkpoint"]["step"].as_u64();
    let old = step(&server);
    let request = json_rows(&serde_json::json!({ "rows": [[2.5, 4.5], [4.0, 1.0]] }));
    let is_over = AtomicBool::new(false);
    let steps: Vec<u64> = thread::scope(|scope| {
        let clients: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let (mut stream, mut steps) = (server.connect(), Vec::new());
                    while !is_over.load(Ordering::SeqCst) {
                        let answer = request.send(&mut stream).good().json();
                        steps.push(answer["checkpoint"]["step"].as_u64().unwrap());
                    }
                    steps
                })
            })
            .collect();
        let more = [
            "--config",
            "run.toml",
            "--quiet",
            "--set",
            "training.epochs=3",
        ];
        while trained.run() == first || trained.run() < first {
            sleep(Duration::from_millis(1100)); // runs are named by the second
            trained.result_of(&more);
        }
        for reload in 1..=5 {
            server.send("-HUP");
            wait_for(&server, "mlp_reloads_total{outcome=\"succeeded\"}", reload);
        }
        sleep(Duration::from_millis(50));
        is_over.store(true, Ordering::SeqCst);
        let steps = clients.into_iter().map(|client| client.join().unwrap());
        steps.flatten().collect()
    });
    let new = step(&server);
    assert_ne!(new, old);
    assert!(steps.iter().any(|step| Some(*step) == old));
    assert!(steps.iter().any(|step| Some(*step) == new));
    assert!(steps.iter().all(|step| [old, new].contains(&Some(*step))));
}

#[test]
fn a_network_that_cannot_be_loaded_leaves_the_old_one() {
    let trained = TrainedRun::on_a_table();
    let folder = tempfile::tempdir().unwrap();
    copy(&trained.run(), &folder.path().join("1"));
    let server = Server::start(folder.path(), &[]);
    let request = json_rows(&serde_json::json!({ "rows": [[2.5, 4.5]] }));
    let expected = server.ask(&request).good().body;
    copy(&trained.run(), &folder.path().join("2"));
    fs::write(folder.path().join("2/run.json"), "{").unwrap();
    server.send("-HUP");
    wait_for(&server, "mlp_reloads_total{outcome=\"failed\"}", 1);
    assert_eq!(server.ask(&request).good().body, expected);
    server.send("-TERM");
    server.end().code(0).says(&["stays as it was", "run.json"]);
}
