//! `Stripe-Signature: t=1492774577,v1=5257a8…,v1=…`: HMAC-SHA256 over `t.body`, under the endpoint's secret.
//!
//! 1. Any of several `v1` will do: while a secret is changed there are two. Other schemes are ignored.
//! 2. Signatures are compared in constant time.
//! 3. One that is too old or too far ahead is refused, so that an event that was seen on its way can't be told later.

use ring::hmac;

use super::TOLERANCE;

/// Signatures that are looked at: one for each secret.
const MOST: usize = 8;

/// Why a signature is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The header is not there or has another form.
    #[error("the header Stripe-Signature must be like t=SECONDS,v1=HEX")]
    Form,
    /// It does not fit the body and the secret.
    #[error(
        "the signature does not fit: see that the endpoint's secret is the one in the settings"
    )]
    Wrong,
    /// It is of another time.
    #[error("the signature is {seconds} s off: see that this machine's clock is right")]
    Stale {
        /// By how much; negative: it is of the future.
        seconds: i64,
    },
}

/// `now`: seconds since the Unix epoch.
pub(super) fn check(
    header: &str,
    body: &[u8],
    secret: &str,
    now: i64,
) -> Result<(), SignatureError> {
    let parts = || {
        header
            .split(',')
            .filter_map(|part| part.trim().split_once('='))
    };
    let time = parts().find(|(name, _)| *name == "t");
    let (_, time) = time.ok_or(SignatureError::Form)?;
    let at: i64 = time.parse().map_err(|_| SignatureError::Form)?;
    let signatures: Vec<_> = parts()
        .filter(|(name, _)| *name == "v1")
        .take(MOST)
        .filter_map(|(_, text)| hex::decode(text).ok())
        .collect();
    if signatures.is_empty() {
        return Err(SignatureError::Form);
    }
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let signed = [time.as_bytes(), b".", body].concat();
    let fits = |signature: &Vec<u8>| hmac::verify(&key, &signed, signature).is_ok();
    if !signatures.iter().any(fits) {
        return Err(SignatureError::Wrong);
    }
    let seconds = now.saturating_sub(at);
    if seconds.unsigned_abs() > TOLERANCE.as_secs() {
        return Err(SignatureError::Stale { seconds });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = br#"{"id":"evt_1"}"#;

    fn signed(at: i64, secret: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let text = [at.to_string().as_bytes(), b".", BODY].concat();
        hex::encode(hmac::sign(&key, &text))
    }

    #[test]
    fn any_good_signature_will_do_and_no_other() {
        let (good, other) = (signed(1_000, "whsec_1"), signed(1_000, "whsec_2"));
        let of = |header: String, body: &[u8]| check(&header, body, "whsec_1", 1_010);
        assert_eq!(of(format!("t=1000,v1={good}"), BODY), Ok(()));
        assert_eq!(
            of(format!("t=1000,v0=ab,v1={other},v1={good}"), BODY),
            Ok(())
        );
        for wrong in [
            of(format!("t=1000,v1={other}"), BODY),
            of(format!("t=1001,v1={good}"), BODY),
            of(format!("t=1000,v1={good}"), b"{}"),
        ] {
            assert_eq!(wrong, Err(SignatureError::Wrong));
        }
        for bad in [
            "",
            "t=1000",
            "v1=ab",
            "t=x,v1=ab",
            "t=1000,v1=no hex",
            "t=1000,v0=ab",
        ] {
            assert_eq!(of(bad.to_owned(), BODY), Err(SignatureError::Form), "{bad}");
        }
    }

    #[test]
    fn a_signature_holds_for_five_minutes_both_ways() {
        let header = format!("t=1000,v1={}", signed(1_000, "whsec_1"));
        for (now, seconds) in [
            (1_300, None),
            (700, None),
            (1_301, Some(301)),
            (699, Some(-301)),
        ] {
            let wanted = seconds.map_or(Ok(()), |seconds| Err(SignatureError::Stale { seconds }));
            assert_eq!(check(&header, BODY, "whsec_1", now), wanted);
        }
    }
}
