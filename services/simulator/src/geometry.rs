//! Points, polygons and turned rectangles on the floor, in metres. The simulator's own: it must not
//! lean on the code that it tests.

use std::ops::{Add, AddAssign, Mul, Sub};

use amble_proto::plan;

/// A point or vector on the floor.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct V2 {
    pub(crate) x: f64,
    pub(crate) y: f64,
}

impl V2 {
    pub(crate) const fn new(x: f64, y: f64) -> Self {
        Self { x, y }
    }

    pub(crate) fn dot(self, other: Self) -> f64 {
        self.x * other.x + self.y * other.y
    }

    pub(crate) fn norm(self) -> f64 {
        self.dot(self).sqrt()
    }

    pub(crate) fn distance(self, other: Self) -> f64 {
        (self - other).norm()
    }

    /// Of length 1; zero stays zero.
    pub(crate) fn unit(self) -> Self {
        let length = self.norm();
        if length > 1e-9 {
            self * (1.0 / length)
        } else {
            Self::default()
        }
    }

    /// Turned a quarter to the left.
    pub(crate) const fn left(self) -> Self {
        Self::new(-self.y, self.x)
    }

    /// Turned by the angle with this sine and cosine.
    pub(crate) fn turned(self, sin: f64, cos: f64) -> Self {
        Self::new(self.x * cos - self.y * sin, self.x * sin + self.y * cos)
    }

    pub(crate) fn toward(self, other: Self, share: f64) -> Self {
        self + (other - self) * share
    }
}

impl From<plan::Point2> for V2 {
    fn from([x, y]: plan::Point2) -> Self {
        Self { x, y }
    }
}

impl Add for V2 {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self::new(self.x + other.x, self.y + other.y)
    }
}

impl AddAssign for V2 {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for V2 {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self::new(self.x - other.x, self.y - other.y)
    }
}

impl Mul<f64> for V2 {
    type Output = Self;
    fn mul(self, factor: f64) -> Self {
        Self::new(self.x * factor, self.y * factor)
    }
}

/// A point in the shop.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct V3 {
    pub(crate) floor: V2,
    pub(crate) z: f64,
}

impl V3 {
    pub(crate) fn toward(self, other: Self, share: f64) -> Self {
        Self {
            floor: self.floor.toward(other.floor, share),
            z: self.z + (other.z - self.z) * share,
        }
    }
}

/// A simple polygon with its bounding box.
#[derive(Clone, Debug)]
pub(crate) struct Polygon {
    corners: Vec<V2>,
    pub(crate) low: V2,
    pub(crate) high: V2,
}

impl Polygon {
    pub(crate) fn new(corners: &[plan::Point2]) -> Self {
        let corners: Vec<V2> = corners.iter().map(|&c| c.into()).collect();
        let mut low = V2::new(f64::MAX, f64::MAX);
        let mut high = V2::new(f64::MIN, f64::MIN);
        for c in &corners {
            low = V2::new(low.x.min(c.x), low.y.min(c.y));
            high = V2::new(high.x.max(c.x), high.y.max(c.y));
        }
        Self { corners, low, high }
    }

    fn sides(&self) -> impl Iterator<Item = (V2, V2)> + '_ {
        let next = self.corners.iter().cycle().skip(1);
        self.corners.iter().copied().zip(next.copied())
    }

    pub(crate) fn contains(&self, p: V2) -> bool {
        let boxed =
            p.x >= self.low.x && p.x <= self.high.x && p.y >= self.low.y && p.y <= self.high.y;
        boxed
            && self.sides().fold(false, |inside, (a, b)| {
                let crosses = (a.y > p.y) != (b.y > p.y);
                inside != (crosses && p.x < a.x + (p.y - a.y) / (b.y - a.y) * (b.x - a.x))
            })
    }

    /// Distance to the nearest side.
    pub(crate) fn edge_distance(&self, p: V2) -> f64 {
        self.sides()
            .map(|(a, b)| segment_distance(p, a, b))
            .fold(f64::INFINITY, f64::min)
    }
}

/// Distance from a point to a segment.
pub(crate) fn segment_distance(p: V2, a: V2, b: V2) -> f64 {
    let along = b - a;
    let square = along.dot(along);
    let t = if square > 0.0 {
        ((p - a).dot(along) / square).clamp(0.0, 1.0)
    } else {
        0.0
    };
    p.distance(a + along * t)
}

/// A piece of furniture on the floor with its own axes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Footprint {
    origin: V2,
    sin: f64,
    cos: f64,
    pub(crate) size: V2,
}

impl Footprint {
    pub(crate) fn new(origin: V2, rotation_deg: f64, size: V2) -> Self {
        let (sin, cos) = rotation_deg.to_radians().sin_cos();
        Self {
            origin,
            sin,
            cos,
            size,
        }
    }

    /// From its own axes to the plan's.
    pub(crate) fn to_plan(self, own: V2) -> V2 {
        self.origin + own.turned(self.sin, self.cos)
    }

    /// A direction from its own axes to the plan's.
    pub(crate) fn direction(self, own: V2) -> V2 {
        own.turned(self.sin, self.cos)
    }

    /// From the plan's axes to its own.
    pub(crate) fn to_own(self, point: V2) -> V2 {
        (point - self.origin).turned(-self.sin, self.cos)
    }

    /// Distance to it; 0 inside.
    pub(crate) fn distance(self, point: V2) -> f64 {
        let own = self.to_own(point);
        let dx = (-own.x).max(own.x - self.size.x).max(0.0);
        let dy = (-own.y).max(own.y - self.size.y).max(0.0);
        V2::new(dx, dy).norm()
    }

    /// Corners of the upright box round it.
    pub(crate) fn bounds(self) -> (V2, V2) {
        let corners = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]
            .map(|(x, y)| self.to_plan(V2::new(x * self.size.x, y * self.size.y)));
        let mut low = corners[0];
        let mut high = corners[0];
        for c in corners {
            low = V2::new(low.x.min(c.x), low.y.min(c.y));
            high = V2::new(high.x.max(c.x), high.y.max(c.y));
        }
        (low, high)
    }
}
