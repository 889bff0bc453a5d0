//! A process that claims a shard and appends to it as fast as it can, to be killed or paused.

use std::{
    env,
    io::{BufRead, BufReader, Lines, Write},
    process::{Child, ChildStdout, Command, Stdio},
    sync::Arc,
};

use amble_ledger::{Ledger, LedgerError, PostgresLedger, SqliteLedger};
use rustix::process::{Pid, Signal, kill_process};
use tokio::task::JoinSet;

use crate::suite::{append, device_state, interaction, receipt};

/// The shard that it claims, in the next epoch.
pub(crate) const SHARD: &str = "zone/1";

/// Set for the process only.
const PLACE: &str = "AMBLE_TEST_LEDGER";
const WRITERS: usize = 8;

/// A ledger in a file, or at a URL.
pub(crate) async fn open(place: &str) -> Arc<dyn Ledger> {
    if place.starts_with("postgres://") {
        return Arc::new(PostgresLedger::open(place).await.unwrap());
    }
    Arc::new(SqliteLedger::open(place).await.unwrap())
}

/// The process. It is killed when it is dropped.
pub(crate) struct Victim {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Victim {
    pub(crate) fn start(place: &str) -> Self {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "victim::process", "--ignored", "--nocapture"])
            .env(PLACE, place)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// The next interactions that were answered; less, when it ends before.
    pub(crate) fn answers(&mut self, count: usize) -> Vec<String> {
        let lines = self.lines.by_ref().map_while(Result::ok);
        lines.filter_map(|line| answer(&line)).take(count).collect()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.child.id()).unwrap();
        kill_process(Pid::from_raw(id).unwrap(), signal).unwrap();
    }

    /// What it had answered beside what was read already, once it has ended.
    pub(crate) fn last_answers(mut self) -> Vec<String> {
        self.answers(usize::MAX)
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whole lines only: the process may die while it writes one.
fn answer(line: &str) -> Option<String> {
    let name = line.strip_suffix('.')?;
    name.starts_with("shelf-").then(|| name.to_owned())
}

#[test]
#[ignore = "the process that tests start, kill and pause"]
fn process() {
    let Ok(place) = env::var(PLACE) else {
        return;
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let ledger = open(&place).await;
        let epoch = ledger.epoch(SHARD).await.unwrap() + 1;
        ledger.claim(SHARD, epoch).await.unwrap();
        let mut writers = JoinSet::new();
        for writer in 0..WRITERS {
            let shelf = format!("shelf-{writer}");
            writers.spawn(append_until_fenced(ledger.clone(), shelf, epoch));
        }
        writers.join_all().await;
    });
}

async fn append_until_fenced(ledger: Arc<dyn Ledger>, shelf: String, epoch: u64) {
    let state = ledger.device_state(&shelf).await.unwrap();
    let mut from = state.map_or(0, |state| state.sequence);
    loop {
        let name = format!("{shelf}#{}", from + 1);
        let entries = [
            interaction(&shelf, from + 1),
            device_state(&shelf, from, from + 1),
            receipt(&name, 0),
        ];
        match ledger.append(append(SHARD, epoch, entries)).await {
            Ok(_) => writeln!(std::io::stdout().lock(), "{name}.").unwrap(),
            Err(LedgerError::Fenced { .. }) => return,
            // Paused, it has lost its connection in the middle of an append.
            Err(error) if error.is_retryable() => continue,
            Err(error) => panic!("{error}"),
        }
        from += 1;
    }
}
