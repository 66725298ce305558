//! Figures of the server, for Prometheus.

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

/// Media type of the text.
pub(super) const PROMETHEUS_TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

type ByRoute = [(&'static str, &'static str); 1];
type ByRouteAndStatus = [(&'static str, String); 2];

/// Counts and times, shared by all who add to them.
#[derive(Clone, Debug)]
pub(super) struct Telemetry(Arc<Figures>);

#[derive(Debug)]
struct Figures {
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
        Self(Arc::new(Figures {
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

    /// All figures as text; `queue_depth` is that of now.
    pub fn text(&self, queue_depth: usize) -> String {
        self.0
            .queue_depth
            .set(i64::try_from(queue_depth).unwrap_or(i64::MAX));
        let mut text = String::new();
        // A string takes everything.
        let _ = encode(&mut text, &self.0.registry);
        text
    }

    /// A request that came now and is answered when the guard is dropped.
    pub fn in_flight(&self) -> Raised {
        Raised::new(&self.0.in_flight)
    }

    /// A connection that is open until the guard is dropped.
    pub fn connection(&self) -> Raised {
        Raised::new(&self.0.connections)
    }

    /// There were too many connections for another.
    pub fn connection_refused(&self) {
        self.0.refused.inc();
    }

    /// From now on this network is served.
    pub fn serves(&self, run: &str, step: u64) {
        self.0.model.clear();
        let labels = [("run", run.to_owned()), ("step", step.to_string())];
        self.0.model.get_or_create(&labels).set(1);
    }

    /// A request was answered.
    pub fn answered(&self, route: &'static str, status: StatusCode, took: Duration) {
        let labels = [
            ("route", route.to_owned()),
            ("status", status.as_str().to_owned()),
        ];
        self.0.requests.get_or_create(&labels).inc();
        let seconds = self.0.seconds.get_or_create(&[("route", route)]);
        seconds.observe(took.as_secs_f64());
    }

    /// So many rows went through the network at once.
    #[allow(clippy::cast_precision_loss)] // small
    pub fn batch(&self, rows: usize) {
        self.0.batch_rows.observe(rows as f64);
        self.0.rows.inc_by(rows as u64);
    }

    /// The network was loaded anew, or could not be.
    pub fn reload(&self, succeeded: bool) {
        let outcome = if succeeded { "succeeded" } else { "failed" };
        self.0.reloads.get_or_create(&[("outcome", outcome)]).inc();
    }
}

/// A gauge that is one higher as long as this lives.
#[derive(Debug)]
pub(super) struct Raised(Gauge<i64, AtomicI64>);

impl Raised {
    fn new(gauge: &Gauge<i64, AtomicI64>) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Raised {
    fn drop(&mut self) {
        self.0.dec();
    }
}
