//! How fast appends become durable, on a file in the target folder's disk and on a PostgreSQL that is
//! started for it.
//!
//! `cargo bench -p amble-ledger --bench append`. Each append is one interaction of 1 KiB and the
//! weigher's state of 2 KiB, as a shelf writes them.

#![expect(
    clippy::unwrap_used,
    reason = "a benchmark may stop at what it did not expect"
)]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use amble_ledger::{Append, Entry, Ledger, PostgresLedger, SqliteLedger};
use amble_servers::Postgres;
use tokio::task::JoinSet;

const LAST: Duration = Duration::from_secs(5);

struct Load {
    name: &'static str,
    writers: usize,
    pause: Option<Duration>,
}

const LOADS: [Load; 4] = [
    Load {
        name: "one writer, 10 a second",
        writers: 1,
        pause: Some(Duration::from_millis(100)),
    },
    Load {
        name: "one writer, as fast as it can",
        writers: 1,
        pause: None,
    },
    Load {
        name: "8 writers",
        writers: 8,
        pause: None,
    },
    Load {
        name: "64 writers",
        writers: 64,
        pause: None,
    },
];

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
        "{:<42}{:>12}{:>10}{:>10}{:>10}",
        "", "appends/s", "p50 ms", "p99 ms", "max ms"
    );
    for (at, load) in LOADS.iter().enumerate() {
        runtime.block_on(async {
            let file = folder.path().join(format!("{at}.db"));
            let sqlite = SqliteLedger::open(&file).await.unwrap();
            measure("sqlite", Arc::new(sqlite), load).await;
            let url = server.database(&format!("load_{at}")).unwrap();
            let postgres = PostgresLedger::open(&url).await.unwrap();
            measure("postgres", Arc::new(postgres), load).await;
        });
    }
}

async fn measure(name: &str, ledger: Arc<dyn Ledger>, load: &Load) {
    ledger.claim("zone/1", 1).await.unwrap();
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for writer in 0..load.writers {
        tasks.spawn(write(ledger.clone(), format!("shelf-{writer}"), load.pause));
    }
    let mut took: Vec<Duration> = tasks.join_all().await.into_iter().flatten().collect();
    let seconds = started.elapsed().as_secs_f64();
    took.sort_unstable();
    let at = |permille: usize| took[(took.len() - 1) * permille / 1000].as_secs_f64() * 1e3;
    let rate = f64::from(u32::try_from(took.len()).unwrap()) / seconds;
    println!(
        "{:<42}{rate:>12.0}{:>10.2}{:>10.2}{:>10.2}",
        format!("{name}, {}", load.name),
        at(500),
        at(990),
        at(1000)
    );
}

async fn write(ledger: Arc<dyn Ledger>, shelf: String, pause: Option<Duration>) -> Vec<Duration> {
    let begun = Instant::now();
    let mut took = Vec::new();
    let mut sequence = 0;
    while begun.elapsed() < LAST {
        let append = shelf_append(&shelf, sequence);
        sequence += 1;
        let asked = Instant::now();
        ledger.append(append).await.unwrap();
        took.push(asked.elapsed());
        if let Some(pause) = pause {
            tokio::time::sleep(pause).await;
        }
    }
    took
}

fn shelf_append(shelf: &str, from: u64) -> Append {
    let sequence = from + 1;
    Append {
        shard: "zone/1".to_owned(),
        epoch: 1,
        entries: vec![
            Entry::Interaction {
                id: format!("{shelf}#{sequence}"),
                shelf: shelf.to_owned(),
                sequence,
                round: sequence.cast_signed(),
                closed_us: 0,
                body: vec![7; 1 << 10],
            },
            Entry::DeviceState {
                device: shelf.to_owned(),
                continues_from: from,
                sequence,
                capture_us: 0,
                state: vec![7; 2 << 10],
            },
        ],
    }
}
