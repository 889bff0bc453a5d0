//! A node that alone has lost the ledger gives its shards away.
//!
//! 1. It has lost it alone when a write of its own waits while others' cuts get ahead of its own by
//!    [`BEHIND`]. When the ledger is away for all, no cut moves, and nothing would be gained.
//! 2. It does so while all shards still have a cut in common: when they have none, what this node has
//!    could not begin anew anywhere if it died.
//! 3. It takes shards again when the ledger answers it. What an operator drained stays drained.

use std::{sync::Arc, time::Duration};

use amble_ledger::KEEP_CUTS;
use tokio::time::{MissedTickBehavior, interval};

use crate::{
    network::Placing,
    round::{CUT_EVERY, REPLAY},
    shop::Shop,
};

/// How many rounds the others are ahead: more than a slow write, three seconds.
const BEHIND: i64 = 30;

// The moves themselves take time: at least five seconds are left for them.
const _: () = assert!(BEHIND + REPLAY + 5 * CUT_EVERY <= KEEP_CUTS as i64 * CUT_EVERY);

/// How often it looks.
const LOOK_EVERY: Duration = Duration::from_millis(500);

impl Shop {
    /// Looks after this for as long as there is a shop.
    pub(crate) fn give_way(self: &Arc<Self>) {
        if self.placing.is_none() {
            return;
        }
        let shop = Arc::downgrade(self);
        tokio::spawn(async move {
            let mut gave_way = false;
            let mut look = interval(LOOK_EVERY);
            look.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                look.tick().await;
                let Some(shop) = shop.upgrade() else { return };
                let Some(placing) = &shop.placing else { return };
                if gave_way {
                    gave_way = !shop.reaches_the_ledger().await;
                } else {
                    gave_way = shop.has_lost_the_ledger_alone(placing);
                    if !gave_way {
                        continue;
                    }
                }
                placing.member.set_draining(gave_way);
            }
        });
    }

    fn has_lost_the_ledger_alone(&self, placing: &Placing) -> bool {
        let is_own = |shard: &str| {
            let owner = placing.table.owner(shard);
            owner.is_some_and(|owner| owner.node == placing.me)
        };
        let status = placing.member.status();
        let me = status.borrow().nodes.get(&placing.me).cloned();
        let drains = me.is_some_and(|me| me.draining);
        if drains || !self.stats.ledger_is_away() {
            return false;
        }
        let behind = self.durable.behind(is_own).unwrap_or_default();
        if behind > BEHIND {
            tracing::warn!(
                rounds = behind,
                "this node can't write to the ledger, others can: its shards shall go to them"
            );
        }
        behind > BEHIND
    }

    async fn reaches_the_ledger(&self) -> bool {
        let answer = self.ledger.epoch(self.keys.book().as_str()).await;
        if answer.is_ok() {
            tracing::info!("this node can write to the ledger again and takes shards");
        }
        answer.is_ok()
    }
}
