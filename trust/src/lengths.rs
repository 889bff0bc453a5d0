//! Whether what DER says of its lengths can be true.
//!
//! A value of a few bytes may claim to have gigabytes, and the decoder makes room for them before it sees that
//! they are not there. So this is asked first.

/// How deep values may lie in one another; a certificate needs a dozen.
const DEEPEST: usize = 32;

/// Whether no value in here, however deep, claims more than there is.
pub(crate) fn hold(der: &[u8]) -> bool {
    hold_at(der, DEEPEST)
}

fn hold_at(mut der: &[u8], deeper: usize) -> bool {
    while let Some((&tag, rest)) = der.split_first() {
        let Some((length, rest)) = length(rest) else {
            return false;
        };
        let Some((value, next)) = rest.split_at_checked(length) else {
            return false;
        };
        let holds_values = tag & 0x20 != 0;
        if holds_values && (deeper == 0 || !hold_at(value, deeper - 1)) {
            return false;
        }
        der = next;
    }
    true
}

/// The length that stands here, and what follows it.
fn length(der: &[u8]) -> Option<(usize, &[u8])> {
    let (&first, rest) = der.split_first()?;
    if first < 0x80 {
        return Some((usize::from(first), rest));
    }
    let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
    // More bytes than a length has: whatever they say, there is not as much.
    let mut length = [0; size_of::<usize>()];
    let at = length.len().checked_sub(bytes.len())?;
    length[at..].copy_from_slice(bytes);
    Some((usize::from_be_bytes(length), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_claims_more_than_there_is_is_found_however_deep_it_lies() {
        for (der, right) in [
            (&[0x02, 0x01, 0x05][..], true),
            (&[0x30, 0x03, 0x02, 0x01, 0x05], true),
            (&[0x04, 0x81, 0x02, 0xff, 0xff], true),
            (&[0x02, 0x02, 0x05], false),
            (&[0x30, 0x05, 0x40, 0x84, 0x0c, 0x00, 0x00], false),
            (&[0x30, 0x06, 0x40, 0x84, 0x0c, 0x00, 0x00, 0x16], false),
            (&[0x04, 0x89, 1, 0, 0, 0, 0, 0, 0, 0, 0], false),
            (&[0x30], false),
        ] {
            assert_eq!(hold(der), right, "{der:02x?}");
        }
        let mut deep = Vec::new();
        for _ in 0..=DEEPEST + 1 {
            let inside = u8::try_from(deep.len()).unwrap();
            deep.splice(0..0, [0x30, inside]);
        }
        assert!(!hold(&deep));
    }
}
