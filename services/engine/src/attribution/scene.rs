//! What one interaction shows, whatever the world: readings, the runs of plates that one hand may
//! have moved, and who could reach them.

use serde::{Deserialize, Serialize};

use crate::{
    evidence::{Interaction, PartyId, PlateChange, TrackEvidence},
    layout::{Layout, PlateIx, ShelfIx},
    time::Time,
};

use super::{
    Settings,
    reach::{Arms, Target, reach, with_two_hands},
    sight::Sight,
    taken::Taken,
};

/// One plate's step.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// The plate.
    pub plate: PlateIx,
    /// Weight after minus before, in grams.
    pub delta_g: f64,
    /// Its variance, in g².
    pub variance: f64,
    /// First unrest.
    pub start: Time,
    /// Rest.
    pub end: Time,
}

/// Neighbouring readings that one piece of goods may have caused.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// The first reading.
    pub first: usize,
    /// One past the last.
    pub end: usize,
    /// Sum of the steps, in grams.
    pub sum_g: f64,
    /// Its variance, in g².
    pub variance: f64,
    /// Whether all these plates were restless at the same time.
    pub together: bool,
    /// For each suspect: log-likelihood ratio that it reached here.
    pub reach: Vec<f64>,
    /// For each suspect that was tracked: how.
    pub arms: Vec<Arms>,
}

/// Somebody who may have done it.
#[derive(Clone, Debug, PartialEq)]
pub struct Suspect {
    /// The party; `None` is somebody whom no camera tracked.
    pub party: Option<PartyId>,
    /// The items seen in its hands.
    pub sight: Sight,
}

/// One interaction, read.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    /// The shelf.
    pub shelf: ShelfIx,
    /// Ascending by plate.
    pub readings: Vec<Reading>,
    /// Plates of the shelf that tell nothing, ascending.
    pub silent: Vec<PlateIx>,
    /// Plates on which something rested that may have left them now, ascending.
    pub rested: Vec<PlateIx>,
    /// All runs of at most four readings, ascending by (first, end).
    pub spans: Vec<Span>,
    /// Ascending by party, the unseen one last.
    pub suspects: Vec<Suspect>,
    /// What was put down on the shelf before, the newest first, by the plates that it weighed on.
    pub lain: Vec<Vec<Reading>>,
    /// What was taken before that may matter: by the suspects, or what weighs what was put down.
    pub taken: Vec<Taken>,
}

/// A unit is not wider than four plates of 10 cm.
const WIDEST: usize = 4;
/// One silent plate may lie between two that moved.
const GAP: u32 = 2;

impl Scene {
    /// Reads an interaction.
    #[must_use]
    pub fn of(layout: &Layout, interaction: &Interaction, settings: &Settings) -> Self {
        let readings = readings(layout, &interaction.change.plates, settings);
        let mut parties: Vec<(PartyId, Vec<&TrackEvidence>)> = Vec::new();
        for track in &interaction.evidence {
            match parties.binary_search_by_key(&track.party, |p| p.0) {
                Ok(at) => parties[at].1.push(track),
                Err(at) => parties.insert(at, (track.party, vec![track])),
            }
        }
        for (_, tracks) in &mut parties {
            tracks.sort_by_key(|t| t.track);
        }
        let mut spans = spans(&readings);
        for span in &mut spans {
            let covered = &readings[span.first..span.end];
            let plates = covered
                .iter()
                .filter_map(|r| Some((layout.plates.get(r.plate.at())?, r.delta_g)));
            let start = covered.iter().map(|r| r.start).min().unwrap_or_default();
            let end = covered.iter().map(|r| r.end).max().unwrap_or_default();
            if let Some(target) = Target::of(plates, start, end) {
                let of = |p: &(PartyId, Vec<&TrackEvidence>)| reach(&p.1, &target, settings);
                (span.reach, span.arms) = parties.iter().map(of).unzip();
            }
        }
        keep_nearest(&mut parties, &mut spans, settings.suspects);
        let change = &interaction.change;
        let mut suspects: Vec<Suspect> = parties
            .iter()
            .map(|(party, tracks)| Suspect {
                party: Some(*party),
                sight: Sight::of(tracks, change.start, change.end),
            })
            .collect();
        suspects.push(Suspect {
            party: None,
            sight: Sight::default(),
        });
        for span in &mut spans {
            span.reach.push(settings.unseen);
        }
        Self {
            shelf: interaction.shelf,
            readings,
            silent: change.silent.clone(),
            rested: Vec::new(),
            spans,
            suspects,
            lain: Vec::new(),
            taken: Vec::new(),
        }
    }
}

impl Scene {
    /// Log-likelihood ratio that a suspect reached some places, 0 for none. A hand that came near one came near
    /// its neighbours too: it counts once, by the place that fits it least. Two places may be reached with
    /// two hands, which count both.
    pub(super) fn reached(&self, suspect: usize, spans: &[usize]) -> f64 {
        let each = spans.iter().map(|&span| self.spans[span].reach[suspect]);
        let least = each.reduce(f64::min).unwrap_or(0.0);
        let both = match *spans {
            [a, b] if a != b => {
                let arms = |span: usize| self.spans[span].arms.get(suspect);
                arms(a).zip(arms(b)).map(|(a, b)| with_two_hands(a, b))
            }
            _ => None,
        };
        both.map_or(least, |both| least.max(both))
    }
}

/// The steps of known plates with a finite size, the largest when there are too many.
fn readings(layout: &Layout, plates: &[PlateChange], settings: &Settings) -> Vec<Reading> {
    let floor = settings.weight_error_g * settings.weight_error_g;
    let sound = |p: &&PlateChange| {
        p.plate.at() < layout.plates.len() && p.delta_g.is_finite() && p.sigma_g.is_finite()
    };
    let mut readings: Vec<Reading> = plates
        .iter()
        .filter(sound)
        .map(|p| Reading {
            plate: p.plate,
            delta_g: p.delta_g,
            variance: p.sigma_g * p.sigma_g + floor,
            start: p.start,
            end: p.end,
        })
        .collect();
    readings.sort_by(|a, b| {
        b.delta_g
            .abs()
            .total_cmp(&a.delta_g.abs())
            .then(a.plate.cmp(&b.plate))
    });
    readings.truncate(settings.plates);
    readings.sort_by_key(|r| r.plate);
    readings
}

fn spans(readings: &[Reading]) -> Vec<Span> {
    let mut spans = Vec::new();
    for first in 0..readings.len() {
        let (mut sum_g, mut variance) = (0.0, 0.0);
        let (mut latest_start, mut earliest_end) = (Time(i64::MIN), Time(i64::MAX));
        for (at, reading) in readings.iter().enumerate().skip(first).take(WIDEST) {
            if at > first && reading.plate.0 - readings[at - 1].plate.0 > GAP {
                break;
            }
            sum_g += reading.delta_g;
            variance += reading.variance;
            latest_start = latest_start.max(reading.start);
            earliest_end = earliest_end.min(reading.end);
            spans.push(Span {
                first,
                end: at + 1,
                sum_g,
                variance,
                together: latest_start <= earliest_end,
                reach: Vec::new(),
                arms: Vec::new(),
            });
        }
    }
    spans
}

/// Whether one piece of goods may lie across plates of both.
pub(super) fn near(some: &[Reading], others: &[Reading]) -> bool {
    let mut pairs = some
        .iter()
        .flat_map(|a| others.iter().map(move |b| a.plate.0.abs_diff(b.plate.0)));
    pairs.any(|apart| apart <= GAP)
}

/// Keeps the `most` parties that reach best, in their order.
fn keep_nearest<T>(parties: &mut Vec<T>, spans: &mut [Span], most: usize) {
    let best = |suspect: usize| {
        let reaches = spans.iter().filter_map(|s| s.reach.get(suspect));
        reaches.copied().fold(f64::NEG_INFINITY, f64::max)
    };
    let mut order: Vec<(usize, f64)> = (0..parties.len()).map(|i| (i, best(i))).collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let mut kept = vec![false; parties.len()];
    for &(suspect, _) in order.iter().take(most) {
        kept[suspect] = true;
    }
    for span in spans {
        let mut keep = kept.iter();
        span.reach.retain(|_| keep.next().copied().unwrap_or(true));
        let mut keep = kept.iter();
        span.arms.retain(|_| keep.next().copied().unwrap_or(true));
    }
    let mut keep = kept.iter();
    parties.retain(|_| keep.next().copied().unwrap_or(true));
}
