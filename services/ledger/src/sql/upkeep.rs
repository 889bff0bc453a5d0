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
    let passes = Statement::new(
        "DELETE FROM passes_used WHERE pass IN
         (SELECT pass FROM passes_used WHERE used_us < $1 ORDER BY used_us LIMIT $2)",
    )
    .bind(before_round.saturating_mul(ROUND_US))
    .bind(limit);
    Ok(gone + db.write(&passes).await?)
}
