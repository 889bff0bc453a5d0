//! Whether a pass is good.
//!
//! 1. It is, when a key that the shop knows signed it for this store, and its claims are within the limits.
//! 2. By event time it is neither over nor from the future: a recording gives the same answer next year.
//! 3. What belongs to a phone is shown by that phone ([`proof`]); a ticket opens and shows nothing.

use amble_engine::time::Time;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};

use super::{
    Claims, LONGEST_US, MAX_PARTY, MAX_TOKEN_BYTES, MAX_VISIT_BYTES, PassError,
    proof::{self, Purpose},
    whole_seconds,
};

/// How far the issuer's clock may be ahead of the gate's, in seconds.
const SKEW_S: i64 = 30;

/// Checks passes.
#[derive(Clone)]
pub struct Verifier {
    keys: Vec<DecodingKey>,
    trusting: bool,
    rotating: bool,
    validation: Validation,
    store: String,
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verifier")
            .field("store", &self.store)
            .field("keys", &self.keys.len())
            .finish()
    }
}

impl Verifier {
    /// Accepts passes of this store that one of these public keys (PEM) has signed.
    ///
    /// # Errors
    /// When a key can't be read.
    pub fn new(store: &str, public_pem: &[String]) -> Result<Self, PassError> {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_required_spec_claims(&["exp", "aud"]);
        // The store is compared below, to say which it is for.
        validation.validate_aud = false;
        // Expiry is judged by event time, below: a recording must give the same answer next year.
        validation.validate_exp = false;
        let keys = public_pem
            .iter()
            .map(|pem| {
                DecodingKey::from_ed_pem(pem.as_bytes())
                    .map_err(|error| PassError::BadKey(error.to_string()))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            keys,
            trusting: false,
            rotating: false,
            validation,
            store: store.to_owned(),
        })
    }

    /// Accepts every pass of this store, whoever signed it: for recordings that name no key.
    #[must_use]
    pub fn trusting(store: &str) -> Self {
        Self {
            keys: Vec::new(),
            trusting: true,
            rotating: false,
            validation: Validation::new(Algorithm::EdDSA),
            store: store.to_owned(),
        }
    }

    /// Whether only passes that belong to a phone open visits.
    #[must_use]
    pub fn rotating(mut self, rotating: bool) -> Self {
        self.rotating = rotating;
        self
    }

    /// What is shown at a gate at that event time, when it may open its visit.
    ///
    /// # Errors
    /// When it may not; the error says why.
    pub fn opens(&self, shown: &str, at: Time) -> Result<Claims, PassError> {
        let (pass, proof) = Self::sized(shown)?;
        let claims = self.verify(pass, at)?;
        if claims.cnf.is_none() && (self.rotating || claims.bind.is_some()) {
            return Err(PassError::ProofMissing);
        }
        proof::check(&claims, proof, Purpose::Gate, whole_seconds(at))?;
        Ok(claims)
    }

    /// What is shown with a question about a visit, when it may be answered. A pass opens its visit while it is valid,
    /// and shows it for as long as there is one. `at`: event time, by which the pass is judged; `now`: the wall clock, by
    /// which the proof is, for a shop that is behind must go on answering.
    ///
    /// # Errors
    /// When it may not; the error says why.
    pub fn shows(&self, shown: &str, at: Time, now: Time) -> Result<Claims, PassError> {
        let (pass, proof) = Self::sized(shown)?;
        let claims = match self.verify(pass, at) {
            Err(PassError::Expired { .. }) => self.signed(pass)?,
            claims => claims?,
        };
        if claims.cnf.is_none() && claims.bind.is_some() {
            return Err(PassError::ProofMissing);
        }
        proof::check(&claims, proof, Purpose::Call, whole_seconds(now))?;
        Ok(claims)
    }

    fn sized(shown: &str) -> Result<(&str, Option<&str>), PassError> {
        if shown.len() > MAX_TOKEN_BYTES {
            return Err(PassError::BadClaim(format!(
                "more than a pass can: {} bytes, at most {MAX_TOKEN_BYTES}",
                shown.len()
            )));
        }
        Ok(proof::apart(shown))
    }

    /// What the pass says, when it is good for the store at that event time, whoever shows it.
    ///
    /// # Errors
    /// When it is not; the error says why.
    pub fn verify(&self, token: &str, at: Time) -> Result<Claims, PassError> {
        Self::sized(token)?;
        let claims = self.signed(token)?;
        let now = whole_seconds(at);
        if claims.exp < now {
            return Err(PassError::Expired {
                seconds: now - claims.exp,
            });
        }
        if claims.iat > now + SKEW_S {
            return Err(PassError::FromTheFuture {
                seconds: claims.iat - now,
            });
        }
        if claims.exp.saturating_sub(claims.iat) > LONGEST_US / 1_000_000 {
            return Err(PassError::BadClaim(format!(
                "that it is valid for {} s; at most {} s are allowed",
                claims.exp.saturating_sub(claims.iat),
                LONGEST_US / 1_000_000
            )));
        }
        if !(1..=MAX_PARTY).contains(&claims.party) {
            return Err(PassError::BadClaim(format!(
                "a party of {}; 1 to {MAX_PARTY} are allowed",
                claims.party
            )));
        }
        if claims.jti.is_empty() || claims.jti.len() > MAX_VISIT_BYTES {
            return Err(PassError::BadClaim(format!(
                "a visit id of {} bytes; 1 to {MAX_VISIT_BYTES} are allowed",
                claims.jti.len()
            )));
        }
        if let Some(problem) = claims.bill().problem() {
            return Err(PassError::BadClaim(problem));
        }
        if let Some(holder) = &claims.cnf {
            holder.jwk.check()?;
        }
        Ok(claims)
    }

    fn of_this_store(&self, claims: Claims) -> Result<Claims, PassError> {
        if claims.aud == self.store {
            return Ok(claims);
        }
        Err(PassError::OtherStore {
            theirs: claims.aud,
            ours: self.store.clone(),
        })
    }

    fn signed(&self, token: &str) -> Result<Claims, PassError> {
        if self.trusting {
            let data = jsonwebtoken::dangerous::insecure_decode::<Claims>(token)?;
            return self.of_this_store(data.claims);
        }
        let mut last = jsonwebtoken::errors::ErrorKind::InvalidSignature.into();
        for key in &self.keys {
            match decode::<Claims>(token, key, &self.validation) {
                Ok(data) => return self.of_this_store(data.claims),
                Err(error) => last = error,
            }
        }
        Err(last.into())
    }
}
