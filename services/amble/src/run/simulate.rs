//! `amble simulate`: simulated people and sensors against a shop.

use std::{
    collections::BTreeMap,
    fs,
    fs::File,
    io::{BufWriter, Write as _},
    path::Path,
    process::ExitCode,
};

use amble_proto::v1::{
    DeviceRef, GetStatusRequest, operator_service_client::OperatorServiceClient,
};
use amble_simulator::{DriveConfig, Pace, PassSigner, Played, drive, wall_us};
use ed25519_dalek::pkcs8::{
    DecodePrivateKey as _, EncodePublicKey as _, spki::der::pem::LineEnding,
};
use serde::Serialize;
use tokio::{sync::mpsc, task::JoinHandle};

use super::{passes::Passes, receipts::Receipts};
use crate::{
    args::SimulateArgs,
    client::WayArgs,
    failure::{Explain as _, Failure},
    output::print_json,
    plan_file,
};

const MINUTE_US: i64 = 60_000_000;

/// What is printed in the end.
#[derive(Serialize)]
struct Said<'a, S: Serialize> {
    #[serde(flatten)]
    stats: S,
    #[serde(skip_serializing_if = "Option::is_none")]
    receipts: Option<&'a Receipts>,
}

/// The public key (PEM) of a private one.
///
/// # Errors
/// When it is no Ed25519 key.
pub fn public_key(private_pem: &str) -> Result<String, Failure> {
    let key = ed25519_dalek::SigningKey::from_pkcs8_pem(private_pem)?;
    Ok(key.verifying_key().to_public_key_pem(LineEnding::LF)?)
}

/// Event time a little after what the shop has decided: where a simulated day can begin. It is an operator's
/// question.
async fn shop_time(shop: &WayArgs) -> Result<i64, Failure> {
    let mut operators = OperatorServiceClient::new(shop.connect().await?);
    let status = operators
        .get_status(GetStatusRequest {})
        .await?
        .into_inner();
    Ok(status.decided_until_us)
}

/// A day in event time begins at a whole minute after what is decided. What a shop does every so many
/// rounds then falls on the same moments of the same day, whenever that is played.
fn day_begins(decided_us: i64) -> i64 {
    (decided_us / MINUTE_US + 1) * MINUTE_US
}

/// Plays a day until it ends or Ctrl-C; SIGTERM closes the doors, and the day ends when all have left.
///
/// # Errors
/// When the shop can't be reached, or the day can't be simulated.
pub async fn simulate(args: &SimulateArgs) -> Result<ExitCode, Failure> {
    let plan = plan_file::open(&args.store)?;
    let pace = args.speed.pace();
    let mut config = args.day.config(&plan)?;
    config.start_us = match pace {
        Pace::RealTime => wall_us(),
        Pace::EventTime { .. } => day_begins(shop_time(&args.shop).await?),
    };
    let mut day = args.plays.read()?.day(&plan, config, args.day.seed)?;
    let mut signer = PassSigner::unchecked();
    if let Some(path) = &args.pass_key {
        let pem = fs::read_to_string(path).explain(|| format!("cannot read {}", path.display()))?;
        signer = PassSigner::from_pem("simulator", &pem)?;
    }
    signer = signer.billed(args.pay.clone(), args.mail.clone());
    day = day.signed_by(signer.clone());
    let mut driving = DriveConfig::new(args.shop.endpoints(), pace);
    driving.tls = args.shop.certificates()?;
    let mut outages = None;
    if let Some(path) = &args.outages {
        if pace != Pace::RealTime {
            return Err(Failure::usage("--outages is for --speed real"));
        }
        let (tell, told) = mpsc::unbounded_channel();
        driving.outages = Some(tell);
        outages = Some(write_told(path, told)?);
    }
    if let Some(path) = &args.passes {
        let (tell, told) = mpsc::unbounded_channel();
        driving.passes = Some(tell);
        // It ends with the day, and nothing is told after that.
        drop(write_told(path, told)?);
    }
    let driving = drive(day, driving);
    let stopper = tokio::signal::ctrl_c();
    tokio::pin!(stopper);
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    let mut tick = tokio::time::interval(std::time::Duration::from_millis(200));
    loop {
        tokio::select! {
            _ = &mut stopper => { driving.stop(); break; }
            _ = terminate.recv() => driving.close_doors(),
            _ = tick.tick() => if driving.is_over() { break; },
        }
    }
    let stats = driving.stats();
    let Played { truth, acked } = driving.finished().await?;
    if let Some(path) = &args.truth {
        let file = File::create(path).explain(|| format!("cannot write {}", path.display()))?;
        truth.write_lines(&mut BufWriter::new(file))?;
    }
    if let Some(path) = &args.acks {
        write_acks(path, &acked)?;
    }
    if let Some(written) = outages {
        written
            .await
            .map_err(|error| Failure::new(error.to_string()))??;
    }
    let mut receipts = None;
    if let Some(url) = &args.receipts {
        let way = WayArgs {
            connect: vec![url.clone()],
            ..args.shop.clone()
        };
        let passes = Passes {
            store: plan.store.clone(),
            signer,
        };
        let asked = Receipts::ask(&way, &passes, &truth.visits).await?;
        receipts = Some(asked);
    }
    if args.json {
        let receipts = receipts.as_ref();
        print_json(&Said { stats, receipts })?;
    }
    receipts.map_or(Ok(()), |receipts| receipts.whole())?;
    Ok(ExitCode::SUCCESS)
}

/// Writes the last acked frame of each device, as an object of the devices' names.
fn write_acks(path: &Path, acked: &[(DeviceRef, u64)]) -> Result<(), Failure> {
    let name = |device: &DeviceRef| format!("{}/{}", device.kind().word(), device.device_id);
    let acked: BTreeMap<String, u64> = acked.iter().map(|(d, last)| (name(d), *last)).collect();
    let text = serde_json::to_vec(&acked)?;
    fs::write(path, text).explain(|| format!("cannot write {}", path.display()))
}

/// Writes what is told, each at once: whoever reads the file waits for it.
fn write_told<T: Serialize + Send + 'static>(
    path: &Path,
    mut told: mpsc::UnboundedReceiver<T>,
) -> Result<JoinHandle<std::io::Result<()>>, Failure> {
    let mut file = File::create(path).explain(|| format!("cannot write {}", path.display()))?;
    Ok(tokio::spawn(async move {
        while let Some(news) = told.recv().await {
            let mut line = serde_json::to_vec(&news)?;
            line.push(b'\n');
            file.write_all(&line)?;
        }
        Ok(())
    }))
}
