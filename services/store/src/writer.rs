//! A shard's hand at the ledger: one write at a time, in order, again and again until it stands.
//!
//! 1. What is given is written in the order in which it was given; what waits is written together.
//! 2. An unreachable ledger is tried again for as long as it takes (C5): the shop goes on meanwhile.
//! 3. A newer owner of the shard ends it (L3): nothing more is written, and the shard is told.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, SystemTime},
};

use amble_engine::time::Round;
use amble_ledger::{Append, Entry, LedgerError, Outcome};
use tokio::sync::mpsc;

use crate::{shop::Shop, telemetry};

/// What follows a write.
pub type Then = Box<dyn FnOnce(&[Outcome]) + Send>;

/// The first pause before an unreachable ledger is tried again; it doubles each time.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
/// The longest pause: an acked shelf frame waits no longer than this after the ledger is back.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// The most entries that go into one transaction.
const MOST_ENTRIES: usize = 512;

/// The way to a shard's writer. The writer ends when this is dropped and all is written.
#[derive(Clone, Debug)]
pub struct Writer {
    queue: mpsc::UnboundedSender<(Vec<Entry>, Then)>,
    /// The epoch in which the shard was claimed.
    pub epoch: u64,
    /// Since when it writes: since the shard is served here.
    pub since: SystemTime,
    waiting: Arc<AtomicU32>,
}

struct Job {
    shop: Arc<Shop>,
    shard: String,
    epoch: u64,
    waiting: Arc<AtomicU32>,
}

impl Writer {
    /// Writes for a shard that was claimed in this epoch; `fenced` is called when the ledger takes
    /// nothing more: with the epoch of a newer owner, or with none when it refused what was written.
    pub fn start(
        shop: Arc<Shop>,
        shard: &str,
        epoch: u64,
        fenced: impl FnOnce(Option<u64>) + Send + 'static,
    ) -> Self {
        telemetry::ledger_is_back(shard);
        let (queue, jobs) = mpsc::unbounded_channel();
        let waiting = Arc::<AtomicU32>::default();
        let job = Job {
            waiting: Arc::clone(&waiting),
            shop,
            shard: shard.to_owned(),
            epoch,
        };
        tokio::spawn(async move {
            if let Err(newer) = job.run(jobs).await {
                fenced(newer);
            }
        });
        Self {
            queue,
            epoch,
            since: SystemTime::now(),
            waiting,
        }
    }

    /// Writes that were given and do not stand yet.
    #[must_use]
    pub fn unwritten(&self) -> u32 {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Writes these entries in one transaction, then calls `then` with what became of each.
    pub fn write(&self, entries: Vec<Entry>, then: impl FnOnce(&[Outcome]) + Send + 'static) {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        // A writer that was fenced takes nothing more, and its shard is ending.
        let _ = self.queue.send((entries, Box::new(then)));
    }
}

/// While it is there, a shard's writes wait for the ledger.
struct Away<'a>(&'a Job);

impl<'a> Away<'a> {
    fn begins(job: &'a Job, error: &LedgerError) -> Self {
        if job.shop.stats.ledger_away(true) {
            tracing::warn!(shard = %job.shard, %error, "the ledger is away; what it should have waits");
        }
        telemetry::ledger_is_away(&job.shard);
        Self(job)
    }
}

impl Drop for Away<'_> {
    fn drop(&mut self) {
        if self.0.shop.stats.ledger_away(false) {
            tracing::info!("the ledger is back");
        }
        telemetry::ledger_is_back(&self.0.shard);
    }
}

/// The newest cut among these entries.
fn newest_cut(entries: &[Entry]) -> Option<Round> {
    let cuts = entries.iter().filter_map(|entry| match entry {
        Entry::Cut { round, .. } => Some(Round(*round)),
        _ => None,
    });
    cuts.max()
}

impl Job {
    async fn run(
        &self,
        mut jobs: mpsc::UnboundedReceiver<(Vec<Entry>, Then)>,
    ) -> Result<(), Option<u64>> {
        while let Some((mut entries, then)) = jobs.recv().await {
            let mut parts = vec![(entries.len(), then)];
            while entries.len() < MOST_ENTRIES {
                let Ok((more, then)) = jobs.try_recv() else {
                    break;
                };
                parts.push((more.len(), then));
                entries.extend(more);
            }
            let cut = newest_cut(&entries);
            let outcomes = self.write(entries).await?;
            if let Some(round) = cut.filter(|_| self.shard != self.shop.keys.book().as_str()) {
                self.shop.cut_stands(&self.shard, round);
            }
            let mut rest = outcomes.as_slice();
            for (count, then) in parts {
                self.waiting.fetch_sub(1, Ordering::Relaxed);
                let (own, others) = rest.split_at(count.min(rest.len()));
                then(own);
                rest = others;
            }
        }
        Ok(())
    }

    async fn write(&self, entries: Vec<Entry>) -> Result<Vec<Outcome>, Option<u64>> {
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        let append = Append {
            shard: self.shard.clone(),
            epoch: self.epoch,
            entries,
        };
        let mut pause = FIRST_PAUSE;
        let mut away = None;
        loop {
            match self.shop.ledger.append(append.clone()).await {
                Ok(appended) => return Ok(appended.outcomes),
                Err(error @ LedgerError::Fenced { newer, .. }) => {
                    tracing::error!(shard = %self.shard, epoch = self.epoch, %error, "fenced");
                    telemetry::fenced();
                    return Err(Some(newer));
                }
                Err(error) if error.is_refusal() => {
                    // Not ours to repair: to write on would lose what was refused.
                    tracing::error!(shard = %self.shard, %error, "the ledger refused a write");
                    return Err(None);
                }
                Err(error) => {
                    away.get_or_insert_with(|| Away::begins(self, &error));
                    tracing::debug!(shard = %self.shard, %error, ?pause, "a write waits");
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }
}
