//! How long the shop was away, as its devices measured it, and as a table.

use std::{
    collections::BTreeMap,
    fmt,
    fs::File,
    io::{ErrorKind, Read as _, Seek as _, SeekFrom},
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::{Fault, Outcome};

/// A stretch of the wall clock, in microseconds since the Unix epoch, in which work waited in vain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// When the first answer was due.
    pub began_us: i64,
    /// When it came.
    pub ended_us: i64,
    /// Whose work it was.
    pub of: String,
}

/// The rhythm of rounds and heartbeats: shorter waits are no outages.
const ROUND_MS: i64 = 100;

/// What the devices wrote down, read while they write.
#[derive(Debug)]
pub struct Outages {
    path: PathBuf,
    read: u64,
    gaps: Vec<Gap>,
    /// Waits that were shorter than a round.
    short: Vec<Gap>,
    /// When it was said last that an outage stands.
    standing_us: i64,
}

impl Outages {
    /// Of a file that `amble simulate --outages` writes.
    #[must_use]
    pub fn in_file(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            read: 0,
            gaps: Vec::new(),
            short: Vec::new(),
            standing_us: 0,
        }
    }

    /// All so far that were longer than a round.
    ///
    /// # Errors
    /// When it can't be read, or a line of it is no outage.
    pub fn so_far(&mut self) -> Outcome<&[Gap]> {
        let mut file = match File::open(&self.path) {
            Ok(file) => file,
            // The people have hardly come.
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(&self.gaps),
            Err(error) => return Err(error.into()),
        };
        file.seek(SeekFrom::Start(self.read))?;
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        // The last line may not be whole yet.
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        self.read += whole as u64;
        for line in text[..whole].lines() {
            let value: Value = serde_json::from_str(line)?;
            let gap = gap(&value).ok_or_else(|| Fault::new(format!("no outage: {line}")))?;
            if value["open"] == true {
                self.standing_us = self.standing_us.max(gap.ended_us);
            } else if gap.lasted_ms() >= ROUND_MS {
                self.gaps.push(gap);
            } else {
                self.short.push(gap);
            }
        }
        Ok(&self.gaps)
    }

    /// All waits so far that the devices told of, also short ones.
    ///
    /// # Errors
    /// Those of [`so_far`](Self::so_far).
    pub fn waits(&mut self) -> Outcome<impl Iterator<Item = &Gap>> {
        self.so_far()?;
        Ok(self.gaps.iter().chain(&self.short))
    }

    /// When a device last waited in vain, as far as is known.
    ///
    /// # Errors
    /// Those of [`so_far`](Self::so_far).
    pub fn last_us(&mut self) -> Outcome<i64> {
        let ended = self.so_far()?.iter().map(|gap| gap.ended_us).max();
        Ok(ended.unwrap_or_default().max(self.standing_us))
    }
}

fn gap(value: &Value) -> Option<Gap> {
    Some(Gap {
        began_us: value["began_us"].as_i64()?,
        ended_us: value["ended_us"].as_i64()?,
        of: value["device"].as_str()?.to_owned(),
    })
}

/// What one fault cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The longest that a device waited in vain, in milliseconds; 0: none did for longer than 100 ms.
    pub outage_ms: i64,
    /// Which device.
    pub device: String,
    /// The longest time between two rounds that the bookkeeper decided, in milliseconds, without the
    /// 100 ms that a round takes.
    pub bookkeeper_ms: i64,
    /// From the first wait in vain to the end of the last, in milliseconds.
    pub disturbed_ms: i64,
}

impl Sample {
    /// Of what ended in a stretch of the wall clock.
    #[must_use]
    pub fn within(from_us: i64, devices: &[Gap], bookkeeper: &[Gap]) -> Self {
        let ended = |gaps: &[Gap]| -> Vec<Gap> {
            let gaps = gaps.iter().filter(|gap| gap.ended_us >= from_us);
            gaps.cloned().collect()
        };
        let (devices, bookkeeper) = (ended(devices), ended(bookkeeper));
        let longest = |gaps: &[Gap]| gaps.iter().map(Gap::lasted_ms).max().unwrap_or_default();
        let outage_ms = longest(&devices);
        let worst = devices.iter().find(|gap| gap.lasted_ms() == outage_ms);
        let all = || devices.iter().chain(&bookkeeper);
        let began_us = all().map(|gap| gap.began_us).min().unwrap_or_default();
        let ended_us = all().map(|gap| gap.ended_us).max().unwrap_or_default();
        Self {
            outage_ms,
            device: worst.map_or_else(String::new, |gap| gap.of.clone()),
            bookkeeper_ms: longest(&bookkeeper),
            disturbed_ms: (ended_us - began_us) / 1_000,
        }
    }
}

impl Gap {
    /// How long it was, in milliseconds.
    #[must_use]
    pub const fn lasted_ms(&self) -> i64 {
        (self.ended_us - self.began_us) / 1_000
    }
}

/// Samples by what happened, printed as a table in milliseconds.
#[derive(Clone, Debug, Default)]
pub struct Table(BTreeMap<String, Vec<Sample>>);

impl Table {
    /// Adds one.
    pub fn add(&mut self, what: &str, sample: Sample) {
        self.0.entry(what.to_owned()).or_default().push(sample);
    }

    /// Of what happened so, the worst outage that is not among the worst hundredth, in milliseconds.
    #[must_use]
    pub fn p99_ms(&self, what: &str) -> Option<i64> {
        let samples = self.0.get(what)?;
        Some(spread(samples.iter().map(|sample| sample.outage_ms))[1])
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<26}{:>6} |{:^23}|{:^23}|{:>10}",
            "", "", "devices, ms", "bookkeeper, ms", "disturbed"
        )?;
        writeln!(
            f,
            "{:<26}{:>6} |{:>7}{:>8}{:>8}|{:>7}{:>8}{:>8}|{:>10}",
            "what", "count", "p50", "p99", "max", "p50", "p99", "max", "max, ms"
        )?;
        for (what, samples) in &self.0 {
            let devices = spread(samples.iter().map(|sample| sample.outage_ms));
            let bookkeeper = spread(samples.iter().map(|sample| sample.bookkeeper_ms));
            let disturbed = spread(samples.iter().map(|sample| sample.disturbed_ms));
            write!(f, "{what:<26}{:>6} |", samples.len())?;
            for [p50, p99, max] in [devices, bookkeeper] {
                write!(f, "{p50:>7}{p99:>8}{max:>8}|")?;
            }
            writeln!(f, "{:>10}", disturbed[2])?;
        }
        Ok(())
    }
}

/// The median, what 99 of 100 do not exceed (nearest rank), and the largest.
pub(super) fn spread(values: impl Iterator<Item = i64>) -> [i64; 3] {
    let mut values: Vec<i64> = values.collect();
    values.sort_unstable();
    let rank = |percent: usize| (values.len() * percent).div_ceil(100).max(1) - 1;
    [50, 99, 100].map(|percent| values.get(rank(percent)).copied().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_occurred() {
        assert_eq!(spread(1..=200), [100, 198, 200]);
        assert_eq!(spread([7].into_iter()), [7, 7, 7]);
        assert_eq!(spread(std::iter::empty()), [0, 0, 0]);
    }

    #[test]
    fn a_sample_is_the_worst_device_and_the_time_until_all_goes_on() {
        let gap = |began_ms: i64, ended_ms: i64, of: &str| Gap {
            began_us: began_ms * 1_000,
            ended_us: ended_ms * 1_000,
            of: of.to_owned(),
        };
        let devices = [gap(0, 90, "old"), gap(200, 700, "a"), gap(800, 1_000, "b")];
        let sample = Sample::within(100_000, &devices, &[gap(210, 1_100, "book")]);
        assert_eq!((sample.outage_ms, sample.device.as_str()), (500, "a"));
        assert_eq!((sample.bookkeeper_ms, sample.disturbed_ms), (890, 900));
    }
}
