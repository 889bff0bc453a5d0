//! To cameras, shelves and gates.

use std::{sync::Arc, time::Instant};

use amble_cluster::NodeId;
use amble_engine::{
    layout::CameraIx,
    time::{Round, Time},
    tracking::{Detection, Prediction},
};
use amble_proto::v1::DeviceFrames;
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use super::{Description, Scan};
use crate::{device::Link, pass::PassError};

/// To a camera, shelf or gate.
#[derive(Debug)]
pub enum ToDevice {
    /// A stream carries this device from now on; the answer says where to go on.
    Attach(Link, oneshot::Sender<Standing>),
    /// The stream with this number is gone.
    Detach(u64),
    /// What the device sent, through the stream with this number.
    Frames(Box<Input>),
    /// The stream with this number sends again from where the actor wanted it, from now on.
    Rewound(u64),
    /// The zone goes on without this device up to here.
    PassOver(Time),
    /// What its zone expects to be seen in a round (cameras only).
    View(Round, Arc<Vec<Prediction>>),
    /// What was folded up to this sequence is in the ledger.
    Durable(u64),
    /// The zone has begun this round: credit may move.
    Begun(Round),
    /// More of the shop is durable, or decided: credit in event time may move.
    Stored,
    /// A phone that stands in for the gate's reader has this pass (gates only); the answer is the
    /// visit.
    Phone(String, oneshot::Sender<Result<String, PassError>>),
    /// The pass of this scan had opened a visit before (gates only).
    Used(Box<Scan>),
    /// The actor was started anew while this stream carries the device.
    Resume(Link),
    /// A node is gone, and its streams with it.
    NodeGone(NodeId),
    /// How it sees itself now, for whoever looks into the shop.
    Describe(oneshot::Sender<Description>),
}

/// Frames on their way to their device.
#[derive(Debug)]
pub struct Input {
    /// Which stream they came by.
    pub stream: u64,
    /// The frames.
    pub frames: DeviceFrames,
    /// The device has sent all that it captured before this time.
    pub complete_until: Option<Time>,
    /// When they came in.
    pub arrived: Instant,
}

/// Where a device stands, for a stream that begins.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Standing {
    /// The last sequence taken.
    pub taken: u64,
    /// Capture time of the last frame taken.
    pub taken_until: Option<Time>,
    /// The last sequence acked.
    pub acked: u64,
    /// Event time up to which frames may be sent.
    pub credit_until: Time,
}

/// One camera frame, decoded once and shared by all who are told of it.
#[derive(Debug)]
pub struct Frame {
    /// The camera.
    pub camera: CameraIx,
    /// When it was captured.
    pub time: Time,
    /// Its sequence.
    pub sequence: u64,
    /// How many detections come before the first that is here: between nodes, only those travel that
    /// somebody is told of.
    pub first: usize,
    /// The people in it.
    pub detections: Vec<Detection>,
}

/// A detection, by its place in a frame.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(from = "SeenAlone", into = "SeenAlone")]
pub struct Seen {
    /// The frame.
    pub frame: Arc<Frame>,
    /// Which of its detections.
    pub at: usize,
}

/// The same on its way to another node.
#[derive(Serialize, Deserialize)]
struct SeenAlone {
    camera: CameraIx,
    time: Time,
    sequence: u64,
    at: usize,
    detection: Detection,
}

impl From<Seen> for SeenAlone {
    fn from(seen: Seen) -> Self {
        Self {
            camera: seen.frame.camera,
            time: seen.frame.time,
            sequence: seen.frame.sequence,
            at: seen.at,
            detection: seen.detection().clone(),
        }
    }
}

impl From<SeenAlone> for Seen {
    fn from(alone: SeenAlone) -> Self {
        let frame = Frame {
            camera: alone.camera,
            time: alone.time,
            sequence: alone.sequence,
            first: alone.at,
            detections: vec![alone.detection],
        };
        Self {
            frame: Arc::new(frame),
            at: alone.at,
        }
    }
}

impl Seen {
    /// The detection itself.
    #[must_use]
    pub fn detection(&self) -> &Detection {
        &self.frame.detections[self.at - self.frame.first]
    }

    /// What orders the inputs of a round (rule T2).
    #[must_use]
    pub fn order(&self) -> (Time, CameraIx, u64, usize) {
        (
            self.frame.time,
            self.frame.camera,
            self.frame.sequence,
            self.at,
        )
    }
}
