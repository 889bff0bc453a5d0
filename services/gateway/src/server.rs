//! The server: every service on one port, or devices on one of their own; the web pages on another, and
//! shoppers' pages, if they are wanted, on one that may be open to the world.
//!
//! Stopping goes in this order, so that nobody meets a closed door unawares: health and `/readyz`
//! say so, device streams are told to go elsewhere, watchers are told to come again; no new
//! connection is taken; open calls end or are cut after [`DRAIN`]; the web pages go last, when the caller
//! says so: what becomes of the shop's shards then is seen on them.

use std::{io, sync::Arc};

use amble_proto::{
    FILE_DESCRIPTOR_SET,
    v1::{
        console_service_server::ConsoleServiceServer, device_service_server::DeviceServiceServer,
        inspect_service_server::InspectServiceServer,
        operator_service_server::OperatorServiceServer,
        shopper_service_server::ShopperServiceServer,
    },
};
use amble_trust::accept::{self, Callers, Terms};
use futures_util::future::BoxFuture;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::{
    net::TcpListener,
    task::{JoinError, JoinHandle},
    time,
};
use tonic::transport::{Server, server::Router};
use tonic_health::{ServingStatus, server::HealthReporter};

use crate::{
    admission::{Admission, Guard},
    console::ConsoleDoor,
    device::DeviceDoor,
    inspect::InspectDoor,
    limits::{DRAIN, Limits},
    metrics::DeviceMetrics,
    operator::OperatorDoor,
    pages,
    ports::{Consoles, Devices, Inspectors, Operators, Shoppers, Webhooks},
    shopper::{ShopperCalls, ShopperDoor},
    stop::{Stopper, Stopping, stopping},
    web,
};

/// The names that health is asked for; the empty one is the whole process.
const SERVICES: [&str; 6] = [
    "",
    "amble.v1.DeviceService",
    "amble.v1.ShopperService",
    "amble.v1.OperatorService",
    "amble.v1.InspectService",
    "amble.v1.ConsoleService",
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
    /// For the shop's console.
    pub consoles: Arc<dyn Consoles>,
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
            admission: Admission::default(),
            devices: None,
            pages: None,
            webhooks: None,
            metrics: None,
        }
    }
}

/// Doors that are not open yet.
#[must_use]
pub struct Builder {
    ports: Ports,
    limits: Limits,
    admission: Admission,
    devices: Option<TcpListener>,
    pages: Option<TcpListener>,
    webhooks: Option<Arc<dyn Webhooks>>,
    metrics: Option<PrometheusHandle>,
}

impl Builder {
    /// Other limits than the default ones.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Asks who comes. Without it, everybody may do anything.
    pub fn admission(mut self, admission: Admission) -> Self {
        self.admission = admission;
        self
    }

    /// Serves devices on a port of their own; with TLS, nobody without a certificate comes in there.
    pub fn devices(mut self, listener: Option<TcpListener>) -> Self {
        self.devices = listener;
        self
    }

    /// Serves shoppers' pages on this port, with TLS if there is any.
    pub fn pages(mut self, listener: Option<TcpListener>) -> Self {
        self.pages = listener;
        self
    }

    /// Takes, on the port of the pages, what a payment service tells by itself.
    pub fn webhooks(mut self, webhooks: Option<Arc<dyn Webhooks>>) -> Self {
        self.webhooks = webhooks;
        self
    }

    /// Serves the metrics page from this recorder ([`crate::metrics::install`]).
    pub fn metrics(mut self, handle: PrometheusHandle) -> Self {
        self.metrics = Some(handle);
        self
    }

    /// Serves until `shutdown`, then closes the doors gracefully. The web pages that are still there then
    /// are the answer. Boxed, so that the doors are compiled here only.
    ///
    /// # Errors
    /// When a port fails.
    pub fn serve(
        self,
        grpc: TcpListener,
        web: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> BoxFuture<'static, Result<Pages, GatewayError>> {
        let shutdown = Box::pin(shutdown);
        Box::pin(self.serve_until(grpc, web, shutdown))
    }

    async fn serve_until(
        self,
        grpc: TcpListener,
        web: TcpListener,
        shutdown: BoxFuture<'static, ()>,
    ) -> Result<Pages, GatewayError> {
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
        let mut pages = Pages {
            ender,
            served: tokio::spawn(pages),
        };
        let doors = Doors::new(self.ports, self.limits, self.admission, &stopping_now);
        let alone = self.devices.is_none();
        let people = doors.people(alone)?.add_service(health_service.clone());
        let people = doors.serve(people, grpc, "grpc", Callers::Programs, &stopping_now);
        let devices = self.devices.map(|port| {
            let router = doors.router().add_service(doors.devices());
            let router = router.add_service(health_service);
            doors.serve(router, port, "devices", Callers::Certified, &stopping_now)
        });
        let shoppers = self
            .pages
            .map(|port| doors.pages(port, self.webhooks, stopping_now.clone()));
        let calls = async {
            let devices = async {
                match devices {
                    Some(devices) => devices.await,
                    None => Ok(()),
                }
            };
            let shoppers = async {
                if let Some(shoppers) = shoppers {
                    shoppers.await;
                }
                Ok(())
            };
            tokio::try_join!(people, devices, shoppers).map(|_| ())
        };
        let stop = async move {
            shutdown.await;
            report(&health, ServingStatus::NotServing).await;
            stopper.stop();
            time::sleep(DRAIN).await;
        };
        // Both must work: a shop whose metrics nobody can see is broken too.
        tokio::select! {
            served = calls => served?,
            () = stop => {}
            served = &mut pages.served => return Err(ended_by_itself(served)),
        }
        Ok(pages)
    }
}

/// The web pages, which say how it goes until the very end.
#[derive(Debug)]
pub struct Pages {
    ender: Stopper,
    served: JoinHandle<io::Result<()>>,
}

impl Pages {
    /// Closes them.
    ///
    /// # Errors
    /// When their port had failed.
    pub async fn close(self) -> Result<(), GatewayError> {
        self.ender.stop();
        Ok(self.served.await.map_err(io::Error::other)??)
    }
}

fn ended_by_itself(served: Result<io::Result<()>, JoinError>) -> GatewayError {
    let failed = match served {
        Ok(Ok(())) => io::Error::other("it ended by itself"),
        Ok(Err(error)) => error,
        Err(error) => io::Error::other(error),
    };
    failed.into()
}

async fn report(health: &HealthReporter, status: ServingStatus) {
    for service in SERVICES {
        health.set_service_status(service, status).await;
    }
}

/// The services, and how they are served.
struct Doors {
    ports: Ports,
    limits: Limits,
    admission: Admission,
    metrics: Arc<DeviceMetrics>,
    stopping: Stopping,
    shoppers: Arc<ShopperCalls>,
    operators: Arc<OperatorDoor>,
    consoles: Arc<ConsoleDoor>,
}

impl Doors {
    fn new(ports: Ports, limits: Limits, admission: Admission, stopping: &Stopping) -> Self {
        let shoppers = ShopperCalls::new(ports.shoppers.clone(), &limits, stopping.clone());
        let metrics = Arc::new(DeviceMetrics::new());
        let guard = || guard(&ports, &admission);
        let operators = OperatorDoor::new(
            ports.operators.clone(),
            metrics.clone(),
            guard(),
            &limits,
            stopping.clone(),
        );
        let consoles = ConsoleDoor::new(ports.consoles.clone(), guard(), &limits, stopping.clone());
        Self {
            shoppers: Arc::new(shoppers),
            operators: Arc::new(operators),
            consoles: Arc::new(consoles),
            ports,
            limits,
            admission,
            metrics,
            stopping: stopping.clone(),
        }
    }

    fn guard(&self) -> Guard {
        guard(&self.ports, &self.admission)
    }

    fn router(&self) -> Server {
        let limits = &self.limits;
        Server::builder()
            .initial_stream_window_size(limits.stream_window)
            .initial_connection_window_size(limits.connection_window)
            .max_concurrent_streams(limits.max_concurrent_streams)
            .http2_keepalive_interval(Some(limits.keepalive_every))
            .http2_keepalive_timeout(Some(limits.keepalive_within))
    }

    fn devices(&self) -> DeviceServiceServer<DeviceDoor> {
        let door = DeviceDoor::new(
            self.ports.devices.clone(),
            self.metrics.clone(),
            self.limits,
            self.guard(),
            self.stopping.clone(),
        );
        DeviceServiceServer::new(door).max_decoding_message_size(self.limits.max_message_bytes)
    }

    /// What people call; and devices, when they have no port of their own.
    fn people(&self, with_devices: bool) -> Result<Router, GatewayError> {
        let (ports, limits, stopping) = (&self.ports, &self.limits, &self.stopping);
        let largest = limits.max_message_bytes;
        let shoppers = ShopperDoor::new(self.shoppers.clone());
        let operators = OperatorServiceServer::from_arc(self.operators.clone());
        let consoles = ConsoleServiceServer::from_arc(self.consoles.clone());
        let inspectors = InspectDoor::new(
            ports.inspectors.clone(),
            self.guard(),
            limits,
            stopping.clone(),
        );
        let router = self
            .router()
            .add_service(ShopperServiceServer::new(shoppers).max_decoding_message_size(largest))
            .add_service(operators.max_decoding_message_size(largest))
            .add_service(consoles.max_decoding_message_size(largest))
            .add_service(InspectServiceServer::new(inspectors).max_decoding_message_size(largest))
            .add_service(descriptions().build_v1()?)
            .add_service(descriptions().build_v1alpha()?);
        Ok(if with_devices {
            router.add_service(self.devices())
        } else {
            router
        })
    }

    /// Serves web pages until the gateway stops.
    fn pages(
        &self,
        listener: TcpListener,
        webhooks: Option<Arc<dyn Webhooks>>,
        stopping: Stopping,
    ) -> impl Future<Output = ()> + Send + 'static {
        let terms = Terms {
            door: "pages",
            keeper: self.admission.keeper.clone(),
            callers: Callers::Browsers,
            limits: self.limits.connections(),
        };
        let tls = terms.keeper.is_some();
        let at = listener.local_addr();
        let alone = at.is_ok_and(|at| at.ip().is_loopback());
        let connections = accept::connections(listener, terms);
        let doors = pages::Doors {
            shoppers: self.shoppers.clone(),
            operators: self.operators.clone(),
            consoles: self.consoles.clone(),
            has_console: alone || self.admission.operators.is_some(),
            webhooks,
        };
        pages::serve(doors, connections, tls, stopping)
    }

    /// Serves on a port until the gateway stops.
    async fn serve(
        &self,
        router: Router,
        listener: TcpListener,
        door: &'static str,
        callers: Callers,
        stopping: &Stopping,
    ) -> Result<(), GatewayError> {
        let terms = Terms {
            door,
            keeper: self.admission.keeper.clone(),
            callers,
            limits: self.limits.connections(),
        };
        let connections = accept::connections(listener, terms);
        let mut stop = stopping.clone();
        let served = router.serve_with_incoming_shutdown(connections, async move {
            stop.wait().await;
        });
        served.await.map_err(GatewayError::from)
    }
}

fn guard(ports: &Ports, admission: &Admission) -> Guard {
    let Ports {
        devices, shoppers, ..
    } = ports;
    Guard::new(admission.clone(), devices.as_ref(), shoppers.clone())
}

fn descriptions() -> tonic_reflection::server::Builder<'static> {
    tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
}
