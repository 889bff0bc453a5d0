//! Shelves in the shop's own words: which of them are asked for.

use amble_proto::v1::MismatchKind;

/// Which places, or mismatches, are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShelfQuery {
    /// Only those of this shelf: its id. Empty: all.
    pub shelf_id: String,
    /// Only mismatches of this kind.
    pub kind: Option<MismatchKind>,
    /// At most this many: 1 to 1,000.
    pub page_size: u32,
    /// So many are left out first.
    pub skip: u64,
}
