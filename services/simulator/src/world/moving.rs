//! Everybody takes one step.

use super::World;
use crate::{
    geometry::V2,
    person::{Phase, Then},
    shop::Shop,
    steering::{self, Other, STEP_S, Walker},
};

/// Who is farther away than this does not matter to a step, in metres.
const SIGHT_M: f64 = 1.5;

/// From how far people hand things to one another, in metres.
const ARMS_M: f64 = 0.8;

/// Who comes this much nearer to the next corner is getting on, in metres.
const PROGRESS_M: f64 = 0.03;

/// Who stands where, by squares of [`SIGHT_M`].
pub(super) struct Crowd {
    low: V2,
    columns: usize,
    rows: usize,
    squares: Vec<Vec<usize>>,
    others: Vec<Other>,
}

impl Crowd {
    pub(super) fn new(shop: &Shop) -> Self {
        // People before the gates stand up to two metres outside the floor.
        let margin = V2::new(2.0, 2.0);
        let low = shop.floor.low - margin;
        let span = shop.floor.high + margin - low;
        let columns = (span.x / SIGHT_M).ceil().max(1.0) as usize;
        let rows = (span.y / SIGHT_M).ceil().max(1.0) as usize;
        Self {
            low,
            columns,
            rows,
            squares: vec![Vec::new(); columns * rows],
            others: Vec::new(),
        }
    }

    fn square(&self, p: V2) -> (usize, usize) {
        let own = (p - self.low) * (1.0 / SIGHT_M);
        (
            (own.x as usize).min(self.columns - 1),
            (own.y as usize).min(self.rows - 1),
        )
    }
}

impl World {
    pub(super) fn move_people(&mut self) {
        for square in &mut self.crowd.squares {
            square.clear();
        }
        for (at, person) in self.people.iter().enumerate() {
            if person.visible {
                let (column, row) = self.crowd.square(person.position);
                self.crowd.squares[row * self.crowd.columns + column].push(at);
            }
        }
        let now = self.now_us();
        for at in 0..self.people.len() {
            let person = &self.people[at];
            match person.phase {
                Phase::Walk(_) if person.visible && person.paused_until_us <= now => {
                    self.walk(at);
                }
                Phase::Rails(track) => self.ride(at, track),
                _ => self.people[at].velocity = V2::default(),
            }
        }
    }

    fn walk(&mut self, at: usize) {
        self.gather_others(at);
        let person = &mut self.people[at];
        let Some(&corner) = person.path.last() else {
            person.velocity = V2::default();
            return;
        };
        let walker = Walker {
            position: person.position,
            corner,
            speed: person.speed,
            stuck: person.stuck,
            free: person.free,
        };
        let velocity = steering::step(&walker, &self.crowd.others, &self.shop, &self.floor);
        person.position += velocity * STEP_S;
        person.velocity = velocity;
        if velocity.norm() > 0.1 {
            person.facing = person.facing.toward(velocity.unit(), 0.5).unit();
        }
        let after = person.position.distance(corner);
        if after < person.nearest - PROGRESS_M {
            person.nearest = after;
            person.stuck = person.stuck.saturating_sub(10);
        } else {
            person.stuck += 1;
        }
        if person.free && !matches!(person.phase, Phase::Walk(Then::Vanish)) {
            person.free = !self.floor.walkable(&self.shop, person.position);
        }
        // Who can't get on is content to come near; who hands something over stretches out an arm.
        let near = match (person.path.len(), person.stuck, person.phase) {
            (1, _, Phase::Walk(Then::Give(_))) => ARMS_M,
            (1, 30.., Phase::Walk(Then::Arrive)) => 0.6,
            (1, 10.., Phase::Walk(Then::Arrive)) => 0.35,
            (_, 10.., _) => 0.6,
            (1, ..) => 0.03,
            _ => 0.15,
        };
        if after <= near {
            person.path.pop();
            person.stuck = 0;
            person.nearest = f64::INFINITY;
        } else if person.stuck > 0 && person.stuck.is_multiple_of(35) && !person.free {
            self.find_another_way(at);
        }
    }

    /// Who is near `at`, into the crowd's list.
    fn gather_others(&mut self, at: usize) {
        let here = self.people[at].position;
        let (column, row) = self.crowd.square(here);
        let mut others = std::mem::take(&mut self.crowd.others);
        others.clear();
        for r in row.saturating_sub(1)..=(row + 1).min(self.crowd.rows - 1) {
            for c in column.saturating_sub(1)..=(column + 1).min(self.crowd.columns - 1) {
                for &other in &self.crowd.squares[r * self.crowd.columns + c] {
                    let person = &self.people[other];
                    if other != at && person.position.distance(here) < SIGHT_M {
                        others.push(Other {
                            position: person.position,
                            velocity: person.velocity,
                        });
                    }
                }
            }
        }
        self.crowd.others = others;
    }

    /// Somebody who is stuck looks for a way again, from where they are; before a shelf they may
    /// choose a place farther to the side.
    fn find_another_way(&mut self, at: usize) {
        let person = &self.people[at];
        let (from, goal, phase) = (person.position, person.path.first().copied(), person.phase);
        let slot = person.errands.front().and_then(|e| e.goal.slot());
        let mut goal = goal.unwrap_or(from);
        if let (Phase::Walk(Then::Arrive), Some(slot)) = (phase, slot) {
            let aside = self.dice.between(-0.5, 0.5);
            goal = self.standing_place(slot, aside).unwrap_or(goal);
        }
        if let Some(path) = self.floor.route(from, goal) {
            let person = &mut self.people[at];
            // Another way is no progress yet: who is stuck stays so until they come nearer.
            person.nearest = path.last().map_or(f64::INFINITY, |c| c.distance(from));
            person.path = path;
        }
    }

    /// One tick on a given floor path.
    fn ride(&mut self, at: usize, track: usize) {
        let now = self.now_us();
        let place = self.track_position(track, now);
        let person = &mut self.people[at];
        match place {
            Some(position) => {
                let velocity = (position - person.position) * (1.0 / STEP_S);
                if velocity.norm() > 0.1 {
                    person.facing = velocity.unit();
                }
                person.velocity = velocity;
                person.position = position;
            }
            None => person.phase = Phase::Gone,
        }
    }
}
