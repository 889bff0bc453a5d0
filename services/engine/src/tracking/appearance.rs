//! What a person looked like in the last seconds.
//!
//! A biometric-free memory (rule S2): a sum of unit vectors for each second, of which only the last
//! few are kept. It is never written to the ledger; the frames that cameras keep bring it back.

use std::{collections::VecDeque, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::time::Time;

/// How many whole seconds are remembered. A shop that starts anew replays the last seven before its
/// newest cut; from then on it must know as much as before, also in the predictions that were issued
/// some rounds before the cut and are used after it, and of the first second it may see only a part.
pub const REMEMBERED_S: i64 = 5;

/// Sums of directions, second by second.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Appearance {
    seconds: VecDeque<(i64, Vec<f32>)>,
    mean: Option<Arc<[f32]>>,
    changed: bool,
}

impl Appearance {
    /// Adds one observation; an empty one, or one of another length than before, says nothing.
    pub(super) fn observe(&mut self, observed: &[f32], time: Time) {
        let Some(scale) = inverse_norm(observed) else {
            return;
        };
        let second = time.0.div_euclid(1_000_000);
        match self.seconds.back_mut() {
            Some((_, sum)) if sum.len() != observed.len() => return,
            Some((last, sum)) if *last >= second => {
                for (total, value) in sum.iter_mut().zip(observed) {
                    *total += value * scale;
                }
            }
            _ => {
                let unit = observed.iter().map(|value| value * scale).collect();
                self.seconds.push_back((second, unit));
            }
        }
        self.changed = true;
    }

    /// Forgets what is older than that at `now` and settles the mean.
    pub(super) fn settle(&mut self, now: Time) {
        let oldest = now.0.div_euclid(1_000_000) - REMEMBERED_S;
        while self
            .seconds
            .front()
            .is_some_and(|(second, _)| *second < oldest)
        {
            self.seconds.pop_front();
            self.changed = true;
        }
        if std::mem::take(&mut self.changed) {
            self.mean = self.sum();
        }
    }

    /// The mean direction as a unit vector, as of the last [`Self::settle`].
    pub(super) fn mean(&self) -> Option<Arc<[f32]>> {
        self.mean.clone()
    }

    fn sum(&self) -> Option<Arc<[f32]>> {
        let mut rest = self.seconds.iter();
        let mut sum = rest.next()?.1.clone();
        for (_, second) in rest {
            for (total, value) in sum.iter_mut().zip(second) {
                *total += value;
            }
        }
        let scale = inverse_norm(&sum)?;
        Some(sum.iter().map(|value| value * scale).collect())
    }
}

/// 1 / length; `None` for no vector and for one without direction.
pub(super) fn inverse_norm(vector: &[f32]) -> Option<f32> {
    let square: f32 = vector.iter().map(|value| value * value).sum();
    (square > f32::MIN_POSITIVE).then(|| square.sqrt().recip())
}

/// Scalar product.
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_is_of_the_last_seconds() {
        let mut appearance = Appearance::default();
        appearance.observe(&[2.0, 0.0], Time::from_secs_f64(0.5));
        appearance.observe(&[0.0, 1.0], Time::from_secs_f64(5.0));
        appearance.settle(Time::from_secs_f64(5.9));
        let both = appearance.mean().unwrap();
        assert!((both[0] - both[1]).abs() < 1e-6);
        appearance.settle(Time::from_secs_f64(6.0));
        assert_eq!(appearance.mean().as_deref(), Some([0.0, 1.0].as_slice()));
        appearance.settle(Time::from_secs_f64(11.0));
        assert_eq!(appearance.mean(), None);
    }
}
