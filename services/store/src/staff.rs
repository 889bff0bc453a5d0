//! A zone's cameras, shelves and gates: hired, replaced, told.

use std::{collections::BTreeMap, sync::Arc};

use amble_cluster::Key;
use amble_engine::{
    layout::{CameraIx, GateIx, ShelfIx, ZoneIx},
    time::{Round, Time},
    weighing::{Config, Weigher},
};
use amble_ledger::{DeviceState, Entry};
use amble_proto::v1::DeviceKind;
use ractor::{Actor, ActorId, ActorProcessingErr, ActorRef};

use crate::{
    codec,
    device::{Camera, DEADLY, Desk, DeviceId, Gate, Muster, Scans, Shelf, StoredMatches},
    inspect::What as Event,
    message::{ToDevice, ToNode, ToZone},
    names::{frame_name, frame_of},
    shop::Shop,
    telemetry,
    writer::Writer,
};

/// Which device of the plan an actor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Camera(CameraIx),
    Shelf(ShelfIx),
    Gate(GateIx),
}

#[derive(Debug)]
struct Hired {
    what: What,
    id: DeviceId,
    actor: ActorRef<ToDevice>,
}

/// The devices of one zone.
#[derive(Debug)]
pub struct Devices {
    /// Who is here and how far each has come.
    pub muster: Arc<Muster>,
    /// The zone's shard and epoch, for what is written of a message that ends its actor.
    writer: Writer,
    hired: Vec<Hired>,
    places: BTreeMap<What, usize>,
}

impl Devices {
    /// Starts an actor for each device of a zone, from what the ledger knows of it.
    ///
    /// # Errors
    /// When an actor can't be started.
    pub async fn hire(
        shop: &Arc<Shop>,
        zone: ZoneIx,
        first: Round,
        supervisor: &ActorRef<ToZone>,
        stored: &[DeviceState],
        writer: Writer,
    ) -> Result<Self, ActorProcessingErr> {
        let list = devices_of(shop, zone);
        let muster = Arc::new(Muster::new(list.len(), first));
        let places = list
            .iter()
            .enumerate()
            .map(|(place, (what, _))| (*what, place))
            .collect();
        remember_poison(shop, &muster, &list).await?;
        let mut devices = Self {
            muster,
            writer,
            hired: Vec::with_capacity(list.len()),
            places,
        };
        for (place, (what, id)) in list.into_iter().enumerate() {
            let stored = stored.iter().find(|state| state.device == id.name());
            let actor = devices
                .start(shop, place, what, &id, stored, supervisor)
                .await?;
            devices.hired.push(Hired { what, id, actor });
        }
        Ok(devices)
    }

    async fn start(
        &self,
        shop: &Arc<Shop>,
        place: usize,
        what: What,
        id: &DeviceId,
        stored: Option<&DeviceState>,
        supervisor: &ActorRef<ToZone>,
    ) -> Result<ActorRef<ToDevice>, ActorProcessingErr> {
        let taken = match (what, stored) {
            // A camera sends again all that it has.
            (What::Camera(_), _) | (_, None) => (0, None),
            (_, Some(s)) => (s.sequence, Some(Time(s.capture_us))),
        };
        let muster = Arc::clone(&self.muster);
        let zone = supervisor.clone();
        let writer = self.writer.clone();
        let desk = Desk::new(
            Arc::clone(shop),
            id.clone(),
            zone,
            muster,
            place,
            taken,
            writer,
        );
        let cell = supervisor.get_cell();
        let actor = match what {
            What::Camera(camera) => {
                if let Some(stored) = stored {
                    self.muster.has_saved(place, stored.sequence);
                }
                let before = stored.and_then(|s| codec::decode::<StoredMatches>(&s.state));
                let before = before.unwrap_or_default();
                Actor::spawn_linked(None, Camera, (camera, before, desk), cell)
                    .await?
                    .0
            }
            What::Shelf(shelf) => {
                let plates = shop.plan.layout.shelves[shelf.at()].plate_count as usize;
                let weigher = stored.and_then(|s| codec::decode::<Weigher>(&s.state));
                let weigher = weigher.unwrap_or_else(|| Weigher::new(plates, Config::default()));
                Actor::spawn_linked(None, Shelf, (shelf, weigher, desk), cell)
                    .await?
                    .0
            }
            What::Gate(gate) => {
                let scans = stored.and_then(|s| codec::decode::<Scans>(&s.state));
                let scans = scans.unwrap_or_default();
                Actor::spawn_linked(None, Gate, (gate, scans, desk), cell)
                    .await?
                    .0
            }
        };
        shop.enter(id.key.clone(), &actor);
        Ok(actor)
    }

    /// Starts a device's actor anew after it has failed; its stream sends again what was lost. A
    /// message that fails it for the third time is set aside (L7).
    ///
    /// # Errors
    /// When the actor can't be started.
    pub async fn replace(
        &mut self,
        shop: &Arc<Shop>,
        failed: ActorId,
        error: &str,
        supervisor: &ActorRef<ToZone>,
    ) -> Result<Option<CameraIx>, ActorProcessingErr> {
        let Some(place) = self.hired.iter().position(|h| h.actor.get_id() == failed) else {
            return Ok(None);
        };
        let (what, id) = (self.hired[place].what, self.hired[place].id.clone());
        tracing::error!(device = %id.key, error, "an actor failed and is started anew");
        telemetry::restarted("device");
        shop.happened(Event::DeviceFailed(id.key.clone(), error.to_owned()));
        self.note_death(place, &id);
        let stored = shop.ledger.device_state(&id.name()).await?;
        let actor = self
            .start(shop, place, what, &id, stored.as_ref(), supervisor)
            .await?;
        self.hired[place].actor = actor;
        shop.tell_nodes(&ToNode::Begun(id.key.clone()));
        Ok(match what {
            What::Camera(camera) => Some(camera),
            _ => None,
        })
    }

    /// Counts the death, in memory and in the ledger (L7).
    fn note_death(&self, place: usize, id: &DeviceId) {
        let Some((sequence, attempts, body)) = self.muster.poison.failed(place) else {
            return;
        };
        if attempts >= DEADLY {
            telemetry::poisoned();
            tracing::error!(device = %id.key, sequence, "a message was set aside as poison");
        }
        let entry = Entry::Poison {
            message: frame_name(&id.name(), sequence),
            attempts,
            device: id.name(),
            body,
        };
        self.writer.write(vec![entry], |_| {});
    }

    /// A device's key.
    #[must_use]
    pub fn key(&self, place: usize) -> Key {
        self.hired[place].id.key.clone()
    }

    /// The keys of all, by place.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        self.hired.iter().map(|hired| &hired.id.key)
    }

    /// The zone's cameras.
    #[must_use]
    pub fn cameras(&self) -> Vec<CameraIx> {
        let cameras = self.hired.iter().filter_map(|hired| match hired.what {
            What::Camera(camera) => Some(camera),
            _ => None,
        });
        cameras.collect()
    }

    /// A shelf's key, and its name in the ledger.
    #[must_use]
    pub fn shelf(&self, shelf: ShelfIx) -> (Key, String) {
        self.name(What::Shelf(shelf))
    }

    /// A gate's key, and its name in the ledger.
    #[must_use]
    pub fn gate(&self, gate: GateIx) -> (Key, String) {
        self.name(What::Gate(gate))
    }

    fn name(&self, what: What) -> (Key, String) {
        let id = &self.hired[self.places[&what]].id;
        (id.key.clone(), id.name())
    }

    /// Sends to one device, by its place.
    pub fn tell(&self, place: usize, message: ToDevice) {
        // A device that failed is started anew, and asks for what it missed.
        let _ = self.hired[place].actor.cast(message);
    }

    /// Sends to a camera.
    pub fn tell_camera(&self, camera: CameraIx, message: ToDevice) {
        if let Some(&place) = self.places.get(&What::Camera(camera)) {
            self.tell(place, message);
        }
    }

    /// Sends to every device.
    pub fn tell_all(&self, message: &dyn Fn() -> ToDevice) {
        for hired in &self.hired {
            let _ = hired.actor.cast(message());
        }
    }
}

/// What the ledger knows of messages that ended their actor.
async fn remember_poison(
    shop: &Shop,
    muster: &Muster,
    list: &[(What, DeviceId)],
) -> Result<(), ActorProcessingErr> {
    for poison in shop.ledger.poison().await? {
        let place = list.iter().position(|(_, id)| id.name() == poison.device);
        if let (Some(place), Some(sequence)) = (place, frame_of(&poison.message)) {
            muster.poison.remember(place, sequence, poison.attempts);
        }
    }
    Ok(())
}

/// A zone's devices in the order of their places: cameras, shelves, gates, each as in the plan.
fn devices_of(shop: &Shop, zone: ZoneIx) -> Vec<(What, DeviceId)> {
    let layout = &shop.plan.layout;
    let names = &shop.plan.names;
    let mut list = Vec::new();
    let mut add = |what, kind, id: &str| {
        let id = shop.device_id(kind, id);
        list.extend(id.map(|id| (what, id)));
    };
    for (camera, ix) in layout.cameras.iter().zip(0..) {
        if camera.zone == zone {
            let ix = CameraIx(ix);
            add(What::Camera(ix), DeviceKind::Camera, names.camera(ix));
        }
    }
    for (shelf, ix) in layout.shelves.iter().zip(0..) {
        if shelf.zone == zone {
            let ix = ShelfIx(ix);
            add(What::Shelf(ix), DeviceKind::Shelf, names.shelf(ix));
        }
    }
    for (gate, ix) in layout.gates.iter().zip(0..) {
        if gate.zone == zone {
            let ix = GateIx(ix);
            add(What::Gate(ix), DeviceKind::Gate, names.gate(ix));
        }
    }
    list
}
