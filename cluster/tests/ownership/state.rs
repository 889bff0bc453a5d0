//! The state of the model: what stands in etcd, the nodes, the ledger, and what is between them.

use std::collections::BTreeSet;

use amble_cluster::{
    Epoch, Key, NodeId, Owner, ShardSpec,
    coordinator::{Candidate, Placing, World},
    ownership::{Act, Heard, Phase, Tenure, may_append, may_claim},
};

pub(crate) const SHARD: &str = "shard";

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct State {
    /// What the map was, oldest first; its last is what it is.
    pub(crate) map: Vec<Owner>,
    pub(crate) undecided: Vec<(Placing, Epoch)>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) under_way: BTreeSet<(u8, Message)>,
    pub(crate) claimed: Epoch,
    /// Who claimed it; nobody that is still there.
    pub(crate) claimer: Option<u8>,
    pub(crate) log: Vec<Entry>,
    pub(crate) acked: BTreeSet<u8>,
    pub(crate) faults: Faults,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Node {
    pub(crate) dead: bool,
    /// Its key stands in etcd.
    pub(crate) joined: bool,
    pub(crate) tenure: Tenure,
    /// How many of the map's states it has seen.
    pub(crate) seen: usize,
    pub(crate) raise: Option<Epoch>,
    /// The fold: what is in the ledger, as it believes.
    pub(crate) fold: Vec<u8>,
    /// What it wrote without having the answer yet. Until it has, it writes nothing else.
    pub(crate) unclear: Option<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Entry {
    pub(crate) message: u8,
    /// How many came before it, as its writer believed.
    pub(crate) place: usize,
    pub(crate) owner: (u8, Epoch),
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Message {
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

/// What the ledger checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fences {
    None,
    /// Epochs, but not who claimed them.
    Epochs,
    All,
}

/// What may still go wrong.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Faults {
    pub(crate) deaths: u8,
    /// Nodes put out that are well.
    pub(crate) mistakes: u8,
    pub(crate) losses: u8,
    /// Nothing wrong, but as disturbing: a planned move.
    pub(crate) moves: u8,
}

pub(crate) fn id(node: u8) -> NodeId {
    NodeId::new(&node.to_string())
}

pub(crate) fn specs() -> [ShardSpec; 1] {
    [ShardSpec {
        key: Key::shard_named(SHARD),
        load: 1,
        affinities: vec![],
    }]
}

impl Node {
    /// It serves the shard in this epoch, and says so to a map that has forgotten it, once it is back.
    pub(crate) fn of_a_lost_map(number: u8, epoch: Epoch) -> Self {
        let me = id(number);
        let mut tenure = Tenure::default();
        let node = me.clone();
        tenure.hear(&me, &Heard::Placed(Owner { node, epoch }));
        tenure.hear(&me, &Heard::Claimed(epoch));
        Self {
            tenure,
            raise: Some(epoch),
            ..Self::default()
        }
    }
}

impl State {
    pub(crate) fn world(&self) -> World {
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

    pub(crate) fn epoch(&self) -> Epoch {
        self.map.last().map(|owner| owner.epoch).unwrap_or_default()
    }

    /// A node hears something and does what is to be done about it.
    pub(crate) fn hear(&mut self, number: u8, heard: &Heard) {
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
    pub(crate) fn arrive(&mut self, number: u8, message: Message, fences: Fences) {
        let answer = match message {
            Message::Claim(epoch) if self.may_claim(number, epoch, fences) => {
                self.claimed = epoch.max(self.claimed);
                self.claimer = Some(number);
                Message::Claimed(epoch, self.log.iter().map(|entry| entry.message).collect())
            }
            Message::Append {
                epoch,
                message,
                place,
            } if may_append(epoch, self.claimed) || fences == Fences::None => {
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
                    let node = &mut self.nodes[usize::from(number)];
                    (node.fold, node.unclear) = (log, None);
                }
                return self.hear(number, &Heard::Claimed(epoch));
            }
            Message::Appended { message, epoch } => {
                let node = &mut self.nodes[usize::from(number)];
                if node.tenure.phase() == (Phase::Serving, epoch) && !node.fold.contains(&message) {
                    node.fold.push(message);
                    node.unclear = None;
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

    fn may_claim(&self, number: u8, epoch: Epoch, fences: Fences) -> bool {
        match fences {
            Fences::All => may_claim(epoch, self.claimed, self.claimer == Some(number)),
            Fences::Epochs => may_claim(epoch, self.claimed, true),
            Fences::None => true,
        }
    }

    pub(crate) fn is_waiting(&self, number: u8) -> bool {
        self.under_way.iter().any(|(node, _)| *node == number)
    }
}
