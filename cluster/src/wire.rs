//! Messages that may go to another node.

use bytes::Bytes;

/// Takes the bytes of an answer, on the node that asked.
pub type Answer = Box<dyn FnOnce(Bytes) + Send>;

/// Carries the bytes of an answer back to the node that asked. When it is dropped, the asker hears
/// that nobody will answer.
pub type Back = Box<dyn FnOnce(Bytes) + Send>;

/// A message with a form in bytes. Within a node it is moved as it is.
pub trait Wire: Sized + Send + 'static {
    /// Its bytes, and what to do with the answer when it is a question.
    fn into_wire(self) -> (Bytes, Option<Answer>);

    /// The message of these bytes; `back` is there when it is a question. `None`: they are none, or
    /// of another version.
    fn from_wire(bytes: Bytes, back: Option<Back>) -> Option<Self>;
}
