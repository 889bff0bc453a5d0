//! The pass as a QR code, drawn when it is asked for and kept nowhere.

use qrcode::{EcLevel, QrCode, render::svg};
use tonic::Status;

use crate::errors;

/// The code as an SVG image, black on white with its quiet zone, at the lowest level of error correction: a
/// screen has no scratches, and larger dots are read from further away.
///
/// # Errors
/// When the pass is longer than a code can be.
pub(super) fn svg(pass: &str) -> Result<String, Status> {
    let code = QrCode::with_error_correction_level(pass, EcLevel::L)
        .map_err(|error| errors::no_code(pass.len(), &error))?;
    Ok(code
        .render::<svg::Color<'_>>()
        .min_dimensions(240, 240)
        .build())
}
