//! An edge, as tests play it.

use std::time::Duration;

use amble_proto::v1::{
    AttachRequest, AttachResponse, CameraFrame, Detection, DeviceError, DeviceErrorCode,
    DeviceFrames, DeviceKind, DeviceProgress, DeviceRef, EdgeBatch, EdgeHello, GateEvent, Pace,
    Point2, ServingState, ShelfFrame, Welcome, attach_request, attach_response::Message,
    device_service_client::DeviceServiceClient, gate_event,
};
use tokio::{sync::mpsc, time::timeout};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Status, Streaming, transport::Channel};

use crate::shop::PATIENCE;

/// Place of each device in the usual hello.
pub(crate) const CAMERA: u32 = 0;
pub(crate) const SHELF: u32 = 1;
pub(crate) const GATE: u32 = 2;

/// Event time at which the tests begin: 2023.
pub(crate) const START_US: i64 = 1_700_000_000_000_000;

pub(crate) struct Edge {
    to: mpsc::Sender<AttachRequest>,
    from: Streaming<AttachResponse>,
    pub(crate) welcome: Welcome,
    pub(crate) state: ServingState,
    /// What the edge has heard of each device last.
    pub(crate) heard: [DeviceProgress; 3],
}

pub(crate) fn device(kind: DeviceKind, id: &str) -> DeviceRef {
    DeviceRef {
        kind: kind.into(),
        device_id: id.to_owned(),
    }
}

/// All three devices of the shop.
pub(crate) fn all() -> Vec<DeviceRef> {
    vec![
        device(DeviceKind::Camera, "cam"),
        device(DeviceKind::Shelf, "g/s"),
        device(DeviceKind::Gate, "in"),
    ]
}

pub(crate) fn hello(id: &str, devices: Vec<DeviceRef>, pace: Pace) -> AttachRequest {
    AttachRequest {
        message: Some(attach_request::Message::Hello(EdgeHello {
            edge_id: id.to_owned(),
            devices,
            pace: pace.into(),
        })),
    }
}

pub(crate) fn batch(devices: Vec<DeviceFrames>, complete_until_us: i64) -> AttachRequest {
    AttachRequest {
        message: Some(attach_request::Message::Batch(EdgeBatch {
            devices,
            complete_until_us,
        })),
    }
}

pub(crate) fn shelf(frames: Vec<ShelfFrame>) -> DeviceFrames {
    DeviceFrames {
        device: SHELF,
        shelf: frames,
        ..DeviceFrames::default()
    }
}

pub(crate) fn camera(frames: Vec<CameraFrame>) -> DeviceFrames {
    DeviceFrames {
        device: CAMERA,
        camera: frames,
        ..DeviceFrames::default()
    }
}

pub(crate) fn gate(frames: Vec<GateEvent>) -> DeviceFrames {
    DeviceFrames {
        device: GATE,
        gate: frames,
        ..DeviceFrames::default()
    }
}

/// The usual time of a frame: ten a second from the start.
pub(crate) fn time_of(sequence: u64) -> i64 {
    START_US + i64::try_from(sequence).unwrap() * 100_000
}

pub(crate) fn weights(sequence: u64, grams: &[f32]) -> ShelfFrame {
    ShelfFrame {
        sequence,
        capture_time_us: time_of(sequence),
        sample_period_us: 0,
        grams: grams.to_vec(),
    }
}

pub(crate) fn good_weights(sequence: u64) -> ShelfFrame {
    weights(sequence, &[100.0, 200.0, 300.0])
}

pub(crate) fn person(x: f32, y: f32) -> Detection {
    Detection {
        position: Some(Point2 { x, y }),
        ..Detection::default()
    }
}

pub(crate) fn people(sequence: u64, detections: Vec<Detection>) -> CameraFrame {
    CameraFrame {
        sequence,
        capture_time_us: time_of(sequence),
        detections,
    }
}

pub(crate) fn scan(sequence: u64, token: String) -> GateEvent {
    GateEvent {
        sequence,
        capture_time_us: time_of(sequence),
        event: Some(gate_event::Event::PassToken(token)),
    }
}

/// Opens a stream that begins with `first`.
pub(crate) async fn stream(
    channel: Channel,
    first: AttachRequest,
) -> (mpsc::Sender<AttachRequest>, Streaming<AttachResponse>) {
    let (to, requests) = mpsc::channel(64);
    to.send(first).await.unwrap();
    let mut client = DeviceServiceClient::new(channel);
    let answer = client.attach(ReceiverStream::new(requests)).await.unwrap();
    (to, answer.into_inner())
}

/// What is waited for; heartbeats go on whether it comes or not.
async fn in_time<T>(what: &str, wait: impl Future<Output = T>) -> T {
    let came = timeout(PATIENCE, wait).await;
    came.unwrap_or_else(|_| panic!("{what} never came"))
}

impl Edge {
    /// Attaches all three devices.
    pub(crate) async fn attach(channel: Channel, pace: Pace) -> Self {
        Self::attach_these(channel, all(), pace).await
    }

    pub(crate) async fn attach_these(
        channel: Channel,
        devices: Vec<DeviceRef>,
        pace: Pace,
    ) -> Self {
        let (to, from) = stream(channel, hello("edge-1", devices, pace)).await;
        let mut edge = Self {
            to,
            from,
            welcome: Welcome::default(),
            state: ServingState::Unspecified,
            heard: Default::default(),
        };
        match edge.next().await.unwrap() {
            Some(Message::Welcome(welcome)) => edge.welcome = welcome,
            other => panic!("no welcome but {other:?}"),
        }
        edge
    }

    pub(crate) async fn send(&self, devices: Vec<DeviceFrames>) {
        self.say(batch(devices, 0)).await;
    }

    pub(crate) async fn say(&self, message: AttachRequest) {
        self.to.send(message).await.unwrap();
    }

    /// The next answer; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Message>, Status> {
        let answer = timeout(PATIENCE, self.from.message()).await.unwrap()?;
        let message = answer.map(|a| a.message.unwrap());
        if let Some(Message::Progress(progress)) = &message {
            self.state = progress.state();
            for device in &progress.devices {
                self.heard[device.device as usize] = *device;
            }
        }
        Ok(message)
    }

    /// The next error.
    pub(crate) async fn error(&mut self) -> DeviceError {
        in_time("an error", async {
            loop {
                if let Some(Message::Error(error)) = self.next().await.unwrap() {
                    return error;
                }
            }
        })
        .await
    }

    /// The next error; it must have this code and its message must hold these words.
    pub(crate) async fn refused(&mut self, code: DeviceErrorCode, words: &[&str]) -> DeviceError {
        let error = self.error().await;
        assert_eq!(error.code(), code, "{}", error.message);
        for word in words {
            assert!(error.message.contains(word), "{word} in: {}", error.message);
        }
        error
    }

    /// Waits until this sequence of a device is acked. No error may come before.
    pub(crate) async fn acked(&mut self, device: u32, sequence: u64) {
        in_time("an ack", async {
            while self.heard[device as usize].acked_sequence < sequence {
                if let Some(Message::Error(error)) = self.next().await.unwrap() {
                    panic!("{error:?}");
                }
            }
        })
        .await;
    }

    /// Waits until it is asked to send again, and gives from where.
    pub(crate) async fn asked_to_resend(&mut self, device: u32) -> u64 {
        in_time("a wish for a resend", async {
            loop {
                let from = self.heard[device as usize].resend_from_sequence;
                if from != 0 {
                    self.heard[device as usize].resend_from_sequence = 0;
                    return from;
                }
                self.next().await.unwrap();
            }
        })
        .await
    }

    /// Reads to the end, and gives how it ended and the errors on the way.
    pub(crate) async fn end(mut self) -> (Result<(), Status>, Vec<DeviceError>) {
        let mut errors = Vec::new();
        loop {
            match self.next().await {
                Ok(Some(Message::Error(error))) => errors.push(error),
                Ok(Some(_)) => {}
                Ok(None) => return (Ok(()), errors),
                Err(status) => return (Err(status), errors),
            }
        }
    }

    /// How long the edge hears nothing at most, over some answers.
    pub(crate) async fn longest_silence(&mut self, answers: usize) -> Duration {
        let mut longest = Duration::ZERO;
        let mut last = tokio::time::Instant::now();
        for _ in 0..answers {
            self.next().await.unwrap();
            longest = longest.max(last.elapsed());
            last = tokio::time::Instant::now();
        }
        longest
    }
}
