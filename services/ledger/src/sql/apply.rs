//! Entries to rows. The caller sees to it that what is refused half-way leaves nothing.
//!
//! Most entries are facts with a key, and the first stands; the others are in `guarded`.

use super::{database::Session, guarded, holds, outbox, reviews, statement::Statement};
use crate::{
    entry::{Append, Entry, Outcome},
    error::LedgerError,
};

pub(super) async fn entries(
    db: &mut impl Session,
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

async fn entry(db: &mut impl Session, shard: &str, entry: &Entry) -> Result<Outcome, LedgerError> {
    match entry {
        Entry::DeviceState {
            device,
            continues_from,
            sequence,
            capture_us,
            state,
        } => {
            let from = (device.as_str(), *continues_from);
            guarded::device_state(db, shard, from, *sequence, *capture_us, state).await
        }
        Entry::Interaction {
            id,
            shelf,
            sequence,
            round,
            closed_us,
            body,
        } => {
            let insert = Statement::new(
                "INSERT INTO interactions (id, shard, shelf, sequence, round, closed_us, body)
                 VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
            )
            .bind(id)
            .bind(shard)
            .bind(shelf)
            .bind(number("sequence", id, *sequence)?)
            .bind(*round)
            .bind(*closed_us)
            .bind(body.as_slice());
            let same = Statement::new("SELECT body = $2 FROM interactions WHERE id = $1")
                .bind(id)
                .bind(body.as_slice());
            first_stands(db, insert, same).await
        }
        Entry::Cut { round, body } => guarded::cut(db, shard, *round, body).await,
        Entry::Note { name, round, body } => guarded::note(db, shard, name, *round, body).await,
        Entry::VisitEvent {
            round,
            ordinal,
            visit,
            body,
        } => {
            let insert = Statement::new(
                "INSERT INTO visit_events (shard, round, ordinal, visit, body)
                 VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
            )
            .bind(shard)
            .bind(*round)
            .bind(*ordinal)
            .bind(visit)
            .bind(body.as_slice());
            let same = Statement::new(
                "SELECT visit = $4 AND body = $5 FROM visit_events
                 WHERE shard = $1 AND round = $2 AND ordinal = $3",
            )
            .bind(shard)
            .bind(*round)
            .bind(*ordinal)
            .bind(visit)
            .bind(body.as_slice());
            first_stands(db, insert, same).await
        }
        Entry::PassUsed {
            pass,
            visit,
            used_us,
        } => guarded::pass_used(db, shard, pass, visit, *used_us).await,
        Entry::Decision {
            interaction,
            revision,
            round,
            body,
        } => {
            let insert = Statement::new(
                "INSERT INTO decisions (interaction, revision, shard, round, body)
                 VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
            )
            .bind(interaction)
            .bind(*revision)
            .bind(shard)
            .bind(*round)
            .bind(body.as_slice());
            let same = Statement::new(
                "SELECT body = $3 FROM decisions WHERE interaction = $1 AND revision = $2",
            )
            .bind(interaction)
            .bind(*revision)
            .bind(body.as_slice());
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
            if *total_minor < 0 {
                return Err(invalid("total", id, "it is negative"));
            }
            currency_code(id, currency)?;
            let insert = Statement::new(
                "INSERT INTO receipts (id, visit, shard, settled_us, total_minor, currency, body)
                 VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
            )
            .bind(id)
            .bind(visit)
            .bind(shard)
            .bind(*settled_us)
            .bind(*total_minor)
            .bind(currency)
            .bind(body);
            let same = Statement::new(
                "SELECT NOT EXISTS (SELECT 1 FROM receipts
                 WHERE (id = $1 OR visit = $2) AND NOT (id = $1 AND visit = $2 AND body = $3))",
            )
            .bind(id)
            .bind(visit)
            .bind(body);
            let outcome = first_stands(db, insert, same).await?;
            if outcome.is_new() {
                outbox::put(db, id, outbox).await?;
                holds::decide(db, visit, *total_minor, currency).await?;
            }
            Ok(outcome)
        }
        Entry::PriceChange {
            product,
            price_minor,
            valid_from_us,
        } => guarded::price_change(db, shard, product, *price_minor, *valid_from_us).await,
        Entry::Review {
            id,
            receipt,
            visit,
            opened_us,
            why,
            body,
        } => {
            let insert = Statement::new(
                "INSERT INTO reviews (id, receipt, visit, shard, opened_us, why, body)
                 VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
            )
            .bind(id)
            .bind(receipt)
            .bind(visit)
            .bind(shard)
            .bind(*opened_us)
            .bind(why)
            .bind(body);
            let same = Statement::new(
                "SELECT receipt = $2 AND visit = $3 AND why = $4 AND body = $5
                 FROM reviews WHERE id = $1",
            )
            .bind(id)
            .bind(receipt)
            .bind(visit)
            .bind(why)
            .bind(body);
            first_stands(db, insert, same).await
        }
        Entry::Verdict {
            review,
            by,
            decided_us,
            body,
            correction,
        } => {
            let verdict = reviews::Verdict {
                by,
                decided_us: *decided_us,
                body,
                correction: correction.as_ref(),
            };
            reviews::decide(db, shard, review, &verdict).await
        }
        Entry::Hold {
            visit,
            method,
            amount_minor,
            currency,
            opened_us,
        } => holds::begin(db, visit, method, *amount_minor, currency, *opened_us).await,
        Entry::Poison {
            message,
            attempts,
            device,
            body,
        } => guarded::poison(db, shard, message, *attempts, device, body).await,
    }
}

/// Writes a keyed entry; if the key is taken, says whether by the same.
async fn first_stands(
    db: &mut impl Session,
    insert: Statement<'_>,
    same: Statement<'_, (bool,)>,
) -> Result<Outcome, LedgerError> {
    if db.write(&insert).await? > 0 {
        return Ok(Outcome::New);
    }
    Ok(match db.one(&same).await? {
        Some((false,)) => Outcome::Differs,
        // What was pruned since the insert met it had been there.
        Some((true,)) | None => Outcome::AlreadyThere,
    })
}

pub(super) fn currency_code(id: &str, currency: &str) -> Result<(), LedgerError> {
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
pub(super) fn number(what: &str, of: &str, value: u64) -> Result<i64, LedgerError> {
    i64::try_from(value).map_err(|_| invalid(what, of, "it exceeds 63 bits"))
}

pub(super) fn invalid(what: &str, of: &str, why: &str) -> LedgerError {
    LedgerError::Invalid {
        what: format!("the {what} of {of}"),
        why: why.to_owned(),
    }
}
