//! `amble demo`: a whole shop at work, real gRPC in between, and its receipts against the truth.

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

use amble_checkout::ReceiptDocument;
use amble_gateway::Admission;
use amble_proto::v1::{
    GetStatusRequest, GetStatusResponse, operator_service_client::OperatorServiceClient,
};
use amble_simulator::{
    DayConfig, DriveConfig, Pace, PassSigner, ScannedPass, Truth, drive, wall_us,
};
use amble_store::Hooks;
use serde::Serialize;
use tokio::{net::TcpListener, sync::mpsc, time::timeout};
use tonic::transport::Endpoint;

use super::{
    evaluate::Folder,
    feed,
    hands::{Hands, Waits},
    passes::Passes,
    serve::{Opened, wall_time},
};
use crate::{
    args::{DemoArgs, PlaysArgs},
    assembly::{phones::Phones, usage},
    commands::pass::key_pair,
    config::{CheckoutConfig, Config, LedgerPlace},
    evaluate::{self, Problem, Report},
    failure::Failure,
    output::{print, print_json},
    plan_file,
};

/// A visit counts when it ended this long before the last frame, in microseconds of event time:
/// settling may wait so long for a shelf that does not come to rest.
const SETTLING_US: i64 = 15_000_000;

/// How long the demo waits for a first shopper whose page it can show.
const FIRST_PASS_WITHIN: Duration = Duration::from_secs(5);

/// What the demo came to.
#[derive(Debug, Serialize)]
struct Summary {
    /// Which shop.
    store: String,
    /// Wall time, in seconds.
    wall_s: f64,
    /// Event time, in seconds.
    event_s: f64,
    /// Visits that ended in time to be counted.
    visits: usize,
    /// Receipts that are right in every line.
    exact_receipts: usize,
    precision: f64,
    recall: f64,
    f1: f64,
    /// From the settled weight to the cart, in milliseconds of wall time.
    cart_p50_ms: f64,
    cart_p99_ms: f64,
    /// Of that, Amble's own: from the last message that the decision needed.
    own_p50_ms: f64,
    own_p99_ms: f64,
    /// From the hand that leaves the shelf to the phone; in real time only.
    hand_p50_ms: Option<f64>,
    hand_p99_ms: Option<f64>,
    /// Takes that no phone showed: the shop gave them to somebody else, or to nobody.
    hand_unseen: Option<usize>,
    /// CPU cores that shop and simulator used together.
    cores: f64,
    /// Memory of both, in megabytes.
    memory_mb: f64,
    /// Interactions decided.
    interactions: u64,
}

/// Shows a shop at work.
///
/// # Errors
/// When the shop can't be opened or simulated.
pub async fn demo(args: &DemoArgs, config: &Config) -> Result<ExitCode, Failure> {
    let plan = match &args.store {
        Some(file) => plan_file::read(file)?,
        None => plan_file::by_name(&args.profile, plan_file::SEED)?,
    };
    let store = plan.store.clone();
    let folder = Folder::new()?;
    let (private_pem, public_pem) = key_pair()?;
    let pace = args.speed.pace();
    let mut day_config = DayConfig::for_plan(&plan);
    day_config.people = args.people.unwrap_or(day_config.people);
    day_config.seconds = u32::MAX / 2_000;
    day_config.truth_paths = false;
    day_config.start_us = match pace {
        Pace::RealTime => wall_us(),
        Pace::EventTime { .. } => day_config.start_us,
    };
    let begin = match pace {
        Pace::RealTime => wall_time(),
        Pace::EventTime { .. } => amble_engine::time::Time(day_config.start_us - 500_000),
    };
    let start_us = day_config.start_us;
    let plays = PlaysArgs {
        script: args.script.clone(),
        paths: None,
    }
    .read()?;
    let day = plays
        .day(&plan, day_config, args.seed)?
        .signed_by(PassSigner::from_pem("demo", &private_pem)?);

    let grpc = TcpListener::bind("127.0.0.1:0").await?;
    let endpoint = format!("http://{}", grpc.local_addr()?);
    let web = TcpListener::bind("127.0.0.1:0").await?;
    let pages = TcpListener::bind("127.0.0.1:0").await?;
    let page = format!("http://{}/", pages.local_addr()?);
    let opened = Opened {
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
        pages: Some(pages),
        event_time: pace != Pace::RealTime,
        begin,
        checkout: CheckoutConfig::in_folder(&folder.0),
        record: None,
        metrics: None,
        node: None,
        hooks: Hooks::default(),
    };
    let served = opened.serve(grpc, web).await?;
    let mut operators = OperatorServiceClient::connect(endpoint.clone()).await?;
    let began = Instant::now();
    let cpu = usage::now().cpu_us;
    let mut config = DriveConfig::new(vec![endpoint.clone()], pace);
    let (tell, passes) = mpsc::unbounded_channel();
    config.passes = Some(tell);
    let driving = drive(day, config);
    let board = if args.json {
        None
    } else {
        show_page(&page, passes).await?;
        Some(feed::start(operators.clone()).await?)
    };
    let hands = if pace == Pace::RealTime {
        let phones = Endpoint::from_shared(endpoint)?.connect().await?;
        let passes = Passes {
            store: store.clone(),
            signer: PassSigner::from_pem("demo", &private_pem)?,
        };
        Some(Hands::follow(phones, passes, driving.actions()))
    } else {
        None
    };
    let end = began + Duration::from_secs(args.seconds);
    while Instant::now() < end && !driving.is_over() {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    driving.stop();
    let truth = driving.finished().await?.truth;
    let waits = match hands {
        Some(hands) => hands.waits().await,
        None => Waits::default(),
    };
    let wall_s = began.elapsed().as_secs_f64();
    let used = usage::now();
    served.running.shop.flush().await?;
    if let Some(board) = board {
        board.abort();
    }
    let status = operators
        .get_status(GetStatusRequest {})
        .await?
        .into_inner();
    let receipts = receipts(&served.ledger).await?;
    let report = compare(&truth, &receipts, status.decided_until_us);
    let summary = Summary {
        store,
        wall_s,
        event_s: (status.decided_until_us - start_us) as f64 * 1e-6,
        cores: (used.cpu_us - cpu) as f64 * 1e-6 / wall_s,
        memory_mb: used.memory_bytes as f64 / f64::from(1 << 20),
        hand_p50_ms: waits.quantile_ms(0.5),
        hand_p99_ms: waits.quantile_ms(0.99),
        hand_unseen: (pace == Pace::RealTime).then_some(waits.unseen),
        ..summary(&report, &status)
    };
    served.close().await?;
    if args.json {
        print_json(&summary)?;
    } else {
        print(&text(&summary, &report))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Tells where the first shopper's cart can be looked at.
async fn show_page(
    page: &str,
    mut passes: mpsc::UnboundedReceiver<ScannedPass>,
) -> Result<(), Failure> {
    // A script may let the first one come late: then nobody's cart can be shown.
    let first = timeout(FIRST_PASS_WITHIN, passes.recv()).await;
    let text = match first {
        Ok(Some(scanned)) => format!(
            "The first shopper's phone shows {page}#pass={}\n",
            scanned.pass
        ),
        _ => format!("Shoppers' pages are at {page}\n"),
    };
    print(&format!("{text}The shop's console is at {page}console\n"))
}

async fn receipts(
    ledger: &std::sync::Arc<dyn amble_ledger::Ledger>,
) -> Result<Vec<ReceiptDocument>, Failure> {
    let stored = ledger.receipts(None, u32::MAX >> 1).await?;
    stored
        .iter()
        .map(|receipt| Ok(ReceiptDocument::from_json(&receipt.body)?))
        .collect()
}

/// Visits that could be settled before the end, against their receipts.
fn compare(truth: &Truth, receipts: &[ReceiptDocument], until_us: i64) -> Report {
    let mut visits = truth.visits.clone();
    visits.retain(|visit| visit.left_us <= until_us - SETTLING_US);
    let counted: Vec<ReceiptDocument> = receipts
        .iter()
        .filter(|receipt| visits.iter().any(|visit| *visit.visit == receipt.visit))
        .cloned()
        .collect();
    evaluate::evaluate(&Problem {
        actions: &truth.actions,
        visits: &visits,
        receipts: &counted,
        prices: None,
    })
}

fn summary(report: &Report, status: &GetStatusResponse) -> Summary {
    let ms = |us: Option<i64>| us.unwrap_or(0) as f64 * 1e-3;
    let (own, cart) = (status.own_latency.as_ref(), status.cart_latency.as_ref());
    Summary {
        store: String::new(),
        wall_s: 0.0,
        event_s: 0.0,
        visits: report.visits,
        exact_receipts: report.exact,
        precision: report.score.precision(),
        recall: report.score.recall(),
        f1: report.score.f1(),
        cart_p50_ms: ms(cart.map(|l| l.p50_us)),
        cart_p99_ms: ms(cart.map(|l| l.p99_us)),
        own_p50_ms: ms(own.map(|l| l.p50_us)),
        own_p99_ms: ms(own.map(|l| l.p99_us)),
        hand_p50_ms: None,
        hand_p99_ms: None,
        hand_unseen: None,
        cores: 0.0,
        memory_mb: 0.0,
        interactions: status.interactions,
    }
}

fn text(summary: &Summary, report: &Report) -> String {
    let hand = match (summary.hand_p50_ms, summary.hand_p99_ms) {
        (Some(p50), Some(p99)) => {
            let unseen = summary.hand_unseen.unwrap_or(0);
            format!("hand to phone            p50 {p50:.0} ms, p99 {p99:.0} ms ({unseen} unseen)\n")
        }
        _ => String::new(),
    };
    format!(
        "{}\nThe demo of {} took {:.0} s, in which {:.0} s passed in the shop.\n\
         settled weight to cart   p50 {:.0} ms, p99 {:.0} ms (own part p50 {:.1} ms, p99 {:.1} ms)\n\
         {hand}\
         shop and simulator used  {:.2} cores, {:.0} MB\n",
        evaluate::report_text(report),
        summary.store,
        summary.wall_s,
        summary.event_s,
        summary.cart_p50_ms,
        summary.cart_p99_ms,
        summary.own_p50_ms,
        summary.own_p99_ms,
        summary.cores,
        summary.memory_mb,
    )
}
