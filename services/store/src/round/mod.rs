//! What keeps everybody in step (rule T2).
//!
//! Shards exchange one message per round and pair, even when it is empty: its presence is the
//! sender's watermark. So everyone knows whom to wait for, and nobody waits for a message that is
//! still under way: round k uses what was issued in round k − [`LAG`].

mod gather;
mod outbox;
mod patience;
mod roll_call;

use amble_cluster::beat::FRONT_AFTER;
use amble_engine::{
    time::{ROUND_US, Round},
    tracking::{FULL_US, MATCHES_KEPT_US, REMEMBERED_S},
};

pub use gather::Gather;
pub use outbox::Outbox;
pub use patience::{LOOK, Patience};
pub use roll_call::RollCall;

/// Predictions issued in round k are used in round k + `LAG`: a frame's way to the shop (up to two
/// rounds) and the fusing (one) fit in it.
pub const LAG: i64 = 3;

/// Every so many rounds each shard stores its cut: once a second of event time (rule L4).
pub const CUT_EVERY: i64 = 10;

/// Whether zones and buckets store their cut at the end of this round.
#[must_use]
pub const fn is_cut(round: Round) -> bool {
    round.0.rem_euclid(CUT_EVERY) == 0
}

/// How many rounds a shard can send again: the ten seconds that cameras keep, and the lag.
pub const KEEP: i64 = 128;

/// A shard that starts again begins this long before its newest cut, so that what no cut holds
/// (appearance, and the last seconds of paths in full) is rebuilt from the cameras' last ten seconds. The
/// other three seconds are for what was sent and not cut, and for the outage; `recover` says what becomes
/// of a longer one.
pub const REPLAY: i64 = 70;

// What the first second of a replay shows only in part is forgotten by its newest cut; so it is in the
// predictions that were issued up to `LAG` rounds before that and are used after it.
const _: () = assert!(REMEMBERED_S * 10 + CUT_EVERY + LAG <= REPLAY);

// A change that comes to rest after the newest cut is witnessed as if nothing had happened.
const _: () = assert!(FULL_US / ROUND_US + CUT_EVERY <= REPLAY);

/// A zone that starts again while all buckets go on begins this long before its newest cut: who looks
/// like what, the buckets know; what its cameras matched in the last moments is in no cut.
pub const ZONE_REPLAY: i64 = 10;

const _: () = assert!(MATCHES_KEPT_US / ROUND_US + LAG <= ZONE_REPLAY);

// So buckets, which are declared before the zones, ask no zone for rounds from before it moved.
const _: () =
    assert!((REPLAY + CUT_EVERY - ZONE_REPLAY) * ROUND_US <= FRONT_AFTER.as_micros() as i64);
