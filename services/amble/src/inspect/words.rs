//! Times, names and sizes as people read them.

use std::time::{Duration, SystemTime};

use amble_cluster::NodeId;
use amble_proto::Timestamp;

/// What stands where nothing is known.
pub(super) const NOTHING: &str = "-";

/// How long ago something was: `12s`, `3m`, `5h`, `2d`.
pub(super) fn age(at: Option<Timestamp>) -> String {
    let at = at.and_then(|at| SystemTime::try_from(at).ok());
    let Some(at) = at else {
        return NOTHING.to_owned();
    };
    // A clock that is a little ahead is no reason to show nothing.
    let seconds = at.elapsed().unwrap_or_default().as_secs();
    match seconds {
        0..=119 => format!("{seconds}s"),
        120..=7_199 => format!("{}m", seconds / 60),
        7_200..=172_799 => format!("{}h", seconds / 3_600),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// A length of time in seconds.
pub(super) fn seconds(length: Option<amble_proto::Duration>) -> Option<f64> {
    let length = Duration::try_from(length?).ok()?;
    Some(length.as_secs_f64())
}

/// A lag, as `0.31 s`.
pub(super) fn lag(length: Option<amble_proto::Duration>) -> String {
    seconds(length).map_or_else(|| NOTHING.to_owned(), |s| format!("{s:.2} s"))
}

/// Microseconds of CPU a second, as milliseconds.
#[expect(clippy::cast_precision_loss, reason = "a few digits are shown")]
pub(super) fn load(us: u64) -> String {
    format!("{:.1}", us as f64 * 1e-3)
}

/// Bytes, as megabytes.
pub(super) fn megabytes(bytes: u64) -> String {
    format!("{} MB", bytes.div_ceil(1 << 20))
}

/// A node's name, without the number of its run.
pub(super) fn name(node: &str) -> String {
    if node.is_empty() {
        return NOTHING.to_owned();
    }
    NodeId::new(node).name().to_owned()
}

/// A key within its store.
pub(super) fn own(key: &str) -> &str {
    key.split_once('/').map_or(key, |(_, own)| own)
}

/// The last word of an enum's name in the protocol, in small letters.
pub(super) fn state(name: &str, prefix: &str) -> String {
    let word = name.strip_prefix(prefix).unwrap_or(name);
    word.to_ascii_lowercase().replace('_', " ")
}
