//! The web pages of shoppers and of the shop's console, and the HTTP API that they use. `docs/PAGES.md` and
//! `docs/CONSOLE.md` are its contract.
//!
//! 1. A page and its files ask for no pass and no token; all else does, as `authorization: Bearer <pass>`. It
//!    comes to the page in the address's fragment, which no browser sends and no log has.
//! 2. What is asked through here has the rules, the limits and the counters of the doors over gRPC: shoppers'
//!    calls go through [`ShopperCalls`], the console's through the doors of operators and of the console.
//! 3. A page loads nothing from anywhere else, and runs no script but its own files.
//! 4. Every refusal is a problem document (RFC 9457) that says what to do.
//! 5. A shop that asks operators for no token has a console on a port of the machine itself only: shoppers reach
//!    this one.
//! 6. On the same port a payment service tells what it has to tell, when the shop wants that (`webhooks.rs`).

mod api;
mod assets;
mod console;
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

use crate::{
    console::ConsoleDoor, operator::OperatorDoor, ports::Webhooks, shopper::ShopperCalls,
    stop::Stopping,
};

/// What the pages' calls go through.
pub(crate) struct Doors {
    pub(crate) shoppers: Arc<ShopperCalls>,
    pub(crate) operators: Arc<OperatorDoor>,
    pub(crate) consoles: Arc<ConsoleDoor>,
    /// Rule 5.
    pub(crate) has_console: bool,
    /// Rule 6.
    pub(crate) webhooks: Option<Arc<dyn Webhooks>>,
}

/// Serves the pages on these connections until the gateway stops.
pub(crate) async fn serve(
    doors: Doors,
    connections: impl Stream<Item = io::Result<Connection>> + Send + 'static,
    tls: bool,
    stopping: Stopping,
) {
    let Doors {
        shoppers,
        operators,
        consoles,
        has_console,
        webhooks,
    } = doors;
    let console = if has_console {
        console::routes(console::Doors {
            operators,
            consoles,
        })
    } else {
        Router::new().fallback(problem::no_console)
    };
    let mut router = Router::new().nest("/api/v1", api::routes(shoppers).nest("/console", console));
    if let Some(webhooks) = webhooks {
        router = router.nest("/webhooks", webhooks::routes(webhooks));
    }
    let router = router
        .route("/", get(assets::cart_page))
        .route("/pass", get(assets::pass_page))
        .route("/console", get(assets::console_page))
        .route("/static/{name}", get(assets::file))
        .fallback(problem::no_such_page)
        .method_not_allowed_fallback(problem::not_this_way)
        .layer(middleware::map_response_with_state(tls, headers::add));
    serve::serve(router, connections, stopping).await;
}
