//! The trait behind which the ledgers stand.

use async_trait::async_trait;

use crate::{
    entry::{Append, Appended},
    error::LedgerError,
    hold::{Hold, HoldStep, ProviderEvent},
    record::{
        Cut, Decision, DeviceState, Health, Interaction, Note, OpenReviews, OutboxEnd, OutboxItem,
        PassUse, Poison, PriceChange, Receipt, ReceiptPlace, Review, StoredCorrection, VisitEvent,
        Whose,
    },
};

/// Who is to own a shard, and from which epoch on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The shard.
    pub shard: String,
    /// The epoch; the first is 1.
    pub epoch: u64,
}

/// What must survive. The rules that every implementation keeps, and that `tests/ledger/suite` tests:
///
/// 1. An append that was answered is on disk, whole; one that was refused left nothing.
/// 2. An append is refused unless its epoch is the one in which its shard was claimed last (L3). Of two
///    ledgers, only one gets to claim an epoch.
/// 3. A device's state is refused unless it continues from the stored one (L1).
/// 4. A key is written once; the same again is recognised and ignored (L2). So an append may be
///    sent again whole after an unclear answer, and the answer says what had been written.
/// 5. A receipt and its outbox entries are there together or not at all, once for each visit.
/// 6. What is read after a claim holds all that any earlier owner ever had answered.
/// 7. A review has one verdict; with it its correction and what that sets going are there, or nothing is.
///    The corrections of a receipt together give back no more than it charged.
///
/// Requests of one ledger are carried out in the order in which they were made. A request whose
/// future is dropped may still be carried out.
#[async_trait]
pub trait Ledger: Send + Sync + 'static {
    /// Makes the caller the owner of shards, before it reads and writes (L3), and answers each claim,
    /// in their order. The same epoch may be claimed again by the same ledger, as it was opened, and by no
    /// other: so an epoch has one writer, even if a coordinator gives it out twice.
    ///
    /// # Errors
    ///
    /// Of one claim: [`LedgerError::Fenced`] when a newer epoch was claimed, or this one by another ledger.
    async fn claim_all(
        &self,
        claims: &[Claim],
    ) -> Result<Vec<Result<(), LedgerError>>, LedgerError>;

    /// Claims one shard.
    ///
    /// # Errors
    ///
    /// Those of [`claim_all`](Self::claim_all).
    async fn claim(&self, shard: &str, epoch: u64) -> Result<(), LedgerError> {
        let claim = Claim {
            shard: shard.to_owned(),
            epoch,
        };
        let answers = self.claim_all(&[claim]).await?;
        answers.into_iter().collect()
    }

    /// The epoch in which a shard was claimed last; 0: never. Where no coordinator counts the
    /// epochs, an owner claims the next.
    async fn epoch(&self, shard: &str) -> Result<u64, LedgerError>;

    /// Writes, and answers when it is durable. Appends that come together share one flush; one that
    /// is refused fails alone.
    ///
    /// # Errors
    ///
    /// A refusal ([`LedgerError::is_refusal`]), or [`LedgerError::Unavailable`]: then it may have
    /// been written or not, and is to be sent again whole.
    async fn append(&self, append: Append) -> Result<Appended, LedgerError>;

    /// Where the fold of a device stands.
    async fn device_state(&self, device: &str) -> Result<Option<DeviceState>, LedgerError>;

    /// Where the folds stand that each of these shards wrote last, by device.
    async fn device_states_of(&self, shards: &[&str])
    -> Result<Vec<Vec<DeviceState>>, LedgerError>;

    /// Those of one shard.
    async fn device_states(&self, shard: &str) -> Result<Vec<DeviceState>, LedgerError> {
        Ok(self.device_states_of(&[shard]).await?.concat())
    }

    /// The rounds of the cuts of each of these shards, newest first: of many shards, that is little where
    /// the cuts themselves are much.
    async fn cut_rounds_of(&self, shards: &[&str]) -> Result<Vec<Vec<i64>>, LedgerError>;

    /// The cut of this round of each of these shards that has one.
    async fn cuts_at(&self, shards: &[&str], round: i64) -> Result<Vec<Option<Cut>>, LedgerError>;

    /// The cuts of each of these shards, newest first; at most [`KEEP_CUTS`](crate::KEEP_CUTS) each.
    async fn cuts_of(&self, shards: &[&str]) -> Result<Vec<Vec<Cut>>, LedgerError>;

    /// Those of one shard.
    async fn cuts(&self, shard: &str) -> Result<Vec<Cut>, LedgerError> {
        Ok(self.cuts_of(&[shard]).await?.concat())
    }

    /// A shard's notes of this name, newest first; at most [`KEEP_CUTS`](crate::KEEP_CUTS).
    async fn notes(&self, shard: &str, name: &str) -> Result<Vec<Note>, LedgerError>;

    /// One interaction.
    async fn interaction(&self, id: &str) -> Result<Option<Interaction>, LedgerError>;

    /// Interactions of rounds after `round`, ordered by (round, closing time, shelf, sequence).
    /// It ends with the round that holds the `limit`-th, whole: go on after that round.
    async fn interactions_after(
        &self,
        round: i64,
        limit: u32,
    ) -> Result<Vec<Interaction>, LedgerError>;

    /// Events of visits from `round` on, of one shard or of all, ordered by (round, shard, ordinal).
    /// It ends with the round that holds the `limit`-th, whole: go on from the next.
    async fn visit_events_from(
        &self,
        shard: Option<&str>,
        round: i64,
        limit: u32,
    ) -> Result<Vec<VisitEvent>, LedgerError>;

    /// The one use of a pass.
    async fn pass_used(&self, pass: &str) -> Result<Option<PassUse>, LedgerError>;

    /// Decisions of rounds after `round`, ordered by (round, interaction, revision). It ends with
    /// the round that holds the `limit`-th, whole: go on after that round.
    async fn decisions_after(&self, round: i64, limit: u32) -> Result<Vec<Decision>, LedgerError>;

    /// The decisions on one interaction, by revision.
    async fn decisions_of(&self, interaction: &str) -> Result<Vec<Decision>, LedgerError>;

    /// A receipt by its id.
    async fn receipt(&self, id: &str) -> Result<Option<Receipt>, LedgerError>;

    /// The receipt of a visit.
    async fn receipt_of_visit(&self, visit: &str) -> Result<Option<Receipt>, LedgerError>;

    /// Receipts, the one settled last first; those after `after`, when given.
    async fn receipts(
        &self,
        after: Option<&ReceiptPlace>,
        limit: u32,
    ) -> Result<Vec<Receipt>, LedgerError>;

    /// A review by its id.
    async fn review(&self, id: &str) -> Result<Option<Review>, LedgerError>;

    /// Reviews without a verdict, the one opened first first; those after the one of this id, when given.
    async fn open_reviews(
        &self,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Review>, LedgerError>;

    /// Reviews with a verdict, the one opened last first; those after the one of this id, when given.
    async fn answered_reviews(
        &self,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Review>, LedgerError>;

    /// All reviews of a visit, in the order of their opening.
    async fn reviews_of_visit(&self, visit: &str) -> Result<Vec<Review>, LedgerError>;

    /// How many reviews wait, and since when.
    async fn reviews_waiting(&self) -> Result<OpenReviews, LedgerError>;

    /// A correction by its id.
    async fn correction(&self, id: &str) -> Result<Option<StoredCorrection>, LedgerError>;

    /// The corrections of a receipt, in the order of their verdicts.
    async fn corrections_of(&self, receipt: &str) -> Result<Vec<StoredCorrection>, LedgerError>;

    /// Those of the receipt of a visit.
    async fn corrections_of_visit(&self, visit: &str)
    -> Result<Vec<StoredCorrection>, LedgerError>;

    /// The price of each product as changed last at or before `since_us`, and every later change;
    /// by (time, product). `i64::MIN` gives all.
    async fn price_changes(&self, since_us: i64) -> Result<Vec<PriceChange>, LedgerError>;

    /// Messages that ended their actor, by message.
    async fn poison(&self) -> Result<Vec<Poison>, LedgerError>;

    /// Forgets one such message, when an operator has dealt with it. Whether it was there.
    async fn forget_poison(&self, message: &str) -> Result<bool, LedgerError>;

    /// Outbox entries that wait and are due, longest due first. `now_us` is the system clock's.
    async fn due_outbox(&self, now_us: i64, limit: u32) -> Result<Vec<OutboxItem>, LedgerError>;

    /// All outbox entries of a receipt and of its corrections, by id.
    async fn outbox_of(&self, receipt: &str) -> Result<Vec<OutboxItem>, LedgerError>;

    /// Ends an outbox entry. Whether this ended it: false when it had ended before.
    async fn outbox_done(&self, id: &str, end: &OutboxEnd) -> Result<bool, LedgerError>;

    /// Counts an attempt in vain and sets when it is due again. Whether it still waits.
    async fn outbox_retry(&self, id: &str, next_us: i64, error: &str) -> Result<bool, LedgerError>;

    /// Holds that are not over and are due, longest due first. `now_us` is the system clock's.
    async fn due_holds(&self, now_us: i64, limit: u32) -> Result<Vec<Hold>, LedgerError>;

    /// The holds of a visit, by number.
    async fn holds_of(&self, visit: &str) -> Result<Vec<Hold>, LedgerError>;

    /// Wants a larger hold for a visit. Whether that is new: false when the visit has no hold, one as large, one that
    /// was declined, or a receipt.
    async fn raise_hold(
        &self,
        visit: &str,
        number: u32,
        amount_minor: i64,
    ) -> Result<bool, LedgerError>;

    /// Takes a step of a hold. Whether it was taken: not from where the hold does not stand.
    async fn hold_step(&self, step: HoldStep) -> Result<bool, LedgerError>;

    /// Counts an attempt in vain and sets when the hold is due again. Whether it is not over.
    async fn hold_retry(&self, id: &str, next_us: i64, error: &str) -> Result<bool, LedgerError>;

    /// Has all holds of a visit released, unless a receipt has decided. Whether this decided.
    async fn give_up_holds(&self, visit: &str) -> Result<bool, LedgerError>;

    /// Notes what a payment service has told by itself, and ends what it ends, in one. Whether it is new.
    async fn provider_told(&self, event: ProviderEvent) -> Result<bool, LedgerError>;

    /// The newest round of any cut; none: nothing has run on this ledger.
    async fn newest_cut(&self) -> Result<Option<i64>, LedgerError>;

    /// Visits, settled before then, that have ended and of which there is something left to forget, the one settled first
    /// first.
    async fn to_forget(
        &self,
        whose: &Whose,
        settled_before_us: i64,
        limit: u32,
    ) -> Result<Vec<String>, LedgerError>;

    /// Takes away what ties a settled visit to a person, and keeps the books: see `src/sql/forget.rs`. Whether there was
    /// something.
    async fn forget_visit(&self, visit: &str) -> Result<bool, LedgerError>;

    /// Deletes interactions, decisions, events of visits, used passes and what a payment service told, older than
    /// `before_round`, at most `limit` of each, and answers how many went; 0: all are gone. The caller knows what
    /// no open visit, dispute or valid pass needs any more.
    async fn prune(&self, before_round: i64, limit: u32) -> Result<u64, LedgerError>;

    /// Tries the ledger, for writing too, and says how it is.
    ///
    /// # Errors
    ///
    /// Those that an append would meet.
    async fn health(&self) -> Result<Health, LedgerError>;
}
