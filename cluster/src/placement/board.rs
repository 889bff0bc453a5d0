//! The work of planning, on indices.
//!
//! Loads are counted times the number of nodes, so that their mean is a whole number: the sum of all.
//! A shard only ever moves from a node to one that has more than its load less, so the sum of the
//! squares falls with each move, and the moves end.

use std::{cmp::Reverse, collections::BTreeMap};

use super::{Plan, Seat, Shard};
use crate::NodeId;

/// Once a node is out of balance, it is brought as near to the mean as this, in percent: else the next
/// little change would move shards again.
const AIM: u128 = 2;

pub(super) struct Board<'a> {
    /// By name.
    shards: Vec<&'a Shard>,
    /// The ones that take shards, by name.
    nodes: Vec<&'a NodeId>,
    weight: Vec<u128>,
    near: Vec<Vec<usize>>,
    at: Vec<Option<usize>>,
    load: Vec<u128>,
    mean: u128,
}

impl<'a> Board<'a> {
    pub(super) fn new(shards: &'a [Shard], seats: &'a [Seat]) -> Self {
        let mut shards: Vec<_> = shards.iter().collect();
        shards.sort_by_key(|shard| &shard.key);
        let all_drain = seats.iter().all(|seat| seat.draining);
        let open = seats.iter().filter(|seat| all_drain || !seat.draining);
        let mut nodes: Vec<_> = open.map(|seat| &seat.node).collect();
        nodes.sort();

        let loads: Vec<_> = shards.iter().map(|s| u128::from(s.load.max(1))).collect();
        let mut board = Self {
            near: near(&shards),
            at: vec![None; shards.len()],
            weight: loads
                .iter()
                .map(|load| load * nodes.len() as u128)
                .collect(),
            load: vec![0; nodes.len()],
            mean: loads.iter().sum(),
            shards,
            nodes,
        };
        for shard in 0..board.shards.len() {
            let at = board.shards[shard].at.as_ref();
            if let Some(node) = at.and_then(|at| board.nodes.binary_search(&at).ok()) {
                board.put(shard, node);
            }
        }
        board
    }

    pub(super) fn plan(&self) -> Plan {
        let placed = self.shards.iter().zip(&self.at);
        placed
            .filter_map(|(shard, at)| Some((shard.key.clone(), self.nodes[(*at)?].clone())))
            .collect()
    }

    /// Gives the homeless a node, the largest first: the node where the most is that they belong to,
    /// among those that have room for them; else the emptiest.
    pub(super) fn house(&mut self) {
        let mut homeless: Vec<_> = (0..self.shards.len())
            .filter(|&shard| self.at[shard].is_none())
            .collect();
        homeless.sort_by_key(|&shard| (Reverse(self.weight[shard]), shard));
        for shard in homeless {
            let room = self.percent(100 + AIM);
            let Some(least) = self.load.iter().min().copied() else {
                return;
            };
            let fits = |&node: &usize| {
                self.load[node] == least || self.load[node] + self.weight[shard] <= room
            };
            let best = (0..self.nodes.len())
                .filter(fits)
                .min_by_key(|&node| (Reverse(self.ties(shard, node)), self.load[node], node));
            if let Some(node) = best {
                self.put(shard, node);
            }
        }
    }

    /// Brings each node near the mean that is further from it than tolerated.
    pub(super) fn balance(&mut self, tolerated: u128) {
        if self.nodes.is_empty() {
            return;
        }
        loop {
            let mut moved = false;
            for node in self.outside(tolerated) {
                while let Some((shard, to)) = self.relief(node, tolerated) {
                    self.put(shard, to);
                    moved = true;
                }
            }
            if !moved {
                return;
            }
        }
    }

    /// The nodes that hold nothing.
    pub(super) fn empty(&self) -> Vec<usize> {
        let nodes = 0..self.nodes.len();
        nodes.filter(|&node| self.load[node] == 0).collect()
    }

    /// Brings these nodes near the mean by moves to them.
    pub(super) fn fill(&mut self, newcomers: &[usize], tolerated: u128) {
        for &node in newcomers {
            let to_it = |(_, to): &(usize, usize)| *to == node;
            while let Some((shard, _)) = self.relief(node, tolerated).filter(to_it) {
                self.put(shard, node);
            }
        }
    }

    pub(super) fn uneven(&self, percent: u128) -> bool {
        !self.outside(percent).is_empty()
    }

    /// The nodes that are further from the mean than tolerated, the furthest first: one that has just
    /// come fills up from the fullest before those look for somebody else.
    fn outside(&self, tolerated: u128) -> Vec<usize> {
        let slack = self.percent(tolerated);
        let off = |node: usize| self.load[node].abs_diff(self.mean);
        let nodes = 0..self.nodes.len();
        let mut outside: Vec<_> = nodes.filter(|&node| off(node) > slack).collect();
        outside.sort_by_key(|&node| (Reverse(off(node)), node));
        outside
    }

    /// The move that brings a node nearer to the mean: from it when it has too much, to it when it has
    /// too little.
    fn relief(&self, node: usize, tolerated: u128) -> Option<(usize, usize)> {
        let load = self.load[node];
        if load.abs_diff(self.mean) <= self.percent(AIM) {
            return None;
        }
        let by_load = |&node: &usize| (self.load[node], node);
        let (from, to) = if load > self.mean {
            (node, (0..self.nodes.len()).min_by_key(by_load)?)
        } else {
            (
                (0..self.nodes.len()).max_by_key(|&n| (self.load[n], Reverse(n)))?,
                node,
            )
        };
        let (over, under) = (
            self.load[from].saturating_sub(self.mean),
            self.mean.saturating_sub(self.load[to]),
        );
        let gap = self.load[from].saturating_sub(self.load[to]);
        let largest = self.weight.iter().max().copied()?;
        let limit = if over.max(under) > self.percent(tolerated).max(largest) {
            gap
        } else {
            // A shard that is nearly the gap would only swap the two.
            gap * 2 / 3
        };
        let ideal = over.min(under);
        let shard = (0..self.shards.len())
            .filter(|&shard| {
                self.at[shard] == Some(from)
                    && self.weight[shard] <= limit
                    && self.weight[shard] < gap
            })
            .min_by_key(|&shard| {
                let torn = self.ties(shard, from);
                let joined = Reverse(self.ties(shard, to));
                (self.weight[shard].abs_diff(ideal), torn, joined, shard)
            })?;
        Some((shard, to))
    }

    /// How many shards at a node this one belongs to.
    fn ties(&self, shard: usize, node: usize) -> usize {
        let near = self.near[shard].iter();
        near.filter(|&&other| self.at[other] == Some(node)).count()
    }

    fn put(&mut self, shard: usize, node: usize) {
        if let Some(from) = self.at[shard].replace(node) {
            self.load[from] -= self.weight[shard];
        }
        self.load[node] += self.weight[shard];
    }

    fn percent(&self, percent: u128) -> u128 {
        self.mean * percent / 100
    }
}

/// Who belongs to whom, both ways.
fn near(shards: &[&Shard]) -> Vec<Vec<usize>> {
    let index: BTreeMap<_, _> = shards.iter().map(|s| s.key.as_str()).zip(0..).collect();
    let mut near = vec![Vec::new(); shards.len()];
    for (shard, one) in shards.iter().enumerate() {
        for other in one.near.iter().filter_map(|key| index.get(key.as_str())) {
            if *other != shard {
                near[shard].push(*other);
                near[*other].push(shard);
            }
        }
    }
    for list in &mut near {
        list.sort_unstable();
        list.dedup();
    }
    near
}
