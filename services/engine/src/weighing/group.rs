//! Settled steps of neighbouring plates → changes.
//!
//! 1. Steps whose unrests overlap, or touch within [`limits::TOUCH_US`], belong together.
//! 2. A group waits for a moving plate that would belong to it,
//! 3. but no longer than [`limits::GROUP_US`] from the end of its first step,
//! 4. and not when one of its own plates moves again: each change of a plate stands alone.

use super::{PlateStep, ShelfChange, limits, moving::Moving};
use crate::time::Time;

/// Moves the groups that are whole from `settled`, which ascends by start, to `changes`.
pub(super) fn close(
    settled: &mut Vec<PlateStep>,
    moving: &[Moving],
    now: Time,
    changes: &mut Vec<ShelfChange>,
) {
    let mut first = 0;
    while let Some(group) = group_at(settled, first) {
        let len = group.steps.len();
        if group.is_whole(moving, now) {
            let change = group.into_change(now);
            settled.drain(first..first + len);
            changes.push(change);
        } else {
            first += len;
        }
    }
}

/// Steps that belong together.
struct Group<'a> {
    steps: &'a [PlateStep],
    /// When its first step began.
    start: Time,
    /// When its first step ended.
    first_end: Time,
    /// When its last step ended.
    end: Time,
}

/// The group that begins at a place, if there is a step.
fn group_at(settled: &[PlateStep], first: usize) -> Option<Group<'_>> {
    let rest = settled.get(first..)?;
    let (head, tail) = rest.split_first()?;
    let (mut first_end, mut end, mut len) = (head.end, head.end, 1);
    for step in tail {
        if !touches(step.start, end) {
            break;
        }
        first_end = first_end.min(step.end);
        end = end.max(step.end);
        len += 1;
    }
    Some(Group {
        steps: rest.get(..len)?,
        start: head.start,
        first_end,
        end,
    })
}

impl Group<'_> {
    fn is_whole(&self, moving: &[Moving], now: Time) -> bool {
        let awaited = moving.iter().any(|moving| touches(moving.start, self.end));
        let again = |moving: &Moving| self.steps.iter().any(|step| step.plate == moving.plate);
        !awaited
            || now.0.saturating_sub(self.first_end.0) >= limits::GROUP_US
            || moving.iter().any(again)
    }

    fn into_change(self, closed: Time) -> ShelfChange {
        let mut plates = self.steps.to_vec();
        plates.sort_by_key(|step| step.plate);
        ShelfChange {
            start: self.start,
            end: self.end,
            closed,
            plates,
            silent: Vec::new(),
        }
    }
}

fn touches(start: Time, end: Time) -> bool {
    start <= end.plus_us(limits::TOUCH_US)
}
