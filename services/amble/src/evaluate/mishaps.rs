//! How each kind of mishap went.

use std::collections::BTreeMap;

use amble_simulator::{Action, Mishap};

use super::{
    MishapReport,
    compare::{Comparison, Line},
};

/// The lines that an action concerns: its product in its visit, and in the one that got it.
pub(super) fn concerned(action: &Action) -> impl Iterator<Item = Line<'_>> {
    let visits = [Some(&action.visit), action.to_visit.as_ref()];
    visits
        .into_iter()
        .flatten()
        .map(|visit| (&**visit, action.product.as_str()))
}

/// Judges all actions of visits that are over, by their mishap.
pub(super) fn judge(
    comparison: &Comparison<'_>,
    actions: &[Action],
) -> BTreeMap<Mishap, MishapReport> {
    let mut reports: BTreeMap<Mishap, MishapReport> = BTreeMap::new();
    for action in actions {
        if concerned(action).any(|(visit, _)| !comparison.visits.contains(visit)) {
            continue;
        }
        let report = reports.entry(action.mishap).or_default();
        report.actions += 1;
        report.right += u64::from(concerned(action).all(|line| comparison.is_right(line)));
    }
    reports
}
