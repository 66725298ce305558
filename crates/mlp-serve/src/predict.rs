//! `POST /v1/predict`

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::accept::AnswerForm;
use super::answer;
use super::input::BodyForm;
use super::problem::Problem;
use super::query::Query;
use super::state::Shared;

/// Probabilities that are written in well under a millisecond.
const LIGHT_ANSWER: usize = 1 << 12;

/// Predicts the rows of a body.
pub(super) async fn predict(
    State(shared): State<Arc<Shared>>,
    request: Request,
) -> Result<Response, Problem> {
    let (head, body) = request.into_parts();
    let model = shared.model();
    let query = Query::of(head.uri.query())?;
    let answer_form = AnswerForm::of(&head.headers)?;
    let body_form = BodyForm::of(&head.headers, &model)?;
    let mut body = shared.bodies.read(&head.headers, body).await?;
    if body_form != BodyForm::Image {
        shared.bodies.hold_rows(&mut body)?;
    }
    // Taken before the body is parsed: what would be turned away is not worth the work.
    let place = shared.queue.place()?;
    let read = |patience| body_form.rows(&body.bytes, &model, query, &shared.limits, patience);
    let rows = match read(false) {
        Some(rows) => rows?,
        None => shared
            .heavy(|| read(true))
            .await
            .unwrap_or_else(|| Err(Problem::defect()))?, // never: patience ends in an answer
    };
    let has_details = query.details && answer_form == AnswerForm::Json;
    let detailed = has_details.then(|| rows.clone());
    let outputs = shared.queue.ask(place, &model, rows, has_details).await?;
    drop(body);
    answer::check(&outputs)?;
    let is_light = detailed.is_none() && outputs.len() * model.classes().len() <= LIGHT_ANSWER;
    let write = || match answer_form {
        AnswerForm::Json => answer::json(&model, &outputs, detailed.as_ref()),
        AnswerForm::Csv => answer::csv(&model, &outputs),
    };
    let bytes = if is_light {
        write()
    } else {
        shared.heavy(write).await
    };
    let media_type = match answer_form {
        AnswerForm::Json => "application/json",
        AnswerForm::Csv => "text/csv; charset=utf-8",
    };
    let headers = [(header::CONTENT_TYPE, media_type), (header::VARY, "accept")];
    Ok((headers, bytes).into_response())
}
