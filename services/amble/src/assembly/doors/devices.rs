//! Devices: their frames on the way in, and what they are told.

use std::{sync::Arc, time::Instant};

use amble_cluster::Key;
use amble_engine::time::Time;
use amble_gateway::{
    DeviceReplies, DeviceReply,
    ports::{AttachRefused, Attached, Devices, Floor, Line, Pace, Position, Sensor},
};
use amble_proto::v1::{DeviceFrames, DeviceRef, ServingState};
use amble_store::{Device, Input, Reply, Shop, Standing};
use async_trait::async_trait;

use super::Doors;

/// A device's frames on their way to its actor.
struct ToActor {
    shop: Arc<Shop>,
    device: Key,
    stream: u64,
}

impl Line for ToActor {
    fn send(&self, frames: DeviceFrames, complete_until_us: i64, arrived: Instant) {
        let complete_until = (complete_until_us > 0).then_some(Time(complete_until_us));
        let input = Input {
            stream: self.stream,
            frames,
            complete_until,
            arrived,
        };
        self.shop.sensed(&self.device, input);
    }

    fn rewound(&self) {
        self.shop.rewound(&self.device, self.stream);
    }
}

impl Drop for ToActor {
    fn drop(&mut self) {
        self.shop.detach(&self.device, self.stream);
    }
}

fn answer(reply: Reply) -> DeviceReply {
    match reply {
        Reply::Progress {
            acked,
            credit_until,
        } => DeviceReply::Progress {
            acked_sequence: acked,
            credit_until_us: credit_until.0,
        },
        Reply::Resend { from } => DeviceReply::Resend {
            from_sequence: from,
        },
        Reply::Refused {
            sequence,
            code,
            message,
        } => DeviceReply::Refused {
            sequence,
            code,
            message,
        },
        Reply::Superseded => DeviceReply::Superseded,
    }
}

#[async_trait]
impl Devices for Doors {
    fn store_id(&self) -> &str {
        &self.shop.plan.plan.store
    }

    fn floor(&self) -> Floor {
        floor(&self.shop)
    }

    fn serving(&self) -> ServingState {
        if self.shop.is_put_out() {
            ServingState::GoElsewhere
        } else if self.shop.stats.ledger_is_away() {
            ServingState::WaitingForLedger
        } else {
            ServingState::Serving
        }
    }

    fn sends_on(&self, devices: &[DeviceRef]) -> bool {
        let id = |device: &DeviceRef| self.shop.device_id(device.kind(), &device.device_id);
        let keys = devices.iter().filter_map(|device| Some(id(device)?.key));
        self.shop.sends_on(&keys.collect::<Vec<_>>())
    }

    async fn attach(
        &self,
        _: &str,
        device: &DeviceRef,
        pace: Pace,
        replies: DeviceReplies,
    ) -> Result<Attached, AttachRefused> {
        let found = self.shop.find_device(device.kind(), &device.device_id);
        let sensor = sensor(&self.shop, found.ok_or(AttachRefused::Unknown)?);
        let id = self.shop.device_id(device.kind(), &device.device_id);
        let key = id.ok_or(AttachRefused::Unknown)?.key;
        let link = self.shop.link(pace == Pace::EventTime, move |reply| {
            replies.send(answer(reply));
        });
        let stream = link.stream;
        let standing =
            self.shop
                .attach(&key, link)
                .await
                .map_err(|error| AttachRefused::NotNow {
                    why: error.to_string(),
                })?;
        let line = Box::new(ToActor {
            shop: Arc::clone(&self.shop),
            device: key,
            stream,
        });
        Ok(Attached {
            sensor,
            position: position(standing),
            line,
        })
    }
}

/// The bounding box of a shop's floor.
#[expect(clippy::cast_possible_truncation, reason = "metres of a shop")]
pub(in crate::assembly) fn floor(shop: &Shop) -> Floor {
    let (low, high) = shop.plan.layout.floor.bounds();
    Floor {
        low: [low.x as f32, low.y as f32],
        high: [high.x as f32, high.y as f32],
    }
}

/// What the plan says of a device.
pub(in crate::assembly) fn sensor(shop: &Shop, device: Device) -> Sensor {
    match device {
        Device::Camera(_) => Sensor::Camera,
        Device::Gate(_) => Sensor::Gate,
        Device::Shelf(shelf) => Sensor::Shelf {
            plates: shop.plan.layout.shelves[shelf.at()].plate_count as usize,
        },
    }
}

fn position(standing: Standing) -> Position {
    Position {
        taken_sequence: standing.taken,
        taken_until_us: standing.taken_until.map(|time| time.0),
        acked_sequence: standing.acked,
        credit_until_us: standing.credit_until.0,
    }
}
