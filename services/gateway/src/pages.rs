//! The shopper's web pages, and the HTTP API that they use. `docs/PAGES.md` is its contract.
//!
//! 1. A page and its files ask for no pass; all else does, as `authorization: Bearer <pass>`. The pass
//!    comes to the page in the address's fragment, which no browser sends and no log has.
//! 2. What is asked through here has the rules, the limits and the counters of the shoppers' door over
//!    gRPC: both go through [`ShopperCalls`].
//! 3. A page loads nothing from anywhere else, and runs no script but its own files.
//! 4. On the same port a payment service tells what it has to tell, when the shop wants that (`webhooks.rs`).
//! 5. Every refusal is a problem document (RFC 9457) that says what to do.

mod api;
mod assets;
mod events;
mod form;
mod headers;
mod problem;
mod qr;
mod serve;
mod webhooks;

use std::sync::Arc;

use axum::{Router, middleware, routing::get};
use futures_util::Stream;
use tokio::io;

use amble_trust::accept::Connection;

use crate::{ports::Webhooks, shopper::ShopperCalls, stop::Stopping};

/// Serves the pages on these connections until the gateway stops.
pub(crate) async fn serve(
    calls: Arc<ShopperCalls>,
    webhooks: Option<Arc<dyn Webhooks>>,
    connections: impl Stream<Item = io::Result<Connection>> + Send + 'static,
    tls: bool,
    stopping: Stopping,
) {
    let mut router = Router::new().nest("/api/v1", api::routes(calls));
    if let Some(webhooks) = webhooks {
        router = router.nest("/webhooks", webhooks::routes(webhooks));
    }
    let router = router
        .route("/", get(assets::cart_page))
        .route("/pass", get(assets::pass_page))
        .route("/static/{name}", get(assets::file))
        .fallback(problem::no_such_page)
        .method_not_allowed_fallback(problem::not_this_way)
        .layer(middleware::map_response_with_state(tls, headers::add));
    serve::serve(router, connections, stopping).await;
}
