//! Where a person is and how fast they walk: a constant-velocity Kalman filter.
//!
//! Both axes have the same noise and start with the same uncertainty, and a detection is as sharp
//! along x as along y. Their covariances are therefore equal at all times and x and y never
//! correlate: the 4 × 4 filter falls apart into two 2 × 2 filters that share one covariance.
//!
//! Properties:
//!
//! - F1 Going forward in two steps equals going forward once, up to rounding.
//! - F2 The covariance stays symmetric and positive: an update is `(1 − g) × prior`, never a
//!   difference of matrices.
//! - F3 A person out of sight is expected to stop: their speed decays, and their position is never
//!   less certain than [`LOST_SIGMA_M`].
//!
//! Model: Y. Bar-Shalom, X. R. Li, T. Kirubarajan, *Estimation with Applications to Tracking and
//! Navigation*, 2001, §6.2.2 (continuous white-noise acceleration).

use serde::{Deserialize, Serialize};

use crate::{geometry::Vec2, time::Time};

/// Spectral density of the acceleration in m²/s³: a shopper who starts, stops or turns changes
/// velocity by about 1 m/s within a second.
const ACCELERATION_DENSITY: f64 = 1.2;

/// How long a person out of sight is taken to walk on as before, in seconds.
const WALK_ON_S: f64 = 1.0;

/// Time constant with which their speed decays after that, in seconds.
const STOPPING_S: f64 = 0.5;

/// The largest standard deviation of a position, in metres.
pub(super) const LOST_SIGMA_M: f64 = 1.5;

/// Position and velocity with their uncertainty, at one instant.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Filter {
    /// When.
    pub(super) time: Time,
    /// Expected position in metres.
    pub(super) position: Vec2,
    /// Expected velocity in metres per second.
    pub(super) velocity: Vec2,
    /// Upper triangle of each axis' covariance: position (m²), both (m²/s), velocity (m²/s²).
    pub(super) covariance: [f64; 3],
}

impl Filter {
    /// A person who was just found, with the standard deviations of position (m) and velocity (m/s).
    pub(super) fn new(
        time: Time,
        (position, position_sigma): (Vec2, f64),
        (velocity, velocity_sigma): (Vec2, f64),
    ) -> Self {
        let covariance = [
            position_sigma * position_sigma,
            0.0,
            velocity_sigma * velocity_sigma,
        ];
        Self {
            time,
            position,
            velocity,
            covariance,
        }
    }

    /// The state at `time`, for a person last seen at `seen`. Going back in time loses certainty
    /// just as going forward does.
    pub(super) fn at(&self, time: Time, seen: Time) -> Self {
        let turn = seen.plus_us((WALK_ON_S * 1e6) as i64);
        if time <= turn {
            self.walk(time)
        } else {
            self.walk(turn.max(self.time)).stop(time)
        }
    }

    /// Constant velocity.
    fn walk(&self, time: Time) -> Self {
        let dt = time.since(self.time);
        self.step(time, dt, 1.0)
    }

    /// Velocity that decays.
    fn stop(&self, time: Time) -> Self {
        let decay = (-time.since(self.time) / STOPPING_S).exp();
        self.step(time, STOPPING_S * (1.0 - decay), decay)
    }

    /// `position += reach × velocity`, `velocity *= keep`, plus the noise of that time.
    fn step(&self, time: Time, reach: f64, keep: f64) -> Self {
        let dt = time.since(self.time).abs();
        let [pp, pv, vv] = self.covariance;
        let noise = ACCELERATION_DENSITY * dt;
        let covariance = [
            pp + reach * (2.0 * pv + reach * vv) + noise * reach * reach / 3.0,
            keep * (pv + reach * vv) + noise * keep * reach / 2.0,
            keep * keep * (vv + noise),
        ];
        Self {
            time,
            position: self.position + self.velocity * reach,
            velocity: self.velocity * keep,
            covariance,
        }
        .bounded()
    }

    /// Scales the covariance down to the largest position uncertainty, which keeps it positive.
    fn bounded(mut self) -> Self {
        let most = LOST_SIGMA_M * LOST_SIGMA_M;
        let [pp, _, _] = self.covariance;
        if pp > most {
            self.covariance = self.covariance.map(|c| c * (most / pp));
        }
        self
    }

    /// Takes in a position measured at the filter's own time, with its standard deviation.
    pub(super) fn correct(&mut self, measured: Vec2, sigma: f64) {
        let [pp, pv, vv] = self.covariance;
        let innovation = measured - self.position;
        let scale = (pp + sigma * sigma).recip();
        let (gain, gain_velocity) = (pp * scale, pv * scale);
        self.position = self.position + innovation * gain;
        self.velocity = self.velocity + innovation * gain_velocity;
        self.covariance = [
            pp * (1.0 - gain),
            pv * (1.0 - gain),
            vv - gain_velocity * pv,
        ];
    }

    /// Standard deviation of the position on each axis, in metres.
    pub(super) fn sigma(&self) -> f64 {
        self.covariance[0].sqrt()
    }
}
