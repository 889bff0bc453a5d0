//! What can go wrong before a day begins or while it is written down.

/// Why a day can't be simulated or written.
#[derive(Debug, thiserror::Error)]
pub enum SimulatorError {
    /// A placement names something that the plan does not have.
    #[error(
        "the planogram puts product {product} on gondola {gondola}, shelf {shelf}: no such {what}; check the plan with `amble store check`"
    )]
    Planogram {
        /// The placement's product.
        product: String,
        /// Its gondola.
        gondola: String,
        /// Its shelf.
        shelf: String,
        /// What is missing.
        what: &'static str,
    },
    /// Nobody could come in, or nobody could leave.
    #[error("the plan has no gate that is {what}")]
    NoGate {
        /// An entry or an exit.
        what: &'static str,
    },
    /// A script or a file of paths can't be read.
    #[error("line {line} of the {file}: {what}")]
    Table {
        /// Which table.
        file: &'static str,
        /// Its line, from 1.
        line: u64,
        /// What is wrong with it.
        what: String,
    },
    /// The key does not sign passes.
    #[error("the key can't sign passes: {0}; an Ed25519 private key as PEM (PKCS 8) is needed")]
    Key(#[from] jsonwebtoken::errors::Error),
    /// A file can't be read.
    #[error("cannot read it: {0}")]
    Read(std::io::Error),
    /// A file can't be written.
    #[error("cannot write the recording or its truth: {0}")]
    Write(#[from] std::io::Error),
    /// Something has no JSON form.
    #[error("cannot write as JSON: {0}")]
    Json(#[from] serde_json::Error),
}
