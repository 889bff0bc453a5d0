//! Plots as SVG.

use maud::{Markup, html};

/// The side of a plot, in its own units.
pub(super) const SIDE: f64 = 300.0;

/// A share of the plot's side.
pub(super) fn at(share: f64) -> String {
    format!("{:.1}", SIDE * share)
}

/// One figure against another, from the lowest of either to the highest; each point says what it is when
/// one points at it.
pub(super) fn line(what: &str, points: &[(f64, f64)]) -> Markup {
    let (xs, ys) = (span(points, |p| p.0), span(points, |p| p.1));
    let place = |&(x, y): &(f64, f64)| (at(xs.share(x)), at(1.0 - ys.share(y)));
    let path: Vec<String> = points
        .iter()
        .map(|point| {
            let (x, y) = place(point);
            format!("{x},{y}")
        })
        .collect();
    html! {
        svg viewBox=(format!("-60 -10 {} {}", SIDE + 80.0, SIDE + 40.0)) width=(SIDE) role="img" aria-label=(what) {
            path class="axis" d=(format!("M0 0V{SIDE}H{SIDE}")) {}
            text x="-55" y="8" { (format!("{:.4}", ys.high)) }
            text x="-55" y=(SIDE) { (format!("{:.4}", ys.low)) }
            text x="0" y=(SIDE + 15.0) { (xs.low) }
            text x=(SIDE - 30.0) y=(SIDE + 15.0) { (xs.high) }
            polyline class="line" points=(path.join(" ")) {}
            @for point in points {
                @let (x, y) = place(point);
                circle class="dot" cx=(x) cy=(y) r="4" { title { (point.0) ": " (format!("{:.4}", point.1)) } }
            }
        }
    }
}

/// From the lowest to the highest.
struct Span {
    low: f64,
    high: f64,
}

fn span(points: &[(f64, f64)], of: impl Fn(&(f64, f64)) -> f64) -> Span {
    let values = || points.iter().map(&of).filter(|value| value.is_finite());
    let low = values().reduce(f64::min).unwrap_or(0.0);
    Span {
        low,
        high: values().reduce(f64::max).unwrap_or(low),
    }
}

impl Span {
    /// Where a value lies in it; in the middle when there is but one.
    fn share(&self, value: f64) -> f64 {
        let room = self.high - self.low;
        if room > 0.0 {
            (value - self.low) / room
        } else {
            0.5
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_is_at_the_bottom_and_the_highest_at_the_top_of_the_plot() {
        let plot = line("F1", &[(2.0, 0.5), (6.0, 1.0)]).into_string();
        assert!(plot.contains("0.0,300.0 300.0,0.0"), "{plot}");
        assert!(plot.contains("0.5000") && plot.contains("1.0000"), "{plot}");
    }

    #[test]
    fn what_is_always_the_same_lies_in_the_middle() {
        let plot = line("F1", &[(2.0, 0.5), (6.0, 0.5)]).into_string();
        assert!(plot.contains("0.0,150.0 300.0,150.0"), "{plot}");
    }
}
