//! A shop day: the world, its sensors, and the frames they capture, round by round.

use amble_proto::{plan::StorePlan, v1};

use crate::{
    chance::Dice,
    config::DayConfig,
    error::SimulatorError,
    floor_paths::FloorPaths,
    passes::{PassSigner, ScannedPass},
    scenario::{Scenario, Staged},
    script::Script,
    sensing::{
        cameras::{Cameras, Scene},
        gates::Gates,
        plates::Shelves,
    },
    shop::Shop,
    truth::Truth,
    world::{Plays, TICK_US, World},
};

/// The world is this many ticks ahead of the round that is captured, because clocks differ.
const AHEAD: i64 = 1;

/// A shop day, seeded: the same plan, configuration and seed give the same day, bit for bit.
pub struct Day {
    world: World,
    cameras: Cameras,
    shelves: Shelves,
    gates: Gates,
    signer: PassSigner,
    /// Since the round before.
    scanned: Vec<ScannedPass>,
    devices: Vec<v1::DeviceRef>,
    round: i64,
    tail_us: i64,
    /// Rounds taken since everybody had left, in microseconds.
    over_us: i64,
    plan_json: String,
}

/// What all devices captured in 100 ms of event time.
#[derive(Clone, Debug, PartialEq)]
pub struct RoundOutput {
    /// Beginning of the round, in microseconds since the Unix epoch.
    pub start_us: i64,
    /// End of the round.
    pub end_us: i64,
    /// Every device, in the order of [`Day::devices`].
    pub devices: Vec<DeviceRound>,
    /// The passes that are held to a reader in it.
    pub passes: Vec<ScannedPass>,
}

/// What one device captured in a round.
#[derive(Clone, Debug, PartialEq)]
pub struct DeviceRound {
    /// Its frames, possibly none; `device` is its place in [`Day::devices`].
    pub frames: v1::DeviceFrames,
    /// Everything that it captured before this event time has been given out, in microseconds since
    /// the Unix epoch.
    pub complete_until_us: i64,
}

impl Day {
    /// A day with people who come by chance.
    ///
    /// # Errors
    /// When the plan can't be used.
    pub fn new(plan: &StorePlan, config: DayConfig, seed: u64) -> Result<Self, SimulatorError> {
        Self::play(plan, config, seed, &Plays::Chance)
    }

    /// A day on which a script is played.
    ///
    /// # Errors
    /// When the plan can't be used, or has not what the script names.
    pub fn with_script(
        plan: &StorePlan,
        config: DayConfig,
        seed: u64,
        script: &Script,
    ) -> Result<Self, SimulatorError> {
        script.check(&Shop::new(plan)?)?;
        Self::play(plan, config, seed, &Plays::Script(script))
    }

    /// A day on which a scenario is played.
    ///
    /// # Errors
    /// When the plan can't be used.
    pub fn with_scenario(
        staged: &Staged,
        seed: u64,
        scenario: &Scenario,
    ) -> Result<Self, SimulatorError> {
        let plays = Plays::Scenario(scenario);
        let mut day = Self::play(&staged.truth, staged.config.clone(), seed, &plays)?;
        day.plan_json = serde_json::to_string(&staged.told)?;
        Ok(day)
    }

    /// A day on which people follow given paths and buy nothing.
    ///
    /// # Errors
    /// When the plan can't be used.
    pub fn with_paths(
        plan: &StorePlan,
        config: DayConfig,
        seed: u64,
        paths: &FloorPaths,
    ) -> Result<Self, SimulatorError> {
        Self::play(plan, config, seed, &Plays::Paths(paths))
    }

    fn play(
        plan: &StorePlan,
        mut config: DayConfig,
        seed: u64,
        plays: &Plays<'_>,
    ) -> Result<Self, SimulatorError> {
        config.start_us -= config.start_us.rem_euclid(TICK_US);
        let shop = Shop::new(plan)?;
        let sensors = config.sensors.clone().unwrap_or(shop.sensors.clone());
        let devices = shop.devices();
        let world = World::new(shop, config, seed, plays);
        let (shop, config) = (&world.shop, &world.config);
        let loads = world.stock.loads(shop);
        Ok(Self {
            cameras: Cameras::new(shop, &sensors, config, Dice::new(seed, 1)),
            shelves: Shelves::new(shop, loads, &sensors, config, Dice::new(seed, 2)),
            gates: Gates::new(shop.gates.len(), config, &mut Dice::new(seed, 3)),
            signer: PassSigner::unchecked(),
            scanned: Vec::new(),
            devices,
            round: 0,
            tail_us: i64::from(config.tail_seconds) * 1_000_000,
            over_us: 0,
            plan_json: serde_json::to_string(plan)?,
            world,
        })
    }

    /// Signs the day's passes with a key that the shop knows.
    #[must_use]
    pub fn signed_by(mut self, signer: PassSigner) -> Self {
        self.signer = signer;
        self
    }

    /// The devices: all cameras, then all shelves, then all gates, as the store plan lists them.
    #[must_use]
    pub fn devices(&self) -> &[v1::DeviceRef] {
        &self.devices
    }

    /// The store plan as JSON.
    #[must_use]
    pub fn plan_json(&self) -> &str {
        &self.plan_json
    }

    /// Event time at which the next round begins, in microseconds since the Unix epoch.
    #[must_use]
    pub fn next_start_us(&self) -> i64 {
        self.world.config.start_us + self.round * TICK_US
    }

    /// Lets nobody in any more; who is inside finishes and leaves, and then the day ends. A day that is
    /// played from a script goes on to its end.
    pub fn close_doors(&mut self) {
        self.world.config.seconds = 0;
    }

    /// How many people are inside now.
    #[must_use]
    pub fn people(&self) -> usize {
        self.world.people.iter().filter(|p| p.visible).count()
    }

    /// The truth so far, or since [`Day::take_truth`]. It is up to 200 ms ahead of the rounds.
    #[must_use]
    pub fn truth(&self) -> &Truth {
        &self.world.truth
    }

    /// Takes the truth out, so that it does not grow for ever.
    pub fn take_truth(&mut self) -> Truth {
        std::mem::take(&mut self.world.truth)
    }

    /// What the devices capture in the next 100 ms, or `None` when the day is over.
    ///
    /// # Errors
    /// When a pass can't be signed.
    pub fn next_round(&mut self) -> Result<Option<RoundOutput>, SimulatorError> {
        if self.over_us > self.tail_us {
            return Ok(None);
        }
        if self.world.over() {
            self.over_us += TICK_US;
        }
        let start_us = self.next_start_us();
        let end_us = start_us + TICK_US;
        self.round += 1;
        while self.world.tick < self.round + AHEAD {
            self.world.step();
            self.pass_events_on()?;
        }
        self.cameras.look_round(&self.world.people);
        let devices = self.capture(end_us);
        let passes = std::mem::take(&mut self.scanned);
        Ok(Some(RoundOutput {
            start_us,
            end_us,
            devices,
            passes,
        }))
    }

    fn pass_events_on(&mut self) -> Result<(), SimulatorError> {
        for touch in self.world.events.touches.drain(..) {
            self.shelves.touch(&touch);
        }
        for scan in self.world.events.scans.drain(..) {
            let store = &self.world.shop.store;
            let token = self
                .signer
                .sign(store, &scan.visit, scan.party, scan.time_us)?;
            self.gates.scan(&scan, token.clone());
            self.scanned.push(ScannedPass {
                visit: scan.visit.to_string(),
                pass: token,
            });
        }
        Ok(())
    }

    fn capture(&mut self, end_us: i64) -> Vec<DeviceRound> {
        let scene = Scene {
            people: &self.world.people,
            tick: self.world.tick,
            tick_us: self.world.now_us(),
        };
        let shop = &self.world.shop;
        let mut rounds = Vec::with_capacity(self.devices.len());
        for camera in 0..shop.cameras.len() {
            let frames = v1::DeviceFrames {
                camera: self.cameras.capture(camera, end_us, &scene),
                ..v1::DeviceFrames::default()
            };
            rounds.push((frames, end_us));
        }
        for shelf in 0..shop.shelves.len() {
            let (shelf, complete) = self.shelves.capture(shelf, end_us);
            let frames = v1::DeviceFrames {
                shelf,
                ..v1::DeviceFrames::default()
            };
            rounds.push((frames, complete));
        }
        for gate in 0..shop.gates.len() {
            let frames = v1::DeviceFrames {
                gate: self.gates.capture(gate, end_us),
                ..v1::DeviceFrames::default()
            };
            rounds.push((frames, end_us));
        }
        rounds
            .into_iter()
            .zip(0..)
            .map(|((frames, complete_until_us), device)| DeviceRound {
                frames: v1::DeviceFrames { device, ..frames },
                complete_until_us,
            })
            .collect()
    }
}
