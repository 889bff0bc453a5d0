//! The ledger of a shop on several nodes: PostgreSQL, or a database that speaks like it.
//!
//! Nodes share it with nothing but transactions. An append locks its shard's epoch, so an older owner
//! is refused however late it comes; nothing is locked beyond a transaction, and nobody is told
//! anything but by an answer. So databases without advisory locks and `LISTEN`, and serialisable
//! ones, will do.
//!
//! Acks rest on what it has answered. If a copy of it is to take over when it dies, it has to be a
//! synchronous one.
//!
//! The database may go away, or hang, at any time: what is asked then is answered
//! [`LedgerError::Unavailable`] within about two seconds, and works again by itself when it is back.

mod dialect;
mod fault;
mod readers;
mod session;
mod writer;

use std::str::FromStr;

use sqlx::{
    ConnectOptions, Connection, PgConnection, migrate::MigrateError, postgres::PgConnectOptions,
};
use tokio::time::timeout;

use crate::{error::LedgerError, sql::SqlLedger};
use fault::Fault;
use readers::PostgresReaders;
use writer::Writer;

/// How often the tables are tried when other nodes make the same ones: each time, one gets through.
const ATTEMPTS: usize = 16;

/// The ledger of a shop that runs on several machines.
pub type PostgresLedger = SqlLedger<PostgresReaders>;

impl SqlLedger<PostgresReaders> {
    /// Opens the ledger of a database, and makes its tables if they are not there.
    ///
    /// The URL is like `postgres://user@host:5432/database?sslmode=verify-full`; what it leaves out
    /// comes from libpq's variables, such as `PGPASSWORD`.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Invalid`] when it is no such URL, [`LedgerError::Unavailable`] when the database
    /// can't be used, [`LedgerError::Corrupt`] when it has other tables of these names,
    /// [`LedgerError::TooNew`] when a newer version wrote it. None of them holds the password.
    pub async fn open(url: &str) -> Result<Self, LedgerError> {
        let options = PgConnectOptions::from_str(url)
            .map_err(|error| LedgerError::Invalid {
                what: "the ledger's URL".to_owned(),
                why: error.to_string(),
            })?
            .application_name("amble")
            .disable_statement_logging();
        make_tables(&options).await?;
        let options = session::bounds(options);
        let readers = PostgresReaders::open(options.clone()).await?;
        Self::start(Writer::open(options).await?, readers)
    }
}

/// Takes as long as it takes: a later version may have much to do.
async fn make_tables(options: &PgConnectOptions) -> Result<(), LedgerError> {
    let connecting = timeout(session::STEP, PgConnection::connect_with(options));
    let mut connection = connecting
        .await
        .map_err(|_| Fault::silent().error)?
        .map_err(|error| Fault::of(error).error)?;
    let mut tables = sqlx::migrate!("migrations/postgres");
    // It would be an advisory lock.
    tables.set_locking(false);
    let mut attempt = 1;
    let made = loop {
        match tables.run(&mut connection).await {
            Err(error) if attempt < ATTEMPTS && fault::made_by_another(&error) => attempt += 1,
            made => break made,
        }
    };
    made.map_err(|error: MigrateError| fault::migration(error).error)
}
