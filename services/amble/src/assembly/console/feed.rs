//! The floor, looked at again and again while somebody watches.
//!
//! 1. One look serves all who watch; it ends with the last of them.
//! 2. The newest look is what there is: who reads slowly misses looks, and holds nobody up.
//! 3. What changes slowly or costs more to ask for (nodes, reviews, alerts) is asked less often.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use amble_proto::v1::Floor;
use amble_store::Shop;
use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval},
};

use super::{alerts::Slow, floor};
use crate::assembly::inspect::Inspection;

/// How often the floor is looked at: people walk a quarter of a metre meanwhile.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// How many looks at the floor come to one at the rest.
const SLOW_EVERY: u32 = 8;

type Shown = watch::Receiver<Option<Arc<Floor>>>;

/// Who watches, and what they see.
#[derive(Debug)]
pub(super) struct Feed {
    shop: Arc<Shop>,
    inspection: Arc<Inspection>,
    shown: Arc<Mutex<Option<Shown>>>,
}

impl Feed {
    pub(super) fn new(shop: Arc<Shop>, inspection: Arc<Inspection>) -> Self {
        Self {
            shop,
            inspection,
            shown: Arc::default(),
        }
    }

    /// The floor from now on.
    pub(super) fn watch(&self) -> Shown {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        // One whose sender is gone has ended by a fault, and is begun anew.
        if let Some(shown) = &*shown
            && shown.has_changed().is_ok()
        {
            return shown.clone();
        }
        let (sender, receiver) = watch::channel(None);
        *shown = Some(receiver.clone());
        let (shop, inspection) = (Arc::clone(&self.shop), Arc::clone(&self.inspection));
        tokio::spawn(look(shop, inspection, sender, Arc::clone(&self.shown)));
        receiver
    }
}

/// Looks until nobody watches.
async fn look(
    shop: Arc<Shop>,
    inspection: Arc<Inspection>,
    sender: watch::Sender<Option<Arc<Floor>>>,
    shown: Arc<Mutex<Option<Shown>>>,
) {
    let mut ticks = interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut slow = Slow::default();
    for count in 0_u32.. {
        ticks.tick().await;
        if count.is_multiple_of(SLOW_EVERY) {
            slow = Slow::ask(&shop, &inspection).await;
        }
        let floor = floor::look(&shop, &slow).await;
        sender.send_replace(Some(Arc::new(floor)));
        let mut shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
        // The one that is kept for who comes next watches nothing.
        if sender.receiver_count() <= 1 {
            *shown = None;
            return;
        }
    }
}
