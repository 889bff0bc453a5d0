//! What the gateway asks for, answered by the shop: for [`devices`], for [`shoppers`] and for [`operators`].

mod devices;
mod operators;
mod shoppers;

use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use amble_engine::time::Time;
use amble_gateway::ports::ShopperError;
use amble_store::{Shop, pass::Issuer};

pub(super) use devices::{floor, sensor};

/// The shop behind the gateway's doors.
#[derive(Debug)]
pub struct Doors {
    shop: Arc<Shop>,
    plan_json: Arc<str>,
    /// Whether anything is authorised for visits, so that carts may have to say that it was declined.
    holds: bool,
    /// Who binds tickets to phones, if this shop does.
    binder: Option<Issuer>,
}

impl Doors {
    /// Doors to this shop.
    #[must_use]
    pub fn new(
        shop: Arc<Shop>,
        plan_json: Arc<str>,
        holds: bool,
        binder: Option<Issuer>,
    ) -> Arc<Self> {
        Arc::new(Self {
            shop,
            plan_json,
            holds,
            binder,
        })
    }
}

/// The wall clock.
fn wall_time() -> Time {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Time(i64::try_from(now.as_micros()).unwrap_or(i64::MAX))
}

/// The wall clock, in microseconds since the Unix epoch.
pub(super) fn wall_us() -> i64 {
    wall_time().0
}

impl Doors {
    /// Now, as passes are judged by it.
    fn now(&self) -> Time {
        self.shop.stats.decided_until().unwrap_or_else(wall_time)
    }

    fn not_now(error: &impl std::fmt::Display) -> ShopperError {
        ShopperError::NotNow {
            why: error.to_string(),
        }
    }
}
