//! What really happened: the yardstick for what the shop makes of it.

use std::{
    io::{self, Write},
    sync::Arc,
};

use serde::{Deserialize, Serialize};

/// One line of the truth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum TruthLine {
    /// Something was moved.
    Action(Action),
    /// A visit is over.
    Visit(Visit),
    /// Somebody was somewhere.
    Path(PathPoint),
}

/// Somebody moved goods.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Action {
    /// When the hand left the shelf (or the other hand, or the floor), true time in microseconds
    /// since the Unix epoch.
    pub time_us: i64,
    /// The visit: the id of its pass.
    pub visit: Arc<str>,
    /// The person, unique in the day.
    pub person: u32,
    /// What kind of move it was.
    pub kind: ActionKind,
    /// The product's code.
    pub product: String,
    /// How many.
    pub quantity: u32,
    /// Gondola, empty when no shelf is meant.
    pub gondola: String,
    /// Shelf of the gondola.
    pub shelf: String,
    /// Plates of the shelf whose load changed, in the order of the store plan.
    pub plates: Vec<String>,
    /// Which mishap it belongs to.
    pub mishap: Mishap,
    /// Who got it: only for hand-overs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_visit: Option<Arc<str>>,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionKind {
    /// Taken from a shelf.
    Take,
    /// Put back where it belongs.
    Return,
    /// Put back where it does not belong.
    WrongReturn,
    /// Handed to somebody of another visit.
    Handover,
    /// Left on the floor.
    Drop,
    /// Lifted or pressed and left standing: no cart changes.
    Hold,
}

/// Which mishap an action belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mishap {
    /// None.
    Plain,
    /// Two people at one shelf at the same moment.
    Simultaneous,
    /// Put back.
    PutBack,
    /// Put back in a wrong place.
    WrongPlace,
    /// Taken from a wrong place, where somebody had put it.
    Misplaced,
    /// Two kinds at once.
    TwoKinds,
    /// Handed over.
    HandedOver,
    /// Left on the floor.
    LeftOnFloor,
    /// Held without taking.
    Held,
    /// Reached across.
    ReachAcross,
    /// Played from a script.
    Script,
}

/// A visit that is over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Visit {
    /// The visit: the id of its pass.
    pub visit: Arc<str>,
    /// How many people the pass was for.
    pub party: u32,
    /// When the pass was scanned, true time in microseconds since the Unix epoch.
    pub entered_us: i64,
    /// When the last of them had left.
    pub left_us: i64,
    /// What they left with, by product, ascending.
    pub items: Vec<Item>,
}

/// Some of one product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The product's code.
    pub product: String,
    /// How many.
    pub quantity: u32,
}

/// Where somebody was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PathPoint {
    /// True time in microseconds since the Unix epoch.
    pub time_us: i64,
    /// The visit; empty for people who follow given floor paths.
    pub visit: Arc<str>,
    /// The person.
    pub person: u32,
    /// Metres along the plan's x axis.
    pub x: f32,
    /// Metres along the plan's y axis.
    pub y: f32,
}

/// The truth so far, or since it was last taken.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Truth {
    /// What was moved, in order of time as far as each person is concerned.
    pub actions: Vec<Action>,
    /// Visits that are over, in order of leaving.
    pub visits: Vec<Visit>,
    /// Everybody's path at 10 Hz.
    pub paths: Vec<PathPoint>,
}

impl Truth {
    /// Appends what `later` holds.
    pub fn append(&mut self, mut later: Self) {
        self.actions.append(&mut later.actions);
        self.visits.append(&mut later.visits);
        self.paths.append(&mut later.paths);
    }

    /// Writes it as JSON lines: actions, then visits, then paths.
    ///
    /// # Errors
    /// When `output` can't be written.
    pub fn write_lines(&self, output: &mut impl Write) -> io::Result<()> {
        let actions = self.actions.iter().cloned().map(TruthLine::Action);
        let visits = self.visits.iter().cloned().map(TruthLine::Visit);
        let paths = self.paths.iter().cloned().map(TruthLine::Path);
        for line in actions.chain(visits).chain(paths) {
            serde_json::to_writer(&mut *output, &line)?;
            output.write_all(b"\n")?;
        }
        Ok(())
    }
}
