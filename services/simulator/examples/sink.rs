//! What driving costs without a shop: `sink serve PORT` takes and acks everything;
//! `sink PLAN PORT [SECONDS]` plays a day against it in real time and prints what it sent. Measure
//! each with `time`.

use std::{error::Error, pin::Pin, time::Duration};

use amble_proto::{
    plan::StorePlan,
    v1::{
        AttachRequest, AttachResponse, DeviceProgress, EdgeBatch, Progress, ServingState, Welcome,
        attach_request::Message as Asked,
        attach_response::Message as Said,
        device_service_server::{DeviceService, DeviceServiceServer},
    },
};
use amble_simulator::{Day, DayConfig, DriveConfig, Pace, drive, wall_us};
use tokio_stream::{Stream, StreamExt as _};
use tonic::{Request, Response, Status, Streaming, transport::Server};

struct Sink;

#[tonic::async_trait]
impl DeviceService for Sink {
    type AttachStream = Pin<Box<dyn Stream<Item = Result<AttachResponse, Status>> + Send>>;

    async fn attach(
        &self,
        request: Request<Streaming<AttachRequest>>,
    ) -> Result<Response<Self::AttachStream>, Status> {
        let answers = request.into_inner().map(|message| {
            let said = match message?.message {
                Some(Asked::Hello(hello)) => Said::Welcome(Welcome {
                    store_id: String::new(),
                    devices: (0..).zip(hello.devices).map(|(d, _)| ack(d, 0)).collect(),
                }),
                Some(Asked::Batch(batch)) => Said::Progress(Progress {
                    devices: acks(&batch),
                    state: ServingState::Serving.into(),
                }),
                None => return Err(Status::invalid_argument("an empty message")),
            };
            Ok(AttachResponse {
                message: Some(said),
            })
        });
        Ok(Response::new(Box::pin(answers)))
    }
}

fn ack(device: u32, acked_sequence: u64) -> DeviceProgress {
    DeviceProgress {
        device,
        acked_sequence,
        credit_until_us: i64::MAX,
        resend_from_sequence: 0,
    }
}

fn acks(batch: &EdgeBatch) -> Vec<DeviceProgress> {
    let newest = batch.devices.iter().filter_map(|frames| {
        let camera = frames.camera.last().map(|f| f.sequence);
        let shelf = frames.shelf.last().map(|f| f.sequence);
        let gate = frames.gate.last().map(|f| f.sequence);
        Some(ack(frames.device, camera.or(shelf).or(gate)?))
    });
    newest.collect()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let what = arguments.next().ok_or("serve, or a store plan?")?;
    let port: u16 = arguments.next().ok_or("which port?")?.parse()?;
    if what == "serve" {
        let address = format!("127.0.0.1:{port}").parse()?;
        let service = DeviceServiceServer::new(Sink);
        let server = Server::builder()
            .initial_stream_window_size(1 << 20)
            .initial_connection_window_size(4 << 20)
            .add_service(service);
        return Ok(server.serve(address).await?);
    }
    let seconds = arguments.next().map_or(Ok(30), |text| text.parse())?;
    let plan: StorePlan = serde_json::from_str(&std::fs::read_to_string(what)?)?;
    let config = DayConfig {
        start_us: wall_us(),
        truth_paths: false,
        ..DayConfig::for_plan(&plan)
    };
    let day = Day::new(&plan, config, 1)?;
    let endpoint = format!("http://127.0.0.1:{port}");
    let drive = drive(day, DriveConfig::new(vec![endpoint], Pace::RealTime));
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    println!("{:?}", drive.stats());
    drive.stop();
    drive.finished().await?;
    Ok(())
}
