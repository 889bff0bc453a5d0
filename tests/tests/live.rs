//! What happened live is what its recording says.

use std::{
    fs, thread,
    time::{Duration, SystemTime},
};

use amble_tests::{Inspector, Outcome, Receipts, Start, run, until, visits_in};

/// Whoever opens a shop connects its devices a while later, and finds it open.
#[test]
fn a_shop_without_devices_keeps_to_the_clock() -> Outcome {
    let folder = tempfile::tempdir()?;
    let start = Start::new(folder.path(), "kiosk", &[])?;
    let shop = start.open(Duration::from_secs(120))?;
    let here = Inspector::connect(start.address())?;
    let opened = SystemTime::now();
    // For three seconds, beyond those in which it waits for devices that may come.
    until("for a shop that goes on", Duration::from_secs(60), || {
        let nodes = here.nodes()?.nodes;
        let report = nodes.into_iter().find_map(|node| node.report);
        let decided = report.and_then(|report| report.decided_until);
        let Some(decided) = decided else {
            return Ok(None);
        };
        let decided = SystemTime::try_from(decided)?;
        assert!(decided <= SystemTime::now(), "it runs ahead: {decided:?}");
        Ok((decided >= opened + Duration::from_secs(3)).then_some(()))
    })?;
    let options = ["--json", "--speed", "real", "--seconds", "5"];
    let people = start.simulate(Duration::from_secs(90), &options)?;
    let sent: serde_json::Value = serde_json::from_slice(&people.finish()?.well()?.out)?;
    assert_eq!(sent["errors"], 0, "{sent}");
    shop.close()?;
    Ok(())
}

#[test]
fn live_and_replayed_are_the_same() -> Outcome {
    let folder = tempfile::tempdir()?;
    let start = Start::new(folder.path(), "kiosk", &["--record", "day.amble"])?;
    let shop = start.open(Duration::from_secs(300))?;
    // The doors close after 20 s; who is inside then still finishes and leaves.
    let options = ["--speed", "real", "--seconds", "20"];
    let people = start.simulate(Duration::from_secs(120), &options)?;
    people.finish()?.well()?;
    let visits = visits_in(&start.truth())?;
    assert!(visits > 0, "nobody came");
    // A visit of which somebody is lost on the way out is over a minute and a half later.
    let live = start.receipts(visits, Duration::from_secs(120))?;
    shop.close()?;

    let replay = ["replay", "day.amble"];
    let replayed = run(folder.path(), Duration::from_secs(60), &replay)?.well()?;
    let differences = live.differences(&Receipts::from_lines(replayed.text()?)?);
    if !differences.is_empty() {
        // For whoever looks for the reason.
        let kept = std::env::temp_dir().join("amble-live-differs.amble");
        fs::copy(folder.path().join("day.amble"), &kept)?;
        panic!(
            "live against replayed, recording in {}:\n{differences}",
            kept.display()
        );
    }
    Ok(())
}

/// What its cameras have of the time reaches back beyond the moment at which it was killed, and no further.
#[test]
fn a_shop_that_was_away_for_three_seconds_settles_everybody() -> Outcome {
    const AWAY: Duration = Duration::from_secs(3);
    let folder = tempfile::tempdir()?;
    let start = Start::new(folder.path(), "kiosk", &[])?;
    let shop = start.open(Duration::from_secs(120))?;
    let options = "--speed real --seconds 15 --seed 1 --mishaps none";
    let options: Vec<&str> = options.split(' ').collect();
    let people = start.simulate(Duration::from_secs(120), &options)?;
    until("for people in the shop", Duration::from_secs(60), || {
        let open = shop.metric("amble_carts_open", &[])?;
        Ok((open >= 2.0).then_some(()))
    })?;
    shop.kill()?;
    // Not a wait for anything: so long nobody hears the sensors.
    thread::sleep(AWAY);
    let shop = start.open(Duration::from_secs(60))?;
    people.finish()?.well()?;
    // Somebody who was lost would be waited for longer.
    start.receipts(visits_in(&start.truth())?, Duration::from_secs(60))?;
    shop.close()?;
    Ok(())
}
