//! What a certificate says that its holder is.
//!
//! 1. Names are URIs among the certificate's alternative names: `amble://STORE/node` is a node,
//!    `amble://STORE/camera/ID` (`shelf`, `gate`) a device. Other URIs say nothing here.
//! 2. `amble://STORE/shelf/*` is every shelf of that store. A star stands for ids only, never for a kind
//!    or a store.
//! 3. The name of a host is none: it says where somebody is, not who.

use rustls::pki_types::CertificateDer;
use x509_cert::{
    Certificate,
    der::Decode as _,
    ext::pkix::{SubjectAltName, name::GeneralName},
};

use crate::{PairError, lengths};

/// What all names begin with.
const SCHEME: &str = "amble://";

/// The name of a node.
#[must_use]
pub fn node(store: &str) -> String {
    format!("{SCHEME}{store}/node")
}

/// The name of a device; `kind` is `camera`, `shelf` or `gate`, `id` as the store plan has it, or a star.
#[must_use]
pub fn device(store: &str, kind: &str, id: &str) -> String {
    format!("{SCHEME}{store}/{kind}/{id}")
}

/// The names of one certificate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names(Vec<String>);

impl Names {
    /// Those in a certificate.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn of(certificate: &CertificateDer<'_>) -> Result<Self, PairError> {
        Ok(Self::in_certificate(&read(certificate)?))
    }

    pub(crate) fn in_certificate(certificate: &Certificate) -> Self {
        let found = certificate.tbs_certificate.get::<SubjectAltName>();
        let Ok(Some((_, SubjectAltName(names)))) = found else {
            return Self::default();
        };
        let uris = names.iter().filter_map(|name| match name {
            GeneralName::UniformResourceIdentifier(uri) => Some(uri.as_str()),
            _ => None,
        });
        let ours = uris.filter(|uri| uri.starts_with(SCHEME));
        Self(ours.map(str::to_owned).collect())
    }

    /// Whether one of them is this name, or stands for it (rule 2).
    #[must_use]
    pub fn allow(&self, name: &str) -> bool {
        self.0
            .iter()
            .any(|own| own == name || stands_for(own, name))
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// For people: the first few.
    #[must_use]
    pub fn shown(&self) -> String {
        const MOST: usize = 3;
        let more = if self.0.len() > MOST { ", …" } else { "" };
        let first: Vec<&str> = self.0.iter().take(MOST).map(String::as_str).collect();
        format!("{}{more}", first.join(", "))
    }
}

pub(crate) fn read(certificate: &CertificateDer<'_>) -> Result<Certificate, PairError> {
    if !lengths::hold(certificate) {
        let why = "a value in it claims more bytes than there are, or lies too deep";
        return Err(PairError::Certificate(why.to_owned()));
    }
    Certificate::from_der(certificate).map_err(|error| PairError::Certificate(error.to_string()))
}

/// `amble://kiosk/shelf/*` stands for `amble://kiosk/shelf/g1/s2`.
fn stands_for(own: &str, name: &str) -> bool {
    let Some(before) = own.strip_suffix('*') else {
        return false;
    };
    let words = before.strip_prefix(SCHEME).map(|rest| rest.split('/'));
    let whole = words.is_some_and(|words| {
        let words: Vec<&str> = words.collect();
        matches!(words[..], [store, kind, ""] if !store.is_empty() && !kind.is_empty())
    });
    whole && name.starts_with(before)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(own: &str, name: &str) -> bool {
        Names(vec![own.to_owned()]).allow(name)
    }

    #[test]
    fn a_star_stands_for_ids_and_for_nothing_else() {
        let shelf = device("kiosk", "shelf", "g1/s2");
        assert!(allows(&shelf, &shelf));
        assert!(allows(&device("kiosk", "shelf", "*"), &shelf));
        for other in [
            "amble://kiosk/shelf/g1",
            "amble://kiosk/shelf/g1/*",
            "amble://kiosk/camera/*",
            "amble://other/shelf/*",
            "amble://kiosk/*",
            "amble://kiosk/*/*",
            "amble://*",
            "amble:///shelf/*",
            "*",
        ] {
            assert!(!allows(other, &shelf), "{other}");
            assert!(!allows(other, &node("kiosk")), "{other}");
        }
    }
}
