//! One simulated person: body, hands, and what they are about to do.

use std::collections::VecDeque;

use crate::{
    geometry::{V2, V3},
    stock::Unit,
    truth::Mishap,
};

/// Positions at this many ticks are kept, so that sensors can look between them.
pub(crate) const TRAIL: usize = 4;

/// Where the trail keeps a tick.
pub(crate) const fn place(tick: i64) -> usize {
    tick.rem_euclid(4) as usize
}

/// A person in the shop.
pub(crate) struct Person {
    pub(crate) id: u32,
    /// Place in the world's list of parties.
    pub(crate) party: usize,
    /// Whether they are there at all: members wait unseen for their turn at the gate.
    pub(crate) visible: bool,
    pub(crate) position: V2,
    /// Positions at the last ticks; tick k stands at [`place`]`(k)`.
    pub(crate) trail: [V2; TRAIL],
    /// When they became visible.
    pub(crate) since_us: i64,
    pub(crate) velocity: V2,
    pub(crate) facing: V2,
    /// Preferred speed in metres a second.
    pub(crate) speed: f64,
    pub(crate) height: f64,
    pub(crate) appearance: [f32; 16],
    pub(crate) phase: Phase,
    /// Corners still to be passed, the next one last.
    pub(crate) path: Vec<V2>,
    /// At a gate one walks outside the walkable floor.
    pub(crate) free: bool,
    /// For how many ticks they have come no further; how near they came to the next corner.
    pub(crate) stuck: u32,
    pub(crate) nearest: f64,
    pub(crate) errands: VecDeque<Errand>,
    pub(crate) hands: [Option<Motion>; 2],
    pub(crate) pending: Vec<Pending>,
    pub(crate) look: Option<Look>,
    /// Waits for somebody who has something to hand over.
    pub(crate) paused_until_us: i64,
    /// Takes part in a meeting at a shelf.
    pub(crate) meeting: Option<usize>,
    /// Whom they play in a scenario.
    pub(crate) role: Option<usize>,
}

/// What a person does now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Phase {
    /// Walks its path, then goes on.
    Walk(Then),
    /// Stands until then, and goes on.
    Stand(i64, Then),
    /// Follows the given floor path with this number.
    Rails(usize),
    /// Has left.
    Gone,
}

/// How a person goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// Becomes visible before the gate.
    Appear,
    /// Has reached the reader.
    Queue,
    /// Holds the pass to the reader.
    Scan,
    /// Takes up the next errand.
    Decide,
    /// Has reached the shelf of the errand.
    Arrive,
    /// Stretches out a hand.
    Reach,
    /// Has the hand back.
    Finish,
    /// Has reached who gets something.
    Give(u32),
    /// Has come to the exit.
    Out,
    /// Is beyond it.
    Vanish,
}

/// Something to do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Errand {
    pub(crate) goal: Goal,
    pub(crate) mishap: Mishap,
    /// Scripts: the moment at which it should happen.
    pub(crate) at_us: Option<i64>,
    pub(crate) manner: Manner,
}

/// How something is done, where it is not left to chance.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Manner {
    /// How long the hand is in the shelf.
    pub(crate) grip_us: Option<i64>,
    /// How long the load takes to go over.
    pub(crate) slow_us: Option<i64>,
    /// Whether a hand that takes nothing leans on the plates; else it lifts.
    pub(crate) leans: Option<bool>,
    /// How far to the right of the place one stands, facing it, in metres.
    pub(crate) aside_m: Option<f64>,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Goal {
    /// Take so many from a slot.
    Take { slot: usize, count: usize },
    /// Take one from each of two slots.
    TakeTwo { slots: [usize; 2] },
    /// Take what somebody put here wrongly.
    TakeStranger { slot: usize },
    /// Lift and leave.
    Hold { slot: usize },
    /// Put one of this product on a slot.
    PutBack { product: usize, slot: usize },
    /// Hand one of this product to a person.
    Give { product: usize, to: u32 },
    /// Hand one of this product to who plays this role, as soon as they have time.
    Pass { product: usize, to: usize },
    /// Stand before a slot.
    Visit { slot: usize },
    /// Stand where one is for so many microseconds.
    Wait { for_us: i64 },
    /// Leave one of this product on the floor.
    Drop { product: usize },
    /// Swap jackets with who plays this role, wherever they are.
    SwapJackets { with: usize },
}

impl Goal {
    /// The slot where it happens.
    pub(crate) const fn slot(self) -> Option<usize> {
        match self {
            Self::Take { slot, .. }
            | Self::Visit { slot }
            | Self::TakeStranger { slot }
            | Self::Hold { slot }
            | Self::PutBack { slot, .. }
            | Self::TakeTwo { slots: [slot, _] } => Some(slot),
            Self::Give { .. }
            | Self::Pass { .. }
            | Self::Wait { .. }
            | Self::Drop { .. }
            | Self::SwapJackets { .. } => None,
        }
    }
}

/// A hand on its way to a place and back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Motion {
    pub(crate) start_us: i64,
    pub(crate) touch_us: i64,
    pub(crate) leave_us: i64,
    pub(crate) home_us: i64,
    pub(crate) target: V3,
}

/// What a hand will have done when its moment comes.
#[derive(Clone, Debug)]
pub(crate) struct Pending {
    pub(crate) moment_us: i64,
    pub(crate) slot: usize,
    pub(crate) deed: Deed,
    pub(crate) units: Vec<Unit>,
    pub(crate) mishap: Mishap,
}

/// What a hand does at a shelf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    Take,
    Put,
    Hold,
}

/// An item that cameras may see in a hand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    pub(crate) from_us: i64,
    pub(crate) until_us: i64,
    /// 0 left, 1 right.
    pub(crate) hand: usize,
    /// Products as the classifier ranks them; as many as there are probabilities above 0.
    pub(crate) ranked: [usize; 3],
    pub(crate) probabilities: [f32; 3],
}

impl Person {
    /// Where they are at a time within the trail; `tick` is the newest tick in it, at `tick_us`.
    pub(crate) fn at(&self, time_us: i64, tick: i64, tick_us: i64) -> V2 {
        let back = (tick_us - time_us).clamp(0, 299_999);
        let steps = back / 100_000;
        let newer = tick - steps;
        let share = crate::chance::seconds(back % 100_000) * 10.0;
        let stored = |tick: i64| self.trail[place(tick)];
        stored(newer).toward(stored(newer - 1), share)
    }

    /// A wrist at a time, for a body at `position`: 0 is the left one.
    pub(crate) fn wrist(&self, hand: usize, position: V2, time_us: i64) -> V3 {
        let side = if hand == 0 { 0.22 } else { -0.22 };
        let rest = V3 {
            floor: position + self.facing.left() * side + self.facing * 0.12,
            z: self.height * 0.55,
        };
        let Some(motion) = self.hands[hand] else {
            return rest;
        };
        let progress = |from: i64, to: i64| {
            let s =
                crate::chance::seconds(time_us - from) / crate::chance::seconds((to - from).max(1));
            let s = s.clamp(0.0, 1.0);
            s * s * (3.0 - 2.0 * s)
        };
        let share = if time_us < motion.touch_us {
            progress(motion.start_us, motion.touch_us)
        } else if time_us <= motion.leave_us {
            1.0
        } else {
            1.0 - progress(motion.leave_us, motion.home_us)
        };
        rest.toward(motion.target, share)
    }

    /// Sets out on a way.
    pub(crate) fn set_out(&mut self, path: Vec<V2>, then: Then) {
        self.path = path;
        self.phase = Phase::Walk(then);
        self.stuck = 0;
        self.nearest = f64::INFINITY;
    }

    /// Stands or walks among shelves, free to be spoken to.
    pub(crate) fn shopping(&self) -> bool {
        self.visible
            && !self.free
            && self.pending.is_empty()
            && match self.phase {
                Phase::Walk(Then::Arrive | Then::Decide) | Phase::Stand(_, Then::Decide) => true,
                Phase::Stand(..) => self.waits(),
                _ => false,
            }
    }

    /// Has nothing to do but to stand there for a while.
    fn waits(&self) -> bool {
        let goal = self.errands.front().map(|errand| errand.goal);
        matches!(goal, Some(Goal::Wait { .. }))
    }
}
