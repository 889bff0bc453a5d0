//! Steps 1 and 2: the cameras are told what to expect; borders are shared.

use std::{collections::BTreeMap, sync::Arc};

use amble_engine::{
    layout::{CameraIx, ZoneIx},
    time::Round,
};

use super::actor::State;
use crate::{
    message::{Border, Outlook, Seen, ToDevice, ToZone},
    round::LAG,
};

impl State {
    /// Takes the buckets' next whole round: its answers for step 4, its outlooks for step 1.
    pub(super) fn take_buckets(&mut self) -> bool {
        let round = self.buckets.next();
        // The answers of a round make sense only once its questions were sent.
        if round >= self.close {
            return false;
        }
        let Some(messages) = self.buckets.take() else {
            return false;
        };
        let mut outlooks = Vec::new();
        for message in &messages {
            outlooks.extend(message.outlooks.iter().cloned());
            self.people.note(message);
        }
        outlooks.sort_by_key(|o| o.prediction.track);
        self.outlooks.push_back((round.plus(LAG), outlooks));
        if round >= self.first {
            self.record(round, &messages);
        }
        true
    }

    /// Step 1. In event time, no further beyond what is durable than edges may send: also the rounds for
    /// which nobody sends anything pass so fast that a peer could not follow.
    pub(super) fn look(&mut self) -> bool {
        let next = self.outlooks.front().map(|&(round, _)| round);
        if next != Some(self.look) {
            return false;
        }
        let may_look = |lead| self.look.end() <= lead;
        if self.shop.event_time && !self.shop.durable.lead().is_none_or(may_look) {
            return false;
        }
        let Some((round, outlooks)) = self.outlooks.pop_front() else {
            return false;
        };
        for &camera in &self.cameras {
            self.show(camera, round, &outlooks);
        }
        self.shown.insert(round, outlooks);
        self.look = round.next();
        self.silence.opened();
        // In real time an edge sees by it that the shop decides; in event time it is only how far ahead
        // the edge may run.
        if !self.shop.event_time || round.0 % 5 == 0 {
            self.devices.tell_all(&|| ToDevice::Begun(round));
        }
        true
    }

    fn show(&self, camera: CameraIx, round: Round, outlooks: &[Outlook]) {
        let view = &self.shop.plan.layout.cameras[camera.at()].view;
        let expected = outlooks
            .iter()
            .map(|outlook| &outlook.prediction)
            .filter(|prediction| prediction.may_be_in(view))
            .cloned()
            .collect();
        self.devices
            .tell_camera(camera, ToDevice::View(round, Arc::new(expected)));
    }

    /// A camera has started anew: it has forgotten the views of the open rounds.
    pub(super) fn show_again(&self, camera: CameraIx) {
        for (&round, outlooks) in &self.shown {
            self.show(camera, round, outlooks);
        }
    }

    /// Step 2.
    pub(super) fn border(&mut self) -> bool {
        let round = self.border;
        if self
            .sensed
            .get(&round)
            .is_none_or(|sensed| sensed.whole.is_none())
        {
            return false;
        }
        let mut abroad = self.unclaimed_abroad(round);
        let looked: Vec<CameraIx> = self
            .sensed
            .get(&round)
            .map(|sensed| sensed.cameras.iter().map(|c| c.camera).collect())
            .unwrap_or_default();
        for &zone in &self.neighbours {
            let unclaimed = abroad.remove(&zone).unwrap_or_default();
            let border = Arc::new(Border {
                from: self.zone,
                round,
                looked: looked.clone(),
                unclaimed,
            });
            if let Some(outbox) = self.to_zones.get_mut(&zone) {
                outbox.keep(round, Arc::clone(&border));
            }
            self.shop.tell_zone(zone, ToZone::Border(border));
        }
        self.border = round.next();
        true
    }

    /// Unclaimed detections of a round that lie on a neighbour's floor; they are taken out.
    fn unclaimed_abroad(&mut self, round: Round) -> BTreeMap<ZoneIx, Vec<Seen>> {
        let mut abroad = BTreeMap::<_, Vec<Seen>>::new();
        let layout = &self.shop.plan.layout;
        let own = &layout.zones[self.zone.at()].outline;
        let Some(sensed) = self.sensed.get_mut(&round) else {
            return abroad;
        };
        for camera in &mut sensed.cameras {
            camera.unclaimed.retain(|seen| {
                let place = seen.detection().position;
                if own.contains(place) {
                    return true;
                }
                // Beyond the floor, before a gate: the nearest.
                let whose = self
                    .neighbours
                    .iter()
                    .chain([&self.zone])
                    .map(|&n| (layout.zones[n.at()].outline.distance(place), n))
                    .min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
                match whose {
                    Some((_, zone)) if zone != self.zone => {
                        abroad.entry(zone).or_default().push(seen.clone());
                        false
                    }
                    _ => true,
                }
            });
        }
        abroad
    }
}
