//! Floor paths of real walkers: CSV with the columns `t_s,person,x_m,y_m`.

use std::{collections::BTreeMap, io::Read};

use serde::Deserialize;

use crate::{
    chance::{micros, seconds},
    error::SimulatorError,
    geometry::V2,
};

/// Paths as they were read, moved onto the floor.
#[derive(Clone, Debug, Default)]
pub struct FloorPaths {
    rows: BTreeMap<String, Vec<(f64, V2)>>,
}

#[derive(Deserialize)]
struct Row {
    t_s: f64,
    person: String,
    x_m: f64,
    y_m: f64,
}

/// How the file's coordinates lie on the floor plan: scaled first, then shifted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fit {
    /// Factor.
    pub scale: f64,
    /// Metres along x and y.
    pub shift: [f64; 2],
}

impl Default for Fit {
    fn default() -> Self {
        Self {
            scale: 1.0,
            shift: [0.0, 0.0],
        }
    }
}

impl FloorPaths {
    /// Reads paths.
    ///
    /// # Errors
    /// When a line has not the columns named above.
    pub fn read(input: impl Read, fit: Fit) -> Result<Self, SimulatorError> {
        let mut rows: BTreeMap<String, Vec<(f64, V2)>> = BTreeMap::new();
        for (nth, row) in csv::Reader::from_reader(input)
            .deserialize::<Row>()
            .enumerate()
        {
            let row = row.map_err(|error| SimulatorError::Table {
                file: "file of floor paths",
                line: nth as u64 + 2,
                what: error.to_string(),
            })?;
            let place = V2::new(row.x_m, row.y_m) * fit.scale + V2::from(fit.shift);
            rows.entry(row.person).or_default().push((row.t_s, place));
        }
        for path in rows.values_mut() {
            path.sort_by(|a, b| a.0.total_cmp(&b.0));
        }
        Ok(Self { rows })
    }

    /// The smallest rectangle that holds all paths, in metres: its lower left and its upper right
    /// corner. `None` when there are no paths.
    #[must_use]
    pub fn bounds(&self) -> Option<([f64; 2], [f64; 2])> {
        let mut places = self.rows.values().flatten().map(|&(_, place)| place);
        let first = places.next()?;
        let around = |(low, high): (V2, V2), place: V2| {
            (
                V2::new(low.x.min(place.x), low.y.min(place.y)),
                V2::new(high.x.max(place.x), high.y.max(place.y)),
            )
        };
        let (low, high) = places.fold((first, first), around);
        Some(([low.x, low.y], [high.x, high.y]))
    }

    /// The paths in order of their beginning.
    pub(crate) fn tracks(&self, start_us: i64) -> Vec<Track> {
        let mut tracks: Vec<Track> = self
            .rows
            .values()
            .map(|rows| Track {
                points: rows
                    .iter()
                    .map(|&(t, place)| (start_us + micros(t), place))
                    .collect(),
            })
            .collect();
        tracks.sort_by_key(Track::start_us);
        tracks
    }
}

/// One walker's path.
pub(crate) struct Track {
    /// Ascending by time; at least one.
    points: Vec<(i64, V2)>,
}

impl Track {
    pub(crate) fn start_us(&self) -> i64 {
        self.points.first().map_or(i64::MAX, |p| p.0)
    }

    /// Where it leads at a time, between its points; `None` before and after.
    pub(crate) fn position(&self, time_us: i64) -> Option<V2> {
        let next = self.points.partition_point(|p| p.0 <= time_us);
        let before = self.points.get(next.checked_sub(1)?)?;
        match self.points.get(next) {
            Some(after) => {
                let share = seconds(time_us - before.0) / seconds(after.0 - before.0);
                Some(before.1.toward(after.1, share))
            }
            None => (before.0 == time_us).then_some(before.1),
        }
    }
}
