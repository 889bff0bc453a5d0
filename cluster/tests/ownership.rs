//! Ownership and fencing, model-checked: every order in which a shard's nodes, its coordinators, its
//! ledger and a device may act, with messages that are late or lost, nodes that are put out rightly or
//! wrongly, and a node that dies. The decisions are those of the code: `coordinator::at_once`,
//! `World::placing`, `Tenure::hear`, `may_claim`, `may_append`.
//!
//! A node that pauses is one to which nothing happens for a while, so that is in it too. So are two
//! coordinators: what one has decided may be written when the map has moved on.

use std::collections::{BTreeMap, BTreeSet};

use amble_cluster::{
    Epoch, Key, NodeId, Owner, ShardSpec,
    coordinator::{Candidate, Placing, Reason, World, at_once},
    ownership::{Act, Heard, Phase, Tenure, may_append, may_claim},
};
use stateright::{Checker, Model, Property};

const SHARD: &str = "shard";
/// What the device sends.
const MESSAGES: u8 = 2;
/// Decisions of coordinators that are not written yet.
const UNDECIDED: usize = 2;

struct Cluster {
    nodes: u8,
    /// The ledger checks epochs.
    fences: bool,
    /// The map is written over what the coordinator saw, and nothing else.
    compares: bool,
    faults: Faults,
}

/// What may still go wrong.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Faults {
    deaths: u8,
    /// Nodes put out that are well.
    mistakes: u8,
    losses: u8,
    /// Nothing wrong, but as disturbing: a planned move.
    moves: u8,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct State {
    /// What the map was, oldest first; its last is what it is.
    map: Vec<Owner>,
    undecided: Vec<(Placing, Epoch)>,
    nodes: Vec<Node>,
    under_way: BTreeSet<(u8, Message)>,
    claimed: Epoch,
    log: Vec<Entry>,
    acked: BTreeSet<u8>,
    faults: Faults,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Node {
    dead: bool,
    /// Its key stands in etcd.
    joined: bool,
    tenure: Tenure,
    /// How many of the map's states it has seen.
    seen: usize,
    raise: Option<Epoch>,
    /// The fold: what is in the ledger, as it believes.
    fold: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Entry {
    message: u8,
    /// How many came before it, as its writer believed.
    place: usize,
    owner: (u8, Epoch),
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Message {
    Claim(Epoch),
    Claimed(Epoch, Vec<u8>),
    Append {
        message: u8,
        place: usize,
        epoch: Epoch,
    },
    Appended {
        message: u8,
        epoch: Epoch,
    },
    Refused {
        held: Epoch,
        newer: Epoch,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Action {
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

fn id(node: u8) -> NodeId {
    NodeId::new(&node.to_string())
}

fn specs() -> [ShardSpec; 1] {
    [ShardSpec {
        key: Key::shard_named(SHARD),
        load: 1,
        affinities: vec![],
    }]
}

impl State {
    fn world(&self) -> World {
        let nodes = (0..).zip(&self.nodes).filter(|(_, node)| node.joined);
        let candidate = |node: &Node| Candidate {
            raise: node
                .raise
                .map(|above| (SHARD.to_owned(), above))
                .into_iter()
                .collect(),
            ..Candidate::default()
        };
        let owner = self.map.last().cloned();
        World {
            nodes: nodes
                .map(|(number, node)| (id(number), candidate(node)))
                .collect(),
            owners: owner
                .map(|owner| (SHARD.to_owned(), owner))
                .into_iter()
                .collect(),
            ..World::default()
        }
    }

    fn epoch(&self) -> Epoch {
        self.map.last().map(|owner| owner.epoch).unwrap_or_default()
    }

    /// A node hears something and does what is to be done about it.
    fn hear(&mut self, number: u8, heard: &Heard) {
        let node = &mut self.nodes[usize::from(number)];
        match node.tenure.hear(&id(number), heard) {
            Some(Act::Claim(epoch)) => {
                self.under_way.insert((number, Message::Claim(epoch)));
            }
            Some(Act::Raise(above)) => node.raise = Some(above),
            Some(Act::Serve(_) | Act::Stop) | None => {}
        }
    }

    /// The ledger or a node takes a message.
    fn arrive(&mut self, number: u8, message: Message, fences: bool) {
        let answer = match message {
            Message::Claim(epoch) if may_claim(epoch, self.claimed) || !fences => {
                self.claimed = epoch.max(self.claimed);
                Message::Claimed(epoch, self.log.iter().map(|entry| entry.message).collect())
            }
            Message::Append {
                epoch,
                message,
                place,
            } if may_append(epoch, self.claimed) || !fences => {
                if !self.log.iter().any(|entry| entry.message == message) {
                    let owner = (number, epoch);
                    self.log.push(Entry {
                        message,
                        place,
                        owner,
                    });
                }
                Message::Appended { message, epoch }
            }
            Message::Claim(held) | Message::Append { epoch: held, .. } => {
                let newer = self.claimed;
                Message::Refused { held, newer }
            }
            Message::Claimed(epoch, log) => {
                if self.nodes[usize::from(number)].tenure.phase() == (Phase::Claiming, epoch) {
                    self.nodes[usize::from(number)].fold = log;
                }
                return self.hear(number, &Heard::Claimed(epoch));
            }
            Message::Appended { message, epoch } => {
                let node = &mut self.nodes[usize::from(number)];
                if node.tenure.phase() == (Phase::Serving, epoch) && !node.fold.contains(&message) {
                    node.fold.push(message);
                }
                self.acked.insert(message);
                return;
            }
            Message::Refused { held, newer } => {
                return self.hear(number, &Heard::Refused { held, newer });
            }
        };
        self.under_way.insert((number, answer));
    }

    fn is_waiting(&self, number: u8) -> bool {
        self.under_way.iter().any(|(node, _)| *node == number)
    }
}

impl Model for Cluster {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let joined = Node {
            joined: true,
            ..Node::default()
        };
        // The ledger may be ahead of a map that is lost.
        let epochs = [0, 1, 3].map(Epoch);
        let state = |claimed| State {
            map: vec![],
            undecided: vec![],
            nodes: vec![joined.clone(); self.nodes.into()],
            under_way: BTreeSet::new(),
            claimed,
            log: vec![],
            acked: BTreeSet::new(),
            faults: self.faults.clone(),
        };
        epochs.map(state).to_vec()
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        let faults = &state.faults;
        if state.undecided.len() < UNDECIDED {
            let wanted = at_once(&specs(), &state.world());
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
                    let open = (0..MESSAGES).filter(|message| !state.acked.contains(message));
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
                let placings = at_once(&specs(), &state.world());
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
                state.nodes.iter().any(|node| node.raise.is_some()) && state.acked.len() == 2
            }),
            Property::eventually(ALL_ACKED, |_, state: &State| {
                state.acked.len() == usize::from(MESSAGES)
            }),
        ]
    }
}

const ONE_WRITER: &str = "two writers never: the ledger holds one fold";
const ONCE: &str = "what is acked is in the ledger exactly once";
const ONE_OWNER: &str = "an epoch of a shard has one owner, and epochs grow";
const TWO_BELIEVE: &str = "two owners may exist for a moment";
const BEHIND: &str = "a map that is behind the ledger catches up";
const ALL_ACKED: &str = "after all faults somebody owns the shard and everything is acked";

fn cluster(nodes: u8, faults: Faults) -> Cluster {
    Cluster {
        nodes,
        fences: true,
        compares: true,
        faults,
    }
}

const SOME: Faults = Faults {
    deaths: 1,
    mistakes: 1,
    losses: 1,
    moves: 1,
};

fn check(cluster: Cluster) -> impl Checker<Cluster> {
    let checker = cluster.checker().threads(2).spawn_bfs().join();
    println!("{} states", checker.unique_state_count());
    checker
}

#[test]
fn two_nodes_keep_it_whatever_happens() {
    check(cluster(2, SOME)).assert_properties();
}

#[test]
fn three_nodes_keep_it_when_one_dies_and_one_is_put_out() {
    let faults = Faults {
        losses: 0,
        moves: 0,
        ..SOME
    };
    check(cluster(3, faults)).assert_properties();
}

#[test]
fn a_ledger_that_does_not_check_epochs_is_found_out() {
    let unfenced = Cluster {
        fences: false,
        ..cluster(2, SOME)
    };
    check(unfenced).assert_any_discovery(ONE_WRITER);
}

#[test]
fn a_map_that_is_written_blindly_is_found_out() {
    let blind = Cluster {
        compares: false,
        ..cluster(2, SOME)
    };
    check(blind).assert_any_discovery(ONE_OWNER);
}
