//! What the coordinator does: a pure function from what stands in etcd to what shall stand there.
//!
//! 1. A shard without a living owner is placed at once, with all that are so: nothing waits for balance.
//!    Only when nobody has a shard yet and nodes are just coming, it waits until they have come.
//! 2. Every placing has an epoch above all that were ever told of its shard, be it by the map, by what
//!    the map was, or by the ledger.
//! 3. What is planned is gentle: one shard moves, a pause, the next. Two that move together wait for one
//!    another in every round that they replay, so both take far longer than one after the other. An
//!    operator's wishes go first, then what draining nodes hold, then what balance wants; the latter two in
//!    the order in which the shards were declared, and after a long pause from the front again.
//! 4. Nodes that came and have settled get their share; nothing moves but to them. Shards move for balance
//!    when load has been uneven for long, and not again soon.

mod weights;
mod world;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use crate::{
    NodeId, ShardSpec,
    beat::{EVEN_EVERY, FRONT_AFTER, MOVES_EVERY, SETTLE, UNEVEN_FOR},
    placement::{self, Plan, Seat, Shard},
};
pub use weights::Weights;
pub use world::{Candidate, Placing, Reason, World};

/// How uneven load may be, in percent of the mean, before shards move for it: as far as a plan may leave
/// it. They then move until it is much nearer, see [`placement`].
const UNEVEN: u32 = 15;

/// For how many times the settling time nodes may go on coming before shards are placed all the same.
const SETTLES: u32 = 3;

/// What the coordinator remembers from step to step. A new one has nothing to remember.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Coordinator {
    /// Nodes that had their chance to get shards.
    settled: BTreeSet<NodeId>,
    wanted: Wanted,
    /// The plan that is carried out for that, and the nodes that it was made for.
    plan: Plan,
    planned_for: BTreeSet<NodeId>,
    weights: Weights,
    uneven_since: Option<Duration>,
    /// Before this, nothing moves for uneven load again.
    next_evening: Duration,
    /// Which shard was moved last, by its place among the declared, and when.
    moved: Option<(usize, Duration)>,
}

/// What shards move for that are well where they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Wanted {
    #[default]
    Nothing,
    /// Nodes have come: they get their share.
    Welcome,
    /// Load has been uneven for long.
    Evenness,
}

/// What is to be done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Orders {
    /// Shards that get an owner.
    pub placings: Vec<Placing>,
    /// Wishes that are granted with that, or can't be.
    pub granted: Vec<String>,
    /// When to ask again at the latest.
    pub again: Option<Duration>,
}

impl Coordinator {
    /// What is to be done now. Times are on a clock that starts anywhere and never goes back.
    #[must_use]
    pub fn step(mut self, now: Duration, shards: &[ShardSpec], world: &World) -> (Self, Orders) {
        self.meet(now, world);
        self.weights.hear(shards, world);
        let mut orders = Orders::default();
        let arriving = world.nodes.values().map(|node| node.came + SETTLE);
        let arriving = arriving.filter(|&settles| settles > now).max();
        if let Some(settles) = arriving.filter(|_| nobody_serves(now, shards, world)) {
            orders.again = Some(settles);
            return (self, orders);
        }
        orders.placings = at_once(shards, world, &self.weights);
        if !orders.placings.is_empty() {
            orders.again = Some(now);
            return (self, orders);
        }
        let uneven = self.watch_load(now, shards, world);
        orders.again = [arriving, uneven].into_iter().flatten().min();
        let next_moves = self.moved.map(|(_, at)| at + MOVES_EVERY);
        if let Some(next_moves) = next_moves.filter(|&next| now < next) {
            orders.again = Some(next_moves);
            return (self, orders);
        }
        self.gentle(now, shards, world, &mut orders);
        if !orders.placings.is_empty() {
            orders.again = Some(now + MOVES_EVERY);
        }
        (self, orders)
    }

    /// Notes who came, and wants to give them their share when all who came have settled.
    fn meet(&mut self, now: Duration, world: &World) {
        let open = world.nodes.iter().filter(|(_, node)| !node.draining);
        let open: BTreeMap<_, _> = open.collect();
        self.settled.retain(|node| open.contains_key(node));
        if self.settled.is_empty() {
            // Newly elected: whoever holds a shard had its chance.
            let owners = world.owners.values().map(|owner| &owner.node);
            let holding = owners.filter(|node| open.contains_key(node));
            self.settled = holding.cloned().collect();
        }
        let came = open.iter().filter(|(id, _)| !self.settled.contains(**id));
        let came: Vec<_> = came.collect();
        if !came.is_empty() && came.iter().all(|(_, node)| node.came + SETTLE <= now) {
            self.settled = open.keys().map(|&id| id.clone()).collect();
            self.wanted = self.wanted.max(Wanted::Welcome);
        }
    }

    /// Wants balance when load has been uneven for long; otherwise says when that will be.
    fn watch_load(
        &mut self,
        now: Duration,
        shards: &[ShardSpec],
        world: &World,
    ) -> Option<Duration> {
        let (shards, seats) = problem(shards, world, &self.weights);
        if !placement::uneven(&shards, &seats, UNEVEN) {
            self.uneven_since = None;
            return None;
        }
        let since = *self.uneven_since.get_or_insert(now);
        let due = self.next_evening.max(since + UNEVEN_FOR);
        if now < due {
            return Some(due);
        }
        self.uneven_since = None;
        self.next_evening = now + EVEN_EVERY;
        self.wanted = Wanted::Evenness;
        None
    }

    fn gentle(&mut self, now: Duration, specs: &[ShardSpec], world: &World, orders: &mut Orders) {
        for (shard, node) in &world.wishes {
            let open = world.nodes.get(node).is_some_and(|node| !node.draining);
            let there = world.is_at(shard, node);
            let place = specs.iter().position(|spec| spec.key.as_str() == shard);
            let moves = place.filter(|_| open && !there);
            if moves.is_some() && !orders.placings.is_empty() {
                continue;
            }
            orders.granted.push(shard.clone());
            if let Some(place) = moves {
                self.moved = Some((place, now));
                let placing = world.placing(shard, node.clone(), Reason::Wish);
                orders.placings.push(placing);
            }
        }
        if !orders.placings.is_empty() {
            return;
        }
        let (shards, seats) = problem(specs, world, &self.weights);
        let housed = placement::house(&shards, &seats);
        if let Some(next) = next_move(specs, world, &housed, Reason::Drain) {
            self.moves(now, next, orders);
        } else if self.wanted != Wanted::Nothing {
            self.make_plan(&shards, &seats, world);
            match next_move(specs, world, &self.plan, Reason::Balance) {
                Some(next) => self.moves(now, next, orders),
                None => self.wanted = Wanted::Nothing,
            }
        }
    }

    /// Makes the plan for what is wanted. It is made once and carried out whole, unless nodes come or go
    /// meanwhile: each plan is an end, but half of one and half of the next are not.
    fn make_plan(&mut self, shards: &[Shard], seats: &[Seat], world: &World) {
        let open = seats.iter().filter(|seat| !seat.draining);
        let open: BTreeSet<_> = open.map(|seat| seat.node.clone()).collect();
        if !self.plan.is_empty() && self.planned_for == open {
            return;
        }
        self.plan = match self.wanted {
            Wanted::Nothing => Plan::new(),
            Wanted::Welcome => placement::welcome(shards, seats),
            Wanted::Evenness => placement::plan(shards, seats),
        };
        self.plan.retain(|shard, node| !world.is_at(shard, node));
        self.planned_for = open;
    }

    /// Moves a shard, as soon as it may.
    fn moves(&mut self, now: Duration, (place, placing): (usize, Placing), orders: &mut Orders) {
        let from_the_front = self.moved.filter(|(last, _)| place < *last);
        let due = from_the_front.map(|(_, at)| at + FRONT_AFTER);
        if let Some(due) = due.filter(|&due| now < due) {
            orders.again = Some(orders.again.map_or(due, |again| again.min(due)));
            return;
        }
        self.moved = Some((place, now));
        // Where it goes after that, nobody but an operator says.
        self.plan.remove(&placing.shard);
        orders.placings.push(placing);
    }
}

/// Whether no shard has a living owner, and the first nodes are still so new that more will come.
fn nobody_serves(now: Duration, shards: &[ShardSpec], world: &World) -> bool {
    let first = world.nodes.values().map(|node| node.came).min();
    first.is_some_and(|first| now < first + SETTLE * SETTLES)
        && !shards.iter().any(|spec| world.is_owned(spec.key.as_str()))
}

/// The placings that can't wait: of shards without a living owner, and of those whose epoch the ledger
/// has refused. No other shard moves.
#[must_use]
pub fn at_once(specs: &[ShardSpec], world: &World, weights: &Weights) -> Vec<Placing> {
    let names = || specs.iter().map(|spec| spec.key.as_str());
    let mut placings = Vec::new();
    if names().any(|shard| !world.is_owned(shard)) {
        let (shards, seats) = problem(specs, world, weights);
        let housed = placement::house(&shards, &seats);
        for shard in names().filter(|shard| !world.is_owned(shard)) {
            let known = world.owners.contains_key(shard);
            let reason = if known { Reason::Gone } else { Reason::First };
            if let Some(node) = housed.get(shard) {
                placings.push(world.placing(shard, node.clone(), reason));
            }
        }
    }
    for shard in names().filter(|shard| world.is_behind(shard)) {
        if let Some(owner) = world.live_owner(shard) {
            placings.push(world.placing(shard, owner.node.clone(), Reason::Raised));
        }
    }
    placings
}

/// The first move that leads to a plan, in the order in which the shards were declared, and its place in it.
fn next_move(
    specs: &[ShardSpec],
    world: &World,
    plan: &Plan,
    reason: Reason,
) -> Option<(usize, Placing)> {
    (0..).zip(specs).find_map(|(place, spec)| {
        let shard = spec.key.as_str();
        let node = plan.get(shard)?;
        let placing = || world.placing(shard, node.clone(), reason);
        (!world.is_at(shard, node)).then(|| (place, placing()))
    })
}

fn problem(specs: &[ShardSpec], world: &World, weights: &Weights) -> (Vec<Shard>, Vec<Seat>) {
    let shards = specs.iter().zip(weights.of(specs)).map(|(spec, load)| {
        let key = spec.key.as_str();
        Shard {
            key: key.to_owned(),
            load,
            near: spec.affinities.iter().map(ToString::to_string).collect(),
            at: world.live_owner(key).map(|owner| owner.node.clone()),
        }
    });
    let seats = world.nodes.iter().map(|(id, node)| Seat {
        node: id.clone(),
        draining: node.draining,
    });
    (shards.collect(), seats.collect())
}
