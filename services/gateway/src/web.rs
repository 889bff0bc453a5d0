//! The web port: `/metrics`, `/healthz`, `/readyz`. Plain HTTP, for the machine's own network.

use std::{io, sync::Arc, time::Duration};

use amble_proto::v1::ServingState;
use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
    routing::get,
};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;

use crate::{ports::Devices, stop::Stopping};

/// How often the exporter folds what was recorded; without it memory grows between two scrapes.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

#[derive(Clone)]
struct Pages {
    metrics: Option<PrometheusHandle>,
    shop: Arc<dyn Devices>,
    stopping: Stopping,
}

/// Serves the pages until `ended`.
pub(crate) async fn serve(
    listener: TcpListener,
    metrics: Option<PrometheusHandle>,
    shop: Arc<dyn Devices>,
    stopping: Stopping,
    ended: Stopping,
) -> io::Result<()> {
    let pages = Pages {
        metrics: metrics.clone(),
        shop,
        stopping,
    };
    let router = Router::new()
        .route("/metrics", get(page))
        .route("/healthz", get(|| async { "alive\n" }))
        .route("/readyz", get(ready))
        .with_state(pages);
    tokio::select! {
        served = async { axum::serve(listener, router).await } => served,
        () = upkeep(metrics) => Ok(()),
        () = async { let mut ended = ended; ended.wait().await } => Ok(()),
    }
}

async fn upkeep(metrics: Option<PrometheusHandle>) {
    let Some(metrics) = metrics else {
        return std::future::pending().await;
    };
    let mut tick = tokio::time::interval(UPKEEP_EVERY);
    loop {
        tick.tick().await;
        metrics.run_upkeep();
    }
}

async fn page(State(pages): State<Pages>) -> impl IntoResponse {
    let text = "text/plain; version=0.0.4; charset=utf-8";
    match pages.metrics {
        Some(metrics) => Ok(([(header::CONTENT_TYPE, text)], metrics.render())),
        None => Err((
            StatusCode::NOT_FOUND,
            "metrics are switched off in this process\n",
        )),
    }
}

/// Ready: new calls may come here. A shop that waits for its ledger still takes frames.
async fn ready(State(pages): State<Pages>) -> impl IntoResponse {
    if pages.stopping.now() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping\n");
    }
    match pages.shop.serving() {
        ServingState::Serving => (StatusCode::OK, "serving\n"),
        ServingState::WaitingForLedger => (StatusCode::OK, "waiting for the ledger\n"),
        ServingState::GoElsewhere => (StatusCode::SERVICE_UNAVAILABLE, "leaving\n"),
        ServingState::Unspecified => (StatusCode::SERVICE_UNAVAILABLE, "not up yet\n"),
    }
}
