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

mod issuer;
pub mod proof;
mod verifier;

use std::time::Duration;

use amble_engine::time::Time;
use serde::{Deserialize, Serialize};

use self::proof::Holder;
pub use self::{issuer::Issuer, verifier::Verifier};

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
