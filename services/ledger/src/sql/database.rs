//! What the shared statements want of a database.

use std::future::Future;

use super::statement::{Record, Statement};
use crate::error::LedgerError;

/// The statements that databases word differently.
pub trait Dialect: 'static {
    /// The database's name in [`Health`](crate::Health).
    const NAME: &'static str;

    /// Begins a transaction that will write.
    const BEGIN: &'static str;

    /// Shards, their epochs and by whom these were claimed, of the shards in `$1` that ever were. Until the transaction
    /// ends nobody else claims them, nor writes in their name. Where that takes a lock for each, they
    /// are locked in one order, so that two groups can't wait for each other.
    const EPOCHS: &'static str;

    /// Makes `$2` the epochs of the shards `$1`, for the claimer `$3`: of those that have no newer one, nor
    /// the same from somebody else. Gives these.
    const CLAIM: &'static str;

    /// Cuts of the shards in `$1`: each shard's together, newest first.
    const CUTS_OF: &'static str;

    /// The rounds of the cuts of the shards in `$1`: each shard's together, newest first.
    const CUT_ROUNDS_OF: &'static str;

    /// Cuts of round `$2` of the shards in `$1`.
    const CUTS_AT: &'static str;

    /// Device states that were written last by the shards in `$1`, by device.
    const DEVICE_STATES_OF: &'static str;

    /// How many bytes the data takes.
    const BYTES: &'static str;
}

/// A connection in the hands of one task, which runs its transactions one after another. After an
/// error that is no refusal it is of no more use.
pub trait Session: Send {
    /// How its database words things.
    type Dialect: Dialect;

    /// Carries out a statement; how many rows changed.
    fn write(
        &mut self,
        statement: &Statement<'_>,
    ) -> impl Future<Output = Result<u64, LedgerError>> + Send;

    /// All rows of the answer to a statement.
    fn all<R: Record>(
        &mut self,
        statement: &Statement<'_, R>,
    ) -> impl Future<Output = Result<Vec<R>, LedgerError>> + Send;

    /// The one row that the answer has at most.
    fn one<R: Record>(
        &mut self,
        statement: &Statement<'_, R>,
    ) -> impl Future<Output = Result<Option<R>, LedgerError>> + Send {
        async { Ok(self.all(statement).await?.pop()) }
    }

    /// Makes durable what was written since the transaction began.
    fn commit(&mut self) -> impl Future<Output = Result<(), LedgerError>> + Send {
        async { self.write(&Statement::new("COMMIT")).await.map(drop) }
    }
}

/// Connections that only read, for any number of tasks at once.
pub trait Readers: Send + Sync + 'static {
    /// How their database words things.
    type Dialect: Dialect;

    /// All rows of the answer to a statement.
    fn all<R: Record>(
        &self,
        statement: &Statement<'_, R>,
    ) -> impl Future<Output = Result<Vec<R>, LedgerError>> + Send;

    /// The one row that the answer has at most.
    fn one<R: Record>(
        &self,
        statement: &Statement<'_, R>,
    ) -> impl Future<Output = Result<Option<R>, LedgerError>> + Send {
        async { Ok(self.all(statement).await?.pop()) }
    }
}
