//! `amble replay`: a recording through a shop, as fast as it can.

use std::{fs::File, io::BufReader, path::Path, process::ExitCode, sync::Arc};

use amble_checkout::{ReceiptDocument, text};
use amble_ledger::Ledger;
use amble_proto::recording::Reader;
use amble_store::{Hooks, Options, Plan, Settings, pass::Verifier};

use crate::{
    args::ReplayArgs,
    assembly::{play, settle::settle, shop, usage},
    config::Config,
    config::LedgerPlace,
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
    for body in receipts(&args.recording, config.waiting.clone()).await? {
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

/// The receipts of a recording as JSON, in the order of settling.
///
/// # Errors
/// When the recording can't be read or does not fit its plan.
pub async fn receipts(path: &Path, settings: Settings) -> Result<Vec<String>, Failure> {
    receipts_of(&*ledger(path, settings).await?).await
}

/// The receipts of a ledger as JSON, in the order of settling.
///
/// # Errors
/// When the ledger can't be read.
pub(super) async fn receipts_of(ledger: &dyn Ledger) -> Result<Vec<String>, Failure> {
    let mut stored = ledger.receipts(None, u32::MAX >> 1).await?;
    stored.sort_by(|a, b| (a.settled_us, &a.id).cmp(&(b.settled_us, &b.id)));
    Ok(stored.into_iter().map(|receipt| receipt.body).collect())
}

/// Plays a recording to its end; what the shop wrote into its ledger.
///
/// # Errors
/// When the recording can't be read or does not fit its plan.
pub(super) async fn ledger(path: &Path, settings: Settings) -> Result<Arc<dyn Ledger>, Failure> {
    let mut reader = open(path)?;
    let recorded = play::plan(&mut reader)?;
    let begin = play::begin(recorded.start_us, &mut reader)?;
    let plan = plan_file::parse(&recorded.json, path)?;
    let verifier = match recorded.pass_keys_pem.as_slice() {
        [] => Verifier::trusting(&plan.store),
        keys => Verifier::new(&plan.store, keys)?,
    };
    let ledger: Arc<dyn Ledger> = shop::open_ledger(&LedgerPlace::Memory).await?;
    let running = amble_store::open(Options {
        settle: settle(&plan),
        plan: Plan::new(plan)?,
        ledger: Arc::clone(&ledger),
        verifier,
        settings,
        event_time: true,
        live: false,
        begin,
        recorder: None,
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
    Ok(ledger)
}
