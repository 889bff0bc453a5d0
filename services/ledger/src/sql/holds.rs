//! Holds: the rules of [`Hold`](crate::Hold) as statements.

use super::{apply::currency_code, database::Session, outbox, statement::Statement};
use crate::{
    entry::Outcome,
    error::LedgerError,
    hold::{Hold, HoldState, HoldStep, ProviderEvent},
};

/// A hold with what is to become of it.
macro_rules! holds_where {
    ($rest:literal) => {
        concat!(
            "SELECT holds.*, CASE
                 WHEN hold_ends.visit IS NOT NULL AND hold_ends.captures = holds.id THEN 'capture'
                 WHEN hold_ends.visit IS NOT NULL THEN 'release'
                 WHEN EXISTS (SELECT 1 FROM holds AS larger WHERE larger.visit = holds.visit
                     AND larger.number > holds.number AND larger.state = 'held') THEN 'release'
                 ELSE 'open' END AS wish
             FROM holds LEFT JOIN hold_ends ON hold_ends.visit = holds.visit WHERE ",
            $rest
        )
    };
}

/// The first hold of a visit, unless it has a receipt (rule 3).
pub(super) async fn begin(
    db: &mut impl Session,
    visit: &str,
    method: &str,
    amount_minor: i64,
    currency: &str,
    opened_us: i64,
) -> Result<Outcome, LedgerError> {
    currency_code(visit, currency)?;
    let id = Hold::name(visit, 1);
    let insert = Statement::new(
        "INSERT INTO holds (id, visit, number, method, amount_minor, currency, opened_us, state, due_us, attempts)
         SELECT $1, $2, 1, $3, $4, $5, $6, 'wanted', 0, 0
         WHERE NOT EXISTS (SELECT 1 FROM receipts WHERE visit = $2)
         ON CONFLICT DO NOTHING",
    )
    .bind(&id)
    .bind(visit)
    .bind(method)
    .bind(amount_minor)
    .bind(currency)
    .bind(opened_us);
    // A shop that was set otherwise in between replays another amount: the first stands, as any hold does.
    Ok(match db.write(&insert).await? {
        0 => Outcome::AlreadyThere,
        _ => Outcome::New,
    })
}

/// A larger hold for a visit that has one and no receipt.
pub(super) async fn raise(
    db: &mut impl Session,
    visit: &str,
    number: u32,
    amount_minor: i64,
) -> Result<u64, LedgerError> {
    let id = Hold::name(visit, number);
    let insert = Statement::new(
        "INSERT INTO holds (id, visit, number, method, amount_minor, currency, opened_us, state, due_us, attempts)
         SELECT $1, visit, $3, method, $4, currency, opened_us, 'wanted', 0, 0 FROM holds
         WHERE visit = $2 AND number = 1
         AND NOT EXISTS (SELECT 1 FROM receipts WHERE receipts.visit = $2)
         AND NOT EXISTS (SELECT 1 FROM holds AS other WHERE other.visit = $2
             AND (other.amount_minor >= $4 OR other.state = 'declined'))
         ON CONFLICT DO NOTHING",
    )
    .bind(&id)
    .bind(visit)
    .bind(number)
    .bind(amount_minor);
    db.write(&insert).await
}

/// Rule 2, for a receipt that is new.
pub(super) async fn decide(
    db: &mut impl Session,
    visit: &str,
    total_minor: i64,
    currency: &str,
) -> Result<(), LedgerError> {
    let insert = Statement::new(
        "INSERT INTO hold_ends (visit, captures)
         SELECT $1, (SELECT id FROM holds WHERE visit = $1 AND state = 'held'
             AND $2 > 0 AND amount_minor >= $2 AND currency = $3 ORDER BY number DESC LIMIT 1)
         WHERE EXISTS (SELECT 1 FROM holds WHERE visit = $1)
         ON CONFLICT DO NOTHING",
    )
    .bind(visit)
    .bind(total_minor)
    .bind(currency);
    if db.write(&insert).await? > 0 {
        wake(db, visit).await?;
    }
    Ok(())
}

/// All holds of a visit are to be released, unless it was decided otherwise.
pub(super) async fn give_up(db: &mut impl Session, visit: &str) -> Result<u64, LedgerError> {
    let insert = Statement::new(
        "INSERT INTO hold_ends (visit, captures) VALUES ($1, NULL) ON CONFLICT DO NOTHING",
    )
    .bind(visit);
    let rows = db.write(&insert).await?;
    wake(db, visit).await?;
    Ok(rows)
}

async fn wake(db: &mut impl Session, visit: &str) -> Result<(), LedgerError> {
    let due = Statement::new(
        "UPDATE holds SET due_us = 0 WHERE visit = $1 AND state IN ('wanted', 'asked', 'held')",
    )
    .bind(visit);
    db.write(&due).await.map(drop)
}

pub(super) async fn step(db: &mut impl Session, step: &HoldStep) -> Result<u64, LedgerError> {
    // What is to be released by now is due at once, whatever its caller knew.
    let update = Statement::new(
        "UPDATE holds SET state = $3, reference = COALESCE($4, reference), note = $5, attempts = 0,
         due_us = CASE
             WHEN EXISTS (SELECT 1 FROM hold_ends WHERE hold_ends.visit = holds.visit
                 AND (hold_ends.captures IS NULL OR hold_ends.captures <> holds.id)) THEN 0
             WHEN EXISTS (SELECT 1 FROM holds AS larger WHERE larger.visit = holds.visit
                 AND larger.number > holds.number AND larger.state = 'held') THEN 0
             ELSE $6 END
         WHERE id = $1 AND state = $2",
    )
    .bind(&step.id)
    .bind(step.from.as_str())
    .bind(step.to.as_str())
    .bind(step.reference.as_deref())
    .bind(&step.note)
    .bind(step.due_us);
    let rows = db.write(&update).await?;
    if rows > 0 && step.to == HoldState::Held {
        // What it takes the place of is to be released.
        let smaller = Statement::new(
            "UPDATE holds SET due_us = 0 WHERE state = 'held' AND id <> $1
             AND visit = (SELECT visit FROM holds WHERE id = $1)",
        )
        .bind(&step.id);
        db.write(&smaller).await?;
    }
    Ok(rows)
}

pub(super) async fn retry(
    db: &mut impl Session,
    id: &str,
    next_us: i64,
    error: &str,
) -> Result<u64, LedgerError> {
    let update = Statement::new(
        "UPDATE holds SET attempts = attempts + 1, due_us = $2, note = $3
         WHERE id = $1 AND state IN ('wanted', 'asked', 'held')",
    )
    .bind(id)
    .bind(next_us)
    .bind(error);
    db.write(&update).await
}

/// Notes an event; what it ends is ended with it. No row: it was there.
pub(super) async fn told(db: &mut impl Session, event: &ProviderEvent) -> Result<u64, LedgerError> {
    let insert = Statement::new(
        "INSERT INTO provider_events (id, kind, about, seen_us) VALUES ($1, $2, $3, $4)
         ON CONFLICT DO NOTHING",
    )
    .bind(&event.id)
    .bind(&event.kind)
    .bind(&event.about)
    .bind(event.seen_us);
    let rows = db.write(&insert).await?;
    if rows > 0
        && let Some((entry, end)) = &event.ends
    {
        outbox::done(db, entry, end).await?;
    }
    Ok(rows)
}

pub(super) fn due<'q>(now_us: i64, limit: u32) -> Statement<'q, Hold> {
    Statement::new(holds_where!(
        "holds.state IN ('wanted', 'asked', 'held') AND holds.due_us <= $1
         ORDER BY holds.due_us, holds.id LIMIT $2"
    ))
    .bind(now_us)
    .bind(limit)
}

pub(super) fn of(visit: &str) -> Statement<'_, Hold> {
    Statement::new(holds_where!("holds.visit = $1 ORDER BY holds.number")).bind(visit)
}
