//! How well weights fit, as log densities in 1/g.

use super::scene::Reading;

/// Product weights and steps are normal, but one in fifty is three times as far off: a torn packet, a
/// finger on the plate. Without this tail one bad gram too much would rule out the truth.
const TAIL: f64 = 0.02;
const TAIL_SPREAD: f64 = 3.0;

/// Density of a residual with this variance.
pub(crate) fn fit(residual: f64, variance: f64) -> f64 {
    let z = 0.5 * residual * residual / variance;
    let core = (1.0 - TAIL) * (-z).exp();
    let tail = TAIL / TAIL_SPREAD * (-z / (TAIL_SPREAD * TAIL_SPREAD)).exp();
    (core + tail).ln() - 0.5 * (2.0 * std::f64::consts::PI * variance).ln()
}

/// Density of one split of `scale` grams over `plates` plates, when all are equally likely: that of
/// the uniform distribution on the simplex.
pub(super) fn split(scale: f64, plates: usize) -> f64 {
    let log_factorial: f64 = (1..plates).map(|k| (k as f64).ln()).sum();
    log_factorial - plates.saturating_sub(1) as f64 * scale.max(1.0).ln()
}

/// Penalty for plates that moved against the sense of what is said to have moved them: `sense` is −1
/// when only takes are claimed, 1 when only returns.
pub(super) fn against(readings: &[Reading], sense: f64) -> f64 {
    let wrong = |r: &Reading| {
        let excess = (-sense * r.delta_g).max(0.0);
        -0.5 * excess * excess / r.variance
    };
    readings.iter().map(wrong).sum()
}

/// `ln Σ exp x`.
pub(super) fn log_sum_exp(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let most = values.clone().fold(f64::NEG_INFINITY, f64::max);
    if most.is_finite() {
        most + values.map(|v| (v - most).exp()).sum::<f64>().ln()
    } else {
        most
    }
}
