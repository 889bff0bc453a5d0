//! How inputs are made from seeds.

use proptest::{prelude::*, sample::Index};

/// One change of an input.
#[derive(Clone, Debug)]
pub enum Change {
    /// One bit is turned.
    Flip(Index, u8),
    /// A byte becomes another.
    Set(Index, u8),
    /// Bytes come in.
    Insert(Index, Vec<u8>),
    /// Bytes go.
    Remove(Index, usize),
    /// A stretch comes twice.
    Repeat(Index, usize),
    /// The rest goes.
    Cut(Index),
    /// A word comes in, over what is there or between it.
    Word(Index, Index, bool),
    /// A stretch of another seed comes in.
    Splice(Index, Index, Index, usize),
}

/// Stretches are no longer than this, in bytes.
const STRETCH: usize = 64;
/// No input grows beyond this, in bytes.
const LARGEST: usize = 1 << 20;

impl Change {
    /// Any change; small ones come first when a failure is made smaller.
    pub fn any() -> impl Strategy<Value = Self> {
        let at = any::<Index>;
        prop_oneof![
            (at(), 0..8u8).prop_map(|(place, bit)| Self::Flip(place, bit)),
            (at(), any::<u8>()).prop_map(|(place, byte)| Self::Set(place, byte)),
            (at(), prop::collection::vec(any::<u8>(), 1..8))
                .prop_map(|(place, bytes)| Self::Insert(place, bytes)),
            (at(), 1..STRETCH).prop_map(|(place, length)| Self::Remove(place, length)),
            (at(), 1..STRETCH).prop_map(|(place, length)| Self::Repeat(place, length)),
            at().prop_map(Self::Cut),
            (at(), at(), any::<bool>())
                .prop_map(|(place, word, over)| Self::Word(place, word, over)),
            (at(), at(), at(), 1..STRETCH)
                .prop_map(|(place, seed, from, length)| Self::Splice(place, seed, from, length)),
        ]
    }

    /// Makes the change.
    pub fn make(&self, input: &mut Vec<u8>, seeds: &[Vec<u8>], words: &[&str]) {
        let length = input.len();
        // There is always a place behind the last byte.
        let place = |index: &Index| index.index(length + 1);
        match self {
            Self::Flip(at, bit) => {
                if let Some(byte) = input.get_mut(place(at)) {
                    *byte ^= 1 << bit;
                }
            }
            Self::Set(at, value) => {
                if let Some(byte) = input.get_mut(place(at)) {
                    *byte = *value;
                }
            }
            Self::Insert(at, bytes) => {
                let at = place(at);
                input.splice(at..at, bytes.iter().copied());
            }
            Self::Remove(at, count) => {
                let at = place(at);
                input.drain(at..(at + count).min(length));
            }
            Self::Repeat(at, count) => {
                let at = place(at);
                let again = input[at..(at + count).min(length)].to_vec();
                input.splice(at..at, again);
            }
            Self::Cut(at) => input.truncate(place(at)),
            Self::Word(at, word, over) => {
                if words.is_empty() {
                    return;
                }
                let (at, word) = (place(at), word.get(words).as_bytes());
                let until = if *over {
                    (at + word.len()).min(length)
                } else {
                    at
                };
                input.splice(at..until, word.iter().copied());
            }
            Self::Splice(at, seed, from, count) => {
                if seeds.is_empty() {
                    return;
                }
                let other = seed.get(seeds);
                let (at, from) = (place(at), from.index(other.len() + 1));
                let stretch = &other[from..(from + count).min(other.len())];
                input.splice(at..at, stretch.iter().copied());
            }
        }
        input.truncate(LARGEST);
    }
}
