//! One group, one transaction, one flush.
//!
//! 1. The epochs of a group's shards are locked before anything is written, so that no other process
//!    claims or writes between a check and what rests on it; and a claim waits for the appends that
//!    are under way (rule 6 of [`Ledger`](crate::Ledger)).
//! 2. A refused request leaves nothing and disturbs nobody.
//! 3. A group goes without savepoints, which would double its statements, as long as whatever is
//!    refused had written nothing yet. A refusal half-way is rare: then the group begins again, each
//!    request in its savepoint.
//! 4. After any other error the session is given up: what state it was in need not be known.

use std::collections::BTreeSet;

use super::{
    apply,
    database::{Dialect, Session},
    epochs::Epochs,
    forget, holds, outbox,
    statement::Statement,
    upkeep,
};
use crate::{
    error::LedgerError,
    group::{Answer, Done, Work},
};

/// Carries out a group in order and answers each.
pub(crate) async fn carry_out(
    db: &mut impl Session,
    group: &[Work],
) -> Result<Vec<Answer>, LedgerError> {
    match plain(db, group).await? {
        Some(answers) => Ok(answers),
        None => guarded(db, group).await,
    }
}

/// Nothing, and nothing written, when a request was refused that may have written before.
async fn plain<S: Session>(db: &mut S, group: &[Work]) -> Result<Option<Vec<Answer>>, LedgerError> {
    let mut epochs = begin(db, group).await?;
    let mut answers = Vec::with_capacity(group.len());
    for work in group {
        match request(db, &mut epochs, work).await {
            Err(error) if !error.is_refusal() => return Err(error),
            Err(error) if may_have_written(&error) => {
                run(db, "ROLLBACK").await?;
                return Ok(None);
            }
            answer => answers.push(answer),
        }
    }
    db.commit().await?;
    Ok(Some(answers))
}

async fn guarded<S: Session>(db: &mut S, group: &[Work]) -> Result<Vec<Answer>, LedgerError> {
    let mut epochs = begin(db, group).await?;
    let mut answers = Vec::with_capacity(group.len());
    for work in group {
        run(db, "SAVEPOINT request").await?;
        let answer = request(db, &mut epochs, work).await;
        match &answer {
            Ok(_) => {}
            Err(error) if error.is_refusal() => run(db, "ROLLBACK TO request").await?,
            Err(error) => return Err(error.clone()),
        }
        run(db, "RELEASE request").await?;
        answers.push(answer);
    }
    db.commit().await?;
    Ok(answers)
}

/// Epochs are checked before anything is written.
const fn may_have_written(refusal: &LedgerError) -> bool {
    !matches!(
        refusal,
        LedgerError::Fenced { .. } | LedgerError::Unclaimed { .. }
    )
}

/// Begins a transaction and locks the epochs of all shards that it concerns.
async fn begin<S: Session>(db: &mut S, group: &[Work]) -> Result<Epochs, LedgerError> {
    run(db, S::Dialect::BEGIN).await?;
    let shards: BTreeSet<&str> = group.iter().flat_map(Work::shards).collect();
    if shards.is_empty() {
        return Ok(Epochs::default());
    }
    Epochs::lock(db, shards.into_iter().collect()).await
}

async fn run(db: &mut impl Session, text: &'static str) -> Result<(), LedgerError> {
    db.write(&Statement::new(text)).await.map(drop)
}

async fn request(
    db: &mut impl Session,
    epochs: &mut Epochs,
    work: &Work,
) -> Result<Done, LedgerError> {
    let rows = match work {
        Work::Append(append) => {
            epochs.may_append(&append.shard, append.epoch)?;
            let outcomes = apply::entries(db, append).await?;
            return Ok(Done {
                outcomes,
                ..Done::default()
            });
        }
        Work::Claim { claims, claimer } => {
            let claims = epochs.claim(db, claims, *claimer).await?;
            return Ok(Done {
                claims,
                ..Done::default()
            });
        }
        Work::OutboxDone { id, end } => outbox::done(db, id, end).await?,
        Work::OutboxRetry { id, next_us, error } => outbox::retry(db, id, *next_us, error).await?,
        Work::HoldRaise {
            visit,
            number,
            amount_minor,
        } => holds::raise(db, visit, *number, *amount_minor).await?,
        Work::HoldStep(step) => holds::step(db, step).await?,
        Work::HoldRetry { id, next_us, error } => holds::retry(db, id, *next_us, error).await?,
        Work::HoldsGivenUp { visit } => holds::give_up(db, visit).await?,
        Work::Told(event) => holds::told(db, event).await?,
        Work::Forget { visit } => forget::visit(db, visit).await?,
        Work::ForgetPoison { message } => upkeep::forget_poison(db, message).await?,
        Work::Prune {
            before_round,
            limit,
        } => upkeep::prune(db, *before_round, *limit).await?,
        Work::Probe => 0,
    };
    Ok(Done {
        rows,
        ..Done::default()
    })
}
