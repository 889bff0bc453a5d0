//! Records from rows.
//!
//! Lists by round end with a whole round: the inner query finds the round of the `limit`-th row,
//! the outer one takes all up to it.

use super::{
    database::Dialect,
    statement::{Statement, Value},
};
use crate::record::{
    Decision, DeviceState, Interaction, Note, PassUse, Poison, PriceChange, Receipt, ReceiptPlace,
    VisitEvent,
};

pub(super) fn epoch(shard: &str) -> Statement<'_, (i64,)> {
    Statement::new("SELECT epoch FROM epochs WHERE shard = $1").bind(shard)
}

pub(super) fn device_state(device: &str) -> Statement<'_, DeviceState> {
    Statement::new("SELECT * FROM device_states WHERE device = $1").bind(device)
}

pub(super) fn device_states_of<'q, D: Dialect>(shards: &[&'q str]) -> Statement<'q, DeviceState> {
    Statement::new(D::DEVICE_STATES_OF).bind(Value::Texts(shards.to_vec()))
}

pub(super) fn notes<'q>(shard: &'q str, name: &'q str) -> Statement<'q, Note> {
    Statement::new(
        "SELECT round, body FROM notes WHERE shard = $1 AND name = $2 ORDER BY round DESC",
    )
    .bind(shard)
    .bind(name)
}

/// Each with its shard.
pub(super) fn cuts_of<'q, D: Dialect>(shards: &[&'q str]) -> Statement<'q, (String, i64, Vec<u8>)> {
    Statement::new(D::CUTS_OF).bind(Value::Texts(shards.to_vec()))
}

pub(super) fn cut_rounds_of<'q, D: Dialect>(shards: &[&'q str]) -> Statement<'q, (String, i64)> {
    Statement::new(D::CUT_ROUNDS_OF).bind(Value::Texts(shards.to_vec()))
}

pub(super) fn cuts_at<'q, D: Dialect>(
    shards: &[&'q str],
    round: i64,
) -> Statement<'q, (String, Vec<u8>)> {
    Statement::new(D::CUTS_AT)
        .bind(Value::Texts(shards.to_vec()))
        .bind(round)
}

pub(super) fn interaction(id: &str) -> Statement<'_, Interaction> {
    Statement::new("SELECT * FROM interactions WHERE id = $1").bind(id)
}

pub(super) fn interactions_after<'q>(round: i64, limit: u32) -> Statement<'q, Interaction> {
    Statement::new(
        "SELECT * FROM interactions WHERE round > $1 AND round <=
         (SELECT MAX(round) FROM (SELECT round FROM interactions
          WHERE round > $1 ORDER BY round LIMIT $2) AS first)
         ORDER BY round, closed_us, shelf, sequence",
    )
    .bind(round)
    .bind(limit)
}

pub(super) fn visit_events_from(
    shard: Option<&str>,
    round: i64,
    limit: u32,
) -> Statement<'_, VisitEvent> {
    let text = match shard {
        Some(_) => {
            "SELECT * FROM visit_events WHERE shard = $3 AND round >= $1 AND round <=
             (SELECT MAX(round) FROM (SELECT round FROM visit_events
              WHERE shard = $3 AND round >= $1 ORDER BY round LIMIT $2) AS first)
             ORDER BY round, shard, ordinal"
        }
        None => {
            "SELECT * FROM visit_events WHERE $3 IS NULL AND round >= $1 AND round <=
             (SELECT MAX(round) FROM (SELECT round FROM visit_events
              WHERE round >= $1 ORDER BY round LIMIT $2) AS first)
             ORDER BY round, shard, ordinal"
        }
    };
    Statement::new(text).bind(round).bind(limit).bind(shard)
}

pub(super) fn pass_used(pass: &str) -> Statement<'_, PassUse> {
    Statement::new("SELECT * FROM passes_used WHERE pass = $1").bind(pass)
}

pub(super) fn decisions_after<'q>(round: i64, limit: u32) -> Statement<'q, Decision> {
    Statement::new(
        "SELECT * FROM decisions WHERE round > $1 AND round <=
         (SELECT MAX(round) FROM (SELECT round FROM decisions
          WHERE round > $1 ORDER BY round LIMIT $2) AS first)
         ORDER BY round, interaction, revision",
    )
    .bind(round)
    .bind(limit)
}

pub(super) fn decisions_of(interaction: &str) -> Statement<'_, Decision> {
    Statement::new("SELECT * FROM decisions WHERE interaction = $1 ORDER BY revision")
        .bind(interaction)
}

pub(super) fn receipt(id: &str) -> Statement<'_, Receipt> {
    Statement::new("SELECT * FROM receipts WHERE id = $1").bind(id)
}

pub(super) fn receipt_of_visit(visit: &str) -> Statement<'_, Receipt> {
    Statement::new("SELECT * FROM receipts WHERE visit = $1").bind(visit)
}

pub(super) fn receipts(after: Option<&ReceiptPlace>, limit: u32) -> Statement<'_, Receipt> {
    match after {
        None => Statement::new("SELECT * FROM receipts ORDER BY settled_us DESC, id DESC LIMIT $1")
            .bind(limit),
        Some(place) => Statement::new(
            "SELECT * FROM receipts WHERE (settled_us, id) < ($2, $3)
             ORDER BY settled_us DESC, id DESC LIMIT $1",
        )
        .bind(limit)
        .bind(place.settled_us)
        .bind(&place.id),
    }
}

pub(super) fn price_changes<'q>(since_us: i64) -> Statement<'q, PriceChange> {
    Statement::new(
        "SELECT product, valid_from_us, price_minor FROM price_changes AS change
         WHERE valid_from_us > $1 OR valid_from_us =
         (SELECT MAX(valid_from_us) FROM price_changes
          WHERE product = change.product AND valid_from_us <= $1)
         ORDER BY valid_from_us, product",
    )
    .bind(since_us)
}

pub(super) fn poison<'q>() -> Statement<'q, Poison> {
    Statement::new("SELECT * FROM poison ORDER BY message")
}

/// Outbox entries that wait, and messages set aside.
pub(super) fn waiting<'q>() -> Statement<'q, (i64, i64)> {
    Statement::new(
        "SELECT (SELECT COUNT(*) FROM outbox WHERE outcome IS NULL),
                (SELECT COUNT(*) FROM poison WHERE body IS NOT NULL)",
    )
}
