//! Whoever asks why a cart shows what it shows finds one trace that says so.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    time::Duration,
};

use amble_servers::{Etcd, Place, Port, Postgres, Rotel, Span};
use amble_tests::{Fault, Nodes, Outcome, Receipts, Start, until, visits_in};

const LIFE: Duration = Duration::from_secs(180);
const SOON: Duration = Duration::from_secs(60);
const BEGIN: &str = "2030-01-01T09:00:00Z";
const PEOPLE: [&str; 6] = ["--speed", "max", "--seconds", "60", "--seed", "5"];

/// The steps of a grab, in the order in which they end.
const STEPS: [&str; 5] = ["close", "record", "decide", "cart", "receipt"];

/// Has every grab traced by whoever serves a shop in this folder.
fn trace_all(folder: &Path, collector: &str) -> Outcome {
    let settings = format!("[telemetry]\ntraces_endpoint = \"{collector}\"\ntraces_ratio = 1\n");
    Ok(fs::write(folder.join("amble.toml"), settings)?)
}

/// Spans by trace, each in the order in which they end.
fn traces(spans: Vec<Span>) -> BTreeMap<String, Vec<Span>> {
    let mut traces = BTreeMap::<String, Vec<Span>>::new();
    for span in spans {
        traces.entry(span.trace.clone()).or_default().push(span);
    }
    for spans in traces.values_mut() {
        spans.sort_by_key(|span| span.time_ns[1]);
    }
    traces
}

/// Whether these go from the frame to the receipt, in order.
fn is_whole(trace: &[Span]) -> bool {
    let mut ended = trace.iter().map(|span| span.name.as_str());
    STEPS.iter().all(|step| ended.any(|name| name == *step))
}

fn nodes_of(trace: &[Span]) -> BTreeSet<&str> {
    let nodes = trace.iter();
    nodes
        .map(|span| span.sender["service.instance.id"].as_str())
        .collect()
}

#[test]
fn a_grab_is_one_trace_from_frame_to_receipt_across_nodes() -> Outcome {
    let folder = tempfile::tempdir()?;
    let rotel = Rotel::start()?;
    trace_all(folder.path(), &rotel.endpoint())?;
    let (etcd, postgres) = (Etcd::start(1)?, Postgres::start()?);
    let mut options = ["--event-time", "--begin", BEGIN]
        .map(str::to_owned)
        .to_vec();
    options.extend(["--ledger".to_owned(), postgres.database("shop")?]);
    for endpoint in etcd.endpoints() {
        options.extend(["--etcd".to_owned(), endpoint]);
    }
    let places = [const { Place::here() }; 3];
    let here = Place::here();
    let mut nodes = Nodes::new(folder.path(), "kiosk", &places, &here, LIFE, &options)?;
    for node in 0..3 {
        nodes.start(node)?;
    }
    nodes.opened()?;
    nodes.simulate(&PEOPLE)?.finish()?.well()?;
    until("for a receipt", SOON, || {
        let receipts = Receipts::from_folder(&nodes.receipts_folder())?;
        Ok((!receipts.0.is_empty()).then_some(()))
    })?;
    // What a node has not sent yet it sends before it ends.
    for node in 0..3 {
        nodes.end(node)?;
    }

    let found = traces(rotel.end()?);
    let whole: Vec<_> = found.values().filter(|trace| is_whole(trace)).collect();
    let across = whole.iter().filter(|trace| nodes_of(trace).len() > 1);
    println!(
        "{} grabs, {} of them to the receipt, {} of these across nodes",
        found.len(),
        whole.len(),
        across.clone().count()
    );
    let first = across.into_iter().next();
    println!(
        "{:#?}",
        first.ok_or_else(|| Fault::new("no grab went across nodes"))?
    );
    let mut grabs = BTreeSet::new();
    for trace in found.values() {
        let of = |span: &Span| span.attributes.get("amble.interaction").cloned();
        let grab = of(&trace[0]).ok_or_else(|| Fault::new("a grab without a name"))?;
        assert!(trace.iter().all(|span| of(span).as_ref() == Some(&grab)));
        assert!(grabs.insert(grab), "two traces of one grab: {trace:#?}");
        // All are below the first, and that below none.
        for span in trace {
            let below = if span.name == "close" {
                ""
            } else {
                &trace[0].id
            };
            assert_eq!(span.parent, below, "{trace:#?}");
            assert!(span.time_ns[0] <= span.time_ns[1], "{span:?}");
        }
    }
    Ok(())
}

/// The receipts of a day at one node, and the spans that it dropped.
fn day(folder: &Path) -> Outcome<(Receipts, f64)> {
    let start = Start::new(folder, "kiosk", &["--event-time", "--begin", BEGIN])?;
    let shop = start.open(LIFE)?;
    start.simulate(LIFE, &PEOPLE)?.finish()?.well()?;
    let receipts = start.receipts(visits_in(&start.truth())?, SOON)?;
    let dropped = "amble_traces_dropped_total";
    let dropped = if folder.join("amble.toml").is_file() {
        until("for spans that nobody took", SOON, || {
            let spans = shop.metric(dropped, &[])?;
            Ok((spans > 0.0).then_some(spans))
        })?
    } else {
        shop.metric(dropped, &[])?
    };
    shop.close()?;
    Ok((receipts, dropped))
}

#[test]
fn a_collector_that_is_away_changes_no_receipt() -> Outcome {
    let (with, without) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let nobody = Port::free()?;
    trace_all(with.path(), &format!("http://{}", nobody.address()))?;
    let (receipts, dropped) = day(with.path())?;
    println!("{} receipts, {dropped} spans dropped", receipts.0.len());
    let (untraced, none) = day(without.path())?;
    assert!(!untraced.0.is_empty(), "no receipts show nothing");
    assert_eq!(receipts, untraced, "{}", untraced.differences(&receipts));
    assert!(none.abs() < f64::EPSILON, "{none} spans that nobody wanted");
    Ok(())
}
