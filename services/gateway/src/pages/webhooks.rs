//! What a payment service tells by itself, over the port of the pages: it is the one that is open to the world.
//!
//! 1. The body is taken as it came, for that is what is signed; it is small and comes at once.
//! 2. All of them together have a rate limit, and so has each connection (`calls.rs`).
//! 3. What is not signed is refused in words; what the shop can't take now is told again by the service.

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use tokio::time::timeout;
use tonic::Status;

use super::problem::{self, Problem};
use crate::{
    admission::Who,
    calls::Calls,
    errors,
    limits::{PAGE_HEAD_WITHIN, WEBHOOK_BODY_BYTES, WEBHOOKS_PER_SECOND},
    ports::Webhooks,
};

struct Door {
    shop: Arc<dyn Webhooks>,
    calls: Calls,
}

/// The routes.
pub(super) fn routes(shop: Arc<dyn Webhooks>) -> Router {
    let calls = Calls::new("webhooks", WEBHOOKS_PER_SECOND);
    Router::new()
        .route("/stripe", post(stripe))
        .fallback(problem::no_such_page)
        .method_not_allowed_fallback(problem::not_this_way)
        .with_state(Arc::new(Door { shop, calls }))
}

async fn stripe(
    State(door): State<Arc<Door>>,
    who: Who,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Problem> {
    let call = async {
        let body = timeout(PAGE_HEAD_WITHIN, to_bytes(body, WEBHOOK_BODY_BYTES)).await;
        let Ok(Ok(body)) = body else {
            let why = format!("it is longer than {WEBHOOK_BODY_BYTES} bytes, or does not come");
            return Err(errors::unfit("body", why));
        };
        let signature = headers.get("stripe-signature");
        let signature = signature.and_then(|text| text.to_str().ok());
        let told = door.shop.stripe(signature.unwrap_or_default(), &body).await;
        told.map_err(Status::from)
    };
    door.calls.answer("StripeWebhook", &who, call).await?;
    Ok(StatusCode::NO_CONTENT)
}
