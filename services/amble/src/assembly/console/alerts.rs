//! What is wrong now, by the conditions of the chart's alerts, as far as one node can say.
//!
//! 1. A name here is the name of an alert in `helm/amble/files`, and the bound is its bound: docs/OPERATIONS.md
//!    says what to do about either.
//! 2. Prometheus waits before it wakes somebody; who looks at the console sees what is so now.
//! 3. The worst comes first.

use std::time::{Duration, SystemTime};

use amble_gateway::ports::Inspectors as _;
use amble_ledger::OpenReviews;
use amble_proto::v1::{
    Alert, AlertSeverity, Event, EventKind, Floor, ListNodesResponse, NodeState,
};
use amble_store::{Percentiles, Shop};

use crate::assembly::inspect::Inspection;

/// Decisions may be so far behind the clock, and the clock so far behind them.
const BEHIND_US: i64 = 5_000_000;
const AHEAD_US: i64 = 2_000_000;
/// What shoppers are promised from a settled change to the cart.
const CART_US: u64 = 1_500_000;
/// Of a hundred devices, so many must be there.
const THERE: f64 = 0.95;
/// So many failures of actors in so long are too many.
const FAILURES: usize = 3;
const LATELY: Duration = Duration::from_secs(900);

/// What is asked less often than the floor.
#[derive(Debug, Default)]
pub(super) struct Slow {
    pub(super) reviews: OpenReviews,
    nodes: ListNodesResponse,
    failures: usize,
    poisoned: u64,
    ledger_fails: bool,
    carts: Option<Percentiles>,
}

impl Slow {
    pub(super) async fn ask(shop: &Shop, inspection: &Inspection) -> Self {
        let waiting = shop.ledger.reviews_waiting().await;
        let poison = shop.ledger.poison().await;
        Self {
            ledger_fails: waiting.is_err(),
            reviews: waiting.unwrap_or_default(),
            nodes: inspection.nodes().await,
            failures: failures(shop),
            poisoned: poison.map_or(0, |all| {
                all.iter().filter(|one| one.body.is_some()).count() as u64
            }),
            carts: Some(shop.stats.cart_latency()),
        }
    }
}

fn failures(shop: &Shop) -> usize {
    let now = SystemTime::now();
    let lately = |event: &Event| {
        let at = event.at.and_then(|at| SystemTime::try_from(at).ok());
        at.is_some_and(|at| now.duration_since(at).unwrap_or_default() < LATELY)
    };
    let failed = |event: &Event| {
        matches!(
            event.kind(),
            EventKind::ShardFailed | EventKind::DeviceFailed
        )
    };
    let events = shop.log.last();
    let failed = events.iter().filter(|event| failed(event) && lately(event));
    failed.count()
}

fn alert(name: &str, severity: AlertSeverity, subject: &str, value: f64, text: String) -> Alert {
    Alert {
        name: name.to_owned(),
        severity: severity.into(),
        subject: subject.to_owned(),
        value,
        text,
    }
}

/// What is wrong with this floor.
pub(super) fn of(floor: &Floor, slow: &Slow) -> Vec<Alert> {
    use AlertSeverity::{Critical, Warning};
    let mut alerts = Vec::new();
    let mut raise = |name, severity, subject: &str, value: f64, text| {
        alerts.push(alert(name, severity, subject, value, text));
    };
    let seconds = |us: i64| us as f64 * 1e-6;
    match floor.lag_us {
        Some(lag) if lag > BEHIND_US => {
            let behind = seconds(lag);
            let text = format!("decisions are {behind:.0} s behind the clock");
            raise("AmbleDecisionsBehind", Critical, "", behind, text);
        }
        Some(lag) if lag < -AHEAD_US => {
            let ahead = seconds(-lag);
            let text = format!("the shop is {ahead:.0} s ahead of the clock");
            raise("AmbleClockAhead", Warning, "", ahead, text);
        }
        _ => {}
    }
    let reports = slow.nodes.nodes.iter();
    let away = reports.filter(|node| node.report.as_ref().is_some_and(|r| r.ledger_away));
    for node in away {
        let text = format!("node {} can't write the ledger", node.name);
        raise("AmbleLedgerAway", Critical, &node.name, 0.0, text);
    }
    if slow.ledger_fails {
        let text = "this node can't read the ledger".to_owned();
        raise(
            "AmbleLedgerAway",
            Critical,
            &slow.nodes.answered_by,
            0.0,
            text,
        );
    }
    if slow.nodes.etcd_away {
        let text = "etcd is away: nothing moves until it is back".to_owned();
        raise("AmbleEtcdAway", Critical, "", 0.0, text);
    }
    for node in &slow.nodes.unanswered {
        let text = format!("node {node} does not answer");
        raise("AmbleNodeDown", Warning, node, 0.0, text);
    }
    for node in &slow.nodes.nodes {
        let (name, text) = match node.state() {
            NodeState::Silent => ("AmblePeerSilent", "is silent"),
            NodeState::PutOut => ("AmbleNodesPutOut", "was put out"),
            _ => continue,
        };
        let text = format!("node {} {text}", node.name);
        raise(name, Warning, &node.name, 0.0, text);
    }
    let devices: u32 = floor.zones.iter().map(|zone| zone.devices).sum();
    let absent: u32 = floor.zones.iter().map(|zone| zone.absent_devices).sum();
    if f64::from(devices - absent.min(devices)) < THERE * f64::from(devices) {
        let text = format!("{absent} of {devices} devices are not there");
        raise("AmbleDevicesGone", Critical, "", f64::from(absent), text);
    }
    if let Some(carts) = slow.carts.filter(|carts| carts.p99_us > CART_US) {
        let late = carts.p99_us as f64 * 1e-6;
        let text = format!("one cart in a hundred follows after more than {late:.1} s");
        raise("AmbleCartsSlow", Warning, "", late, text);
    }
    if slow.failures > FAILURES {
        let text = format!(
            "{} actors failed in the last quarter of an hour",
            slow.failures
        );
        raise("AmbleActorsFail", Warning, "", slow.failures as f64, text);
    }
    if slow.poisoned > 0 {
        let text = format!("{} messages were set aside", slow.poisoned);
        raise(
            "AmbleMessagePoisoned",
            Critical,
            "",
            slow.poisoned as f64,
            text,
        );
    }
    // Rule 3; of one kind in the order in which they are asked about.
    alerts.sort_by_key(|alert| std::cmp::Reverse(alert.severity));
    alerts
}

#[cfg(test)]
mod tests {
    use amble_proto::v1::FloorZone;

    use super::*;

    fn names(floor: &Floor, slow: &Slow) -> Vec<String> {
        of(floor, slow)
            .into_iter()
            .map(|alert| alert.name)
            .collect()
    }

    #[test]
    fn a_shop_that_is_well_has_no_alert_and_the_worst_comes_first() {
        let well = Floor {
            lag_us: Some(BEHIND_US),
            zones: vec![FloorZone {
                devices: 100,
                absent_devices: 5,
                ..FloorZone::default()
            }],
            ..Floor::default()
        };
        assert!(names(&well, &Slow::default()).is_empty());
        let mut ill = well;
        ill.lag_us = Some(-AHEAD_US - 1);
        ill.zones[0].absent_devices = 6;
        let slow = Slow {
            failures: FAILURES + 1,
            ..Slow::default()
        };
        let found = names(&ill, &slow);
        assert_eq!(
            found,
            ["AmbleDevicesGone", "AmbleClockAhead", "AmbleActorsFail"]
        );
    }

    #[test]
    fn every_alert_has_its_namesake_in_the_chart() {
        let chart = concat!(env!("CARGO_MANIFEST_DIR"), "/../../helm/amble/files/");
        let read = |name: &str| std::fs::read_to_string(format!("{chart}{name}")).unwrap();
        let chart = read("alerts.yaml") + &read("alerts-cluster.yaml");
        let own = include_str!("alerts.rs");
        let named = own
            .split('"')
            .filter(|text| text.starts_with("Amble") && text.chars().all(char::is_alphanumeric));
        let mut count = 0;
        for name in named.filter(|name| *name != "Amble") {
            assert!(chart.contains(&format!("alert: {name}\n")), "{name}");
            count += 1;
        }
        assert!(count > 10);
    }
}
