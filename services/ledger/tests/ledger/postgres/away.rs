//! The database goes away while several tasks append, and comes back.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use amble_ledger::{Ledger, LedgerError, PostgresLedger};
use amble_servers::Postgres;
use tokio::task::JoinSet;

use crate::suite::{append, device_state, interaction};

/// How long it is away.
const AWAY: Duration = Duration::from_secs(3);

/// How long an answer may take: a second for the group before, one for its own, and what a busy
/// machine takes.
const BOUND: Duration = Duration::from_secs(3);

const WRITERS: usize = 6;

/// Answers that each writer waits for, before and after.
const ENOUGH: u64 = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_was_shut_down_is_used_again() {
    survive(Postgres::stop, Postgres::start_again).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_crashed_is_used_again() {
    survive(Postgres::kill, Postgres::start_again).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_hung_is_used_again() {
    let resume = |server: &mut Postgres| {
        server.resume();
        Ok(())
    };
    survive(Postgres::pause, resume).await;
}

type Step = fn(&mut Postgres) -> io::Result<()>;

async fn survive(goes: Step, comes_back: Step) {
    let mut server = Postgres::start().unwrap();
    let url = server.database("shop").unwrap();
    let ledger = Arc::new(PostgresLedger::open(&url).await.unwrap());
    ledger.claim("zone/1", 1).await.unwrap();
    let ends = Arc::new(AtomicBool::new(false));
    let counts: Vec<Arc<AtomicU64>> = (0..WRITERS).map(|_| Arc::default()).collect();
    let mut writers = JoinSet::new();
    for (writer, count) in counts.iter().enumerate() {
        let shelf = format!("shelf-{writer}");
        writers.spawn(write(ledger.clone(), shelf, count.clone(), ends.clone()));
    }
    more(&counts).await;

    tokio::task::block_in_place(|| goes(&mut server)).unwrap();
    let until = Instant::now() + AWAY;
    while Instant::now() < until {
        let asked = Instant::now();
        let read = ledger.epoch("zone/1").await;
        assert!(
            read.as_ref().is_err_and(LedgerError::is_retryable),
            "{read:?}"
        );
        let health = ledger.health().await;
        assert!(
            health.as_ref().is_err_and(LedgerError::is_retryable),
            "{health:?}"
        );
        assert!(asked.elapsed() < 2 * BOUND, "{:?}", asked.elapsed());
    }
    tokio::task::block_in_place(|| comes_back(&mut server)).unwrap();

    more(&counts).await;
    ends.store(true, Ordering::Relaxed);
    let slowest = writers.join_all().await.into_iter().max();
    assert!(slowest < Some(BOUND), "{slowest:?}");

    let stored = ledger.interactions_after(0, u32::MAX).await.unwrap();
    let answered: u64 = counts
        .iter()
        .map(|count| count.load(Ordering::Relaxed))
        .sum();
    assert_eq!(u64::try_from(stored.len()).unwrap(), answered);
    for (writer, count) in counts.iter().enumerate() {
        let shelf = format!("shelf-{writer}");
        let count = count.load(Ordering::Relaxed);
        let state = ledger.device_state(&shelf).await.unwrap().unwrap();
        assert_eq!(state.sequence, count);
        let mut own = stored.iter().filter(|stored| stored.shelf == shelf);
        assert!((1..=count).eq(own.by_ref().map(|stored| stored.sequence)));
    }
}

/// Waits until every writer has had some more answers.
async fn more(counts: &[Arc<AtomicU64>]) {
    for count in counts {
        let enough = count.load(Ordering::Relaxed) + ENOUGH;
        while count.load(Ordering::Relaxed) < enough {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// Appends one frame after the other, each until it is answered; the longest time that an answer took.
async fn write(
    ledger: Arc<PostgresLedger>,
    shelf: String,
    answered: Arc<AtomicU64>,
    ends: Arc<AtomicBool>,
) -> Duration {
    let mut slowest = Duration::ZERO;
    while !ends.load(Ordering::Relaxed) {
        let stands = answered.load(Ordering::Relaxed);
        let entries = [
            interaction(&shelf, stands + 1),
            device_state(&shelf, stands, stands + 1),
        ];
        loop {
            let asked = Instant::now();
            let answer = ledger.append(append("zone/1", 1, entries.clone())).await;
            slowest = slowest.max(asked.elapsed());
            match answer {
                Ok(_) => break,
                Err(error) => assert!(error.is_retryable(), "{error}"),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        answered.store(stands + 1, Ordering::Relaxed);
    }
    slowest
}
