//! A kiosk's day, for tests of what it leaves in the ledger.

use std::{sync::Arc, time::Instant};

use amble_cluster::Key;
use amble_engine::{attribution, time::Time};
use amble_ledger::{Ledger, SqliteLedger};
use amble_proto::{plan::StorePlan, v1::DeviceFrames};
use amble_simulator::{Day, DayConfig, PassSigner};

use crate::{
    Documents, Hooks, Input, Options, Plan, Running, Settings, Shop, pass::Verifier, plan,
};

/// How far the devices are ahead of what is decided.
const AHEAD_US: i64 = 2_500_000;

/// What a device sent, and what it completed with that.
type Sent = Vec<(DeviceFrames, Time)>;

/// A shop, its devices, and the people in it.
pub(super) struct Kiosk {
    pub(super) ledger: Arc<dyn Ledger>,
    pub(super) running: Running,
    day: Day,
    begin: Time,
    sent: Vec<Sent>,
    links: Vec<(Key, u64)>,
}

impl Kiosk {
    /// Opens it for the first time.
    pub(super) async fn open(seconds: u32) -> Self {
        let store = plan::profile("kiosk", 1).unwrap();
        let config = DayConfig {
            seconds,
            ..DayConfig::for_plan(&store)
        };
        let day = Day::new(&store, config, 3).unwrap();
        let day = day.signed_by(PassSigner::unchecked());
        let begin = Time(day.next_start_us()).round().start();
        let ledger: Arc<dyn Ledger> = Arc::new(SqliteLedger::in_memory().await.unwrap());
        let running = run(store, Arc::clone(&ledger), begin).await;
        let sent = vec![Sent::new(); day.devices().len()];
        let mut kiosk = Self {
            ledger,
            running,
            day,
            begin,
            sent,
            links: Vec::new(),
        };
        kiosk.attach().await;
        kiosk
    }

    /// Stops it, lets something happen to the ledger, and opens it again; its devices send all they have.
    pub(super) async fn open_again(self, meanwhile: impl AsyncFnOnce(&dyn Ledger, &Shop)) -> Self {
        self.running.shop.flush().await.unwrap();
        let shop = Arc::clone(&self.running.shop);
        self.running.stop().await;
        meanwhile(&*self.ledger, &shop).await;
        let store = shop.plan.plan.clone();
        let running = run(store, Arc::clone(&self.ledger), self.begin).await;
        let mut kiosk = Self { running, ..self };
        kiosk.attach().await;
        for (at, sent) in kiosk.sent.iter().enumerate() {
            for (frames, complete) in sent {
                kiosk.pass_on(at, frames.clone(), *complete);
            }
        }
        kiosk
    }

    async fn attach(&mut self) {
        let shop = &self.running.shop;
        self.links.clear();
        for device in self.day.devices() {
            let id = shop.device_id(device.kind(), &device.device_id);
            let key = id.unwrap().key;
            let link = shop.link(true, |_| {});
            self.links.push((key.clone(), link.stream));
            shop.attach(&key, link).await.unwrap();
        }
    }

    fn pass_on(&self, at: usize, frames: DeviceFrames, complete: Time) {
        let (key, stream) = &self.links[at];
        let input = Input {
            stream: *stream,
            frames,
            complete_until: Some(complete),
            arrived: Instant::now(),
        };
        self.running.shop.sensed(key, input);
    }

    /// Goes on until what the next frames say is nearly decided; whether there were any.
    pub(super) async fn goes_on(&mut self) -> bool {
        let Some(round) = self.day.next_round().unwrap() else {
            return false;
        };
        for (at, device) in round.devices.into_iter().enumerate() {
            let complete = Time(device.complete_until_us);
            self.pass_on(at, device.frames.clone(), complete);
            self.sent[at].push((device.frames, complete));
        }
        let mut decided = self.running.shop.stats.watch_decided();
        let far_enough = |d: &Option<Time>| d.is_some_and(|d| d.0 >= round.end_us - AHEAD_US);
        decided.wait_for(far_enough).await.unwrap();
        true
    }
}

async fn run(store: StorePlan, ledger: Arc<dyn Ledger>, begin: Time) -> Running {
    let options = Options {
        verifier: Verifier::trusting(&store.store),
        plan: Plan::new(store).unwrap(),
        ledger,
        settings: Settings::default(),
        attribution: attribution::Settings::default(),
        event_time: true,
        live: false,
        begin,
        documents: Documents {
            settle: Arc::new(|_, _| None),
            hold: Arc::new(|_, _, _| None),
            read: Arc::new(|_| None),
            correct: Arc::new(|_| Ok(None)),
        },
        recorder: None,
        tracked: None,
        hooks: Hooks::default(),
        node: None,
        usage: crate::Usage::default,
    };
    crate::open(options).await.unwrap()
}
