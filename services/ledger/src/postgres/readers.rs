//! A few connections that read.
//!
//! 1. A connection goes back to its place only after it answered; any other is given up, also when
//!    whoever asked has gone. (A pool that tries connections when they come back would wait for a
//!    server that hangs, and run out of places.)
//! 2. A connection that was lost while nobody used it costs its reader nothing but the time for
//!    another one: reading twice does no harm.

use std::sync::{Mutex, PoisonError};

use sqlx::postgres::PgConnectOptions;
use tokio::{sync::Semaphore, time::timeout};

use super::{
    dialect::PostgresDialect,
    fault::Fault,
    session::{PostgresSession, STEP},
};
use crate::{
    error::LedgerError,
    sql::{
        database::{Readers, Session},
        statement::{Record, Statement},
    },
};

/// Reads that run at once. They are rare: fail-overs, operators and the outbox.
const PLACES: usize = 4;

/// Connections that read.
pub struct PostgresReaders {
    options: PgConnectOptions,
    places: Semaphore,
    idle: Mutex<Vec<PostgresSession>>,
}

impl PostgresReaders {
    /// With two connections, so that the first fail-over finds both that it reads with at once.
    pub(super) async fn open(options: PgConnectOptions) -> Result<Self, LedgerError> {
        let first = PostgresSession::connect(&options).await?;
        let second = PostgresSession::connect(&options).await?;
        Ok(Self {
            options,
            places: Semaphore::new(PLACES),
            idle: Mutex::new(vec![first, second]),
        })
    }

    fn idle(&self) -> impl std::ops::DerefMut<Target = Vec<PostgresSession>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Readers for PostgresReaders {
    type Dialect = PostgresDialect;

    async fn all<R: Record>(&self, statement: &Statement<'_, R>) -> Result<Vec<R>, LedgerError> {
        let place = timeout(STEP, self.places.acquire()).await;
        let _place = place
            .map_err(|_| Fault::silent().error)?
            .map_err(|_| LedgerError::Closed)?;
        loop {
            let idle = self.idle().pop();
            let was_idle = idle.is_some();
            let mut session = match idle {
                Some(session) => session,
                None => PostgresSession::connect(&self.options).await?,
            };
            match session.all(statement).await {
                Ok(rows) => {
                    self.idle().push(session);
                    return Ok(rows);
                }
                Err(_) if was_idle && session.may_repeat() => {}
                Err(error) => return Err(error),
            }
        }
    }
}
