//! The ledger on a database that speaks SQL: what is asked of it, whichever it is.
//!
//! Statements are written once, in words that all of them understand; `database::Dialect` has those
//! that differ. Writing goes through one [`Queue`] and one session, reading through [`Readers`].

mod apply;
pub(crate) mod database;
mod epochs;
mod forget;
mod guarded;
mod holds;
mod outbox;
mod read;
mod reviews;
pub(crate) mod statement;
pub(crate) mod transaction;
mod upkeep;

use std::time::Instant;

use async_trait::async_trait;

use crate::{
    entry::{Append, Appended, Entry},
    error::LedgerError,
    group::{Commit, Queue, Work},
    hold::{Hold, HoldStep, ProviderEvent},
    ledger::{Claim, Ledger},
    record::{
        Cut, Decision, DeviceState, Health, Interaction, Note, OpenReviews, OutboxEnd, OutboxItem,
        PassUse, Poison, PriceChange, Receipt, ReceiptPlace, Review, StoredCorrection, VisitEvent,
        Whose,
    },
    telemetry,
};
use database::{Dialect, Readers};
use statement::Statement;

/// A ledger on a database.
pub struct SqlLedger<R> {
    queue: Queue,
    readers: R,
    /// As whom it claims. Drawn when it is opened: no other ledger has the same, in whatever process.
    claimer: i64,
}

impl<R: Readers> SqlLedger<R> {
    pub(crate) fn start(writer: impl Commit, readers: R) -> Result<Self, LedgerError> {
        let drawn = getrandom::u64().map_err(|error| LedgerError::Unavailable {
            reason: error.to_string(),
            advice: "see that the system has randomness",
        })?;
        Ok(Self {
            queue: Queue::start(writer),
            readers,
            claimer: drawn.cast_signed(),
        })
    }

    async fn rows(&self, work: Work) -> Result<u64, LedgerError> {
        Ok(self.queue.run(work).await?.rows)
    }
}

#[async_trait]
impl<R: Readers> Ledger for SqlLedger<R> {
    async fn claim_all(
        &self,
        claims: &[Claim],
    ) -> Result<Vec<Result<(), LedgerError>>, LedgerError> {
        let work = Work::Claim {
            claims: claims.to_vec(),
            claimer: self.claimer,
        };
        Ok(self.queue.run(work).await?.claims)
    }

    async fn epoch(&self, shard: &str) -> Result<u64, LedgerError> {
        let row = self.readers.one(&read::epoch(shard)).await?;
        row.map_or(Ok(0), |(epoch,)| epochs::stored(shard, epoch))
    }

    async fn append(&self, append: Append) -> Result<Appended, LedgerError> {
        let started = Instant::now();
        let kinds: Vec<_> = append.entries.iter().map(Entry::kind).collect();
        let answer = self.queue.run(Work::Append(append)).await;
        let answer = answer.map(|done| Appended {
            outcomes: done.outcomes,
        });
        telemetry::appended(&kinds, answer.as_ref(), started.elapsed());
        answer
    }

    async fn device_state(&self, device: &str) -> Result<Option<DeviceState>, LedgerError> {
        self.readers.one(&read::device_state(device)).await
    }

    async fn device_states_of(
        &self,
        shards: &[&str],
    ) -> Result<Vec<Vec<DeviceState>>, LedgerError> {
        let read = read::device_states_of::<R::Dialect>(shards);
        let states = self.readers.all(&read).await?;
        let states = states.into_iter().map(|state| (state.shard.clone(), state));
        Ok(by_shard(shards, states))
    }

    async fn cuts_of(&self, shards: &[&str]) -> Result<Vec<Vec<Cut>>, LedgerError> {
        let cuts = self
            .readers
            .all(&read::cuts_of::<R::Dialect>(shards))
            .await?;
        let cuts = cuts
            .into_iter()
            .map(|(shard, round, body)| (shard, Cut { round, body }));
        Ok(by_shard(shards, cuts))
    }

    async fn cut_rounds_of(&self, shards: &[&str]) -> Result<Vec<Vec<i64>>, LedgerError> {
        let read = read::cut_rounds_of::<R::Dialect>(shards);
        let rounds = self.readers.all(&read).await?;
        Ok(by_shard(shards, rounds.into_iter()))
    }

    async fn cuts_at(&self, shards: &[&str], round: i64) -> Result<Vec<Option<Cut>>, LedgerError> {
        let read = read::cuts_at::<R::Dialect>(shards, round);
        let cuts = self.readers.all(&read).await?.into_iter();
        let cuts = by_shard(
            shards,
            cuts.map(|(shard, body)| (shard, Cut { round, body })),
        );
        Ok(cuts.into_iter().map(|mut own| own.pop()).collect())
    }

    async fn notes(&self, shard: &str, name: &str) -> Result<Vec<Note>, LedgerError> {
        self.readers.all(&read::notes(shard, name)).await
    }

    async fn interaction(&self, id: &str) -> Result<Option<Interaction>, LedgerError> {
        self.readers.one(&read::interaction(id)).await
    }

    async fn interactions_after(
        &self,
        round: i64,
        limit: u32,
    ) -> Result<Vec<Interaction>, LedgerError> {
        self.readers
            .all(&read::interactions_after(round, limit))
            .await
    }

    async fn visit_events_from(
        &self,
        shard: Option<&str>,
        round: i64,
        limit: u32,
    ) -> Result<Vec<VisitEvent>, LedgerError> {
        let read = read::visit_events_from(shard, round, limit);
        self.readers.all(&read).await
    }

    async fn pass_used(&self, pass: &str) -> Result<Option<PassUse>, LedgerError> {
        self.readers.one(&read::pass_used(pass)).await
    }

    async fn decisions_after(&self, round: i64, limit: u32) -> Result<Vec<Decision>, LedgerError> {
        self.readers.all(&read::decisions_after(round, limit)).await
    }

    async fn decisions_of(&self, interaction: &str) -> Result<Vec<Decision>, LedgerError> {
        self.readers.all(&read::decisions_of(interaction)).await
    }

    async fn receipt(&self, id: &str) -> Result<Option<Receipt>, LedgerError> {
        self.readers.one(&read::receipt(id)).await
    }

    async fn receipt_of_visit(&self, visit: &str) -> Result<Option<Receipt>, LedgerError> {
        self.readers.one(&read::receipt_of_visit(visit)).await
    }

    async fn receipts(
        &self,
        after: Option<&ReceiptPlace>,
        limit: u32,
    ) -> Result<Vec<Receipt>, LedgerError> {
        self.readers.all(&read::receipts(after, limit)).await
    }

    async fn review(&self, id: &str) -> Result<Option<Review>, LedgerError> {
        self.readers.one(&reviews::review(id)).await
    }

    async fn open_reviews(
        &self,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Review>, LedgerError> {
        self.readers.all(&reviews::open(after, limit)).await
    }

    async fn answered_reviews(
        &self,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Review>, LedgerError> {
        self.readers.all(&reviews::answered(after, limit)).await
    }

    async fn reviews_of_visit(&self, visit: &str) -> Result<Vec<Review>, LedgerError> {
        self.readers.all(&reviews::of_visit(visit)).await
    }

    async fn reviews_waiting(&self) -> Result<OpenReviews, LedgerError> {
        let waiting = self.readers.one(&reviews::waiting()).await?;
        let (count, oldest_us) = waiting.unwrap_or_default();
        Ok(OpenReviews {
            count: count.unsigned_abs(),
            oldest_us,
        })
    }

    async fn correction(&self, id: &str) -> Result<Option<StoredCorrection>, LedgerError> {
        self.readers.one(&reviews::correction(id)).await
    }

    async fn corrections_of(&self, receipt: &str) -> Result<Vec<StoredCorrection>, LedgerError> {
        self.readers.all(&reviews::corrections_of(receipt)).await
    }

    async fn corrections_of_visit(
        &self,
        visit: &str,
    ) -> Result<Vec<StoredCorrection>, LedgerError> {
        self.readers
            .all(&reviews::corrections_of_visit(visit))
            .await
    }

    async fn price_changes(&self, since_us: i64) -> Result<Vec<PriceChange>, LedgerError> {
        self.readers.all(&read::price_changes(since_us)).await
    }

    async fn poison(&self) -> Result<Vec<Poison>, LedgerError> {
        self.readers.all(&read::poison()).await
    }

    async fn forget_poison(&self, message: &str) -> Result<bool, LedgerError> {
        let message = message.to_owned();
        Ok(self.rows(Work::ForgetPoison { message }).await? > 0)
    }

    async fn due_outbox(&self, now_us: i64, limit: u32) -> Result<Vec<OutboxItem>, LedgerError> {
        self.readers.all(&outbox::due(now_us, limit)).await
    }

    async fn outbox_of(&self, receipt: &str) -> Result<Vec<OutboxItem>, LedgerError> {
        self.readers.all(&outbox::of(receipt)).await
    }

    async fn outbox_done(&self, id: &str, end: &OutboxEnd) -> Result<bool, LedgerError> {
        let (id, end) = (id.to_owned(), end.clone());
        Ok(self.rows(Work::OutboxDone { id, end }).await? > 0)
    }

    async fn outbox_retry(&self, id: &str, next_us: i64, error: &str) -> Result<bool, LedgerError> {
        let (id, error) = (id.to_owned(), error.to_owned());
        let work = Work::OutboxRetry { id, next_us, error };
        Ok(self.rows(work).await? > 0)
    }

    async fn due_holds(&self, now_us: i64, limit: u32) -> Result<Vec<Hold>, LedgerError> {
        self.readers.all(&holds::due(now_us, limit)).await
    }

    async fn holds_of(&self, visit: &str) -> Result<Vec<Hold>, LedgerError> {
        self.readers.all(&holds::of(visit)).await
    }

    async fn raise_hold(
        &self,
        visit: &str,
        number: u32,
        amount_minor: i64,
    ) -> Result<bool, LedgerError> {
        let work = Work::HoldRaise {
            visit: visit.to_owned(),
            number,
            amount_minor,
        };
        Ok(self.rows(work).await? > 0)
    }

    async fn hold_step(&self, step: HoldStep) -> Result<bool, LedgerError> {
        Ok(self.rows(Work::HoldStep(step)).await? > 0)
    }

    async fn hold_retry(&self, id: &str, next_us: i64, error: &str) -> Result<bool, LedgerError> {
        let (id, error) = (id.to_owned(), error.to_owned());
        let work = Work::HoldRetry { id, next_us, error };
        Ok(self.rows(work).await? > 0)
    }

    async fn give_up_holds(&self, visit: &str) -> Result<bool, LedgerError> {
        let visit = visit.to_owned();
        Ok(self.rows(Work::HoldsGivenUp { visit }).await? > 0)
    }

    async fn provider_told(&self, event: ProviderEvent) -> Result<bool, LedgerError> {
        Ok(self.rows(Work::Told(event)).await? > 0)
    }

    async fn newest_cut(&self) -> Result<Option<i64>, LedgerError> {
        let newest = self.readers.one(&forget::newest_cut()).await?;
        Ok(newest.and_then(|(round,)| round))
    }

    async fn to_forget(
        &self,
        whose: &Whose,
        settled_before_us: i64,
        limit: u32,
    ) -> Result<Vec<String>, LedgerError> {
        let visits = forget::visits(whose, settled_before_us, limit);
        let visits = self.readers.all(&visits).await?;
        Ok(visits.into_iter().map(|(visit,)| visit).collect())
    }

    async fn forget_visit(&self, visit: &str) -> Result<bool, LedgerError> {
        let visit = visit.to_owned();
        Ok(self.rows(Work::Forget { visit }).await? > 0)
    }

    async fn prune(&self, before_round: i64, limit: u32) -> Result<u64, LedgerError> {
        let work = Work::Prune {
            before_round,
            limit,
        };
        self.rows(work).await
    }

    async fn health(&self) -> Result<Health, LedgerError> {
        self.queue.run(Work::Probe).await?;
        let bytes = Statement::<(i64,)>::new(R::Dialect::BYTES);
        let bytes = self.readers.one(&bytes).await?;
        let waiting = self.readers.one(&read::waiting()).await?;
        let (outbox_waiting, poisoned) = waiting.unwrap_or_default();
        Ok(Health {
            backend: R::Dialect::NAME,
            queued: self.queue.len(),
            bytes: bytes.unwrap_or_default().0.unsigned_abs(),
            outbox_waiting: outbox_waiting.unsigned_abs(),
            poisoned: poisoned.unsigned_abs(),
        })
    }
}

/// What was read of several shards: the first list is that of the first shard.
fn by_shard<T>(shards: &[&str], rows: impl Iterator<Item = (String, T)>) -> Vec<Vec<T>> {
    let mut lists: Vec<Vec<T>> = shards.iter().map(|_| Vec::new()).collect();
    for (shard, row) in rows {
        if let Some(at) = shards.iter().position(|asked| *asked == shard) {
            lists[at].push(row);
        }
    }
    lists
}
