//! An edge that carries every device of a shop in event time, and sends what a test wants.

use std::{net::SocketAddr, time::Duration};

use amble_proto::v1::{
    AttachRequest, AttachResponse, DeviceErrorCode, DeviceFrames, DeviceKind, DeviceRef, EdgeBatch,
    EdgeHello, GateEvent, GetStatusRequest, GetStorePlanRequest, Pace, ShelfFrame, attach_request,
    attach_response::Message, device_service_client::DeviceServiceClient, gate_event,
    operator_service_client::OperatorServiceClient,
};
use tokio::{sync::mpsc, time::timeout};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Status, Streaming, transport::Channel};

use crate::{Fault, Outcome};

/// How long any answer may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long nothing must come before time goes on.
const QUIET: Duration = Duration::from_millis(2);
/// The period of everything that is sent.
const PERIOD_US: i64 = 100_000;

/// See above. Its first two devices are a shelf and an entry.
#[derive(Debug)]
pub struct Edge {
    to: mpsc::Sender<AttachRequest>,
    from: Streaming<AttachResponse>,
    /// Event time: nothing before it is sent any more.
    pub now_us: i64,
    /// Plates of the shelf.
    pub plates: usize,
    /// The shelf's next frame.
    pub next: u64,
    acked: u64,
    credit_us: i64,
}

/// The place of the shelf in the hello.
pub const SHELF: u32 = 0;
/// The place of the entry.
pub const ENTRY: u32 = 1;

/// The devices of a shop, the shelf and the entry first, and the plates of that shelf.
async fn devices(channel: Channel) -> Outcome<(Vec<DeviceRef>, usize, i64)> {
    let mut operators = OperatorServiceClient::new(channel);
    let plan = operators.get_store_plan(GetStorePlanRequest {}).await?;
    let plan: serde_json::Value = serde_json::from_str(&plan.into_inner().json)?;
    let status = operators
        .get_status(GetStatusRequest {})
        .await?
        .into_inner();
    let list = |key: &str| plan[key].as_array().cloned().unwrap_or_default();
    let id = |value: &serde_json::Value| value["id"].as_str().unwrap_or_default().to_owned();
    let device = |kind: DeviceKind, device_id| DeviceRef {
        kind: kind.into(),
        device_id,
    };
    let mut shelves = Vec::new();
    let mut plates = 0;
    for gondola in list("gondolas") {
        for shelf in gondola["shelves"].as_array().into_iter().flatten() {
            if shelves.is_empty() {
                plates = shelf["plates"].as_array().map_or(0, Vec::len);
            }
            let name = format!("{}/{}", id(&gondola), id(shelf));
            shelves.push(device(DeviceKind::Shelf, name));
        }
    }
    let mut all = vec![shelves.remove(0)];
    let gates = list("gates");
    all.extend(gates.iter().map(|gate| device(DeviceKind::Gate, id(gate))));
    all.extend(shelves);
    let cameras = list("cameras");
    all.extend(
        cameras
            .iter()
            .map(|camera| device(DeviceKind::Camera, id(camera))),
    );
    Ok((all, plates, status.decided_until_us))
}

impl Edge {
    /// Attaches every device of the shop, and `more`.
    ///
    /// # Errors
    /// When there is no shop, or it does not answer.
    pub async fn attach(shop: SocketAddr, more: Vec<DeviceRef>) -> Outcome<Self> {
        Self::attach_through(shop, shop, more).await
    }

    /// The same, with the devices' stream going through another address.
    ///
    /// # Errors
    /// When there is no shop, or it does not answer.
    pub async fn attach_through(
        shop: SocketAddr,
        through: SocketAddr,
        more: Vec<DeviceRef>,
    ) -> Outcome<Self> {
        let (mut devices, plates, now_us) = devices(channel(shop).await?).await?;
        devices.extend(more);
        let hello = EdgeHello {
            edge_id: "edge".to_owned(),
            devices,
            pace: Pace::EventTime.into(),
        };
        let (to, requests) = mpsc::channel(64);
        let message = Some(attach_request::Message::Hello(hello));
        to.send(AttachRequest { message }).await?;
        let mut client = DeviceServiceClient::new(channel(through).await?);
        let answer = client.attach(ReceiverStream::new(requests)).await?;
        let mut edge = Self {
            to,
            from: answer.into_inner(),
            now_us,
            plates,
            next: 1,
            acked: 0,
            credit_us: 0,
        };
        while edge.credit_us == 0 {
            edge.hear().await?;
        }
        edge.next = edge.acked + 1;
        Ok(edge)
    }

    /// A frame of the shelf, now.
    #[must_use]
    pub fn weights(&mut self, grams: Vec<f32>) -> ShelfFrame {
        self.next += 1;
        ShelfFrame {
            sequence: self.next - 1,
            capture_time_us: self.now_us,
            sample_period_us: 0,
            grams,
        }
    }

    /// Sends frames of the shelf.
    ///
    /// # Errors
    /// When the stream is gone.
    pub async fn send_shelf(&self, shelf: Vec<ShelfFrame>) -> Outcome {
        let frames = DeviceFrames {
            device: SHELF,
            shelf,
            ..DeviceFrames::default()
        };
        self.send(vec![frames], 0).await
    }

    /// Scans a pass at the entry, now.
    ///
    /// # Errors
    /// When the stream is gone.
    pub async fn scan(&self, sequence: u64, pass: &str) -> Outcome {
        let event = GateEvent {
            sequence,
            capture_time_us: self.now_us,
            event: Some(gate_event::Event::PassToken(pass.to_owned())),
        };
        let frames = DeviceFrames {
            device: ENTRY,
            gate: vec![event],
            ..DeviceFrames::default()
        };
        self.send(vec![frames], 0).await
    }

    /// Sends a batch.
    ///
    /// # Errors
    /// When the stream is gone.
    pub async fn send(&self, devices: Vec<DeviceFrames>, complete_until_us: i64) -> Outcome {
        let batch = EdgeBatch {
            devices,
            complete_until_us,
        };
        let message = Some(attach_request::Message::Batch(batch));
        Ok(self.to.send(AttachRequest { message }).await?)
    }

    /// Waits for an error with this code, whose message holds these words. Time goes on meanwhile.
    ///
    /// # Errors
    /// When there is none, or another.
    pub async fn refused(&mut self, code: DeviceErrorCode, words: &[&str]) -> Outcome {
        let error = timeout(PATIENCE, async {
            loop {
                match timeout(QUIET, self.hear()).await {
                    Err(_quiet) => self.go_on().await?,
                    Ok(answer) => {
                        if let Some(Message::Error(error)) = answer? {
                            return Ok::<_, Fault>(error);
                        }
                    }
                }
            }
        });
        let error = error.await??;
        if error.code() == code && words.iter().all(|word| error.message.contains(word)) {
            return Ok(());
        }
        Err(Fault::new(format!(
            "not {code:?} with {words:?}: {error:?}"
        )))
    }

    /// Sends good frames until the shop has acked one: nothing else was lost.
    ///
    /// # Errors
    /// When the shop refuses one, or acks none.
    pub async fn works(&mut self) -> Outcome {
        let wanted = self.next;
        let acked = timeout(PATIENCE, async {
            while self.acked < wanted {
                match timeout(QUIET, self.hear()).await {
                    Err(_quiet) => {
                        let frame = self.weights(vec![0.0; self.plates]);
                        self.send_shelf(vec![frame]).await?;
                        self.go_on().await?;
                    }
                    Ok(answer) => {
                        if let Some(Message::Error(error)) = answer? {
                            return Err(Fault::new(format!("refused: {error:?}")));
                        }
                    }
                }
            }
            Ok(())
        });
        acked.await?
    }

    /// Reads to the stream's end, and says how it ended.
    ///
    /// # Errors
    /// When it does not end.
    pub async fn end(mut self) -> Outcome<Result<(), Status>> {
        let end = timeout(PATIENCE, async {
            loop {
                match self.from.message().await {
                    Ok(Some(_)) => {}
                    Ok(None) => return Ok(()),
                    Err(status) => return Err(status),
                }
            }
        });
        Ok(end.await?)
    }

    /// Says that nothing happens for so long, and waits until the shop has come so far.
    ///
    /// # Errors
    /// When it does not.
    pub async fn leap(&mut self, us: i64) -> Outcome {
        self.now_us += us;
        self.send(Vec::new(), self.now_us).await?;
        let there = timeout(PATIENCE, async {
            while self.now_us > self.credit_us {
                self.hear().await?;
            }
            Ok(())
        });
        there.await?
    }

    /// Time goes on, as soon as there is credit for what comes then.
    async fn go_on(&mut self) -> Outcome {
        while self.now_us + PERIOD_US > self.credit_us {
            self.hear().await?;
        }
        self.now_us += PERIOD_US;
        self.send(Vec::new(), self.now_us).await
    }

    /// The next answer.
    async fn hear(&mut self) -> Outcome<Option<Message>> {
        let answer = timeout(PATIENCE, self.from.message()).await??;
        let answer = answer.ok_or_else(|| Fault::new("the stream has ended"))?;
        let news = match &answer.message {
            Some(Message::Welcome(welcome)) => &welcome.devices,
            Some(Message::Progress(progress)) => &progress.devices,
            _ => return Ok(answer.message),
        };
        for device in news.iter().filter(|device| device.device == SHELF) {
            self.acked = self.acked.max(device.acked_sequence);
            self.credit_us = self.credit_us.max(device.credit_until_us);
        }
        Ok(answer.message)
    }
}

async fn channel(address: SocketAddr) -> Outcome<Channel> {
    let endpoint = Channel::from_shared(format!("http://{address}"))?;
    Ok(endpoint.connect().await?)
}
