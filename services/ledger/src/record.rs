//! What is read. Times are microseconds of event time unless said otherwise.

use crate::entry::OutboxKind;

/// Where the fold of a device stands.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct DeviceState {
    /// The device.
    pub device: String,
    /// The shard that wrote it.
    pub shard: String,
    /// Sequence of the last frame folded.
    #[sqlx(try_from = "i64")]
    pub sequence: u64,
    /// Its capture time.
    pub capture_us: i64,
    /// The state.
    pub state: Vec<u8>,
}

/// A shard as it was at the end of a round.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Cut {
    /// The round.
    pub round: i64,
    /// The state.
    pub body: Vec<u8>,
}

/// What a shard keeps beside its cut of a round.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Note {
    /// The round.
    pub round: i64,
    /// The note.
    pub body: Vec<u8>,
}

/// A stored interaction.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Interaction {
    /// `shelf#sequence`.
    pub id: String,
    /// The shard that wrote it.
    pub shard: String,
    /// The shelf.
    pub shelf: String,
    /// The frame that closed it.
    #[sqlx(try_from = "i64")]
    pub sequence: u64,
    /// The round in which it closed.
    pub round: i64,
    /// When it closed.
    pub closed_us: i64,
    /// The interaction.
    pub body: Vec<u8>,
}

/// A stored event of a visit.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct VisitEvent {
    /// The shard that wrote it.
    pub shard: String,
    /// The round in which it takes effect.
    pub round: i64,
    /// Its place among the shard's events of that round.
    #[sqlx(try_from = "i64")]
    pub ordinal: u32,
    /// The visit.
    pub visit: String,
    /// The event.
    pub body: Vec<u8>,
}

/// The one use of a pass.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct PassUse {
    /// The pass.
    pub pass: String,
    /// The shard whose gate saw it.
    pub shard: String,
    /// The visit that it opened.
    pub visit: String,
    /// When it was shown.
    pub used_us: i64,
}

/// A stored decision.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Decision {
    /// The interaction's id.
    pub interaction: String,
    /// How often it was decided before.
    #[sqlx(try_from = "i64")]
    pub revision: u32,
    /// The shard that wrote it.
    pub shard: String,
    /// The round in which it was decided.
    pub round: i64,
    /// The decision.
    pub body: Vec<u8>,
}

/// A stored receipt.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Receipt {
    /// Its id.
    pub id: String,
    /// The visit.
    pub visit: String,
    /// The shard that wrote it.
    pub shard: String,
    /// When it was settled.
    pub settled_us: i64,
    /// The total in minor units.
    pub total_minor: i64,
    /// ISO 4217 code.
    pub currency: String,
    /// The receipt as JSON.
    pub body: String,
}

impl Receipt {
    /// Where a list goes on after this receipt.
    #[must_use]
    pub fn place(&self) -> ReceiptPlace {
        ReceiptPlace {
            settled_us: self.settled_us,
            id: self.id.clone(),
        }
    }
}

/// A place in the list of receipts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptPlace {
    /// When the receipt there was settled.
    pub settled_us: i64,
    /// Its id.
    pub id: String,
}

/// A stored review, with its verdict once there is one.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Review {
    /// Its id.
    pub id: String,
    /// The receipt that it is about.
    pub receipt: String,
    /// The receipt's visit.
    pub visit: String,
    /// The shard that opened it.
    pub shard: String,
    /// When it was opened.
    pub opened_us: i64,
    /// Why.
    pub why: String,
    /// What there is to look at, as JSON.
    pub body: String,
    /// Who gave the verdict; nothing while it is open, and so for the next two.
    pub decided_by: Option<String>,
    /// When it was given.
    pub decided_us: Option<i64>,
    /// The verdict, as JSON.
    pub verdict: Option<String>,
}

/// A stored correction.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct StoredCorrection {
    /// Its id.
    pub id: String,
    /// The review whose verdict brought it.
    pub review: String,
    /// The receipt that it corrects.
    pub receipt: String,
    /// The receipt's visit.
    pub visit: String,
    /// The shard that wrote it.
    pub shard: String,
    /// When the verdict was given.
    pub decided_us: i64,
    /// What it adds to the receipt's total; negative: what is given back.
    pub total_minor: i64,
    /// ISO 4217 code.
    pub currency: String,
    /// The correction as JSON.
    pub body: String,
}

/// How many reviews wait for a verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpenReviews {
    /// How many.
    pub count: u64,
    /// When the oldest of them was opened.
    pub oldest_us: Option<i64>,
}

/// A product's price from some time on.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct PriceChange {
    /// The product.
    pub product: String,
    /// From when on.
    pub valid_from_us: i64,
    /// In minor units of the store's currency.
    pub price_minor: i64,
}

/// A message that ended its actor.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Poison {
    /// The message.
    pub message: String,
    /// The shard that it ended.
    pub shard: String,
    /// The device that sent it.
    pub device: String,
    /// How often.
    #[sqlx(try_from = "i64")]
    pub attempts: u32,
    /// The message whole, once it has ended its actor three times.
    pub body: Option<Vec<u8>>,
}

/// An outbox entry and how far it has come.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct OutboxItem {
    /// Its id.
    pub id: String,
    /// The receipt that set it going, or whose correction did.
    pub receipt: String,
    /// What is to be done.
    #[sqlx(try_from = "String")]
    pub kind: OutboxKind,
    /// What the doer needs beyond the receipt.
    pub body: String,
    /// When it is next due, in microseconds of the system clock; 0: at once.
    pub due_us: i64,
    /// How often it was tried in vain.
    #[sqlx(try_from = "i64")]
    pub attempts: u32,
    /// `delivered`, `refused`, or nothing while it waits.
    pub outcome: Option<String>,
    /// What the other side said last.
    pub note: Option<String>,
}

impl OutboxItem {
    /// The id of the receipt or correction that it belongs to.
    #[must_use]
    pub fn of(&self) -> &str {
        let name = self.id.strip_suffix(self.kind.as_str());
        name.and_then(|name| name.strip_suffix('/'))
            .unwrap_or(&self.id)
    }
}

/// How an outbox entry ended. It ends once; what is told later changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OutboxEnd {
    /// Done; with what the other side said, such as the charge's reference.
    Delivered(String),
    /// The other side said no for good, and why; somebody has to look at it.
    Refused(String),
}

impl OutboxEnd {
    /// The name and the note that are stored.
    #[must_use]
    pub fn parts(&self) -> (&'static str, &str) {
        match self {
            Self::Delivered(note) => ("delivered", note),
            Self::Refused(note) => ("refused", note),
        }
    }
}

/// Whose visits are to be forgotten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// This one.
    Visit(String),
    /// Those that were paid by this method, or of this customer at the payment service, or whose receipt went to this
    /// address.
    Subject(String),
    /// All.
    Everybody,
}

/// How the ledger is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// Which ledger this is: `sqlite` or `postgres`.
    pub backend: &'static str,
    /// Requests that wait for the writer.
    pub queued: usize,
    /// Size of the data in bytes.
    pub bytes: u64,
    /// Outbox entries that are not done.
    pub outbox_waiting: u64,
    /// Messages set aside with their body.
    pub poisoned: u64,
}
