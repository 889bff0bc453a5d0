//! What may happen, and what must hold.

use std::collections::{BTreeMap, BTreeSet};

use amble_cluster::{
    Epoch,
    coordinator::{Reason, Weights, at_once},
    ownership::{Heard, Phase},
};
use stateright::{Model, Property};

use crate::state::{Faults, Fences, Message, Node, SHARD, State, id, specs};

/// What the device sends.
const MESSAGES: u8 = 2;
/// Decisions of coordinators that are not written yet.
const UNDECIDED: usize = 2;

pub(crate) const ONE_WRITER: &str = "two writers never: the ledger holds one fold";
pub(crate) const ONCE: &str = "what is acked is in the ledger exactly once";
pub(crate) const ONE_OWNER: &str = "an epoch of a shard has one owner, and epochs grow";
pub(crate) const TWO_BELIEVE: &str = "two owners may exist for a moment";
pub(crate) const BEHIND: &str = "a map that is behind the ledger catches up";
pub(crate) const ALL_ACKED: &str =
    "after all faults somebody owns the shard and everything is acked";

pub(crate) struct Cluster {
    pub(crate) nodes: u8,
    pub(crate) fences: Fences,
    /// It may begin with an owner of a map that is lost.
    pub(crate) lost: bool,
    /// The map is written over what the coordinator saw, and nothing else.
    pub(crate) compares: bool,
    pub(crate) faults: Faults,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Action {
    Decide,
    Move(u8),
    Write(usize),
    See(u8),
    Claim(u8),
    Append(u8, u8),
    Arrive(u8, Message),
    Lose(u8, Message),
    Die(u8),
    PutOut(u8),
    Return(u8),
}

impl Model for Cluster {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let joined = Node {
            joined: true,
            ..Node::default()
        };
        let state = |claimed| State {
            map: vec![],
            undecided: vec![],
            nodes: vec![joined.clone(); self.nodes.into()],
            under_way: BTreeSet::new(),
            claimed,
            claimer: None,
            log: vec![],
            acked: BTreeSet::new(),
            faults: self.faults.clone(),
        };
        // The ledger may be ahead of a map that is lost; so may a node that serves still, and has not come
        // back to the new map yet.
        let owned = |epoch| {
            let mut state = state(epoch);
            state.nodes[0] = Node::of_a_lost_map(0, epoch);
            state.claimer = Some(0);
            state
        };
        let mut states = [0, 1, 3].map(Epoch).map(state).to_vec();
        if self.lost {
            states.extend([1, 2].map(Epoch).map(owned));
        }
        states
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        // Nothing is left that could be written wrongly.
        if state.acked.len() == usize::from(MESSAGES) {
            return;
        }
        let faults = &state.faults;
        if state.undecided.len() < UNDECIDED {
            let wanted = at_once(&specs(), &state.world(), &Weights::default());
            if wanted
                .iter()
                .any(|placing| state.undecided.iter().all(|(other, _)| other != placing))
            {
                actions.push(Action::Decide);
            }
        }
        actions.extend((0..state.undecided.len()).map(Action::Write));
        for (number, node) in (0..).zip(&state.nodes) {
            if faults.moves > 0
                && state.undecided.len() < UNDECIDED
                && node.joined
                && state
                    .map
                    .last()
                    .is_some_and(|owner| owner.node != id(number))
            {
                actions.push(Action::Move(number));
            }
            if node.joined && (node.dead || faults.mistakes > 0) {
                actions.push(Action::PutOut(number));
            }
            if node.dead {
                continue;
            }
            if faults.deaths > 0 {
                actions.push(Action::Die(number));
            }
            if !node.joined {
                actions.push(Action::Return(number));
            }
            if node.seen < state.map.len() {
                actions.push(Action::See(number));
            }
            // A node that waits for an answer asks again only when that is lost.
            match node.tenure.phase() {
                _ if state.is_waiting(number) => {}
                (Phase::Away, _) => {}
                (Phase::Claiming, _) => actions.push(Action::Claim(number)),
                (Phase::Serving, _) => {
                    let open = (0..MESSAGES).filter(|message| match node.unclear {
                        Some(unclear) => *message == unclear,
                        None => !state.acked.contains(message),
                    });
                    actions.extend(open.map(|message| Action::Append(number, message)));
                }
            }
        }
        for (number, message) in &state.under_way {
            actions.push(Action::Arrive(*number, message.clone()));
            if faults.losses > 0 {
                actions.push(Action::Lose(*number, message.clone()));
            }
        }
    }

    fn next_state(&self, before: &State, action: Action) -> Option<State> {
        let mut state = before.clone();
        match action {
            Action::Decide => {
                let seen = state.epoch();
                let placings = at_once(&specs(), &state.world(), &Weights::default());
                state
                    .undecided
                    .extend(placings.into_iter().map(|placing| (placing, seen)));
                state.undecided.dedup();
            }
            Action::Move(to) => {
                state.faults.moves -= 1;
                let placing = state.world().placing(SHARD, id(to), Reason::Balance);
                let seen = state.epoch();
                state.undecided.push((placing, seen));
            }
            Action::Write(which) => {
                let (placing, seen) = state.undecided.remove(which);
                if seen == state.epoch() || !self.compares {
                    state.map.push(placing.owner);
                }
            }
            Action::See(number) => {
                let node = &mut state.nodes[usize::from(number)];
                let owner = state.map[node.seen].clone();
                node.seen += 1;
                state.hear(number, &Heard::Placed(owner));
            }
            Action::Claim(number) => {
                let (_, epoch) = state.nodes[usize::from(number)].tenure.phase();
                state.under_way.insert((number, Message::Claim(epoch)));
            }
            Action::Append(number, message) => {
                let node = &state.nodes[usize::from(number)];
                let (_, epoch) = node.tenure.phase();
                if node.fold.contains(&message) {
                    // It was written already, and only the ack was lost.
                    state.acked.insert(message);
                } else {
                    let place = node.fold.len();
                    let append = Message::Append {
                        message,
                        place,
                        epoch,
                    };
                    state.under_way.insert((number, append));
                    state.nodes[usize::from(number)].unclear = Some(message);
                }
            }
            Action::Arrive(number, message) => {
                state.under_way.remove(&(number, message.clone()));
                let for_ledger = matches!(message, Message::Claim(_) | Message::Append { .. });
                if for_ledger || !state.nodes[usize::from(number)].dead {
                    state.arrive(number, message, self.fences);
                }
            }
            Action::Lose(number, message) => {
                state.faults.losses -= 1;
                state.under_way.remove(&(number, message));
            }
            Action::Die(number) => {
                state.faults.deaths -= 1;
                state.nodes[usize::from(number)].dead = true;
            }
            Action::PutOut(number) => {
                let node = &mut state.nodes[usize::from(number)];
                node.joined = false;
                if !node.dead {
                    state.faults.mistakes -= 1;
                }
            }
            Action::Return(number) => state.nodes[usize::from(number)].joined = true,
        }
        (state != *before).then_some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(ONE_WRITER, |_, state: &State| {
                let places = state.log.iter().map(|entry| entry.place);
                let epochs = state.log.iter().map(|entry| entry.owner.1);
                let mut writers = BTreeMap::new();
                places.eq(0..state.log.len())
                    && epochs.is_sorted()
                    && state.log.iter().all(|entry| {
                        let (node, epoch) = entry.owner;
                        *writers.entry(epoch).or_insert(node) == node
                    })
            }),
            Property::always(ONCE, |_, state: &State| {
                state.acked.iter().all(|message| {
                    state
                        .log
                        .iter()
                        .filter(|entry| entry.message == *message)
                        .count()
                        == 1
                })
            }),
            Property::always(ONE_OWNER, |_, state: &State| {
                state
                    .map
                    .iter()
                    .map(|owner| owner.epoch)
                    .is_sorted_by(|a, b| a < b)
            }),
            Property::sometimes(TWO_BELIEVE, |_, state: &State| {
                let serving = state
                    .nodes
                    .iter()
                    .filter(|node| node.tenure.phase().0 == Phase::Serving);
                serving.count() > 1
            }),
            Property::sometimes(BEHIND, |_, state: &State| {
                let behind = |node: &Node| node.raise == Some(Epoch(3));
                state.nodes.iter().any(behind) && state.acked.len() == 2
            }),
            Property::eventually(ALL_ACKED, |_, state: &State| {
                state.acked.len() == usize::from(MESSAGES)
            }),
        ]
    }
}
