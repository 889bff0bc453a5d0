//! Statements for PostgreSQL, none of which waits for ever.
//!
//! A server that hangs, or whose machine is gone, looks like one that thinks. So every step of the
//! conversation has a bound on this side, and a connection that missed one is given up. The server
//! has bounds of its own for what was given up, see [`bounds`].

use std::{future::Future, time::Duration};

use sqlx::{
    Arguments, Connection, PgConnection,
    postgres::{PgArguments, PgConnectOptions},
};
use tokio::time::timeout;

use super::{
    dialect::PostgresDialect,
    fault::{After, Fault},
};
use crate::{
    error::LedgerError,
    sql::{
        database::Session,
        statement::{Record, Statement, Value},
    },
};

/// How long one step may take: a connection, or a statement and its answer. A step takes
/// milliseconds; this long, a shop can wait for its ledger before it says so.
pub(super) const STEP: Duration = Duration::from_secs(1);

/// What the server itself bounds, for whoever waits for a connection that has been given up:
///
/// - a node that stops in the middle of a transaction, or is cut off, may hold up the next owner of
///   its shards only this long. It is many times what a busy node takes between two statements;
/// - two nodes that wait for each other, as two passes shown at two gates at once can make them, are
///   undone and try again;
/// - a statement that nobody waits for any more ends; a little sooner than this side gives it up, so
///   that one learns why.
///
/// And acks rest on commits, whatever this database does for others.
const BOUNDS: [(&str, &str); 4] = [
    ("idle_in_transaction_session_timeout", "300ms"),
    ("lock_timeout", "500ms"),
    ("statement_timeout", "900ms"),
    ("synchronous_commit", "on"),
];

/// These options, with the server's bounds.
pub(super) fn bounds(options: PgConnectOptions) -> PgConnectOptions {
    options.options(BOUNDS)
}

/// A connection.
pub struct PostgresSession {
    connection: PgConnection,
    commits: bool,
    after: Option<After>,
}

impl PostgresSession {
    pub(super) async fn connect(options: &PgConnectOptions) -> Result<Self, LedgerError> {
        let connection = bounded(PgConnection::connect_with(options)).await;
        Ok(Self {
            connection: connection.map_err(|fault| fault.error)?,
            commits: false,
            after: None,
        })
    }

    /// Whether an error left nothing behind, and the same may go through on another connection.
    pub(super) fn may_repeat(&self) -> bool {
        match self.after {
            Some(After::Undone) => true,
            Some(After::Lost) => !self.commits,
            Some(After::Failed) | None => false,
        }
    }

    fn failed(&mut self, fault: Fault) -> LedgerError {
        self.after = Some(fault.after);
        fault.error
    }
}

impl Session for PostgresSession {
    type Dialect = PostgresDialect;

    async fn write(&mut self, statement: &Statement<'_>) -> Result<u64, LedgerError> {
        let query = sqlx::query_with(statement.text(), arguments(statement.values())?);
        match bounded(query.execute(&mut self.connection)).await {
            Ok(result) => Ok(result.rows_affected()),
            Err(fault) => Err(self.failed(fault)),
        }
    }

    async fn all<R: Record>(
        &mut self,
        statement: &Statement<'_, R>,
    ) -> Result<Vec<R>, LedgerError> {
        let query = sqlx::query_as_with(statement.text(), arguments(statement.values())?);
        bounded(query.fetch_all(&mut self.connection))
            .await
            .map_err(|fault| self.failed(fault))
    }

    async fn commit(&mut self) -> Result<(), LedgerError> {
        self.commits = true;
        self.write(&Statement::new("COMMIT")).await?;
        self.commits = false;
        Ok(())
    }
}

async fn bounded<T>(step: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, Fault> {
    match timeout(STEP, step).await {
        Ok(answer) => answer.map_err(Fault::of),
        Err(_) => Err(Fault::silent()),
    }
}

fn arguments(values: &[Value<'_>]) -> Result<PgArguments, LedgerError> {
    let mut arguments = PgArguments::default();
    for value in values {
        let added = match value {
            Value::Text(text) => arguments.add(*text),
            Value::Number(number) => arguments.add(*number),
            Value::Bytes(bytes) => arguments.add(*bytes),
            Value::Texts(texts) => arguments.add(texts.as_slice()),
            Value::Numbers(numbers) => arguments.add(numbers.as_slice()),
        };
        added.map_err(|error| Fault::of(sqlx::Error::Encode(error)).error)?;
    }
    Ok(arguments)
}
