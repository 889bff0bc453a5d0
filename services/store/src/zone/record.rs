//! Step 4: interactions are written down, then reported; acks follow.
//!
//! One transaction holds a round's interactions, the states of the folds that found them, and, once
//! a second, the zone's cut. So what a restarted zone reads is of one piece (L1).

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::Instant,
};

use amble_cluster::Key;
use amble_engine::{
    evidence::{Interaction, TrackEvidence, WeightChange},
    layout::ShelfIx,
    time::{Round, Time},
};
use amble_ledger::Entry;

use super::{actor::State, contact::ContactAt};
use crate::{
    codec, grab,
    message::{
        BucketRound, DeviceSave, Message, Scan, ShelfNews, ToBook, ToDevice, ToZone, ZoneReport,
    },
    names::frame_name,
    recover::Recorded,
    round::is_cut,
};

/// What waits for its round to be recorded.
#[derive(Debug, Default)]
pub(super) struct Records {
    /// Closed, but the answers are not there.
    waiting: BTreeMap<Round, Waiting>,
    /// Reports in order; one is sent when its interactions are on disk and all before it are sent.
    reports: VecDeque<(ZoneReport, bool)>,
    /// Acks that wait for their round's write.
    acks: BTreeMap<Round, Vec<(Key, u64)>>,
    /// The last sequence of each device that was given to the ledger: a device that starts anew
    /// may close the same changes once more.
    given: BTreeMap<Key, u64>,
    /// What was recorded before the zone began here: its shelves do not find it again.
    before: Recorded,
}

#[derive(Debug)]
struct Waiting {
    changes: Vec<(ShelfIx, u64, WeightChange, Instant)>,
    contacts: Vec<ContactAt>,
    saves: Vec<(Key, String, DeviceSave)>,
    unrest: Vec<(ShelfIx, Option<Time>)>,
    complete: Instant,
    /// The zone's state at the end of the round, when it is to be stored. It is taken when the round
    /// is closed: by the time that its answers are there, later ones may be.
    cut: Option<Vec<u8>>,
}

impl Records {
    pub(super) fn new(before: Recorded) -> Self {
        Self {
            before,
            ..Self::default()
        }
    }

    /// Rounds that wait for their answers, and rounds that are recorded and not reported.
    pub(super) fn open(&self) -> (usize, usize) {
        (self.waiting.len(), self.reports.len())
    }
}

impl State {
    /// Keeps what a round brought until its answers are there; gives back the scans, in order.
    pub(super) fn note(
        &mut self,
        round: Round,
        news: Vec<ShelfNews>,
        contacts: Vec<ContactAt>,
        scans: Vec<(Scan, DeviceSave)>,
        complete: Instant,
    ) -> Vec<Scan> {
        let mut waiting = Waiting {
            changes: Vec::new(),
            contacts,
            saves: Vec::new(),
            unrest: Vec::new(),
            complete,
            cut: is_cut(round).then(|| codec::encode(self.people.cut())),
        };
        for shelf in news {
            let changes = shelf.changes.into_iter();
            waiting
                .changes
                .extend(changes.map(|(seq, c, at)| (shelf.shelf, seq, c, at)));
            waiting.unrest.push((shelf.shelf, shelf.unrest));
            if let Some(save) = shelf.save {
                let (key, id) = self.devices.shelf(shelf.shelf);
                waiting.saves.push((key, id, save));
            }
        }
        waiting
            .changes
            .sort_by_key(|(shelf, sequence, c, _)| (c.closed, *shelf, *sequence));
        let mut passes = Vec::new();
        for (scan, save) in scans {
            let (key, id) = self.devices.gate(scan.gate);
            waiting.saves.push((key, id, save));
            passes.push(scan);
        }
        passes.sort();
        self.records.waiting.insert(round, waiting);
        passes
    }

    /// The answers of a round are there.
    pub(super) fn record(&mut self, round: Round, answers: &[Arc<BucketRound>]) {
        self.refuse_scans(answers);
        let Some(waiting) = self.records.waiting.remove(&round) else {
            return;
        };
        for (shelf, unrest) in waiting.unrest {
            match unrest {
                Some(since) => self.unrest.insert(shelf, since),
                None => self.unrest.remove(&shelf),
            };
        }
        let mut evidence = BTreeMap::<(ShelfIx, u64), Vec<TrackEvidence>>::new();
        for (ask, answer) in answers.iter().flat_map(|bucket| &bucket.answers) {
            evidence.entry(*ask).or_default().push(answer.clone());
        }
        let mut entries = Vec::new();
        let mut interactions = Vec::new();
        for (shelf, sequence, change, at) in waiting.changes {
            let mut evidence = evidence.remove(&(shelf, sequence)).unwrap_or_default();
            evidence.sort_by_key(|track| track.track);
            let interaction = Interaction {
                shelf,
                sequence,
                change,
                contact: None,
                evidence,
            };
            entries.push(self.entry(round, &interaction));
            interactions.push((Arc::new(interaction), at));
        }
        for contact in waiting.contacts {
            let mut evidence = evidence.remove(&contact.name()).unwrap_or_default();
            evidence.sort_by_key(|track| track.track);
            let interaction = contact.interaction(round, evidence);
            let name = (interaction.shelf, interaction.sequence);
            grab::closed(&self.shop, name, &interaction.change, waiting.complete);
            entries.push(self.entry(round, &interaction));
            interactions.push((Arc::new(interaction), waiting.complete));
        }
        let mut acks = Vec::new();
        for (key, device, save) in waiting.saves {
            let given = self
                .records
                .given
                .entry(key.clone())
                .or_insert(save.continues_from);
            if save.sequence <= *given {
                continue;
            }
            entries.push(Entry::DeviceState {
                device,
                continues_from: *given,
                sequence: save.sequence,
                capture_us: save.captured.0,
                state: save.state,
            });
            *given = save.sequence;
            acks.push((key, save.sequence));
        }
        if let Some(body) = waiting.cut {
            entries.push(Entry::Cut {
                round: round.0,
                body,
            });
        }
        let ready = interactions.is_empty();
        let before = self.records.before.remove(&round).unwrap_or_default();
        interactions.extend(before.into_iter().map(|i| (i, waiting.complete)));
        let report = ZoneReport {
            zone: self.zone,
            round,
            interactions,
            unrest: self
                .unrest
                .iter()
                .map(|(&shelf, &since)| (shelf, since))
                .collect(),
            complete: waiting.complete,
        };
        self.records.reports.push_back((report, ready));
        self.records.acks.insert(round, acks);
        if !entries.is_empty() {
            let myself = self.myself.clone();
            self.writer.write(entries, move |_| {
                let _ = myself.cast(ToZone::Written(round));
            });
        }
        self.report_ready();
    }

    fn entry(&self, round: Round, interaction: &Interaction) -> Entry {
        let shelf = self.shop.plan.names.shelf(interaction.shelf).to_owned();
        Entry::Interaction {
            id: frame_name(&shelf, interaction.sequence),
            shelf,
            sequence: interaction.sequence,
            round: round.0,
            closed_us: interaction.change.closed.0,
            body: codec::encode(interaction),
        }
    }

    /// A round's writes are durable: acks move, and the bookkeeper hears of it.
    pub(super) fn written(&mut self, round: Round) {
        for (key, sequence) in self.records.acks.remove(&round).unwrap_or_default() {
            self.shop
                .tell(&key, Message::Device(ToDevice::Durable(sequence)));
        }
        if let Some((report, ready)) = self
            .records
            .reports
            .iter_mut()
            .find(|(r, ready)| r.round == round && !ready)
        {
            *ready = true;
            for (interaction, found) in &report.interactions {
                grab::recorded(&self.shop, interaction, *found);
            }
            self.shop.hooks.before_report(round);
        }
        self.report_ready();
    }

    fn report_ready(&mut self) {
        while self
            .records
            .reports
            .front()
            .is_some_and(|(_, ready)| *ready)
        {
            let Some((report, _)) = self.records.reports.pop_front() else {
                return;
            };
            let report = Arc::new(report);
            self.to_book.keep(report.round, Arc::clone(&report));
            self.shop.tell_book(ToBook::Zone(report));
        }
    }

    /// Tells the gates which passes had been used before.
    fn refuse_scans(&self, answers: &[Arc<BucketRound>]) {
        for scan in answers.iter().flat_map(|bucket| &bucket.refused) {
            let (key, _) = self.devices.gate(scan.gate);
            self.shop.tell(
                &key,
                Message::Device(ToDevice::Used(Box::new(scan.clone()))),
            );
        }
    }
}
