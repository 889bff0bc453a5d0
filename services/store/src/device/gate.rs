//! A gate: passes that were scanned.
//!
//! A scan is kept in the gate's stored state for a minute, so that a shop that starts anew a few
//! seconds back finds it again though the gate may have forgotten it.

use std::time::Instant;

use amble_engine::{layout::GateIx, time::Time};
use amble_proto::v1::{DeviceErrorCode, DeviceFrames, GateEvent, gate_event::Event};
use amble_trust::refused;
use ractor::{Actor, ActorProcessingErr, ActorRef};
use serde::{Deserialize, Serialize};

use super::{Desk, Task};
use crate::{
    codec,
    inspect::count,
    message::{DeviceSave, Scan, ToDevice, ToZone},
    pass::PassError,
};

/// The actor of one gate.
#[derive(Debug)]
pub struct Gate;

/// How long a scan is kept, in microseconds of event time: longer than any replay.
const KEPT_US: i64 = 60_000_000;

/// The sequence of a scan by a phone: no device's, since those count from 1.
const PHONE: u64 = 0;

/// What is stored of a gate.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Scans {
    /// The scans of the last minute.
    pub recent: Vec<Scan>,
}

/// What it keeps.
#[derive(Debug)]
pub struct State {
    desk: Desk,
    gate: GateIx,
    scans: Scans,
    stored: u64,
}

impl Actor for Gate {
    type Msg = ToDevice;
    type State = State;
    type Arguments = (GateIx, Scans, Desk);

    async fn pre_start(
        &self,
        _: ActorRef<ToDevice>,
        (gate, scans, desk): (GateIx, Scans, Desk),
    ) -> Result<State, ActorProcessingErr> {
        let stored = desk.taken;
        let mut state = State {
            desk,
            gate,
            scans,
            stored,
        };
        let again: Vec<Scan> = state
            .scans
            .recent
            .iter()
            .filter(|s| s.round >= state.desk.next)
            .cloned()
            .collect();
        for scan in again {
            let save = state.save(&scan);
            state.desk.tell_zone(ToZone::Scan(Box::new(scan), save));
        }
        Ok(state)
    }

    async fn handle(
        &self,
        _: ActorRef<ToDevice>,
        message: ToDevice,
        state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        let began = Instant::now();
        match state.desk.handle(message) {
            Some(Task::Frames(frames, _)) => state.frames(&frames),
            Some(Task::Phone(token, answer)) => {
                let _ = answer.send(state.phone(token));
            }
            Some(Task::Used(scan)) => {
                let error = PassError::Used(scan.visit);
                state.refuse(scan.sequence, &error);
            }
            Some(Task::Describe(said, answer)) => Desk::say_how_it_is(said, answer, |own| {
                own.recent_scans = count(state.scans.recent.len());
            }),
            _ => {}
        }
        while let Some(round) = state.desk.finished() {
            state.desk.report(round);
        }
        state.desk.meter.spent(began);
        Ok(())
    }
}

impl State {
    fn frames(&mut self, frames: &DeviceFrames) {
        for event in &frames.gate {
            if event.sequence == PHONE {
                // Only a recording holds these.
                self.scanned(event, Time(event.capture_time_us));
            } else if event.sequence > self.desk.taken {
                self.event(event);
            }
        }
    }

    fn event(&mut self, event: &GateEvent) {
        let time = Time(event.capture_time_us);
        let good = self.desk.begin(event.sequence, event);
        self.desk.take(event.sequence, time);
        if good {
            self.scanned(event, time);
            self.desk.end();
        }
    }

    fn scanned(&mut self, event: &GateEvent, time: Time) {
        let Some(Event::PassToken(token)) = &event.event else {
            return;
        };
        if let Err(error) = self.scan(event.sequence, token, time) {
            self.refuse(event.sequence, &error);
        }
    }

    fn refuse(&mut self, sequence: u64, error: &PassError) {
        refused("gate", error.reason(), &self.desk.id.key, error);
        let message = error.to_string();
        let code = if error.wants_a_fresh_code() {
            DeviceErrorCode::PassNotFresh
        } else {
            DeviceErrorCode::PassRefused
        };
        self.desk.refuse(sequence, code, message);
    }

    fn scan(&mut self, sequence: u64, token: &str, time: Time) -> Result<String, PassError> {
        let claims = self.desk.shop.verifier.opens(token, time)?;
        // Scans take effect in the order in which they came, a phone's among the reader's: what is
        // stored of one holds all before it.
        let latest = self
            .scans
            .recent
            .last()
            .map_or(self.desk.next, |scan| scan.round);
        let scan = Scan {
            round: time.round().max(self.desk.next).max(latest),
            time,
            gate: self.gate,
            sequence,
            visit: claims.jti.clone(),
            party_size: claims.party,
            bill: claims.bill(),
        };
        self.scans
            .recent
            .retain(|old| time.0 - old.time.0 < KEPT_US);
        self.scans.recent.push(scan.clone());
        let save = self.save(&scan);
        self.desk.tell_zone(ToZone::Scan(Box::new(scan), save));
        Ok(claims.jti)
    }

    /// A phone scans in place of the reader: now, as far as the gate has come.
    fn phone(&mut self, token: String) -> Result<String, PassError> {
        let time = self.desk.next.start();
        let visit = self.scan(PHONE, &token, time)?;
        let event = GateEvent {
            sequence: PHONE,
            capture_time_us: time.0,
            event: Some(Event::PassToken(token)),
        };
        self.desk.record(
            &DeviceFrames {
                gate: vec![event],
                ..DeviceFrames::default()
            },
            None,
        );
        Ok(visit)
    }

    fn save(&mut self, scan: &Scan) -> DeviceSave {
        let save = DeviceSave {
            round: scan.round,
            continues_from: self.stored,
            sequence: self.desk.taken,
            captured: self.desk.taken_until.unwrap_or(scan.time),
            state: codec::encode(&self.scans),
        };
        self.stored = save.sequence;
        save
    }
}
