//! The devices of a recording.
//!
//! 1. What a device sent goes through the same door as live, and in the same order.
//! 2. Nobody is passed over but those that the recording says, and those that it has nothing of for
//!    so long that no shop would have waited: a device that ends early holds up nobody, and every
//!    replay passes it over at the same place.
//! 3. No device is told more than a shop can keep apart: time goes on in steps, and each waits until
//!    the shop is near enough.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use amble_cluster::Key;
use amble_engine::time::Time;
use amble_gateway::{Admitted, Limits, RecordedDoor, limits::END_OF_TIME_US};
use amble_proto::v1::{
    DeviceFrames, DeviceKind, DeviceRef, RecordedFrames, RecordedPassOver, RecordedPriceChange,
    recording_entry::Entry,
};
use amble_store::{Input, Reply, Shop};
use tokio::sync::watch;

use super::{
    doors::{floor, sensor},
    play::{AFTER_US, AHEAD_US, PlayError, SILENT_US, STEP_US},
};

type DeviceName = (i32, String);

/// A device of the plan.
struct Recorded {
    /// Where its actor is found.
    key: Key,
    stream: u64,
    door: RecordedDoor,
    /// Up to when it has told all, or was passed over, in µs.
    told_us: i64,
}

/// Plays entries into a shop.
pub(super) struct Player<'a> {
    shop: &'a Shop,
    devices: BTreeMap<DeviceName, Recorded>,
    begin_us: i64,
    /// The latest event time of any entry.
    newest_us: i64,
    /// How far time has gone on.
    stepped_us: i64,
    decided: watch::Receiver<Option<Time>>,
    /// An actor that wants to be sent again what it lost.
    failed: watch::Receiver<Option<String>>,
}

impl<'a> Player<'a> {
    /// Takes the place of every device of a shop that begins at `begin`.
    ///
    /// # Errors
    /// When an actor does not answer.
    pub(super) async fn attach(shop: &'a Shop, begin: Time) -> Result<Self, PlayError> {
        let (fail, failed) = watch::channel(None);
        let floor = floor(shop);
        let mut devices = BTreeMap::new();
        for (kind, id) in devices_of(shop) {
            let (Some(found), Some(device)) =
                (shop.find_device(kind, &id), shop.device_id(kind, &id))
            else {
                continue;
            };
            let key = device.key;
            let name = format!("{} {id}", kind.word());
            let (fail, failing) = (fail.clone(), name.clone());
            let link = shop.link(true, move |reply| {
                if matches!(reply, Reply::Resend { .. }) {
                    fail.send_replace(Some(failing.clone()));
                }
            });
            let stream = link.stream;
            shop.attach(&key, link).await?;
            let device = Recorded {
                key,
                stream,
                door: RecordedDoor::new(&name, sensor(shop, found), floor),
                told_us: begin.0,
            };
            devices.insert((i32::from(kind), id), device);
        }
        Ok(Self {
            shop,
            devices,
            begin_us: begin.0,
            newest_us: begin.0,
            stepped_us: begin.0,
            decided: shop.stats.watch_decided(),
            failed,
        })
    }

    /// The latest event time that was played.
    pub(super) const fn played(&self) -> Time {
        Time(self.newest_us)
    }

    /// Plays the entry that begins at this byte.
    ///
    /// # Errors
    /// When no shop can have taken it, or the shop fails.
    pub(super) async fn entry(
        &mut self,
        offset: u64,
        entry: Option<Entry>,
    ) -> Result<(), PlayError> {
        let played = match entry {
            Some(Entry::Frames(frames)) => self.frames(frames).await?,
            Some(Entry::PassOver(entry)) => self.pass_over(&entry).await?,
            Some(Entry::PriceChange(change)) => self.price(&change).await?,
            Some(Entry::Plan(_)) => Err("a second store plan".to_owned()),
            None => Err("an entry of no kind that this version knows".to_owned()),
        };
        played.map_err(|what| PlayError::Entry { offset, what })
    }

    fn find(&mut self, device: Option<&DeviceRef>) -> Result<&mut Recorded, String> {
        let name = device
            .map(|device| (device.kind, device.device_id.clone()))
            .unwrap_or_default();
        let kind = DeviceKind::try_from(name.0).unwrap_or_default();
        let what = format!(
            "a {} {:?}, which its plan does not have",
            kind.word(),
            name.1
        );
        self.devices.get_mut(&name).ok_or(what)
    }

    /// Rule 1. The inner error: the entry is no good.
    async fn frames(&mut self, recorded: RecordedFrames) -> Result<Result<(), String>, PlayError> {
        let newest_us = self.newest_us;
        let device = match self.find(recorded.device.as_ref()) {
            Ok(device) => device,
            Err(what) => return Ok(Err(what)),
        };
        let frames = recorded.frames.unwrap_or_default();
        let admitted = device
            .door
            .admit(frames, recorded.complete_until_us, newest_us);
        let Admitted {
            frames,
            complete_until_us,
            until_us,
        } = match admitted {
            Ok(admitted) => admitted,
            Err(what) => return Ok(Err(what)),
        };
        let (key, stream) = (device.key.clone(), device.stream);
        if let Some(until_us) = until_us {
            // The device itself is silent until then.
            self.go_on(until_us).await?;
            self.has_told(recorded.device.as_ref(), until_us);
        }
        self.send((&key, stream), frames, complete_until_us);
        Ok(Ok(()))
    }

    async fn pass_over(
        &mut self,
        entry: &RecordedPassOver,
    ) -> Result<Result<(), String>, PlayError> {
        let latest = self
            .newest_us
            .saturating_add(micros(Limits::default().jump));
        let until_us = entry.until_us;
        if !(0..=latest).contains(&until_us) {
            let what = format!("a device passed over until {until_us} µs, far from all before");
            return Ok(Err(what));
        }
        let device = match self.find(entry.device.as_ref()) {
            Ok(device) => device,
            Err(what) => return Ok(Err(what)),
        };
        let key = device.key.clone();
        self.go_on(until_us).await?;
        self.has_told(entry.device.as_ref(), until_us);
        self.shop.pass_over(&key, Time(until_us));
        Ok(Ok(()))
    }

    fn has_told(&mut self, device: Option<&DeviceRef>, until_us: i64) {
        if let Ok(device) = self.find(device) {
            device.told_us = device.told_us.max(until_us);
        }
    }

    async fn price(
        &mut self,
        change: &RecordedPriceChange,
    ) -> Result<Result<(), String>, PlayError> {
        let Some(product) = self.shop.plan.names.find_product(&change.product) else {
            return Ok(Err(format!(
                "a price of {:?}, which its plan does not have",
                change.product
            )));
        };
        if change.price_minor < 0 || !(0..=END_OF_TIME_US).contains(&change.valid_from_us) {
            return Ok(Err(format!(
                "a price of {} from {} µs on",
                change.price_minor, change.valid_from_us
            )));
        }
        let from = Time(change.valid_from_us);
        self.shop
            .change_price(product, change.price_minor, from)
            .await?;
        Ok(Ok(()))
    }

    /// Rules 2 and 3: time goes on to the last whole step before this.
    async fn go_on(&mut self, until_us: i64) -> Result<(), PlayError> {
        self.newest_us = self.newest_us.max(until_us);
        while self.stepped_us + STEP_US <= until_us {
            self.stepped_us += STEP_US;
            let stepped_us = self.stepped_us;
            for device in self.devices.values_mut() {
                if device.told_us + SILENT_US < stepped_us {
                    device.told_us = stepped_us;
                    self.shop.pass_over(&device.key, Time(stepped_us));
                }
            }
            self.wait_for(stepped_us - AHEAD_US).await?;
        }
        Ok(())
    }

    fn send(&self, (key, stream): (&Key, u64), frames: DeviceFrames, complete_until_us: i64) {
        let input = Input {
            stream,
            frames,
            complete_until: (complete_until_us > 0).then_some(Time(complete_until_us)),
            arrived: Instant::now(),
        };
        self.shop.sensed(key, input);
    }

    /// Waits until everything up to this time is decided.
    async fn wait_for(&mut self, until_us: i64) -> Result<(), PlayError> {
        // Before the recording has begun there is nothing to wait for.
        if until_us <= self.begin_us {
            return Ok(());
        }
        let reached = |decided: &Option<Time>| decided.is_some_and(|decided| decided.0 >= until_us);
        tokio::select! {
            biased;
            failed = self.failed.wait_for(Option::is_some) => {
                let name = failed.ok().and_then(|failed| failed.clone());
                Err(PlayError::Failed(name.unwrap_or_default()))
            }
            decided = self.decided.wait_for(reached) => {
                decided.map(|_| ()).map_err(|_| PlayError::Stopped)
            }
        }
    }

    /// Lets event time go on until everything is settled.
    ///
    /// # Errors
    /// When the shop fails.
    pub(super) async fn finish(&mut self) -> Result<(), PlayError> {
        let end_us = self.newest_us + AFTER_US;
        let mut until_us = self.newest_us;
        while until_us < end_us {
            until_us = (until_us + STEP_US).min(end_us);
            for device in self.devices.values() {
                let to = (&device.key, device.stream);
                self.send(to, DeviceFrames::default(), until_us);
            }
            self.wait_for(until_us - AHEAD_US).await?;
        }
        self.wait_for(end_us - STEP_US).await
    }
}

/// Every device of a shop's plan.
fn devices_of(shop: &Shop) -> Vec<(DeviceKind, String)> {
    let plan = &shop.plan.plan;
    let cameras = plan
        .cameras
        .iter()
        .map(|c| (DeviceKind::Camera, c.id.clone()));
    let gates = plan.gates.iter().map(|g| (DeviceKind::Gate, g.id.clone()));
    let shelves = plan.gondolas.iter().flat_map(|gondola| {
        let shelves = gondola.shelves.iter();
        shelves.map(|shelf| (DeviceKind::Shelf, format!("{}/{}", gondola.id, shelf.id)))
    });
    cameras.chain(gates).chain(shelves).collect()
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
