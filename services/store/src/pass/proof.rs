//! The proof that a pass is shown by the phone that it belongs to.
//!
//! A pass may name a phone's public key (`cnf`, RFC 7800). Such a pass is shown as `PASS~PROOF`: the proof is a JSON
//! Web Token that the phone signed a moment ago (`ES256`; header `typ`: `amble-proof+jwt`) with three claims: `jti`
//! (the pass's visit), `aud` (what it is shown for) and `iat` (when, in seconds since the Unix epoch, by the phone).
//!
//! 1. A pass that names a key opens nothing and shows nothing without a proof that this key signed for this pass.
//! 2. A proof is good for [`LIFE_S`] after it was made; the phone's clock may be [`TOLERANCE_S`] fast or slow.
//! 3. A proof for the gate is none for calls, nor the other way round: whoever films a code at the gate sees no cart.
//! 4. A pass that names no key needs no proof, and has none.

use jsonwebtoken::{Algorithm, DecodingKey, Validation, crypto::verify, decode, decode_header};
use serde::{Deserialize, Serialize};

use super::{Claims, PassError};

/// What is between a pass and its proof; no JSON Web Token has it.
pub const BETWEEN: char = '~';

/// How long a proof is good, in seconds: phones make a new one every four, and a reader is slow now and then.
pub const LIFE_S: i64 = 10;
/// How far a phone's clock may be from the one that judges, in seconds. Phones that are set by the network are
/// within one; our page goes by the shop's clock.
pub const TOLERANCE_S: i64 = 5;
/// What a proof's header says that it is.
const KIND: &str = "amble-proof+jwt";
/// The length of a coordinate of the curve P-256 in base64url.
const COORDINATE: usize = 43;

/// What a pass is shown for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    /// To open its visit.
    Gate,
    /// To ask about its visit.
    Call,
}

/// A phone's public key: a JSON Web Key on the curve P-256 (RFC 7518, 6.2.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhoneKey {
    kty: String,
    crv: String,
    x: String,
    y: String,
}

/// Whose pass it is (`cnf`, RFC 7800, 3.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The phone's key.
    pub jwk: PhoneKey,
}

impl PhoneKey {
    /// A key by its coordinates, base64url without padding.
    ///
    /// # Errors
    /// When they are not those of a point of the curve.
    pub fn new(x: &str, y: &str) -> Result<Self, PassError> {
        let key = Self {
            kty: "EC".to_owned(),
            crv: "P-256".to_owned(),
            x: x.to_owned(),
            y: y.to_owned(),
        };
        key.check()?;
        Ok(key)
    }

    /// Whether proofs can be checked with it.
    pub(super) fn check(&self) -> Result<(), PassError> {
        let fits = self.kty == "EC" && self.crv == "P-256";
        let sized = [&self.x, &self.y].map(String::len) == [COORDINATE; 2];
        // A key that is no point of the curve checks nothing.
        let usable = || verify("", b"", &self.decoding().ok()?, Algorithm::ES256).ok();
        if fits && sized && usable().is_some() {
            return Ok(());
        }
        let what = "that it belongs to a key that is none of P-256";
        Err(PassError::BadClaim(what.to_owned()))
    }

    fn decoding(&self) -> Result<DecodingKey, PassError> {
        Ok(DecodingKey::from_ec_components(&self.x, &self.y)?)
    }
}

/// What a proof says.
#[derive(Debug, Serialize, Deserialize)]
struct Proof {
    jti: String,
    aud: Purpose,
    iat: i64,
}

fn rules() -> Validation {
    let mut rules = Validation::new(Algorithm::ES256);
    rules.set_required_spec_claims(&["aud"]);
    // Compared below, to say what it is for; and a proof ends by its age.
    rules.validate_aud = false;
    rules.validate_exp = false;
    rules
}

/// What is shown, taken apart: the pass, and the proof if there is one.
#[must_use]
pub fn apart(shown: &str) -> (&str, Option<&str>) {
    shown
        .split_once(BETWEEN)
        .map_or((shown, None), |(pass, proof)| (pass, Some(proof)))
}

/// Whether the pass may be shown for that, at that time in seconds since the Unix epoch (rules 1 to 4).
pub(super) fn check(
    claims: &Claims,
    proof: Option<&str>,
    purpose: Purpose,
    now: i64,
) -> Result<(), PassError> {
    let (key, proof) = match (&claims.cnf, proof) {
        (None, None) => return Ok(()),
        (None, Some(_)) => {
            return Err(forged(
                "the pass belongs to no phone that could have made it",
            ));
        }
        (Some(_), None) => return Err(PassError::ProofMissing),
        (Some(holder), Some(proof)) => (&holder.jwk, proof),
    };
    let said = decode::<Proof>(proof, &key.decoding()?, &rules())
        .map_err(|error| forged(&error.to_string()))?
        .claims;
    let kind = decode_header(proof)?.typ;
    if kind.as_deref() != Some(KIND) {
        return Err(forged("it is signed as something else"));
    }
    if said.jti != claims.jti {
        return Err(forged("it is for another pass"));
    }
    if said.aud != purpose {
        return Err(forged("it was made for something else"));
    }
    let age = now.saturating_sub(said.iat);
    if age > LIFE_S + TOLERANCE_S {
        return Err(PassError::ProofOld { seconds: age });
    }
    if age < -TOLERANCE_S {
        return Err(PassError::ProofAhead {
            seconds: age.saturating_neg(),
        });
    }
    Ok(())
}

fn forged(why: &str) -> PassError {
    PassError::ProofForged(why.to_owned())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use amble_engine::time::Time;
    use jsonwebtoken::{EncodingKey, Header, encode};

    use super::*;
    use crate::pass::{Bill, Issuer, Ticket, Verifier};

    /// A key pair of nobody's, made for these tests.
    const PHONE: &str = include_str!("keys/phone.pem");
    const OTHER: &str = include_str!("keys/other-phone.pem");
    const PUBLIC: (&str, &str) = (
        "BFaV0wihlZk90y7lHnRUSGgqY6tcb9vXsXSmN4YrQAM",
        "ap5kuM_pYpQWEqy77zV_tIZLWGjxWGV6yEQ1iheO3FU",
    );
    const ISSUER: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIEFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB\n-----END PRIVATE KEY-----\n";
    const ISSUER_PUBLIC: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA25lf4lFp0UHKubu6krqgH58uHs599MsqwFGQ83/MH50=\n-----END PUBLIC KEY-----";
    const MADE: i64 = 1_893_488_400;

    fn prove(pem: &str, kind: &str, visit: &str, aud: Purpose) -> String {
        let mut header = Header::new(Algorithm::ES256);
        header.typ = Some(kind.to_owned());
        let proof = Proof {
            jti: visit.to_owned(),
            aud,
            iat: MADE,
        };
        encode(
            &header,
            &proof,
            &EncodingKey::from_ec_pem(pem.as_bytes()).unwrap(),
        )
        .unwrap()
    }

    fn seconds(time: i64) -> Time {
        Time(time * 1_000_000)
    }

    /// The shop's side, a ticket of anna's, and the pass that it becomes on her phone.
    fn bound() -> (Verifier, String, String) {
        let issuer = Issuer::new("app", "corner", ISSUER).unwrap();
        let hour = Duration::from_secs(3_600);
        let ticket = Ticket {
            within: Duration::from_secs(60),
        };
        let made = issuer.issue_with(
            "anna-1",
            2,
            seconds(MADE),
            hour,
            Bill::default(),
            Some(ticket),
        );
        let verifier = Verifier::new("corner", &[ISSUER_PUBLIC.to_owned()]).unwrap();
        let ticket = made.unwrap();
        let key = PhoneKey::new(PUBLIC.0, PUBLIC.1).unwrap();
        let pass = issuer
            .bind(&verifier, &ticket, key, seconds(MADE + 60))
            .unwrap();
        (verifier, ticket, pass)
    }

    fn at_the_gate(
        verifier: &Verifier,
        pass: &str,
        proof: &str,
        now: i64,
    ) -> Result<Claims, PassError> {
        verifier.opens(&format!("{pass}~{proof}"), seconds(now))
    }

    #[test]
    fn a_pass_that_names_a_phone_is_nothing_without_that_phones_proof() {
        let (verifier, _, pass) = bound();
        let good = prove(PHONE, KIND, "anna-1", Purpose::Gate);
        let claims = at_the_gate(&verifier, &pass, &good, MADE).unwrap();
        assert_eq!((claims.jti.as_str(), claims.party), ("anna-1", 2));
        assert!(matches!(
            verifier.opens(&pass, seconds(MADE)),
            Err(PassError::ProofMissing)
        ));
        for wrong in [
            prove(OTHER, KIND, "anna-1", Purpose::Gate),
            prove(PHONE, "JWT", "anna-1", Purpose::Gate),
            prove(PHONE, KIND, "bob-1", Purpose::Gate),
            good[..good.len() - 2].to_owned(),
            pass.clone(),
            String::new(),
        ] {
            let refused = at_the_gate(&verifier, &pass, &wrong, MADE).unwrap_err();
            assert_eq!(refused.reason(), "proof_forged", "{wrong}");
        }
    }

    #[test]
    fn a_proof_ends_after_its_life_and_what_a_clock_may_be_off() {
        let (verifier, _, pass) = bound();
        let proof = prove(PHONE, KIND, "anna-1", Purpose::Gate);
        let at = |now| at_the_gate(&verifier, &pass, &proof, now);
        assert!(at(MADE - TOLERANCE_S).is_ok());
        assert!(at(MADE + LIFE_S + TOLERANCE_S).is_ok());
        let old = at(MADE + LIFE_S + TOLERANCE_S + 1).unwrap_err();
        assert_eq!(old.reason(), "proof_old");
        assert!(old.to_string().contains("16 s"), "{old}");
        let ahead = at(MADE - TOLERANCE_S - 1).unwrap_err();
        assert_eq!(ahead.reason(), "proof_old");
        assert!(ahead.to_string().contains("clock"), "{ahead}");
    }

    #[test]
    fn a_code_that_was_filmed_at_the_gate_shows_no_cart() {
        let (verifier, _, pass) = bound();
        let [gate, call] = [Purpose::Gate, Purpose::Call].map(|purpose| {
            let proof = prove(PHONE, KIND, "anna-1", purpose);
            format!("{pass}~{proof}")
        });
        let now = seconds(MADE);
        assert!(verifier.shows(&call, now, now).is_ok());
        assert_eq!(
            verifier.shows(&gate, now, now).unwrap_err().reason(),
            "proof_forged"
        );
        assert_eq!(
            verifier.opens(&call, now).unwrap_err().reason(),
            "proof_forged"
        );
        // A pass that has ended shows its visit to its phone still.
        let later = seconds(MADE + 86_400);
        assert_eq!(verifier.shows(&call, later, now).unwrap().jti, "anna-1");
        assert_eq!(
            verifier.shows(&call, later, later).unwrap_err().reason(),
            "proof_old"
        );
    }

    #[test]
    fn a_ticket_opens_nothing_and_is_bound_in_time_or_not_at_all() {
        let (verifier, ticket, pass) = bound();
        assert_eq!(
            verifier.opens(&ticket, seconds(MADE)).unwrap_err().reason(),
            "proof_missing"
        );
        let now = seconds(MADE);
        assert_eq!(
            verifier.shows(&ticket, now, now).unwrap_err().reason(),
            "proof_missing"
        );
        let issuer = Issuer::new("shop", "corner", ISSUER).unwrap();
        let key = PhoneKey::new(PUBLIC.0, PUBLIC.1).unwrap();
        let bind = |token: &str, now| issuer.bind(&verifier, token, key.clone(), seconds(now));
        assert!(bind(&ticket, MADE + 60).is_ok());
        assert_eq!(
            bind(&ticket, MADE + 61).unwrap_err().reason(),
            "pass_expired"
        );
        // What belongs to a phone stays with it.
        assert_eq!(bind(&pass, MADE).unwrap_err().reason(), "pass_forged");
    }

    #[test]
    fn a_pass_of_no_phone_needs_no_proof_unless_the_shop_wants_one() {
        let issuer = Issuer::new("app", "corner", ISSUER).unwrap();
        let paper = issuer
            .issue("bob-1", 1, seconds(MADE), Duration::from_secs(60))
            .unwrap();
        let (verifier, ..) = bound();
        assert!(verifier.opens(&paper, seconds(MADE)).is_ok());
        let strict = verifier.rotating(true);
        assert_eq!(
            strict.opens(&paper, seconds(MADE)).unwrap_err().reason(),
            "proof_missing"
        );
        assert!(PhoneKey::new(PUBLIC.0, PUBLIC.0).is_err());
    }
}
