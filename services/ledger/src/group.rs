//! Group commit: requests that come while the disk is busy share the next flush.
//!
//! One task owns the database's writing side. It takes the first request that waits and whatever
//! else is there already, commits them together, and answers each. Nobody waits for a group to
//! fill: alone, a request is a group of one.

use std::{future::Future, time::Instant};

use tokio::sync::{mpsc, oneshot};

use crate::{
    entry::{Append, Outcome},
    error::LedgerError,
    hold::{HoldStep, ProviderEvent},
    ledger::Claim,
    record::OutboxEnd,
    telemetry,
};

/// Requests in one group at most. A flush costs milliseconds and a small append tens of
/// microseconds, so beyond this the flush no longer counts and the first of the group only waits.
const GROUP: usize = 256;

/// Bytes of bodies in one group, for the same reason; one larger append goes alone.
const GROUP_BYTES: usize = 4 << 20;

/// Requests that may wait; who comes then waits for a place, so memory stays bounded.
const QUEUE: usize = 1024;

/// Something to write.
pub(crate) enum Work {
    Append(Append),
    Claim {
        claims: Vec<Claim>,
        /// As whom.
        claimer: i64,
    },
    OutboxDone {
        id: String,
        end: OutboxEnd,
    },
    OutboxRetry {
        id: String,
        next_us: i64,
        error: String,
    },
    HoldRaise {
        visit: String,
        number: u32,
        amount_minor: i64,
    },
    HoldStep(HoldStep),
    HoldRetry {
        id: String,
        next_us: i64,
        error: String,
    },
    HoldsGivenUp {
        visit: String,
    },
    Told(ProviderEvent),
    /// Takes away what ties a settled visit to a person.
    Forget {
        visit: String,
    },
    ForgetPoison {
        message: String,
    },
    Prune {
        before_round: i64,
        limit: u32,
    },
    /// Writes nothing, but takes the writer's way.
    Probe,
}

impl Work {
    fn bytes(&self) -> usize {
        match self {
            Self::Append(append) => append.bytes(),
            _ => 0,
        }
    }

    /// The shards whose epochs it rests on.
    pub(crate) fn shards(&self) -> impl Iterator<Item = &str> {
        let (append, claims) = match self {
            Self::Append(append) => (Some(append.shard.as_str()), [].as_slice()),
            Self::Claim { claims, .. } => (None, claims.as_slice()),
            _ => (None, [].as_slice()),
        };
        let claims = claims.iter().map(|claim| claim.shard.as_str());
        append.into_iter().chain(claims)
    }
}

/// What came of it: each kind of work fills what belongs to it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Done {
    /// Of an append: what became of its entries.
    pub(crate) outcomes: Vec<Outcome>,
    /// Of claims: the answer to each.
    pub(crate) claims: Vec<Result<(), LedgerError>>,
    /// Of the rest: rows that changed.
    pub(crate) rows: u64,
}

pub(crate) type Answer = Result<Done, LedgerError>;

/// The writing side of a database.
pub(crate) trait Commit: Send + 'static {
    /// Carries out a group in order, in one durable transaction, and answers each. An error is
    /// everybody's: nothing of the group was written, as far as one knows.
    fn commit(
        &mut self,
        group: &[Work],
    ) -> impl Future<Output = Result<Vec<Answer>, LedgerError>> + Send;
}

struct Job {
    work: Work,
    reply: oneshot::Sender<Answer>,
}

/// The way to the one writer.
pub(crate) struct Queue {
    jobs: mpsc::Sender<Job>,
}

impl Queue {
    /// Starts the writer. It ends when the queue is dropped and all that waits is written.
    pub(crate) fn start(writer: impl Commit) -> Self {
        let (jobs, waiting) = mpsc::channel(QUEUE);
        tokio::spawn(serve(writer, waiting));
        Self { jobs }
    }

    /// Requests that wait.
    pub(crate) fn len(&self) -> usize {
        self.jobs.max_capacity() - self.jobs.capacity()
    }

    /// Has one request carried out.
    pub(crate) async fn run(&self, work: Work) -> Answer {
        let (reply, answer) = oneshot::channel();
        let job = Job { work, reply };
        self.jobs.send(job).await.map_err(|_| LedgerError::Closed)?;
        answer.await.map_err(|_| LedgerError::Closed)?
    }
}

async fn serve(mut writer: impl Commit, mut waiting: mpsc::Receiver<Job>) {
    while let Some(first) = waiting.recv().await {
        let (group, replies) = gather(first, &mut waiting);
        let started = Instant::now();
        let answers = writer.commit(&group).await;
        telemetry::committed(group.len(), waiting.len(), started.elapsed());
        // An asker that is gone does not need its answer.
        match answers {
            Ok(answers) => replies
                .into_iter()
                .zip(answers)
                .for_each(|(reply, answer)| {
                    let _ = reply.send(answer);
                }),
            Err(error) => {
                // Who asked says so, and asks again.
                tracing::debug!(%error, requests = group.len(), "the ledger wrote nothing");
                replies.into_iter().for_each(|reply| {
                    let _ = reply.send(Err(error.clone()));
                });
            }
        }
    }
}

fn gather(
    first: Job,
    waiting: &mut mpsc::Receiver<Job>,
) -> (Vec<Work>, Vec<oneshot::Sender<Answer>>) {
    let mut bytes = first.work.bytes();
    let (mut group, mut replies) = (vec![first.work], vec![first.reply]);
    while group.len() < GROUP && bytes < GROUP_BYTES {
        let Ok(next) = waiting.try_recv() else { break };
        bytes += next.work.bytes();
        group.push(next.work);
        replies.push(next.reply);
    }
    (group, replies)
}
