//! The store room's metrics, each named and described in this one place.

use std::time::Duration;

use amble_cluster::Key;
use amble_engine::{
    planogram::Kind,
    time::{Round, Time},
};
use amble_proto::v1::{DeviceErrorCode, DeviceKind};
use metrics::{
    Gauge, Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};

use crate::names::{DISPUTE, DOUBT};

const REFUSED: &str = "amble_device_refused_by_actor_total";
const PASSED_OVER: &str = "amble_device_passed_over_total";
const LATE: &str = "amble_camera_late_frames_total";
const MATCHING: &str = "amble_camera_matching_seconds";
const BORN: &str = "amble_tracks_born_total";
const EXPLAINING: &str = "amble_interaction_explaining_seconds";
const DECISIONS: &str = "amble_decisions_total";
const RECEIPTS: &str = "amble_receipts_total";
const GUESTS_WITH_GOODS: &str = "amble_guests_left_with_goods_total";
const GUESTS_WITH: &str = "amble_guests_with_goods";
const UNDELIVERED: &str = "amble_messages_undelivered_total";
const RESTARTED: &str = "amble_actors_restarted_total";
const POISON: &str = "amble_messages_poisoned_total";
const UNREAD: &str = "amble_stored_unread_total";
const FENCED: &str = "amble_shards_fenced_total";
const LEDGER_AWAY: &str = "amble_shard_ledger_away";
const UNFIT_PLATES: &str = "amble_plates_unfit";
const SHARD_LOAD: &str = "amble_shard_load_ratio";
const OWN_LATENCY: &str = "amble_cart_own_latency_seconds";
const CART_LATENCY: &str = "amble_cart_latency_seconds";
const DECIDED_UNTIL: &str = "amble_decided_until_timestamp_seconds";
const SHARD_UNTIL: &str = "amble_shard_until_timestamp_seconds";
const OUTAGE: &str = "amble_shard_outage_seconds";
const CARTS: &str = "amble_carts_open";
const OPEN: &str = "amble_interactions_open";
const MISMATCHES: &str = "amble_shelf_mismatches";
const UNDECIDED: &str = "amble_interactions_undecided_total";
const REVIEWS_OPENED: &str = "amble_reviews_opened_total";
const REVIEWS_ANSWERED: &str = "amble_reviews_answered_total";
const REVIEWS_OPEN: &str = "amble_reviews_open";
const REVIEWS_OLDEST: &str = "amble_reviews_oldest_timestamp_seconds";

/// Says what each metric means, to whatever recorder is installed, and begins the counters: what never
/// happened is 0, and not unknown.
pub fn describe() {
    begin();
    describe_counter!(
        REFUSED,
        "Device messages refused behind the door, by reason; the door counts them as well."
    );
    describe_counter!(
        PASSED_OVER,
        "Times that a silent device was passed over, by kind."
    );
    describe_counter!(
        LATE,
        "Camera frames dropped because their round was closed."
    );
    describe_histogram!(
        MATCHING,
        Unit::Seconds,
        "Time to match one round of a camera."
    );
    describe_counter!(BORN, "Tracks born from detections that no track explained.");
    describe_histogram!(
        EXPLAINING,
        Unit::Seconds,
        "Time to attribute one interaction."
    );
    describe_counter!(
        DECISIONS,
        "Decisions, by whether they are first ones or revisions."
    );
    describe_counter!(
        UNREAD,
        "Stored states and entries that were passed over because they could not be read, by reason: version (another version wrote them), damaged."
    );
    describe_counter!(
        FENCED,
        "Writes that the ledger refused because the shard has a newer owner."
    );
    describe_counter!(RECEIPTS, "Receipts written.");
    describe_counter!(
        GUESTS_WITH_GOODS,
        "Guests who left with goods that no visit paid for."
    );
    describe_gauge!(
        GUESTS_WITH,
        "Guests in the shop who hold goods: tailgaters, or people whose pass was not read."
    );
    describe_counter!(
        UNDELIVERED,
        "Messages to actors that were not there; they are sent again."
    );
    describe_counter!(
        RESTARTED,
        "Actors that failed and were started anew, by kind."
    );
    describe_counter!(
        POISON,
        "Messages set aside because they ended their actor three times."
    );
    describe_gauge!(LEDGER_AWAY, "1 while a shard waits for the ledger, else 0.");
    describe_gauge!(
        UNFIT_PLATES,
        "Plates that are not believed, by zone and why: stuck (the same reading for a minute), noisy."
    );
    describe_gauge!(
        SHARD_LOAD,
        "Share of a CPU core that a shard's actors are busy, smoothed; 0 where it is not measured."
    );
    describe_histogram!(
        OWN_LATENCY,
        Unit::Seconds,
        "Time from the last message that a decision needed to the cart's update."
    );
    describe_histogram!(
        CART_LATENCY,
        Unit::Seconds,
        "Time from the frame that settled a weight change to the cart's update."
    );
    describe_gauge!(
        DECIDED_UNTIL,
        Unit::Seconds,
        "Event time up to which everything is decided."
    );
    describe_gauge!(
        SHARD_UNTIL,
        Unit::Seconds,
        "Event time up to which a shard has done its part; 0 where it is no more."
    );
    describe_histogram!(
        OUTAGE,
        Unit::Seconds,
        "Times for which a shard did nothing new, above 0.3 s, as the bookkeeper heard it."
    );
    describe_gauge!(CARTS, "Visits whose carts are open, by shard.");
    describe_gauge!(
        OPEN,
        "Interactions that are not decided for good; later evidence may still change them."
    );
    describe_gauge!(
        MISMATCHES,
        "Places where something else stands than the plan says, by kind: wrong_place, empty, wrong_product."
    );
    describe_counter!(
        UNDECIDED,
        "Interactions that were still open when a visit was settled, and were left out in the shopper's favour."
    );
    describe_counter!(
        REVIEWS_OPENED,
        "Reviews opened, by why: a doubt that costs more than a review, or a shopper's dispute."
    );
    describe_counter!(
        REVIEWS_ANSWERED,
        "Reviews answered, by verdict: charged rightly, or corrected."
    );
    describe_gauge!(REVIEWS_OPEN, "Reviews that wait for an answer.");
    describe_gauge!(
        REVIEWS_OLDEST,
        Unit::Seconds,
        "Event time at which the oldest review was opened that waits for an answer; 0: none waits."
    );
}

fn begin() {
    for name in [
        LATE,
        BORN,
        RECEIPTS,
        GUESTS_WITH_GOODS,
        UNDECIDED,
        UNDELIVERED,
        POISON,
        FENCED,
    ] {
        counter!(name).increment(0);
    }
    for code in (1..).map_while(|code| DeviceErrorCode::try_from(code).ok()) {
        counter!(REFUSED, "reason" => code.as_str_name()).increment(0);
    }
    for kind in [DeviceKind::Camera, DeviceKind::Shelf, DeviceKind::Gate] {
        counter!(PASSED_OVER, "kind" => kind.word()).increment(0);
    }
    for kind in ["first", "revision"] {
        counter!(DECISIONS, "kind" => kind).increment(0);
    }
    for why in [DOUBT, DISPUTE] {
        counter!(REVIEWS_OPENED, "why" => why).increment(0);
    }
    for verdict in ["right", "corrected"] {
        counter!(REVIEWS_ANSWERED, "verdict" => verdict).increment(0);
    }
    for reason in ["version", "damaged"] {
        counter!(UNREAD, "reason" => reason).increment(0);
    }
    for kind in ["shard", "device"] {
        counter!(RESTARTED, "kind" => kind).increment(0);
    }
}

/// A number that somebody shows while they are here; 0 again when they go.
#[derive(Debug)]
pub(crate) struct Shown(Gauge);

impl Shown {
    pub(crate) fn count(&self, count: usize) {
        self.0.set(count as f64);
    }

    /// The end of a round.
    pub(crate) fn until(&self, round: Round) {
        self.0.set(round.end().0 as f64 * 1e-6);
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        self.0.set(0.0);
    }
}

/// Up to when a shard has done its part, in seconds since the Unix epoch.
pub(crate) fn shard_until(shard: &Key) -> Shown {
    Shown(gauge!(SHARD_UNTIL, "shard" => shard.to_string()))
}

/// How many visits a bucket has open.
pub(crate) fn carts(shard: &Key) -> Shown {
    Shown(gauge!(CARTS, "shard" => shard.to_string()))
}

/// How many interactions the bookkeeper has open.
pub(crate) fn open_interactions() -> Shown {
    Shown(gauge!(OPEN))
}

/// What waits at the desk for reviews.
#[derive(Debug)]
pub(crate) struct Waiting {
    open: Shown,
    oldest: Shown,
}

impl Waiting {
    pub(crate) fn show(&self, open: u64, oldest_us: Option<i64>) {
        self.open.0.set(open as f64);
        self.oldest.0.set(oldest_us.unwrap_or(0) as f64 * 1e-6);
    }
}

pub(crate) fn reviews_waiting() -> Waiting {
    Waiting {
        open: Shown(gauge!(REVIEWS_OPEN)),
        oldest: Shown(gauge!(REVIEWS_OLDEST)),
    }
}

/// How many guests hold goods.
pub(crate) fn guests_with_goods() -> Shown {
    Shown(gauge!(GUESTS_WITH))
}

/// Where something else stands than the plan says.
#[derive(Debug)]
pub(crate) struct Mismatched([Shown; 3]);

impl Mismatched {
    pub(crate) fn show(&self, kind: Kind, count: usize) {
        let [wrong_place, empty, wrong_product] = &self.0;
        match kind {
            Kind::WrongPlace => wrong_place.count(count),
            Kind::Empty => empty.count(count),
            Kind::WrongProduct => wrong_product.count(count),
        }
    }
}

pub(crate) fn mismatched() -> Mismatched {
    let kinds = ["wrong_place", "empty", "wrong_product"];
    Mismatched(kinds.map(|kind| Shown(gauge!(MISMATCHES, "kind" => kind))))
}

pub(crate) fn review_opened(why: &'static str, count: usize) {
    counter!(REVIEWS_OPENED, "why" => why).increment(count as u64);
}

pub(crate) fn review_answered(corrected: bool) {
    let verdict = if corrected { "corrected" } else { "right" };
    counter!(REVIEWS_ANSWERED, "verdict" => verdict).increment(1);
}

pub(crate) fn was_out(shard: &str, outage: Duration) {
    histogram!(OUTAGE, "shard" => shard.to_owned()).record(outage);
}

pub(crate) fn undecided(interactions: usize) {
    counter!(UNDECIDED).increment(interactions as u64);
}

pub(crate) fn refused(code: DeviceErrorCode) {
    counter!(REFUSED, "reason" => code.as_str_name()).increment(1);
}

pub(crate) fn shard_load(shard: &str, us: u64) {
    gauge!(SHARD_LOAD, "shard" => shard.to_owned()).set(us as f64 * 1e-6);
}

/// So many plates of a zone more, or less, are not believed.
pub(crate) fn unfit_plates(zone: &str, why: &'static str, more: f64) {
    gauge!(UNFIT_PLATES, "shard" => zone.to_owned(), "why" => why).increment(more);
}

pub(crate) fn passed_over(kind: DeviceKind) {
    counter!(PASSED_OVER, "kind" => kind.word()).increment(1);
}

pub(crate) fn late_frame() {
    counter!(LATE).increment(1);
}

pub(crate) fn matched(took: Duration) {
    histogram!(MATCHING).record(took);
}

pub(crate) fn born() {
    counter!(BORN).increment(1);
}

pub(crate) fn explained(took: Duration) {
    histogram!(EXPLAINING).record(took);
}

pub(crate) fn decided(revision: bool) {
    counter!(DECISIONS, "kind" => if revision { "revision" } else { "first" }).increment(1);
}

pub(crate) fn receipt() {
    counter!(RECEIPTS).increment(1);
}

pub(crate) fn guest_left_with_goods() {
    counter!(GUESTS_WITH_GOODS).increment(1);
}

pub(crate) fn undelivered() {
    counter!(UNDELIVERED).increment(1);
}

pub(crate) fn restarted(kind: &'static str) {
    counter!(RESTARTED, "kind" => kind).increment(1);
}

pub(crate) fn poisoned() {
    counter!(POISON).increment(1);
}

pub(crate) fn ledger_is_away(shard: &str) {
    gauge!(LEDGER_AWAY, "shard" => shard.to_owned()).set(1.0);
}

pub(crate) fn ledger_is_back(shard: &str) {
    gauge!(LEDGER_AWAY, "shard" => shard.to_owned()).set(0.0);
}

pub(crate) fn cart_updated(own: Duration, since_settled: Duration) {
    histogram!(OWN_LATENCY).record(own);
    histogram!(CART_LATENCY).record(since_settled);
}

pub(crate) fn decided_until(until: Time) {
    gauge!(DECIDED_UNTIL).set(until.0 as f64 * 1e-6);
}

/// What is stored was passed over.
pub(crate) fn unread(reason: &'static str) {
    counter!(UNREAD, "reason" => reason).increment(1);
}

/// The ledger refused an owner that is no longer the newest.
pub(crate) fn fenced() {
    counter!(FENCED).increment(1);
}
