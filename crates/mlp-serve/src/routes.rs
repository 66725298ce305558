//! Routes, their handlers, and what is common to all responses.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Instant;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use hyper::body::{Frame, SizeHint};

use super::page::ASSETS;
use super::problem::Problem;
use super::request::{AnswerFormat, BodyFormat, Query};
use super::response;
use super::server::Shared;
use super::telemetry::PROMETHEUS_TEXT;

/// Paths of the API; those of the page are in [`ASSETS`].
const PATHS: [&str; 5] = [
    "/v1/predict",
    "/v1/model",
    "/healthz",
    "/metrics",
    "/openapi.json",
];

/// Maximum number of probabilities that are written in well under a millisecond.
const MAX_LIGHT_ANSWER: usize = 1 << 12;

/// Returns the routes of the server.
pub(super) fn router(shared: Arc<Shared>) -> Router {
    let [predictions, model, health, telemetry, description] = PATHS;
    let mut router = Router::new()
        .route(predictions, post(predict))
        .route(model, get(about))
        .route(health, get(async || "ok\n"))
        .route(telemetry, get(metrics))
        .route(description, get(describe));
    for asset in ASSETS {
        router = router.route(asset.path, get(async move || asset));
    }
    router
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), handle))
        .with_state(shared)
}

/// `POST /v1/predict`: predicts the rows of a body.
async fn predict(State(shared): State<Arc<Shared>>, request: Request) -> Result<Response, Problem> {
    let (head, body) = request.into_parts();
    let model = shared.model();
    let query = Query::of(head.uri.query())?;
    let answer_format = AnswerFormat::of(&head.headers)?;
    let body_format = BodyFormat::of(&head.headers, &model)?;
    let interval = query
        .interval
        .map(|level| model.interval(level))
        .transpose()?;
    let mut body = shared.bodies.read(&head.headers, body).await?;
    if body_format != BodyFormat::Image {
        shared.bodies.hold_rows(&mut body)?;
    }
    // Before the body is parsed, so that a request that would be refused costs no work.
    let place = shared.queue.place()?;
    let read =
        |may_take_long| body_format.rows(&body.bytes, &model, query, &shared.limits, may_take_long);
    let mut rows = match read(false) {
        Some(rows) => rows?,
        None => shared
            .heavy(|| read(true))
            .await
            .unwrap_or_else(|| Err(Problem::defect()))?, // never: a call that may take long returns `Some`
    };
    let new_values = std::mem::take(&mut rows.new_values);
    let has_details = query.details && answer_format == AnswerFormat::Json;
    let detailed = has_details.then(|| rows.clone());
    let outputs = shared
        .queue
        .predict(place, &model, rows, has_details)
        .await?;
    drop(body);
    response::check(&outputs)?;
    let is_light = detailed.is_none() && outputs.len() * model.classes().len() <= MAX_LIGHT_ANSWER;
    let write = || match answer_format {
        AnswerFormat::Json => response::json(
            &model,
            &outputs,
            detailed.as_ref(),
            interval.as_ref(),
            &new_values,
        ),
        AnswerFormat::Csv => response::csv(&model, &outputs, interval),
    };
    let bytes = if is_light {
        write()
    } else {
        shared.heavy(write).await
    };
    let media_type = match answer_format {
        AnswerFormat::Json => "application/json",
        AnswerFormat::Csv => "text/csv; charset=utf-8",
    };
    let headers = [(header::CONTENT_TYPE, media_type), (header::VARY, "accept")];
    Ok((headers, bytes).into_response())
}

async fn about(State(shared): State<Arc<Shared>>) -> Response {
    let body = shared.model().about.clone();
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

async fn describe(State(shared): State<Arc<Shared>>) -> Response {
    let body = shared.model().openapi.clone();
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

async fn metrics(State(shared): State<Arc<Shared>>) -> Response {
    let text = shared.telemetry.text(shared.queue.depth());
    ([(header::CONTENT_TYPE, PROMETHEUS_TEXT)], text).into_response()
}

async fn not_found(request: Request) -> Problem {
    let path = request.uri().path();
    Problem::new(
        StatusCode::NOT_FOUND,
        format!("there is nothing at {path}; /openapi.json lists what there is"),
    )
}

async fn method_not_allowed(request: Request) -> Problem {
    let (method, path) = (request.method(), request.uri().path());
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        format!("{path} does not take {method}; Allow says what it takes"),
    )
}

/// Handles a request: measures it, responds even if a handler panics, and adds the headers of every response.
async fn handle(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let (start, _in_flight) = (Instant::now(), shared.telemetry.in_flight());
    let route = route(request.uri().path());
    let access = &shared.access;
    let origin = access.origin(request.headers());
    let (request, is_read) = watched(request);
    let mut response = if let Err(problem) = access.check(&request) {
        problem.into_response()
    } else if let Some(response) = access.preflight(&request) {
        response
    } else {
        let mut answer = pin!(next.run(request));
        poll_fn(|context| {
            let polled = catch_unwind(AssertUnwindSafe(|| answer.as_mut().poll(context)));
            polled.unwrap_or_else(|_| Poll::Ready(Problem::defect().into_response()))
        })
        .await
    };
    let headers = response.headers_mut();
    if let Some(origin) = origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    }
    if !access.origins.is_empty() {
        headers.append(header::VARY, HeaderValue::from_static("origin"));
    }
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    // A connection whose body was not read to its end accepts no further request.
    if shared.is_draining() || !is_read.load(Ordering::Relaxed) {
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    shared
        .telemetry
        .answered(route, response.status(), start.elapsed());
    response
}

/// Returns the route of a path; all unknown paths are `other`, so that clients cannot create metrics.
fn route(path: &str) -> &'static str {
    let assets = ASSETS.iter().map(|asset| asset.path);
    let mut routes = PATHS.into_iter().chain(assets);
    routes.find(|route| *route == path).unwrap_or("other")
}

/// Wraps the body of a request, and returns a flag that is set once it has been read to its end. A connection with an
/// unread body accepts no further request.
fn watched(request: Request) -> (Request, Arc<AtomicBool>) {
    let ended = Arc::new(AtomicBool::new(request.body().is_end_stream()));
    let watch = Arc::clone(&ended);
    (
        request.map(|inner| Body::new(Watched { inner, ended })),
        watch,
    )
}

/// A body that reports when it has been read to its end.
struct Watched {
    inner: Body,
    ended: Arc<AtomicBool>,
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.inner).poll_frame(context));
        if frame.is_none() || self.inner.is_end_stream() {
            self.ended.store(true, Ordering::Relaxed);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
