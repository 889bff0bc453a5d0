//! One group, one transaction, one flush.
//!
//! 1. The transaction takes the write lock first, so that no other process writes between a check
//!    and what rests on it.
//! 2. A refused request leaves nothing and disturbs nobody.
//! 3. A group goes without savepoints, which would double its statements, as long as whatever is
//!    refused had written nothing yet. A refusal half-way is rare: then the group begins again, each
//!    request in its savepoint.
//! 4. After any other error the connection is given up and the next group opens a new one: what
//!    state it was in need not be known.

use std::collections::HashMap;

use sqlx::{Connection, SqliteConnection, migrate::Migrator, sqlite::SqliteConnectOptions};

use super::{
    apply,
    fault::{migration, unusable},
    outbox, upkeep,
};
use crate::{
    entry::Appended,
    error::LedgerError,
    group::{Answer, Commit, Done, Work},
};

static TABLES: Migrator = sqlx::migrate!("migrations/sqlite");

/// Takes the write lock, not only a promise to read.
const LOCKED: &str = "BEGIN IMMEDIATE";

/// The epochs that this transaction has seen; nobody else can change them while it runs.
type Epochs = HashMap<String, u64>;

pub(super) struct Writer {
    options: SqliteConnectOptions,
    connection: Option<SqliteConnection>,
}

impl Writer {
    pub(super) async fn open(options: SqliteConnectOptions) -> Result<Self, LedgerError> {
        let mut connection = SqliteConnection::connect_with(&options)
            .await
            .map_err(unusable)?;
        TABLES.run(&mut connection).await.map_err(migration)?;
        Ok(Self {
            options,
            connection: Some(connection),
        })
    }
}

impl Commit for Writer {
    async fn commit(&mut self, group: &[Work]) -> Result<Vec<Answer>, LedgerError> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => SqliteConnection::connect_with(&self.options)
                .await
                .map_err(unusable)?,
        };
        let answers = match plain(&mut connection, group).await? {
            Some(answers) => answers,
            None => guarded(&mut connection, group).await?,
        };
        self.connection = Some(connection);
        Ok(answers)
    }
}

/// Nothing, and nothing written, when a request was refused that may have written before.
async fn plain(
    connection: &mut SqliteConnection,
    group: &[Work],
) -> Result<Option<Vec<Answer>>, LedgerError> {
    let mut transaction = connection.begin_with(LOCKED).await.map_err(unusable)?;
    let mut epochs = Epochs::new();
    let mut answers = Vec::with_capacity(group.len());
    for work in group {
        match carry_out(&mut transaction, &mut epochs, work).await {
            Err(error) if !error.is_refusal() => return Err(error),
            Err(error) if work.may_have_written(&error) => {
                transaction.rollback().await.map_err(unusable)?;
                return Ok(None);
            }
            answer => answers.push(answer),
        }
    }
    transaction.commit().await.map_err(unusable)?;
    Ok(Some(answers))
}

async fn guarded(
    connection: &mut SqliteConnection,
    group: &[Work],
) -> Result<Vec<Answer>, LedgerError> {
    let mut transaction = connection.begin_with(LOCKED).await.map_err(unusable)?;
    let mut epochs = Epochs::new();
    let mut answers = Vec::with_capacity(group.len());
    for work in group {
        let mut savepoint = transaction.begin().await.map_err(unusable)?;
        let answer = carry_out(&mut savepoint, &mut epochs, work).await;
        match &answer {
            Ok(_) => savepoint.commit().await.map_err(unusable)?,
            Err(error) if error.is_refusal() => savepoint.rollback().await.map_err(unusable)?,
            Err(error) => return Err(error.clone()),
        }
        answers.push(answer);
    }
    transaction.commit().await.map_err(unusable)?;
    Ok(answers)
}

async fn carry_out(
    db: &mut SqliteConnection,
    epochs: &mut Epochs,
    work: &Work,
) -> Result<Done, LedgerError> {
    let rows = match work {
        Work::Append(append) => {
            let claimed = claimed(db, epochs, &append.shard).await?;
            may_append(&append.shard, append.epoch, claimed)?;
            let outcomes = apply::entries(db, append).await?;
            return Ok(Done::Appended(Appended { outcomes }));
        }
        Work::Claim { shard, epoch } => {
            let claimed = claimed(db, epochs, shard).await?;
            if *epoch == 0 {
                return Err(LedgerError::Invalid {
                    what: format!("a claim of shard {shard}"),
                    why: "epochs begin at 1".to_owned(),
                });
            }
            may_claim(shard, *epoch, claimed)?;
            upkeep::claim(db, shard, *epoch).await?;
            epochs.insert(shard.clone(), *epoch);
            1
        }
        Work::OutboxDone { id, end } => outbox::done(db, id, end).await?,
        Work::OutboxRetry { id, next_us, error } => outbox::retry(db, id, *next_us, error).await?,
        Work::ForgetPoison { message } => upkeep::forget_poison(db, message).await?,
        Work::Prune {
            before_round,
            limit,
        } => upkeep::prune(db, *before_round, *limit).await?,
        Work::Probe => 0,
    };
    Ok(Done::Rows(rows))
}

async fn claimed(
    db: &mut SqliteConnection,
    epochs: &mut Epochs,
    shard: &str,
) -> Result<u64, LedgerError> {
    if let Some(epoch) = epochs.get(shard) {
        return Ok(*epoch);
    }
    let epoch = super::read::epoch(db, shard).await?;
    epochs.insert(shard.to_owned(), epoch);
    Ok(epoch)
}

fn may_claim(shard: &str, held: u64, claimed: u64) -> Result<(), LedgerError> {
    if held < claimed {
        return Err(LedgerError::Fenced {
            shard: shard.to_owned(),
            held,
            newer: claimed,
        });
    }
    Ok(())
}

fn may_append(shard: &str, held: u64, claimed: u64) -> Result<(), LedgerError> {
    may_claim(shard, held, claimed)?;
    // Nobody holds epoch 0: it stands for a shard that was never claimed.
    if held > claimed || held == 0 {
        return Err(LedgerError::Unclaimed {
            shard: shard.to_owned(),
            offered: held,
            claimed,
        });
    }
    Ok(())
}
