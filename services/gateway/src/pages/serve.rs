//! Connections to requests.
//!
//! 1. A request knows who makes it, as on every other port.
//! 2. A connection that dawdles over a request's head, or that nobody is at the end of any more, ends.
//! 3. When the gateway stops, no new connection is taken; those that are open end with their answers.

use std::pin::pin;

use amble_trust::accept::Connection;
use axum::{Router, extract::Request};
use futures_util::{Stream, StreamExt as _};
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
    service::TowerToHyperService,
};
use tokio::io;
use tonic::transport::server::Connected as _;
use tower::ServiceExt as _;

use crate::{
    limits::{PAGE_GONE_AFTER, PAGE_HEAD_BYTES, PAGE_HEAD_WITHIN, PAGE_STREAMS},
    stop::Stopping,
};

/// Serves until the gateway stops.
pub(super) async fn serve(
    router: Router,
    connections: impl Stream<Item = io::Result<Connection>> + Send + 'static,
    mut stopping: Stopping,
) {
    let server = server();
    let open = GracefulShutdown::new();
    let mut connections = pin!(connections);
    loop {
        let connection = tokio::select! {
            connection = connections.next() => connection,
            () = stopping.wait() => break,
        };
        let Some(Ok(connection)) = connection else {
            break;
        };
        let caller = connection.connect_info();
        let router = router
            .clone()
            .map_request(move |request: Request<Incoming>| {
                let mut request = request;
                request.extensions_mut().insert(caller.clone());
                request
            });
        let served =
            server.serve_connection(TokioIo::new(connection), TowerToHyperService::new(router));
        let served = open.watch(served.into_owned());
        tokio::spawn(async move {
            if let Err(error) = served.await {
                tracing::debug!(error = %error, "a page's connection broke");
            }
        });
    }
    open.shutdown().await;
}

fn server() -> auto::Builder<TokioExecutor> {
    let mut server = auto::Builder::new(TokioExecutor::new());
    server
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(PAGE_HEAD_WITHIN)
        .max_buf_size(PAGE_HEAD_BYTES as usize);
    server
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PAGE_GONE_AFTER)
        .keep_alive_timeout(PAGE_GONE_AFTER)
        .max_header_list_size(PAGE_HEAD_BYTES)
        .max_concurrent_streams(PAGE_STREAMS);
    server
}
