//! A camera: matches what it sees to the tracks that are expected in its view.
//!
//! Its frames are never stored, and its acks say only that they were taken: it keeps the last ten
//! seconds and sends them again. What it matched in them is stored once a second ([`Lately`]).

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::Instant,
};

use amble_engine::{
    evidence::TrackId,
    layout::CameraIx,
    time::{Round, Time},
    tracking::{Matcher, Matching, Prediction},
};
use amble_proto::v1::{CameraFrame, DeviceErrorCode, DeviceFrames, Wait};
use ractor::{Actor, ActorProcessingErr, ActorRef};

use super::{Desk, Lately, StoredMatches, Task, convert};
use crate::{
    codec,
    inspect::{count, wait},
    message::{CameraRound, Frame, Seen, ToDevice, ToZone},
    round::is_cut,
    telemetry,
};

/// The actor of one camera.
#[derive(Debug)]
pub struct Camera;

/// What it keeps: frames that wait for their round's view, and views that wait for their frames.
#[derive(Debug)]
pub struct State {
    desk: Desk,
    camera: CameraIx,
    frames: VecDeque<Arc<Frame>>,
    views: VecDeque<(Round, Arc<Vec<Prediction>>)>,
    matcher: Matcher,
    /// When it last looked at a round.
    looked: Instant,
    /// The first round that is looked at; earlier ones were decided before the actor began.
    first: Round,
    /// What was matched before, by sequence.
    before: BTreeMap<u64, (Time, Vec<(TrackId, usize)>)>,
    lately: Lately,
}

impl Actor for Camera {
    type Msg = ToDevice;
    type State = State;
    type Arguments = (CameraIx, StoredMatches, Desk);

    async fn pre_start(
        &self,
        _: ActorRef<ToDevice>,
        (camera, before, desk): (CameraIx, StoredMatches, Desk),
    ) -> Result<State, ActorProcessingErr> {
        let layout = &desk.shop.plan.layout;
        let matcher = Matcher::new(layout.sensors, layout.cameras[camera.at()].view.area());
        Ok(State {
            first: desk.next,
            before: Lately::restore(before),
            lately: Lately::default(),
            desk,
            camera,
            frames: VecDeque::new(),
            views: VecDeque::new(),
            matcher,
            looked: Instant::now(),
        })
    }

    async fn handle(
        &self,
        _: ActorRef<ToDevice>,
        message: ToDevice,
        state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        let began = Instant::now();
        match state.desk.handle(message) {
            Some(Task::Frames(frames, _)) => state.frames(frames),
            Some(Task::View(round, view)) => state.views.push_back((round, view)),
            Some(Task::Describe(mut said, answer)) => {
                said.waits.extend(state.waits_for_view());
                Desk::say_how_it_is(said, answer, |own| {
                    own.waiting_frames = count(state.frames.len());
                });
            }
            _ => {}
        }
        state.advance();
        state.desk.meter.spent(began);
        Ok(())
    }
}

impl State {
    fn frames(&mut self, frames: DeviceFrames) {
        for frame in frames.camera {
            if frame.sequence > self.desk.taken {
                self.take(frame);
            }
        }
        // A camera's frames are never stored: to have been taken is all that its ack says.
        let taken = self.desk.taken;
        if taken >= self.desk.acked() + 10 {
            self.desk.ack(taken);
        }
    }

    fn take(&mut self, frame: CameraFrame) {
        let time = Time(frame.capture_time_us);
        let shop = Arc::clone(&self.desk.shop);
        let good = self.desk.begin(frame.sequence, &frame);
        self.desk.take(frame.sequence, time);
        if !good || time.round() < self.first {
            return;
        }
        if time.round() < self.desk.next {
            telemetry::late_frame();
            shop.stats.late_frame();
            self.desk.refuse(
                frame.sequence,
                DeviceErrorCode::TooLate,
                format!(
                    "the frame was captured at {} µs, and round {} has been closed; \
                     send frames within 300 ms",
                    time.0,
                    self.desk.next.0 - 1
                ),
            );
            return;
        }
        shop.stats.camera_frame(frame.detections.len());
        let names = &shop.plan.names;
        self.frames.push_back(convert::frame(
            self.camera,
            frame,
            &shop.plan.layout.sensors,
            names,
        ));
    }

    /// Its frames are there, and what its zone expects to be seen in them is not.
    fn waits_for_view(&self) -> Option<Wait> {
        let round = self.desk.finished()?;
        let zone = self.desk.id.key.shard().to_owned();
        wait(
            "what its zone expects to be seen",
            round,
            vec![zone],
            self.looked.elapsed(),
        )
    }

    /// Works off every round whose frames and view are both there.
    fn advance(&mut self) {
        while let Some(round) = self.desk.finished() {
            while self.views.front().is_some_and(|(r, _)| *r < round) {
                self.views.pop_front();
            }
            if self.views.front().is_none_or(|(r, _)| *r != round) {
                return;
            }
            let Some((_, view)) = self.views.pop_front() else {
                return;
            };
            if let Some(answer) = self.look(round, &view) {
                self.desk.tell_zone(ToZone::Camera(answer));
            }
            self.store(round);
            self.looked = Instant::now();
            self.desk.report(round);
        }
    }

    /// Once a second, with the zone's cut and before it: what a replay has to match alike.
    fn store(&mut self, round: Round) {
        if is_cut(round)
            && let Some(newest) = self.lately.newest()
        {
            let state = || codec::encode(&self.lately.stored());
            self.desk.save(newest, state);
        }
    }

    /// What the frames of a round show; nothing when there are none.
    fn look(&mut self, round: Round, view: &[Prediction]) -> Option<CameraRound> {
        let began = Instant::now();
        let mut looked = false;
        let mut answer = CameraRound {
            camera: self.camera,
            round,
            matched: Vec::new(),
            unclaimed: Vec::new(),
        };
        while self
            .frames
            .front()
            .is_some_and(|frame| frame.time.round() <= round)
        {
            let Some(frame) = self.frames.pop_front() else {
                break;
            };
            looked = true;
            let known = self.before.remove(&frame.sequence);
            let known = known.filter(|(time, _)| *time == frame.time);
            let matching = if let Some((time, pairs)) = known {
                let matching = alike(pairs, frame.detections.len());
                self.matcher
                    .was_matched(time, &matching.pairs, &frame.detections);
                matching
            } else {
                self.matcher
                    .match_frame(frame.time, view, &frame.detections)
            };
            self.lately
                .keep(frame.sequence, frame.time, &matching.pairs);
            self.desk.end();
            let seen = |at: usize| Seen {
                frame: Arc::clone(&frame),
                at,
            };
            answer
                .matched
                .extend(matching.pairs.iter().map(|&(track, at)| (track, seen(at))));
            answer
                .unclaimed
                .extend(matching.unclaimed.iter().map(|&at| seen(at)));
        }
        telemetry::matched(began.elapsed());
        looked.then_some(answer)
    }
}

/// The matching that these pairs are.
fn alike(mut pairs: Vec<(TrackId, usize)>, detections: usize) -> Matching {
    pairs.retain(|&(_, at)| at < detections);
    let unclaimed = (0..detections).filter(|at| pairs.iter().all(|(_, taken)| taken != at));
    Matching {
        unclaimed: unclaimed.collect(),
        pairs,
    }
}
