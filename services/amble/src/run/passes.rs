//! The passes of simulated shoppers' phones.

use amble_simulator::PassSigner;
use tonic::{Request, metadata::MetadataValue};

use crate::failure::Failure;

/// Signs the passes with which phones ask about their visits.
pub(super) struct Passes {
    pub(super) store: String,
    pub(super) signer: PassSigner,
}

impl Passes {
    /// A phone's question about its visit, for a party of so many that came at this event time, in µs.
    ///
    /// # Errors
    /// When the visit's name fits into no pass.
    pub(super) fn ask<T>(
        &self,
        question: T,
        visit: &str,
        party: u32,
        at_us: i64,
    ) -> Result<Request<T>, Failure> {
        let pass = self.signer.sign(&self.store, visit, party, at_us)?;
        let bearer = MetadataValue::try_from(format!("Bearer {pass}"))
            .map_err(|error| Failure::new(format!("the pass of {visit}: {error}")))?;
        let mut request = Request::new(question);
        request.metadata_mut().insert("authorization", bearer);
        Ok(request)
    }
}
