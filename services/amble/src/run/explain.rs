//! `amble evaluate --explain`: what a shop wrote, beside what really happened.

use std::collections::BTreeMap;

use amble_simulator::Truth;
use amble_store::VisitEvent;

use super::replay::Replayed;
use crate::{
    evaluate::{
        Report,
        explain::{Written, explain as explained},
    },
    failure::Failure,
};

/// Adds to a report why its lines are wrong.
///
/// # Errors
/// When what the shop wrote can't be read.
pub(super) async fn explain(
    report: &mut Report,
    truth: &Truth,
    replayed: &Replayed,
) -> Result<(), Failure> {
    let (ledger, all) = (&*replayed.ledger, u32::MAX >> 1);
    let stored = ledger.interactions_after(i64::MIN, all).await?;
    let interactions: Vec<_> = stored
        .into_iter()
        .filter_map(|stored| Some((stored.id, amble_store::interaction(&stored.body)?)))
        .collect();
    let mut decisions = BTreeMap::new();
    for stored in ledger.decisions_after(i64::MIN, all).await? {
        if let Some(decision) = amble_store::decision(&stored.body) {
            decisions.insert(stored.interaction, decision);
        }
    }
    let mut joined = BTreeMap::new();
    for stored in ledger.visit_events_from(None, i64::MIN, all).await? {
        if let Some(VisitEvent::Joined { guest, into, .. }) = amble_store::visit_event(&stored.body)
        {
            joined.insert(guest, into);
        }
    }
    let written = Written {
        plan: &replayed.plan,
        settings: &replayed.attribution,
        interactions: &interactions,
        decisions: &decisions,
        joined: &joined,
    };
    report.explained = explained(&report.wrong_lines, truth, &written, &replayed.prices);
    Ok(())
}
