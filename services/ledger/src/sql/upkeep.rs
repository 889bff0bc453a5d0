//! What operators and time take away.

use super::{database::Session, statement::Statement};
use crate::error::LedgerError;
use amble_engine::time::ROUND_US;

pub(super) async fn forget_poison(
    db: &mut impl Session,
    message: &str,
) -> Result<u64, LedgerError> {
    let delete = Statement::new("DELETE FROM poison WHERE message = $1").bind(message);
    db.write(&delete).await
}

pub(super) async fn prune(
    db: &mut impl Session,
    before_round: i64,
    limit: u32,
) -> Result<u64, LedgerError> {
    let mut gone = 0;
    for sql in [
        "DELETE FROM interactions WHERE id IN
         (SELECT id FROM interactions WHERE round < $1 ORDER BY round LIMIT $2)",
        "DELETE FROM decisions WHERE (interaction, revision) IN
         (SELECT interaction, revision FROM decisions WHERE round < $1 ORDER BY round LIMIT $2)",
        "DELETE FROM visit_events WHERE (shard, round, ordinal) IN
         (SELECT shard, round, ordinal FROM visit_events WHERE round < $1 ORDER BY round LIMIT $2)",
    ] {
        let delete = Statement::new(sql).bind(before_round).bind(limit);
        gone += db.write(&delete).await?;
    }
    for sql in [
        "DELETE FROM passes_used WHERE pass IN
         (SELECT pass FROM passes_used WHERE used_us < $1 ORDER BY used_us LIMIT $2)",
        "DELETE FROM provider_events WHERE id IN
         (SELECT id FROM provider_events WHERE seen_us < $1 ORDER BY seen_us LIMIT $2)",
    ] {
        let before_us = before_round.saturating_mul(ROUND_US);
        let delete = Statement::new(sql).bind(before_us).bind(limit);
        gone += db.write(&delete).await?;
    }
    Ok(gone)
}
