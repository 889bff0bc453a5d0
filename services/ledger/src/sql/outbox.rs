//! The outbox: put there with its receipt or correction, taken by checkout, ended once.

use super::{database::Session, statement::Statement};
use crate::{
    entry::OutboxEntry,
    error::LedgerError,
    record::{OutboxEnd, OutboxItem},
};

pub(super) async fn put(
    db: &mut impl Session,
    receipt: &str,
    entries: &[OutboxEntry],
) -> Result<(), LedgerError> {
    for entry in entries {
        let insert = Statement::new(
            "INSERT INTO outbox (id, receipt, kind, body, due_us, attempts)
             VALUES ($1, $2, $3, $4, 0, 0) ON CONFLICT DO NOTHING",
        )
        .bind(&entry.id)
        .bind(receipt)
        .bind(entry.kind.as_str())
        .bind(&entry.body);
        if db.write(&insert).await? == 0 {
            return Err(LedgerError::Invalid {
                what: format!("outbox entry {} of receipt {receipt}", entry.id),
                why: "its id is taken".to_owned(),
            });
        }
    }
    Ok(())
}

pub(super) async fn done(
    db: &mut impl Session,
    id: &str,
    end: &OutboxEnd,
) -> Result<u64, LedgerError> {
    let (outcome, note) = end.parts();
    let update = Statement::new(
        "UPDATE outbox SET outcome = $2, note = $3 WHERE id = $1 AND outcome IS NULL",
    )
    .bind(id)
    .bind(outcome)
    .bind(note);
    db.write(&update).await
}

pub(super) async fn retry(
    db: &mut impl Session,
    id: &str,
    next_us: i64,
    error: &str,
) -> Result<u64, LedgerError> {
    let update = Statement::new(
        "UPDATE outbox SET attempts = attempts + 1, due_us = $2, note = $3
         WHERE id = $1 AND outcome IS NULL",
    )
    .bind(id)
    .bind(next_us)
    .bind(error);
    db.write(&update).await
}

pub(super) fn due<'q>(now_us: i64, limit: u32) -> Statement<'q, OutboxItem> {
    // A newer version may share the ledger and know more kinds; those are its work.
    Statement::new(
        "SELECT * FROM outbox
         WHERE outcome IS NULL AND due_us <= $1 AND kind IN ('charge', 'send', 'refund', 'send_correction')
         ORDER BY due_us, id LIMIT $2",
    )
    .bind(now_us)
    .bind(limit)
}

pub(super) fn of(receipt: &str) -> Statement<'_, OutboxItem> {
    Statement::new(
        "SELECT * FROM outbox WHERE receipt = $1
         AND kind IN ('charge', 'send', 'refund', 'send_correction') ORDER BY id",
    )
    .bind(receipt)
}
