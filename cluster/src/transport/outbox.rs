//! What one end sends: kept in order until the other side has it.
//!
//! 1. Items get numbers without a gap, from 1 in each session.
//! 2. An item stays until it is acked. A new stream begins with the first that was not.
//! 3. Only the stream of the newest *turn* takes items and acks them. Older streams may linger, and
//!    may be of an older session: what they say counts for nothing.
//! 4. More bytes than `most` are never kept: then all is given up, and the session with it.
//! 5. A question leaves with its answer, with its session, or when the peer is gone.

use std::{
    collections::{HashMap, VecDeque},
    fmt, mem,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use amble_proto::cluster::v1 as wire;
use bytes::Bytes;
use tokio::sync::Notify;

use super::{
    item::weight,
    lock,
    settings::{FRAME_BYTES, FRAME_ITEMS},
};
use crate::Answer;

/// A question that waits for its answer. When it is dropped, the asker hears that none will come.
pub(crate) struct Question {
    answer: Answer,
    nobody: Option<Arc<AtomicBool>>,
}

impl Question {
    /// A question whose answer goes there. `nobody` is set when the key did not live at its owner.
    pub(crate) fn new(answer: Answer, nobody: Option<Arc<AtomicBool>>) -> Self {
        Self { answer, nobody }
    }

    /// Its answer has come.
    pub(super) fn answered(self, payload: Bytes) {
        (self.answer)(payload);
    }

    /// The key did not live there.
    pub(super) fn found_nobody(self) {
        if let Some(nobody) = self.nobody {
            nobody.store(true, Ordering::Release);
        }
    }
}

impl fmt::Debug for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Question")
    }
}

/// The right to send on one stream.
#[derive(Clone, Debug)]
pub(super) struct Turn {
    number: u64,
    wake: Arc<Notify>,
}

impl Turn {
    /// Returns when there may be something to send, or the turn is over.
    pub(super) async fn woken(&self) {
        self.wake.notified().await;
    }
}

/// What a turn finds to send.
#[derive(Debug, PartialEq)]
pub(super) enum Next {
    /// The turn is over.
    Over,
    /// Nothing waits.
    Nothing,
    /// These items; the first has this number.
    Items(u64, Vec<wire::Item>),
}

/// So many items were given up.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct GivenUp(pub(super) u64);

/// See the rules above.
#[derive(Debug)]
pub(super) struct Outbox {
    state: Mutex<State>,
    most: usize,
}

#[derive(Debug)]
struct State {
    session: u64,
    turn: Turn,
    /// Not acked, in order.
    items: VecDeque<wire::Item>,
    /// The number of the first of them.
    first: u64,
    /// How many of them this turn has taken.
    taken: usize,
    bytes: usize,
    questions: HashMap<u64, Question>,
    standing: Standing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// Messages and questions are kept.
    Open,
    /// The peer's process is gone as far as one can see: messages are kept, questions fail.
    Gone,
    /// Nothing is kept any more.
    Closed,
}

impl Outbox {
    /// An empty one for this session, which keeps no more than so many bytes.
    pub(super) fn new(session: u64, most: usize) -> Self {
        let turn = Turn {
            number: 0,
            wake: Arc::default(),
        };
        Self {
            state: Mutex::new(State {
                session,
                turn,
                items: VecDeque::new(),
                first: 1,
                taken: 0,
                bytes: 0,
                questions: HashMap::new(),
                standing: Standing::Open,
            }),
            most,
        }
    }

    /// The session of now.
    pub(super) fn session(&self) -> u64 {
        lock(&self.state).session
    }

    /// Bytes that are kept.
    pub(super) fn bytes(&self) -> usize {
        lock(&self.state).bytes
    }

    /// Sends an item.
    ///
    /// # Errors
    /// When it, and perhaps all before it, was given up.
    pub(super) fn push(&self, item: wire::Item, question: Option<Question>) -> Result<(), GivenUp> {
        let bytes = weight(&item);
        let mut state = lock(&self.state);
        if state.standing == Standing::Closed {
            return Err(GivenUp(1));
        }
        if state.bytes + bytes > self.most {
            let (given_up, questions) = state.begin_session();
            drop(state);
            drop(questions);
            return Err(GivenUp(given_up + 1));
        }
        if let Some(question) = question {
            if state.standing == Standing::Gone {
                return Err(GivenUp(1));
            }
            let number = state.first + state.items.len() as u64;
            state.questions.insert(number, question);
        }
        let idle = state.taken == state.items.len();
        state.items.push_back(item);
        state.bytes += bytes;
        if idle {
            state.turn.wake.notify_one();
        }
        Ok(())
    }

    /// Begins a new stream of this session: the other side has taken all items up to `received`.
    /// `None`: the session is over.
    pub(super) fn begin_turn(&self, session: u64, received: u64) -> Option<Turn> {
        let mut state = lock(&self.state);
        if state.session != session {
            return None;
        }
        state.acked(received);
        state.taken = 0;
        if state.standing == Standing::Gone {
            state.standing = Standing::Open;
        }
        state.end_turn();
        Some(state.turn.clone())
    }

    /// What the stream of this turn sends next.
    pub(super) fn next(&self, turn: &Turn) -> Next {
        let mut state = lock(&self.state);
        if state.turn.number != turn.number {
            return Next::Over;
        }
        let number = state.first + state.taken as u64;
        let mut room = FRAME_BYTES;
        let mut items = Vec::new();
        for item in state.items.range(state.taken..).take(FRAME_ITEMS) {
            items.push(item.clone());
            room = room.saturating_sub(weight(item));
            if room == 0 {
                break;
            }
        }
        if items.is_empty() {
            return Next::Nothing;
        }
        state.taken += items.len();
        Next::Items(number, items)
    }

    /// On the stream of this turn came: the other side has taken all items up to this one.
    pub(super) fn acked(&self, turn: &Turn, received: u64) {
        let mut state = lock(&self.state);
        if state.turn.number == turn.number {
            state.acked(received);
        }
    }

    /// Lets the stream of now look whether there is something to do.
    pub(super) fn wake(&self) {
        lock(&self.state).turn.wake.notify_one();
    }

    /// The question whose answer came on the stream of this turn, if it is still waited for.
    pub(super) fn question(&self, turn: &Turn, number: u64) -> Option<Question> {
        let mut state = lock(&self.state);
        if state.turn.number != turn.number {
            return None;
        }
        state.questions.remove(&number)
    }

    /// The peer's process seems gone: its questions fail, until a stream begins again.
    pub(super) fn gone(&self) {
        let mut state = lock(&self.state);
        if state.standing == Standing::Open {
            state.standing = Standing::Gone;
        }
        let questions = mem::take(&mut state.questions);
        drop(state);
        drop(questions);
    }

    /// Gives up all that is kept and begins another session. How many items that were.
    pub(super) fn begin_session(&self) -> u64 {
        let (given_up, questions) = lock(&self.state).begin_session();
        drop(questions);
        given_up
    }

    /// Gives up all that is kept and takes nothing more. How many items that were.
    pub(super) fn close(&self) -> u64 {
        let mut state = lock(&self.state);
        state.standing = Standing::Closed;
        let (given_up, questions) = state.begin_session();
        drop(state);
        drop(questions);
        given_up
    }
}

impl State {
    fn acked(&mut self, received: u64) {
        while self.first <= received {
            let Some(item) = self.items.pop_front() else {
                return;
            };
            self.bytes -= weight(&item);
            self.first += 1;
            self.taken = self.taken.saturating_sub(1);
        }
    }

    fn end_turn(&mut self) {
        self.turn.wake.notify_one();
        self.turn = Turn {
            number: self.turn.number + 1,
            wake: Arc::default(),
        };
    }

    /// The questions come out, to be dropped where nothing is locked.
    fn begin_session(&mut self) -> (u64, HashMap<u64, Question>) {
        let given_up = self.items.len() as u64;
        self.items = VecDeque::new();
        self.first = 1;
        self.taken = 0;
        self.bytes = 0;
        // The peer's number, which may be any.
        self.session = self.session.wrapping_add(1);
        self.end_turn();
        (given_up, mem::take(&mut self.questions))
    }
}

#[cfg(test)]
mod tests;
