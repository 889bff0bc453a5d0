//! What the nodes say of themselves at one moment, and what lies between two of them.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

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
    /// Shards that were measured.
    pub(super) measured: usize,
    /// How far the bookkeeper is behind the wall clock.
    pub(super) lag: Duration,
}

impl Reading {
    /// Asks a node for all of them.
    pub(super) fn take(inspector: &Inspector) -> Outcome<Self> {
        let nodes = inspector.nodes()?.nodes;
        let shards = inspector.shards()?;
        let at = Instant::now();
        let cpu = nodes.iter().filter_map(|node| {
            let cpu = node.report.as_ref()?.cpu?;
            let us = cpu.seconds * 1_000_000 + i64::from(cpu.nanos) / 1_000;
            Some((node.node_id.clone(), us))
        });
        let lags = shards.iter().filter(|shard| shard.shard_key.ends_with("bookkeeper"));
        let lag = lags.filter_map(|shard| Duration::try_from(shard.lag?).ok()).max();
        let load = |shard: &amble_proto::v1::Shard| {
            shard.measured_load_us.unwrap_or(shard.declared_load_us)
        };
        Ok(Self {
            at,
            cpu_us: cpu.collect(),
            measured: shards.iter().filter(|s| s.measured_load_us.is_some()).count(),
            lag: lag.unwrap_or_default(),
            load_us: shards.iter().map(|s| (s.shard_key.clone(), load(s))).collect(),
            placed: shards.into_iter().map(|s| (s.shard_key, s.node_id)).collect(),
        })
    }

    /// Node → CPU cores that it used since an earlier reading.
    pub(super) fn cores_since(&self, earlier: &Self) -> BTreeMap<String, f64> {
        let seconds = (self.at - earlier.at).as_secs_f64();
        let both = self.cpu_us.iter().filter_map(|(node, now)| {
            let used = now - earlier.cpu_us.get(node)?;
            Some((node.clone(), used as f64 * 1e-6 / seconds))
        });
        both.collect()
    }

    /// Node → what its shards cost, in microseconds of CPU a second.
    pub(super) fn loads(&self) -> BTreeMap<String, u64> {
        let mut loads: BTreeMap<String, u64> =
            self.cpu_us.keys().map(|node| (node.clone(), 0)).collect();
        for (shard, node) in &self.placed {
            let load = self.load_us.get(shard).copied().unwrap_or_default();
            *loads.entry(node.clone()).or_default() += load;
        }
        loads
    }
}
