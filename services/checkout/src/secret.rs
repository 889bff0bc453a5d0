//! Secrets, by the file that holds them.
//!
//! 1. A secret is in no setting, no log and no error: only its file's name is.
//! 2. It is read when it is needed, so one that is replaced holds from the next time on.

use std::{
    io,
    path::{Path, PathBuf},
};

/// Larger than any password or key.
const MAX_BYTES: usize = 4_096;

/// A file whose one line is a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretFile(PathBuf);

/// A secret that could not be had.
#[derive(Debug, thiserror::Error)]
#[error("cannot use the secret in {}: {why}", file.display())]
pub struct SecretError {
    /// The file.
    pub file: PathBuf,
    /// Why.
    pub why: io::Error,
}

impl SecretFile {
    /// A secret in this file.
    #[must_use]
    pub fn new(file: impl Into<PathBuf>) -> Self {
        Self(file.into())
    }

    /// Its file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The secret, without the line's end.
    ///
    /// # Errors
    ///
    /// When the file can't be read, or holds no line of visible characters.
    pub fn read(&self) -> Result<String, SecretError> {
        let failed = |why| SecretError {
            file: self.0.clone(),
            why,
        };
        let text = std::fs::read_to_string(&self.0).map_err(failed)?;
        let secret = text.trim();
        if secret.is_empty() || secret.len() > MAX_BYTES || secret.chars().any(char::is_control) {
            let wanted = "one line of 1 to 4096 bytes is wanted";
            return Err(failed(io::Error::new(io::ErrorKind::InvalidData, wanted)));
        }
        Ok(secret.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_a_line_of_its_file_and_shows_in_no_error() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let secret = SecretFile::new(file.path());
        std::fs::write(file.path(), "hush\n").unwrap();
        assert_eq!(secret.read().unwrap(), "hush");
        std::fs::write(file.path(), "hush\nhush").unwrap();
        let error = secret.read().unwrap_err().to_string();
        assert!(!error.contains("hush"), "{error}");
        assert!(!format!("{secret:?}").contains("hush"));
    }
}
