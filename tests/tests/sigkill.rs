//! Rules L1 to L4: what was acked survives, what was not is sent again, and nothing counts twice.

use std::{path::Path, thread, time::Duration};

use amble_servers::Postgres;
use amble_tests::{Chance, Documents, Fault, Outcome, Start, until};

/// The day: the same in both runs.
const DAY: [&str; 7] = [
    "--speed",
    "max",
    "--seconds",
    "240",
    "--seed",
    "5",
    "--json",
];
/// When it begins: passes, and with them parties, are named after that.
const BEGIN: &str = "2030-01-01T09:00:00Z";
/// How long one run may take.
const WITHIN: Duration = Duration::from_secs(120);
/// How often the shop is killed.
const KILLS: usize = 7;
/// Event time after the day's end in which everybody has left, or been given up.
const AFTER_US: u64 = 130_000_000;

/// When to kill: so much event time after the shop has gone on, in microseconds, and then so much
/// later by the wall's clock.
#[derive(Clone, Copy, Debug)]
struct Kill {
    after_us: u64,
    then: Duration,
}

/// The receipts of the day in a shop with this ledger that is killed at each of these moments.
fn day(folder: &Path, ledger: &str, kills: &[Kill]) -> Outcome<Documents> {
    let start =
        Start::new(folder, "kiosk", &["--event-time", "--begin", BEGIN])?.with_ledger(ledger);
    let mut shop = start.open(WITHIN)?;
    let people = start.simulate(WITHIN, &DAY)?;
    for kill in kills {
        let began = shop.decided_until_us()?;
        let moment = format!("for {} µs of event time", kill.after_us);
        until(&moment, WITHIN, || {
            let now = shop.decided_until_us()?;
            Ok((now >= began + kill.after_us).then_some(()))
        })?;
        // Not a wait for anything: the moment itself is what is random.
        thread::sleep(kill.then);
        shop.kill()?;
        shop = start.open(WITHIN)?;
    }
    let finished = people.finish().map_err(|fault| {
        let decided = shop.decided_until_us();
        Fault::new(format!(
            "{fault:?}\nthe shop at {decided:?}: {}",
            shop.errors()
        ))
    })?;
    let sent: serde_json::Value = serde_json::from_slice(&finished.well()?.out)?;
    let over_us = sent["simulated_until_us"].as_u64().unwrap_or(u64::MAX) + AFTER_US;
    until("for the end of the day", WITHIN, || {
        Ok((shop.decided_until_us()? >= over_us).then_some(()))
    })?;
    shop.close()?;
    Documents::of_day(&start.receipts_folder(), &start.truth())
}

#[test]
fn killed_at_any_moment_the_receipts_are_the_same() -> Outcome {
    the_receipts_are_the_same("ledger.sqlite")
}

#[test]
fn killed_at_any_moment_with_a_database_the_receipts_are_the_same() -> Outcome {
    let server = Postgres::start()?;
    the_receipts_are_the_same(&server.database("shop")?)
}

/// Those of an undisturbed shop with its ledger in a file, and of one with this ledger that is killed.
fn the_receipts_are_the_same(ledger: &str) -> Outcome {
    let seed = std::env::var("AMBLE_TEST_SEED")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(1);
    let mut chance = Chance(seed);
    let kills: Vec<_> = (0..KILLS)
        .map(|_| Kill {
            after_us: chance.between(0, 35_000_000),
            then: Duration::from_micros(chance.between(0, 50_000)),
        })
        .collect();
    println!("seed {seed}: {kills:?}");
    let (one, other) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let undisturbed = day(one.path(), "ledger.sqlite", &[])?;
    if undisturbed.0.is_empty() {
        return Err(Fault::new("nobody bought anything"));
    }
    let killed = day(other.path(), ledger, &kills)?;
    println!("{} receipts", undisturbed.0.len());
    let differences = undisturbed.differences(&killed);
    if !differences.is_empty() {
        // For whoever looks for the reason.
        let kept = [one.keep(), other.keep()];
        return Err(Fault::new(format!(
            "undisturbed against killed, both in {kept:?}:\n{differences}"
        )));
    }
    Ok(())
}
