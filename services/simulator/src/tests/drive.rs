use std::{
    collections::BTreeMap,
    pin::Pin,
    sync::{Arc, Mutex},
    time::Duration,
};

use amble_proto::v1::{
    self, AttachRequest, AttachResponse, attach_request, attach_response,
    device_service_server::{DeviceService, DeviceServiceServer},
};
use tokio::sync::mpsc;
use tokio_stream::{Stream, StreamExt as _, wrappers::ReceiverStream};
use tonic::{Request, Response, Status, Streaming};

use super::{busy, plan};
use crate::{Day, DayConfig, Drive, DriveConfig, Pace, drive, wall_us};

/// What a device sent, by its id: the highest sequence that continued the ones before, and its time.
type Taken = Arc<Mutex<BTreeMap<String, (u64, i64)>>>;

/// A shop that takes everything in order, and now and then drops a stream or loses its memory of the
/// last frames.
struct FakeShop {
    taken: Taken,
    /// Batches after which a stream is cut.
    cut_after: usize,
}

#[tonic::async_trait]
impl DeviceService for FakeShop {
    type AttachStream = Pin<Box<dyn Stream<Item = Result<AttachResponse, Status>> + Send>>;

    async fn attach(
        &self,
        request: Request<Streaming<AttachRequest>>,
    ) -> Result<Response<Self::AttachStream>, Status> {
        let (send, receive) = mpsc::channel(64);
        let edge = FakeEdge {
            taken: Arc::clone(&self.taken),
            cut_after: self.cut_after,
            devices: Vec::new(),
            complete_us: 0,
        };
        tokio::spawn(edge.serve(request.into_inner(), send));
        Ok(Response::new(Box::pin(ReceiverStream::new(receive))))
    }
}

struct FakeEdge {
    taken: Taken,
    cut_after: usize,
    devices: Vec<String>,
    complete_us: i64,
}

impl FakeEdge {
    async fn serve(
        mut self,
        mut inbox: Streaming<AttachRequest>,
        outbox: mpsc::Sender<Result<AttachResponse, Status>>,
    ) {
        let mut batches = 0;
        while let Some(Ok(message)) = inbox.next().await {
            let answer = match message.message.unwrap() {
                attach_request::Message::Hello(hello) => {
                    self.devices = hello.devices.into_iter().map(|d| d.device_id).collect();
                    attach_response::Message::Welcome(v1::Welcome {
                        store_id: "tiny".to_owned(),
                        devices: self.progress(),
                    })
                }
                attach_request::Message::Batch(batch) => {
                    batches += 1;
                    if batches > self.cut_after {
                        return;
                    }
                    self.take(batch);
                    attach_response::Message::Progress(v1::Progress {
                        devices: self.progress(),
                        state: v1::ServingState::Serving.into(),
                    })
                }
            };
            let answer = AttachResponse {
                message: Some(answer),
            };
            if outbox.send(Ok(answer)).await.is_err() {
                return;
            }
        }
    }

    fn take(&mut self, batch: v1::EdgeBatch) {
        let mut taken = self.taken.lock().unwrap();
        for frames in batch.devices {
            let id = &self.devices[frames.device as usize];
            let state = taken.entry(id.clone()).or_default();
            // No less than what was granted: see `progress`.
            let granted = credit(self.complete_us.max(state.1));
            let camera = frames
                .camera
                .iter()
                .map(|f| (f.sequence, f.capture_time_us));
            let shelf = frames.shelf.iter().map(|f| (f.sequence, f.capture_time_us));
            let gate = frames.gate.iter().map(|f| (f.sequence, f.capture_time_us));
            for (sequence, time) in camera.chain(shelf).chain(gate) {
                assert!(sequence <= state.0 + 1, "{id}: a gap before {sequence}");
                assert!(time <= granted, "{id}: beyond the credit");
                if sequence == state.0 + 1 {
                    *state = (sequence, time);
                }
            }
        }
        self.complete_us = self.complete_us.max(batch.complete_until_us);
    }

    /// Half a second of credit beyond what is complete.
    fn progress(&self) -> Vec<v1::DeviceProgress> {
        let taken = self.taken.lock().unwrap();
        let progress = self.devices.iter().zip(0..).map(|(id, device)| {
            let (sequence, time) = taken.get(id).copied().unwrap_or_default();
            v1::DeviceProgress {
                device,
                acked_sequence: sequence,
                credit_until_us: credit(self.complete_us.max(time)),
                resend_from_sequence: 0,
            }
        });
        progress.collect()
    }
}

fn credit(complete_us: i64) -> i64 {
    if complete_us == 0 {
        // Before anything is known.
        i64::MAX
    } else {
        complete_us + 500_000
    }
}

async fn open_shop(taken: &Taken, cut_after: usize) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let shop = FakeShop {
        taken: Arc::clone(taken),
        cut_after,
    };
    let incoming = tokio_stream::wrappers::TcpListenerStream::new(listener);
    let server = tonic::transport::Server::builder().add_service(DeviceServiceServer::new(shop));
    tokio::spawn(server.serve_with_incoming(incoming));
    address
}

/// How many frames every device captures on a day.
fn captured(config: &DayConfig) -> BTreeMap<String, u64> {
    let mut day = Day::new(&plan(), config.clone(), 1).unwrap();
    let mut counts = BTreeMap::new();
    for round in super::rounds(&mut day) {
        for (device, sent) in day.devices().iter().zip(round.devices) {
            let frames =
                sent.frames.camera.len() + sent.frames.shelf.len() + sent.frames.gate.len();
            if frames > 0 {
                *counts.entry(device.device_id.clone()).or_default() += frames as u64;
            }
        }
    }
    counts
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_arrives_once_in_order_though_streams_break() {
    let taken = Taken::default();
    let good = open_shop(&taken, usize::MAX).await;
    let bad = open_shop(&taken, 20).await;
    let config = busy(30);
    let endpoints = vec![bad, "http://127.0.0.1:9".to_owned(), good];
    let day = Day::new(&plan(), config.clone(), 1).unwrap();
    let drive = drive(
        day,
        DriveConfig::new(endpoints, Pace::EventTime { speed: None }),
    );
    let truth = wait(drive).await;
    assert!(!truth.visits.is_empty());
    let taken = taken.lock().unwrap();
    let taken: BTreeMap<String, u64> = taken.iter().map(|(id, s)| (id.clone(), s.0)).collect();
    assert_eq!(taken, captured(&config));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_real_time_capture_times_follow_the_wall_clock() {
    let taken = Taken::default();
    let address = open_shop(&taken, usize::MAX).await;
    let start_us = wall_us();
    let config = DayConfig {
        start_us,
        ..busy(600)
    };
    let day = Day::new(&plan(), config, 1).unwrap();
    let mut settings = DriveConfig::new(vec![address], Pace::RealTime);
    settings.silence = Duration::from_secs(5);
    let drive = drive(day, settings);
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let stats = drive.stats();
    let behind = wall_us() - stats.simulated_until_us;
    assert!((0..500_000).contains(&behind), "{behind}");
    assert!(stats.frames_sent > 30 && stats.errors == 0, "{stats:?}");
    drive.stop();
    wait(drive).await;
}

async fn wait(drive: Drive) -> crate::Truth {
    let finished = tokio::time::timeout(Duration::from_secs(60), drive.finished());
    finished.await.expect("ends in time").unwrap().truth
}
