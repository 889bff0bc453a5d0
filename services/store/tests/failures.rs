//! Actors that fail are started anew, and the receipts stay the same; a message that ends its actor
//! three times is set aside (rules L1, L2, L7).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests stop at what they did not expect"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use amble_cluster::Key;
use amble_engine::{
    cart::Receipt,
    time::{Round, Time},
};
use amble_ledger::{Entry, Ledger, Poison, SqliteLedger};
use amble_proto::v1::DeviceFrames;
use amble_simulator::{Day, DayConfig, PassSigner};
use amble_store::{
    CartView, Documents, Hooks, Input, Options, Plan, Reply, Running, Settings, Shop, Stage,
    StoreEvent,
    pass::{Bill, Verifier},
    plan,
};
use tokio::{
    sync::{
        broadcast::{self, error::TryRecvError},
        mpsc, watch,
    },
    time::timeout,
};

/// How far the devices are ahead of what is decided: about what credit allows.
const AHEAD_US: i64 = 2_500_000;
/// How long the day goes on when nothing comes any more.
const AFTER_US: i64 = 110_000_000;
/// How long any one step may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a device sent, and what it completed with that.
type Sent = Vec<(DeviceFrames, Time)>;

/// The devices of a shop: they keep what they sent, and send it again.
struct Devices<'a> {
    running: &'a Running,
    keys: Vec<Key>,
    streams: Vec<u64>,
    sent: Vec<Sent>,
    wanted: mpsc::UnboundedReceiver<usize>,
}

impl<'a> Devices<'a> {
    async fn attach(running: &'a Running, day: &Day) -> Self {
        let (want, wanted) = mpsc::unbounded_channel();
        let (mut keys, mut streams) = (Vec::new(), Vec::new());
        for (at, device) in day.devices().iter().enumerate() {
            let id = running.shop.device_id(device.kind(), &device.device_id);
            let key = id.unwrap().key;
            let want = want.clone();
            let link = running.shop.link(true, move |reply| {
                if matches!(reply, Reply::Resend { .. }) {
                    want.send(at).unwrap();
                }
            });
            streams.push(link.stream);
            running.shop.attach(&key, link).await.unwrap();
            keys.push(key);
        }
        Self {
            running,
            sent: vec![Sent::new(); keys.len()],
            keys,
            streams,
            wanted,
        }
    }

    fn pass_on(&self, at: usize, frames: &DeviceFrames, complete: Time) {
        let input = Input {
            stream: self.streams[at],
            frames: frames.clone(),
            complete_until: Some(complete),
            arrived: Instant::now(),
        };
        self.running.shop.sensed(&self.keys[at], input);
    }

    fn send(&mut self, at: usize, frames: DeviceFrames, complete: Time) {
        self.pass_on(at, &frames, complete);
        self.sent[at].push((frames, complete));
    }

    /// Everything once more: what was taken is not taken twice.
    fn send_again(&self, at: usize) {
        self.running.shop.rewound(&self.keys[at], self.streams[at]);
        for (frames, complete) in &self.sent[at] {
            self.pass_on(at, frames, *complete);
        }
    }

    /// Waits until everything up to this time is decided.
    async fn wait_for(&mut self, until: i64) {
        let mut decided = self.running.shop.stats.watch_decided();
        let reached = timeout(PATIENCE, async {
            loop {
                tokio::select! {
                    biased;
                    at = self.wanted.recv() => self.send_again(at.unwrap()),
                    _ = decided.wait_for(|d| d.is_some_and(|d| d.0 >= until)) => return,
                }
            }
        });
        reached.await.expect("the shop stands still");
    }
}

/// What all passes say of who pays and where the receipt goes: it must come through every failure.
const PAY: &str = "pm_of_anna";
const MAIL: &str = "anna@example.org";

/// What a day came to.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    /// What phones showed in the end.
    shown: BTreeMap<String, i64>,
    /// Every receipt that was told of.
    told: BTreeSet<String>,
    receipts: BTreeMap<String, String>,
    /// The rounds at whose end they were settled.
    settled: BTreeSet<Round>,
    poison: Vec<(String, u32, bool)>,
}

fn entry(receipt: &Receipt, bill: &Bill) -> Option<Entry> {
    Some(Entry::Receipt {
        id: receipt.head.receipt_id.clone(),
        visit: receipt.head.visit_id.clone(),
        settled_us: receipt.head.settled.0,
        total_minor: receipt.total.minor,
        currency: "EUR".to_owned(),
        body: format!("{receipt:?} {bill:?}"),
        outbox: Vec::new(),
    })
}

/// Phones that follow the cart of every visit from its first state on.
struct Phones {
    shop: Arc<Shop>,
    events: broadcast::Receiver<StoreEvent>,
    carts: BTreeMap<String, watch::Receiver<Arc<CartView>>>,
    receipts: BTreeSet<String>,
}

impl Phones {
    fn of(running: &Running) -> Self {
        Self {
            shop: Arc::clone(&running.shop),
            events: running.shop.watch(),
            carts: BTreeMap::new(),
            receipts: BTreeSet::new(),
        }
    }

    async fn follow_those_who_came(&mut self) {
        loop {
            match self.events.try_recv() {
                Ok(StoreEvent::Receipt(body)) => {
                    self.receipts.insert(body.to_string());
                }
                Ok(StoreEvent::Cart(view)) if !self.carts.contains_key(&view.visit) => {
                    let cart = self.shop.watch_cart(&view.visit).await.unwrap();
                    self.carts.insert(view.visit.clone(), cart.unwrap());
                }
                Ok(StoreEvent::Cart(_)) => {}
                Err(TryRecvError::Empty) => return,
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// The total that each phone shows in the end.
    async fn totals(self) -> BTreeMap<String, i64> {
        let mut totals = BTreeMap::new();
        for (visit, mut cart) in self.carts {
            let settled = cart.wait_for(|view| view.stage == Stage::Settled);
            let settled = timeout(PATIENCE, settled).await.expect("is settled");
            totals.insert(visit, settled.unwrap().cart.taxed().total.minor);
        }
        totals
    }
}

/// Plays a kiosk's day against a shop that is interfered with.
async fn play(hooks: Hooks) -> Outcome {
    let store = plan::profile("kiosk", 1).unwrap();
    let config = DayConfig {
        seconds: 40,
        ..DayConfig::for_plan(&store)
    };
    play_day(&config, hooks).await
}

/// Plays such a day.
async fn play_day(config: &DayConfig, hooks: Hooks) -> Outcome {
    let store = plan::profile("kiosk", 1).unwrap();
    let day = Day::new(&store, config.clone(), 3).unwrap();
    let signer = PassSigner::unchecked();
    let mut day = day.signed_by(signer.billed(Some(PAY.to_owned()), Some(MAIL.to_owned())));
    let begin = Time(day.next_start_us()).round().start();
    let ledger: Arc<dyn Ledger> = Arc::new(SqliteLedger::in_memory().await.unwrap());
    let running = amble_store::open(Options {
        verifier: Verifier::trusting(&store.store),
        plan: Plan::new(store).unwrap(),
        ledger: Arc::clone(&ledger),
        settings: Settings::default(),
        attribution: amble_engine::attribution::Settings::default(),
        event_time: true,
        live: false,
        begin,
        documents: Documents {
            settle: Arc::new(entry),
            hold: Arc::new(|_, _, _| None),
            read: Arc::new(|_| None),
            correct: Arc::new(|_| Ok(None)),
        },
        recorder: None,
        tracked: None,
        hooks,
        node: None,
        usage: amble_store::Usage::default,
    })
    .await
    .unwrap();
    let mut phones = Phones::of(&running);
    let mut devices = Devices::attach(&running, &day).await;
    let mut now = begin.0;
    while let Some(round) = day.next_round().unwrap() {
        now = round.end_us;
        for (at, device) in round.devices.into_iter().enumerate() {
            devices.send(at, device.frames, Time(device.complete_until_us));
        }
        devices.wait_for(now - AHEAD_US).await;
        phones.follow_those_who_came().await;
    }
    let end = now + AFTER_US;
    while now < end {
        now += 1_000_000;
        for at in 0..devices.keys.len() {
            devices.send(at, DeviceFrames::default(), Time(now));
        }
        devices.wait_for(now - AHEAD_US).await;
    }
    running.shop.flush().await.unwrap();
    let receipts = ledger.receipts(None, 1_000).await.unwrap();
    let poison = ledger.poison().await.unwrap();
    phones.follow_those_who_came().await;
    let told = std::mem::take(&mut phones.receipts);
    let shown = phones.totals().await;
    running.stop().await;
    Outcome {
        shown,
        told,
        settled: receipts
            .iter()
            .map(|r| Time(r.settled_us - 1).round())
            .collect(),
        receipts: receipts.into_iter().map(|r| (r.visit, r.body)).collect(),
        poison: poison.into_iter().map(poisoned).collect(),
    }
}

/// Which message, how often it ended its actor, and whether it was kept whole.
fn poisoned(poison: Poison) -> (String, u32, bool) {
    (
        poison.message,
        poison.attempts,
        poison.body.is_some_and(|body| !body.is_empty()),
    )
}

/// A hook that fails so often, in the n-th call for which `which` holds and in those that follow.
fn failing(times: u32, after: u32) -> impl Fn() {
    let calls = AtomicU32::new(0);
    move || {
        let call = calls.fetch_add(1, Relaxed);
        assert!(
            !(after..after + times).contains(&call),
            "interference, as the test wants it"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn actors_that_fail_change_no_receipt() {
    let calm = play(Hooks::default()).await;
    assert!(calm.receipts.len() >= 3, "{calm:?}");
    for receipt in calm.receipts.values() {
        assert!(receipt.contains(PAY) && receipt.contains(MAIL), "{receipt}");
    }
    assert_eq!(calm.shown.len(), calm.receipts.len(), "{calm:?}");
    assert!(calm.poison.is_empty());

    let fail = failing(2, 150);
    let shelves = Hooks::default().on_fold(move |shelf, _| {
        if shelf == "g1/s2" {
            fail();
        }
    });
    let outcome = play(shelves).await;
    assert_eq!(outcome.receipts, calm.receipts, "a shelf");

    let fail = failing(2, 1);
    let outcome = play(Hooks::default().on_report(move |_| fail())).await;
    assert_eq!(outcome.receipts, calm.receipts, "recorded, not reported");

    for shard in ["kiosk/zone/1", "kiosk/bucket/0", "kiosk/bookkeeper"] {
        let fail = failing(2, 300);
        let hooks = Hooks::default().on_word(move |who, _| {
            if who == shard {
                fail();
            }
        });
        let outcome = play(hooks).await;
        assert_eq!(outcome.receipts, calm.receipts, "{shard}");
        assert_eq!(outcome.shown, calm.shown, "{shard}");
    }
}

/// Rule 4 of settling.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bookkeeper_that_begins_anew_settles_as_it_did() {
    let store = plan::profile("kiosk", 1).unwrap();
    // In a crowd something is always moving where somebody was who leaves.
    let crowd = DayConfig {
        seconds: 60,
        people: 12,
        ..DayConfig::for_plan(&store)
    };
    let calm = play_day(&crowd, Hooks::default()).await;
    for later in [1, 2, 4, 9] {
        let fails: Vec<Round> = calm.settled.iter().map(|r| Round(r.0 + later)).collect();
        let failed = Mutex::new(BTreeSet::new());
        let hooks = Hooks::default().on_word(move |who, round| {
            let due = who == "kiosk/bookkeeper" && fails.contains(&round);
            let again = due && !failed.lock().unwrap().insert(round);
            assert!(!due || again, "interference, as the test wants it");
        });
        let outcome = play_day(&crowd, hooks).await;
        assert_eq!(outcome.receipts, calm.receipts, "{later} rounds later");
        let stand: BTreeSet<String> = outcome.receipts.into_values().collect();
        assert_eq!(outcome.told, stand, "{later} rounds later");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_ends_its_actor_three_times_is_set_aside_whole() {
    let deaths = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&deaths);
    let hooks = Hooks::default().on_fold(move |shelf, sequence| {
        if shelf == "g2/s1" && sequence == 123 {
            counted.fetch_add(1, Relaxed);
            panic!("interference, as the test wants it");
        }
    });
    let outcome = play(hooks).await;
    assert_eq!(deaths.load(Relaxed), 3);
    let set_aside = ("shelf/g2/s1#123".to_owned(), 3, true);
    assert_eq!(outcome.poison, [set_aside]);
    // The shop has gone on.
    assert!(!outcome.receipts.is_empty());
}
