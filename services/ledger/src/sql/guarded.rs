//! Entries that are written under a condition of their own, checked by the statement that writes.

use super::{
    apply::{invalid, number},
    database::Session,
    read,
    statement::Statement,
};
use crate::{
    entry::{KEEP_CUTS, Outcome, POISON_AT, Refusal},
    error::LedgerError,
};

/// `from`: the device, and the sequence that its state continues from.
pub(super) async fn device_state(
    db: &mut impl Session,
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
    let write = Statement::new(
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
    if db.write(&write).await? > 0 {
        return Ok(Outcome::New);
    }
    match db.one(&read::device_state(device)).await? {
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

pub(super) async fn cut(
    db: &mut impl Session,
    shard: &str,
    round: i64,
    body: &[u8],
) -> Result<Outcome, LedgerError> {
    let write = Statement::new(
        "INSERT INTO cuts (shard, round, body) VALUES ($1, $2, $3)
         ON CONFLICT (shard, round) DO UPDATE SET body = excluded.body
         WHERE cuts.body <> excluded.body",
    )
    .bind(shard)
    .bind(round)
    .bind(body);
    if db.write(&write).await? == 0 {
        return Ok(Outcome::AlreadyThere);
    }
    let oldest = Statement::new(
        "DELETE FROM cuts WHERE shard = $1 AND round <=
         (SELECT round FROM cuts WHERE shard = $1 ORDER BY round DESC LIMIT 1 OFFSET $2)",
    )
    .bind(shard)
    .bind(KEEP_CUTS);
    db.write(&oldest).await?;
    Ok(Outcome::New)
}

pub(super) async fn note(
    db: &mut impl Session,
    shard: &str,
    name: &str,
    round: i64,
    body: &[u8],
) -> Result<Outcome, LedgerError> {
    let write = Statement::new(
        "INSERT INTO notes (shard, name, round, body) VALUES ($1, $2, $3, $4)
         ON CONFLICT (shard, name, round) DO UPDATE SET body = excluded.body
         WHERE notes.body <> excluded.body",
    )
    .bind(shard)
    .bind(name)
    .bind(round)
    .bind(body);
    if db.write(&write).await? == 0 {
        return Ok(Outcome::AlreadyThere);
    }
    let oldest = Statement::new(
        "DELETE FROM notes WHERE shard = $1 AND name = $2 AND round <=
         (SELECT round FROM notes WHERE shard = $1 AND name = $2
          ORDER BY round DESC LIMIT 1 OFFSET $3)",
    )
    .bind(shard)
    .bind(name)
    .bind(KEEP_CUTS);
    db.write(&oldest).await?;
    Ok(Outcome::New)
}

pub(super) async fn pass_used(
    db: &mut impl Session,
    shard: &str,
    pass: &str,
    visit: &str,
    used_us: i64,
) -> Result<Outcome, LedgerError> {
    let insert = Statement::new(
        "INSERT INTO passes_used (pass, shard, visit, used_us)
         VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
    )
    .bind(pass)
    .bind(shard)
    .bind(visit)
    .bind(used_us);
    if db.write(&insert).await? > 0 {
        return Ok(Outcome::New);
    }
    let first = db.one(&read::pass_used(pass)).await?;
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

pub(super) async fn price_change(
    db: &mut impl Session,
    shard: &str,
    product: &str,
    price_minor: i64,
    valid_from_us: i64,
) -> Result<Outcome, LedgerError> {
    let insert = Statement::new(
        "INSERT INTO price_changes (product, valid_from_us, price_minor, shard)
         VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
    )
    .bind(product)
    .bind(valid_from_us)
    .bind(price_minor)
    .bind(shard);
    if db.write(&insert).await? > 0 {
        return Ok(Outcome::New);
    }
    let stored = Statement::<(i64,)>::new(
        "SELECT price_minor FROM price_changes WHERE product = $1 AND valid_from_us = $2",
    )
    .bind(product)
    .bind(valid_from_us);
    Ok(match db.one(&stored).await? {
        Some((stored,)) if stored != price_minor => Outcome::Refused(Refusal::PriceAlreadySet {
            price_minor: stored,
        }),
        _ => Outcome::AlreadyThere,
    })
}

pub(super) async fn poison(
    db: &mut impl Session,
    shard: &str,
    message: &str,
    attempts: u32,
    device: &str,
    body: &[u8],
) -> Result<Outcome, LedgerError> {
    let write = Statement::new(
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
    Ok(if db.write(&write).await? > 0 {
        Outcome::New
    } else {
        Outcome::AlreadyThere
    })
}
