//! Passes: the text of the QR code that opens a visit, as the shop's app would sign it.

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;

use crate::error::SimulatorError;

/// How long a pass is valid, in seconds of event time.
const VALID_S: i64 = 600;

/// What a pass says.
#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    aud: &'a str,
    /// The id of the pass; the visit gets the same.
    jti: &'a str,
    iat: i64,
    exp: i64,
    /// How many people it is for.
    party: u32,
    /// How it is paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pay: Option<&'a str>,
    /// Where the receipt goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    mail: Option<&'a str>,
}

/// A pass that is held to a reader.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ScannedPass {
    /// The visit that it opens.
    pub visit: String,
    /// The pass.
    pub pass: String,
}

/// Signs passes with an Ed25519 key (JWT, `EdDSA`). Signatures are deterministic: the same day has
/// the same bytes.
#[derive(Clone)]
pub struct PassSigner {
    issuer: String,
    key: EncodingKey,
    pay: Option<String>,
    mail: Option<String>,
}

impl std::fmt::Debug for PassSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PassSigner")
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}

impl PassSigner {
    /// Signs as `issuer` with a private key in PEM (PKCS 8).
    ///
    /// # Errors
    /// When the text is no Ed25519 private key.
    pub fn from_pem(issuer: impl Into<String>, pem: &str) -> Result<Self, SimulatorError> {
        Ok(Self {
            issuer: issuer.into(),
            key: EncodingKey::from_ed_pem(pem.as_bytes())?,
            pay: None,
            mail: None,
        })
    }

    /// Signs with a key that everybody may know: for recordings that name no key, whose passes
    /// nobody checks.
    #[must_use]
    pub fn unchecked() -> Self {
        Self {
            issuer: "simulator".to_owned(),
            key: EncodingKey::from_ed_der(&KNOWN_KEY),
            pay: None,
            mail: None,
        }
    }

    /// All passes name this payment method, and this address for the receipt.
    #[must_use]
    pub fn billed(mut self, pay: Option<String>, mail: Option<String>) -> Self {
        (self.pay, self.mail) = (pay, mail);
        self
    }

    /// The pass of a visit to `store`, scanned at `time_us` (microseconds since the Unix epoch).
    ///
    /// # Errors
    /// When the key can't sign.
    pub fn sign(
        &self,
        store: &str,
        visit: &str,
        party: u32,
        time_us: i64,
    ) -> Result<String, SimulatorError> {
        let iat = time_us.div_euclid(1_000_000);
        let claims = Claims {
            iss: &self.issuer,
            aud: store,
            jti: visit,
            iat,
            exp: iat + VALID_S,
            party,
            pay: self.pay.as_deref(),
            mail: self.mail.as_deref(),
        };
        Ok(jsonwebtoken::encode(
            &Header::new(Algorithm::EdDSA),
            &claims,
            &self.key,
        )?)
    }
}

/// An Ed25519 private key in PKCS 8 whose secret is 32 times 0x41.
const KNOWN_KEY: [u8; 48] = {
    const HEAD: [u8; 16] = [
        0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04,
        0x20,
    ];
    let mut key = [0x41; 48];
    let mut at = 0;
    while at < HEAD.len() {
        key[at] = HEAD[at];
        at += 1;
    }
    key
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_from_a_file_signs_the_same_pass_every_time() {
        let pem = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIEFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB\n-----END PRIVATE KEY-----\n";
        let signer = PassSigner::from_pem("simulator", pem).unwrap();
        let sign = |signer: &PassSigner| signer.sign("tiny", "visit-1", 2, 1_700_000_000_500_000);
        let pass = sign(&signer).unwrap();
        assert_eq!(pass, sign(&PassSigner::unchecked()).unwrap());
        assert_eq!(pass.split('.').count(), 3);
        assert!(PassSigner::from_pem("simulator", "no key").is_err());
    }
}
