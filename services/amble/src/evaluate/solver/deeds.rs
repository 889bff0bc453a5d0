//! All that people may have done in one interaction, with how well it fits.

use std::collections::BTreeMap;

use amble_engine::{
    evidence::{Contact, Interaction, PartyId, PlateChange, TrackEvidence, TrackId},
    layout::{Plate, PlateIx, Product, ProductIx},
};

use super::{
    Recorded,
    course::{Course, Tenths},
    hands::{first_there, reach},
};

/// Goods lie on at most so many neighbouring plates, and hands take at most so many at once.
const WIDEST: usize = 3;
const MOST_UNITS: i32 = 2;
/// Log chance of each further thing that goes on in the same change.
const FURTHER: f64 = -3.0;
/// Log chance that a hand begins to rest on plates, and how heavy it may be, in grams.
const PRESSES: f64 = -3.5;
const PRESS_G: f64 = 650.0;
/// Log chance that what changed on a plate is nothing.
const NOTHING: f64 = -4.0;
/// Error of a step beside the plate's noise: the tenths that plates tell, and drift, in grams².
const STEP_VARIANCE: f64 = 0.3;
/// Beyond so many standard deviations nothing fits.
const SIGMAS: f64 = 6.0;
/// Chance that a contact which was told is none, by hand or floor.
const NO_CONTACT: f64 = 0.1;

/// What may have been done.
pub(super) struct Deeds<'a> {
    recorded: &'a Recorded<'a>,
    interaction: &'a Interaction,
    tracks: BTreeMap<PartyId, Vec<&'a TrackEvidence>>,
    /// The product that each party was seen with, and whether anything was seen.
    seen: BTreeMap<PartyId, Vec<(ProductIx, f64)>>,
}

/// Goods that one party moved.
#[derive(Clone, Copy)]
struct Piece {
    party: PartyId,
    product: ProductIx,
    units: i32,
    /// Of what stands in a wrong place: which.
    astray: Option<usize>,
    score: f64,
}

impl<'a> Deeds<'a> {
    pub(super) fn of(
        recorded: &'a Recorded<'a>,
        interaction: &'a Interaction,
        owners: &BTreeMap<TrackId, PartyId>,
    ) -> Self {
        let mut tracks: BTreeMap<PartyId, Vec<&TrackEvidence>> = BTreeMap::new();
        for track in &interaction.evidence {
            if let Some(&party) = owners.get(&track.track) {
                tracks.entry(party).or_default().push(track);
            }
        }
        let from = interaction.change.start;
        let seen = tracks.iter().filter_map(|(&party, tracks)| {
            let mut sightings = tracks.iter().flat_map(|track| &track.sightings);
            let last = sightings.rfind(|s| s.time >= from)?;
            Some((party, last.candidates.clone()))
        });
        Self {
            recorded,
            interaction,
            seen: seen.collect(),
            tracks,
        }
    }

    /// All courses that go on from one.
    pub(super) fn from(&self, course: &Course, weight: f64, next: &mut Vec<(Course, f64)>) {
        match self.interaction.contact {
            Some(contact) => self.contact(contact, course, weight, next),
            None => self.runs(0, 0, course, weight, next),
        }
    }

    /// Explains the plates from one on, run by run.
    fn runs(
        &self,
        first: usize,
        deeds: u32,
        course: &Course,
        weight: f64,
        next: &mut Vec<(Course, f64)>,
    ) {
        let plates = &self.interaction.change.plates;
        if first >= plates.len() {
            next.push((course.clone(), weight));
            return;
        }
        for end in first + 1..=plates.len().min(first + WIDEST) {
            let run = &plates[first..end];
            let neighbours = run.windows(2).all(|w| w[1].plate.0 - w[0].plate.0 <= 2);
            if !neighbours {
                break;
            }
            let mut ways = Vec::new();
            self.run(run, course, &mut ways);
            for (after, score) in ways {
                let further = if deeds > 0 { FURTHER } else { 0.0 };
                self.runs(end, deeds + 1, &after, weight + score + further, next);
            }
        }
    }

    /// All ways in which one run of plates may have changed.
    fn run(&self, run: &[PlateChange], course: &Course, ways: &mut Vec<(Course, f64)>) {
        let mut begun = course.clone();
        for plate in run {
            *begun.pressed.entry(plate.plate).or_insert(0) += tenths(plate.delta_g);
        }
        ways.push((begun, PRESSES - run.len() as f64 * PRESS_G.ln()));
        self.goods(run, course, ways);
        // The hands that rested on these plates may have left them.
        let mut freed = course.clone();
        let rested: Vec<PlateChange> = run
            .iter()
            .map(|plate| PlateChange {
                delta_g: plate.delta_g + grams(freed.pressed.remove(&plate.plate).unwrap_or(0)),
                ..*plate
            })
            .collect();
        if freed != *course {
            self.goods(&rested, &freed, ways);
        }
    }

    /// All goods that may have changed a run of plates by so much.
    fn goods(&self, run: &[PlateChange], course: &Course, ways: &mut Vec<(Course, f64)>) {
        let still: f64 = run.iter().map(|p| normal(p.delta_g, variance(p))).sum();
        ways.push((course.clone(), NOTHING + still));
        let pieces = self.pieces(run, course);
        for (at, one) in pieces.iter().enumerate() {
            self.moved(run, course, &[*one], ways);
            for other in &pieces[at..] {
                let same = one.party == other.party && one.product == other.product;
                if !same {
                    self.moved(run, course, &[*one, *other], ways);
                }
            }
        }
    }

    /// These goods moved, if their weights fit.
    fn moved(
        &self,
        run: &[PlateChange],
        course: &Course,
        pieces: &[Piece],
        ways: &mut Vec<(Course, f64)>,
    ) {
        let sum: f64 = run.iter().map(|plate| plate.delta_g).sum();
        let mut spread: f64 = run.iter().map(variance).sum();
        let (mut effect, mut size, mut score) = (0.0, 0.0, 0.0);
        let mut after = Some(course.clone());
        for piece in pieces {
            let product: &Product = &self.recorded.layout.products[piece.product.at()];
            let units = f64::from(piece.units);
            effect -= units * product.unit_weight_g;
            size += units.abs() * product.unit_weight_g;
            spread += units.abs() * product.weight_sigma_g * product.weight_sigma_g;
            score += piece.score;
            after = after.and_then(|course| course.gains(piece.party, piece.product, piece.units));
        }
        let residual = sum - effect;
        let Some(mut after) = after.filter(|_| residual * residual <= SIGMAS * SIGMAS * spread)
        else {
            return;
        };
        score += (pieces.len() as f64 - 1.0) * FURTHER;
        let lain = pieces.iter().find_map(|p| p.astray);
        if let (Some(lain), [_]) = (lain, pieces) {
            let (_, lay) = &course.astray[lain];
            let same = lay.len() == run.len() && lay.iter().zip(run).all(|(l, p)| l.0 == p.plate);
            if !same {
                return;
            }
            let each = lay
                .iter()
                .zip(run)
                .map(|(lay, plate)| normal(plate.delta_g + grams(lay.1), 2.0 * variance(plate)));
            score += each.sum::<f64>();
            after.astray.remove(lain);
        } else {
            let ways: f64 = (1..run.len())
                .map(|k| (k as f64 / size.max(1.0)).ln())
                .sum();
            score += normal(residual, spread) + ways;
        }
        if let [piece] = pieces
            && piece.units < 0
            && !self.stands(run, piece.product)
        {
            let lay = run.iter().map(|p| (p.plate, tenths(p.delta_g)));
            after.astray.push((piece.product, lay.collect()));
            after.astray.sort();
        }
        ways.push((after, score));
    }

    /// Goods that somebody may have moved on a run of plates, whatever they weigh.
    fn pieces(&self, run: &[PlateChange], course: &Course) -> Vec<Piece> {
        let truth = &self.recorded.truth;
        let mut pieces = Vec::new();
        for (&party, tracks) in &self.tracks {
            let near = self.reach(run, tracks);
            let mut add = |product, units: i32, astray, prior: f64| {
                let seen = if units > 0 {
                    self.sight(party, product)
                } else {
                    0.0
                };
                pieces.push(Piece {
                    party,
                    product,
                    units,
                    astray,
                    score: near + seen + prior.ln(),
                });
            };
            let (take, put) = (1.0 - truth.put_back, truth.put_back);
            for placement in &self.recorded.layout.placements {
                if run
                    .iter()
                    .any(|plate| placement.plates.contains(&plate.plate))
                {
                    for units in 1..=MOST_UNITS {
                        add(
                            placement.product,
                            units,
                            None,
                            take * 0.05_f64.powi(units - 1),
                        );
                    }
                }
            }
            for (at, (product, _)) in course.astray.iter().enumerate() {
                add(*product, 1, Some(at), take);
            }
            for product in course.holds(party) {
                let wrong = truth.wrong_place;
                let home = self.stands(run, product);
                let prior = put * if home { 1.0 - wrong } else { wrong };
                for units in 1..=course.held(party, product).min(MOST_UNITS) {
                    add(product, -units, None, prior * 0.05_f64.powi(units - 1));
                }
            }
        }
        pieces
    }

    fn stands(&self, run: &[PlateChange], product: ProductIx) -> bool {
        let mut placements = self.recorded.layout.placements.iter();
        placements.any(|placement| {
            let here = run
                .iter()
                .any(|plate| placement.plates.contains(&plate.plate));
            placement.product == product && here
        })
    }

    fn reach(&self, run: &[PlateChange], tracks: &[&TrackEvidence]) -> f64 {
        let plate = |ix: PlateIx| self.recorded.layout.plates.get(ix.at());
        let plates: Vec<&Plate> = run.iter().filter_map(|p| plate(p.plate)).collect();
        let start = run.iter().map(|plate| plate.start).min();
        let end = run.iter().map(|plate| plate.end).max();
        let change = &self.interaction.change;
        let times = (start.unwrap_or(change.start), end.unwrap_or(change.end));
        reach(tracks, &plates, times, self.recorded.truth.wrist_sigma_m)
    }

    /// Log-likelihood ratio of what was seen in somebody's hand, when they took this.
    fn sight(&self, party: PartyId, product: ProductIx) -> f64 {
        let truth = &self.recorded.truth;
        let Some(candidates) = self.seen.get(&party) else {
            return (1.0 - truth.sighting_share).ln();
        };
        let named = candidates
            .iter()
            .position(|candidate| candidate.0 == product);
        let right = match named {
            Some(0) => truth.sighting_right,
            Some(_) => (1.0 - truth.sighting_right) * 0.5,
            None => 1e-3,
        };
        (truth.sighting_share * right * 10.0).ln()
    }

    /// What hands away from the shelves may have done.
    fn contact(
        &self,
        contact: Contact,
        course: &Course,
        weight: f64,
        next: &mut Vec<(Course, f64)>,
    ) {
        next.push((course.clone(), weight + NO_CONTACT.ln()));
        let of = |track: TrackId| {
            let mut all = self.tracks.iter();
            all.find_map(|(&party, tracks)| {
                let track = tracks.iter().find(|t| t.track == track)?;
                Some((party, *track))
            })
        };
        let done = weight + (1.0 - NO_CONTACT).ln();
        match contact {
            Contact::Floor(track) => {
                let Some((party, _)) = of(track) else { return };
                for product in course.holds(party) {
                    let after = course.clone().gains(party, product, -1);
                    next.extend(after.map(|after| (after, done)));
                }
            }
            Contact::Met(a, b) => {
                let Some((a, b)) = of(a).zip(of(b)) else {
                    return;
                };
                let odds = first_there(&a.1.path, &b.1.path);
                for (from, into, odds) in [(a.0, b.0, odds), (b.0, a.0, -odds)] {
                    let gives = done - (-odds).exp().ln_1p();
                    for product in course.holds(from) {
                        let after = course.clone().gains(from, product, -1);
                        let after = after.and_then(|course| course.gains(into, product, 1));
                        next.extend(after.map(|after| (after, gives)));
                    }
                }
            }
        }
    }
}

fn variance(plate: &PlateChange) -> f64 {
    plate.sigma_g * plate.sigma_g + STEP_VARIANCE
}

fn normal(residual: f64, variance: f64) -> f64 {
    -0.5 * residual * residual / variance - 0.5 * (std::f64::consts::TAU * variance).ln()
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "tenths of grams on a plate"
)]
fn tenths(grams: f64) -> Tenths {
    (grams * 10.0).round() as Tenths
}

fn grams(tenths: Tenths) -> f64 {
    tenths as f64 * 0.1
}
