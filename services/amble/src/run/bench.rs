//! `amble bench`: what a full shop costs this machine, through the public protocol, in real time.
//!
//! The simulator is a process of its own, so that the kernel counts the shop's CPU and memory alone.

use std::{
    process::{ExitCode, Stdio},
    time::Duration,
};

use amble_gateway::{Admission, metrics};
use amble_proto::v1::{
    GetStatusRequest, GetStatusResponse, operator_service_client::OperatorServiceClient,
};
use amble_simulator::DayConfig;
use amble_store::Hooks;
use serde::Serialize;
use tokio::{net::TcpListener, process::Command, time::sleep};
use tonic::transport::Channel;

use super::{
    deciding,
    evaluate::Folder,
    serve::{Opened, wall_time},
};
use crate::{
    args::{BenchArgs, BenchPlates},
    assembly::phones::Phones,
    commands::pass::key_pair,
    config::{CheckoutConfig, Config, LedgerPlace},
    failure::{Explain as _, Failure},
    output::{print, print_json},
    plan_file,
    progress::Progress,
};

/// The shop is full with this share of its people; some always just leave.
const FULL: f64 = 0.95;
/// It is as full as it gets, too, when it has not been fuller for this long.
const STEADY_S: u32 = 60;
/// What has not filled after this time does not fill.
const FILLING_S: u64 = 600;

/// What was measured.
#[derive(Debug, Serialize)]
struct Figures {
    profile: String,
    seconds: f64,
    /// Inside, in the mean and at most: where people come in waves, they differ.
    people: f64,
    people_most: u32,
    detections_per_s: f64,
    samples_per_s: f64,
    interactions: u64,
    /// CPU cores that the shop's process used.
    cores: f64,
    memory_mb: f64,
    /// Wall clock minus what was decided: at the beginning, at the end, and at worst.
    lag_first_ms: f64,
    lag_last_ms: f64,
    lag_worst_ms: f64,
    own_p50_ms: f64,
    own_p99_ms: f64,
    cart_p50_ms: f64,
    cart_p99_ms: f64,
    passed_over: u64,
    refused: u64,
}

/// Measures a shop of a given size.
///
/// # Errors
/// When the shop or the simulator can't be started.
pub async fn bench(args: &BenchArgs, config: &Config) -> Result<ExitCode, Failure> {
    if args.attribution {
        return deciding::bench(args, config).await;
    }
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    // Dropped half-way, it takes the simulator with it.
    let figures = tokio::select! {
        figures = measure(args, config) => figures?,
        _ = tokio::signal::ctrl_c() => return Ok(ExitCode::FAILURE),
        _ = terminate.recv() => return Ok(ExitCode::FAILURE),
    };
    if args.json {
        print_json(&figures)?;
    } else {
        print(&text(&figures))?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn measure(args: &BenchArgs, config: &Config) -> Result<Figures, Failure> {
    let plan = plan_file::by_name(&args.profile, plan_file::SEED)?;
    let people = args
        .people
        .unwrap_or_else(|| DayConfig::for_plan(&plan).people);
    let folder = Folder::new()?;
    let (private_pem, public_pem) = key_pair()?;
    let key = folder.0.join("issuer.pem");
    std::fs::write(&key, private_pem)?;
    let grpc = TcpListener::bind("127.0.0.1:0").await?;
    let endpoint = format!("http://{}", grpc.local_addr()?);
    let web = TcpListener::bind("127.0.0.1:0").await?;
    let served = Opened {
        plan,
        ledger: LedgerPlace::File(folder.0.join("ledger.db")),
        wait: Duration::ZERO,
        pass_keys: vec![public_pem],
        phones: Phones::default(),
        settings: config.waiting.clone(),
        attribution: config.doubt.attribution(),
        limits: config.limits.limits(),
        // Nobody else is on this machine's own network.
        admission: Admission::default(),
        devices: None,
        pages: None,
        event_time: false,
        begin: wall_time(),
        checkout: CheckoutConfig::in_folder(&folder.0),
        record: None,
        metrics: Some(metrics::install()?),
        node: None,
        hooks: Hooks::default(),
    }
    .serve(grpc, web)
    .await?;

    let seconds = FILLING_S + args.seconds + 5;
    let mut simulator = Command::new(std::env::current_exe()?);
    simulator
        .args([
            "simulate",
            "--store",
            &args.profile,
            "--connect",
            &endpoint,
            "--speed",
            "real",
        ])
        .args([
            "--seconds",
            &seconds.to_string(),
            "--seed",
            &args.seed.to_string(),
        ])
        .args([
            "--plates",
            match args.plates {
                BenchPlates::Slow => "steady",
                BenchPlates::Fast => "batched",
            },
        ])
        .arg("--pass-key")
        .arg(&key)
        .stdout(Stdio::null())
        .args(["--people", &people.to_string()])
        .kill_on_drop(true);
    let mut simulator = simulator
        .spawn()
        .explain(|| "starting the simulator".to_owned())?;
    let mut operators = OperatorServiceClient::connect(endpoint).await?;
    fill(&mut operators, people).await?;
    let progress = Progress::of(args.seconds, format!("measuring {}", args.profile));
    let first = status(&mut operators).await?;
    let mut last = first.clone();
    let mut worst = first.lag_us;
    let mut inside = Vec::new();
    for second in 0..args.seconds {
        progress.at(second);
        sleep(Duration::from_secs(1)).await;
        last = status(&mut operators).await?;
        worst = worst.max(last.lag_us);
        inside.push(last.people);
    }
    drop(progress);
    simulator.kill().await?;
    served.close().await?;
    Ok(figures(args, &first, &last, worst, &inside))
}

/// Waits until the shop is full, or as full as it gets.
async fn fill(operators: &mut OperatorServiceClient<Channel>, people: u32) -> Result<(), Failure> {
    let wanted = FULL * f64::from(people);
    let progress = Progress::of(u64::from(people), "waiting for the shop to fill".to_owned());
    let (mut fullest, mut steady_s) = (0, 0);
    for _ in 0..FILLING_S {
        let inside = status(operators).await?.people;
        steady_s = if inside > fullest { 0 } else { steady_s + 1 };
        fullest = fullest.max(inside);
        if f64::from(inside) >= wanted || fullest > 0 && steady_s >= STEADY_S {
            return Ok(());
        }
        progress.at(u64::from(inside));
        sleep(Duration::from_secs(1)).await;
    }
    Err(Failure::new(format!(
        "the shop had not filled with {people} people after {FILLING_S} s, but was still filling; ask for fewer with \
         --people"
    )))
}

async fn status(
    operators: &mut OperatorServiceClient<Channel>,
) -> Result<GetStatusResponse, Failure> {
    Ok(operators
        .get_status(GetStatusRequest {})
        .await?
        .into_inner())
}

fn figures(
    args: &BenchArgs,
    first: &GetStatusResponse,
    last: &GetStatusResponse,
    worst_us: i64,
    inside: &[u32],
) -> Figures {
    let ms = |us: i64| us as f64 * 1e-3;
    let seconds = args.seconds as f64;
    let rate = |from: u64, to: u64| (to - from) as f64 / seconds;
    let (own, cart) = (
        last.own_latency.unwrap_or_default(),
        last.cart_latency.unwrap_or_default(),
    );
    Figures {
        profile: args.profile.clone(),
        seconds,
        people: inside.iter().copied().map(f64::from).sum::<f64>() / inside.len() as f64,
        people_most: inside.iter().copied().max().unwrap_or_default(),
        detections_per_s: rate(first.detections, last.detections),
        samples_per_s: rate(first.samples, last.samples),
        interactions: last.interactions - first.interactions,
        cores: (last.cpu_us - first.cpu_us) as f64 * 1e-6 / seconds,
        memory_mb: last.memory_bytes as f64 / f64::from(1 << 20),
        lag_first_ms: ms(first.lag_us),
        lag_last_ms: ms(last.lag_us),
        lag_worst_ms: ms(worst_us),
        own_p50_ms: ms(own.p50_us),
        own_p99_ms: ms(own.p99_us),
        cart_p50_ms: ms(cart.p50_us),
        cart_p99_ms: ms(cart.p99_us),
        passed_over: last.passed_over - first.passed_over,
        refused: last.refused - first.refused,
    }
}

fn text(f: &Figures) -> String {
    format!(
        "{} for {:.0} s in real time, {:.0} people, at most {}\n\
         detections/s   {:>10.0}\n\
         samples/s      {:>10.0}\n\
         interactions   {:>10}\n\
         CPU cores      {:>10.3}\n\
         memory         {:>10.1} MB\n\
         lag            {:>10.0} ms at first, {:.0} ms at last, {:.0} ms at worst\n\
         own latency    {:>10.1} ms p50, {:.1} ms p99\n\
         cart latency   {:>10.0} ms p50, {:.0} ms p99 (from the frame that settled the weight)\n\
         passed over    {:>10}\n\
         refused        {:>10}\n",
        f.profile,
        f.seconds,
        f.people,
        f.people_most,
        f.detections_per_s,
        f.samples_per_s,
        f.interactions,
        f.cores,
        f.memory_mb,
        f.lag_first_ms,
        f.lag_last_ms,
        f.lag_worst_ms,
        f.own_p50_ms,
        f.own_p99_ms,
        f.cart_p50_ms,
        f.cart_p99_ms,
        f.passed_over,
        f.refused,
    )
}
