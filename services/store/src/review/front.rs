//! What others may ask about reviews, by name, from any node.

use amble_ledger::{LedgerError, Review, StoredCorrection};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use super::{
    body::{ReviewBody, VerdictBody},
    evidence::Evidence,
};
use crate::{
    front::PATIENCE,
    message::{Message, ToBook},
    shop::Shop,
};

/// A shopper says that a line is not theirs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dispute {
    /// The visit.
    pub visit: String,
    /// The product's code.
    pub product: String,
}

/// Somebody says what is right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The review's id.
    pub review: String,
    /// Who says it.
    pub by: String,
    /// What they say.
    pub verdict: VerdictBody,
}

/// A review as it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reviewed {
    /// Its id.
    pub id: String,
    /// The receipt that it is about, which may not be there yet.
    pub receipt: String,
    /// The visit.
    pub visit: String,
    /// Event time of its opening, in microseconds.
    pub opened_us: i64,
    /// `doubt` or `dispute`.
    pub why: String,
    /// What there is to look at.
    pub body: ReviewBody,
    /// The answer, once there is one.
    pub verdict: Option<Verdict>,
}

/// An answer that stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Who gave it.
    pub by: String,
    /// Event time, in microseconds.
    pub decided_us: i64,
    /// What they said.
    pub body: VerdictBody,
}

/// Why a review could not be opened or answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum ReviewError {
    /// There is no such visit.
    #[error("there is no visit `{0}`")]
    NoSuchVisit(String),
    /// There is no such review.
    #[error("there is no review `{0}`")]
    NoSuchReview(String),
    /// The visit has no line of this product.
    #[error("the visit has no line of product `{product}`")]
    NoSuchLine {
        /// Its code.
        product: String,
    },
    /// The receipt is not there yet.
    #[error("the visit is not settled: answer when its receipt is there")]
    NotSettled,
    /// Somebody has answered it otherwise.
    #[error("{by} has answered it already, and the first answer stands")]
    AlreadyAnswered {
        /// Who.
        by: String,
        /// Event time of the answer, in microseconds.
        decided_us: i64,
    },
    /// The answer makes no sense.
    #[error("the answer can't be right: {0}")]
    Unfit(String),
    /// The bookkeeper or the ledger can't be reached.
    #[error("the shop cannot do this now: {0}")]
    NotNow(String),
}

impl From<LedgerError> for ReviewError {
    fn from(error: LedgerError) -> Self {
        Self::NotNow(error.to_string())
    }
}

impl Reviewed {
    /// A stored review. What another version wrote is shown without what can't be read.
    #[must_use]
    pub fn of(stored: Review) -> Self {
        let read = |body: &str| serde_json::from_str(body).ok();
        let verdict = |body: &str| serde_json::from_str(body).unwrap_or_default();
        let decided = stored.decided_by.zip(stored.decided_us);
        let decided = decided.zip(stored.verdict);
        Self {
            body: read(&stored.body).unwrap_or_default(),
            id: stored.id,
            receipt: stored.receipt,
            visit: stored.visit,
            opened_us: stored.opened_us,
            why: stored.why,
            verdict: decided.map(|((by, decided_us), body)| Verdict {
                by,
                decided_us,
                body: verdict(&body),
            }),
        }
    }

    /// The product of a dispute.
    #[must_use]
    pub fn disputed(&self) -> Option<&str> {
        let of_it = self.id.strip_prefix(&self.receipt)?;
        of_it.strip_prefix(crate::names::DISPUTED)
    }
}

impl Shop {
    /// Opens a dispute about a line of a cart or a receipt, or says how it stands.
    ///
    /// # Errors
    /// When there is no such line, or the bookkeeper can't be reached now.
    pub async fn dispute(&self, dispute: Dispute) -> Result<Reviewed, ReviewError> {
        self.ask_desk(|answer| ToBook::Dispute(dispute, answer))
            .await
    }

    /// Answers a review.
    ///
    /// # Errors
    /// When there is no such review, it is answered otherwise, or the answer makes no sense; or the
    /// bookkeeper can't be reached now.
    pub async fn answer(&self, answer: Answer) -> Result<Reviewed, ReviewError> {
        self.sensible(&answer.verdict)?;
        self.ask_desk(|said| ToBook::Answer(answer, said)).await
    }

    async fn ask_desk(
        &self,
        question: impl FnOnce(oneshot::Sender<Result<Reviewed, ReviewError>>) -> ToBook + Send,
    ) -> Result<Reviewed, ReviewError> {
        let question = |answer| Message::Book(question(answer));
        let answer = self.router.ask(self.keys.book(), PATIENCE, question).await;
        answer.map_err(|error| ReviewError::NotNow(error.to_string()))?
    }

    /// Reviews that wait for an answer, the oldest first, or those that have one, the newest first; those
    /// after the one of this id, when given.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub async fn reviews(
        &self,
        answered: bool,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Reviewed>, ReviewError> {
        let reviews = if answered {
            self.ledger.answered_reviews(after, limit).await?
        } else {
            self.ledger.open_reviews(after, limit).await?
        };
        Ok(reviews.into_iter().map(Reviewed::of).collect())
    }

    /// A review with its evidence, and the correction that its answer brought.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub async fn review(
        &self,
        id: &str,
    ) -> Result<Option<(Reviewed, Vec<Evidence>, Option<StoredCorrection>)>, ReviewError> {
        let Some(stored) = self.ledger.review(id).await? else {
            return Ok(None);
        };
        let review = Reviewed::of(stored);
        let mut evidence = Vec::new();
        for name in &review.body.interactions {
            evidence.push(self.evidence(&review.visit, name.clone()).await?);
        }
        let corrections = self.ledger.corrections_of(&review.receipt).await?;
        let own = corrections.into_iter().find(|c| c.review == review.id);
        Ok(Some((review, evidence, own)))
    }

    /// The reviews of a visit that its shopper asked for.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub async fn disputes(&self, visit: &str) -> Result<Vec<Reviewed>, ReviewError> {
        let reviews = self.ledger.reviews_of_visit(visit).await?;
        let reviews = reviews.into_iter().map(Reviewed::of);
        Ok(reviews.filter(|r| r.disputed().is_some()).collect())
    }

    fn sensible(&self, verdict: &VerdictBody) -> Result<(), ReviewError> {
        let unfit = |why: String| Err(ReviewError::Unfit(why));
        for (at, line) in verdict.lines.iter().enumerate() {
            if self.plan.names.find_product(&line.product).is_none() {
                return unfit(format!("there is no product `{}`", line.product));
            }
            if verdict.lines[..at]
                .iter()
                .any(|l| l.product == line.product)
            {
                return unfit(format!("it names product `{}` twice", line.product));
            }
        }
        Ok(())
    }
}
