//! `amble serve`: a shop, until it is told to stop.

use std::{
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use amble_checkout::Outbox;
use amble_engine::{attribution, time::Time};
use amble_gateway::{Admission, Gateway, GatewayError, Limits, Pages, Ports, metrics};
use amble_ledger::Ledger;
use amble_proto::{plan::StorePlan, v1::RecordedPlan};
use amble_store::{AsNode, Hooks, Options, Plan, Running, Settings, pass::Verifier};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

use crate::{
    args::ServeArgs,
    assembly::{
        console::Console, doors::Doors, inspect::Inspection, phones::Phones, recorder::Recorder,
        settle::documents, shop, upkeep::Upkeep, usage,
    },
    config::{CheckoutConfig, Config, LedgerPlace, ListenConfig},
    failure::{Explain as _, Failure},
    plan_file,
    run::{
        node::{Node, name},
        security::{Security, key},
    },
    traces::{self, Place, Traces},
};

/// With what a served shop opens.
pub(super) struct Opened {
    pub(super) plan: StorePlan,
    pub(super) ledger: LedgerPlace,
    /// How long a database that is not there yet is waited for.
    pub(super) wait: Duration,
    pub(super) pass_keys: Vec<String>,
    /// How passes come to belong to phones.
    pub(super) phones: Phones,
    pub(super) settings: Settings,
    pub(super) attribution: attribution::Settings,
    pub(super) limits: Limits,
    pub(super) admission: Admission,
    /// Where devices have a port of their own.
    pub(super) devices: Option<TcpListener>,
    /// Where shoppers' pages are served, if they are.
    pub(super) pages: Option<TcpListener>,
    pub(super) event_time: bool,
    pub(super) begin: Time,
    pub(super) checkout: CheckoutConfig,
    pub(super) record: Option<PathBuf>,
    pub(super) metrics: Option<PrometheusHandle>,
    pub(super) node: Option<AsNode>,
    pub(super) hooks: Hooks,
}

/// A shop with its doors open.
pub(super) struct Served {
    pub(super) running: Running,
    pub(super) ledger: Arc<dyn Ledger>,
    outbox: Outbox,
    recorder: Option<Recorder>,
    stop: oneshot::Sender<()>,
    doors: JoinHandle<Result<Pages, GatewayError>>,
}

impl Opened {
    /// Opens the shop and its doors.
    pub(super) async fn serve(
        self,
        grpc: TcpListener,
        web: TcpListener,
    ) -> Result<Served, Failure> {
        let json = amble_store::plan::to_text(&self.plan)?;
        let verifier =
            Verifier::new(&self.plan.store, &self.pass_keys)?.rotating(self.phones.rotating);
        let mut recorder = None;
        let mut queue = None;
        if let Some(path) = &self.record {
            let plan = RecordedPlan {
                json: json.clone(),
                pass_keys_pem: self.pass_keys.clone(),
                start_us: self.begin.0,
                passes_rotate: self.phones.rotating,
            };
            let (started, entries) = Recorder::start(path, plan)
                .explain(|| format!("cannot write the recording {}", path.display()))?;
            (recorder, queue) = (Some(started), Some(entries));
        }
        // What is wrong with it shows before anybody comes in.
        let checkout = shop::Checkout::new(&self.checkout)?;
        let ledger = shop::open_ledger(&self.ledger, self.wait).await?;
        let running = amble_store::open(Options {
            documents: documents(&self.plan, &self.checkout.language, checkout.holds()),
            plan: Plan::new(self.plan)?,
            ledger: Arc::clone(&ledger),
            verifier,
            settings: self.settings,
            attribution: self.attribution,
            event_time: self.event_time,
            live: true,
            begin: self.begin,
            recorder: queue,
            tracked: None,
            hooks: self.hooks,
            node: self.node,
            usage: usage::now,
        })
        .await?;
        let webhooks = checkout.webhooks(&ledger)?;
        let told_of_holds = checkout.holds().is_some();
        let outbox = shop::check_out(&running, checkout);
        let doors = Doors::new(
            Arc::clone(&running.shop),
            json.into(),
            told_of_holds,
            self.phones.binder,
        );
        let inspection = Inspection::new(Arc::clone(&running.shop));
        let ports = Ports {
            devices: doors.clone(),
            shoppers: doors.clone(),
            operators: doors,
            consoles: Console::new(Arc::clone(&running.shop), Arc::clone(&inspection)),
            inspectors: inspection,
        };
        let (stop, stopped) = oneshot::channel::<()>();
        let mut gateway = Gateway::builder(ports)
            .limits(self.limits)
            .admission(self.admission)
            .devices(self.devices)
            .pages(self.pages)
            .webhooks(webhooks);
        if let Some(handle) = self.metrics {
            gateway = gateway.metrics(handle);
        }
        let shutdown = async move {
            let _ = stopped.await;
        };
        let doors = tokio::spawn(gateway.serve(grpc, web, shutdown));
        Ok(Served {
            running,
            ledger,
            outbox,
            recorder,
            stop,
            doors,
        })
    }
}

/// A shop that nobody can reach from outside any more.
struct Closed {
    pages: Pages,
    running: Running,
    outbox: Outbox,
    recorder: Option<Recorder>,
}

impl Served {
    /// Closes the doors, then the shop; what was acked is in the ledger.
    pub(super) async fn close(self) -> Result<(), Failure> {
        self.close_doors().await?.stop().await
    }

    /// Sends edges and watchers elsewhere; the shop goes on.
    async fn close_doors(self) -> Result<Closed, Failure> {
        let _ = self.stop.send(());
        let pages = self
            .doors
            .await
            .map_err(|error| Failure::new(error.to_string()))??;
        Ok(Closed {
            pages,
            running: self.running,
            outbox: self.outbox,
            recorder: self.recorder,
        })
    }
}

impl Closed {
    async fn stop(self) -> Result<(), Failure> {
        self.running.stop().await;
        self.outbox.stop().await;
        if let Some(recorder) = self.recorder {
            recorder.finish()?;
        }
        Ok(self.pages.close().await?)
    }
}

/// Now, as event time.
pub(super) fn wall_time() -> Time {
    event_time(SystemTime::now())
}

fn event_time(at: SystemTime) -> Time {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    Time(i64::try_from(since.as_micros()).unwrap_or_default())
}

/// Serves until SIGTERM, SIGINT, or another process has claimed the shop.
///
/// # Errors
/// When the shop can't be opened, or an address is taken.
pub async fn serve(
    args: &ServeArgs,
    config: &Config,
    traces: Option<Traces>,
) -> Result<ExitCode, Failure> {
    let plan = plan_file::open(&config.store)?;
    let mut pass_keys = config
        .passes
        .keys
        .iter()
        .map(|path| key(path))
        .collect::<Result<Vec<_>, _>>()?;
    let phones = Phones::open(&config.passes, &plan.store, &mut pass_keys)?;
    let handle = metrics::install()?;
    amble_store::describe();
    amble_ledger::describe_metrics();
    amble_checkout::describe_metrics();
    amble_cluster::describe_metrics();
    amble_cluster::etcd::describe_metrics();
    amble_trust::describe_metrics();
    traces::describe();
    let security = Security::open(config, &plan.store).await?;
    let listen = async |address| {
        TcpListener::bind(address)
            .await
            .explain(|| format!("cannot listen on {address}"))
    };
    let grpc = listen(config.listen.grpc).await?;
    let web = listen(config.listen.web).await?;
    let devices = match config.listen.devices()? {
        Some(address) => Some(listen(address).await?),
        None => None,
    };
    let pages = match config.listen.pages()? {
        Some(address) => Some(listen(address).await?),
        None => None,
    };
    let (node, as_node) = if config.cluster.etcd.is_empty() {
        (None, None)
    } else {
        let (node, as_node) =
            Node::join(&config.cluster, &plan, security.mutual, *args.wait).await?;
        (Some(node), Some(as_node))
    };
    if let Some(traces) = &traces {
        let place = Place {
            store: plan.store.clone(),
            node: match &node {
                Some(node) => node.id().to_string(),
                None => name(&config.cluster)?,
            },
        };
        let telemetry = &config.telemetry;
        traces.begin(&telemetry.traces_endpoint, telemetry.traces_ratio, &place)?;
    }
    let opened = Opened {
        node: as_node,
        plan,
        ledger: config.ledger.clone(),
        wait: *args.wait,
        pass_keys,
        phones,
        settings: config.waiting.clone(),
        attribution: config.doubt.attribution(),
        limits: config.limits.limits(),
        admission: security.admission,
        devices,
        pages,
        event_time: args.event_time,
        begin: args.begin.map_or_else(wall_time, event_time),
        checkout: config.checkout.clone(),
        record: args.record.clone(),
        metrics: Some(handle),
        hooks: Hooks::default().acks_early(args.break_acks),
    };
    if args.break_acks {
        tracing::error!("frames are acked that are not stored: this shop will lose goods");
    }
    let keep = config.keep()?;
    let served = opened.serve(grpc, web).await?;
    let _upkeep = Upkeep::begin(Arc::clone(&served.running.shop), keep);
    let ListenConfig {
        grpc, web, pages, ..
    } = &config.listen;
    tracing::info!(%grpc, %web, pages, "serving");
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    let fenced = tokio::select! {
        _ = tokio::signal::ctrl_c() => false,
        _ = terminate.recv() => false,
        () = served.running.ended() => true,
    };
    // Edges go while every shard is where it was, shards while no edge moves: none waits for both.
    let closed = served.close_doors().await?;
    if let Some(node) = &node {
        node.drain().await;
    }
    closed.stop().await?;
    if let Some(node) = node {
        node.leave().await;
    }
    if let Some(traces) = traces {
        traces.end().await;
    }
    if fenced {
        return Err(Failure::new(
            "another process has claimed this shop's ledger",
        ));
    }
    Ok(ExitCode::SUCCESS)
}
