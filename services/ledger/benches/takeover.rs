//! How long a node waits for the ledger when it takes over the shards of another.
//!
//! `cargo bench -p amble-ledger --bench takeover`. Twenty shards, each with 16 cuts of 8 KiB and ten
//! devices of 2 KiB: they are claimed, then read.

#![expect(
    clippy::unwrap_used,
    reason = "a benchmark may stop at what it did not expect"
)]

use std::time::{Duration, Instant};

use amble_ledger::{Append, Claim, Entry, KEEP_CUTS, Ledger, PostgresLedger, SqliteLedger};
use amble_servers::Postgres;

const SHARDS: usize = 20;
const TIMES: u64 = 50;

fn main() {
    // `cargo test --benches` only asks whether it builds and starts.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let server = Postgres::start().unwrap();
    println!(
        "{:<12}{:>14}{:>12}{:>14}{:>12}",
        "", "claim p50 ms", "max ms", "reads p50 ms", "max ms"
    );
    runtime.block_on(async {
        let sqlite = SqliteLedger::open(folder.path().join("ledger.db")).await;
        measure("sqlite", &sqlite.unwrap()).await;
        let postgres = PostgresLedger::open(&server.database("takeover").unwrap()).await;
        measure("postgres", &postgres.unwrap()).await;
    });
}

async fn measure(name: &str, ledger: &impl Ledger) {
    let shards: Vec<String> = (0..SHARDS).map(|number| format!("zone/{number}")).collect();
    let asked: Vec<&str> = shards.iter().map(String::as_str).collect();
    claim(ledger, &shards, 1).await;
    for shard in &shards {
        let append = Append {
            shard: shard.clone(),
            epoch: 1,
            entries: stored(shard),
        };
        assert!(ledger.append(append).await.unwrap().all_stand());
    }
    let (mut claims, mut reads) = (Vec::new(), Vec::new());
    for epoch in 2..2 + TIMES {
        let started = Instant::now();
        claim(ledger, &shards, epoch).await;
        claims.push(started.elapsed());
        let started = Instant::now();
        let (cuts, states) = tokio::join!(ledger.cuts_of(&asked), ledger.device_states_of(&asked));
        reads.push(started.elapsed());
        assert_eq!(
            (cuts.unwrap().len(), states.unwrap().len()),
            (SHARDS, SHARDS)
        );
    }
    println!(
        "{name:<12}{:>14.2}{:>12.2}{:>14.2}{:>12.2}",
        at(&mut claims, 50),
        at(&mut claims, 100),
        at(&mut reads, 50),
        at(&mut reads, 100)
    );
}

async fn claim(ledger: &impl Ledger, shards: &[String], epoch: u64) {
    let claim = |shard: &String| Claim {
        shard: shard.clone(),
        epoch,
    };
    let claims: Vec<Claim> = shards.iter().map(claim).collect();
    for answer in ledger.claim_all(&claims).await.unwrap() {
        answer.unwrap();
    }
}

fn stored(shard: &str) -> Vec<Entry> {
    let cuts = (1..=i64::from(KEEP_CUTS)).map(|round| Entry::Cut {
        round,
        body: vec![7; 8 << 10],
    });
    let states = (0..10).map(|device| Entry::DeviceState {
        device: format!("{shard}/{device}"),
        continues_from: 0,
        sequence: 1,
        capture_us: 0,
        state: vec![7; 2 << 10],
    });
    cuts.chain(states).collect()
}

/// Milliseconds.
fn at(took: &mut [Duration], percent: usize) -> f64 {
    took.sort_unstable();
    took[(took.len() - 1) * percent / 100].as_secs_f64() * 1e3
}
