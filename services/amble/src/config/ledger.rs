//! Where what must survive goes.
//!
//! A password is used and never shown: not in messages, not by `amble config`.

use std::{fmt, path::PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

/// What stands for a ledger that ends with the process.
const MEMORY: &str = ":memory:";

/// Where the ledger is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub enum LedgerPlace {
    /// In memory: it ends with the process.
    Memory,
    /// In a file.
    File(PathBuf),
    /// In a PostgreSQL database.
    Postgres(Url),
}

impl Default for LedgerPlace {
    fn default() -> Self {
        Self::File(PathBuf::from("amble-data/ledger.sqlite"))
    }
}

impl TryFrom<String> for LedgerPlace {
    type Error = String;

    fn try_from(place: String) -> Result<Self, String> {
        if place == MEMORY {
            return Ok(Self::Memory);
        }
        if place.starts_with("postgres://") || place.starts_with("postgresql://") {
            let url = Url::parse(&place);
            return url
                .map(Self::Postgres)
                .map_err(|error| format!("the ledger's URL is none: {error}"));
        }
        Ok(Self::File(PathBuf::from(place)))
    }
}

impl From<LedgerPlace> for String {
    fn from(place: LedgerPlace) -> Self {
        place.to_string()
    }
}

impl fmt::Display for LedgerPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str(MEMORY),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Postgres(url) => write!(f, "{}", without_password(url)),
        }
    }
}

impl fmt::Debug for LedgerPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// It may stand before the host or among the parameters.
fn without_password(url: &Url) -> Url {
    let mut shown = url.clone();
    // Refused only for URLs that can't have one.
    let _ = shown.set_password(None);
    if url.query_pairs().any(|(key, _)| key == "password") {
        let others = url.query_pairs().filter(|(key, _)| key != "password");
        shown.query_pairs_mut().clear().extend_pairs(others);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        for secret in [
            "postgres://amble:sesame@db/shop?sslmode=require",
            "postgres://amble@db/shop?password=sesame&sslmode=require",
        ] {
            let place = LedgerPlace::try_from(secret.to_owned()).unwrap();
            let shown = "postgres://amble@db/shop?sslmode=require";
            assert_eq!(place.to_string(), shown);
            assert_eq!(format!("{place:?}"), shown);
            assert_eq!(serde_json::to_value(&place).unwrap(), shown);
            let LedgerPlace::Postgres(url) = place else {
                panic!("{place:?}");
            };
            assert_eq!(url.as_str(), secret);
        }
        let broken = "postgres://amble:sesame@db:door/shop".to_owned();
        let error = LedgerPlace::try_from(broken).unwrap_err();
        assert!(!error.contains("sesame"), "{error}");
    }

    #[test]
    fn a_place_is_a_file_unless_it_says_otherwise() {
        let place = |text: &str| LedgerPlace::try_from(text.to_owned());
        assert_eq!(place(":memory:"), Ok(LedgerPlace::Memory));
        let file = LedgerPlace::File(PathBuf::from("a/b.sqlite"));
        assert_eq!(place("a/b.sqlite"), Ok(file));
    }
}
