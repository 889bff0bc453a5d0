//! Entries to rows. Called inside a savepoint, so what is refused half-way leaves nothing.

use amble_engine::time::ROUND_US;
use sqlx::{
    Sqlite, SqliteConnection,
    query::{Query, QueryScalar},
    sqlite::SqliteArguments,
};

use super::{fault::unusable, outbox};
use crate::{
    entry::{Append, Entry, KEEP_CUTS, Outcome, POISON_AT, Refusal},
    error::LedgerError,
};

pub(super) async fn claim(
    db: &mut SqliteConnection,
    shard: &str,
    epoch: u64,
) -> Result<(), LedgerError> {
    sqlx::query(
        "INSERT INTO epochs (shard, epoch) VALUES ($1, $2)
         ON CONFLICT (shard) DO UPDATE SET epoch = excluded.epoch",
    )
    .bind(shard)
    .bind(number("epoch", shard, epoch)?)
    .execute(db)
    .await
    .map_err(unusable)?;
    Ok(())
}

pub(super) async fn entries(
    db: &mut SqliteConnection,
    append: &Append,
) -> Result<Vec<Outcome>, LedgerError> {
    let mut outcomes = Vec::with_capacity(append.entries.len());
    for each in &append.entries {
        let outcome = entry(db, &append.shard, each).await?;
        if outcome == Outcome::Differs {
            tracing::warn!(
                shard = append.shard,
                kind = each.kind(),
                "an entry was there with another content, and the first stands: \
                 the replay computed something else"
            );
        }
        outcomes.push(outcome);
    }
    Ok(outcomes)
}

async fn entry(
    db: &mut SqliteConnection,
    shard: &str,
    entry: &Entry,
) -> Result<Outcome, LedgerError> {
    match entry {
        Entry::DeviceState {
            device,
            continues_from,
            sequence,
            capture_us,
            state,
        } => {
            let from = (device.as_str(), *continues_from);
            device_state(db, shard, from, *sequence, *capture_us, state).await
        }
        Entry::Interaction {
            id,
            shelf,
            sequence,
            round,
            closed_us,
            body,
        } => {
            let insert = sqlx::query(
                "INSERT INTO interactions (id, shard, shelf, sequence, round, closed_us, body)
                 VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
            )
            .bind(id)
            .bind(shard)
            .bind(shelf)
            .bind(number("sequence", id, *sequence)?)
            .bind(round)
            .bind(closed_us)
            .bind(body);
            let same = sqlx::query_scalar("SELECT body = $2 FROM interactions WHERE id = $1")
                .bind(id)
                .bind(body);
            first_stands(db, insert, same).await
        }
        Entry::Cut { round, body } => cut(db, shard, *round, body).await,
        Entry::VisitEvent {
            round,
            ordinal,
            visit,
            body,
        } => {
            let insert = sqlx::query(
                "INSERT INTO visit_events (shard, round, ordinal, visit, body)
                 VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
            )
            .bind(shard)
            .bind(round)
            .bind(ordinal)
            .bind(visit)
            .bind(body);
            let same = sqlx::query_scalar(
                "SELECT visit = $4 AND body = $5 FROM visit_events
                 WHERE shard = $1 AND round = $2 AND ordinal = $3",
            )
            .bind(shard)
            .bind(round)
            .bind(ordinal)
            .bind(visit)
            .bind(body);
            first_stands(db, insert, same).await
        }
        Entry::PassUsed {
            pass,
            visit,
            used_us,
        } => pass_used(db, shard, pass, visit, *used_us).await,
        Entry::Decision {
            interaction,
            revision,
            round,
            body,
        } => {
            let insert = sqlx::query(
                "INSERT INTO decisions (interaction, revision, shard, round, body)
                 VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
            )
            .bind(interaction)
            .bind(revision)
            .bind(shard)
            .bind(round)
            .bind(body);
            let same = sqlx::query_scalar(
                "SELECT body = $3 FROM decisions WHERE interaction = $1 AND revision = $2",
            )
            .bind(interaction)
            .bind(revision)
            .bind(body);
            first_stands(db, insert, same).await
        }
        Entry::Receipt {
            id,
            visit,
            settled_us,
            total_minor,
            currency,
            body,
            outbox,
        } => {
            payable(id, *total_minor, currency)?;
            let insert = sqlx::query(
                "INSERT INTO receipts (id, visit, shard, settled_us, total_minor, currency, body)
                 VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
            )
            .bind(id)
            .bind(visit)
            .bind(shard)
            .bind(settled_us)
            .bind(total_minor)
            .bind(currency)
            .bind(body);
            let same = sqlx::query_scalar(
                "SELECT MIN(id = $1 AND visit = $2 AND body = $3) FROM receipts
                 WHERE id = $1 OR visit = $2",
            )
            .bind(id)
            .bind(visit)
            .bind(body);
            let outcome = first_stands(db, insert, same).await?;
            if outcome.is_new() {
                outbox::put(db, id, outbox).await?;
            }
            Ok(outcome)
        }
        Entry::PriceChange {
            product,
            price_minor,
            valid_from_us,
        } => price_change(db, shard, product, *price_minor, *valid_from_us).await,
        Entry::Poison {
            message,
            attempts,
            device,
            body,
        } => poison(db, shard, message, *attempts, device, body).await,
    }
}

/// Writes a keyed entry; if the key is taken, says whether by the same.
async fn first_stands(
    db: &mut SqliteConnection,
    insert: Query<'_, Sqlite, SqliteArguments>,
    same: QueryScalar<'_, Sqlite, bool, SqliteArguments>,
) -> Result<Outcome, LedgerError> {
    if written(db, insert).await? {
        return Ok(Outcome::New);
    }
    let same = same.fetch_one(db).await.map_err(unusable)?;
    Ok(if same {
        Outcome::AlreadyThere
    } else {
        Outcome::Differs
    })
}

/// `from`: the device, and the sequence that its state continues from.
async fn device_state(
    db: &mut SqliteConnection,
    shard: &str,
    (device, continues_from): (&str, u64),
    sequence: u64,
    capture_us: i64,
    state: &[u8],
) -> Result<Outcome, LedgerError> {
    if sequence == 0 {
        return Err(invalid(
            "sequence",
            device,
            "0 stands for a device without a state",
        ));
    }
    // Writes a first state where none is, or one over that from which it continues; else nothing.
    let write = sqlx::query(
        "INSERT INTO device_states (device, shard, sequence, capture_us, state)
         SELECT $1, $2, $3, $4, $5 WHERE $6 = 0
             OR EXISTS (SELECT 1 FROM device_states WHERE device = $1 AND sequence = $6)
         ON CONFLICT (device) DO UPDATE SET
             shard = excluded.shard, sequence = excluded.sequence,
             capture_us = excluded.capture_us, state = excluded.state
         WHERE device_states.sequence = $6",
    )
    .bind(device)
    .bind(shard)
    .bind(number("sequence", device, sequence)?)
    .bind(capture_us)
    .bind(state)
    .bind(number("sequence", device, continues_from)?);
    if written(db, write).await? {
        return Ok(Outcome::New);
    }
    match super::read::device_state(db, device).await? {
        Some(stored)
            if stored.sequence == sequence
                && stored.capture_us == capture_us
                && stored.state == state =>
        {
            Ok(Outcome::AlreadyThere)
        }
        stored => Err(LedgerError::NotContinuing {
            device: device.to_owned(),
            stored: stored.map_or(0, |stored| stored.sequence),
            offered: continues_from,
        }),
    }
}

async fn cut(
    db: &mut SqliteConnection,
    shard: &str,
    round: i64,
    body: &[u8],
) -> Result<Outcome, LedgerError> {
    let write = sqlx::query(
        "INSERT INTO cuts (shard, round, body) VALUES ($1, $2, $3)
         ON CONFLICT (shard, round) DO UPDATE SET body = excluded.body
         WHERE cuts.body <> excluded.body",
    )
    .bind(shard)
    .bind(round)
    .bind(body);
    if !written(db, write).await? {
        return Ok(Outcome::AlreadyThere);
    }
    sqlx::query(
        "DELETE FROM cuts WHERE shard = $1 AND round <=
         (SELECT round FROM cuts WHERE shard = $1 ORDER BY round DESC LIMIT 1 OFFSET $2)",
    )
    .bind(shard)
    .bind(KEEP_CUTS)
    .execute(db)
    .await
    .map_err(unusable)?;
    Ok(Outcome::New)
}

async fn pass_used(
    db: &mut SqliteConnection,
    shard: &str,
    pass: &str,
    visit: &str,
    used_us: i64,
) -> Result<Outcome, LedgerError> {
    let insert = sqlx::query(
        "INSERT INTO passes_used (pass, shard, visit, used_us)
         VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
    )
    .bind(pass)
    .bind(shard)
    .bind(visit)
    .bind(used_us);
    if written(db, insert).await? {
        return Ok(Outcome::New);
    }
    let first = super::read::pass_used(db, pass).await?;
    Ok(match first {
        Some(first) if first.shard != shard || first.used_us != used_us => {
            Outcome::Refused(Refusal::PassAlreadyUsed {
                visit: first.visit,
                used_us: first.used_us,
            })
        }
        Some(first) if first.visit != visit => Outcome::Differs,
        _ => Outcome::AlreadyThere,
    })
}

async fn price_change(
    db: &mut SqliteConnection,
    shard: &str,
    product: &str,
    price_minor: i64,
    valid_from_us: i64,
) -> Result<Outcome, LedgerError> {
    let insert = sqlx::query(
        "INSERT INTO price_changes (product, valid_from_us, price_minor, shard)
         VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
    )
    .bind(product)
    .bind(valid_from_us)
    .bind(price_minor)
    .bind(shard);
    if written(db, insert).await? {
        return Ok(Outcome::New);
    }
    let stored: i64 = sqlx::query_scalar(
        "SELECT price_minor FROM price_changes WHERE product = $1 AND valid_from_us = $2",
    )
    .bind(product)
    .bind(valid_from_us)
    .fetch_one(db)
    .await
    .map_err(unusable)?;
    Ok(if stored == price_minor {
        Outcome::AlreadyThere
    } else {
        Outcome::Refused(Refusal::PriceAlreadySet {
            price_minor: stored,
        })
    })
}

async fn poison(
    db: &mut SqliteConnection,
    shard: &str,
    message: &str,
    attempts: u32,
    device: &str,
    body: &[u8],
) -> Result<Outcome, LedgerError> {
    let write = sqlx::query(
        "INSERT INTO poison (message, shard, device, attempts, body) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (message) DO UPDATE SET
             attempts = excluded.attempts, body = COALESCE(poison.body, excluded.body)
         WHERE excluded.attempts > poison.attempts",
    )
    .bind(message)
    .bind(shard)
    .bind(device)
    .bind(attempts)
    .bind((attempts >= POISON_AT).then_some(body));
    Ok(if written(db, write).await? {
        Outcome::New
    } else {
        Outcome::AlreadyThere
    })
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

fn payable(id: &str, total_minor: i64, currency: &str) -> Result<(), LedgerError> {
    if total_minor < 0 {
        return Err(invalid("total", id, "it is negative"));
    }
    if currency.len() != 3 || !currency.bytes().all(|letter| letter.is_ascii_uppercase()) {
        return Err(invalid(
            "currency",
            id,
            "it is not an ISO 4217 code such as EUR",
        ));
    }
    Ok(())
}

/// Databases count to 2⁶³ − 1.
fn number(what: &str, of: &str, value: u64) -> Result<i64, LedgerError> {
    i64::try_from(value).map_err(|_| invalid(what, of, "it exceeds 63 bits"))
}

fn invalid(what: &str, of: &str, why: &str) -> LedgerError {
    LedgerError::Invalid {
        what: format!("the {what} of {of}"),
        why: why.to_owned(),
    }
}

async fn written(
    db: &mut SqliteConnection,
    write: Query<'_, Sqlite, SqliteArguments>,
) -> Result<bool, LedgerError> {
    Ok(changed(db, write).await? > 0)
}

async fn changed(
    db: &mut SqliteConnection,
    write: Query<'_, Sqlite, SqliteArguments>,
) -> Result<u64, LedgerError> {
    Ok(write.execute(db).await.map_err(unusable)?.rows_affected())
}
