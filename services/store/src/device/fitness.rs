//! Which plates of a shelf are not believed: said once, counted by zone, and shown with the shelf.
//!
//! 1. What the fold finds of a plate is what counts: one that reads the same for a minute is stuck, and noise
//!    always moves the last digit.
//! 2. A plate counts from then on until it is fit again, or until the shelf's actor ends: where it begins anew,
//!    it is looked at again.

use amble_engine::weighing::{Health, Weigher};

use crate::telemetry;

/// How the plates of one shelf are.
#[derive(Debug)]
pub struct Fitness {
    zone: String,
    of: Vec<Health>,
}

/// Why a plate is not believed; nothing: it is.
const fn why(health: Health) -> Option<&'static str> {
    match health {
        Health::Ok => None,
        Health::Noisy => Some("noisy"),
        Health::Stuck => Some("stuck"),
    }
}

impl Fitness {
    /// A shelf of so many plates, which are all fit as far as is known.
    pub fn new(zone: &str, plates: usize) -> Self {
        for health in [Health::Noisy, Health::Stuck] {
            count(zone, health, 0.0);
        }
        Self {
            zone: zone.to_owned(),
            of: vec![Health::Ok; plates],
        }
    }

    /// Looks at the plates again; those that are otherwise now, by their place on the shelf.
    pub fn look(&mut self, weigher: &Weigher) -> Vec<(usize, Option<&'static str>)> {
        let mut news = Vec::new();
        for (at, (known, plate)) in self.of.iter_mut().zip(weigher.plates()).enumerate() {
            if *known != plate.health {
                count(&self.zone, *known, -1.0);
                count(&self.zone, plate.health, 1.0);
                *known = plate.health;
                news.push((at, why(plate.health)));
            }
        }
        news
    }

    /// Plates that are not believed, by their place on the shelf, and why.
    pub fn unfit(&self) -> impl Iterator<Item = (usize, &'static str)> {
        let all = self.of.iter().enumerate();
        all.filter_map(|(at, &health)| Some((at, why(health)?)))
    }
}

impl Drop for Fitness {
    fn drop(&mut self) {
        for &health in &self.of {
            count(&self.zone, health, -1.0);
        }
    }
}

fn count(zone: &str, health: Health, more: f64) {
    if let Some(why) = why(health) {
        telemetry::unfit_plates(zone, why, more);
    }
}

#[cfg(test)]
mod tests {
    use amble_engine::{
        time::Time,
        weighing::{Config, Frame},
    };

    use super::*;

    /// Two plates for so many seconds, ten samples a second: the first says the same, the second trembles.
    fn weigh(weigher: &mut Weigher, from_s: i64, to_s: i64, level: impl Fn(i64) -> f32) {
        for tenth in from_s * 10..to_s * 10 {
            let tremor = if tenth % 2 == 0 { 0.3 } else { -0.3 };
            weigher.fold(
                Frame {
                    time: Time(tenth * 100_000),
                    period_us: 100_000,
                    grams: &[level(tenth), 500.0 + tremor],
                },
                &mut Vec::new(),
            );
        }
    }

    #[test]
    fn a_plate_that_repeats_itself_beside_one_that_trembles_is_stuck_until_it_trembles_too() {
        let mut weigher = Weigher::new(2, Config::default());
        let mut fitness = Fitness::new("zone/1", 2);
        weigh(&mut weigher, 0, 30, |_| 250.0);
        assert_eq!(fitness.look(&weigher), []);
        weigh(&mut weigher, 30, 90, |_| 250.0);
        assert_eq!(fitness.look(&weigher), [(0, Some("stuck"))]);
        assert_eq!(fitness.look(&weigher), [], "it is said once");
        assert_eq!(fitness.unfit().collect::<Vec<_>>(), [(0, "stuck")]);
        weigh(&mut weigher, 90, 95, |tenth| {
            if tenth % 2 == 0 { 250.2 } else { 249.8 }
        });
        assert_eq!(fitness.look(&weigher), [(0, None)]);
        assert_eq!(fitness.unfit().count(), 0);
    }
}
