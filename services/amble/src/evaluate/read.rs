//! Reads truth and receipts from JSON lines.

use std::io::{self, BufRead};

use amble_checkout::{DocumentError, ReceiptDocument};
use amble_simulator::{Truth, TruthLine};

/// What can be wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It can't be read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A line is nothing that a simulator writes.
    #[error("line {line} is not a line of a truth: {source}")]
    Truth {
        /// Which, from 1.
        line: usize,
        /// Why.
        source: serde_json::Error,
    },
    /// A line is no receipt, or not a sound one.
    #[error("line {line}: {source}")]
    Receipt {
        /// Which, from 1.
        line: usize,
        /// Why.
        source: DocumentError,
    },
}

/// The truth, as a simulator writes it.
///
/// # Errors
/// When a line can't be read; the error says which.
pub fn truth(input: impl BufRead) -> Result<Truth, ReadError> {
    let mut truth = Truth::default();
    for (line, text) in lines(input) {
        match serde_json::from_str(&text?) {
            Ok(TruthLine::Action(action)) => truth.actions.push(action),
            Ok(TruthLine::Visit(visit)) => truth.visits.push(visit),
            Ok(TruthLine::Path(point)) => truth.paths.push(point),
            Err(source) => return Err(ReadError::Truth { line, source }),
        }
    }
    Ok(truth)
}

/// Receipts, as `replay` prints them.
///
/// # Errors
/// When a line can't be read or a receipt is not sound; the error says which.
pub fn receipts(input: impl BufRead) -> Result<Vec<ReceiptDocument>, ReadError> {
    lines(input)
        .map(|(line, text)| {
            let read = ReceiptDocument::from_json(&text?);
            read.map_err(|source| ReadError::Receipt { line, source })
        })
        .collect()
}

/// Lines that are not empty, counted from 1.
fn lines(input: impl BufRead) -> impl Iterator<Item = (usize, io::Result<String>)> {
    let numbered = (1..).zip(input.lines());
    numbered.filter(|(_, line)| !line.as_ref().is_ok_and(|text| text.trim().is_empty()))
}
