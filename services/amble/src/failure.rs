//! Why a command ends without having done its work, and with which exit code.

use std::{error::Error, fmt, process::ExitCode};

/// Why a command failed: told to the user on the standard error, once, by `main`.
///
/// Every error turns into one with `?`; [`Explain`] says before it what was being done.
#[derive(Debug)]
pub struct Failure {
    text: String,
    code: u8,
}

impl Failure {
    /// The work could not be done: exit code 1.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            code: 1,
        }
    }

    /// The command line asks for something that makes no sense: exit code 2.
    pub fn usage(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            code: 2,
        }
    }

    /// The process's exit code.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.code)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl<E: Error> From<E> for Failure {
    fn from(error: E) -> Self {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            // Many errors already say what caused them.
            let cause_text = cause.to_string();
            if !text.contains(&cause_text) {
                text.push_str(": ");
                text.push_str(&cause_text);
            }
            source = cause.source();
        }
        Self::new(text)
    }
}

/// Says what was being done when something failed.
pub trait Explain<T> {
    /// Puts `what` and a colon before the reason.
    ///
    /// # Errors
    /// What failed before.
    fn explain(self, what: impl FnOnce() -> String) -> Result<T, Failure>;
}

impl<T, E: Into<Failure>> Explain<T> for Result<T, E> {
    fn explain(self, what: impl FnOnce() -> String) -> Result<T, Failure> {
        self.map_err(|error| {
            let Failure { text, code } = error.into();
            Failure {
                text: format!("{}: {text}", what()),
                code,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the till is shut")]
    struct Outer(#[source] std::io::Error);

    #[test]
    fn a_failure_says_what_was_done_and_every_cause_once() {
        let inner = || std::io::Error::other("no key");
        let failure = Err::<(), _>(Outer(inner()))
            .explain(|| "opening".to_owned())
            .unwrap_err();
        assert_eq!(failure.to_string(), "opening: the till is shut: no key");

        let plain = Err::<(), _>(inner())
            .explain(|| "opening".to_owned())
            .unwrap_err();
        assert_eq!(plain.to_string(), "opening: no key");
    }
}
