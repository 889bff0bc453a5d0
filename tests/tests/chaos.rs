//! Several nodes, and what may happen to them: the receipts are those of one node that nothing
//! happened to (rules T2, L1 to L4, C3 to C5).
//!
//! Real processes: three nodes, three members of etcd, PostgreSQL, and the simulator's devices as their
//! clients. The day is played in event time, in which nobody is passed over; no faster than faults take, so
//! that it is not over before the last of them, however fast the machine.
//!
//! They run one after another: each has eight processes and more. `AMBLE_TEST_SEED` sets the moments.

use std::{
    fs,
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use amble_tests::{
    Documents, Fault, Outcome, Start,
    chaos::{Happening, World, lost_frames},
    until,
};

/// The day: the same in all runs.
const DAY: [&str; 5] = ["--seconds", "1200", "--seed", "5", "--json"];
/// As fast as the shop takes it.
const AT_ONCE: &str = "max";
/// When it begins: passes, and with them parties, are named after that.
const BEGIN: &str = "2030-01-01T09:00:00Z";
const STORE: &str = "kiosk";
/// How long one run may take.
const WITHIN: Duration = Duration::from_secs(300);
/// Event time after the day's end in which everybody has left, or been given up.
const AFTER_US: u64 = 130_000_000;
/// How long a fault lasts at most: longer than any patience of a node, shorter than that of the zones with
/// devices that are away.
const AT_MOST: Duration = Duration::from_secs(4);

/// What happens to nodes, etcd and the ledger.
const ALL: [Happening; 8] = [
    Happening::Kill,
    Happening::KillTwo,
    Happening::Zombie,
    Happening::Rolling,
    Happening::EtcdLeader,
    Happening::EtcdQuorum,
    Happening::LedgerCrash,
    Happening::LedgerHangs,
];

/// The receipts of the day on one node that nothing happens to.
fn calm(folder: &Path) -> Outcome<Documents> {
    let start = Start::new(folder, STORE, &["--event-time", "--begin", BEGIN])?;
    let shop = start.open(WITHIN)?;
    let people = start.simulate(WITHIN, &day(AT_ONCE))?;
    let over_us = end_of_day(&people.finish()?.well()?.out)?;
    until("for the end of the day", WITHIN, || {
        Ok((shop.decided_until_us()? >= over_us).then_some(()))
    })?;
    shop.close()?;
    Documents::of_day(&start.receipts_folder(), &start.truth())
}

/// The receipts of the day on three nodes to which all this happens, at random moments. `speed`: so many times
/// the wall's clock at most.
fn troubled(folder: &Path, seed: u64, speed: &str, happenings: &[Happening]) -> Outcome<Documents> {
    let options = ["--event-time", "--begin", BEGIN];
    let mut world = World::new(folder, STORE, seed, WITHIN, &options)?;
    let mut people = world.nodes.simulate(&day(speed))?;
    first_receipt(&world)?;
    for &what in happenings {
        let after = world.chance(5_000_000, 25_000_000);
        let moment = world.nodes.decided_until_us() + after;
        until(&format!("for the moment of {what:?}"), WITHIN, || {
            if people.has_ended()? {
                return Err(Fault::new(format!("the day was over before {what:?}")));
            }
            Ok((world.nodes.decided_until_us() >= moment).then_some(()))
        })
        .map_err(|fault| Fault::new(format!("{fault:?}\n{}", world.nodes.errors())))?;
        println!("at {moment}: {what:?}");
        world.let_happen(what, AT_MOST)?;
    }
    let over_us = end_of_day(&people.finish()?.well()?.out)?;
    until("for the end of the day", WITHIN, || {
        Ok((world.nodes.decided_until_us() >= over_us).then_some(()))
    })
    .map_err(|fault| Fault::new(format!("{fault:?}\n{}", world.nodes.errors())))?;
    for node in world.nodes.running() {
        world.nodes.end(node)?;
    }
    keep_ledger(&world, folder)?;
    Documents::of_day(&world.nodes.receipts_folder(), &world.nodes.truth())
}

fn day(speed: &str) -> Vec<&str> {
    [&["--speed", speed], DAY.as_slice()].concat()
}

/// Waits until the day is well under way.
fn first_receipt(world: &World) -> Outcome {
    let folder = world.nodes.receipts_folder();
    until("for the first receipt", WITHIN, || {
        let there = folder.is_dir() && fs::read_dir(&folder)?.next().is_some();
        Ok(there.then_some(()))
    })
    .map_err(|fault| Fault::new(format!("{fault:?}\n{}", world.nodes.errors())))
}

/// What was found and decided, to be looked at when receipts differ: the database ends with the test.
fn keep_ledger(world: &World, folder: &Path) -> Outcome {
    for (name, table, key) in [
        (
            "interactions.txt",
            "interactions",
            "round, closed_us, shelf, sequence",
        ),
        ("decisions.txt", "decisions", "round, interaction, revision"),
    ] {
        let all = format!("SELECT * FROM {table} ORDER BY {key}");
        fs::write(folder.join(name), world.ask_ledger(&all)?)?;
    }
    Ok(())
}

fn end_of_day(said: &[u8]) -> Outcome<u64> {
    let sent: serde_json::Value = serde_json::from_slice(said)?;
    let until = sent["simulated_until_us"].as_u64();
    Ok(until.ok_or_else(|| Fault::new("the simulator does not say when it ended"))? + AFTER_US)
}

/// One test at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What of the acked frames is not in the ledger after all nodes were killed at once, with these options
/// of theirs.
fn lost_with_all_nodes(options: &[&str]) -> Outcome<Vec<String>> {
    let folder = tempfile::tempdir()?;
    let options = [&["--event-time", "--begin", BEGIN], options].concat();
    let mut world = World::new(folder.path(), STORE, 1, WITHIN, &options)?;
    let people = world.nodes.simulate(&day(AT_ONCE))?;
    first_receipt(&world)?;
    for node in world.nodes.running() {
        world.nodes.kill(node)?;
    }
    // Whatever they had stored is stored by now; the sensors' last acks were read.
    people.interrupt()?.well()?;
    lost_frames(&world)
}

fn receipts_are_the_same(speed: &str, happenings: &[Happening]) -> Outcome {
    let _alone = alone();
    let seed = std::env::var("AMBLE_TEST_SEED")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(1);
    println!("seed {seed}");
    let (one, other) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let undisturbed = calm(one.path())?;
    if undisturbed.0.is_empty() {
        return Err(Fault::new("nobody bought anything"));
    }
    let troubled = troubled(other.path(), seed, speed, happenings).inspect_err(|_| {
        println!("what the nodes said is in {:?}", other.path());
    });
    let troubled = match troubled {
        Ok(documents) => documents,
        Err(fault) => {
            let kept = other.keep();
            return Err(Fault::new(format!("{fault:?}\nsee {}", kept.display())));
        }
    };
    println!("{} receipts", undisturbed.0.len());
    let differences = undisturbed.differences(&troubled);
    if !differences.is_empty() {
        let kept = [one.keep(), other.keep()];
        return Err(Fault::new(format!(
            "one calm node against three, both in {kept:?}:\n{differences}"
        )));
    }
    Ok(())
}

/// The test of the test: with the rule broken by a hidden option, the same look at the same day finds it.
#[test]
fn what_was_acked_is_in_the_ledger_and_a_shop_that_acks_too_early_is_found_out() -> Outcome {
    let _alone = alone();
    let lost = lost_with_all_nodes(&[])?;
    if !lost.is_empty() {
        return Err(Fault::new(lost.join("\n")));
    }
    let lost = lost_with_all_nodes(&["--break-acks"])?;
    println!("with the rule broken: {}", lost.join("; "));
    if lost.is_empty() {
        return Err(Fault::new("a shop that acks too early was not found out"));
    }
    Ok(())
}

#[test]
fn three_nodes_give_the_receipts_of_one() -> Outcome {
    receipts_are_the_same(AT_ONCE, &[])
}

#[test]
fn killed_nodes_change_no_receipt() -> Outcome {
    receipts_are_the_same("20", &[Happening::Kill, Happening::KillTwo])
}

#[test]
fn whatever_happens_to_nodes_etcd_or_the_ledger_the_receipts_are_the_same() -> Outcome {
    receipts_are_the_same("10", &ALL)
}
