//! What the nodes say of themselves at one moment.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use amble_proto::v1::Shard;

use crate::{Inspector, Outcome};

/// What all nodes said of themselves at one moment.
#[derive(Clone, Debug)]
pub(super) struct Reading {
    at: Instant,
    /// Node → CPU since its process began, in microseconds.
    cpu_us: BTreeMap<String, i64>,
    /// Shard → its node.
    pub(super) placed: BTreeMap<String, String>,
    /// Shard → what it costs, in microseconds of CPU a second: as measured, else as declared.
    pub(super) load_us: BTreeMap<String, u64>,
    /// Whether all of these are measured.
    pub(super) all_measured: bool,
    /// How far the bookkeeper is behind the wall clock.
    pub(super) lag: Duration,
}

impl Reading {
    /// Asks a node for all of them.
    pub(super) fn take(inspector: &Inspector) -> Outcome<Self> {
        let nodes = inspector.nodes()?.nodes;
        let shards = inspector.shards()?;
        let cpu = nodes.iter().filter_map(|node| {
            let cpu = node.report.as_ref()?.cpu?;
            let us = cpu.seconds * 1_000_000 + i64::from(cpu.nanos) / 1_000;
            Some((node.name.clone(), us))
        });
        let name = |shard: &Shard| {
            let node = nodes.iter().find(|node| node.node_id == shard.node_id);
            node.map_or_else(String::new, |node| node.name.clone())
        };
        let load = |shard: &Shard| shard.measured_load_us.unwrap_or(shard.declared_load_us);
        let lag = shards.iter().find(|s| s.shard_key.ends_with("/bookkeeper"));
        let lag = lag.and_then(|shard| Duration::try_from(shard.lag?).ok());
        let key = |shard: &Shard| shard.shard_key.clone();
        Ok(Self {
            at: Instant::now(),
            cpu_us: cpu.collect(),
            placed: shards.iter().map(|s| (key(s), name(s))).collect(),
            load_us: shards.iter().map(|s| (key(s), load(s))).collect(),
            all_measured: shards.iter().all(|s| s.measured_load_us.is_some()),
            lag: lag.unwrap_or_default(),
        })
    }

    /// The time between an earlier one and this.
    pub(super) fn since(&self, earlier: &Self) -> Duration {
        self.at - earlier.at
    }

    /// Node → CPU cores that it used since an earlier one.
    pub(super) fn cores_since(&self, earlier: &Self) -> BTreeMap<String, f64> {
        let seconds = self.since(earlier).as_secs_f64();
        let both = self.cpu_us.iter().filter_map(|(node, now)| {
            let used = now - earlier.cpu_us.get(node)?;
            Some((node.clone(), used as f64 * 1e-6 / seconds))
        });
        both.collect()
    }

    /// What a node's shards cost, in microseconds of CPU a second, and how many they are.
    pub(super) fn held(&self, node: &str) -> (u64, usize) {
        let held = self.placed.iter().filter(|(_, at)| *at == node);
        held.fold((0, 0), |(load, count), (shard, _)| {
            (load + self.load_us[shard], count + 1)
        })
    }

    /// How many nodes have shards.
    pub(super) fn homes(&self) -> usize {
        self.placed.values().collect::<BTreeSet<_>>().len()
    }
}
