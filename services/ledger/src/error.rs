//! What can go wrong, and what to do about it.

/// Why the ledger said no.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// The shard has a newer owner (rule L3), or a claim found its own epoch taken. Nothing was written.
    #[error(
        "shard {shard} has been claimed by another owner in epoch {newer}, and this one, of epoch {held}, \
         may not write: stop it; the other replays its work"
    )]
    Fenced {
        /// The shard.
        shard: String,
        /// The epoch of the one who asked.
        held: u64,
        /// The epoch that the ledger knows: a newer one or, of a claim, the same.
        newer: u64,
    },
    /// An append in an epoch that was not claimed first (rule L3). Nothing was written.
    #[error(
        "shard {shard} has not been claimed in epoch {offered} (the ledger knows {claimed}): \
         claim, then read, then append"
    )]
    Unclaimed {
        /// The shard.
        shard: String,
        /// The epoch of the one who asked.
        offered: u64,
        /// The epoch that the ledger knows; 0: none.
        claimed: u64,
    },
    /// A device's state does not follow the stored one (rule L1). Nothing was written.
    #[error(
        "device {device} stands at sequence {stored} in the ledger, and a state that continues from \
         {offered} does not follow it: read the stored state and fold from there"
    )]
    NotContinuing {
        /// The device.
        device: String,
        /// Sequence of the stored state; 0: none.
        stored: u64,
        /// Sequence that the refused state continues from.
        offered: u64,
    },
    /// An entry that can never be written. Nothing was.
    #[error("{what} can't be stored: {why}")]
    Invalid {
        /// Which entry.
        what: String,
        /// What is wrong with it.
        why: String,
    },
    /// The database can't be used right now; what was asked may be asked again.
    #[error("the ledger is unavailable ({reason}): {advice}, then ask again")]
    Unavailable {
        /// What the database said.
        reason: String,
        /// What helps.
        advice: &'static str,
    },
    /// What is there is no ledger, or a damaged one.
    #[error(
        "the ledger can't be read ({reason}): set it aside and restore the latest copy; devices \
         send again what was not acknowledged"
    )]
    Corrupt {
        /// What the database said.
        reason: String,
    },
    /// It was written by a newer version.
    #[error(
        "the ledger was written by a newer version ({reason}): run that version or a later one; \
         nothing was changed"
    )]
    TooNew {
        /// What the migrations said.
        reason: String,
    },
    /// The ledger has been closed in this process.
    #[error("the ledger has been closed: this process is stopping")]
    Closed,
}

impl LedgerError {
    /// Whether it refuses one request and says nothing about the others.
    #[must_use]
    pub const fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::Fenced { .. }
                | Self::Unclaimed { .. }
                | Self::NotContinuing { .. }
                | Self::Invalid { .. }
        )
    }

    /// Whether the same request may succeed later.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }

    /// The names below.
    pub(crate) const REASONS: [&'static str; 8] = [
        "fenced",
        "unclaimed",
        "not_continuing",
        "invalid",
        "unavailable",
        "corrupt",
        "too_new",
        "closed",
    ];

    /// Its name in metrics.
    pub(crate) const fn as_str(&self) -> &'static str {
        match self {
            Self::Fenced { .. } => "fenced",
            Self::Unclaimed { .. } => "unclaimed",
            Self::NotContinuing { .. } => "not_continuing",
            Self::Invalid { .. } => "invalid",
            Self::Unavailable { .. } => "unavailable",
            Self::Corrupt { .. } => "corrupt",
            Self::TooNew { .. } => "too_new",
            Self::Closed => "closed",
        }
    }
}
