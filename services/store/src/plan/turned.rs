//! A gondola's own axes on the plan.

use amble_engine::geometry::{Polygon, Vec2};
use amble_proto::plan::{Gondola, Point2};

/// Where a gondola stands and how it is turned.
pub(super) struct Axes {
    origin: Vec2,
    x: Vec2,
    y: Vec2,
    size: Point2,
}

impl Axes {
    pub(super) fn of(gondola: &Gondola) -> Self {
        let radians = gondola.rotation_deg.to_radians();
        Self {
            origin: Vec2::new(gondola.origin[0], gondola.origin[1]),
            x: Vec2::new(1.0, 0.0).rotated(radians),
            y: Vec2::new(0.0, 1.0).rotated(radians),
            size: gondola.size,
        }
    }

    /// A point on the gondola's own axes as a point of the plan.
    pub(super) fn to_plan(&self, [x, y]: Point2) -> Vec2 {
        self.origin + self.x * x + self.y * y
    }

    /// Unit vector from the gondola to the people in front of it.
    pub(super) fn outward(&self) -> Vec2 {
        self.y * -1.0
    }

    /// Where it stands on the plan.
    pub(super) fn footprint(&self) -> Polygon {
        let [x, y] = self.size;
        let corners = [[0.0, 0.0], [x, 0.0], [x, y], [0.0, y]];
        Polygon::new(corners.map(|corner| self.to_plan(corner)).to_vec())
    }
}
