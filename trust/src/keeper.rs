//! The process's certificate, for as long as it runs.
//!
//! 1. What lies in the folder is looked at every [`LOOK_EVERY`]; when it changed, new connections use the
//!    new pair. Those that are open stay as they are.
//! 2. A pair that can't be used is not taken: the old one stays, a counter and the log say so, and it is
//!    looked at again each time. A shop is not stopped by a bad file.
//! 3. Files are compared by what they hold: how they came there (a write, a rename, a symlink that was
//!    turned) makes no difference. One that is read half-written does not go with the others (rule 2).

use std::{
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use tokio::time::{MissedTickBehavior, interval};

use crate::{
    pair::{Pair, PairError, Texts},
    telemetry,
};

/// How often the folder is looked at: three small files, far more often than anybody changes them.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// See the rules above.
pub struct Keeper {
    folder: PathBuf,
    current: RwLock<(Texts, Arc<Pair>)>,
}

impl std::fmt::Debug for Keeper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keeper")
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}

impl Keeper {
    /// Reads the pair in a folder, and follows it for as long as somebody has the keeper.
    ///
    /// # Errors
    /// When it can't be used.
    pub async fn open(folder: &Path) -> Result<Arc<Self>, PairError> {
        let texts = Texts::read(folder).await?;
        let pair = Arc::new(Pair::new(&texts)?);
        telemetry::certificate(&pair);
        let keeper = Arc::new(Self {
            folder: folder.to_owned(),
            current: RwLock::new((texts, pair)),
        });
        let followed = Arc::downgrade(&keeper);
        tokio::spawn(async move {
            let mut look = interval(LOOK_EVERY);
            look.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let mut failing = false;
            loop {
                look.tick().await;
                let Some(keeper) = followed.upgrade() else {
                    return;
                };
                failing = keeper.look(failing).await;
            }
        });
        Ok(keeper)
    }

    /// The pair for a new connection.
    #[must_use]
    pub fn pair(&self) -> Arc<Pair> {
        let current = self.current.read();
        Arc::clone(&current.unwrap_or_else(PoisonError::into_inner).1)
    }

    /// Looks once. Gives whether what lies there can't be used; `failing` is what it gave before.
    async fn look(&self, failing: bool) -> bool {
        let read = match Texts::read(&self.folder).await {
            Ok(texts) if self.has(&texts) => Ok(None),
            Ok(texts) => Pair::new(&texts).map(|pair| Some((texts, Arc::new(pair)))),
            Err(error) => Err(error),
        };
        let fails = read.is_err();
        match read {
            Ok(None) => {}
            Ok(Some((texts, pair))) => {
                telemetry::certificate(&pair);
                telemetry::reloaded(true);
                let names = pair.names().shown();
                tracing::info!(folder = %self.folder.display(), names, "a new certificate is in use");
                let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
                *current = (texts, pair);
            }
            // Once each time that it begins: it may stand for days.
            Err(error) if !failing => {
                telemetry::reloaded(false);
                tracing::error!(
                    folder = %self.folder.display(), %error,
                    "the new certificate can't be used; the old one stays in use"
                );
            }
            Err(_) => {}
        }
        if fails != failing {
            telemetry::failing(fails);
        }
        fails
    }

    fn has(&self, texts: &Texts) -> bool {
        let current = self.current.read();
        current.unwrap_or_else(PoisonError::into_inner).0 == *texts
    }
}
