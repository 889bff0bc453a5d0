//! Two people at one shelf at the same moment.

use super::World;
use crate::{
    chance::micros,
    person::{Errand, Goal, Manner, Phase, Then},
    truth::Mishap,
};

/// Whom one can hope to meet is at most this far away, in metres.
const NEAR_M: f64 = 15.0;
/// How long the first one waits for the second, in seconds.
const PATIENCE_S: f64 = 20.0;

/// An appointment that neither of them knows of.
pub(super) struct Meeting {
    people: [u32; 2],
    arrived: [bool; 2],
    deadline_us: i64,
    /// When both hands will be in the shelf.
    moment_us: Option<i64>,
}

impl World {
    /// Sends somebody else to the shelf where `at` is going, when there is somebody.
    pub(super) fn arrange_meeting(&mut self, at: usize, slot: usize) {
        let shelf = self.stock.slots[slot].place.shelf;
        let here = self.people[at].position;
        let other = (0..self.people.len())
            .filter(|&other| {
                let person = &self.people[other];
                other != at
                    && person.shopping()
                    && person.meeting.is_none()
                    && !self.parties[person.party].scripted
                    && person.paused_until_us <= self.now_us()
            })
            .map(|other| (self.people[other].position.distance(here), other))
            .filter(|&(distance, _)| distance < NEAR_M)
            .min_by(|a, b| a.0.total_cmp(&b.0));
        let Some((_, other)) = other else {
            return;
        };
        // Half of them want the same product.
        let there: Vec<usize> = self.stock.on_shelf[shelf]
            .iter()
            .copied()
            .filter(|&s| self.stock.slots[s].units.len() > 2 && self.stock.has(s, true))
            .collect();
        let wish = if self.dice.chance(0.5) {
            Some(slot)
        } else {
            there.get(self.dice.below(there.len())).copied()
        };
        let Some(wish) = wish.filter(|s| there.contains(s)) else {
            return;
        };
        let meeting = self.meetings.len();
        self.meetings.push(Meeting {
            people: [self.people[at].id, self.people[other].id],
            arrived: [false; 2],
            deadline_us: i64::MAX,
            moment_us: None,
        });
        self.people[at].meeting = Some(meeting);
        let guest = &mut self.people[other];
        guest.meeting = Some(meeting);
        guest.errands.push_front(Errand {
            goal: Goal::Take {
                slot: wish,
                count: 1,
            },
            mishap: Mishap::Plain,
            at_us: None,
            manner: Manner::default(),
        });
        guest.path.clear();
        guest.phase = Phase::Stand(0, Then::Decide);
    }

    /// Somebody with a meeting has come to the shelf: waits, or both begin.
    pub(super) fn wait_for_company(&mut self, at: usize, number: usize) {
        let now = self.now_us();
        let patience = micros(PATIENCE_S);
        let id = self.people[at].id;
        let meeting = &mut self.meetings[number];
        let which = usize::from(meeting.people[1] == id);
        meeting.arrived[which] = true;
        if meeting.arrived == [true; 2] {
            let moment = now + micros(1.8);
            meeting.moment_us = Some(moment);
            for person in meeting.people {
                if let Some(at) = self.place_of(person) {
                    self.people[at].phase = Phase::Stand(now, Then::Reach);
                }
            }
        } else {
            meeting.deadline_us = now + patience;
            self.people[at].phase = Phase::Stand(meeting.deadline_us, Then::Reach);
        }
    }

    /// The moment at which a hand should leave the shelf, when the meeting came about; the meeting
    /// is over for this person either way.
    pub(super) fn meeting_moment(&mut self, at: usize) -> Option<i64> {
        let number = self.people[at].meeting.take()?;
        let moment = self.meetings[number].moment_us;
        if moment.is_none() {
            self.cancel_meeting(number);
        }
        moment.map(|moment| moment + self.dice.micros(-0.25, 0.25))
    }

    /// Nobody waits any more.
    pub(super) fn cancel_meeting(&mut self, number: usize) {
        for person in self.meetings[number].people {
            if let Some(at) = self.place_of(person)
                && self.people[at].meeting == Some(number)
            {
                self.people[at].meeting = None;
            }
        }
    }

    /// Whether this person is the one who joins another at a shelf: they stand beside them.
    pub(super) fn joins(&self, at: usize) -> bool {
        self.people[at]
            .meeting
            .is_some_and(|number| self.meetings[number].people[1] == self.people[at].id)
    }
}
