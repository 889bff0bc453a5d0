//! What was found, as a table, and what of it was not to be.

use std::{fmt, time::Duration};

use super::{super::Sample, Reading};

/// How far a node's shards may be from even load, in percent of it.
const EVEN: f64 = 15.0;
/// How much CPU several nodes may use for what one does, as a ratio.
const AT_MOST: f64 = 1.5;
/// How far behind the wall clock a shop that keeps up decides.
const KEEPS_UP: Duration = Duration::from_secs(1);

/// A node's part.
#[derive(Clone, Debug)]
struct Part {
    node: String,
    shards: usize,
    load_us: u64,
    cores: f64,
}

/// A stretch of time in which nothing changed.
#[derive(Clone, Debug)]
pub(super) struct Stretch {
    name: String,
    parts: Vec<Part>,
    /// The farthest that the bookkeeper was behind.
    lag: Duration,
    measured: bool,
    /// What devices waited in vain.
    waits: Sample,
}

impl Stretch {
    pub(super) fn between(
        name: &str,
        first: &Reading,
        last: &Reading,
        lag: Duration,
        waits: Sample,
    ) -> Self {
        let parts = last.cores_since(first).into_iter().map(|(node, cores)| {
            let (load_us, shards) = last.held(&node);
            Part {
                node,
                shards,
                load_us,
                cores,
            }
        });
        Self {
            name: name.to_owned(),
            parts: parts.collect(),
            lag,
            measured: last.all_measured,
            waits,
        }
    }

    fn cores(&self) -> f64 {
        self.parts.iter().map(|part| part.cores).sum()
    }

    fn even_us(&self) -> f64 {
        let all: u64 = self.parts.iter().map(|part| part.load_us).sum();
        all as f64 / self.parts.len() as f64
    }

    /// The farthest that a node is from even load, in percent of it.
    fn uneven(&self) -> f64 {
        let off = |part: &Part| off(part.load_us as f64, self.even_us()).abs();
        self.parts.iter().map(off).fold(0.0, f64::max)
    }
}

impl fmt::Display for Stretch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (cores, lag, waits) = (self.cores(), self.lag.as_secs_f64(), self.waits.outage_ms);
        writeln!(
            f,
            "{:<26}{cores:>7.3} cores, lag at most {lag:.2} s, a device waited at most {waits} ms",
            self.name
        )?;
        let even_cores = cores / self.parts.len() as f64;
        let what = if self.measured {
            "measured"
        } else {
            "declared"
        };
        for part in self.parts.iter().filter(|_| self.parts.len() > 1) {
            let load = part.load_us as f64;
            writeln!(
                f,
                "  {:<10}{:>3} shards, {what} load {:>5.1} ms/s ({:+5.1} %), {:.3} cores ({:+5.1} %)",
                part.node,
                part.shards,
                load * 1e-3,
                off(load, self.even_us()),
                part.cores,
                off(part.cores, even_cores),
            )?;
        }
        Ok(())
    }
}

/// A node has joined.
#[derive(Clone, Debug)]
pub(super) struct Joined {
    moved: Vec<String>,
    /// Shards that moved elsewhere than to who joined.
    astray: usize,
    /// Their part of the load, as it was measured before, in percent.
    part: f64,
    /// The share of each node, in percent.
    share: f64,
    /// The largest shard's part, in percent.
    largest: f64,
    outage: Sample,
}

impl Joined {
    pub(super) fn between(before: &Reading, after: &Reading, outage: Sample) -> Self {
        let moved = after.placed.iter();
        let moved = moved.filter(|(shard, node)| before.placed.get(*shard) != Some(node));
        let moved: Vec<_> = moved.collect();
        let old = |node: &&String| before.placed.values().any(|at| at == *node);
        let all: u64 = before.load_us.values().sum();
        let percent = |load: u64| load as f64 * 100.0 / all as f64;
        Self {
            astray: moved.iter().filter(|(_, node)| old(node)).count(),
            part: percent(moved.iter().map(|(shard, _)| before.load_us[*shard]).sum()),
            moved: moved.into_iter().map(|(shard, _)| shard.clone()).collect(),
            share: 100.0 / after.homes() as f64,
            largest: percent(before.load_us.values().copied().max().unwrap_or_default()),
            outage,
        }
    }
}

impl fmt::Display for Joined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "another node joined: {} shards moved, {} of them not to it; they are {:.1} % of the load, a \
             node's share is {:.1} %, the largest shard is {:.1} %",
            self.moved.len(),
            self.astray,
            self.part,
            self.share,
            self.largest,
        )?;
        writeln!(f, "  {}", self.moved.join(" "))?;
        writeln!(
            f,
            "  meanwhile {} waited longest, {} ms; disturbed for {} ms in all",
            self.outage.device, self.outage.outage_ms, self.outage.disturbed_ms
        )
    }
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    pub(super) stretches: Vec<Stretch>,
    pub(super) joined: Option<Joined>,
}

impl Found {
    /// What was not as it should be; nothing: all is well.
    #[must_use]
    pub fn missed(&self) -> Vec<String> {
        let mut missed = Vec::new();
        for stretch in &self.stretches {
            let Stretch { name, lag, .. } = stretch;
            if *lag > KEEPS_UP {
                missed.push(format!("{name}: {lag:?} behind"));
            }
            if stretch.parts.len() < 2 {
                continue;
            }
            if !stretch.measured {
                missed.push(format!("{name}: not all shards were measured"));
            }
            let uneven = stretch.uneven();
            if uneven > EVEN {
                missed.push(format!("{name}: {uneven:.1} % from even load"));
            }
        }
        if let [_, one, three, ..] = &self.stretches[..] {
            let ratio = three.cores() / one.cores();
            if ratio > AT_MOST {
                missed.push(format!("{}: {ratio:.2} times the CPU of one", three.name));
            }
        }
        match &self.joined {
            // Shards are not cut: the last one may be larger than what is left.
            Some(joined) if joined.part > joined.share + joined.largest / 2.0 => {
                missed.push(format!("{:.1} % of the load moved", joined.part));
            }
            Some(joined) if joined.astray > 0 => {
                missed.push(format!("{} shards moved astray", joined.astray));
            }
            Some(_) => {}
            None => missed.push("no node joined".to_owned()),
        }
        missed
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for stretch in &self.stretches {
            write!(f, "{stretch}")?;
            for other in self.stretches.iter().take(2) {
                if stretch.parts.len() > 1 {
                    let ratio = stretch.cores() / other.cores();
                    writeln!(f, "  {ratio:.2} times the CPU of {}", other.name)?;
                }
            }
        }
        self.joined
            .iter()
            .try_for_each(|joined| write!(f, "{joined}"))
    }
}

/// How far a value is from what it should be, in percent of that.
fn off(value: f64, even: f64) -> f64 {
    (value - even) * 100.0 / even
}
