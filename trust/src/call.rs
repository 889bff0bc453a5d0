//! The way to a peer that must show a name.
//!
//! Nodes are reached by address, and come and go at any: what counts is the name in the certificate
//! (`amble://STORE/node`), not where it is.

use std::{io, sync::Arc};

use hyper_util::rt::TokioIo;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error as TlsError, RootCertStore,
    SignatureScheme,
    client::{
        Resumption,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_cert_signed_by_trust_anchor,
    },
    crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::ParsedCertificate,
};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};
use tonic::{
    codegen::http::Uri,
    transport::{Channel, Endpoint},
};
use tower::service_fn;

use crate::{Keeper, Names, accept::reason, pair::provider, refused};

/// What a process shows its peers, and what it asks of them.
#[derive(Clone, Debug)]
pub struct Mutual {
    /// Who it is.
    pub keeper: Arc<Keeper>,
    /// The name that the other side must have.
    pub name: Arc<str>,
}

impl Mutual {
    /// Connects, with the pair that is in use now. The endpoint's URI has the scheme `http`: its TLS is
    /// made here.
    ///
    /// # Errors
    /// When nobody answers in time, or somebody without that name.
    pub async fn connect(&self, endpoint: &Endpoint) -> Result<Channel, tonic::transport::Error> {
        let mutual = self.clone();
        let way = service_fn(move |uri| {
            let mutual = mutual.clone();
            async move { mutual.way(uri).await.map(TokioIo::new) }
        });
        endpoint.connect_with_connector(way).await
    }

    async fn way(&self, uri: Uri) -> io::Result<TlsStream<TcpStream>> {
        let host = uri.host().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let stream = TcpStream::connect((host, uri.port_u16().unwrap_or(443))).await?;
        stream.set_nodelay(true)?;
        let config = self.config().map_err(io::Error::other)?;
        // Only sent as a hint, and only when it is a name.
        let server = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        let shaken = TlsConnector::from(Arc::new(config)).connect(server, stream);
        shaken.await.inspect_err(|error| {
            refused("peer_called", reason(error), &host, &error);
        })
    }

    fn config(&self) -> Result<ClientConfig, TlsError> {
        let pair = self.keeper.pair();
        let verifier = ByName {
            roots: Arc::clone(&pair.roots),
            provider: provider(),
            name: Arc::clone(&self.name),
        };
        let mut config = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_client_auth_cert(pair.chain.clone(), pair.key.clone_key())?;
        config.alpn_protocols = vec![b"h2".to_vec()];
        config.resumption = Resumption::disabled();
        Ok(config)
    }
}

/// Takes a certificate of the authority that has the name.
#[derive(Debug)]
struct ByName {
    roots: Arc<RootCertStore>,
    provider: Arc<CryptoProvider>,
    name: Arc<str>,
}

impl ServerCertVerifier for ByName {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        let parsed = ParsedCertificate::try_from(leaf)?;
        let known = self.provider.signature_verification_algorithms.all;
        verify_server_cert_signed_by_trust_anchor(&parsed, &self.roots, intermediates, now, known)?;
        let names = Names::of(leaf).map_err(|_| CertificateError::BadEncoding)?;
        if names.allow(&self.name) {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(CertificateError::ApplicationVerificationFailure.into())
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, leaf, signed, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, leaf, signed, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let known = &self.provider.signature_verification_algorithms;
        known.supported_schemes()
    }
}
