//! Interference that tests can order: nothing here happens unless a test asks for it.

use std::{fmt, sync::Arc};

use amble_engine::time::Round;

type BeforeFold = dyn Fn(&str, u64) + Send + Sync;
type BeforeReport = dyn Fn(Round) + Send + Sync;
type BeforeWord = dyn Fn(&str, Round) + Send + Sync;

/// What a test wants to happen.
#[derive(Clone, Default)]
pub struct Hooks {
    before_fold: Option<Arc<BeforeFold>>,
    before_word: Option<Arc<BeforeWord>>,
    before_report: Option<Arc<BeforeReport>>,
    acks_early: bool,
}

impl Hooks {
    /// Breaks rule L1: shelves ack what they have taken before it is stored.
    #[must_use]
    pub fn acks_early(self, acks_early: bool) -> Self {
        Self { acks_early, ..self }
    }

    /// Calls `hook` with the device's id and the sequence before each frame of a shelf is folded; it
    /// may panic.
    #[must_use]
    pub fn on_fold(self, hook: impl Fn(&str, u64) + Send + Sync + 'static) -> Self {
        Self {
            before_fold: Some(Arc::new(hook)),
            ..self
        }
    }

    /// Calls `hook` with a shard's key and the round before it tells a peer of a round, in the midst
    /// of its work on it; it may panic.
    #[must_use]
    pub fn on_word(self, hook: impl Fn(&str, Round) + Send + Sync + 'static) -> Self {
        Self {
            before_word: Some(Arc::new(hook)),
            ..self
        }
    }

    /// Calls `hook` with the round whose interactions a zone has in the ledger and reports next; it may
    /// panic.
    #[must_use]
    pub fn on_report(self, hook: impl Fn(Round) + Send + Sync + 'static) -> Self {
        Self {
            before_report: Some(Arc::new(hook)),
            ..self
        }
    }

    pub(crate) fn breaks_acks(&self) -> bool {
        self.acks_early
    }

    pub(crate) fn before_fold(&self, device: &str, sequence: u64) {
        if let Some(hook) = &self.before_fold {
            hook(device, sequence);
        }
    }

    pub(crate) fn before_word(&self, shard: &str, round: Round) {
        if let Some(hook) = &self.before_word {
            hook(shard, round);
        }
    }

    pub(crate) fn before_report(&self, round: Round) {
        if let Some(hook) = &self.before_report {
            hook(round);
        }
    }
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooks")
            .field("before_fold", &self.before_fold.is_some())
            .field("before_word", &self.before_word.is_some())
            .field("before_report", &self.before_report.is_some())
            .field("acks_early", &self.acks_early)
            .finish()
    }
}
