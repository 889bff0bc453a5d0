//! Goods that are left on the floor.

use super::{Noted, World};
use crate::{
    chance::micros,
    geometry::V3,
    person::Motion,
    truth::{ActionKind, Mishap},
};

/// What is left on the floor is left this far beside one's feet, with the wrist this high, in metres.
const BESIDE_M: f64 = 0.35;
const FLOOR_HAND_M: f64 = 0.12;

impl World {
    /// Bends down and leaves one of a product on the floor beside them; returns when the person goes on, or
    /// `None` when there is none.
    pub(super) fn drop_one(&mut self, at: usize, product: usize, mishap: Mishap) -> Option<i64> {
        let held = self.held(at, product)?;
        let now = self.now_us();
        let (party, person) = (self.people[at].party, self.people[at].id);
        let (unit, _) = self.parties[party].basket.remove(held);
        self.littered.push(unit);
        let who = &mut self.people[at];
        let beside = who.facing.left() * -BESIDE_M;
        who.hands[1] = Some(Motion {
            start_us: now,
            touch_us: now + micros(0.6),
            leave_us: now + micros(0.9),
            home_us: now + micros(1.4),
            target: V3 {
                floor: who.position + beside,
                z: FLOOR_HAND_M,
            },
        });
        self.note_action(&Noted {
            time_us: now + micros(0.8),
            party,
            person,
            kind: ActionKind::Drop,
            product,
            quantity: 1,
            shelf: None,
            plates: &[],
            mishap,
            to: None,
        });
        Some(now + micros(1.5))
    }
}
