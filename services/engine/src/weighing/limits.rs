//! The figures that the weighing rests on, each with its reason.
//!
//! A hand's visit takes 0.2 to 1.5 s; a plate's noise is white with σ 0.7 to 1.3 g (measured in a real
//! shop at 60 Hz); a drift of 5 g a minute is a bad one.

/// A shelf's first levels and noise are learned for so long before it is watched.
pub(super) const WAKE_US: i64 = 2_000_000;

/// Time constant with which a resting plate's level follows its samples. Long enough for a baseline
/// of some forty samples at 10 Hz, short enough for a drift of 5 g a minute to lag by half a σ.
pub(super) const LEVEL_S: f32 = 4.0;

/// Time constant of a plate's noise estimate while it rests.
pub(super) const NOISE_S: f32 = 60.0;

/// The same for a plate that does not come to rest.
pub(super) const UNREST_NOISE_S: f32 = 3.0;

/// A plate that has trembled a little for so long has become noisier, by a compressor say. A hand
/// shakes it more, from sample to sample beyond [`SHAKE`].
pub(super) const TREMBLES_US: i64 = 5_000_000;

/// Nobody leans on a plate for so long: it has become noisy, however much.
pub(super) const HOPELESS_US: i64 = 90_000_000;

/// A sample stands for at most this time; senders on change leave out more.
pub(super) const LONGEST_STEP_US: i64 = 200_000;

/// Slack of the cumulative sums, in σ. With [`ALARM`], white noise raises a false alarm once in some
/// ten million samples (Siegmund's approximation of the run length), a step of 4 σ the third sample,
/// and one of 8 σ the first.
pub(super) const SLACK: f32 = 1.2;

/// Height of a cumulative sum at which a plate moves, in σ.
pub(super) const ALARM: f32 = 6.0;

/// Squared residual, in σ, from which a sample tells nothing of level and noise.
pub(super) const OUTLIER: f32 = 9.0;

/// Noise below this is the device's rounding, in grams.
pub(super) const LEAST_NOISE_G: f32 = 0.25;

/// A plate with more noise than this is noisy, in grams: three times that of the worst tenth.
pub(super) const NOISY_G: f32 = 4.0;

/// A plate that reads the same for so long is stuck: noise always moves the last digit.
pub(super) const STUCK_S: f32 = 60.0;

/// A plate that reads the same for so long tells nothing of what happens on it meanwhile: with the least
/// noise that is believed, fifty samples in a row would be alike once in 10^35 times.
pub(super) const SILENT_S: f32 = 5.0;

/// A sample further from the plateau's mean than this ends the plateau, in σ of that difference.
pub(super) const BREAK: f32 = 4.0;

/// A plateau trembles when its scatter is so many standard deviations above what noise makes.
pub(super) const ROUGH: f32 = 4.0;

/// A plateau's slope is real when it is this many of its σ, and one sample's σ over the plateau.
pub(super) const SLOPE: f32 = 2.5;

/// A plate was shaken, by a hand and not by noise, when a sample is so many σ off the plateau.
pub(super) const SHAKE: f32 = 8.0;

/// Shaken so shortly before the plateau began, the plate was let go then.
pub(super) const LET_GO_US: i64 = 300_000;

/// How long a plate that was let go has to hold: four samples at 10 Hz, sixteen at 60 Hz.
pub(super) const QUICK_US: i64 = 250_000;

/// How long one has to hold that slid or jumped to its place: long enough to tell 10 g that are
/// lifted in three seconds from a level.
pub(super) const SLOW_US: i64 = 600_000;

/// How long one may hold without being clearly changed or clearly the same.
pub(super) const DOUBT_US: i64 = 1_000_000;

/// Unrest beyond this makes a plate less believable: each second more asks for half a second of
/// holding still, up to [`LONGEST_HOLD_US`].
pub(super) const PATIENCE_US: i64 = 3_000_000;

/// A plate that holds for so long is at rest, whatever it did before.
pub(super) const LONGEST_HOLD_US: i64 = 2_000_000;

/// Past unrest is remembered up to this, and forgotten as fast as time passes.
pub(super) const LONGEST_MEMORY_US: i64 = 10_000_000;

/// A step is a change from this many of its σ.
pub(super) const CHANGE: f64 = 4.0;

/// A step is none up to this many of its σ.
pub(super) const SAME: f64 = 2.0;

/// How far a level may drift while it can't be seen, in grams a second (one σ).
pub(super) const DRIFT_G_PER_S: f64 = 0.05;

/// A plate is known to move at most this long after it began to; what was not sent can't tell more.
pub(super) const LATEST_ALARM_US: i64 = 1_000_000;

/// Of what a reported level lacks, half is taken for drift after so long a rest.
pub(super) const FORGIVEN_S: f32 = 20.0;

/// Unrests that are so close touch.
pub(super) const TOUCH_US: i64 = 250_000;

/// A settled plate waits so long for a neighbour that has not.
pub(super) const GROUP_US: i64 = 2_000_000;
