//! Reviews, their verdicts, and the corrections that follow.
//!
//! 1. A review is decided once. The very same verdict again is recognised; another is refused, and the
//!    one that stands is named.
//! 2. A verdict, its correction and the outbox entries of that are written together or not at all.
//! 3. A receipt and its corrections never sum up to less than nothing.

use super::{
    apply::{currency_code, invalid},
    database::Session,
    outbox, read,
    statement::Statement,
};
use crate::{
    entry::{Correction, Outcome, Refusal},
    error::LedgerError,
    record::{Receipt, Review, StoredCorrection},
};

/// What is said of a review.
pub(super) struct Verdict<'e> {
    pub(super) by: &'e str,
    pub(super) decided_us: i64,
    pub(super) body: &'e str,
    pub(super) correction: Option<&'e Correction>,
}

pub(super) async fn decide(
    db: &mut impl Session,
    shard: &str,
    id: &str,
    verdict: &Verdict<'_>,
) -> Result<Outcome, LedgerError> {
    let Some(review) = db.one(&self::review(id)).await? else {
        return Ok(Outcome::Refused(Refusal::UnknownReview));
    };
    if let Some(stands) = stands(db, &review, verdict).await? {
        return Ok(stands);
    }
    if let Some(correction) = verdict.correction
        && let Some(refusal) = uncorrectable(db, &review.receipt, correction).await?
    {
        return Ok(Outcome::Refused(refusal));
    }
    let update = Statement::new(
        "UPDATE reviews SET decided_by = $2, decided_us = $3, verdict = $4
         WHERE id = $1 AND decided_us IS NULL",
    )
    .bind(id)
    .bind(verdict.by)
    .bind(verdict.decided_us)
    .bind(verdict.body);
    if db.write(&update).await? == 0 {
        // Another shard was faster: now its verdict can be read.
        let review = db.one(&self::review(id)).await?;
        let stands = match &review {
            Some(review) => stands(db, review, verdict).await?,
            None => None,
        };
        return Ok(stands.unwrap_or(Outcome::Refused(Refusal::UnknownReview)));
    }
    if let Some(correction) = verdict.correction {
        put(db, shard, &review, verdict.decided_us, correction).await?;
    }
    Ok(Outcome::New)
}

/// What a verdict comes to where there is one already.
async fn stands(
    db: &mut impl Session,
    review: &Review,
    verdict: &Verdict<'_>,
) -> Result<Option<Outcome>, LedgerError> {
    let (Some(by), Some(decided_us), Some(body)) =
        (&review.decided_by, review.decided_us, &review.verdict)
    else {
        return Ok(None);
    };
    let stored = db.one(&correction_after(&review.id)).await?;
    let same_correction = match (&stored, verdict.correction) {
        (None, None) => true,
        (Some(stored), Some(offered)) => {
            stored.id == offered.id
                && stored.total_minor == offered.total_minor
                && stored.currency == offered.currency
                && stored.body == offered.body
        }
        _ => false,
    };
    let same = by == verdict.by && decided_us == verdict.decided_us && body == verdict.body;
    Ok(Some(if same && same_correction {
        Outcome::AlreadyThere
    } else {
        Outcome::Refused(Refusal::ReviewAlreadyDecided {
            by: by.clone(),
            decided_us,
            body: body.clone(),
        })
    }))
}

/// Why a receipt can't be corrected so.
async fn uncorrectable(
    db: &mut impl Session,
    receipt: &str,
    correction: &Correction,
) -> Result<Option<Refusal>, LedgerError> {
    currency_code(&correction.id, &correction.currency)?;
    // Locked where rows are, so that two corrections of one receipt come one after the other.
    let locked = Statement::new("UPDATE receipts SET currency = currency WHERE id = $1");
    if db.write(&locked.bind(receipt)).await? == 0 {
        let receipt = receipt.to_owned();
        return Ok(Some(Refusal::UnknownReceipt { receipt }));
    }
    let charged: Option<Receipt> = db.one(&read::receipt(receipt)).await?;
    let earlier = db.all(&corrections_of(receipt)).await?;
    let currencies = charged.iter().map(|receipt| &receipt.currency);
    if currencies
        .into_iter()
        .any(|own| *own != correction.currency)
    {
        let why = "it is not its receipt's";
        return Err(invalid("currency", &correction.id, why));
    }
    let charged = charged.map_or(0, |receipt| i128::from(receipt.total_minor));
    let before: i128 = earlier
        .iter()
        .map(|each| i128::from(each.total_minor))
        .sum();
    let left = charged + before;
    let left_minor = i64::try_from(left).unwrap_or(i64::MAX);
    let refused = left + i128::from(correction.total_minor) < 0;
    Ok(refused.then_some(Refusal::MoreThanCharged { left_minor }))
}

async fn put(
    db: &mut impl Session,
    shard: &str,
    review: &Review,
    decided_us: i64,
    correction: &Correction,
) -> Result<(), LedgerError> {
    let insert = Statement::new(
        "INSERT INTO corrections
         (id, review, receipt, visit, shard, decided_us, total_minor, currency, body)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING",
    )
    .bind(&correction.id)
    .bind(&review.id)
    .bind(&review.receipt)
    .bind(&review.visit)
    .bind(shard)
    .bind(decided_us)
    .bind(correction.total_minor)
    .bind(&correction.currency)
    .bind(&correction.body);
    if db.write(&insert).await? == 0 {
        return Err(invalid("id", &correction.id, "another correction has it"));
    }
    outbox::put(db, &review.receipt, &correction.outbox).await
}

pub(super) fn review(id: &str) -> Statement<'_, Review> {
    Statement::new("SELECT * FROM reviews WHERE id = $1").bind(id)
}

pub(super) fn open(after: Option<&str>, limit: u32) -> Statement<'_, Review> {
    let text = match after {
        None => {
            "SELECT * FROM reviews WHERE decided_us IS NULL AND $2 IS NULL
             ORDER BY opened_us, id LIMIT $1"
        }
        Some(_) => {
            "SELECT * FROM reviews WHERE decided_us IS NULL
             AND (opened_us, id) > (SELECT opened_us, id FROM reviews WHERE id = $2)
             ORDER BY opened_us, id LIMIT $1"
        }
    };
    Statement::new(text).bind(limit).bind(after)
}

pub(super) fn answered(after: Option<&str>, limit: u32) -> Statement<'_, Review> {
    let text = match after {
        None => {
            "SELECT * FROM reviews WHERE decided_us IS NOT NULL AND $2 IS NULL
             ORDER BY opened_us DESC, id DESC LIMIT $1"
        }
        Some(_) => {
            "SELECT * FROM reviews WHERE decided_us IS NOT NULL
             AND (opened_us, id) < (SELECT opened_us, id FROM reviews WHERE id = $2)
             ORDER BY opened_us DESC, id DESC LIMIT $1"
        }
    };
    Statement::new(text).bind(limit).bind(after)
}

pub(super) fn of_visit(visit: &str) -> Statement<'_, Review> {
    Statement::new("SELECT * FROM reviews WHERE visit = $1 ORDER BY opened_us, id").bind(visit)
}

/// How many are open, and when the oldest was opened.
pub(super) fn waiting<'q>() -> Statement<'q, (i64, Option<i64>)> {
    Statement::new("SELECT COUNT(*), MIN(opened_us) FROM reviews WHERE decided_us IS NULL")
}

pub(super) fn correction(id: &str) -> Statement<'_, StoredCorrection> {
    Statement::new("SELECT * FROM corrections WHERE id = $1").bind(id)
}

fn correction_after(review: &str) -> Statement<'_, StoredCorrection> {
    Statement::new("SELECT * FROM corrections WHERE review = $1").bind(review)
}

pub(super) fn corrections_of(receipt: &str) -> Statement<'_, StoredCorrection> {
    Statement::new("SELECT * FROM corrections WHERE receipt = $1 ORDER BY decided_us, id")
        .bind(receipt)
}

pub(super) fn corrections_of_visit(visit: &str) -> Statement<'_, StoredCorrection> {
    Statement::new("SELECT * FROM corrections WHERE visit = $1 ORDER BY decided_us, id").bind(visit)
}
