//! The floor.

use amble_proto::v1;
use serde::Serialize;

use super::{super::super::form::Money, state};

/// The floor as it is now.
#[derive(Debug, Serialize)]
pub(in super::super) struct Floor<'a> {
    as_of_us: i64,
    decided_until_us: i64,
    lag_us: Option<i64>,
    arm_m: f64,
    suspect_radius_m: f64,
    parties: Vec<Party<'a>>,
    zones: Vec<Zone<'a>>,
    open: Vec<Open<'a>>,
    open_reviews: u64,
    oldest_review_us: Option<i64>,
    alerts: Vec<Alert<'a>>,
    unanswered: &'a [String],
}

#[derive(Debug, Serialize)]
struct Party<'a> {
    /// The visit, or the guest's key.
    id: &'a str,
    guest: bool,
    size: u32,
    state: &'static str,
    people: Vec<Person<'a>>,
    units: u32,
    open_lines: u32,
    total: Option<Money<'a>>,
}

#[derive(Debug, Serialize)]
struct Person<'a> {
    track: &'a str,
    x: f64,
    y: f64,
    unseen_s: f64,
}

#[derive(Debug, Serialize)]
struct Zone<'a> {
    id: &'a str,
    node: &'a str,
    epoch: u64,
    moving: &'a [String],
    devices: u32,
    absent: u32,
}

#[derive(Debug, Serialize)]
struct Open<'a> {
    id: &'a str,
    shelf: &'a str,
}

#[derive(Debug, Serialize)]
struct Alert<'a> {
    name: &'a str,
    severity: &'static str,
    subject: &'a str,
    value: f64,
    text: &'a str,
}

/// Millimetres are enough to draw with.
fn rounded(metres: f64) -> f64 {
    (metres * 1_000.0).round() / 1_000.0
}

fn seconds(length: Option<&amble_proto::Duration>) -> f64 {
    length.map_or(0.0, |length| {
        rounded(length.seconds as f64 + f64::from(length.nanos) * 1e-9)
    })
}

impl<'a> From<&'a v1::TrackedPerson> for Person<'a> {
    fn from(person: &'a v1::TrackedPerson) -> Self {
        Self {
            track: &person.track,
            x: rounded(person.x_m),
            y: rounded(person.y_m),
            unseen_s: seconds(person.unseen.as_ref()),
        }
    }
}

impl<'a> From<&'a v1::PartyState> for Party<'a> {
    fn from(party: &'a v1::PartyState) -> Self {
        let guest = party.visit_id.is_empty();
        Self {
            id: if guest {
                &party.shopper_key
            } else {
                &party.visit_id
            },
            guest,
            size: party.party_size,
            state: state(party.visit_state()),
            people: party.people.iter().map(Person::from).collect(),
            units: party.units,
            open_lines: party.open_lines,
            total: party.total.as_ref().map(Money::from),
        }
    }
}

impl<'a> From<&'a v1::FloorZone> for Zone<'a> {
    fn from(zone: &'a v1::FloorZone) -> Self {
        Self {
            id: &zone.zone_id,
            node: &zone.node_id,
            epoch: zone.epoch,
            moving: &zone.moving_shelves,
            devices: zone.devices,
            absent: zone.absent_devices,
        }
    }
}

impl<'a> From<&'a v1::Alert> for Alert<'a> {
    fn from(alert: &'a v1::Alert) -> Self {
        Self {
            name: &alert.name,
            severity: match alert.severity() {
                v1::AlertSeverity::Critical => "critical",
                v1::AlertSeverity::Warning => "warning",
                v1::AlertSeverity::Info | v1::AlertSeverity::Unspecified => "info",
            },
            subject: &alert.subject,
            value: alert.value,
            text: &alert.text,
        }
    }
}

impl<'a> From<&'a v1::Floor> for Floor<'a> {
    fn from(floor: &'a v1::Floor) -> Self {
        let open = floor.open_interactions.iter().map(|open| Open {
            id: &open.interaction_id,
            shelf: &open.shelf_id,
        });
        Self {
            as_of_us: floor.as_of_us,
            decided_until_us: floor.decided_until_us,
            lag_us: floor.lag_us,
            arm_m: floor.arm_m,
            suspect_radius_m: floor.suspect_radius_m,
            parties: floor.parties.iter().map(Party::from).collect(),
            zones: floor.zones.iter().map(Zone::from).collect(),
            open: open.collect(),
            open_reviews: floor.open_reviews,
            oldest_review_us: floor.oldest_review_us,
            alerts: floor.alerts.iter().map(Alert::from).collect(),
            unanswered: &floor.unanswered,
        }
    }
}
