//! What must survive: one trait, [`Ledger`], and the databases behind it.
//!
//! The ledger is exact about keys and knows nothing of bodies: who appends them reads them. Read
//! [`ledger`](Ledger) for the rules, [`Entry`] for what is written and under which key,
//! `src/group.rs` for how appends share a flush, `src/sql/` for what all databases are asked, and
//! `src/sqlite/` and `src/postgres/` for how either is reached.
//!
//! # What is stored
//!
//! | table | holds | key | who writes | who may trust it | goes |
//! | --- | --- | --- | --- | --- | --- |
//! | `epochs` | who owns a shard: the epoch, and which ledger claimed it | shard | each new owner, by its claim | every append, in its transaction (L3) | never |
//! | `device_states` | a shelf's or gate's fold, up to which its device is acked | device | the zone that owns the device | the next owner, after its claim; acks rest on it (L1) | replaced by the next |
//! | `interactions` | weight changes with their suspects | `shelf#sequence` | the shelf's zone | the bookkeeper: recorded, not decided (L2) | pruned |
//! | `cuts` | a shard's state at a round | (shard, round) | the shard | its next owner, as a place to replay from; a lost or unreadable one costs replay, not truth | the 16 newest stay |
//! | `notes` | what a shard keeps beside its cuts: its planogram | (shard, name, round) | the shard, with its cut | the shard, together with the cut of that round | the 16 newest of its name stay |
//! | `visit_events` | what can change a receipt beside the sensors (T3) | (shard, round, ordinal) | the shard that took it in | whoever replays those rounds | pruned |
//! | `passes_used` | the one use of each pass | pass | the gate's shard | gates: the first use stands, whichever gate saw it | pruned, long after passes expire |
//! | `decisions` | what the bookkeeper makes of interactions | (interaction, revision) | the bookkeeper | carts: the highest revision holds until the receipt | pruned |
//! | `receipts` | settled carts | id, and visit | the bookkeeper | everybody: final; corrections are documents of their own | never |
//! | `reviews` | what a person is to look at, and the verdict on it | id | the bookkeeper: the question, and later, once, the answer | everybody: a verdict is final | never |
//! | `corrections` | what verdicts add to receipts | id, and review | the bookkeeper, with the verdict | everybody: a receipt and its corrections are what is right | never |
//! | `outbox` | what receipts and corrections set going, and how it went | id | the bookkeeper, with the receipt or the verdict; then checkout | checkout: a waiting entry may have been carried out already, so doing it again must be harmless (L5) | with its receipt |
//! | `holds` | what is authorised for visits at a payment service, and how far that has come | id, and (visit, number) | the bucket that opens the visit; then checkout | checkout: one that is being asked for may stand already (L5) | with its receipt |
//! | `hold_ends` | which hold a visit's charge captures, if any | visit | the bookkeeper, with the receipt | checkout: every other hold of the visit is released | with its receipt |
//! | `provider_events` | what a payment service has told by itself | the service's id | checkout | nobody: so that each counts once | pruned |
//! | `price_changes` | prices from some time on | (product, time) | the bookkeeper | the take's price is the one valid then | never |
//! | `poison` | messages that ended their actor, and how often (L7) | message | the actor's shard | the shard, before it folds a message again; operators | forgotten by an operator |
//!
//! Not stored: camera frames, tracks' appearance, carts (they follow from decisions), who placed a
//! shard where (etcd's).

mod entry;
mod error;
mod group;
mod hold;
mod ledger;
mod postgres;
mod record;
mod sql;
mod sqlite;
mod telemetry;

pub use entry::{
    Append, Appended, Correction, Entry, KEEP_CUTS, OutboxEntry, OutboxKind, Outcome, POISON_AT,
    Refusal,
};
pub use error::LedgerError;
pub use hold::{Hold, HoldState, HoldStep, HoldWish, ProviderEvent};
pub use ledger::{Claim, Ledger};
pub use postgres::PostgresLedger;
pub use record::{
    Cut, Decision, DeviceState, Health, Interaction, Note, OpenReviews, OutboxEnd, OutboxItem,
    PassUse, Poison, PriceChange, Receipt, ReceiptPlace, Review, StoredCorrection, VisitEvent,
    Whose,
};
pub use sqlite::SqliteLedger;
pub use telemetry::describe_metrics;
