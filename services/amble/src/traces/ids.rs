//! The ids of a grab's trace: a function of the store and the interaction's name, the same on every node and in
//! every version.

use opentelemetry::trace::{SpanId, TraceId};
use sha2::{Digest as _, Sha256};

/// The ids that a grab's steps have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ids {
    pub(super) trace: TraceId,
    /// The span of its first step, below which all others are.
    pub(super) first: SpanId,
}

impl Ids {
    pub(super) fn of(store: &str, interaction: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(store);
        // No store's id has this in it.
        hash.update([0]);
        hash.update(interaction);
        let hash: [u8; 32] = hash.finalize().into();
        let (mut trace, mut first) = ([0; 16], [0; 8]);
        trace.copy_from_slice(&hash[..16]);
        first.copy_from_slice(&hash[16..24]);
        Self {
            trace: TraceId::from_bytes(trace),
            first: SpanId::from_bytes(first),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_nodes_and_versions_give_a_grab_the_same_trace() {
        // Nodes of two versions meet in one trace: what `printf 'kiosk\0s1#7' | sha256sum` begins with.
        let ids = Ids::of("kiosk", "s1#7");
        assert_eq!(ids.trace.to_string(), "3bab86aef7af17274ee707902aaaedfb");
        assert_eq!(ids.first.to_string(), "95c3838f0e553e1f");
        assert_ne!(ids, Ids::of("kiosk", "s1#8"));
        assert_ne!(ids, Ids::of("kiosks", "1#7"));
    }
}
