//! Questions about polygons that only a plan's check asks.

use amble_engine::geometry::{Polygon, Segment, Vec2};

/// Lengths below this, in metres, count as none.
const TINY: f64 = 1e-6;

pub(super) fn polygon(points: &[[f64; 2]]) -> Polygon {
    Polygon::new(points.iter().map(|&[x, y]| Vec2::new(x, y)).collect())
}

/// Why the corners are no simple polygon, if they are not.
pub(super) fn not_simple(polygon: &Polygon) -> Option<&'static str> {
    let sides: Vec<Segment> = polygon.sides().collect();
    if sides.len() < 3 {
        return Some("it has fewer than three corners");
    }
    if sides.iter().any(|s| s.from.distance(s.to) < TINY) {
        return Some("two corners that follow each other are the same point");
    }
    for (i, a) in sides.iter().enumerate() {
        let next = &sides[(i + 1) % sides.len()];
        let (along, onward) = (a.to - a.from, next.to - next.from);
        if along.cross(onward).abs() < TINY * along.norm() && along.dot(onward) < 0.0 {
            return Some("it turns back on itself");
        }
        let beyond = i + 2..sides.len() - usize::from(i == 0);
        if sides.get(beyond).into_iter().flatten().any(|b| touch(a, b)) {
            return Some("its sides cross or touch each other");
        }
    }
    (polygon.area() < 1e-4).then_some("it has no area")
}

/// Whether the polygon, which must be simple, is convex.
pub(super) fn is_convex(polygon: &Polygon) -> bool {
    let sides: Vec<Vec2> = polygon.sides().map(|s| s.to - s.from).collect();
    let turns = sides.iter().zip(sides.iter().cycle().skip(1));
    let (mut left, mut right) = (false, false);
    for (a, b) in turns {
        let turn = a.cross(*b) / (a.norm() * b.norm());
        left |= turn > TINY;
        right |= turn < -TINY;
    }
    !(left && right)
}

/// Whether two segments have a point in common.
fn touch(a: &Segment, b: &Segment) -> bool {
    let apart = |s: &Segment, t: &Segment| {
        let (from, to) = (s.side(t.from), s.side(t.to));
        (from > TINY && to > TINY) || (from < -TINY && to < -TINY)
    };
    let beside = |k: fn(Vec2) -> f64| {
        let ((a0, a1), (b0, b1)) = ((k(a.from), k(a.to)), (k(b.from), k(b.to)));
        a0.min(a1) > b0.max(b1) + TINY || b0.min(b1) > a0.max(a1) + TINY
    };
    !(apart(a, b) || apart(b, a) || beside(|p| p.x) || beside(|p| p.y))
}

/// Area in m² that two simple polygons have in common.
///
/// Cut into upright strips at every corner and every crossing, no sides cross within a strip, so
/// that the length which both have in common in its middle, times its width, is exact.
pub(super) fn common_area(a: &Polygon, b: &Polygon) -> f64 {
    let ((a_low, a_high), (b_low, b_high)) = (a.bounds(), b.bounds());
    let (low, high) = (a_low.x.max(b_low.x), a_high.x.min(b_high.x));
    if low >= high || a_low.y.max(b_low.y) >= a_high.y.min(b_high.y) {
        return 0.0;
    }
    let corners = a.corners().iter().chain(b.corners()).map(|c| c.x);
    let mut cuts: Vec<f64> = corners.chain(crossings(a, b)).collect();
    cuts.retain(|x| (low..=high).contains(x));
    cuts.sort_by(f64::total_cmp);
    let strips = cuts.windows(2).filter(|x| x[1] - x[0] > 1e-9);
    strips
        .map(|x| {
            let middle = (x[0] + x[1]) * 0.5;
            let (in_a, in_b) = (intervals(a, middle), intervals(b, middle));
            let pairs = in_a.iter().flat_map(|p| in_b.iter().map(move |q| (p, q)));
            let common: f64 = pairs
                .map(|(p, q)| (p.1.min(q.1) - p.0.max(q.0)).max(0.0))
                .sum();
            common * (x[1] - x[0])
        })
        .sum()
}

/// The xs where a side of one crosses a side of the other.
fn crossings(a: &Polygon, b: &Polygon) -> Vec<f64> {
    let pairs = a.sides().flat_map(|s| b.sides().map(move |t| (s, t)));
    pairs
        .filter_map(|(s, t)| {
            let (d, e) = (s.to - s.from, t.to - t.from);
            let cross = d.cross(e);
            let at = (t.from - s.from).cross(e) / cross;
            (cross != 0.0 && (0.0..=1.0).contains(&at)).then_some(s.from.x + d.x * at)
        })
        .collect()
}

/// The parts of the upright line at `x` that are inside.
fn intervals(polygon: &Polygon, x: f64) -> Vec<(f64, f64)> {
    let mut ys: Vec<f64> = polygon
        .sides()
        .filter(|s| (s.from.x > x) != (s.to.x > x))
        .map(|s| s.from.y + (x - s.from.x) / (s.to.x - s.from.x) * (s.to.y - s.from.y))
        .collect();
    ys.sort_by(f64::total_cmp);
    ys.chunks_exact(2).map(|y| (y[0], y[1])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_common_area_of_two_polygons_is_exact() {
        let square = polygon(&[[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.0, 2.0]]);
        let diamond = polygon(&[[2.0, 0.0], [3.0, 1.0], [2.0, 2.0], [1.0, 1.0]]);
        let notched = polygon(&[[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [1.0, 0.5], [0.0, 2.0]]);
        let beside = polygon(&[[2.0, 0.0], [4.0, 0.0], [4.0, 2.0], [2.0, 2.0]]);
        for (a, b, area) in [
            (&square, &square, 4.0),
            (&square, &diamond, 1.0),
            (&square, &notched, 2.5),
            (&notched, &square, 2.5),
            (&square, &beside, 0.0),
        ] {
            assert!((common_area(a, b) - area).abs() < 1e-9, "{a:?} {b:?}");
        }
    }

    #[test]
    fn only_polygons_whose_sides_keep_apart_are_simple() {
        let simple = |points: &[[f64; 2]]| not_simple(&polygon(points)).is_none();
        assert!(simple(&[[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]));
        assert!(simple(&[[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [1.0, 1.0]]));
        assert!(
            !simple(&[[0.0, 0.0], [1.0, 1.0], [1.0, 0.0], [0.0, 1.0]]),
            "bow tie"
        );
        assert!(
            !simple(&[[0.0, 0.0], [2.0, 0.0], [1.0, 0.0], [1.0, 1.0]]),
            "spike"
        );
        assert!(!simple(&[[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]]), "a line");
        assert!(!simple(&[[0.0, 0.0], [1.0, 0.0]]), "two corners");
    }
}
