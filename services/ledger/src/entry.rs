//! What is written: entries with typed keys and opaque bodies, in appends that stand or fall whole.

/// How many cuts of a shard are kept; the oldest go when a newer one is written. Recovery goes back
/// about eight seconds, so this is room for shards that cut less often than their neighbours.
pub const KEEP_CUTS: u32 = 16;

/// At which attempt a message's body is kept: it ended its actor three times (rule L7).
pub const POISON_AT: u32 = 3;

/// One transaction of one shard: all of its entries are written, or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Append {
    /// The shard that writes.
    pub shard: String,
    /// The epoch in which the writer holds the shard; it must be the one claimed last (rule L3).
    pub epoch: u64,
    /// What is written, in this order.
    pub entries: Vec<Entry>,
}

impl Append {
    /// Bytes of its bodies; what a group commit counts.
    pub(crate) fn bytes(&self) -> usize {
        self.entries.iter().map(Entry::bytes).sum()
    }
}

/// One thing to write. Times are microseconds of event time, rounds are those of event time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Where the fold of a shelf or a gate stands (rule L1). It replaces the stored one, and the
    /// whole append is refused unless the stored one is that from which it continues.
    DeviceState {
        /// The device.
        device: String,
        /// Sequence of the stored state that this one was folded from; 0: none was stored.
        continues_from: u64,
        /// Sequence of the last frame folded; at least 1.
        sequence: u64,
        /// Capture time of that frame.
        capture_us: i64,
        /// The fold's state, with any unfinished change.
        state: Vec<u8>,
    },
    /// A weight change and who could have caused it, keyed by its id (rule L2).
    Interaction {
        /// `shelf#sequence`: the shelf and the frame that closed it.
        id: String,
        /// The shelf.
        shelf: String,
        /// The frame that closed it.
        sequence: u64,
        /// The round in which it closed.
        round: i64,
        /// When it closed.
        closed_us: i64,
        /// The interaction.
        body: Vec<u8>,
    },
    /// The shard as it was at the end of a round. One of the same round is replaced: a replay gives
    /// the same state, but a newer version may write it in another form.
    Cut {
        /// The round.
        round: i64,
        /// The state.
        body: Vec<u8>,
    },
    /// What the shard keeps beside its cut of the same round, keyed by (name, round). One of the same name and
    /// round is replaced, as cuts are.
    Note {
        /// What it is.
        name: String,
        /// The round.
        round: i64,
        /// The note.
        body: Vec<u8>,
    },
    /// Something that happened to a visit and can change its receipt (rule T3), keyed by
    /// (shard, round, ordinal).
    VisitEvent {
        /// The round in which it takes effect.
        round: i64,
        /// Its place among the shard's events of that round.
        ordinal: u32,
        /// The visit.
        visit: String,
        /// The event.
        body: Vec<u8>,
    },
    /// A pass opens its one visit, whichever shard's gate saw it.
    PassUsed {
        /// The pass.
        pass: String,
        /// The visit that it opens.
        visit: String,
        /// When it was shown; the same shard with the same time is a resend.
        used_us: i64,
    },
    /// What the bookkeeper makes of an interaction, keyed by (interaction, revision).
    Decision {
        /// The interaction's id.
        interaction: String,
        /// How often it was decided before.
        revision: u32,
        /// The round in which it was decided.
        round: i64,
        /// The decision.
        body: Vec<u8>,
    },
    /// A settled cart with what it sets going; one for each visit.
    Receipt {
        /// The receipt's id, which is also the charge's idempotency key (rule L5).
        id: String,
        /// The visit.
        visit: String,
        /// When it was settled.
        settled_us: i64,
        /// The total in minor units of the currency.
        total_minor: i64,
        /// ISO 4217 code.
        currency: String,
        /// The receipt as JSON.
        body: String,
        /// What has to be done about it, each due at once.
        outbox: Vec<OutboxEntry>,
    },
    /// A product's price from some time on, keyed by (product, time).
    PriceChange {
        /// The product.
        product: String,
        /// The price in minor units of the store's currency.
        price_minor: i64,
        /// Takes from here on cost this much.
        valid_from_us: i64,
    },
    /// Something about a settled visit that a person is to look at, keyed by its id.
    Review {
        /// `RECEIPT/review/N`, or `RECEIPT/dispute/PRODUCT` when a shopper asked for it.
        id: String,
        /// The receipt that it is about.
        receipt: String,
        /// The receipt's visit.
        visit: String,
        /// When it was opened.
        opened_us: i64,
        /// Why, in a word or a line.
        why: String,
        /// What there is to look at, as JSON.
        body: String,
    },
    /// The one answer to a review, with the correction that follows from it.
    Verdict {
        /// The review's id.
        review: String,
        /// Who gave it.
        by: String,
        /// When.
        decided_us: i64,
        /// The answer, as JSON.
        body: String,
        /// What changes about the receipt; none when it was right.
        correction: Option<Correction>,
    },
    /// What is to be authorised when a visit begins; nothing once it has a receipt. Keyed by the visit.
    Hold {
        /// The visit.
        visit: String,
        /// The payment method's token.
        method: String,
        /// How much, in minor units of the currency.
        amount_minor: i64,
        /// ISO 4217 code.
        currency: String,
        /// When the visit began.
        opened_us: i64,
    },
    /// A message ended its actor (rule L7). The stored count never goes down.
    Poison {
        /// The message.
        message: String,
        /// How often so far.
        attempts: u32,
        /// The device that sent it.
        device: String,
        /// The message whole; kept from attempt [`POISON_AT`] on.
        body: Vec<u8>,
    },
}

impl Entry {
    /// The kinds below.
    pub(crate) const KINDS: [&'static str; 13] = [
        "device_state",
        "interaction",
        "cut",
        "note",
        "visit_event",
        "pass_used",
        "decision",
        "receipt",
        "price_change",
        "review",
        "verdict",
        "hold",
        "poison",
    ];

    /// Its kind, as metrics and errors name it.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::DeviceState { .. } => "device_state",
            Self::Interaction { .. } => "interaction",
            Self::Cut { .. } => "cut",
            Self::Note { .. } => "note",
            Self::VisitEvent { .. } => "visit_event",
            Self::PassUsed { .. } => "pass_used",
            Self::Decision { .. } => "decision",
            Self::Receipt { .. } => "receipt",
            Self::PriceChange { .. } => "price_change",
            Self::Review { .. } => "review",
            Self::Verdict { .. } => "verdict",
            Self::Hold { .. } => "hold",
            Self::Poison { .. } => "poison",
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::DeviceState { state: body, .. }
            | Self::Interaction { body, .. }
            | Self::Cut { body, .. }
            | Self::Note { body, .. }
            | Self::VisitEvent { body, .. }
            | Self::Decision { body, .. }
            | Self::Poison { body, .. } => body.len(),
            Self::Receipt { body, outbox, .. } => body.len() + bytes_of(outbox),
            Self::Review { body, .. } => body.len(),
            Self::Verdict {
                body, correction, ..
            } => {
                let corrected = |c: &Correction| c.body.len() + bytes_of(&c.outbox);
                body.len() + correction.as_ref().map_or(0, corrected)
            }
            Self::PassUsed { .. } | Self::PriceChange { .. } | Self::Hold { .. } => 0,
        }
    }
}

fn bytes_of(outbox: &[OutboxEntry]) -> usize {
    outbox.iter().map(|entry| entry.body.len()).sum()
}

/// What is to be added to a receipt so that it is right. The receipt itself stays as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    /// Its id, which is also the refund's idempotency key (rule L5).
    pub id: String,
    /// What it adds to the receipt's total, in minor units of the currency; negative: what is to be
    /// given back. All corrections of a receipt together give back no more than it charged.
    pub total_minor: i64,
    /// ISO 4217 code; the receipt's.
    pub currency: String,
    /// The correction as JSON.
    pub body: String,
    /// What has to be done about it, each due at once.
    pub outbox: Vec<OutboxEntry>,
}

/// What a receipt or a correction sets going, stored with it and carried out by checkout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxEntry {
    /// Its id, unique in the ledger: that of the receipt or correction, `/`, and the kind.
    pub id: String,
    /// What is to be done.
    pub kind: OutboxKind,
    /// What the doer needs beyond the receipt or correction: see the constructors.
    pub body: String,
}

impl OutboxEntry {
    /// Charge the receipt's total to a payment method; `method` is the token that the payment
    /// service knows it by.
    #[must_use]
    pub fn charge(receipt: &str, method: impl Into<String>) -> Self {
        Self::new(receipt, OutboxKind::Charge, method.into())
    }

    /// Send the receipt; `address` says where to, and may be empty when there is only a folder.
    #[must_use]
    pub fn send(receipt: &str, address: impl Into<String>) -> Self {
        Self::new(receipt, OutboxKind::Send, address.into())
    }

    /// Give back what a correction says, once its receipt's charge has gone through.
    #[must_use]
    pub fn refund(correction: &str) -> Self {
        Self::new(correction, OutboxKind::Refund, String::new())
    }

    /// Send a correction to where its receipt goes, after that.
    #[must_use]
    pub fn send_correction(correction: &str) -> Self {
        Self::new(correction, OutboxKind::SendCorrection, String::new())
    }

    fn new(of: &str, kind: OutboxKind, body: String) -> Self {
        Self {
            id: format!("{of}/{kind}"),
            kind,
            body,
        }
    }
}

/// What an outbox entry asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OutboxKind {
    /// Charge the receipt's total.
    Charge,
    /// Send the receipt.
    Send,
    /// Give back what a correction says.
    Refund,
    /// Send a correction.
    SendCorrection,
}

impl OutboxKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Charge, Self::Send, Self::Refund, Self::SendCorrection];

    /// Its name in the ledger and in metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Charge => "charge",
            Self::Send => "send",
            Self::Refund => "refund",
            Self::SendCorrection => "send_correction",
        }
    }
}

impl std::fmt::Display for OutboxKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl TryFrom<String> for OutboxKind {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|kind| kind.as_str() == name);
        known.ok_or_else(|| format!("unknown kind of outbox entry {name:?}"))
    }
}

/// The answer to an append: it is on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    /// What became of each entry, in their order.
    pub outcomes: Vec<Outcome>,
}

impl Appended {
    /// Whether nothing in it was refused.
    #[must_use]
    pub fn all_stand(&self) -> bool {
        !self
            .outcomes
            .iter()
            .any(|o| matches!(o, Outcome::Refused(_)))
    }
}

/// What became of one entry of an append that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was not there before.
    New,
    /// The very same was there: a resend.
    AlreadyThere,
    /// Its key was there with another content; the first stands. A replay that gives this was not
    /// the same computation: it is counted and logged.
    Differs,
    /// It contradicts what is there, and the rest of the append stands without it.
    Refused(Refusal),
}

impl Outcome {
    /// Whether it was written by this append.
    #[must_use]
    pub const fn is_new(&self) -> bool {
        matches!(self, Self::New)
    }

    pub(crate) const fn as_str(&self) -> &'static str {
        match self {
            Self::New => "new",
            Self::AlreadyThere => "already_there",
            Self::Differs => "differs",
            Self::Refused(_) => "refused",
        }
    }
}

/// Why one entry was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The pass has opened a visit before.
    PassAlreadyUsed {
        /// That visit.
        visit: String,
        /// When it was opened.
        used_us: i64,
    },
    /// The product has another price from the same instant on.
    PriceAlreadySet {
        /// That price.
        price_minor: i64,
    },
    /// There is no such review.
    UnknownReview,
    /// The review has another verdict.
    ReviewAlreadyDecided {
        /// Who gave it.
        by: String,
        /// When.
        decided_us: i64,
        /// That verdict.
        body: String,
    },
    /// There is no receipt to correct.
    UnknownReceipt {
        /// The one that the review names.
        receipt: String,
    },
    /// The correction would give back more than the receipt and its earlier corrections have left.
    MoreThanCharged {
        /// What is left, in minor units.
        left_minor: i64,
    },
}
