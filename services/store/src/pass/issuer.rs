//! Passes that are made: for a visit, or of a ticket for the phone that came for it.

use std::time::Duration;

use amble_engine::time::Time;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};

use super::{
    Bill, Claims, PassError, Ticket, Verifier,
    proof::{Holder, PhoneKey},
    whole_seconds,
};

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
