//! Interference that tests can order: nothing here happens unless a test asks for it.

use std::{fmt, sync::Arc};

type BeforeFold = dyn Fn(&str, u64) + Send + Sync;

/// What a test wants to happen.
#[derive(Clone, Default)]
pub struct Hooks {
    before_fold: Option<Arc<BeforeFold>>,
}

impl Hooks {
    /// Calls `hook` with the device's id and the sequence before each frame of a shelf is folded; it
    /// may panic.
    #[must_use]
    pub fn on_fold(hook: impl Fn(&str, u64) + Send + Sync + 'static) -> Self {
        Self {
            before_fold: Some(Arc::new(hook)),
        }
    }

    pub(crate) fn before_fold(&self, device: &str, sequence: u64) {
        if let Some(hook) = &self.before_fold {
            hook(device, sequence);
        }
    }
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooks")
            .field("before_fold", &self.before_fold.is_some())
            .finish()
    }
}
