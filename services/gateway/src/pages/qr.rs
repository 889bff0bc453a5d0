//! The pass as a QR code, drawn when it is asked for and kept nowhere.

use std::borrow::Cow;

use qrcode::{EcLevel, QrCode, render::svg};
use tonic::Status;

use crate::errors;

/// The code as an SVG image, black on white with its quiet zone, at the lowest level of error correction: a
/// screen has no scratches, and larger dots are read from further away.
///
/// `shown`: the pass as it was shown with the call. `proof`: what the phone has signed for the gate, which takes the
/// place of what it signed for the call.
///
/// # Errors
/// When the pass is longer than a code can be.
pub(super) fn svg(shown: &str, proof: Option<&str>) -> Result<String, Status> {
    let text = match (shown.split('~').next(), proof) {
        (Some(pass), Some(proof)) => Cow::Owned(format!("{pass}~{proof}")),
        _ => Cow::Borrowed(shown),
    };
    let code = QrCode::with_error_correction_level(text.as_bytes(), EcLevel::L)
        .map_err(|error| errors::no_code(text.len(), &error))?;
    Ok(code
        .render::<svg::Color<'_>>()
        .min_dimensions(240, 240)
        .build())
}
