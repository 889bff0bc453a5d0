//! The outbox: put there with its receipt, taken by checkout, ended once.

use sqlx::{SqliteConnection, SqliteExecutor};

use super::fault::unusable;
use crate::{
    entry::OutboxEntry,
    error::LedgerError,
    record::{OutboxEnd, OutboxItem},
};

pub(super) async fn put(
    db: &mut SqliteConnection,
    receipt: &str,
    entries: &[OutboxEntry],
) -> Result<(), LedgerError> {
    for entry in entries {
        let written = sqlx::query(
            "INSERT INTO outbox (id, receipt, kind, body, due_us, attempts)
             VALUES ($1, $2, $3, $4, 0, 0) ON CONFLICT DO NOTHING",
        )
        .bind(&entry.id)
        .bind(receipt)
        .bind(entry.kind.as_str())
        .bind(&entry.body)
        .execute(&mut *db)
        .await
        .map_err(unusable)?
        .rows_affected();
        if written == 0 {
            return Err(LedgerError::Invalid {
                what: format!("outbox entry {} of receipt {receipt}", entry.id),
                why: "its id is taken".to_owned(),
            });
        }
    }
    Ok(())
}

pub(super) async fn done(
    db: &mut SqliteConnection,
    id: &str,
    end: &OutboxEnd,
) -> Result<u64, LedgerError> {
    let (outcome, note) = end.parts();
    let result =
        sqlx::query("UPDATE outbox SET outcome = $2, note = $3 WHERE id = $1 AND outcome IS NULL")
            .bind(id)
            .bind(outcome)
            .bind(note)
            .execute(db)
            .await
            .map_err(unusable)?;
    Ok(result.rows_affected())
}

pub(super) async fn retry(
    db: &mut SqliteConnection,
    id: &str,
    next_us: i64,
    error: &str,
) -> Result<u64, LedgerError> {
    let result = sqlx::query(
        "UPDATE outbox SET attempts = attempts + 1, due_us = $2, note = $3
         WHERE id = $1 AND outcome IS NULL",
    )
    .bind(id)
    .bind(next_us)
    .bind(error)
    .execute(db)
    .await
    .map_err(unusable)?;
    Ok(result.rows_affected())
}

pub(super) async fn due(
    db: impl SqliteExecutor<'_>,
    now_us: i64,
    limit: u32,
) -> Result<Vec<OutboxItem>, LedgerError> {
    // A newer version may share the ledger and know more kinds; those are its work.
    sqlx::query_as(
        "SELECT * FROM outbox
         WHERE outcome IS NULL AND due_us <= $1 AND kind IN ('charge', 'send')
         ORDER BY due_us, id LIMIT $2",
    )
    .bind(now_us)
    .bind(limit)
    .fetch_all(db)
    .await
    .map_err(unusable)
}

pub(super) async fn of(
    db: impl SqliteExecutor<'_>,
    receipt: &str,
) -> Result<Vec<OutboxItem>, LedgerError> {
    sqlx::query_as("SELECT * FROM outbox WHERE receipt = $1 ORDER BY id")
        .bind(receipt)
        .fetch_all(db)
        .await
        .map_err(unusable)
}
