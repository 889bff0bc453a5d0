//! The desk at which disputes are opened and reviews answered: one thing after the other.

use std::{sync::Arc, time::Duration};

use amble_engine::{
    attribution::{Decision, HYPOTHESES},
    layout::ProductIx,
    time::Time,
};
use amble_ledger::{Append, Entry, Ledger, LedgerError, Outcome, Refusal, Review};
use tokio::{
    sync::{mpsc, oneshot},
    time::{MissedTickBehavior, interval},
};

use super::{
    body::{Possible, ReviewBody, Units, json},
    front::{Answer, Dispute, ReviewError, Reviewed},
    totals::{totals, units},
};
use crate::{
    keys::visit_party,
    message::ToNode,
    names::{DISPUTE, correction_id, dispute_id, receipt_id},
    options::Amendment,
    shop::Shop,
    telemetry::{self, Waiting},
};

/// Jobs that may wait; more are refused: who asked tries again.
const QUEUE: usize = 64;

/// How often it is counted what waits, for the metrics.
const COUNT_EVERY: Duration = Duration::from_secs(15);

type Said = oneshot::Sender<Result<Reviewed, ReviewError>>;

/// What the desk is asked to do, as of an event time.
pub(crate) enum Job {
    /// Open a dispute; since when the visit is open, if it is not settled.
    Dispute(Dispute, Time, Option<Time>, Said),
    /// Answer a review.
    Answer(Answer, Time, Said),
}

/// The way to a desk. It ends when this is dropped.
#[derive(Clone, Debug)]
pub(crate) struct Desk(mpsc::Sender<Job>);

struct Clerk {
    shop: Arc<Shop>,
    epoch: u64,
    waiting: Waiting,
}

impl Desk {
    /// Begins, in the bookkeeper's epoch.
    pub(crate) fn start(shop: Arc<Shop>, epoch: u64) -> Self {
        let (desk, jobs) = mpsc::channel(QUEUE);
        let clerk = Clerk {
            shop,
            epoch,
            waiting: telemetry::reviews_waiting(),
        };
        tokio::spawn(clerk.run(jobs));
        Self(desk)
    }

    /// Puts a job on the desk.
    pub(crate) fn put(&self, job: Job) {
        let Err(error) = self.0.try_send(job) else {
            return;
        };
        let (Job::Dispute(.., said) | Job::Answer(.., said)) = error.into_inner();
        let busy = "too many reviews are opened and answered at once";
        let _ = said.send(Err(ReviewError::NotNow(busy.to_owned())));
    }
}

impl Clerk {
    async fn run(self, mut jobs: mpsc::Receiver<Job>) {
        let mut count = interval(COUNT_EVERY);
        count.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                job = jobs.recv() => match job {
                    Some(job) => self.work(job).await,
                    None => return,
                },
                _ = count.tick() => self.count().await,
            }
        }
    }

    async fn work(&self, job: Job) {
        // Whoever asked and went asks again.
        let _ = match job {
            Job::Dispute(dispute, at, open_since, said) => {
                said.send(self.dispute(&dispute, at, open_since).await)
            }
            Job::Answer(answer, at, said) => said.send(self.answer(&answer, at).await),
        };
        self.count().await;
    }

    async fn count(&self) {
        if let Ok(waiting) = self.ledger().reviews_waiting().await {
            self.waiting.show(waiting.count, waiting.oldest_us);
        }
    }

    fn ledger(&self) -> &dyn Ledger {
        self.shop.ledger.as_ref()
    }

    async fn write(&self, entry: Entry) -> Result<Option<Outcome>, LedgerError> {
        let append = Append {
            shard: self.shop.keys.book().to_string(),
            epoch: self.epoch,
            entries: vec![entry],
        };
        let appended = self.ledger().append(append).await?;
        Ok(appended.outcomes.into_iter().next())
    }

    async fn dispute(
        &self,
        dispute: &Dispute,
        at: Time,
        open_since: Option<Time>,
    ) -> Result<Reviewed, ReviewError> {
        let Dispute { visit, product } = dispute;
        let receipt = receipt_id(visit);
        let id = dispute_id(&receipt, product);
        if let Some(known) = self.ledger().review(&id).await? {
            return Ok(Reviewed::of(known));
        }
        let no_line = || ReviewError::NoSuchLine {
            product: product.clone(),
        };
        let ix = self.shop.plan.names.find_product(product);
        let ix = ix.ok_or_else(no_line)?;
        let stored = self.ledger().receipt(&receipt).await?;
        let charged = match &stored {
            Some(stored) => Some((self.shop.documents.read)(stored).ok_or_else(|| {
                ReviewError::NotNow(format!("the stored {receipt} can't be read"))
            })?),
            None => None,
        };
        let from = charged.as_ref().map(|charged| charged.entered);
        let from = from
            .or(open_since)
            .ok_or_else(|| ReviewError::NoSuchVisit(visit.clone()))?;
        let to = stored.as_ref().map_or(at, |stored| Time(stored.settled_us));
        let decided = self
            .shop
            .decided_of(visit_party(visit), ix, from.round(), to.round())
            .await?;
        let quantity = match &charged {
            Some(charged) => charged.quantity(product),
            None => taken(decided.values(), visit, ix),
        };
        if quantity == 0 {
            return Err(no_line());
        }
        let body = ReviewBody {
            hypotheses: hypotheses(decided.values(), visit, (ix, product), quantity),
            interactions: decided.into_keys().collect(),
            cost: None,
        };
        let entry = Entry::Review {
            id: id.clone(),
            receipt,
            visit: visit.clone(),
            opened_us: at.0,
            why: DISPUTE.to_owned(),
            body: json(&body),
        };
        if self.write(entry).await?.is_some_and(|o| o.is_new()) {
            telemetry::review_opened(DISPUTE, 1);
        }
        self.shop.tell_nodes(&ToNode::Reviewed(visit.clone()));
        self.stored(&id).await.map(Reviewed::of)
    }

    async fn stored(&self, id: &str) -> Result<Review, ReviewError> {
        let review = self.ledger().review(id).await?;
        review.ok_or_else(|| ReviewError::NoSuchReview(id.to_owned()))
    }

    async fn answer(&self, answer: &Answer, at: Time) -> Result<Reviewed, ReviewError> {
        let mut verdict = answer.verdict.clone();
        verdict.lines.sort_by(|a, b| a.product.cmp(&b.product));
        let body = json(&verdict);
        let review = self.stored(&answer.review).await?;
        if let Some(stands) = Self::stands(&review, answer, &body) {
            return stands;
        }
        let receipt = self.ledger().receipt(&review.receipt).await?;
        let receipt = receipt.ok_or(ReviewError::NotSettled)?;
        let earlier = self.ledger().corrections_of(&receipt.id).await?;
        let amendment = Amendment {
            id: &correction_id(&review.id),
            receipt: &receipt,
            earlier: &earlier,
            right: &verdict.lines,
            prices: &self.shop.prices(),
            decided: at,
        };
        let correction = (self.shop.documents.correct)(&amendment).map_err(ReviewError::Unfit)?;
        let corrects = correction.is_some();
        let entry = Entry::Verdict {
            review: review.id.clone(),
            by: answer.by.clone(),
            decided_us: at.0,
            body: body.clone(),
            correction,
        };
        match self.write(entry).await? {
            Some(Outcome::New) => telemetry::review_answered(corrects),
            Some(Outcome::Refused(Refusal::ReviewAlreadyDecided { .. })) => {
                // Whoever was faster is no longer here: what stands is the answer.
                let review = self.stored(&answer.review).await?;
                let stands = Self::stands(&review, answer, &body);
                return stands.unwrap_or(Err(ReviewError::NotSettled));
            }
            Some(Outcome::Refused(Refusal::MoreThanCharged { left_minor })) => {
                return Err(ReviewError::Unfit(format!(
                    "it would give back more than the {left_minor} that are left of the receipt"
                )));
            }
            Some(Outcome::Refused(Refusal::UnknownReceipt { .. })) => {
                return Err(ReviewError::NotSettled);
            }
            _ => {}
        }
        self.shop.tell_nodes(&ToNode::Reviewed(review.visit));
        self.stored(&answer.review).await.map(Reviewed::of)
    }

    /// Rule 3 of [`super`]: the answer that a review has.
    fn stands(
        review: &Review,
        answer: &Answer,
        body: &str,
    ) -> Option<Result<Reviewed, ReviewError>> {
        let (by, decided_us) = review.decided_by.as_ref().zip(review.decided_us)?;
        let same = *by == answer.by && review.verdict.as_deref() == Some(body);
        Some(if same {
            Ok(Reviewed::of(review.clone()))
        } else {
            Err(ReviewError::AlreadyAnswered {
                by: by.clone(),
                decided_us,
            })
        })
    }
}

/// Units of a product that a visit has by what is decided.
fn taken<'a>(decided: impl Iterator<Item = &'a Decision>, visit: &str, product: ProductIx) -> u32 {
    let party = visit_party(visit);
    let all: i64 = decided.map(|d| units(&d.moves, party, product)).sum();
    u32::try_from(all).unwrap_or(0)
}

/// What the visit may have left with of one product; what is charged is always among it.
fn hypotheses<'a>(
    decided: impl Iterator<Item = &'a Decision>,
    visit: &str,
    (ix, product): (ProductIx, &str),
    charged: u32,
) -> Vec<Possible> {
    let mut all: Vec<(u32, f64)> = Vec::new();
    for (units, probability) in totals(decided, visit_party(visit), ix) {
        // Nobody leaves with less than nothing.
        let units = u32::try_from(units).unwrap_or(0);
        match all.iter_mut().find(|known| known.0 == units) {
            Some(known) => known.1 += probability,
            None => all.push((units, probability)),
        }
    }
    if !all.iter().any(|known| known.0 == charged) {
        all.push((charged, 0.0));
    }
    all.sort_by_key(|known| known.0 != charged);
    all.truncate(HYPOTHESES);
    all.sort_by(|a, b| b.1.total_cmp(&a.1));
    let possible = |(quantity, probability): (u32, f64)| Possible {
        units: vec![Units {
            product: product.to_owned(),
            quantity,
        }],
        probability,
        charged: quantity == charged,
    };
    all.into_iter().map(possible).collect()
}
