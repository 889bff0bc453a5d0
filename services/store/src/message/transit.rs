//! How parts of messages go to another node.

/// Tracks, with what they looked like: from memory to memory.
pub(super) mod tracks {
    use std::sync::Arc;

    use amble_engine::{
        evidence::PartyId,
        tracking::{Track, TrackInTransit},
    };
    use serde::{Deserialize as _, Deserializer, Serializer};

    type Tracks = Vec<(PartyId, Arc<Track>)>;

    pub fn serialize<S: Serializer>(tracks: &Tracks, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(
            tracks
                .iter()
                .map(|(party, track)| (*party, TrackInTransit::from(&**track))),
        )
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Tracks, D::Error> {
        let tracks = Vec::<(PartyId, TrackInTransit)>::deserialize(from)?;
        let here = tracks.into_iter();
        Ok(here
            .map(|(party, track)| (party, Arc::new(track.into())))
            .collect())
    }
}

/// Interactions; when they arrived is of no meaning to another node's clock.
pub(super) mod arrivals {
    use std::{sync::Arc, time::Instant};

    use amble_engine::evidence::Interaction;
    use serde::{Deserialize as _, Deserializer, Serializer};

    type Arrivals = Vec<(Arc<Interaction>, Instant)>;

    pub fn serialize<S: Serializer>(arrivals: &Arrivals, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(arrivals.iter().map(|(interaction, _)| interaction))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Arrivals, D::Error> {
        let interactions = Vec::<Arc<Interaction>>::deserialize(from)?;
        let now = Instant::now();
        Ok(interactions.into_iter().map(|i| (i, now)).collect())
    }
}

/// Moments of a measure, as how long ago they were: clocks of two nodes have nothing in common. The way between
/// them is in no measure.
pub(super) mod moments {
    use std::time::{Duration, Instant};

    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    type Moments = Option<(Instant, Instant)>;

    pub fn serialize<S: Serializer>(moments: &Moments, to: S) -> Result<S::Ok, S::Error> {
        moments
            .map(|(one, other)| (one.elapsed(), other.elapsed()))
            .serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Moments, D::Error> {
        let ago = Option::<(Duration, Duration)>::deserialize(from)?;
        let now = Instant::now();
        Ok(ago.and_then(|(one, other)| Some((now.checked_sub(one)?, now.checked_sub(other)?))))
    }
}
