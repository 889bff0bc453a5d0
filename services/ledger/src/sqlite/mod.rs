//! The embedded ledger: one SQLite file, one writer, a few readers.
//!
//! The file is in WAL mode, so reading never waits for writing, and each commit flushes
//! (`synchronous=FULL`), because acks rest on it. Two processes on one file are safe: SQLite orders
//! their transactions and epochs fence the older.

mod apply;
mod fault;
mod guarded;
mod outbox;
mod read;
mod upkeep;
mod writer;

use std::{
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use sqlx::{
    ConnectOptions, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::{
    entry::{Append, Appended, Entry},
    error::LedgerError,
    group::{Done, Queue, Work},
    ledger::Ledger,
    record::{
        Cut, Decision, DeviceState, Health, Interaction, OutboxEnd, OutboxItem, PassUse, Poison,
        PriceChange, Receipt, ReceiptPlace, VisitEvent,
    },
    telemetry,
};
use writer::Writer;

/// How long one waits for another process that writes to the same file, or for a free reader.
const BUSY: Duration = Duration::from_secs(2);

/// Page cache of each connection in KiB (as SQLite wants it, negative): recent rows are read again
/// within seconds, older ones hardly ever, and a kiosk has 64 MB for everything.
const CACHE: &str = "-1024";

/// To what the log's file shrinks after a burst, in bytes.
const LOG_BYTES: &str = "8388608";

/// Connections that read. Reads are rare: fail-overs, operators and the outbox.
const READERS: u32 = 3;

/// The ledger of a shop that runs on one machine.
pub struct SqliteLedger {
    queue: Queue,
    readers: SqlitePool,
}

impl SqliteLedger {
    /// Opens the ledger's file, or makes it. Its folder must exist.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Unavailable`] when the file can't be made or written,
    /// [`LedgerError::Corrupt`] when it is no ledger, [`LedgerError::TooNew`] when a newer version
    /// wrote it.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, LedgerError> {
        let options = common()
            .filename(path.as_ref())
            .create_if_missing(true)
            .pragma("journal_size_limit", LOG_BYTES);
        let writing = options
            .clone()
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full);
        Self::start(writing, options).await
    }

    /// A ledger that dies with its process, for tests and demos.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Unavailable`] when there is no memory.
    pub async fn in_memory() -> Result<Self, LedgerError> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        // SQLite's memory file system shares a database among a process's connections when its
        // name begins with a slash; so readers and the writer work as they do on a file.
        let name = format!("/amble-{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let options = common().filename(name).vfs("memdb").create_if_missing(true);
        Self::start(options.clone(), options).await
    }

    async fn start(
        writing: SqliteConnectOptions,
        reading: SqliteConnectOptions,
    ) -> Result<Self, LedgerError> {
        let writer = Writer::open(writing).await?;
        let readers = SqlitePoolOptions::new()
            .min_connections(1)
            .max_connections(READERS)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .acquire_timeout(BUSY)
            .connect_with(reading.pragma("query_only", "ON"))
            .await
            .map_err(fault::unusable)?;
        let queue = Queue::start(writer);
        Ok(Self { queue, readers })
    }
}

fn common() -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .busy_timeout(BUSY)
        .pragma("cache_size", CACHE)
        .disable_statement_logging()
}

#[async_trait]
impl Ledger for SqliteLedger {
    async fn claim(&self, shard: &str, epoch: u64) -> Result<(), LedgerError> {
        let shard = shard.to_owned();
        self.queue
            .run(Work::Claim { shard, epoch })
            .await
            .map(|_| ())
    }

    async fn epoch(&self, shard: &str) -> Result<u64, LedgerError> {
        read::epoch(&self.readers, shard).await
    }

    async fn append(&self, append: Append) -> Result<Appended, LedgerError> {
        let started = Instant::now();
        let kinds: Vec<_> = append.entries.iter().map(Entry::kind).collect();
        let answer = match self.queue.run(Work::Append(append)).await {
            Ok(Done::Appended(appended)) => Ok(appended),
            Ok(Done::Rows(_)) => Err(LedgerError::Closed),
            Err(error) => Err(error),
        };
        telemetry::appended(&kinds, answer.as_ref(), started.elapsed());
        answer
    }

    async fn device_state(&self, device: &str) -> Result<Option<DeviceState>, LedgerError> {
        read::device_state(&self.readers, device).await
    }

    async fn device_states(&self, shard: &str) -> Result<Vec<DeviceState>, LedgerError> {
        read::device_states(&self.readers, shard).await
    }

    async fn cuts(&self, shard: &str) -> Result<Vec<Cut>, LedgerError> {
        read::cuts(&self.readers, shard).await
    }

    async fn interaction(&self, id: &str) -> Result<Option<Interaction>, LedgerError> {
        read::interaction(&self.readers, id).await
    }

    async fn interactions_after(
        &self,
        round: i64,
        limit: u32,
    ) -> Result<Vec<Interaction>, LedgerError> {
        read::interactions_after(&self.readers, round, limit).await
    }

    async fn visit_events_from(
        &self,
        shard: Option<&str>,
        round: i64,
        limit: u32,
    ) -> Result<Vec<VisitEvent>, LedgerError> {
        read::visit_events_from(&self.readers, shard, round, limit).await
    }

    async fn pass_used(&self, pass: &str) -> Result<Option<PassUse>, LedgerError> {
        read::pass_used(&self.readers, pass).await
    }

    async fn decisions_after(&self, round: i64, limit: u32) -> Result<Vec<Decision>, LedgerError> {
        read::decisions_after(&self.readers, round, limit).await
    }

    async fn decisions_of(&self, interaction: &str) -> Result<Vec<Decision>, LedgerError> {
        read::decisions_of(&self.readers, interaction).await
    }

    async fn receipt(&self, id: &str) -> Result<Option<Receipt>, LedgerError> {
        read::receipt(&self.readers, id).await
    }

    async fn receipt_of_visit(&self, visit: &str) -> Result<Option<Receipt>, LedgerError> {
        read::receipt_of_visit(&self.readers, visit).await
    }

    async fn receipts(
        &self,
        after: Option<&ReceiptPlace>,
        limit: u32,
    ) -> Result<Vec<Receipt>, LedgerError> {
        read::receipts(&self.readers, after, limit).await
    }

    async fn price_changes(&self, since_us: i64) -> Result<Vec<PriceChange>, LedgerError> {
        read::price_changes(&self.readers, since_us).await
    }

    async fn poison(&self) -> Result<Vec<Poison>, LedgerError> {
        read::poison(&self.readers).await
    }

    async fn forget_poison(&self, message: &str) -> Result<bool, LedgerError> {
        let message = message.to_owned();
        let rows = self.queue.rows(Work::ForgetPoison { message }).await?;
        Ok(rows > 0)
    }

    async fn due_outbox(&self, now_us: i64, limit: u32) -> Result<Vec<OutboxItem>, LedgerError> {
        outbox::due(&self.readers, now_us, limit).await
    }

    async fn outbox_of(&self, receipt: &str) -> Result<Vec<OutboxItem>, LedgerError> {
        outbox::of(&self.readers, receipt).await
    }

    async fn outbox_done(&self, id: &str, end: &OutboxEnd) -> Result<bool, LedgerError> {
        let (id, end) = (id.to_owned(), end.clone());
        Ok(self.queue.rows(Work::OutboxDone { id, end }).await? > 0)
    }

    async fn outbox_retry(&self, id: &str, next_us: i64, error: &str) -> Result<bool, LedgerError> {
        let (id, error) = (id.to_owned(), error.to_owned());
        let work = Work::OutboxRetry { id, next_us, error };
        Ok(self.queue.rows(work).await? > 0)
    }

    async fn prune(&self, before_round: i64, limit: u32) -> Result<u64, LedgerError> {
        self.queue
            .rows(Work::Prune {
                before_round,
                limit,
            })
            .await
    }

    async fn health(&self) -> Result<Health, LedgerError> {
        self.queue.run(Work::Probe).await?;
        read::health(&self.readers, self.queue.len()).await
    }
}
