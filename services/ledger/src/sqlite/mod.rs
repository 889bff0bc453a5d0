//! The embedded ledger: one SQLite file, one writer, a few readers.
//!
//! The file is in WAL mode, so reading never waits for writing, and each commit flushes
//! (`synchronous=FULL`), because acks rest on it. Two processes on one file are safe: SQLite orders
//! their transactions and epochs fence the older.

mod dialect;
mod fault;
mod session;
mod writer;

use std::{
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use sqlx::{
    ConnectOptions, Connection, SqliteConnection, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::{error::LedgerError, sql::SqlLedger};
use writer::Writer;

/// How long one waits for another process that writes to the same file, or for a free reader.
const BUSY: Duration = Duration::from_secs(2);

/// The same for writing all of it anew.
const REWRITE: Duration = Duration::from_secs(60);

/// Page cache of each connection in KiB (as SQLite wants it, negative): recent rows are read again
/// within seconds, older ones hardly ever, and a kiosk has 64 MB for everything.
const CACHE: &str = "-1024";

/// To what the log's file shrinks after a burst, in bytes.
const LOG_BYTES: &str = "8388608";

/// Connections that read. Reads are rare: fail-overs, operators and the outbox.
const READERS: u32 = 3;

/// The ledger of a shop that runs on one machine.
pub type SqliteLedger = SqlLedger<SqlitePool>;

impl SqlLedger<SqlitePool> {
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
        Self::start_with(writing, options).await
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
        Self::start_with(options.clone(), options).await
    }

    /// Writes the file anew, so that nothing is left in it of what was taken away. It takes as much room again
    /// meanwhile, and a shop that runs waits with its appends.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Unavailable`] when the file is in use for longer, or there is no room: then it is as it was.
    pub async fn rewrite(path: impl AsRef<Path>) -> Result<(), LedgerError> {
        let options = common().filename(path.as_ref()).busy_timeout(REWRITE);
        let mut connection = SqliteConnection::connect_with(&options)
            .await
            .map_err(fault::unusable)?;
        let vacuum = sqlx::query("VACUUM").execute(&mut connection).await;
        vacuum.map_err(fault::unusable)?;
        // The log holds the pages as they were.
        let (busy, _, _): (i64, i64, i64) = sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)")
            .fetch_one(&mut connection)
            .await
            .map_err(fault::unusable)?;
        connection.close().await.map_err(fault::unusable)?;
        match busy {
            0 => Ok(()),
            _ => Err(LedgerError::Unavailable {
                reason: "somebody reads what it was before".to_owned(),
                advice: "try again",
            }),
        }
    }

    async fn start_with(
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
        Self::start(writer, readers)
    }
}

fn common() -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .busy_timeout(BUSY)
        .pragma("cache_size", CACHE)
        .disable_statement_logging()
}
