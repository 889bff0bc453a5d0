//! The devices' door: `amble.v1.DeviceService`.

mod door;
mod hello;
mod intake;
mod recorded;
mod report;
mod stream;
mod values;

use std::sync::Arc;

use amble_proto::v1::{AttachRequest, AttachResponse, device_service_server::DeviceService};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

pub(crate) use door::Door;
pub use recorded::{Admitted, RecordedDoor};
pub(crate) use report::Report;

use crate::{
    admission::{Guard, Who},
    calls::note,
    limits::{Limits, OUTBOUND},
    metrics::DeviceMetrics,
    ports::Devices,
    stop::Stopping,
};

/// What every device stream needs.
#[derive(Clone)]
pub(crate) struct DeviceDoor {
    shop: Arc<dyn Devices>,
    metrics: Arc<DeviceMetrics>,
    limits: Limits,
    guard: Guard,
    stopping: Stopping,
}

impl DeviceDoor {
    pub(crate) fn new(
        shop: Arc<dyn Devices>,
        metrics: Arc<DeviceMetrics>,
        limits: Limits,
        guard: Guard,
        stopping: Stopping,
    ) -> Self {
        Self {
            shop,
            metrics,
            limits,
            guard,
            stopping,
        }
    }
}

#[tonic::async_trait]
impl DeviceService for DeviceDoor {
    type AttachStream = ReceiverStream<Result<AttachResponse, Status>>;

    /// Answers at once, so that an edge that waits for the headers before its hello gets them; all
    /// else happens in the stream's own task.
    async fn attach(
        &self,
        request: Request<Streaming<AttachRequest>>,
    ) -> Result<Response<Self::AttachStream>, Status> {
        let who = Who::of(&request);
        self.guard
            .edge(who.caller.as_ref())
            .inspect_err(|status| note("devices", &who, status))?;
        let (outbound, answers) = mpsc::channel(OUTBOUND);
        let stream = stream::run(self.clone(), who, request.into_inner(), outbound);
        tokio::spawn(stream);
        Ok(Response::new(ReceiverStream::new(answers)))
    }
}
