//! What the gateway asks of the shop. The binary fills these traits; the gateway knows nobody else.
//!
//! Each is object-safe. Data crosses as the protocol's own messages and is moved, never copied.

mod console;
mod inspectors;
mod shelves;

use std::{sync::Arc, time::Instant};

use amble_proto::v1::{
    Cart, DeviceFrames, DeviceRef, Dispute, GetStatusResponse, ListMismatchesResponse,
    ListPlacesResponse, Money, PhoneKey, ProductUnits, Receipt, Review, ServingState, VisitState,
    VisitSummary, watch_store_response::Event,
};
use async_trait::async_trait;
use futures_util::stream::BoxStream;
use tokio::sync::watch;

pub use console::{Consoles, ReceiptPage, SalesQuery};
pub use inspectors::{ActorQuery, InspectError, Inspectors};
pub use shelves::ShelfQuery;

use crate::replies::DeviceReplies;

/// How an edge's time runs; an edge that does not say runs in real time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// Capture times follow the wall clock; a silent sensor is passed over.
    RealTime,
    /// Capture times run as fast as credit allows; nobody is passed over while its stream is open.
    EventTime,
}

/// The floor's bounding box, in metres on the floor plan.
#[derive(Clone, Copy, Debug)]
pub struct Floor {
    /// Smallest x and y.
    pub low: [f32; 2],
    /// Largest x and y.
    pub high: [f32; 2],
}

/// What the store plan says of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sensor {
    /// A camera.
    Camera,
    /// A shelf with this many plates, at least one.
    Shelf {
        /// How many.
        plates: usize,
    },
    /// A gate.
    Gate,
}

/// How far a device's owner has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// The last sequence taken; what is not above it is a resend and is ignored. 0: none.
    pub taken_sequence: u64,
    /// Event time of the last frame taken, µs since the Unix epoch; `None` when there is none. No
    /// frame may be captured before it.
    pub taken_until_us: Option<i64>,
    /// The last sequence acked.
    pub acked_sequence: u64,
    /// Event time up to which frames may be sent, µs since the Unix epoch.
    pub credit_until_us: i64,
}

/// The answer to a device that may send.
pub struct Attached {
    /// What it is.
    pub sensor: Sensor,
    /// From where it goes on.
    pub position: Position,
    /// Where its frames go.
    pub line: Box<dyn Line>,
}

/// Why a device may not send.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AttachRefused {
    /// The store plan has no such device of this kind.
    #[error("the store plan has no such device: correct the edge's list, or add it to the plan")]
    Unknown,
    /// The shop can't take it now.
    #[error("the shop cannot take this device now: {why}; connect again in a second")]
    NotNow {
        /// Why.
        why: String,
    },
}

/// The devices' side of the shop.
#[async_trait]
pub trait Devices: Send + Sync + 'static {
    /// The store's id.
    fn store_id(&self) -> &str;

    /// The floor, beyond which nobody can stand.
    fn floor(&self) -> Floor;

    /// What the shop can do for devices now. Asked ten times a second and stream: an atomic read.
    fn serving(&self) -> ServingState;

    /// Whether an edge that carries these devices would be served better by another of its endpoints: their
    /// owners are reached from there without a detour. Asked every few seconds and stream. To say so costs
    /// the edge a new stream, so it is said rarely, and never without end.
    fn sends_on(&self, devices: &[DeviceRef]) -> bool;

    /// Connects one device to its owner.
    ///
    /// 1. The newest attachment wins: the earlier one gets [`DeviceReply::Superseded`], and what it
    ///    still sends is ignored.
    /// 2. It answers at once. An owner that can't be reached yet is no reason to wait: answer with a
    ///    position without credit, and send [`DeviceReply::Resend`] when it is there.
    /// 3. `replies` is valid until the line is dropped; later replies are lost.
    ///
    /// [`DeviceReply::Superseded`]: crate::DeviceReply::Superseded
    /// [`DeviceReply::Resend`]: crate::DeviceReply::Resend
    ///
    /// # Errors
    /// When the plan has no such device, or the shop can't take it.
    async fn attach(
        &self,
        edge_id: &str,
        device: &DeviceRef,
        pace: Pace,
        replies: DeviceReplies,
    ) -> Result<Attached, AttachRefused>;
}

/// Where one device's frames go while its stream lives. Dropping it says that the stream is gone.
pub trait Line: Send {
    /// Frames that the door has let in, and what they complete. The shop may rely on this:
    ///
    /// 1. Sequences rise. Those of shelves and gates have no gaps; those of cameras may (L6).
    /// 2. Capture times never fall, and a shelf's samples don't reach past the next frame.
    /// 3. Values are finite and within the limits; a shelf's weights fill whole instants.
    /// 4. Nothing is beyond the credit that the owner gave.
    /// 5. A shelf frame without weights, or a gate event without an event, stands for one that was
    ///    refused, or says that nothing happened.
    /// 6. No later frame is captured before `complete_until_us` (0: not said), until a resend.
    ///
    /// `frames` may be empty: then only completeness moved. `arrived` is when the message came in,
    /// for latencies. It never blocks: credit bounds what waits.
    fn send(&self, frames: DeviceFrames, complete_until_us: i64, arrived: Instant);

    /// The door has gone back, as a [`DeviceReply::Resend`] wanted: what is sent from now on follows
    /// from there, and what was sent before does not.
    ///
    /// [`DeviceReply::Resend`]: crate::DeviceReply::Resend
    fn rewound(&self);
}

/// Why a pass opens nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PassRefused {
    /// Its time is over.
    #[error("the pass has expired: fetch a new one")]
    Expired,
    /// It has opened its visit already.
    #[error("the pass was used already: one pass opens one visit, fetch a new one")]
    Used,
    /// Nobody whom the shop trusts has signed it, or it is no pass at all.
    #[error("the pass is not signed by a key that this shop trusts")]
    Forged,
    /// It is for another store.
    #[error("the pass is for another store")]
    OtherStore,
    /// It belongs to a phone, or should, and nothing shows that this is the one.
    #[error(
        "show with the pass a proof of the phone that it belongs to; a ticket is bound to a phone first"
    )]
    ProofMissing,
    /// The proof is not this phone's, or not for this.
    #[error(
        "the proof is not by the phone that the pass belongs to, or not for this: use the phone that the pass was opened on first"
    )]
    ProofForged,
    /// The proof was made too long ago, or by a clock that is ahead.
    #[error(
        "the proof is too old, or the phone's clock is wrong: make a fresh one by the time of this answer's `date`"
    )]
    ProofOld,
}

/// What can go wrong at the shoppers' door behind the gateway.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ShopperError {
    /// The pass is not good.
    #[error(transparent)]
    Pass(#[from] PassRefused),
    /// There is no such thing.
    #[error("there is no {what} `{id}`")]
    NotFound {
        /// What was asked for, in a word: visit, receipt, gate.
        what: &'static str,
        /// Which one was asked for.
        id: String,
    },
    /// A field's value does not fit this shop.
    #[error("{field}: {why}")]
    Unfit {
        /// Its name in the protocol.
        field: &'static str,
        /// Why, and what would fit.
        why: String,
    },
    /// The shop can't answer now.
    #[error("the shop cannot answer now: {why}; try again")]
    NotNow {
        /// Why.
        why: String,
    },
    /// The shop has no key for it.
    #[error(
        "this shop binds no passes to phones: have who issued it bind it, or start the shop with --bind-key"
    )]
    NoBinding,
}

/// The shoppers' side of the shop. Who may see which visit is decided at the door: a visit's id that
/// arrives here comes from a verified pass.
#[async_trait]
pub trait Shoppers: Send + Sync + 'static {
    /// The visit that this pass is for. It need not be open, and the pass may be used.
    ///
    /// # Errors
    /// When the pass is not good.
    fn visit_of(&self, pass: &str) -> Result<String, PassRefused>;

    /// The pass that this ticket becomes on the phone with that key.
    ///
    /// # Errors
    /// When it is no good ticket, the key is none, or the shop binds no passes.
    fn bind(&self, ticket: &str, key: &PhoneKey) -> Result<String, ShopperError>;

    /// Opens the visit of a pass at a gate, and gives its id.
    ///
    /// # Errors
    /// When the pass is not good or used, or there is no such entry.
    async fn open_visit(&self, pass: &str, gate_id: &str) -> Result<String, ShopperError>;

    /// The cart now and as it changes; the latest state wins. The sender goes when the last state
    /// is sent; a receiver that never sees [`VisitState::Settled`] is told to watch again.
    ///
    /// # Errors
    /// When there is no such visit.
    async fn watch_cart(&self, visit_id: &str) -> Result<watch::Receiver<Arc<Cart>>, ShopperError>;

    /// Sets or clears the budget; `budget` is not negative.
    ///
    /// # Errors
    /// When there is no such open visit, or the currency is another one.
    async fn set_budget(&self, visit_id: &str, budget: Option<Money>) -> Result<(), ShopperError>;

    /// The receipt.
    ///
    /// # Errors
    /// When the visit is not settled.
    async fn receipt(&self, visit_id: &str) -> Result<Receipt, ShopperError>;

    /// Notes that a line is not the shopper's, durably, or says how that stands.
    ///
    /// # Errors
    /// When there is no such visit, or it has no such line.
    async fn dispute(&self, visit_id: &str, product: &str) -> Result<Dispute, ShopperError>;
}

/// Why what a payment service told was not taken.
#[derive(Clone, Debug, thiserror::Error)]
pub enum WebhookRefused {
    /// It is not signed as it must be.
    #[error("{0}")]
    NotSigned(String),
    /// It is signed, and can't be read.
    #[error("{0}")]
    Unreadable(String),
    /// The shop can't take it now.
    #[error("the shop cannot take this now: {0}; tell it again")]
    NotNow(String),
}

/// Where a payment service tells what it has to tell.
#[async_trait]
pub trait Webhooks: Send + Sync + 'static {
    /// Takes an event of Stripe's, durably: its signature, empty when there is none, and the body as it came.
    ///
    /// # Errors
    /// When it is not signed, or can't be taken now.
    async fn stripe(&self, signature: &str, body: &[u8]) -> Result<(), WebhookRefused>;
}

/// Which visits are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VisitQuery {
    /// Only those in this state.
    pub state: Option<VisitState>,
    /// At most this many: 1 to 1,000.
    pub page_size: usize,
    /// From the last page; the port's own form. Empty: the first page.
    pub page_token: String,
}

/// Some visits, newest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VisitPage {
    /// The visits.
    pub visits: Vec<VisitSummary>,
    /// Empty when there are no more.
    pub next_page_token: String,
}

/// Which reviews are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewQuery {
    /// Those that are answered, or those that wait.
    pub answered: bool,
    /// At most this many: 1 to 1,000.
    pub page_size: u32,
    /// The id of the review after which the page begins. Empty: the first page.
    pub page_token: String,
}

/// Some reviews.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReviewPage {
    /// Those that wait oldest first, those that are answered newest first.
    pub reviews: Vec<Review>,
    /// Empty when there are no more.
    pub next_page_token: String,
}

/// What somebody says of a review.
#[derive(Clone, Debug, PartialEq)]
pub struct ReviewAnswer {
    /// The review.
    pub review_id: String,
    /// How many of these products are right.
    pub lines: Vec<ProductUnits>,
    /// What there is to say about it.
    pub note: String,
    /// Who says so.
    pub by: String,
}

/// What can go wrong at the operators' door behind the gateway.
#[derive(Clone, Debug, thiserror::Error)]
pub enum OperatorError {
    /// There is no such thing.
    #[error("there is no {what} `{id}`")]
    NotFound {
        /// What was asked for, in a word: product.
        what: &'static str,
        /// Which one was asked for.
        id: String,
    },
    /// A field's value does not fit this shop.
    #[error("{field}: {why}")]
    Unfit {
        /// Its name in the protocol.
        field: &'static str,
        /// Why, and what would fit.
        why: String,
    },
    /// What stands in the way of it.
    #[error("{why}")]
    Refused {
        /// In a word, for programs.
        reason: &'static str,
        /// In a sentence, for people.
        why: String,
    },
    /// The reader was too slow, and some events are gone.
    #[error("{missed} events were missed because they were not read in time: watch again")]
    FellBehind {
        /// How many.
        missed: u64,
    },
    /// The shop can't answer now.
    #[error("the shop cannot answer now: {why}; try again")]
    NotNow {
        /// Why.
        why: String,
    },
}

/// The operators' side of the shop.
#[async_trait]
pub trait Operators: Send + Sync + 'static {
    /// The store plan file.
    fn plan_json(&self) -> Arc<str>;

    /// Some visits, newest first.
    ///
    /// # Errors
    /// When the page token is not one of ours, or the ledger can't be read.
    async fn list_visits(&self, query: VisitQuery) -> Result<VisitPage, OperatorError>;

    /// Every cart's changes and every receipt as they come; first the settled ones, when wanted.
    ///
    /// # Errors
    /// When the shop can't answer; within the stream, when the reader was too slow.
    async fn watch_store(
        &self,
        include_settled: bool,
    ) -> Result<BoxStream<'static, Result<Event, OperatorError>>, OperatorError>;

    /// Notes a price that is not negative, and gives the event time from which it holds.
    /// `valid_from_us` is µs since the Unix epoch; `None`: now.
    ///
    /// # Errors
    /// When there is no such product, or the currency is another one.
    async fn change_price(
        &self,
        product: &str,
        price: Money,
        valid_from_us: Option<i64>,
    ) -> Result<i64, OperatorError>;

    /// Some reviews, with the names of their evidence only.
    ///
    /// # Errors
    /// When the ledger can't be read.
    async fn list_reviews(&self, query: ReviewQuery) -> Result<ReviewPage, OperatorError>;

    /// One review with its evidence.
    ///
    /// # Errors
    /// When there is none, or the ledger can't be read.
    async fn review(&self, review_id: &str) -> Result<Review, OperatorError>;

    /// Answers a review, durably. The same answer again is answered as the first was.
    ///
    /// # Errors
    /// When there is none, it is answered otherwise, or the answer can't be right.
    async fn answer_review(&self, answer: ReviewAnswer) -> Result<Review, OperatorError>;

    /// What stands where.
    ///
    /// # Errors
    /// When there is no such shelf, or the bookkeeper can't be reached.
    async fn list_places(&self, query: ShelfQuery) -> Result<ListPlacesResponse, OperatorError>;

    /// Where that is not what the plan says.
    ///
    /// # Errors
    /// When there is no such shelf, or the bookkeeper can't be reached.
    async fn list_mismatches(
        &self,
        query: ShelfQuery,
    ) -> Result<ListMismatchesResponse, OperatorError>;

    /// How the shop is doing. What the gateway refused is added to `refused` at the door.
    async fn status(&self) -> GetStatusResponse;
}
