//! Where one can walk, and the shortest way there.
//!
//! 1. Nobody's middle comes nearer to furniture or to the edge of the floor than [`BODY_M`].
//! 2. Ways keep [`WAY_M`] where there is room, and more where it costs little.
//!
//! The shop is cut into square cells; A* over them gives a way, which is then pulled straight.

use std::{cmp::Reverse, collections::BinaryHeap};

use crate::{geometry::V2, shop::Shop};

/// How near a body's middle may come to furniture, in metres.
pub(crate) const BODY_M: f64 = 0.20;
/// How near a way may come to furniture, in metres.
const WAY_M: f64 = 0.28;
/// From this distance on, furniture does not matter to a way, in metres.
const FREE_M: f64 = 0.7;
/// Cost of one cell straight on, and across.
const STEP: [u32; 2] = [10, 14];

/// The walkable floor.
pub(crate) struct Floor {
    low: V2,
    cell: f64,
    columns: usize,
    rows: usize,
    /// Free room round each cell's middle, in metres, cut at [`FREE_M`] + 1 cell.
    room: Vec<f32>,
    /// Connected part of each cell that is wide enough for a way; 0 for the others.
    part: Vec<u32>,
    /// Gondolas near each cell, for exact distances.
    near: Vec<Vec<u32>>,
    search: Search,
}

#[derive(Default)]
struct Search {
    cost: Vec<u32>,
    from: Vec<u32>,
    round: Vec<u32>,
    now: u32,
    open: BinaryHeap<Reverse<(u32, u32)>>,
}

impl Floor {
    pub(crate) fn new(shop: &Shop) -> Self {
        let (low, high) = (shop.floor.low, shop.floor.high);
        let area = (high.x - low.x) * (high.y - low.y);
        let cell = if area < 500.0 { 0.1 } else { 0.2 };
        let columns = ((high.x - low.x) / cell).ceil().max(1.0) as usize;
        let rows = ((high.y - low.y) / cell).ceil().max(1.0) as usize;
        let count = columns * rows;
        let mut floor = Self {
            low,
            cell,
            columns,
            rows,
            room: vec![0.0; count],
            part: vec![0; count],
            near: vec![Vec::new(); count],
            search: Search {
                cost: vec![0; count],
                from: vec![0; count],
                round: vec![0; count],
                ..Search::default()
            },
        };
        for at in 0..count {
            let middle = floor.middle(at);
            if shop.floor.contains(middle) {
                floor.room[at] = shop.floor.edge_distance(middle).min(FREE_M + cell) as f32;
            }
        }
        for (index, gondola) in shop.gondolas.iter().enumerate() {
            let margin = V2::new(FREE_M + cell, FREE_M + cell);
            let (low, high) = gondola.bounds();
            let (from, to) = (
                floor.coordinates(low - margin),
                floor.coordinates(high + margin),
            );
            for row in from.1..=to.1 {
                for column in from.0..=to.0 {
                    let at = row * columns + column;
                    let distance = gondola.distance(floor.middle(at)) as f32;
                    floor.room[at] = floor.room[at].min(distance);
                    floor.near[at].push(u32::try_from(index).unwrap_or(u32::MAX));
                }
            }
        }
        floor.join_parts();
        floor
    }

    /// Numbers the connected parts, so that a way that does not exist is not looked for.
    fn join_parts(&mut self) {
        let mut number = 0;
        let mut open = Vec::new();
        for start in 0..self.room.len() {
            if self.part[start] != 0 || !self.passable(start) {
                continue;
            }
            number += 1;
            self.part[start] = number;
            open.push(start);
            while let Some(at) = open.pop() {
                for (next, _) in self.neighbours(at).into_iter().flatten() {
                    if self.part[next] == 0 && self.passable(next) {
                        self.part[next] = number;
                        open.push(next);
                    }
                }
            }
        }
    }

    fn passable(&self, at: usize) -> bool {
        f64::from(self.room[at]) >= WAY_M
    }

    #[allow(clippy::cast_precision_loss)]
    fn middle(&self, at: usize) -> V2 {
        let (column, row) = (at % self.columns, at / self.columns);
        self.low
            + V2::new(
                (column as f64 + 0.5) * self.cell,
                (row as f64 + 0.5) * self.cell,
            )
    }

    fn coordinates(&self, p: V2) -> (usize, usize) {
        let own = (p - self.low) * (1.0 / self.cell);
        // A cast from a negative float gives 0.
        (
            (own.x as usize).min(self.columns - 1),
            (own.y as usize).min(self.rows - 1),
        )
    }

    fn cell_of(&self, p: V2) -> usize {
        let (column, row) = self.coordinates(p);
        row * self.columns + column
    }

    fn neighbours(&self, at: usize) -> [Option<(usize, u32)>; 8] {
        let (column, row) = (at % self.columns, at / self.columns);
        let (left, right) = (column > 0, column + 1 < self.columns);
        let (down, up) = (row > 0, row + 1 < self.rows);
        let w = self.columns;
        [
            left.then(|| (at - 1, STEP[0])),
            right.then(|| (at + 1, STEP[0])),
            down.then(|| (at - w, STEP[0])),
            up.then(|| (at + w, STEP[0])),
            (left && down).then(|| (at - w - 1, STEP[1])),
            (right && down).then(|| (at - w + 1, STEP[1])),
            (left && up).then(|| (at + w - 1, STEP[1])),
            (right && up).then(|| (at + w + 1, STEP[1])),
        ]
    }

    /// Whether a body may stand here: exact, not by cells.
    pub(crate) fn walkable(&self, shop: &Shop, p: V2) -> bool {
        let at = self.cell_of(p);
        if f64::from(self.room[at]) > BODY_M + self.cell {
            return true;
        }
        shop.floor.contains(p)
            && shop.floor.edge_distance(p) >= BODY_M
            && self.near[at]
                .iter()
                .all(|&g| shop.gondolas[g as usize].distance(p) >= BODY_M)
    }

    /// Whether a body may stand here on its way through a gate, on either side of the line.
    pub(crate) fn passable_at_gate(&self, shop: &Shop, p: V2) -> bool {
        let in_gate = shop.gates.iter().any(|gate| {
            let from = p - gate.middle;
            from.dot(gate.half.unit()).abs() <= gate.half.norm()
                && from.dot(gate.inward).abs() < 1.6
        });
        let clear = || {
            let near = &self.near[self.cell_of(p)];
            near.iter()
                .all(|&g| shop.gondolas[g as usize].distance(p) >= BODY_M)
        };
        (in_gate && clear()) || self.walkable(shop, p)
    }

    /// Whether one stands so near to furniture that others can't pass or reach it.
    pub(crate) fn beside_furniture(&self, p: V2) -> bool {
        f64::from(self.room[self.cell_of(p)]) < FREE_M
    }

    /// Whether there is a way between two points.
    pub(crate) fn joined(&self, a: V2, b: V2) -> bool {
        match (self.nearest(a), self.nearest(b)) {
            (Some(a), Some(b)) => self.part[a] == self.part[b],
            _ => false,
        }
    }

    /// The passable cell nearest to a point, at most about half a metre away.
    fn nearest(&self, p: V2) -> Option<usize> {
        let (column, row) = self.coordinates(p);
        let reach = (0.6 / self.cell).ceil() as usize;
        let mut best: Option<(f64, usize)> = None;
        for r in row.saturating_sub(reach)..=(row + reach).min(self.rows - 1) {
            for c in column.saturating_sub(reach)..=(column + reach).min(self.columns - 1) {
                let at = r * self.columns + c;
                let distance = self.middle(at).distance(p);
                if self.part[at] != 0 && best.is_none_or(|(least, _)| distance < least) {
                    best = Some((distance, at));
                }
            }
        }
        best.map(|(_, at)| at)
    }

    /// A way from one point to another, its corners in reverse order (the goal first), or `None`
    /// when there is none.
    pub(crate) fn route(&mut self, from: V2, to: V2) -> Option<Vec<V2>> {
        let (start, goal) = (self.nearest(from)?, self.nearest(to)?);
        if self.part[start] != self.part[goal] {
            return None;
        }
        self.explore(start, goal);
        let mut cells = vec![goal];
        let mut at = goal;
        while at != start {
            at = self.search.from[at] as usize;
            cells.push(at);
        }
        Some(self.pull_straight(from, to, &cells))
    }

    /// A*: afterwards `search.from` leads from the goal to the start.
    fn explore(&mut self, start: usize, goal: usize) {
        let mut search = std::mem::take(&mut self.search);
        search.now += 1;
        search.open.clear();
        search.round[start] = search.now;
        search.cost[start] = 0;
        search
            .open
            .push(Reverse((self.guess(start, goal), index(start))));
        while let Some(Reverse((promise, at))) = search.open.pop() {
            let at = at as usize;
            if at == goal {
                break;
            }
            let cost = search.cost[at];
            if promise > cost + self.guess(at, goal) {
                continue;
            }
            for (next, step) in self.neighbours(at).into_iter().flatten() {
                if self.part[next] == 0 {
                    continue;
                }
                let narrow = (FREE_M - f64::from(self.room[next])).max(0.0);
                let total = cost + step + (narrow * 40.0) as u32;
                if search.round[next] != search.now || total < search.cost[next] {
                    search.round[next] = search.now;
                    search.cost[next] = total;
                    search.from[next] = index(at);
                    let promise = total + self.guess(next, goal);
                    search.open.push(Reverse((promise, index(next))));
                }
            }
        }
        self.search = search;
    }

    /// Least cost from here to the goal: the octile distance.
    fn guess(&self, at: usize, goal: usize) -> u32 {
        let dx = (at % self.columns).abs_diff(goal % self.columns);
        let dy = (at / self.columns).abs_diff(goal / self.columns);
        let (long, short) = (dx.max(dy), dx.min(dy));
        index(long) * STEP[0] + index(short) * (STEP[1] - STEP[0])
    }

    /// Leaves out corners that can be seen past. `cells` runs from the goal to the start.
    fn pull_straight(&self, from: V2, to: V2, cells: &[usize]) -> Vec<V2> {
        let mut corners = vec![to];
        let mut anchor = to;
        let mut last = to;
        for &cell in cells {
            let point = self.middle(cell);
            if !self.clear(anchor, point) && last != anchor {
                corners.push(last);
                anchor = last;
            }
            last = point;
        }
        if !self.clear(anchor, from) && last != anchor {
            corners.push(last);
        }
        corners
    }

    fn clear(&self, a: V2, b: V2) -> bool {
        let length = a.distance(b);
        let steps = (length / (self.cell * 0.5)).ceil().max(1.0) as u32;
        (0..=steps).all(|step| {
            let p = a.toward(b, f64::from(step) / f64::from(steps));
            // The ends may stand nearer to a shelf than a way may lead.
            p.distance(a) < 0.15 || p.distance(b) < 0.15 || self.part[self.cell_of(p)] != 0
        })
    }
}

fn index(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
