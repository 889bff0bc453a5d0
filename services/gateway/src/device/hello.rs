//! The hello of an edge: who it is, and which of its devices may send.
//!
//! 1. What makes the whole hello unreadable ends the stream: its name, its pace, how many devices.
//! 2. A device that may not send is refused alone; the others go on. Its place in the welcome is
//!    empty: no ack, no credit.

use std::{collections::HashSet, sync::Arc};

use amble_proto::v1::{
    DeviceError, DeviceErrorCode, DeviceKind, DeviceProgress, DeviceRef, EdgeHello,
    Pace as WirePace, Welcome,
};
use futures_util::future;
use tonic::Status;

use super::door::Door;
use crate::{
    errors,
    limits::{MAX_DEVICES, MAX_EDGE_ID_BYTES, MAX_ID_BYTES},
    ports::{Attached, Devices, Line, Pace},
    replies::{Board, DeviceReplies},
};

/// One place of the hello's list.
pub(crate) struct Desk {
    pub(crate) door: Door,
    pub(crate) line: Box<dyn Line>,
}

/// An edge that may send.
pub(crate) struct Edge {
    pub(crate) id: String,
    pub(crate) pace: Pace,
    pub(crate) board: Arc<Board>,
    /// As the hello has them.
    pub(crate) devices: Vec<DeviceRef>,
    /// In the hello's order; `None` where the device may not send.
    pub(crate) desks: Vec<Option<Desk>>,
}

/// Connects an edge's devices, of those that it may carry. Gives the edge, its welcome, and why devices were refused.
pub(crate) async fn greet(
    shop: &dyn Devices,
    may: &(dyn Fn(&DeviceRef) -> bool + Sync),
    hello: EdgeHello,
) -> Result<(Edge, Welcome, Vec<DeviceError>), Status> {
    let pace = check(&hello)?;
    let board = Board::new(hello.devices.len());
    let mut named = HashSet::new();
    let twice: Vec<bool> = hello.devices.iter().map(|d| !named.insert(d)).collect();
    let edge_id = hello.edge_id.as_str();
    let places = (0_u32..).zip(hello.devices.iter().zip(twice));
    let answers = future::join_all(places.map(|(place, (device, twice))| {
        let replies = DeviceReplies::new(board.clone(), place);
        let may = may(device);
        async move {
            if !may {
                return Err(not_yours());
            }
            let attached = attach(shop, edge_id, device, twice, pace, replies).await;
            attached.map_err(|why| (DeviceErrorCode::UnknownDevice, why))
        }
    }))
    .await;

    let mut errors = Vec::new();
    let mut progress = Vec::with_capacity(answers.len());
    let mut desks = Vec::with_capacity(answers.len());
    for ((place, device), answer) in (0_u32..).zip(&hello.devices).zip(answers) {
        match answer {
            Ok(attached) => {
                progress.push(board.begin(place, attached.position));
                let Attached {
                    sensor,
                    position,
                    line,
                } = attached;
                let name = name(device);
                let door = Door::new(place, &name, sensor, shop.floor(), position);
                desks.push(Some(Desk { door, line }));
            }
            Err((code, message)) => {
                progress.push(DeviceProgress {
                    device: place,
                    ..DeviceProgress::default()
                });
                errors.push(DeviceError {
                    device: Some(place),
                    sequence: 0,
                    code: code.into(),
                    message: format!("{}: {message}", name(device)),
                });
                desks.push(None);
            }
        }
    }
    let welcome = Welcome {
        store_id: shop.store_id().to_owned(),
        devices: progress,
    };
    let edge = Edge {
        id: hello.edge_id,
        pace,
        board,
        devices: hello.devices,
        desks,
    };
    Ok((edge, welcome, errors))
}

/// Rule 1.
fn check(hello: &EdgeHello) -> Result<Pace, Status> {
    let id = &hello.edge_id;
    if id.is_empty() || id.len() > MAX_EDGE_ID_BYTES {
        return Err(errors::bad_hello(format!(
            "an edge_id of {} bytes; give 1 to {MAX_EDGE_ID_BYTES}",
            id.len()
        )));
    }
    let devices = hello.devices.len();
    if !(1..=MAX_DEVICES).contains(&devices) {
        return Err(errors::bad_hello(format!(
            "{devices} devices; an edge carries 1 to {MAX_DEVICES}"
        )));
    }
    match WirePace::try_from(hello.pace) {
        Ok(WirePace::Unspecified | WirePace::RealTime) => Ok(Pace::RealTime),
        Ok(WirePace::EventTime) => Ok(Pace::EventTime),
        Err(_) => Err(errors::bad_hello(format!("{} is no pace", hello.pace))),
    }
}

fn not_yours() -> (DeviceErrorCode, String) {
    let why = "the certificate does not name it; connect with the one that does";
    (DeviceErrorCode::NotYours, why.to_owned())
}

/// Rule 2: the error says why the device may not send.
async fn attach(
    shop: &dyn Devices,
    edge_id: &str,
    device: &DeviceRef,
    twice: bool,
    pace: Pace,
    replies: DeviceReplies,
) -> Result<Attached, String> {
    let length = device.device_id.len();
    if length == 0 || length > MAX_ID_BYTES {
        return Err(format!(
            "a device_id of {length} bytes; give 1 to {MAX_ID_BYTES}"
        ));
    }
    match DeviceKind::try_from(device.kind) {
        Ok(DeviceKind::Camera | DeviceKind::Shelf | DeviceKind::Gate) => {}
        Ok(DeviceKind::Unspecified) | Err(_) => {
            return Err("it is of no kind; say camera, shelf or gate".to_owned());
        }
    }
    if twice {
        return Err("the hello names it twice; its first place counts".to_owned());
    }
    shop.attach(edge_id, device, pace, replies)
        .await
        .map_err(|refused| refused.to_string())
}

/// How messages call a device; an id that is too long is not repeated whole.
fn name(device: &DeviceRef) -> String {
    let kind = device.kind().word();
    let id: String = device.device_id.chars().take(MAX_ID_BYTES / 4).collect();
    format!("{kind} {id}")
}
