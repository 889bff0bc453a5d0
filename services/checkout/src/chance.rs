//! Chance that is a function of a name, so that it is the same in each run.

/// A number evenly spread over all, from a name and how often it was asked for.
///
/// FNV-1a over the bytes, then the finaliser of `SplitMix64`, because FNV's high bits hardly move
/// for names that differ at their end.
pub(crate) fn of(name: &str, count: u32) -> u64 {
    let bytes = name.bytes().chain(count.to_le_bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}
