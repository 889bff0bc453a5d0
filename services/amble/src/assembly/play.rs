//! A recording instead of devices: the same inputs, in the same order for each device, as fast as
//! the shop takes them. Nobody is passed over but those that the recording says.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::BufRead,
    time::Instant,
};

use amble_cluster::{AskError, Key};
use amble_engine::time::Time;
use amble_proto::{
    recording::{Reader, RecordingError},
    v1::{DeviceKind, DeviceRef, RecordedFrames, RecordedPlan, recording_entry::Entry},
};
use amble_store::{Input, Link, Shop};

/// How far the recording may be ahead of what is decided, in microseconds of event time. More lets
/// the shop's actors work in larger pieces, and costs memory.
const AHEAD_US: i64 = 3_000_000;
/// How much event time passes after the recording's last frame, so that every party that has left is
/// settled: longer than the longest wait for a shelf.
const AFTER_US: i64 = 20_000_000;
/// How far a device is completed at once when it says nothing itself.
const STEP_US: i64 = 1_000_000;
/// The number of the only stream.
const STREAM: u64 = 1;

/// Why a recording can't be played.
#[derive(Debug, thiserror::Error)]
pub enum PlayError {
    /// The file is damaged.
    #[error(transparent)]
    Recording(#[from] RecordingError),
    /// It does not begin with the plan.
    #[error("the recording does not begin with a store plan")]
    NoPlan,
    /// It names a device that its plan does not have.
    #[error("the recording has frames of a {kind} {id}, which its plan does not have")]
    UnknownDevice {
        /// What kind.
        kind: &'static str,
        /// Its id.
        id: String,
    },
    /// An actor does not answer.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// The shop has stopped.
    #[error("the shop stopped before the recording ended")]
    Stopped,
}

/// The plan that a recording begins with.
///
/// # Errors
/// When there is none.
pub fn plan(reader: &mut Reader<impl BufRead>) -> Result<RecordedPlan, PlayError> {
    match reader.next_entry()?.and_then(|entry| entry.entry) {
        Some(Entry::Plan(plan)) => Ok(plan),
        _ => Err(PlayError::NoPlan),
    }
}

/// The event time of a recording's first frame.
///
/// # Errors
/// When the recording is damaged.
pub fn begin(reader: &mut Reader<impl BufRead>) -> Result<Option<Time>, PlayError> {
    while let Some(entry) = reader.next_entry()? {
        if let Some(Entry::Frames(frames)) = &entry.entry
            && let Some(time) = first_time(frames)
        {
            return Ok(Some(Time(time)));
        }
    }
    Ok(None)
}

fn first_time(recorded: &RecordedFrames) -> Option<i64> {
    let frames = recorded.frames.as_ref()?;
    let camera = frames.camera.first().map(|frame| frame.capture_time_us);
    let shelf = frames.shelf.first().map(|frame| frame.capture_time_us);
    let gate = frames.gate.first().map(|event| event.capture_time_us);
    camera.or(shelf).or(gate)
}

fn newest_time(recorded: &RecordedFrames) -> i64 {
    let Some(frames) = recorded.frames.as_ref() else {
        return recorded.complete_until_us;
    };
    let camera = frames.camera.last().map(|frame| frame.capture_time_us);
    let shelf = frames.shelf.last().map(|frame| frame.capture_time_us);
    let gate = frames.gate.last().map(|event| event.capture_time_us);
    camera
        .into_iter()
        .chain(shelf)
        .chain(gate)
        .max()
        .unwrap_or(0)
        .max(recorded.complete_until_us)
}

type DeviceName = (i32, String);

/// Plays everything after the plan into a shop, until all of it is decided, settled and written.
/// `progress` hears the event time that has been played.
///
/// # Errors
/// When the recording is damaged or does not fit its plan, or the shop stops.
pub async fn play(
    shop: &Shop,
    mut reader: Reader<impl BufRead>,
    mut progress: impl FnMut(Time),
) -> Result<(), PlayError> {
    let mut player = Player::attach(shop).await?;
    while let Some(entry) = reader.next_entry()? {
        match entry.entry {
            Some(Entry::Frames(frames)) => {
                let time = newest_time(&frames);
                if time > player.newest {
                    player.newest = time;
                    player.keep_pace().await?;
                    progress(Time(time));
                }
                player.frames(frames)?;
            }
            Some(Entry::PassOver(entry)) => {
                let device = player.find(entry.device.as_ref())?;
                shop.pass_over(&player.devices[&device], Time(entry.until_us));
            }
            Some(Entry::PriceChange(change)) => {
                if let Some(product) = shop.plan.names.find_product(&change.product) {
                    let from = Time(change.valid_from_us);
                    shop.change_price(product, change.price_minor, from).await?;
                }
            }
            Some(Entry::Plan(_)) | None => {}
        }
    }
    player.finish().await?;
    Ok(shop.flush().await?)
}

struct Player<'a> {
    shop: &'a Shop,
    /// Every device of the plan, and where its actor is found.
    devices: BTreeMap<DeviceName, Key>,
    /// Those that the recording has frames of.
    heard: BTreeSet<DeviceName>,
    begin: i64,
    newest: i64,
    stepped: i64,
    decided: tokio::sync::watch::Receiver<Option<Time>>,
}

impl<'a> Player<'a> {
    async fn attach(shop: &'a Shop) -> Result<Self, PlayError> {
        let plan = &shop.plan;
        let cameras = plan
            .plan
            .cameras
            .iter()
            .map(|c| (DeviceKind::Camera, c.id.clone()));
        let gates = plan
            .plan
            .gates
            .iter()
            .map(|g| (DeviceKind::Gate, g.id.clone()));
        let shelves = plan.plan.gondolas.iter().flat_map(|gondola| {
            let shelves = gondola.shelves.iter();
            shelves.map(|shelf| (DeviceKind::Shelf, format!("{}/{}", gondola.id, shelf.id)))
        });
        let mut devices = BTreeMap::new();
        for (kind, id) in cameras.chain(gates).chain(shelves) {
            let key = shop.device_id(kind, &id).key;
            shop.attach(&key, Link::new(STREAM, true, |_| {})).await?;
            devices.insert((i32::from(kind), id), key);
        }
        let decided = shop.stats.watch_decided();
        Ok(Self {
            shop,
            devices,
            heard: BTreeSet::new(),
            begin: 0,
            newest: 0,
            stepped: 0,
            decided,
        })
    }

    fn find(&self, device: Option<&DeviceRef>) -> Result<DeviceName, PlayError> {
        let name = device
            .map(|d| (d.kind, d.device_id.clone()))
            .unwrap_or_default();
        if self.devices.contains_key(&name) {
            return Ok(name);
        }
        let kind = DeviceKind::try_from(name.0)
            .unwrap_or_default()
            .as_str_name();
        Err(PlayError::UnknownDevice { kind, id: name.1 })
    }

    fn frames(&mut self, recorded: RecordedFrames) -> Result<(), PlayError> {
        let device = self.find(recorded.device.as_ref())?;
        let complete_until =
            (recorded.complete_until_us > 0).then_some(Time(recorded.complete_until_us));
        let input = Input {
            stream: STREAM,
            frames: recorded.frames.unwrap_or_default(),
            complete_until,
            arrived: Instant::now(),
        };
        self.shop.sensed(&self.devices[&device], input);
        self.heard.insert(device);
        Ok(())
    }

    /// Waits until the shop is near enough; completes those devices that never say anything.
    async fn keep_pace(&mut self) -> Result<(), PlayError> {
        if self.newest < self.stepped + STEP_US {
            return Ok(());
        }
        if self.begin == 0 {
            self.begin = self.newest;
        }
        // Until then, whoever has frames will have sent the first.
        if self.newest < self.begin + 2 * STEP_US {
            return Ok(());
        }
        self.stepped = self.newest;
        let silent: Vec<Key> = self
            .devices
            .iter()
            .filter(|(name, _)| !self.heard.contains(*name))
            .map(|(_, key)| key.clone())
            .collect();
        for key in silent {
            self.complete(&key, self.newest);
        }
        self.wait_for(self.newest - AHEAD_US).await
    }

    fn complete(&self, key: &Key, until: i64) {
        let input = Input {
            stream: STREAM,
            frames: Default::default(),
            complete_until: Some(Time(until)),
            arrived: Instant::now(),
        };
        self.shop.sensed(key, input);
    }

    /// Waits until everything up to this time is decided.
    async fn wait_for(&mut self, until: i64) -> Result<(), PlayError> {
        // Before the recording has begun there is nothing to wait for.
        if until <= self.begin {
            return Ok(());
        }
        let reached = |decided: &Option<Time>| decided.is_some_and(|decided| decided.0 >= until);
        self.decided
            .wait_for(reached)
            .await
            .map_err(|_| PlayError::Stopped)?;
        Ok(())
    }

    /// Lets event time go on until everything is settled.
    async fn finish(&mut self) -> Result<(), PlayError> {
        let end = self.newest + AFTER_US;
        let mut until = self.newest;
        let keys: Vec<Key> = self.devices.values().cloned().collect();
        while until < end {
            until = (until + STEP_US).min(end);
            for key in &keys {
                self.complete(key, until);
            }
            self.wait_for(until - STEP_US - AHEAD_US).await?;
        }
        self.wait_for(end - STEP_US).await
    }
}
