//! Rows to records.
//!
//! Lists by round end with a whole round: the inner query finds the round of the `limit`-th row,
//! the outer one takes all up to it.

use sqlx::{SqliteExecutor, SqlitePool};

use super::fault::unusable;
use crate::{
    error::LedgerError,
    record::{
        Cut, Decision, DeviceState, Health, Interaction, PassUse, Poison, PriceChange, Receipt,
        ReceiptPlace, VisitEvent,
    },
};

type Read<T> = Result<T, LedgerError>;

pub(super) async fn epoch(db: impl SqliteExecutor<'_>, shard: &str) -> Read<u64> {
    let epoch: Option<i64> = sqlx::query_scalar("SELECT epoch FROM epochs WHERE shard = $1")
        .bind(shard)
        .fetch_optional(db)
        .await
        .map_err(unusable)?;
    u64::try_from(epoch.unwrap_or(0)).map_err(|_| LedgerError::Corrupt {
        reason: format!("shard {shard} has a negative epoch"),
    })
}

pub(super) async fn device_state(
    db: impl SqliteExecutor<'_>,
    device: &str,
) -> Read<Option<DeviceState>> {
    sqlx::query_as("SELECT * FROM device_states WHERE device = $1")
        .bind(device)
        .fetch_optional(db)
        .await
        .map_err(unusable)
}

pub(super) async fn device_states(
    db: impl SqliteExecutor<'_>,
    shard: &str,
) -> Read<Vec<DeviceState>> {
    sqlx::query_as("SELECT * FROM device_states WHERE shard = $1 ORDER BY device")
        .bind(shard)
        .fetch_all(db)
        .await
        .map_err(unusable)
}

pub(super) async fn cuts(db: impl SqliteExecutor<'_>, shard: &str) -> Read<Vec<Cut>> {
    sqlx::query_as("SELECT round, body FROM cuts WHERE shard = $1 ORDER BY round DESC")
        .bind(shard)
        .fetch_all(db)
        .await
        .map_err(unusable)
}

pub(super) async fn interaction(
    db: impl SqliteExecutor<'_>,
    id: &str,
) -> Read<Option<Interaction>> {
    sqlx::query_as("SELECT * FROM interactions WHERE id = $1")
        .bind(id)
        .fetch_optional(db)
        .await
        .map_err(unusable)
}

pub(super) async fn interactions_after(
    db: impl SqliteExecutor<'_>,
    round: i64,
    limit: u32,
) -> Read<Vec<Interaction>> {
    sqlx::query_as(
        "SELECT * FROM interactions WHERE round > $1 AND round <=
         (SELECT MAX(round) FROM
          (SELECT round FROM interactions WHERE round > $1 ORDER BY round LIMIT $2))
         ORDER BY round, closed_us, shelf, sequence",
    )
    .bind(round)
    .bind(limit)
    .fetch_all(db)
    .await
    .map_err(unusable)
}

pub(super) async fn visit_events_from(
    db: impl SqliteExecutor<'_>,
    shard: Option<&str>,
    round: i64,
    limit: u32,
) -> Read<Vec<VisitEvent>> {
    let sql = match shard {
        Some(_) => {
            "SELECT * FROM visit_events WHERE shard = $3 AND round >= $1 AND round <=
             (SELECT MAX(round) FROM (SELECT round FROM visit_events
              WHERE shard = $3 AND round >= $1 ORDER BY round LIMIT $2))
             ORDER BY round, shard, ordinal"
        }
        None => {
            "SELECT * FROM visit_events WHERE $3 IS NULL AND round >= $1 AND round <=
             (SELECT MAX(round) FROM (SELECT round FROM visit_events
              WHERE round >= $1 ORDER BY round LIMIT $2))
             ORDER BY round, shard, ordinal"
        }
    };
    sqlx::query_as(sql)
        .bind(round)
        .bind(limit)
        .bind(shard)
        .fetch_all(db)
        .await
        .map_err(unusable)
}

pub(super) async fn pass_used(db: impl SqliteExecutor<'_>, pass: &str) -> Read<Option<PassUse>> {
    sqlx::query_as("SELECT * FROM passes_used WHERE pass = $1")
        .bind(pass)
        .fetch_optional(db)
        .await
        .map_err(unusable)
}

pub(super) async fn decisions_after(
    db: impl SqliteExecutor<'_>,
    round: i64,
    limit: u32,
) -> Read<Vec<Decision>> {
    sqlx::query_as(
        "SELECT * FROM decisions WHERE round > $1 AND round <=
         (SELECT MAX(round) FROM
          (SELECT round FROM decisions WHERE round > $1 ORDER BY round LIMIT $2))
         ORDER BY round, interaction, revision",
    )
    .bind(round)
    .bind(limit)
    .fetch_all(db)
    .await
    .map_err(unusable)
}

pub(super) async fn decisions_of(
    db: impl SqliteExecutor<'_>,
    interaction: &str,
) -> Read<Vec<Decision>> {
    sqlx::query_as("SELECT * FROM decisions WHERE interaction = $1 ORDER BY revision")
        .bind(interaction)
        .fetch_all(db)
        .await
        .map_err(unusable)
}

pub(super) async fn receipt(db: impl SqliteExecutor<'_>, id: &str) -> Read<Option<Receipt>> {
    sqlx::query_as("SELECT * FROM receipts WHERE id = $1")
        .bind(id)
        .fetch_optional(db)
        .await
        .map_err(unusable)
}

pub(super) async fn receipt_of_visit(
    db: impl SqliteExecutor<'_>,
    visit: &str,
) -> Read<Option<Receipt>> {
    sqlx::query_as("SELECT * FROM receipts WHERE visit = $1")
        .bind(visit)
        .fetch_optional(db)
        .await
        .map_err(unusable)
}

pub(super) async fn receipts(
    db: impl SqliteExecutor<'_>,
    after: Option<&ReceiptPlace>,
    limit: u32,
) -> Read<Vec<Receipt>> {
    let query = match after {
        None => sqlx::query_as("SELECT * FROM receipts ORDER BY settled_us DESC, id DESC LIMIT $1")
            .bind(limit),
        Some(place) => sqlx::query_as(
            "SELECT * FROM receipts WHERE (settled_us, id) < ($2, $3)
             ORDER BY settled_us DESC, id DESC LIMIT $1",
        )
        .bind(limit)
        .bind(place.settled_us)
        .bind(&place.id),
    };
    query.fetch_all(db).await.map_err(unusable)
}

pub(super) async fn price_changes(
    db: impl SqliteExecutor<'_>,
    since_us: i64,
) -> Read<Vec<PriceChange>> {
    sqlx::query_as(
        "SELECT product, valid_from_us, price_minor FROM price_changes AS each
         WHERE valid_from_us > $1 OR valid_from_us =
         (SELECT MAX(valid_from_us) FROM price_changes
          WHERE product = each.product AND valid_from_us <= $1)
         ORDER BY valid_from_us, product",
    )
    .bind(since_us)
    .fetch_all(db)
    .await
    .map_err(unusable)
}

pub(super) async fn poison(db: impl SqliteExecutor<'_>) -> Read<Vec<Poison>> {
    sqlx::query_as("SELECT * FROM poison ORDER BY message")
        .fetch_all(db)
        .await
        .map_err(unusable)
}

pub(super) async fn health(db: &SqlitePool, queued: usize) -> Read<Health> {
    let (bytes, outbox_waiting, poisoned): (i64, i64, i64) = sqlx::query_as(
        "SELECT (SELECT page_count FROM pragma_page_count) *
                (SELECT page_size FROM pragma_page_size),
                (SELECT COUNT(*) FROM outbox WHERE outcome IS NULL),
                (SELECT COUNT(*) FROM poison WHERE body IS NOT NULL)",
    )
    .fetch_one(db)
    .await
    .map_err(unusable)?;
    Ok(Health {
        backend: "sqlite",
        queued,
        bytes: bytes.unsigned_abs(),
        outbox_waiting: outbox_waiting.unsigned_abs(),
        poisoned: poisoned.unsigned_abs(),
    })
}
