//! The HTTP API of the pages.

use std::{convert::Infallible, sync::Arc};

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{FromRequestParts, State},
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    response::{
        IntoResponse, Response,
        sse::{KeepAlive, Sse},
    },
    routing::{get, post, put},
};
use serde::{Serialize, de::DeserializeOwned};
use tokio::time::timeout;
use tonic::Status;

use super::{events, form, problem, problem::Problem, qr};
use crate::{
    admission::Who,
    errors,
    limits::{PAGE_ALIVE_EVERY, PAGE_BODY_BYTES, PAGE_HEAD_WITHIN},
    shopper::ShopperCalls,
};

type Calls = State<Arc<ShopperCalls>>;

/// The API's routes.
pub(super) fn routes(calls: Arc<ShopperCalls>) -> Router {
    Router::new()
        .route("/visit/open", post(open))
        .route("/visit/cart", get(cart))
        .route("/visit/budget", put(budget))
        .route("/visit/receipt", get(receipt))
        .route("/visit/dispute", post(dispute))
        .route("/pass/bind", post(bind))
        .route("/qr", post(code))
        .fallback(problem::no_such_page)
        .method_not_allowed_fallback(problem::not_this_way)
        .with_state(calls)
}

impl<S: Sync> FromRequestParts<S> for Who {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of_http(&parts.extensions, &parts.headers))
    }
}

/// Opens the pass's visit at a gate.
async fn open(State(calls): Calls, who: Who, body: Body) -> Result<Response, Problem> {
    let form::Open { gate } = read(body, PAGE_BODY_BYTES).await?;
    let pass = who.bearer().ok_or_else(errors::no_pass)?;
    let visit = calls.open_visit(&who, pass, &gate).await?;
    json(&form::Visit { visit: &visit })
}

/// The cart and how it changes.
async fn cart(State(calls): Calls, who: Who, headers: HeaderMap) -> Result<Response, Problem> {
    let carts = calls.watch_cart(&who, None).await?;
    let seen = headers.get("last-event-id");
    let seen = seen.and_then(|id| id.to_str().ok()?.parse().ok());
    let alive = KeepAlive::new().interval(PAGE_ALIVE_EVERY).text("alive");
    let answer = Sse::new(events::events(carts, seen)).keep_alive(alive);
    Ok(unbuffered(answer.into_response()))
}

/// A proxy that gathers answers would make the page late.
pub(super) fn unbuffered(mut answer: Response) -> Response {
    let no = HeaderValue::from_static("no");
    answer.headers_mut().insert("x-accel-buffering", no);
    answer
}

/// Sets or clears the budget.
async fn budget(State(calls): Calls, who: Who, body: Body) -> Result<StatusCode, Problem> {
    let form::Budget { budget } = read(body, PAGE_BODY_BYTES).await?;
    let budget = budget.map(Into::into);
    calls.set_budget(&who, None, budget).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The receipt.
async fn receipt(State(calls): Calls, who: Who) -> Result<Response, Problem> {
    let receipt = calls.receipt(&who, None).await?;
    json(&form::Receipt::from(&receipt))
}

/// Notes that a line is not the shopper's.
async fn dispute(State(calls): Calls, who: Who, body: Body) -> Result<Response, Problem> {
    let form::Disputed { product } = read(body, PAGE_BODY_BYTES).await?;
    let dispute = calls.dispute(&who, None, &product).await?;
    json(&form::Dispute::from(&dispute))
}

/// Binds a ticket to the phone that shows it.
async fn bind(State(calls): Calls, who: Who, body: Body) -> Result<Response, Problem> {
    let form::Bind { key } = read(body, PAGE_BODY_BYTES).await?;
    let pass = calls.bind(&who, &key.into()).await?;
    json(&form::Bound { pass: &pass })
}

/// The pass as a QR code; with a proof for the gate, if the body has one.
async fn code(State(calls): Calls, who: Who, body: Body) -> Result<Response, Problem> {
    let form::Code { proof } = read_or_nothing(body, PAGE_BODY_BYTES).await?;
    let draw = |shown: &str| qr::svg(shown, proof.as_deref());
    let image = calls.with_pass("DrawPass", &who, draw).await?;
    Ok(([(header::CONTENT_TYPE, "image/svg+xml")], image).into_response())
}

/// An answer as JSON.
pub(super) fn json(answer: &impl Serialize) -> Result<Response, Problem> {
    let body = form::text(answer)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}

/// A body, which is small and comes at once.
pub(super) async fn read<T: DeserializeOwned>(body: Body, most: usize) -> Result<T, Status> {
    parse(&whole(body, most).await?)
}

/// The same, where no body says that there is nothing to say.
async fn read_or_nothing<T: DeserializeOwned + Default>(
    body: Body,
    most: usize,
) -> Result<T, Status> {
    let bytes = whole(body, most).await?;
    if bytes.is_empty() {
        return Ok(T::default());
    }
    parse(&bytes)
}

async fn whole(body: Body, most: usize) -> Result<Bytes, Status> {
    let bytes = timeout(PAGE_HEAD_WITHIN, to_bytes(body, most)).await;
    let Ok(Ok(bytes)) = bytes else {
        let why = format!("it is longer than {most} bytes, or does not come");
        return Err(errors::unfit("body", why));
    };
    Ok(bytes)
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Status> {
    serde_json::from_slice(bytes).map_err(|error| errors::unfit("body", error.to_string()))
}
