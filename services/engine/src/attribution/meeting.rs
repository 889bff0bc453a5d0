//! What the paths of two whose hands met say: whether anything was handed over, and by whom.
//!
//! 1. Hands that hang beside people who stand together meet all the time; hands that give and get are
//!    stretched out. So the meeting is the stretch of looks that fits stretched hands, of both and together,
//!    best against hanging ones; one look more or less decides nothing.
//! 2. Who gives holds it out, and the other reaches for it: whose hand was stretched out first gives.

use crate::{
    evidence::PathPoint,
    geometry::{Vec2, Vec3},
    time::Time,
};

use super::Settings;

/// Who walks farther than the other by so much has come, in metres.
const CAME_M: f64 = 0.4;
/// However early a hand was there, or however well all fits, it proves no more than this.
const MOST_ODDS: f64 = 4.0;
/// How far from its body's axis a hand is that hangs, and one that gives or gets, in metres: mean and standard
/// deviation, of people and of one look at them.
const HANGS_M: (f64, f64) = (0.25, 0.07);
const REACHES_M: (f64, f64) = (0.43, 0.09);
/// One look at one hand proves no more than this, in nats.
const LOOK_NATS: f64 = 2.0;
/// Hands so far apart have not met, in metres: the error of two wrists, three times.
const APART_M: f64 = 0.25;
/// What the best of all stretches of looks at hanging hands comes to by chance, with room, in nats.
const BY_CHANCE: f64 = 5.0;
/// Hands that are stretched out and together may still pass one another: so much it proves, as log odds.
const STRETCHED_ODDS: f64 = 2.0;
/// In so many rounds hands that hand something over are seen together.
const USUAL_LOOKS: f64 = 4.0;
/// Who moves no more than this stands, in metres and metres a second.
const STOOD_M: f64 = 0.1;
const STOOD_M_S: f64 = 0.3;

/// Two hands that met.
pub(super) struct Meeting<'a> {
    paths: [&'a [PathPoint]; 2],
    /// Whose hands, left or right.
    hands: [usize; 2],
    from: Time,
    to: Time,
    /// How many looks that are, and how much better they fit stretched hands than hanging ones, in nats.
    looks: f64,
    fit: f64,
}

impl<'a> Meeting<'a> {
    /// How the hands of two met, by rule 1; `None` when they were never seen together.
    pub(super) fn of(a: &'a [PathPoint], b: &'a [PathPoint]) -> Option<Self> {
        let each = (0..4).map(|hands| [hands / 2, hands % 2]);
        let all = each.filter_map(|hands| Self::by([a, b], hands));
        all.reduce(|best, other| if other.fit > best.fit { other } else { best })
    }

    /// The same of these two hands.
    fn by(paths: [&'a [PathPoint]; 2], hands: [usize; 2]) -> Option<Self> {
        let mut best: Option<Self> = None;
        // The best stretch that ends now: where it began, how many looks it has, and what it comes to.
        let mut open: Option<(Time, f64, f64)> = None;
        for one in paths[0] {
            let other = paths[1].iter().find(|other| other.time == one.time);
            let Some(other) = other else { continue };
            let Some((x, y)) = one.wrists[hands[0]].zip(other.wrists[hands[1]]) else {
                continue;
            };
            let both = look(x, one.position) + look(y, other.position);
            let look = if x.distance(y) < APART_M {
                both
            } else {
                both.min(0.0) - LOOK_NATS
            };
            let goes_on = open.filter(|open| open.2 > 0.0);
            let (from, looks, before) = goes_on.unwrap_or((one.time, 0.0, 0.0));
            let (looks, fit) = (looks + 1.0, before + look);
            open = Some((from, looks, fit));
            if best.as_ref().is_none_or(|best| fit > best.fit) {
                best = Some(Self {
                    paths,
                    hands,
                    from,
                    to: one.time,
                    looks,
                    fit,
                });
            }
        }
        best
    }

    /// Log odds that it adds to its being a hand-over: by how the hands were seen, for how long, and whether
    /// both stood.
    pub(super) fn handed_over(&self, settings: &Settings) -> f64 {
        let fit = (self.fit - BY_CHANCE).clamp(-MOST_ODDS, STRETCHED_ODDS);
        let longer = settings.longer * (self.looks - USUAL_LOOKS);
        let stand = self.paths.iter().all(|path| self.stood(path));
        let passing = if stand { 0.0 } else { settings.passing };
        fit + longer.clamp(-MOST_ODDS, MOST_ODDS) + passing
    }

    /// Log odds that it is the first who gives.
    pub(super) fn first_gives(&self, settings: &Settings) -> f64 {
        came(self.paths, settings) + self.offered(settings)
    }

    /// Whether somebody stood while the hands met.
    fn stood(&self, path: &[PathPoint]) -> bool {
        let mut there = path
            .iter()
            .filter(|point| point.time >= self.from && point.time <= self.to);
        let ends = there
            .next()
            .map(|first| (first, there.next_back().unwrap_or(first)));
        ends.is_some_and(|(first, last)| {
            let seconds = last.time.since(first.time).max(0.1);
            first.position.distance(last.position) <= STOOD_M + STOOD_M_S * seconds
        })
    }

    /// Log odds that the first gives, by whose hand was first stretched out. The time between the two is
    /// normal, with one mean or with its opposite.
    fn offered(&self, settings: &Settings) -> f64 {
        let earlier = self.since(1).since(self.since(0));
        let variance = settings.reply_sigma_s * settings.reply_sigma_s;
        (2.0 * settings.reply_s * earlier / variance).clamp(-MOST_ODDS, MOST_ODDS)
    }

    /// Since when one of the two hands is stretched out: so that the looks from then on to the middle of
    /// the meeting fit best.
    fn since(&self, which: usize) -> Time {
        let middle = self.from.plus_us((self.to.0 - self.from.0) / 2);
        let before = self.paths[which].iter().rev();
        let (mut since, mut sum, mut most) = (middle, 0.0, 0.0);
        for point in before.filter(|point| point.time <= middle) {
            let Some(wrist) = point.wrists[self.hands[which]] else {
                continue;
            };
            sum += look(wrist, point.position);
            if sum > most {
                (since, most) = (point.time, sum);
            }
        }
        since
    }
}

/// How much better one look at a hand fits one that is stretched out than one that hangs, in nats.
fn look(wrist: Vec3, body: Vec2) -> f64 {
    let arm = wrist.floor().distance(body);
    let log_density = |(mean, spread): (f64, f64)| {
        let off = (arm - mean) / spread;
        -0.5 * off * off - spread.ln()
    };
    if arm >= REACHES_M.0 {
        return LOOK_NATS;
    }
    (log_density(REACHES_M) - log_density(HANGS_M)).clamp(-LOOK_NATS, LOOK_NATS)
}

/// Log odds that the first gives, by who walked to whom.
fn came([a, b]: [&[PathPoint]; 2], settings: &Settings) -> f64 {
    let farther = walked(a) - walked(b);
    let odds = (settings.comes / (1.0 - settings.comes)).ln();
    odds * (farther / CAME_M).clamp(-1.0, 1.0)
}

/// How far a path goes, in metres, as the crow flies.
fn walked(path: &[PathPoint]) -> f64 {
    let ends = path.first().zip(path.last());
    ends.map_or(0.0, |(from, to)| from.position.distance(to.position))
}
