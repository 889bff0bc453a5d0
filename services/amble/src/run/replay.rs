//! `amble replay`: a recording through a shop, as fast as it can.

use std::{
    collections::BTreeSet, fs::File, io::BufReader, path::Path, process::ExitCode, sync::Arc,
    time::Duration,
};

use amble_checkout::{ReceiptDocument, text};
use amble_engine::attribution;
use amble_ledger::Ledger;
use amble_proto::recording::Reader;
use amble_store::{Hooks, Options, Plan, Settings, Tracked, pass::Verifier};
use amble_tracks::Sequence;
use tokio::sync::{mpsc, oneshot};

use crate::{
    args::ReplayArgs,
    assembly::{play, settle::documents, shop, usage},
    config::{CheckoutConfig, Config, LedgerPlace},
    evaluate::{
        Prices,
        tracks::{Follower, Ground, mot_file},
    },
    failure::{Explain as _, Failure},
    output::print,
    plan_file,
    progress::Progress,
};

/// Prints the receipts of a recording.
///
/// # Errors
/// When the recording can't be read or does not fit its plan.
pub async fn replay(args: &ReplayArgs, config: &Config) -> Result<ExitCode, Failure> {
    let replayed = replayed(&args.recording, &How::usual(config)).await?;
    if let Some(path) = &args.tracks {
        mot_file::write(path, &replayed.tracks)?;
    }
    for body in replayed.receipts {
        if args.text {
            print(&text::receipt(&ReceiptDocument::from_json(&body)?))?;
        } else {
            print(&format!("{body}\n"))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn open(path: &Path) -> Result<Reader<BufReader<File>>, Failure> {
    let file = File::open(path).explain(|| format!("cannot read {}", path.display()))?;
    Ok(Reader::new(BufReader::with_capacity(1 << 20, file)))
}

/// How a shop takes a recording.
#[derive(Clone, Debug)]
pub(super) struct How {
    /// How it waits.
    pub(super) waiting: Settings,
    /// What its bookkeeper goes by.
    pub(super) attribution: attribution::Settings,
    /// Nobody is warned of what the plan lacks: it is taken out on purpose.
    pub(super) gaps_are_meant: bool,
}

impl How {
    /// As any shop does with this configuration.
    pub(super) fn usual(config: &Config) -> Self {
        Self {
            waiting: config.waiting.clone(),
            attribution: config.doubt.attribution(),
            gaps_are_meant: false,
        }
    }
}

/// What a shop made of a recording.
pub(super) struct Replayed {
    /// The receipts as JSON, in the order of settling.
    pub(super) receipts: Vec<String>,
    /// All that the shop wrote.
    pub(super) ledger: Arc<dyn Ledger>,
    /// Where everybody was tracked.
    pub(super) tracks: Sequence,
    /// How many visits a person is to look at.
    pub(super) reviewed: usize,
    /// What is judged of it, and from when frames are counted.
    pub(super) ground: Ground,
    /// What its goods cost.
    pub(super) prices: Prices,
    /// The shop.
    pub(super) plan: Plan,
    /// What its bookkeeper went by.
    pub(super) attribution: attribution::Settings,
}

/// Runs a recording through a shop.
///
/// # Errors
/// When the recording can't be read or does not fit its plan.
pub(super) async fn replayed(path: &Path, how: &How) -> Result<Replayed, Failure> {
    let mut reader = open(path)?;
    let recorded = play::plan(&mut reader)?;
    let begin = play::begin(recorded.start_us, &mut reader)?;
    let plan = if how.gaps_are_meant {
        plan_file::checked(&recorded.json, path)?.0
    } else {
        plan_file::parse(&recorded.json, path)?
    };
    let prices = Prices::of(&plan);
    let verifier = match recorded.pass_keys_pem.as_slice() {
        [] => Verifier::trusting(&plan.store),
        keys => Verifier::new(&plan.store, keys)?,
    }
    .rotating(recorded.passes_rotate);
    let ledger: Arc<dyn Ledger> = shop::open_ledger(&LedgerPlace::Memory, Duration::ZERO).await?;
    let documents = documents(&plan, &CheckoutConfig::default().language, None);
    let plan = Plan::new(plan)?;
    let ground = Ground::new(plan.layout.floor.clone(), begin);
    let (tell, told) = mpsc::unbounded_channel();
    let (stopped, until) = oneshot::channel();
    let following = tokio::spawn(follow(Follower::new(ground.clone()), told, until));
    let running = amble_store::open(Options {
        documents,
        plan: plan.clone(),
        ledger: Arc::clone(&ledger),
        verifier,
        settings: how.waiting.clone(),
        attribution: how.attribution.clone(),
        event_time: true,
        live: false,
        begin,
        recorder: None,
        tracked: Some(tell),
        hooks: Hooks::default(),
        node: None,
        usage: usage::now,
    })
    .await?;
    let mut reader = open(path)?;
    play::plan(&mut reader)?;
    let progress = Progress::endless("replaying");
    play::play(&running, begin, reader, |time| {
        progress.say(format!("replaying, {:.0} s", time.since(begin)));
    })
    .await?;
    drop(progress);
    running.stop().await;
    // It may have gone only by failing, and then says so below.
    let _ = stopped.send(());
    let mut stored = ledger.receipts(None, u32::MAX >> 1).await?;
    stored.sort_by(|a, b| (a.settled_us, &a.id).cmp(&(b.settled_us, &b.id)));
    let reviews = ledger.open_reviews(None, u32::MAX >> 1).await?;
    let reviewed: BTreeSet<String> = reviews.into_iter().map(|review| review.visit).collect();
    Ok(Replayed {
        reviewed: reviewed.len(),
        receipts: stored.into_iter().map(|receipt| receipt.body).collect(),
        ledger,
        tracks: following
            .await
            .map_err(|error| Failure::new(error.to_string()))?,
        ground,
        prices,
        plan,
        attribution: how.attribution.clone(),
    })
}

/// Collects what is said until the shop has stopped and all of it is heard.
async fn follow(
    mut follower: Follower,
    mut told: mpsc::UnboundedReceiver<Tracked>,
    mut stopped: oneshot::Receiver<()>,
) -> Sequence {
    loop {
        tokio::select! {
            said = told.recv() => match said {
                Some(said) => follower.hear(said),
                None => break,
            },
            _ = &mut stopped => break,
        }
    }
    while let Ok(said) = told.try_recv() {
        follower.hear(said);
    }
    follower.tracks()
}
