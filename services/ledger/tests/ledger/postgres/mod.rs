//! The PostgreSQL ledger keeps the rules of every ledger, and a few of its own.

mod away;
mod nodes;
mod opening;
mod paused;
mod tls;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use amble_ledger::PostgresLedger;
use amble_servers::Postgres;

/// More than a busy machine takes for anything.
const PATIENCE: Duration = Duration::from_secs(30);

crate::suite::every_rule!(open);

/// A ledger on a database of its own, and the server that it needs.
async fn open() -> (PostgresLedger, Arc<Postgres>) {
    let server = Postgres::shared().unwrap();
    let ledger = PostgresLedger::open(&database(&server)).await.unwrap();
    (ledger, server)
}

/// The URL of an empty database.
fn database(server: &Postgres) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("ledger_{}", COUNT.fetch_add(1, Ordering::Relaxed));
    server.database(&name).unwrap()
}
