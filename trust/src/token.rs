//! What operators show: a signed token that says who they are and what they may do (rule S1).
//!
//! 1. A JSON Web Token signed with Ed25519 (`EdDSA`), for one store, valid for [`LONGEST`] at most. Its
//!    claims: `iss`, `aud` (the store), `sub` (who), `role`, `iat` and `exp` (seconds since the Unix epoch).
//! 2. The keys are others than those of passes: who may let people in may not change prices.
//! 3. A role includes those below it.

use std::time::{Duration, SystemTime};

use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode, errors::ErrorKind,
};
use serde::{Deserialize, Serialize};

/// The longest that a token may be valid: a quarter of a year, for a board on a wall.
pub const LONGEST: Duration = Duration::from_secs(93 * 86_400);
/// The longest token that is looked at, in bytes.
pub const MAX_BYTES: usize = 4_096;
/// How far the issuer's clock may be ahead, in seconds.
const SKEW_S: u64 = 30;

/// What somebody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Look.
    View,
    /// And answer reviews.
    Review,
    /// And change: prices, drains, moves.
    Operate,
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::View => "view",
            Self::Review => "review",
            Self::Operate => "operate",
        })
    }
}

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Who issued it.
    pub iss: String,
    /// The store that it is for.
    pub aud: String,
    /// Whose it is.
    pub sub: String,
    /// What they may do.
    pub role: Role,
    /// When it was issued: seconds since the Unix epoch.
    pub iat: u64,
    /// When it ends: seconds since the Unix epoch.
    pub exp: u64,
}

/// Why a token is not taken, or not made.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// No key that is known has signed it, or it is none.
    #[error("the token is not signed by a key that this shop knows")]
    Forged,
    /// Its time is over.
    #[error("the token has ended; ask for a new one")]
    Expired,
    /// Its time has not come.
    #[error("the token is dated in the future; check the clock of who issued it")]
    FromTheFuture,
    /// It is valid for too long.
    #[error("the token is valid for more than {} days", LONGEST.as_secs() / 86_400)]
    TooLong,
    /// It is for another store.
    #[error("the token is for another store")]
    OtherStore,
    /// A key could not be read.
    #[error("the key is no Ed25519 key in PEM form")]
    BadKey,
}

/// Checks tokens.
#[derive(Clone)]
pub struct Verifier {
    keys: Vec<DecodingKey>,
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
    /// Takes tokens for this store that one of these public keys (PEM) has signed.
    ///
    /// # Errors
    /// When a key can't be read.
    pub fn new(store: &str, public_pem: &[String]) -> Result<Self, TokenError> {
        let key = |pem: &String| DecodingKey::from_ed_pem(pem.as_bytes());
        let keys: Result<_, _> = public_pem.iter().map(key).collect();
        Ok(Self {
            keys: keys.map_err(|_| TokenError::BadKey)?,
            store: store.to_owned(),
        })
    }

    /// What the token says, when it is good now.
    ///
    /// # Errors
    /// When it is not; the error says why.
    pub fn verify(&self, token: &str) -> Result<Claims, TokenError> {
        if token.len() > MAX_BYTES {
            return Err(TokenError::Forged);
        }
        let mut rules = Validation::new(Algorithm::EdDSA);
        rules.set_audience(&[&self.store]);
        rules.set_required_spec_claims(&["exp", "aud", "sub"]);
        rules.leeway = 0;
        let mut last = TokenError::Forged;
        for key in &self.keys {
            match decode::<Claims>(token, key, &rules) {
                Ok(data) => return in_bounds(data.claims),
                Err(error) => match error.kind() {
                    // Signed, or it would not have come to that.
                    ErrorKind::ExpiredSignature => return Err(TokenError::Expired),
                    ErrorKind::InvalidAudience => return Err(TokenError::OtherStore),
                    _ => last = TokenError::Forged,
                },
            }
        }
        Err(last)
    }
}

fn in_bounds(claims: Claims) -> Result<Claims, TokenError> {
    if claims.iat > now_s() + SKEW_S {
        return Err(TokenError::FromTheFuture);
    }
    if claims.exp.saturating_sub(claims.iat) > LONGEST.as_secs() {
        return Err(TokenError::TooLong);
    }
    Ok(claims)
}

fn now_s() -> u64 {
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    since.as_secs()
}

/// Signs a token with a private key (PEM, PKCS#8), valid from now on.
///
/// # Errors
/// When the key can't be read, or the token would be valid for too long.
pub fn issue(
    private_pem: &str,
    issuer: &str,
    store: &str,
    who: &str,
    role: Role,
    valid: Duration,
) -> Result<String, TokenError> {
    if valid > LONGEST {
        return Err(TokenError::TooLong);
    }
    let key = EncodingKey::from_ed_pem(private_pem.as_bytes()).map_err(|_| TokenError::BadKey)?;
    let iat = now_s();
    let claims = Claims {
        iss: issuer.to_owned(),
        aud: store.to_owned(),
        sub: who.to_owned(),
        role,
        iat,
        exp: iat + valid.as_secs(),
    };
    encode(&Header::new(Algorithm::EdDSA), &claims, &key).map_err(|_| TokenError::BadKey)
}
