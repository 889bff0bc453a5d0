//! How passes come to belong to phones: who binds tickets, and whether other passes are let in.

use std::fs;

use amble_store::pass::Issuer;
use ed25519_dalek::{
    SigningKey,
    pkcs8::{DecodePrivateKey as _, EncodePublicKey as _, spki::der::pem::LineEnding},
};

use crate::{
    config::PassesConfig,
    failure::{Explain as _, Failure},
};

/// In whose name the shop binds; the pass keeps its own issuer's.
const BINDER: &str = "shop";

/// How passes come to belong to phones.
#[derive(Debug, Default)]
pub struct Phones {
    /// Who binds tickets, if this shop does.
    pub binder: Option<Issuer>,
    /// Whether only passes that belong to a phone open visits.
    pub rotating: bool,
}

impl Phones {
    /// As the settings have it. What is bound here is good here: the key's public half joins `pass_keys`.
    ///
    /// # Errors
    /// When the key can't be read.
    pub fn open(
        config: &PassesConfig,
        store: &str,
        pass_keys: &mut Vec<String>,
    ) -> Result<Self, Failure> {
        let file = &config.bind_key;
        let rotating = config.rotating;
        if file.as_os_str().is_empty() {
            let binder = None;
            return Ok(Self { binder, rotating });
        }
        let pem = fs::read_to_string(file)
            .explain(|| format!("cannot read the key {}", file.display()))?;
        let key = SigningKey::from_pkcs8_pem(&pem)
            .explain(|| format!("{}: no Ed25519 private key", file.display()))?;
        pass_keys.push(key.verifying_key().to_public_key_pem(LineEnding::LF)?);
        let binder = Issuer::new(BINDER, store, &pem).explain(|| file.display().to_string())?;
        let binder = Some(binder);
        Ok(Self { binder, rotating })
    }
}
