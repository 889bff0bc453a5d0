//! How long shoppers wait for their receipts: from leaving to settled, in event time.

use serde::{Serialize, Serializer, ser::SerializeStruct as _};

/// Waits in milliseconds, ascending.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settling(Vec<i64>);

impl Settling {
    /// Of these waits, in microseconds.
    #[must_use]
    pub fn of(waits_us: impl Iterator<Item = i64>) -> Self {
        let mut waits: Vec<i64> = waits_us.map(|us| us / 1_000).collect();
        waits.sort_unstable();
        Self(waits)
    }

    /// Takes in others.
    pub fn add(&mut self, other: &Self) {
        self.0.extend_from_slice(&other.0);
        self.0.sort_unstable();
    }

    /// The wait that so many percent of the receipts do not exceed (nearest rank), in seconds. `None`: there
    /// are no receipts.
    #[must_use]
    pub fn percentile_s(&self, percent: usize) -> Option<f64> {
        let rank = (self.0.len() * percent).div_ceil(100).max(1) - 1;
        // Milliseconds of a wait are far below 2^52.
        self.0.get(rank).map(|&ms| ms as f64 / 1_000.0)
    }
}

impl Serialize for Settling {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut settling = serializer.serialize_struct("Settling", 4)?;
        settling.serialize_field("receipts", &self.0.len())?;
        settling.serialize_field("p50_s", &self.percentile_s(50))?;
        settling.serialize_field("p99_s", &self.percentile_s(99))?;
        settling.serialize_field("max_s", &self.percentile_s(100))?;
        settling.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_waits_that_occurred() {
        let mut waits = Settling::of([3_000_000, 1_000_000].into_iter());
        waits.add(&Settling::of(std::iter::once(2_000_000)));
        assert_eq!(waits.percentile_s(50), Some(2.0));
        assert_eq!(waits.percentile_s(99), Some(3.0));
        assert_eq!(Settling::default().percentile_s(50), None);
    }
}
