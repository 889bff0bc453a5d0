//! How much is authorised for a visit, and when more is.
//!
//! 1. At the entry `first`; when a cart's total passes what is held, as many steps of `step` more as cover it.
//! 2. The same total wants the same hold, wherever and how often it is asked: the n-th is `first + (n − 1) × step`.
//! 3. A visit that shows no way to pay has none.

use amble_ledger::Entry;

use crate::{limits::LimitError, payment::Money};

/// Raises of one visit; a cart beyond is charged anew at its exit.
const MOST: i64 = 1_000;

/// What is authorised, in minor units of the store's currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holds {
    first: i64,
    step: i64,
}

impl Holds {
    /// `first` at the entry, and `step` more at each raise.
    ///
    /// # Errors
    /// Unless both are above zero and sums of them are amounts.
    pub fn new(first: i64, step: i64) -> Result<Self, LimitError> {
        let sums = step
            .checked_mul(MOST)
            .and_then(|all| all.checked_add(first));
        if first <= 0 || step <= 0 || sums.is_none() {
            return Err(LimitError {
                setting: "what is authorised at the entry and at each raise",
                value: format!("{first} and {step}"),
                wanted: "above zero, and an amount a thousand times over",
            });
        }
        Ok(Self { first, step })
    }

    /// The ledger's entry of a visit that begins; nothing when it shows no way to pay.
    #[must_use]
    pub fn at_entry(
        &self,
        visit: &str,
        method: Option<&str>,
        currency: &str,
        opened_us: i64,
    ) -> Option<Entry> {
        Some(Entry::Hold {
            visit: visit.to_owned(),
            method: method?.to_owned(),
            amount_minor: self.first,
            currency: currency.to_owned(),
            opened_us,
        })
    }

    /// The number of the hold that a total wants, and its amount; nothing while the first covers it.
    #[must_use]
    pub fn raised(&self, total: &Money) -> Option<(u32, i64)> {
        let over = total.minor.saturating_sub(self.first);
        if over <= 0 {
            return None;
        }
        let steps = (over.saturating_sub(1) / self.step + 1).min(MOST);
        Some((
            u32::try_from(steps).ok()?.saturating_add(1),
            self.first + steps * self.step,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_raise_covers_the_total_by_whole_steps_and_no_more() {
        let holds = Holds::new(3_000, 2_000).unwrap();
        let of = |minor| {
            holds.raised(&Money {
                minor,
                currency: "EUR".to_owned(),
            })
        };
        for covered in [i64::MIN, 0, 2_999, 3_000] {
            assert_eq!(of(covered), None);
        }
        assert_eq!([of(3_001), of(5_000)], [Some((2, 5_000)); 2]);
        assert_eq!(of(5_001), Some((3, 7_000)));
        assert_eq!(of(i64::MAX), Some((1_001, 2_003_000)));
        for (first, step) in [(0, 1), (1, 0), (-1, 1), (1, i64::MAX)] {
            assert!(Holds::new(first, step).is_err(), "{first} {step}");
        }
    }

    #[test]
    fn who_shows_no_way_to_pay_has_nothing_held() {
        let holds = Holds::new(3_000, 3_000).unwrap();
        assert_eq!(holds.at_entry("v", None, "EUR", 7), None);
        assert!(holds.at_entry("v", Some("pm_1"), "EUR", 7).is_some());
    }
}
