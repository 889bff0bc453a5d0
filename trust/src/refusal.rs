//! What becomes of whoever is refused.
//!
//! 1. Each refusal is counted, by door and reason.
//! 2. It is logged, but of one door and reason no more often than every [`QUIET`]; the line says how many
//!    were not logged before it. Who is refused a million times does not fill a disk.
//! 3. Nothing that was shown (a pass, a token, a key) is logged.

use std::{
    collections::HashMap,
    fmt,
    sync::{LazyLock, Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::telemetry;

/// How long one kind of refusal is quiet after a line.
const QUIET: Duration = Duration::from_secs(5);

type Kind = (&'static str, &'static str);

/// When a kind was logged last, and how many were not since. Kinds are words of the code: there are few.
static LOGGED: LazyLock<Mutex<HashMap<Kind, (Instant, u64)>>> = LazyLock::new(Mutex::default);

/// Counts and logs a refusal. `door` and `reason` are words for programs; `from` is who was refused, `why`
/// what people should know.
pub fn refused(
    door: &'static str,
    reason: &'static str,
    from: &dyn fmt::Display,
    why: &dyn fmt::Display,
) {
    telemetry::refused(door, reason);
    if let Some(unsaid) = turn((door, reason), Instant::now()) {
        tracing::warn!(door, reason, %from, unsaid, "refused: {why}");
    }
}

/// Whether it is this one's turn to be logged: how many before it were not.
fn turn(kind: Kind, now: Instant) -> Option<u64> {
    let mut logged = LOGGED.lock().unwrap_or_else(PoisonError::into_inner);
    match logged.get_mut(&kind) {
        Some((last, unsaid)) if now.saturating_duration_since(*last) < QUIET => {
            *unsaid += 1;
            None
        }
        known => {
            let unsaid = known.map_or(0, |(_, unsaid)| *unsaid);
            logged.insert(kind, (now, 0));
            Some(unsaid)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_refusals_one_is_logged_and_the_next_says_how_many_were_not() {
        let start = Instant::now();
        let kind = ("test", "often");
        assert_eq!(turn(kind, start), Some(0));
        for _ in 0..7 {
            assert_eq!(turn(kind, start + QUIET / 2), None);
        }
        assert_eq!(turn(("test", "else"), start), Some(0));
        assert_eq!(turn(kind, start + QUIET), Some(7));
    }
}
