//! Why a test fails, readable where the test harness prints it.

use std::{error::Error, fmt};

/// What a test and its helpers return.
pub type Outcome<T = ()> = Result<T, Fault>;

/// What went wrong. The harness prints `Debug`, so that is the plain text.
pub struct Fault(String);

impl Fault {
    /// A fault in words.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<E: Error> From<E> for Fault {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}
