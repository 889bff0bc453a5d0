//! The server: every service on one port, the web pages on another.
//!
//! Stopping goes in this order, so that nobody meets a closed door unawares: health and `/readyz`
//! say so, device streams are told to go elsewhere, watchers are told to come again; no new
//! connection is taken; open calls end or are cut after [`DRAIN`]; the web pages go last.

use std::{io, sync::Arc};

use amble_proto::{
    FILE_DESCRIPTOR_SET,
    v1::{
        device_service_server::DeviceServiceServer, inspect_service_server::InspectServiceServer,
        operator_service_server::OperatorServiceServer,
        shopper_service_server::ShopperServiceServer,
    },
};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::{net::TcpListener, time};
use tonic::transport::{
    Server,
    server::{Router, TcpIncoming},
};
use tonic_health::{ServingStatus, server::HealthReporter};

use crate::{
    device::DeviceDoor,
    inspect::InspectDoor,
    limits::{DRAIN, Limits},
    metrics::DeviceMetrics,
    operator::OperatorDoor,
    ports::{Devices, Inspectors, Operators, Shoppers},
    shopper::ShopperDoor,
    stop::{Stopping, stopping},
    web,
};

/// The names that health is asked for; the empty one is the whole process.
const SERVICES: [&str; 5] = [
    "",
    "amble.v1.DeviceService",
    "amble.v1.ShopperService",
    "amble.v1.OperatorService",
    "amble.v1.InspectService",
];

/// The shop behind the doors.
#[derive(Clone)]
pub struct Ports {
    /// For devices.
    pub devices: Arc<dyn Devices>,
    /// For shoppers.
    pub shoppers: Arc<dyn Shoppers>,
    /// For operators.
    pub operators: Arc<dyn Operators>,
    /// For those who keep it running.
    pub inspectors: Arc<dyn Inspectors>,
}

/// What can go wrong with the server as a whole.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// The services' own description is damaged: a fault of the build.
    #[error("the protocol's description cannot be served for reflection: {0}")]
    Reflection(#[from] tonic_reflection::server::Error),
    /// The gRPC port does not work.
    #[error("the gRPC port failed: {0}")]
    Grpc(#[from] tonic::transport::Error),
    /// The web port does not work.
    #[error("the web port failed: {0}")]
    Web(#[from] io::Error),
}

/// The doors of one shop.
pub struct Gateway;

impl Gateway {
    /// Begins to build the doors of this shop.
    pub fn builder(ports: Ports) -> Builder {
        Builder {
            ports,
            limits: Limits::default(),
            metrics: None,
        }
    }
}

/// Doors that are not open yet.
#[must_use]
pub struct Builder {
    ports: Ports,
    limits: Limits,
    metrics: Option<PrometheusHandle>,
}

impl Builder {
    /// Other limits than the default ones.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Serves the metrics page from this recorder ([`crate::metrics::install`]).
    pub fn metrics(mut self, handle: PrometheusHandle) -> Self {
        self.metrics = Some(handle);
        self
    }

    /// Serves until `shutdown`, then stops gracefully.
    ///
    /// # Errors
    /// When a port fails.
    pub async fn serve(
        self,
        grpc: TcpListener,
        web: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), GatewayError> {
        let (stopper, stopping_now) = stopping();
        let (ender, ended) = stopping();
        let (health, health_service) = tonic_health::server::health_reporter();
        report(&health, ServingStatus::Serving).await;

        let pages = web::serve(
            web,
            self.metrics,
            self.ports.devices.clone(),
            stopping_now.clone(),
            ended,
        );
        let mut stop_signal = stopping_now.clone();
        let router = router(&self.ports, &self.limits, &stopping_now)?.add_service(health_service);
        let incoming = TcpIncoming::from(grpc).with_nodelay(Some(true));
        let calls = router.serve_with_incoming_shutdown(incoming, async move {
            stop_signal.wait().await;
        });
        let stop = async move {
            shutdown.await;
            report(&health, ServingStatus::NotServing).await;
            stopper.stop();
            time::sleep(DRAIN).await;
        };
        let doors = async {
            let served = tokio::select! {
                served = calls => served.map_err(GatewayError::from),
                () = stop => Ok(()),
            };
            ender.stop();
            served
        };
        // Both must work: a shop whose metrics nobody can see is broken too.
        let doors = Box::pin(doors);
        tokio::try_join!(doors, async { pages.await.map_err(GatewayError::from) })?;
        Ok(())
    }
}

async fn report(health: &HealthReporter, status: ServingStatus) {
    for service in SERVICES {
        health.set_service_status(service, status).await;
    }
}

fn router(ports: &Ports, limits: &Limits, stopping: &Stopping) -> Result<Router, GatewayError> {
    let metrics = Arc::new(DeviceMetrics::new());
    let devices = DeviceDoor::new(
        ports.devices.clone(),
        metrics.clone(),
        *limits,
        stopping.clone(),
    );
    let shoppers = ShopperDoor::new(ports.shoppers.clone(), limits, stopping.clone());
    let operators = OperatorDoor::new(ports.operators.clone(), metrics, limits, stopping.clone());
    let inspectors = InspectDoor::new(ports.inspectors.clone(), limits, stopping.clone());
    let largest = limits.max_message_bytes;
    let router = Server::builder()
        .initial_stream_window_size(limits.stream_window)
        .initial_connection_window_size(limits.connection_window)
        .max_concurrent_streams(limits.max_concurrent_streams)
        .http2_keepalive_interval(Some(limits.keepalive_every))
        .http2_keepalive_timeout(Some(limits.keepalive_within))
        .add_service(DeviceServiceServer::new(devices).max_decoding_message_size(largest))
        .add_service(ShopperServiceServer::new(shoppers).max_decoding_message_size(largest))
        .add_service(OperatorServiceServer::new(operators).max_decoding_message_size(largest))
        .add_service(InspectServiceServer::new(inspectors).max_decoding_message_size(largest))
        .add_service(descriptions().build_v1()?)
        .add_service(descriptions().build_v1alpha()?);
    Ok(router)
}

fn descriptions() -> tonic_reflection::server::Builder<'static> {
    tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
}
