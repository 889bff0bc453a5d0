//! How hard the outbox tries: values that can't be wrong, each with its reason.

use std::{hash::Hasher, time::Duration};

use fnv::FnvHasher;

/// A setting that makes no sense.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{setting} is {value:?}, and must be {wanted}")]
pub struct LimitError {
    /// Its name.
    pub setting: &'static str,
    /// What it was to be.
    pub value: String,
    /// What it may be.
    pub wanted: &'static str,
}

/// The pause before the next attempt: it doubles from `first` to `cap`, and is shortened by up to
/// half, differently for each entry, so that a service that comes back is not met by all at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    first: Duration,
    cap: Duration,
}

impl Backoff {
    /// # Errors
    ///
    /// Unless 0 < first ≤ cap ≤ 1 day: longer and a charge would outlive the card's authorisation
    /// unseen.
    pub fn new(first: Duration, cap: Duration) -> Result<Self, LimitError> {
        const DAY: Duration = Duration::from_secs(86_400);
        if first.is_zero() || first > cap {
            return Err(LimitError {
                setting: "the first pause between attempts",
                value: format!("{first:?}"),
                wanted: "above zero and at most the longest pause",
            });
        }
        if cap > DAY {
            return Err(LimitError {
                setting: "the longest pause between attempts",
                value: format!("{cap:?}"),
                wanted: "at most a day",
            });
        }
        Ok(Self { first, cap })
    }

    /// The pause after `failed` attempts in vain, at least one. The same for the same entry, on
    /// whichever node.
    #[must_use]
    pub fn pause(&self, entry: &str, failed: u32) -> Duration {
        let doubled = 1_u32
            .checked_shl(failed.saturating_sub(1))
            .unwrap_or(u32::MAX);
        let full = self.first.saturating_mul(doubled).min(self.cap);
        let half = full / 2;
        let mut name = FnvHasher::default();
        name.write(entry.as_bytes());
        name.write(&failed.to_le_bytes());
        let per_mille = u32::try_from(name.finish() % 1_000).unwrap_or(0);
        half + half.saturating_mul(per_mille) / 1_000
    }
}

/// What the outbox worker may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    parallel: usize,
    attempt: Duration,
    poll: Duration,
    backoff: Backoff,
}

impl Limits {
    /// - `parallel`: entries in hand at once. One slow charge must not hold up the next receipt;
    ///   more than a payment service wants at once only earns refusals.
    /// - `attempt`: how long the other side may take to answer. It may have acted even when it did
    ///   not answer, so a longer wait spares a question, not a fault.
    /// - `poll`: how often the ledger is asked without being woken, which is how late a retry may
    ///   be and how soon another node's entries are found.
    /// - `backoff`: the pause after an attempt in vain.
    ///
    /// # Errors
    ///
    /// Unless `parallel` is in 1..=256 and the times are above zero and at most ten minutes.
    pub fn new(
        parallel: usize,
        attempt: Duration,
        poll: Duration,
        backoff: Backoff,
    ) -> Result<Self, LimitError> {
        if !(1..=256).contains(&parallel) {
            return Err(LimitError {
                setting: "the number of outbox entries in hand",
                value: parallel.to_string(),
                wanted: "from 1 to 256",
            });
        }
        let times = [
            ("the time for one attempt", attempt),
            ("the polling interval", poll),
        ];
        for (setting, value) in times {
            if value.is_zero() || value > Duration::from_secs(600) {
                return Err(LimitError {
                    setting,
                    value: format!("{value:?}"),
                    wanted: "above zero and at most ten minutes",
                });
            }
        }
        Ok(Self {
            parallel,
            attempt,
            poll,
            backoff,
        })
    }

    pub(crate) const fn parallel(&self) -> usize {
        self.parallel
    }

    pub(crate) const fn attempt(&self) -> Duration {
        self.attempt
    }

    pub(crate) const fn poll(&self) -> Duration {
        self.poll
    }

    pub(crate) const fn backoff(&self) -> &Backoff {
        &self.backoff
    }
}

impl Default for Limits {
    /// A busy exit settles a few visits a second, and a charge takes about a second: 16 in hand.
    /// Card networks answer within ten seconds or not at all. A first retry within a second hides a
    /// hiccup from the shopper; every five minutes is enough for a service that is down.
    fn default() -> Self {
        Self {
            parallel: 16,
            attempt: Duration::from_secs(10),
            poll: Duration::from_secs(1),
            backoff: Backoff {
                first: Duration::from_secs(1),
                cap: Duration::from_secs(300),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_pause_is_between_half_and_the_whole_of_the_doubled_and_never_beyond_the_cap(
            entry in ".{0,20}",
            failed in 1..u32::MAX,
        ) {
            let backoff = Limits::default().backoff;
            let pause = backoff.pause(&entry, failed);
            let full = backoff.first.saturating_mul(2_u32.saturating_pow(failed - 1)).min(backoff.cap);
            prop_assert!(pause >= full / 2 && pause <= full, "{pause:?} of {full:?}");
            prop_assert_eq!(pause, backoff.pause(&entry, failed));
        }
    }

    #[test]
    fn pauses_of_many_entries_are_spread() {
        let backoff = Limits::default().backoff;
        let late =
            (0..1_000).filter(|i| backoff.pause(&format!("r-{i}/charge"), 1).as_millis() >= 750);
        let late = late.count();
        assert!(
            (400..600).contains(&late),
            "{late} of 1000 in the later half"
        );
    }

    #[test]
    fn settings_that_make_no_sense_are_refused() {
        let second = Duration::from_secs(1);
        assert!(Backoff::new(Duration::ZERO, second).is_err());
        assert!(Backoff::new(second * 2, second).is_err());
        assert!(Backoff::new(second, second * 86_401).is_err());
        let backoff = Backoff::new(second, second).unwrap();
        assert!(Limits::new(0, second, second, backoff).is_err());
        assert!(Limits::new(1, Duration::ZERO, second, backoff).is_err());
        let error = Limits::new(1, second, second * 601, backoff).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("the polling interval is \"601s\""),
            "{error}"
        );
    }
}
