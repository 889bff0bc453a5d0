//! What ties a settled visit to a person is taken away; the books stay.
//!
//! 1. Gone: the address that the receipt went to, the payment method, what was said of either (a server may repeat them),
//!    the pass's use, and the visit's events, which hold them as they were shown.
//! 2. Staying: receipts, corrections, their numbers, totals and taxes, reviews with their verdicts, and the payment
//!    service's reference to what it charged: without it nothing can be given back, nor checked against its books.
//! 3. Only a visit whose every entry and hold has ended: what is under way needs what it would lose.
//! 4. Again changes nothing.

use super::{database::Session, statement::Statement};
use crate::{error::LedgerError, record::Whose};

/// What has still something to forget, of visits settled before `$1`.
macro_rules! left_where {
    ($whose:literal) => {
        concat!(
            "SELECT receipts.visit FROM receipts WHERE receipts.settled_us < $1 AND ",
            $whose,
            " AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.receipt = receipts.id AND outbox.outcome IS NULL)
              AND NOT EXISTS (SELECT 1 FROM holds WHERE holds.visit = receipts.visit
                  AND holds.state IN ('wanted', 'asked', 'held'))
              AND (EXISTS (SELECT 1 FROM outbox WHERE outbox.receipt = receipts.id AND outbox.body <> '')
                OR EXISTS (SELECT 1 FROM outbox WHERE outbox.receipt = receipts.id AND outbox.note <> ''
                  AND NOT (outbox.kind IN ('charge', 'refund') AND outbox.outcome = 'delivered'))
                OR EXISTS (SELECT 1 FROM holds WHERE holds.visit = receipts.visit AND holds.method <> '')
                OR EXISTS (SELECT 1 FROM visit_events WHERE visit_events.visit = receipts.visit)
                OR EXISTS (SELECT 1 FROM passes_used WHERE passes_used.visit = receipts.visit))
              ORDER BY receipts.settled_us, receipts.id LIMIT $2"
        )
    };
}

/// Visits of which something is left to forget, the one settled first first.
pub(super) fn visits(
    whose: &Whose,
    settled_before_us: i64,
    limit: u32,
) -> Statement<'_, (String,)> {
    let (text, who) = match whose {
        Whose::Everybody => (left_where!("$3 IS NULL"), None),
        Whose::Visit(visit) => (left_where!("receipts.visit = $3"), Some(visit)),
        // A method that is kept with a customer is `CUSTOMER/METHOD`.
        Whose::Subject(subject) => (
            left_where!(
                "(EXISTS (SELECT 1 FROM outbox WHERE outbox.receipt = receipts.id
                    AND (outbox.body = $3 OR SUBSTR(outbox.body, 1, LENGTH($3) + 1) = $3 || '/'))
                  OR EXISTS (SELECT 1 FROM holds WHERE holds.visit = receipts.visit
                    AND (holds.method = $3 OR SUBSTR(holds.method, 1, LENGTH($3) + 1) = $3 || '/')))"
            ),
            Some(subject),
        ),
    };
    Statement::new(text)
        .bind(settled_before_us)
        .bind(limit)
        .bind(who.map(String::as_str))
}

/// Forgets a visit; how many rows changed.
pub(super) async fn visit(db: &mut impl Session, visit: &str) -> Result<u64, LedgerError> {
    let mut rows = 0;
    for text in [
        "UPDATE outbox SET body = '',
             note = CASE WHEN kind IN ('charge', 'refund') AND outcome = 'delivered' THEN note ELSE '' END
         WHERE outcome IS NOT NULL AND receipt IN (SELECT id FROM receipts WHERE visit = $1)
         AND (body <> '' OR (note <> '' AND NOT (kind IN ('charge', 'refund') AND outcome = 'delivered')))",
        "UPDATE holds SET method = '', note = '' WHERE visit = $1 AND method <> ''
         AND state NOT IN ('wanted', 'asked', 'held')",
        "DELETE FROM visit_events WHERE visit = $1",
        "DELETE FROM passes_used WHERE visit = $1",
    ] {
        rows += db.write(&Statement::new(text).bind(visit)).await?;
    }
    Ok(rows)
}

/// The newest round of any cut: how far the shop's memory goes.
pub(super) fn newest_cut<'q>() -> Statement<'q, (Option<i64>,)> {
    Statement::new("SELECT MAX(round) FROM cuts")
}
