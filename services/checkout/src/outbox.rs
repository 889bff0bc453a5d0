//! The worker that carries out what receipts set going.
//!
//! 1. An entry ends only when the other side has answered, yes or no for good. Nothing is given up.
//! 2. An entry may be carried out again: after a lost answer, a crash, or by two workers at once.
//!    Each does it under the same key, so money moves once (L5).
//! 3. How often it was tried and when it is due again stands in the ledger: a restart neither hurries
//!    nor forgets.
//! 4. One slow entry holds up no other, up to `parallel`; no attempt takes longer than its limit.
//! 5. Holds are carried out in the same way, beside the entries: they take at most half of the places, so that
//!    who comes in holds up nobody who goes out.
//! 6. A stop takes no new entries and lets those in hand end.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use amble_ledger::{Hold, Ledger, LedgerError, OutboxEnd, OutboxItem};
use tokio::{
    sync::{Notify, watch},
    task::{Id, JoinHandle, JoinSet},
    time::{sleep, timeout},
};

use crate::{
    carry::{Attempt, Doers},
    clock,
    limits::Limits,
    mail::Mail,
    payment::Payment,
    telemetry,
};

/// What a worker has done since it started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Entries that ended well.
    pub delivered: u64,
    /// Entries that the other side refused for good.
    pub refused: u64,
    /// Attempts in vain.
    pub again: u64,
}

/// A running worker.
pub struct Outbox {
    wake: Wake,
    stop: watch::Sender<bool>,
    task: JoinHandle<Counts>,
}

/// Tells the worker that a receipt has been appended, so that it does not wait for its next poll.
#[derive(Clone)]
pub struct Wake(Arc<Notify>);

impl Wake {
    /// Wakes it; cheap, and never lost.
    pub fn wake(&self) {
        self.0.notify_one();
    }
}

impl Outbox {
    /// Starts a worker; several on one ledger, also in several processes, do no harm.
    #[must_use]
    pub fn start(
        ledger: Arc<dyn Ledger>,
        payment: Arc<dyn Payment>,
        mail: Arc<dyn Mail>,
        limits: Limits,
    ) -> Self {
        let wake = Wake(Arc::new(Notify::new()));
        let (stop, stopping) = watch::channel(false);
        let worker = Worker {
            doers: Doers {
                ledger,
                payment,
                mail,
            },
            limits,
            in_hand: HashMap::new(),
            tasks: JoinSet::new(),
            counts: Counts::default(),
        };
        let task = tokio::spawn(worker.run(wake.clone(), stopping));
        Self { wake, stop, task }
    }

    /// A handle for the one who appends receipts.
    #[must_use]
    pub fn wake(&self) -> Wake {
        self.wake.clone()
    }

    /// Takes nothing new, waits for what is in hand, and says what was done. It takes no longer
    /// than one attempt may.
    pub async fn stop(self) -> Counts {
        self.stop.send_replace(true);
        self.task.await.unwrap_or_default()
    }
}

struct Worker {
    doers: Doers,
    limits: Limits,
    /// What each task does. They are still due in the ledger, and not to be taken again.
    in_hand: HashMap<Id, String>,
    tasks: JoinSet<Attempt>,
    counts: Counts,
}

impl Worker {
    async fn run(mut self, wake: Wake, mut stop: watch::Receiver<bool>) -> Counts {
        loop {
            // A handle that was dropped without a word stops the worker too.
            let stopping = *stop.borrow() || stop.has_changed().is_err();
            if !stopping {
                self.take_due().await;
                self.take_holds().await;
            } else if self.tasks.is_empty() {
                return self.counts;
            }
            telemetry::in_hand(self.in_hand.len());
            tokio::select! {
                Some(ended) = self.tasks.join_next_with_id() => match ended {
                    Ok((task, attempt)) => self.count(task, &attempt),
                    Err(failed) => self.forget(failed.id()).await,
                },
                () = wake.0.notified(), if !stopping => {}
                () = sleep(self.limits.poll()), if !stopping => {}
                _ = stop.changed(), if !stopping => {}
            }
        }
    }

    async fn take_due(&mut self) {
        let free = self.limits.parallel() - self.in_hand.len().min(self.limits.parallel());
        if free == 0 {
            return;
        }
        // Those in hand may be the ones longest due: ask for as many more.
        let limit = u32::try_from(self.in_hand.len() + free).unwrap_or(u32::MAX);
        let due = match self.doers.ledger.due_outbox(clock::now_us(), limit).await {
            Ok(due) => due,
            Err(error) => return unanswered(&error),
        };
        let taken: Vec<_> = due
            .into_iter()
            .filter(|item| !self.in_hand.values().any(|id| *id == item.id))
            .collect();
        for item in taken.into_iter().take(free) {
            let id = item.id.clone();
            let task = self.tasks.spawn(one(self.doers.clone(), self.limits, item));
            self.in_hand.insert(task.id(), id);
        }
    }

    async fn take_holds(&mut self) {
        let limit = self.limits.parallel().div_ceil(2);
        let ask = u32::try_from(self.in_hand.len() + limit).unwrap_or(u32::MAX);
        let due = match self.doers.ledger.due_holds(clock::now_us(), ask).await {
            Ok(due) => due,
            Err(error) => return unanswered(&error),
        };
        let free = limit.saturating_sub(self.in_hand.len());
        let taken: Vec<_> = due
            .into_iter()
            .filter(|hold| !self.in_hand.values().any(|id| *id == hold.id))
            .collect();
        for hold in taken.into_iter().take(free) {
            let id = hold.id.clone();
            let task = self
                .tasks
                .spawn(one_hold(self.doers.clone(), self.limits, hold));
            self.in_hand.insert(task.id(), id);
        }
    }

    fn count(&mut self, task: Id, attempt: &Attempt) {
        self.in_hand.remove(&task);
        match attempt {
            Attempt::Delivered(_) => self.counts.delivered += 1,
            Attempt::Refused(_) => self.counts.refused += 1,
            Attempt::Again(_) => self.counts.again += 1,
        }
    }

    /// A doer that panicked: its entry waits as after many attempts in vain, because a fault in the
    /// program is not mended by haste.
    async fn forget(&mut self, task: Id) {
        let Some(id) = self.in_hand.remove(&task) else {
            return;
        };
        tracing::error!(entry = id, "an outbox entry's attempt panicked");
        self.counts.again += 1;
        let pause = clock::micros(self.limits.backoff().pause(&id, u32::MAX));
        let next = clock::now_us().saturating_add(pause);
        let why = "the attempt panicked";
        let ledger = &self.doers.ledger;
        let noted = match ledger.outbox_retry(&id, next, why).await {
            Ok(false) => ledger.hold_retry(&id, next, why).await,
            noted => noted,
        };
        if let Err(error) = noted {
            unanswered(&error);
        }
    }
}

/// One attempt at a hold, which notes itself what it came to.
async fn one_hold(doers: Doers, limits: Limits, hold: Hold) -> Attempt {
    let started = Instant::now();
    let attempt = timeout(limits.attempt(), doers.hold(&hold))
        .await
        .unwrap_or_else(|_| Attempt::Again(format!("no answer within {:?}", limits.attempt())));
    telemetry::attempted("hold", attempt.as_str(), started.elapsed());
    match &attempt {
        Attempt::Delivered(_) => {}
        Attempt::Refused(why) => {
            tracing::warn!(hold = hold.id, why, "an authorisation was declined");
        }
        Attempt::Again(why) => {
            let failed = hold.attempts.saturating_add(1);
            let pause = limits.backoff().pause(&hold.id, failed);
            tracing::info!(hold = hold.id, failed, ?pause, why, "a hold is tried again");
            let next = clock::now_us().saturating_add(clock::micros(pause));
            if let Err(error) = doers.ledger.hold_retry(&hold.id, next, why).await {
                unanswered(&error);
                sleep(limits.poll().max(Duration::from_millis(10))).await;
            }
        }
    }
    attempt
}

/// One attempt and its note in the ledger.
async fn one(doers: Doers, limits: Limits, item: OutboxItem) -> Attempt {
    let started = Instant::now();
    let attempt = timeout(limits.attempt(), doers.attempt(&item))
        .await
        .unwrap_or_else(|_| Attempt::Again(format!("no answer within {:?}", limits.attempt())));
    telemetry::attempted(item.kind.as_str(), attempt.as_str(), started.elapsed());
    let failed = item.attempts.saturating_add(1);
    let noted = match &attempt {
        Attempt::Delivered(said) => {
            doers
                .ledger
                .outbox_done(&item.id, &OutboxEnd::Delivered(said.clone()))
                .await
        }
        Attempt::Refused(why) => {
            tracing::warn!(entry = item.id, why, "an outbox entry was refused for good");
            doers
                .ledger
                .outbox_done(&item.id, &OutboxEnd::Refused(why.clone()))
                .await
        }
        Attempt::Again(why) => {
            let pause = limits.backoff().pause(&item.id, failed);
            tracing::info!(
                entry = item.id,
                failed,
                ?pause,
                why,
                "an outbox entry is tried again"
            );
            let next = clock::now_us().saturating_add(clock::micros(pause));
            doers.ledger.outbox_retry(&item.id, next, why).await
        }
    };
    if let Err(error) = noted {
        unanswered(&error);
        // It is still due. Kept in hand for a while, it does not run hot while the ledger is away.
        sleep(limits.poll().max(Duration::from_millis(10))).await;
    }
    attempt
}

fn unanswered(error: &LedgerError) {
    telemetry::ledger_failed();
    tracing::warn!(%error, "the outbox waits for the ledger");
}
