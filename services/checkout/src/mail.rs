//! Who brings the receipt, and what corrects it, to the shopper.

use std::{path::PathBuf, sync::Arc};

use async_trait::async_trait;
use tokio::sync::Semaphore;

use crate::files;

/// A receipt, or a correction, on its way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Letter {
    /// The document's id; sending it again must reach nobody twice, or show that it is the same.
    pub id: String,
    /// The id of the receipt that it corrects.
    pub follows: Option<String>,
    /// Where to, as the outbox entry says; may be empty.
    pub address: String,
    /// The store's key: documents' ids are unique within it.
    pub store: String,
    /// What it is about, in a line.
    pub subject: String,
    /// When it was settled or decided, in microseconds since the Unix epoch.
    pub written_us: i64,
    /// The document as JSON.
    pub json: String,
    /// The document as text of 40 columns.
    pub text: String,
    /// The document as an HTML page.
    pub html: String,
}

/// Why a letter was not delivered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// It may work later.
    #[error("the letter could not be delivered now: {0}")]
    Retryable(String),
    /// It never will.
    #[error("the letter can't be delivered: {0}")]
    Refused(String),
}

/// A way to deliver letters.
#[async_trait]
pub trait Mail: Send + Sync + 'static {
    /// Delivers, and says where to.
    ///
    /// # Errors
    ///
    /// [`MailError::Retryable`] when it is to be tried again.
    async fn send(&self, letter: &Letter) -> Result<String, MailError>;
}

/// Several ways, one after the other; an entry is done when all of them are. What the first ones did
/// is done again when a later one has to be tried again: the last should be the one that must not send
/// twice.
pub struct Each(pub Vec<Arc<dyn Mail>>);

#[async_trait]
impl Mail for Each {
    async fn send(&self, letter: &Letter) -> Result<String, MailError> {
        let mut places = Vec::new();
        for way in &self.0 {
            places.push(way.send(letter).await?);
        }
        Ok(places.join("; "))
    }
}

/// Documents as files: `<id>.json` and `<id>.txt`. Sent again they replace themselves.
pub struct ReceiptFolder {
    folder: PathBuf,
    writing: Arc<Semaphore>,
}

/// Letters written at once. An attempt that takes too long is given up, but not what its thread is
/// doing: without a bound, a slow disk would be met by more and more threads.
const WRITING: usize = 4;

impl ReceiptFolder {
    /// A folder that is made when it is first needed.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            writing: Arc::new(Semaphore::new(WRITING)),
        }
    }
}

#[async_trait]
impl Mail for ReceiptFolder {
    async fn send(&self, letter: &Letter) -> Result<String, MailError> {
        let folder = self.folder.clone();
        let Letter { id, json, text, .. } = letter.clone();
        let place = self.writing.clone().acquire_owned().await;
        let written = files::aside(move || {
            let _held_until_written = place;
            std::fs::create_dir_all(&folder)?;
            let name = files::name(&id);
            files::replace(&folder.join(format!("{name}.json")), json.as_bytes())?;
            let printed = folder.join(format!("{name}.txt"));
            files::replace(&printed, text.as_bytes())?;
            Ok(printed)
        });
        // A full disk or a missing right may be put in order, so every error may pass.
        let path = written.await.map_err(|error| {
            MailError::Retryable(format!("folder {}: {error}", self.folder.display()))
        })?;
        Ok(path.display().to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_receipt_is_written_as_json_and_as_text_and_again_replaces_itself() {
        let parent = tempfile::tempdir().unwrap();
        let folder = ReceiptFolder::new(parent.path().join("receipts"));
        let mut letter = Letter {
            id: "r/1".to_owned(),
            json: "{}".to_owned(),
            text: "text".to_owned(),
            ..Letter::default()
        };
        folder.send(&letter).await.unwrap();
        letter.text = "again".to_owned();
        let path = folder.send(&letter).await.unwrap();
        assert!(path.ends_with("r%2f1.txt"), "{path}");
        assert_eq!(std::fs::read_to_string(path).unwrap(), "again");
        assert_eq!(
            std::fs::read_dir(parent.path().join("receipts"))
                .unwrap()
                .count(),
            2
        );
    }

    #[tokio::test]
    async fn a_folder_that_can_not_be_written_is_tried_again() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let letter = Letter {
            id: "r".to_owned(),
            ..Letter::default()
        };
        let error = ReceiptFolder::new(file.path())
            .send(&letter)
            .await
            .unwrap_err();
        assert!(matches!(error, MailError::Retryable(_)), "{error}");
    }
}
