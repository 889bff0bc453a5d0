//! What people and devices show: passes, operators' tokens, certificates.

use std::time::Duration;

use amble_engine::time::Time;
use amble_store::pass;
use amble_trust::{
    Names, device,
    token::{self, Role},
};
use rcgen::{CertificateParams, KeyPair, PKCS_ED25519, SanType};
use rustls::pki_types::CertificateDer;

use crate::{Fate, Target, target::Broken};

const STORE: &str = "kiosk";
const NOW: Time = Time(1_893_488_400_000_000);
const HOUR: Duration = Duration::from_secs(3_600);
const WORDS: &[&str] = &[
    ".",
    "..",
    "=",
    "eyJhbGciOiJub25lIn0",
    "eyJhbGciOiJIUzI1NiJ9",
    "AAAA",
    "{}",
    "-",
    "_",
];

pub(super) fn all() -> Vec<Target> {
    vec![
        a_pass().words(WORDS),
        an_operators_token().words(WORDS),
        a_certificate(),
    ]
}

fn key() -> KeyPair {
    KeyPair::generate_for(&PKCS_ED25519).expect("the system has randomness")
}

/// Nothing but what was signed is good.
fn forged(input: &[u8], good: &str) -> Result<Fate, Broken> {
    if input == good.as_bytes() {
        Ok(Fate::Taken)
    } else {
        Err("what nobody signed is taken for good".to_owned())
    }
}

fn a_pass() -> Target {
    let key = key();
    let issuer = pass::Issuer::new("app", STORE, &key.serialize_pem()).expect("a key");
    let good = issuer.issue("visit-1", 2, NOW, HOUR).expect("a pass");
    let verifier = pass::Verifier::new(STORE, &[key.public_key_pem()]).expect("a key");
    let trusting = pass::Verifier::trusting(STORE);
    let seeds = vec![good.clone().into_bytes()];
    Target::new("pass", move |input| {
        let token = String::from_utf8_lossy(input);
        let _ = trusting.opens(&token, NOW);
        match verifier.opens(&token, NOW) {
            Ok(_) => forged(input, &good),
            Err(_) => Ok(Fate::Refused),
        }
    })
    .seeds(seeds)
}

fn an_operators_token() -> Target {
    let key = key();
    let good = token::issue(
        &key.serialize_pem(),
        "office",
        STORE,
        "kim",
        Role::Operate,
        HOUR,
    );
    let good = good.expect("a token");
    let verifier = token::Verifier::new(STORE, &[key.public_key_pem()]).expect("a key");
    let seeds = vec![good.clone().into_bytes()];
    Target::new("token", move |input| {
        match verifier.verify(&String::from_utf8_lossy(input)) {
            Ok(_) => forged(input, &good),
            Err(_) => Ok(Fate::Refused),
        }
    })
    .seeds(seeds)
}

/// A name that is read is one of ours.
fn a_certificate() -> Target {
    let name = device(STORE, "camera", "cam-1");
    let mut params = CertificateParams::default();
    let uri = name.as_str().try_into().expect("ASCII");
    params.subject_alt_names.push(SanType::URI(uri));
    let certificate = params.self_signed(&key()).expect("a certificate");
    let seeds = vec![certificate.der().to_vec()];
    Target::new("certificate", |input| {
        let Ok(names) = Names::of(&CertificateDer::from(input.to_vec())) else {
            return Ok(Fate::Refused);
        };
        if names.is_empty() || names.shown().contains("amble://") {
            Ok(Fate::Taken)
        } else {
            Err(format!("these are no names of ours: {}", names.shown()))
        }
    })
    .seeds(seeds)
}
