//! Paths, methods, and what every answer carries.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::Instant;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use super::page::ASSETS;
use super::predict::predict;
use super::problem::Problem;
use super::reading::watched;
use super::state::Shared;
use super::telemetry::PROMETHEUS_TEXT;

/// Paths of the interface; those of the page are its [`ASSETS`].
pub(super) const PATHS: [&str; 5] = [
    "/v1/predict",
    "/v1/model",
    "/healthz",
    "/metrics",
    "/openapi.json",
];

/// The routes of the server.
pub(super) fn router(shared: Arc<Shared>) -> Router {
    let [predictions, model, health, metrics, description] = PATHS;
    let mut router = Router::new()
        .route(predictions, post(predict))
        .route(model, get(about))
        .route(health, get(async || "ok\n"))
        .route(metrics, get(figures))
        .route(description, get(describe));
    for asset in ASSETS {
        router = router.route(asset.path, get(async move || asset));
    }
    router
        .fallback(nothing_here)
        .method_not_allowed_fallback(other_method)
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), attend))
        .with_state(shared)
}

async fn about(State(shared): State<Arc<Shared>>) -> Response {
    let body = shared.model().about.clone();
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

async fn describe(State(shared): State<Arc<Shared>>) -> Response {
    let body = shared.model().openapi.clone();
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

async fn figures(State(shared): State<Arc<Shared>>) -> Response {
    let text = shared.telemetry.text(shared.queue.depth());
    ([(header::CONTENT_TYPE, PROMETHEUS_TEXT)], text).into_response()
}

async fn nothing_here(request: Request) -> Problem {
    let path = request.uri().path();
    Problem::new(
        StatusCode::NOT_FOUND,
        format!("there is nothing at {path}; /openapi.json lists what there is"),
    )
}

async fn other_method(request: Request) -> Problem {
    let (method, path) = (request.method(), request.uri().path());
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        format!("{path} does not take {method}; Allow says what it takes"),
    )
}

/// Counts a request, answers even where a handler panics, and adds what every answer carries.
async fn attend(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let (begun, _in_flight) = (Instant::now(), shared.telemetry.in_flight());
    let route = route(request.uri().path());
    let (request, is_read) = watched(request);
    let mut answer = pin!(next.run(request));
    let mut response = poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| answer.as_mut().poll(context)));
        polled.unwrap_or_else(|_| Poll::Ready(Problem::defect().into_response()))
    })
    .await;
    let headers = response.headers_mut();
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    // What was refused before its body came leaves a connection that takes no further request.
    if shared.is_draining() || !is_read.load(Ordering::Relaxed) {
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    shared
        .telemetry
        .answered(route, response.status(), begun.elapsed());
    response
}

/// The route that a path is of; what clients make up is all one.
fn route(path: &str) -> &'static str {
    let assets = ASSETS.iter().map(|asset| asset.path);
    let mut routes = PATHS.into_iter().chain(assets);
    routes.find(|route| *route == path).unwrap_or("other")
}
