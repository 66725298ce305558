//! Metrics of the server, for Prometheus.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::Duration;

use axum::http::StatusCode;
use prometheus_client::encoding::prometheus_text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

/// Media type of Prometheus' text format.
pub(super) const PROMETHEUS_TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

type ByRoute = [(&'static str, &'static str); 1];
type ByRouteAndStatus = [(&'static str, String); 2];

/// The metrics; clones share them.
#[derive(Clone, Debug)]
pub(super) struct Telemetry(Arc<Metrics>);

#[derive(Debug)]
struct Metrics {
    registry: Registry,
    requests: Family<ByRouteAndStatus, Counter>,
    seconds: Family<ByRoute, Histogram>,
    in_flight: Gauge<i64, AtomicI64>,
    connections: Gauge<i64, AtomicI64>,
    refused: Counter,
    model: Family<[(&'static str, String); 2], Gauge<i64, AtomicI64>>,
    queue_depth: Gauge<i64, AtomicI64>,
    batch_rows: Histogram,
    rows: Counter,
    reloads: Family<[(&'static str, &'static str); 1], Counter>,
}

impl Telemetry {
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("mlp");
        let requests = Family::default();
        let seconds: Family<ByRoute, Histogram> =
            Family::new_with_constructor(|| Histogram::new(exponential_buckets(0.0001, 2.0, 17)));
        let (in_flight, connections, queue_depth) =
            (Gauge::default(), Gauge::default(), Gauge::default());
        let batch_rows = Histogram::new(exponential_buckets(1.0, 2.0, 9));
        let (rows, refused) = (Counter::default(), Counter::default());
        let (reloads, model) = (Family::default(), Family::default());
        registry.register("http_requests", "Requests answered", requests.clone());
        registry.register(
            "http_request_duration_seconds",
            "From the head of a request to the head of its answer",
            seconds.clone(),
        );
        registry.register(
            "http_requests_in_flight",
            "Requests that are being answered",
            in_flight.clone(),
        );
        registry.register("connections", "Connections open", connections.clone());
        registry.register(
            "connections_refused",
            "Connections closed because too many were open",
            refused.clone(),
        );
        registry.register("model", "1 for the network that is served", model.clone());
        registry.register(
            "queue_depth",
            "Requests that wait for the network",
            queue_depth.clone(),
        );
        registry.register(
            "batch_rows",
            "Rows that went through the network at once",
            batch_rows.clone(),
        );
        registry.register("rows_predicted", "Rows predicted", rows.clone());
        registry.register(
            "reloads",
            "Times that the network was loaded anew, by outcome",
            reloads.clone(),
        );
        Self(Arc::new(Metrics {
            registry,
            requests,
            seconds,
            in_flight,
            connections,
            refused,
            model,
            queue_depth,
            batch_rows,
            rows,
            reloads,
        }))
    }

    /// Returns all metrics as text; `queue_depth` is the current depth.
    pub fn text(&self, queue_depth: usize) -> String {
        self.0
            .queue_depth
            .set(i64::try_from(queue_depth).unwrap_or(i64::MAX));
        let mut text = String::new();
        // Writing to a String never fails.
        let _ = encode(&mut text, &self.0.registry);
        text
    }

    /// Counts a request as in flight until the guard is dropped.
    pub fn in_flight(&self) -> GaugeGuard {
        GaugeGuard::new(&self.0.in_flight)
    }

    /// Counts a connection as open until the guard is dropped.
    pub fn connection(&self) -> GaugeGuard {
        GaugeGuard::new(&self.0.connections)
    }

    /// Counts a connection that was refused because too many were open.
    pub fn connection_refused(&self) {
        self.0.refused.inc();
    }

    /// Sets the network that is served.
    pub fn set_model(&self, run: &str, step: u64) {
        self.0.model.clear();
        let labels = [("run", run.to_owned()), ("step", step.to_string())];
        self.0.model.get_or_create(&labels).set(1);
    }

    /// Counts and times a request that was answered.
    pub fn answered(&self, route: &'static str, status: StatusCode, elapsed: Duration) {
        let labels = [
            ("route", route.to_owned()),
            ("status", status.as_str().to_owned()),
        ];
        self.0.requests.get_or_create(&labels).inc();
        let seconds = self.0.seconds.get_or_create(&[("route", route)]);
        seconds.observe(elapsed.as_secs_f64());
    }

    /// Counts a batch of rows that went through the network.
    pub fn batch(&self, rows: usize) {
        self.0.batch_rows.observe(rows as f64);
        self.0.rows.inc_by(rows as u64);
    }

    /// Counts a reload of the network.
    pub fn reloaded(&self, succeeded: bool) {
        let outcome = if succeeded { "succeeded" } else { "failed" };
        self.0.reloads.get_or_create(&[("outcome", outcome)]).inc();
    }
}

/// A guard that raises a gauge by one until it is dropped.
#[derive(Debug)]
pub(super) struct GaugeGuard(Gauge<i64, AtomicI64>);

impl GaugeGuard {
    fn new(gauge: &Gauge<i64, AtomicI64>) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for GaugeGuard {
    fn drop(&mut self) {
        self.0.dec();
    }
}
