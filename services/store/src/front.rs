//! What others may ask of a running shop, by name; the keys stay inside.

use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::{Duration, Instant},
};

use amble_cluster::{AskError, Key};
use amble_engine::{
    layout::{CameraIx, GateIx, ProductIx, ShelfIx},
    time::Time,
};
use amble_proto::v1::{DeviceKind, ListMismatchesResponse, ListPlacesResponse};

use crate::{
    book::ShelfQuery,
    device::{Link, Reply},
    keys::{is_guest, visit_party},
    message::{Input, Message, Standing, ToBook, ToBucket, ToDevice, ToShopper},
    pass::PassError,
    shop::Shop,
    shopper::CartView,
};

/// How long an actor of this shop may take to answer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(2);

/// How long one waits before asking again for an actor that is moving.
const MOVING: Duration = Duration::from_millis(10);

/// A device of the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Device {
    /// A camera.
    Camera(CameraIx),
    /// A shelf.
    Shelf(ShelfIx),
    /// A gate.
    Gate(GateIx),
}

/// Why a phone could not open a visit.
#[derive(Debug, thiserror::Error)]
pub enum OpenVisitError {
    /// The pass is not good.
    #[error(transparent)]
    Pass(#[from] PassError),
    /// There is no such entry.
    #[error("there is no entry {0}")]
    NoSuchEntry(String),
    /// The gate's actor did not answer.
    #[error(transparent)]
    Ask(#[from] AskError),
}

impl Shop {
    /// Finds a device of the plan by what its edge calls it.
    #[must_use]
    pub fn find_device(&self, kind: DeviceKind, id: &str) -> Option<Device> {
        let names = &self.plan.names;
        match kind {
            DeviceKind::Camera => names.find_camera(id).map(Device::Camera),
            DeviceKind::Shelf => names.find_shelf(id).map(Device::Shelf),
            DeviceKind::Gate => names.find_gate(id).map(Device::Gate),
            DeviceKind::Unspecified => None,
        }
    }

    /// A stream's connection to a device; what the device's actor says, wherever it lives, goes to
    /// `hear`, which must not block.
    #[must_use]
    pub fn link(&self, event_time: bool, hear: impl Fn(Reply) + Send + Sync + 'static) -> Link {
        let stream = self.streams.fetch_add(1, Relaxed);
        let to = self.stream_key(stream);
        self.router
            .local()
            .enter(to.clone(), move |message| match message {
                Message::Reply(reply) => {
                    hear(reply);
                    Ok(())
                }
                other => Err(other),
            });
        Link {
            stream,
            event_time,
            to,
        }
    }

    /// Connects a stream to a device. One that is just moving is waited for.
    ///
    /// # Errors
    /// When its actor can't be reached.
    pub async fn attach(&self, device: &Key, link: Link) -> Result<Standing, AskError> {
        self.links.insert(device.clone(), link.clone());
        let deadline = Instant::now() + PATIENCE;
        loop {
            let to = link.clone();
            let question = |answer| Message::Device(ToDevice::Attach(to, answer));
            match self.router.ask(device, PATIENCE, question).await {
                Err(AskError::Tell(_) | AskError::Dropped(_)) if Instant::now() < deadline => {
                    tokio::time::sleep(MOVING).await;
                }
                answer => {
                    if answer.is_err() {
                        self.unlink(device, link.stream);
                    }
                    return answer;
                }
            }
        }
    }

    /// A stream is gone.
    pub fn detach(&self, device: &Key, stream: u64) {
        self.unlink(device, stream);
        self.tell(device, Message::Device(ToDevice::Detach(stream)));
    }

    /// Nothing reaches a stream any more; a newer one of the same device keeps its place.
    fn unlink(&self, device: &Key, stream: u64) {
        self.links
            .remove_if(device, |_, link| link.stream == stream);
        self.router.local().leave(&self.stream_key(stream));
    }

    /// What a device sent.
    pub fn sensed(&self, device: &Key, input: Input) {
        self.tell(device, Message::Device(ToDevice::Frames(Box::new(input))));
    }

    /// What a stream sends from now on follows from where its device's actor wanted it again.
    pub fn rewound(&self, device: &Key, stream: u64) {
        self.tell(device, Message::Device(ToDevice::Rewound(stream)));
    }

    /// A recording says that a device was passed over.
    pub fn pass_over(&self, device: &Key, until: Time) {
        self.tell(device, Message::Device(ToDevice::PassOver(until)));
    }

    /// Opens the visit of a pass at an entry, for a phone that stands in for its reader.
    ///
    /// # Errors
    /// When there is no such entry, or the pass is not good. That it was used shows at the gate.
    pub async fn open_visit(&self, token: &str, gate: &str) -> Result<String, OpenVisitError> {
        let found = self.plan.names.find_gate(gate);
        let entry = found.filter(|ix| self.plan.layout.gates[ix.at()].entry);
        let key = entry.and_then(|_| self.keys.device(DeviceKind::Gate, gate));
        let key = key.ok_or_else(|| OpenVisitError::NoSuchEntry(gate.to_owned()))?;
        let token = token.to_owned();
        let question = |answer| Message::Device(ToDevice::Phone(token, answer));
        Ok(self.router.ask(&key, PATIENCE, question).await??)
    }

    /// Sets or clears a visit's budget, in minor units. `false`: there is no such visit.
    ///
    /// # Errors
    /// When its shopper can't be reached now.
    pub async fn set_budget(&self, visit: &str, minor: Option<i64>) -> Result<bool, AskError> {
        let key = self.keys.shopper(visit_party(visit));
        let question = |answer| Message::Shopper(ToShopper::Budget(minor, answer));
        match self.router.ask(&key, PATIENCE, question).await {
            Ok(()) => Ok(true),
            Err(AskError::Tell(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The carts of all visits that are not long over, newest first.
    ///
    /// # Errors
    /// When a bucket can't be reached now.
    pub async fn visits(&self) -> Result<Vec<Arc<CartView>>, AskError> {
        let mut visits = Vec::new();
        for bucket in self.buckets() {
            let question = |answer| Message::Bucket(ToBucket::Visits(answer));
            visits.extend(
                self.router
                    .ask(self.keys.bucket(bucket), PATIENCE, question)
                    .await?,
            );
        }
        visits.retain(|view| !is_guest(view.party));
        visits.sort_by(|a, b| (b.opened, &b.visit).cmp(&(a.opened, &a.visit)));
        Ok(visits)
    }

    /// Waits until all that is decided by now is in the ledger.
    ///
    /// # Errors
    /// When the bookkeeper can't be reached, or the ledger takes longer than a minute.
    pub async fn flush(&self) -> Result<(), AskError> {
        let question = |answer| Message::Book(ToBook::Flush(answer));
        self.router
            .ask(self.keys.book(), Duration::from_secs(60), question)
            .await
    }

    /// What stands where.
    ///
    /// # Errors
    /// When the bookkeeper can't be reached now.
    pub async fn list_places(&self, query: ShelfQuery) -> Result<ListPlacesResponse, AskError> {
        let question = |answer| Message::Book(ToBook::Places(query, answer));
        let said = self.router.ask(self.keys.book(), PATIENCE, question).await;
        said.map(|said| said.0)
    }

    /// Where that is not what the plan says.
    ///
    /// # Errors
    /// When the bookkeeper can't be reached now.
    pub async fn list_mismatches(
        &self,
        query: ShelfQuery,
    ) -> Result<ListMismatchesResponse, AskError> {
        let question = |answer| Message::Book(ToBook::Mismatches(query, answer));
        let said = self.router.ask(self.keys.book(), PATIENCE, question).await;
        said.map(|said| said.0)
    }

    /// Changes a price from an event time on, and says from when it holds.
    ///
    /// # Errors
    /// When the bookkeeper can't be reached now.
    pub async fn change_price(
        &self,
        product: ProductIx,
        minor: i64,
        from: Time,
    ) -> Result<Time, AskError> {
        let question = |answer| Message::Book(ToBook::Price(product, minor, from, answer));
        self.router.ask(self.keys.book(), PATIENCE, question).await
    }
}
