//! The pass: a short-lived signed token that opens one visit once (rule S1).
//!
//! A JSON Web Token signed with Ed25519 (`EdDSA`). Its claims: `iss` (who issued it), `aud` (the
//! store), `jti` (the visit's id), `iat` and `exp` (seconds since the Unix epoch), `party` (how many
//! people it is for), and, where the shopper has one, [`Bill`]'s: `pay`, `mail`, `lang`. A pass is signed
//! and not secret: who issues it puts there a token that only the payment service can use, never a card's
//! number. Whether it was used before is not the token's business: the visit's bucket
//! knows.
//!
//! A pass may belong to a phone: `cnf` names the phone's key, and [`proof`] says how it is shown then. Who issues passes
//! either knows that key, or gives out a *ticket*: a pass with `bind` (until when, in seconds since the Unix epoch), which
//! opens nothing until the shop has bound it to the phone that came with it ([`Issuer::bind`]).

pub mod proof;

use std::time::Duration;

use amble_engine::time::Time;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use proof::{Holder, PhoneKey, Purpose};
use serde::{Deserialize, Serialize};

/// The longest token that is looked at, in bytes.
pub const MAX_TOKEN_BYTES: usize = 4_096;
/// The longest visit id, in bytes.
pub const MAX_VISIT_BYTES: usize = 128;
/// The largest party that one pass may be for.
pub const MAX_PARTY: u32 = 12;

/// The longest that a pass may be valid, in microseconds: the shop remembers used passes as long.
pub const LONGEST_US: i64 = 3_600_000_000;

/// The longest payment method or e-mail address, in bytes; what SMTP allows an address (RFC 5321, 4.5.3.1.3).
pub const MAX_BILL_BYTES: usize = 254;

/// How a visit is paid and where its receipt goes. It travels from the pass to the outbox, and nothing
/// that is decided depends on it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Bill {
    /// The payment method, by the token that the payment service knows it by.
    pub pay: Option<String>,
    /// The e-mail address that the receipt goes to.
    pub mail: Option<String>,
    /// The receipt's language, such as `de`; the store's when there is none.
    pub lang: Option<String>,
}

impl Bill {
    /// What is wrong with it.
    fn problem(&self) -> Option<String> {
        let parts = [
            ("a payment method", &self.pay),
            ("an e-mail address", &self.mail),
            ("a language", &self.lang),
        ];
        parts.into_iter().find_map(|(what, part)| {
            let text = part.as_deref()?;
            let length = text.len();
            if !(1..=MAX_BILL_BYTES).contains(&length) {
                return Some(format!(
                    "{what} of {length} bytes; 1 to {MAX_BILL_BYTES} are allowed"
                ));
            }
            text.chars()
                .any(char::is_control)
                .then(|| format!("{what} with control characters"))
        })
    }
}

/// What a pass says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Who issued it.
    pub iss: String,
    /// The store that it opens.
    pub aud: String,
    /// The visit's id; a pass is known by it.
    pub jti: String,
    /// When it was issued: seconds since the Unix epoch.
    pub iat: i64,
    /// When it ends: seconds since the Unix epoch.
    pub exp: i64,
    /// How many people it is for.
    #[serde(default = "one")]
    pub party: u32,
    /// How the visit is paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pay: Option<String>,
    /// Where its receipt goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail: Option<String>,
    /// In which language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lang: Option<String>,
    /// Until when a phone may come for it, in seconds since the Unix epoch: this is a ticket, and opens nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bind: Option<i64>,
    /// The phone that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cnf: Option<Holder>,
}

impl Claims {
    /// How the visit is paid and where its receipt goes.
    #[must_use]
    pub fn bill(&self) -> Bill {
        Bill {
            pay: self.pay.clone(),
            mail: self.mail.clone(),
            lang: self.lang.clone(),
        }
    }
}

fn one() -> u32 {
    1
}

/// That a pass is to be bound to a phone first.
#[derive(Clone, Copy, Debug)]
pub struct Ticket {
    /// For how long after it was issued a phone may come for it.
    pub within: Duration,
}

/// Why a pass was refused.
#[derive(Debug, Serialize, Deserialize, thiserror::Error)]
pub enum PassError {
    /// Not a token at all, or not one of ours.
    #[error("the pass is not valid: {0}; ask for a new one")]
    Invalid(String),
    /// Its time is over.
    #[error("the pass ended {seconds} s before it was scanned; ask for a new one")]
    Expired {
        /// For how long it had been over.
        seconds: i64,
    },
    /// Its time has not come.
    #[error("the pass is dated {seconds} s in the future; check the clock of who issued it")]
    FromTheFuture {
        /// By how much.
        seconds: i64,
    },
    /// It is for another store.
    #[error("the pass is for the store {theirs}; this is {ours}")]
    OtherStore {
        /// The pass's.
        theirs: String,
        /// This one.
        ours: String,
    },
    /// Its claims make no sense.
    #[error("the pass says {0}")]
    BadClaim(String),
    /// It has opened a visit before.
    #[error("the pass {0} has already opened a visit; each pass opens one visit once")]
    Used(String),
    /// A signing key could not be read.
    #[error("the key is no Ed25519 key in PEM form: {0}")]
    BadKey(String),
    /// It belongs to a phone, or should, and nothing shows that this is the one.
    #[error(
        "the code does not show that it comes from its own phone; show the live code of the pass's page"
    )]
    ProofMissing,
    /// The proof is not the phone's, or not for this.
    #[error("the code does not come from the phone that the pass belongs to: {0}")]
    ProofForged(String),
    /// The proof was made too long ago.
    #[error(
        "the code was made {seconds} s before it was scanned; show a fresh one from the phone itself"
    )]
    ProofOld {
        /// How long ago.
        seconds: i64,
    },
    /// The proof was made in the future.
    #[error(
        "the code is dated {seconds} s in the future; have the phone set its clock by itself and show a fresh one"
    )]
    ProofAhead {
        /// By how much.
        seconds: i64,
    },
}

impl PassError {
    /// Why, in a word, as refusals are counted.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Expired { .. } | Self::FromTheFuture { .. } => "pass_expired",
            Self::Used(_) => "pass_used",
            Self::OtherStore { .. } => "pass_other_store",
            Self::Invalid(_) | Self::BadClaim(_) | Self::BadKey(_) => "pass_forged",
            Self::ProofMissing => "proof_missing",
            Self::ProofForged(_) => "proof_forged",
            Self::ProofOld { .. } | Self::ProofAhead { .. } => "proof_old",
        }
    }

    /// Whether the same phone may be let in with a fresh code.
    #[must_use]
    pub fn wants_a_fresh_code(&self) -> bool {
        matches!(
            self,
            Self::ProofMissing | Self::ProofOld { .. } | Self::ProofAhead { .. }
        )
    }
}

impl From<jsonwebtoken::errors::Error> for PassError {
    fn from(error: jsonwebtoken::errors::Error) -> Self {
        Self::Invalid(error.to_string())
    }
}

fn whole_seconds(time: Time) -> i64 {
    time.0.div_euclid(1_000_000)
}

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

/// Issues passes.
pub struct Issuer {
    key: EncodingKey,
    issuer: String,
    store: String,
}

impl std::fmt::Debug for Issuer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Issuer")
            .field("issuer", &self.issuer)
            .field("store", &self.store)
            .finish()
    }
}

impl Issuer {
    /// Issues passes of a store with a private Ed25519 key (PEM, PKCS#8).
    ///
    /// # Errors
    /// When the key can't be read.
    pub fn new(issuer: &str, store: &str, private_pem: &str) -> Result<Self, PassError> {
        Ok(Self {
            key: EncodingKey::from_ed_pem(private_pem.as_bytes())
                .map_err(|error| PassError::BadKey(error.to_string()))?,
            issuer: issuer.to_owned(),
            store: store.to_owned(),
        })
    }

    /// A pass for a visit, valid for so long from `at`.
    ///
    /// # Errors
    /// When it can't be signed.
    pub fn issue(
        &self,
        visit: &str,
        party: u32,
        at: Time,
        valid: Duration,
    ) -> Result<String, PassError> {
        self.issue_with(visit, party, at, valid, Bill::default(), None)
    }

    /// A pass that also says how the visit is paid and where its receipt goes; or a ticket for one.
    ///
    /// # Errors
    /// When it can't be signed.
    pub fn issue_with(
        &self,
        visit: &str,
        party: u32,
        at: Time,
        valid: Duration,
        bill: Bill,
        ticket: Option<Ticket>,
    ) -> Result<String, PassError> {
        let iat = whole_seconds(at);
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: self.store.clone(),
            jti: visit.to_owned(),
            iat,
            exp: iat.saturating_add_unsigned(valid.as_secs()),
            party,
            pay: bill.pay,
            mail: bill.mail,
            lang: bill.lang,
            bind: ticket.map(|ticket| iat.saturating_add_unsigned(ticket.within.as_secs())),
            cnf: None,
        };
        self.sign(&claims)
    }

    /// The pass that a ticket becomes on the phone with that key.
    ///
    /// # Errors
    /// When it is no good ticket, or its time is over.
    pub fn bind(
        &self,
        verifier: &Verifier,
        ticket: &str,
        key: PhoneKey,
        at: Time,
    ) -> Result<String, PassError> {
        let mut claims = verifier.verify(ticket, at)?;
        let (Some(until), None) = (claims.bind.take(), &claims.cnf) else {
            let what = "nothing of a phone that may come for it".to_owned();
            return Err(PassError::BadClaim(what));
        };
        let now = whole_seconds(at);
        if until < now {
            return Err(PassError::Expired {
                seconds: now - until,
            });
        }
        claims.cnf = Some(Holder { jwk: key });
        self.sign(&claims)
    }

    fn sign(&self, claims: &Claims) -> Result<String, PassError> {
        Ok(encode(&Header::new(Algorithm::EdDSA), claims, &self.key)?)
    }
}
