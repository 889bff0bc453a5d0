//! Operators hear where something else stands than the plan says: from one process and from any node of three,
//! and the same after a crash.

use std::{
    fs,
    net::SocketAddr,
    path::Path,
    time::{Duration, Instant},
};

use amble_proto::v1::EventKind;
use amble_servers::{Etcd, Place, Postgres};
use amble_tests::{Fault, Inspector, Nodes, Outcome, Start, run, until};
use serde_json::Value;

/// How long a shop lives in these tests at most.
const LIFE: Duration = Duration::from_secs(300);
/// How long anything may take to be seen.
const SOON: Duration = Duration::from_secs(60);

/// Goods of 1,049 g are planned where others of 345 g stand; one is put back among others; the last two of a
/// third are taken.
const SCRIPT: &str = "\
t_s,shopper,action,gtin,gondola,shelf,plates
0,anna,take,0200000000011,g1,s1,1 2
4,ben,take,0200000000066,g1,s1,8 9
8,anna,return,0200000000011,g1,s2,11 12
12,carl,take,0200000000066,g1,s1,8 9
16,ben,take,0200000000059,g1,s1,10
20,carl,take,0200000000059,g1,s1,10
24,anna,take,0200000000066,g1,s1,8 9
28,carl,take,0200000000028,g1,s1,3 4
";

/// What is wrong then: its kind, the shelf, and the product that it is about.
const WRONG: [(&str, &str, &str); 3] = [
    ("MISMATCH_KIND_EMPTY", "g1/s1", "0200000000059"),
    ("MISMATCH_KIND_WRONG_PLACE", "g1/s2", "0200000000011"),
    ("MISMATCH_KIND_WRONG_PRODUCT", "g1/s1", "0200000000066"),
];

/// The kiosk with two units left of one product, and the script beside it.
fn prepare(folder: &Path) -> Outcome {
    let plan = run(folder, SOON, &["store", "new", "kiosk"])?.well()?;
    let mut plan: Value = serde_json::from_slice(&plan.out)?;
    let places = plan["planogram"].as_array_mut().into_iter().flatten();
    let mut here = places.filter(|p| p["gondola"] == "g1" && p["shelf"] == "s1");
    let scarce = here.find(|place| place["product"] == "0200000000059");
    scarce.ok_or_else(|| Fault::new("the kiosk has no such place"))?["units"] = 2.into();
    fs::write(folder.join("shop.json"), plan.to_string())?;
    fs::write(folder.join("visits.csv"), SCRIPT)?;
    Ok(())
}

fn ask(folder: &Path, address: SocketAddr, words: &[&str]) -> Outcome<Value> {
    let shop = format!("http://{address}");
    let args = [&["shelves", "--json", "--connect", &shop], words].concat();
    Ok(serde_json::from_slice(
        &run(folder, SOON, &args)?.well()?.out,
    )?)
}

/// What is wrong, in the order of kinds, and the whole answer.
fn mismatched(folder: &Path, address: SocketAddr) -> Outcome<(Vec<[String; 3]>, Value)> {
    let listed = ask(folder, address, &["--mismatched"])?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let all = listed["mismatches"].as_array().into_iter().flatten();
    let all = all.map(|m| [&m["kind"], &m["place"]["shelfId"], &m["goods"]["product"]].map(text));
    let mut all: Vec<_> = all.collect();
    all.sort();
    Ok((all, listed["mismatches"].clone()))
}

/// Waits until all is told that is wrong, and nothing else.
fn told(folder: &Path, address: SocketAddr) -> Outcome<Value> {
    let wanted = WRONG.map(|(kind, shelf, product)| [kind, shelf, product].map(str::to_owned));
    let mut last = Vec::new();
    let deadline = Instant::now() + SOON;
    while Instant::now() < deadline {
        let (found, all) = mismatched(folder, address)?;
        if found == wanted {
            return Ok(all);
        }
        last = found;
        std::thread::sleep(Duration::from_millis(200));
    }
    Err(Fault::new(format!("told are {last:?}")))
}

#[test]
fn what_is_wrong_on_the_shelves_is_told_and_outlasts_a_crash() -> Outcome {
    let folder = tempfile::tempdir()?;
    prepare(folder.path())?;
    let start = Start::new(folder.path(), "shop.json", &["--event-time"])?;
    let shop = start.open(LIFE)?;
    let play = ["--speed", "max", "--script", "visits.csv"];
    start.simulate(LIFE, &play)?.finish()?.well()?;
    let before = told(folder.path(), start.address())?;
    for mismatch in before.as_array().into_iter().flatten() {
        let probability = mismatch["probability"].as_f64().unwrap_or_default();
        assert!((0.9..=1.0).contains(&probability), "{mismatch}");
    }

    // A place shows what stands there: of two products one, with the other's chance beside it.
    let shelf = ask(folder.path(), start.address(), &["--shelf", "g1/s1"])?;
    let places = shelf["places"].as_array().into_iter().flatten();
    let of = |product| {
        places
            .clone()
            .find(move |place| place["product"] == product)
    };
    let wrong = of("0200000000042").ok_or_else(|| Fault::new(shelf.to_string()))?;
    assert_eq!(wrong["stands"][0]["product"], "0200000000066", "{wrong}");
    let right = of("0200000000028").ok_or_else(|| Fault::new(shelf.to_string()))?;
    assert_eq!(right["stands"][0]["units"], 21.0, "{right}");

    // Whoever kept the shop before is gone without a word.
    shop.kill()?;
    let _shop = start.open(LIFE)?;
    until("for the same as before", SOON, || {
        let (_, after) = mismatched(folder.path(), start.address())?;
        Ok((after == before).then_some(()))
    })
}

#[test]
fn any_node_tells_what_is_wrong_on_the_shelves_and_goes_on_when_one_dies() -> Outcome {
    let folder = tempfile::tempdir()?;
    prepare(folder.path())?;
    let (etcd, postgres) = (Etcd::start(1)?, Postgres::start()?);
    let mut options = vec!["--ledger".to_owned(), postgres.database("shop")?];
    for endpoint in etcd.endpoints() {
        options.extend(["--etcd".to_owned(), endpoint]);
    }
    let places = [const { Place::here() }; 3];
    let store = folder.path().join("shop.json");
    let store = store.to_string_lossy();
    let mut nodes = Nodes::new(
        folder.path(),
        &store,
        &places,
        &Place::here(),
        LIFE,
        &options,
    )?;
    for node in 0..3 {
        nodes.start(node)?;
    }
    nodes.opened()?;
    nodes
        .simulate(&["--speed", "real", "--script", "visits.csv"])?
        .finish()?
        .well()?;
    let first = told(folder.path(), nodes.address(0))?;
    for node in 1..3 {
        assert_eq!(mismatched(folder.path(), nodes.address(node))?.1, first);
    }

    let inspector = Inspector::connect(nodes.address(1))?;
    let began = |event: &&amble_proto::v1::Event| event.kind() == EventKind::MismatchBegan;
    let history = inspector.history("")?;
    let names: Vec<&str> = history
        .iter()
        .filter(began)
        .map(|e| e.cause.as_str())
        .collect();
    for mismatch in first.as_array().into_iter().flatten() {
        let told = names.iter().filter(|name| mismatch["mismatchId"] == **name);
        assert_eq!(told.count(), 1, "{names:?}");
    }

    let book = inspector.describe("bookkeeper")?.actor.unwrap_or_default();
    let keeper = (0..3).find(|&node| book.node_id.starts_with(&Nodes::name(node)));
    let keeper = keeper.ok_or_else(|| Fault::new(format!("who has {}", book.node_id)))?;
    nodes.kill(keeper)?;
    let other = nodes.address((keeper + 1) % 3);
    until("for the new bookkeeper to say the same", SOON, || {
        // Until it is placed, nobody can say.
        let again = mismatched(folder.path(), other).ok();
        Ok(again.filter(|(_, all)| *all == first).map(drop))
    })?;
    Ok(())
}
