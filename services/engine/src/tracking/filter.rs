//! Where a person is and how fast they walk: a Kalman filter.
//!
//! Both axes have the same noise and start with the same uncertainty, and a detection is as sharp
//! along x as along y. Their covariances are therefore equal at all times and x and y never
//! correlate: the 4 × 4 filter falls apart into two 2 × 2 filters that share one covariance.
//!
//! Properties:
//!
//! - F1 Going forward in two steps equals going forward once, up to rounding.
//! - F2 The covariance stays symmetric and positive.
//! - F3 A person out of sight is expected to stop: their speed decays, and their position is never
//!   less certain than [`LOST_SIGMA_M`].
//!
//! Models: in sight, constant velocity with white-noise acceleration (Y. Bar-Shalom, X. R. Li,
//! T. Kirubarajan, *Estimation with Applications to Tracking and Navigation*, 2001, §6.2.2); out of
//! sight, the same with velocity decaying (the Ornstein-Uhlenbeck process).

use serde::{Deserialize, Serialize};

use crate::geometry::Vec2;

/// Spectral density of the acceleration in m²/s³: a shopper who starts, stops or turns changes
/// velocity by about 0.7 m/s within a second. Found by trial on synthetic walkers; twice as much
/// loses more people to clutter than it saves in turns.
const ACCELERATION_DENSITY: f64 = 0.5;

/// How long a person out of sight is taken to walk on as before, in seconds.
const WALK_ON_S: f64 = 1.0;

/// Time constant with which their speed decays after that, in seconds.
const STOPPING_S: f64 = 0.5;

/// The largest standard deviation of a position, in metres.
const LOST_SIGMA_M: f64 = 1.5;

/// A measurement farther off than this many standard deviations counts as just as far off and less
/// sharp: a false detection then moves a well-known person little.
const OUTLIER_SIGMAS: f64 = 3.0;

/// Position and velocity with their uncertainty.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Filter {
    /// Expected position in metres.
    pub(super) position: Vec2,
    /// Expected velocity in metres per second.
    pub(super) velocity: Vec2,
    /// Each axis' covariance: position (m²), position with velocity (m²/s), velocity (m²/s²).
    covariance: [f64; 3],
}

impl Filter {
    /// A person who was just found, with standard deviations in metres and metres per second.
    pub(super) fn new(position: Vec2, sigma: f64, velocity: Vec2, velocity_sigma: f64) -> Self {
        Self {
            position,
            velocity,
            covariance: [sigma * sigma, 0.0, velocity_sigma * velocity_sigma],
        }
    }

    /// The state `dt` seconds later, of a person who has been out of sight for `unseen` seconds.
    /// Looking back (`dt < 0`) loses certainty just as looking ahead does.
    pub(super) fn after(&self, dt: f64, unseen: f64) -> Self {
        let walking = dt.min((WALK_ON_S - unseen).max(0.0));
        let walked = self.walk(walking);
        if dt > walking {
            walked.stop(dt - walking)
        } else {
            walked
        }
    }

    /// Constant velocity.
    fn walk(&self, dt: f64) -> Self {
        let noise = ACCELERATION_DENSITY * dt.abs();
        self.step(dt, 1.0, [noise * dt * dt / 3.0, noise * dt / 2.0, noise])
    }

    /// Decaying velocity.
    fn stop(&self, dt: f64) -> Self {
        let keep = (-dt / STOPPING_S).exp();
        let lost = 1.0 - keep;
        let scale = ACCELERATION_DENSITY * STOPPING_S;
        let noise = [
            scale * STOPPING_S * (dt - STOPPING_S * lost * (1.0 + 0.5 * lost)),
            scale * STOPPING_S * 0.5 * lost * lost,
            scale * 0.5 * (1.0 - keep * keep),
        ];
        self.step(STOPPING_S * lost, keep, noise)
    }

    /// Moves by `reach` seconds of the present velocity, of which the share `keep` is left then.
    fn step(&self, reach: f64, keep: f64, noise: [f64; 3]) -> Self {
        let [pp, pv, vv] = self.covariance;
        let moved = [
            pp + reach * (2.0 * pv + reach * vv) + noise[0],
            keep * (pv + reach * vv) + noise[1],
            keep * keep * vv + noise[2],
        ];
        // Scaling the whole covariance keeps it positive.
        let bound = (LOST_SIGMA_M * LOST_SIGMA_M / moved[0]).min(1.0);
        Self {
            position: self.position + self.velocity * reach,
            velocity: self.velocity * keep,
            covariance: moved.map(|c| c * bound),
        }
    }

    /// Takes in a measured position with its standard deviation.
    pub(super) fn correct(&mut self, measured: Vec2, sigma: f64) {
        let [pp, pv, vv] = self.covariance;
        let innovation = measured - self.position;
        let far = innovation.dot(innovation) / (OUTLIER_SIGMAS * OUTLIER_SIGMAS);
        let scale = (pp + sigma * sigma).max(far).recip();
        let (gain, gain_velocity) = (pp * scale, pv * scale);
        self.position = self.position + innovation * gain;
        self.velocity = self.velocity + innovation * gain_velocity;
        self.covariance = [
            pp * (1.0 - gain),
            pv * (1.0 - gain),
            vv - gain_velocity * pv,
        ];
    }

    /// Variance of the position on each axis, in m².
    pub(super) fn variance(&self) -> f64 {
        self.covariance[0]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn state() -> impl Strategy<Value = Filter> {
        (0.02..0.5f64, 0.1..1.0f64, -1.5..1.5f64).prop_map(|(sigma, velocity_sigma, v)| {
            let velocity = Vec2::new(v, 0.3);
            let mut filter =
                Filter::new(Vec2::default(), sigma, velocity, velocity_sigma).walk(0.1);
            filter.correct(Vec2::new(0.1 * v, 0.0), 0.09);
            filter
        })
    }

    proptest! {
        #[test]
        fn f1_two_steps_equal_one(
            filter in state(), a in 0.0..0.8f64, b in 0.0..0.8f64, unseen in 0.0..2.0f64,
        ) {
            let twice = filter.after(a, unseen).after(b, unseen + a);
            let once = filter.after(a + b, unseen);
            prop_assert!(twice.position.distance(once.position) < 1e-9);
            prop_assert!(twice.velocity.distance(once.velocity) < 1e-9);
            for (x, y) in twice.covariance.iter().zip(once.covariance) {
                prop_assert!((x - y).abs() < 1e-9, "{twice:?} {once:?}");
            }
        }

        #[test]
        fn f2_the_covariance_stays_positive(
            mut filter in state(),
            steps in prop::collection::vec((-0.4..3.0f64, 0.0..5.0f64, any::<bool>()), 0..50),
        ) {
            for (dt, unseen, seen) in steps {
                filter = filter.after(dt, unseen);
                if seen {
                    filter.correct(Vec2::new(dt, unseen), 0.09);
                }
                let [pp, pv, vv] = filter.covariance;
                prop_assert!(pp > 0.0 && vv > 0.0 && pp * vv - pv * pv > -1e-12, "{filter:?}");
            }
        }

        #[test]
        fn f3_a_person_out_of_sight_stops(filter in state(), unseen in 0.0..60.0f64) {
            let later = filter.after(unseen, 0.0);
            let furthest = filter.velocity.norm() * (WALK_ON_S + STOPPING_S);
            prop_assert!(later.position.distance(filter.position) <= furthest + 1e-9);
            prop_assert!(later.variance() <= LOST_SIGMA_M * LOST_SIGMA_M + 1e-9);
        }
    }
}
