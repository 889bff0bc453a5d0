//! Points, lines and polygons on the floor plan, in metres.

use std::ops::{Add, Mul, Sub};

use serde::{Deserialize, Serialize};

/// A point or vector on the floor: metres.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Vec2 {
    /// Along the plan's x axis.
    pub x: f64,
    /// Along the plan's y axis.
    pub y: f64,
}

/// A point in the shop: metres.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Vec3 {
    /// Along the plan's x axis.
    pub x: f64,
    /// Along the plan's y axis.
    pub y: f64,
    /// Above the floor.
    pub z: f64,
}

impl Vec2 {
    /// The point (x, y).
    #[must_use]
    pub const fn new(x: f64, y: f64) -> Self {
        Self { x, y }
    }

    /// Scalar product.
    #[must_use]
    pub fn dot(self, other: Self) -> f64 {
        self.x * other.x + self.y * other.y
    }

    /// z of the cross product: positive when `other` is to the left of `self`.
    #[must_use]
    pub fn cross(self, other: Self) -> f64 {
        self.x * other.y - self.y * other.x
    }

    /// Length.
    #[must_use]
    pub fn norm(self) -> f64 {
        self.dot(self).sqrt()
    }

    /// Distance to another point.
    #[must_use]
    pub fn distance(self, other: Self) -> f64 {
        (self - other).norm()
    }

    /// Turned counter-clockwise by `radians`.
    #[must_use]
    pub fn rotated(self, radians: f64) -> Self {
        let (sin, cos) = radians.sin_cos();
        Self::new(self.x * cos - self.y * sin, self.x * sin + self.y * cos)
    }
}

impl Add for Vec2 {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self::new(self.x + other.x, self.y + other.y)
    }
}

impl Sub for Vec2 {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self::new(self.x - other.x, self.y - other.y)
    }
}

impl Mul<f64> for Vec2 {
    type Output = Self;
    fn mul(self, factor: f64) -> Self {
        Self::new(self.x * factor, self.y * factor)
    }
}

impl Vec3 {
    /// The point (x, y, z).
    #[must_use]
    pub const fn new(x: f64, y: f64, z: f64) -> Self {
        Self { x, y, z }
    }

    /// Its foot on the floor.
    #[must_use]
    pub const fn floor(self) -> Vec2 {
        Vec2::new(self.x, self.y)
    }

    /// Length.
    #[must_use]
    pub fn norm(self) -> f64 {
        (self.x * self.x + self.y * self.y + self.z * self.z).sqrt()
    }

    /// Distance to another point.
    #[must_use]
    pub fn distance(self, other: Self) -> f64 {
        (self - other).norm()
    }
}

impl Add for Vec3 {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self::new(self.x + other.x, self.y + other.y, self.z + other.z)
    }
}

impl Sub for Vec3 {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self::new(self.x - other.x, self.y - other.y, self.z - other.z)
    }
}

impl Mul<f64> for Vec3 {
    type Output = Self;
    fn mul(self, factor: f64) -> Self {
        Self::new(self.x * factor, self.y * factor, self.z * factor)
    }
}

/// A directed line from `from` to `to`; a gate is one, with the shop on its left.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    /// One end.
    pub from: Vec2,
    /// The other end.
    pub to: Vec2,
}

impl Segment {
    /// The middle.
    #[must_use]
    pub fn middle(&self) -> Vec2 {
        (self.from + self.to) * 0.5
    }

    /// Signed distance from the infinite line: positive on its left.
    #[must_use]
    pub fn side(&self, point: Vec2) -> f64 {
        let along = self.to - self.from;
        let length = along.norm();
        if length > 0.0 {
            along.cross(point - self.from) / length
        } else {
            0.0
        }
    }

    /// Distance from the segment itself.
    #[must_use]
    pub fn distance(&self, point: Vec2) -> f64 {
        let along = self.to - self.from;
        let square = along.dot(along);
        let t = if square > 0.0 {
            ((point - self.from).dot(along) / square).clamp(0.0, 1.0)
        } else {
            0.0
        };
        point.distance(self.from + along * t)
    }
}

/// A simple polygon, corner by corner, with its bounding box.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Polygon {
    corners: Vec<Vec2>,
    low: Vec2,
    high: Vec2,
}

impl Polygon {
    /// A polygon with these corners; fewer than three contain nothing.
    #[must_use]
    pub fn new(corners: Vec<Vec2>) -> Self {
        let start = (Vec2::new(f64::MAX, f64::MAX), Vec2::new(f64::MIN, f64::MIN));
        let (low, high) = corners.iter().fold(start, |(low, high), c| {
            (
                Vec2::new(low.x.min(c.x), low.y.min(c.y)),
                Vec2::new(high.x.max(c.x), high.y.max(c.y)),
            )
        });
        Self { corners, low, high }
    }

    /// Its corners.
    #[must_use]
    pub fn corners(&self) -> &[Vec2] {
        &self.corners
    }

    /// Corners of the smallest upright rectangle round it.
    #[must_use]
    pub const fn bounds(&self) -> (Vec2, Vec2) {
        (self.low, self.high)
    }

    /// Its sides, in order.
    pub fn sides(&self) -> impl Iterator<Item = Segment> + '_ {
        let next = self.corners.iter().cycle().skip(1);
        self.corners
            .iter()
            .zip(next)
            .map(|(&from, &to)| Segment { from, to })
    }

    /// Whether the point is inside. Of two polygons that share a side, at most one says yes to a
    /// point on it.
    #[must_use]
    pub fn contains(&self, point: Vec2) -> bool {
        let in_box = point.x >= self.low.x
            && point.x <= self.high.x
            && point.y >= self.low.y
            && point.y <= self.high.y;
        in_box
            && self.sides().fold(false, |inside, side| {
                let crosses = (side.from.y > point.y) != (side.to.y > point.y);
                let at = || {
                    side.from.x
                        + (point.y - side.from.y) / (side.to.y - side.from.y)
                            * (side.to.x - side.from.x)
                };
                inside != (crosses && point.x < at())
            })
    }

    /// Distance to it; 0 inside.
    #[must_use]
    pub fn distance(&self, point: Vec2) -> f64 {
        if self.contains(point) {
            return 0.0;
        }
        self.sides()
            .map(|side| side.distance(point))
            .fold(f64::INFINITY, f64::min)
    }

    /// Area in m², whatever the sense of the corners.
    #[must_use]
    pub fn area(&self) -> f64 {
        (self
            .sides()
            .map(|side| side.from.cross(side.to))
            .sum::<f64>()
            * 0.5)
            .abs()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(x: f64) -> Polygon {
        let corners = [(x, 0.0), (x + 1.0, 0.0), (x + 1.0, 1.0), (x, 1.0)];
        Polygon::new(corners.map(|(x, y)| Vec2::new(x, y)).to_vec())
    }

    #[test]
    fn neighbours_share_no_point() {
        for y in [0.0, 0.25, 0.5, 0.999] {
            let on_the_border = Vec2::new(1.0, y);
            let inside = [square(0.0), square(1.0)]
                .iter()
                .filter(|p| p.contains(on_the_border))
                .count();
            assert_eq!(inside, 1, "{y}");
        }
    }

    #[test]
    fn distance_is_zero_inside_and_to_the_nearest_side_outside() {
        let polygon = square(0.0);
        assert!(polygon.distance(Vec2::new(0.5, 0.5)).abs() < 1e-12);
        assert!((polygon.distance(Vec2::new(4.0, 5.0)) - 5.0).abs() < 1e-12);
        assert!((polygon.area() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_segment_has_its_left_on_the_positive_side() {
        let gate = Segment {
            from: Vec2::new(0.0, 0.0),
            to: Vec2::new(2.0, 0.0),
        };
        assert!((gate.side(Vec2::new(1.0, 0.5)) - 0.5).abs() < 1e-12);
        assert!((gate.distance(Vec2::new(3.0, 0.0)) - 1.0).abs() < 1e-12);
    }
}
