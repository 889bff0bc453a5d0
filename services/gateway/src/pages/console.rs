//! The HTTP API of the shop's console. `docs/CONSOLE.md` is its contract.
//!
//! 1. Each call shows an operator's token, and goes through the same doors as over gRPC: the same roles, limits,
//!    counters and words. Nothing here decides who may do what.
//! 2. The floor comes as events, each a whole state: who reads slowly gets the newest, never a backlog.

mod form;

use std::{convert::Infallible, sync::Arc};

use amble_proto::v1::{
    AnswerReviewRequest, ChangePriceRequest, GetReviewRequest, GetSalesRequest,
    GetStorePlanRequest, GetVisitRequest, ListMismatchesRequest, ListPricesRequest,
    ListReceiptsRequest, ListReviewsRequest, ListStockRequest, ListVisitsRequest, ReviewState,
    WatchFloorRequest, WatchFloorResponse, console_service_server::ConsoleService as _,
    operator_service_server::OperatorService as _,
};
use axum::{
    Router,
    body::Body,
    extract::{Path, Query, State, rejection::QueryRejection},
    http::header,
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
    routing::{get, post},
};
use futures_util::{Stream, StreamExt as _};
use serde::Deserialize;
use tonic::{Request, Status, metadata::MetadataValue};

use super::{
    api::{json, read, unbuffered},
    form::text,
    problem::{self, Problem},
};
use crate::{
    admission::Who,
    console::ConsoleDoor,
    errors,
    limits::{CONSOLE_BODY_BYTES, PAGE_ALIVE_EVERY},
    operator::OperatorDoor,
};

/// The doors that its calls go through.
#[derive(Clone)]
pub(super) struct Doors {
    pub(super) operators: Arc<OperatorDoor>,
    pub(super) consoles: Arc<ConsoleDoor>,
}

type At = State<Doors>;

/// The API's routes.
pub(super) fn routes(doors: Doors) -> Router {
    Router::new()
        .route("/plan", get(plan))
        .route("/floor", get(floor))
        .route("/visits", get(visits))
        .route("/visits/{id}", get(visit))
        .route("/receipts", get(receipts))
        .route("/reviews", get(reviews))
        .route("/review", get(review))
        .route("/review", post(answer))
        .route("/sales", get(sales))
        .route("/shelves", get(shelves))
        .route("/mismatches", get(mismatches))
        .route("/prices", get(prices))
        .route("/price", post(price))
        .fallback(problem::no_such_page)
        .method_not_allowed_fallback(problem::not_this_way)
        .with_state(doors)
}

/// The same call as over gRPC, made by who makes this one.
fn call<T>(who: Who, message: T) -> Result<Request<T>, Status> {
    let mut request = Request::new(message);
    if let Some(token) = who.bearer() {
        let shown = MetadataValue::try_from(format!("Bearer {token}"));
        let shown = shown.map_err(|_| errors::no_token())?;
        request.metadata_mut().insert("authorization", shown);
    }
    if let Some(caller) = who.caller {
        request.extensions_mut().insert(caller);
    }
    Ok(request)
}

/// What an address asks for after its question mark.
fn asked<T>(query: Result<Query<T>, QueryRejection>) -> Result<T, Status> {
    let query = query.map_err(|error| errors::unfit("query", error.body_text()))?;
    Ok(query.0)
}

/// Which page of a list.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Page {
    size: u32,
    after: String,
}

/// The store plan file.
async fn plan(State(doors): At, who: Who) -> Result<Response, Problem> {
    let request = call(who, GetStorePlanRequest {})?;
    let plan = doors.operators.get_store_plan(request).await?.into_inner();
    Ok(([(header::CONTENT_TYPE, "application/json")], plan.json).into_response())
}

/// The floor and how it changes.
async fn floor(State(doors): At, who: Who) -> Result<Response, Problem> {
    let request = call(who, WatchFloorRequest {})?;
    let floors = doors.consoles.watch_floor(request).await?.into_inner();
    let alive = KeepAlive::new().interval(PAGE_ALIVE_EVERY).text("alive");
    let answer = Sse::new(events(floors)).keep_alive(alive);
    Ok(unbuffered(answer.into_response()))
}

/// Rule 2; `again` with a problem when the console shall come again.
fn events(
    floors: impl Stream<Item = Result<WatchFloorResponse, Status>> + Send + 'static,
) -> impl Stream<Item = Result<Event, Infallible>> + Send + 'static {
    floors.map(|state| {
        let shown = state.and_then(|state| {
            let floor = state.floor.unwrap_or_default();
            Ok(Event::default()
                .event("floor")
                .data(text(&form::Floor::from(&floor))?))
        });
        Ok(shown.unwrap_or_else(|status| {
            let problem = text(&Problem::from(status).form()).unwrap_or_default();
            Event::default().event("again").data(problem)
        }))
    })
}

/// Visits that are not long over.
async fn visits(
    State(doors): At,
    who: Who,
    page: Result<Query<Page>, QueryRejection>,
) -> Result<Response, Problem> {
    let Page { size, after } = asked(page)?;
    let request = call(
        who,
        ListVisitsRequest {
            state: 0,
            page_size: size,
            page_token: after,
        },
    )?;
    let page = doors.operators.list_visits(request).await?.into_inner();
    json(&form::Visits::from(&page))
}

/// One visit, step by step.
async fn visit(
    State(doors): At,
    Path(visit_id): Path<String>,
    who: Who,
) -> Result<Response, Problem> {
    let request = call(who, GetVisitRequest { visit_id })?;
    let story = doors.consoles.get_visit(request).await?.into_inner();
    json(&form::Story::from(&story.visit.unwrap_or_default()))
}

/// Receipts, the newest first.
async fn receipts(
    State(doors): At,
    who: Who,
    page: Result<Query<Page>, QueryRejection>,
) -> Result<Response, Problem> {
    let Page { size, after } = asked(page)?;
    let request = call(
        who,
        ListReceiptsRequest {
            page_size: size,
            page_token: after,
        },
    )?;
    let page = doors.consoles.list_receipts(request).await?.into_inner();
    json(&form::Receipts::from(&page))
}

/// Which reviews.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Reviews {
    answered: bool,
    size: u32,
    after: String,
}

/// Reviews that wait, or those that are answered.
async fn reviews(
    State(doors): At,
    who: Who,
    query: Result<Query<Reviews>, QueryRejection>,
) -> Result<Response, Problem> {
    let query = asked(query)?;
    let state = if query.answered {
        ReviewState::Answered
    } else {
        ReviewState::Open
    };
    let request = call(
        who,
        ListReviewsRequest {
            state: state.into(),
            page_size: query.size,
            page_token: query.after,
        },
    )?;
    let page = doors.operators.list_reviews(request).await?.into_inner();
    json(&form::Reviews::from(&page))
}

/// Which review: an id has strokes in it, and does not fit into a path.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    id: String,
}

/// One review with its evidence.
async fn review(
    State(doors): At,
    who: Who,
    query: Result<Query<Named>, QueryRejection>,
) -> Result<Response, Problem> {
    let review_id = asked(query)?.id;
    let request = call(who, GetReviewRequest { review_id })?;
    let found = doors.operators.get_review(request).await?.into_inner();
    json(&form::Review::from(&found.review.unwrap_or_default()))
}

/// Answers a review.
async fn answer(State(doors): At, who: Who, body: Body) -> Result<Response, Problem> {
    let answer: form::Answer = read(body, CONSOLE_BODY_BYTES).await?;
    let request = call(who, AnswerReviewRequest::from(answer))?;
    let answered = doors.operators.answer_review(request).await?.into_inner();
    json(&form::Review::from(&answered.review.unwrap_or_default()))
}

/// Which sales.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sales {
    from_us: i64,
    #[serde(default)]
    to_us: i64,
    #[serde(default)]
    part_us: i64,
}

/// What was sold.
async fn sales(
    State(doors): At,
    who: Who,
    query: Result<Query<Sales>, QueryRejection>,
) -> Result<Response, Problem> {
    let Sales {
        from_us,
        to_us,
        part_us,
    } = asked(query)?;
    let request = call(
        who,
        GetSalesRequest {
            from_us,
            to_us,
            part_us,
        },
    )?;
    let sales = doors.consoles.get_sales(request).await?.into_inner();
    json(&form::Sales::from(&sales))
}

/// Which shelves.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Shelves {
    gondola: String,
}

/// What stands on the shelves.
async fn shelves(
    State(doors): At,
    who: Who,
    query: Result<Query<Shelves>, QueryRejection>,
) -> Result<Response, Problem> {
    let gondola_id = asked(query)?.gondola;
    let request = call(who, ListStockRequest { gondola_id })?;
    let found = doors.consoles.list_stock(request).await?.into_inner();
    json(&form::Shelves::from(&found))
}

/// Which mismatches.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Mismatches {
    shelf: String,
    size: u32,
    after: String,
}

/// Where something else stands than planned, the oldest first.
async fn mismatches(
    State(doors): At,
    who: Who,
    query: Result<Query<Mismatches>, QueryRejection>,
) -> Result<Response, Problem> {
    let Mismatches { shelf, size, after } = asked(query)?;
    let wanted = ListMismatchesRequest {
        shelf_id: shelf,
        page_size: size,
        page_token: after,
        ..ListMismatchesRequest::default()
    };
    let request = call(who, wanted)?;
    let found = doors.operators.list_mismatches(request).await?.into_inner();
    json(&form::Mismatches::from(&found))
}

/// Since when prices are wanted.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Prices {
    since_us: i64,
}

/// Prices from a time on, also those that are to come.
async fn prices(
    State(doors): At,
    who: Who,
    query: Result<Query<Prices>, QueryRejection>,
) -> Result<Response, Problem> {
    let Prices { since_us } = asked(query)?;
    let request = call(who, ListPricesRequest { since_us })?;
    let found = doors.consoles.list_prices(request).await?.into_inner();
    json(&form::Prices::from(&found))
}

/// Changes a price from a time on.
async fn price(State(doors): At, who: Who, body: Body) -> Result<Response, Problem> {
    let change: form::NewPrice = read(body, CONSOLE_BODY_BYTES).await?;
    let request = call(who, ChangePriceRequest::from(change))?;
    let noted = doors.operators.change_price(request).await?.into_inner();
    json(&form::Noted {
        valid_from_us: noted.valid_from_us,
    })
}
