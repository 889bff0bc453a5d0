//! Writing that is nobody's append: claims, and what operators and time take away.

use amble_engine::time::ROUND_US;
use sqlx::SqliteConnection;

use super::apply::{changed, number, written};
use crate::error::LedgerError;

pub(super) async fn claim(
    db: &mut SqliteConnection,
    shard: &str,
    epoch: u64,
) -> Result<(), LedgerError> {
    let write = sqlx::query(
        "INSERT INTO epochs (shard, epoch) VALUES ($1, $2)
         ON CONFLICT (shard) DO UPDATE SET epoch = excluded.epoch",
    )
    .bind(shard)
    .bind(number("epoch", shard, epoch)?);
    written(db, write).await.map(|_| ())
}

pub(super) async fn forget_poison(
    db: &mut SqliteConnection,
    message: &str,
) -> Result<u64, LedgerError> {
    changed(
        db,
        sqlx::query("DELETE FROM poison WHERE message = $1").bind(message),
    )
    .await
}

pub(super) async fn prune(
    db: &mut SqliteConnection,
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
        gone += changed(db, sqlx::query(sql).bind(before_round).bind(limit)).await?;
    }
    let passes = sqlx::query(
        "DELETE FROM passes_used WHERE pass IN
         (SELECT pass FROM passes_used WHERE used_us < $1 ORDER BY used_us LIMIT $2)",
    )
    .bind(before_round.saturating_mul(ROUND_US))
    .bind(limit);
    Ok(gone + changed(db, passes).await?)
}
