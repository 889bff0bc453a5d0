//! A port's connections.
//!
//! 1. With a [`Keeper`], a connection is one only after its handshake, with the pair that is in use then.
//!    Handshakes do not wait for each other, and one that takes longer than [`HANDSHAKE_WITHIN`] ends.
//! 2. A certificate that is shown must be good: of the authority, and in its time. Where certificates are
//!    needed, who shows none is refused. Browsers are not asked for one: they would ask whoever sits before
//!    them to choose.
//! 3. One address has at most [`Limits::per_address`] connections, all together at most
//!    [`Limits::connections`]; what is more is hung up on.
//! 4. Each refusal is counted and logged with its reason.

mod connection;
mod places;

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use futures_util::Stream;
use rustls::{CertificateError, Error as TlsError};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::{sleep, timeout},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tokio_stream::wrappers::ReceiverStream;

use crate::{Keeper, Names, TokenBucket, refused};
pub use connection::Connection;
use connection::Io;
use places::{Place, Places};

/// How long a handshake may take: a few round trips on a bad radio link.
pub const HANDSHAKE_WITHIN: Duration = Duration::from_secs(5);

/// How long no connection is taken after the system could give none, which is out of something then.
const REST: Duration = Duration::from_millis(50);

/// Connections that have shaken hands and wait to be served.
const WAITING: usize = 64;

/// How much one port takes.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at once: each costs some ten kilobytes, and one descriptor.
    pub connections: usize,
    /// Of these, from one address. A proxy is one address, and so is a machine that plays a whole shop.
    pub per_address: usize,
    /// Calls a second on one connection; a second's worth may come at once.
    pub calls_per_second: u32,
}

/// Who is at the other end of a connection; an extension of each of its requests.
#[derive(Clone, Debug)]
pub struct Caller {
    address: SocketAddr,
    /// Without a certificate: none.
    names: Option<Arc<Names>>,
    calls: Arc<Mutex<TokenBucket>>,
}

impl Caller {
    fn new(address: SocketAddr, names: Option<Names>, limits: &Limits) -> Self {
        let rate = limits.calls_per_second;
        Self {
            address,
            names: names.map(Arc::new),
            calls: Arc::new(Mutex::new(TokenBucket::new(rate, rate, Instant::now()))),
        }
    }

    /// What its certificate says that it is; `None`: it has shown none.
    #[must_use]
    pub fn names(&self) -> Option<&Names> {
        self.names.as_deref()
    }

    /// Takes one call of the connection's rate.
    ///
    /// # Errors
    /// When there is none: after how long there will be one.
    pub fn call(&self) -> Result<(), Duration> {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls.take(Instant::now())
    }
}

impl std::fmt::Display for Caller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.address)
    }
}

/// Who connects to a port with TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Callers {
    /// Programs, each with a certificate. HTTP/2.
    Certified,
    /// Programs, which may show a certificate. HTTP/2.
    Programs,
    /// Browsers, which have none. HTTP/2 or HTTP/1.1.
    Browsers,
}

/// What a port asks of those who connect to it.
#[derive(Clone, Debug)]
pub struct Terms {
    /// How refusals call the port.
    pub door: &'static str,
    /// Without one, there is no TLS.
    pub keeper: Option<Arc<Keeper>>,
    /// Who comes.
    pub callers: Callers,
    /// How much it takes.
    pub limits: Limits,
}

/// The connections of a port, until they are no longer wanted.
pub fn connections(
    listener: TcpListener,
    terms: Terms,
) -> impl Stream<Item = io::Result<Connection>> + Send + 'static {
    let (ready, connections) = mpsc::channel(WAITING);
    tokio::spawn(async move {
        let places = Places::new(terms.limits);
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = ready.closed() => return,
            };
            match accepted {
                Ok((stream, address)) => match places.take(address.ip()) {
                    Some(place) => {
                        let shaken = admit(stream, address, place, terms.clone(), ready.clone());
                        tokio::spawn(shaken);
                    }
                    None => refused(terms.door, "too_many_connections", &address, &"hung up on"),
                },
                Err(error) => {
                    tracing::warn!(door = terms.door, %error, "no connection can be taken");
                    sleep(REST).await;
                }
            }
        }
    });
    ReceiverStream::new(connections)
}

async fn admit(
    stream: TcpStream,
    address: SocketAddr,
    place: Place,
    terms: Terms,
    ready: mpsc::Sender<io::Result<Connection>>,
) {
    // It only makes small messages wait.
    let _ = stream.set_nodelay(true);
    let (io, names) = match &terms.keeper {
        None => (Io::Plain(stream), None),
        Some(keeper) => match shake(stream, keeper, terms.callers).await {
            Ok(stream) => {
                let names = shown(&stream);
                (Io::Tls(Box::new(stream)), names)
            }
            Err(error) => return refused(terms.door, reason(&error), &address, &error),
        },
    };
    let caller = Caller::new(address, names, &terms.limits);
    // The port may have closed meanwhile.
    let _ = ready.send(Ok(Connection::new(io, caller, place))).await;
}

async fn shake(
    stream: TcpStream,
    keeper: &Keeper,
    callers: Callers,
) -> io::Result<TlsStream<TcpStream>> {
    let acceptor = TlsAcceptor::from(keeper.pair().server(callers));
    timeout(HANDSHAKE_WITHIN, acceptor.accept(stream))
        .await
        .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

/// The names in the certificate that was shown, if any. It is good: the handshake is over.
fn shown(stream: &TlsStream<TcpStream>) -> Option<Names> {
    let (_, session) = stream.get_ref();
    let leaf = session.peer_certificates()?.first()?;
    Some(Names::of(leaf).unwrap_or_default())
}

/// Why a handshake failed, in a word.
pub(crate) fn reason(error: &io::Error) -> &'static str {
    let tls = error.get_ref().and_then(|e| e.downcast_ref::<TlsError>());
    match tls {
        Some(TlsError::NoCertificatesPresented) => "no_certificate",
        Some(TlsError::InvalidCertificate(why)) => match why {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "certificate_expired"
            }
            CertificateError::UnknownIssuer | CertificateError::BadSignature => "other_authority",
            CertificateError::ApplicationVerificationFailure => "other_name",
            _ => "bad_certificate",
        },
        Some(TlsError::InvalidMessage(_)) => "no_tls",
        // The other side does not want this one's certificate.
        Some(TlsError::AlertReceived(_)) => "caller_refused",
        _ if error.kind() == io::ErrorKind::TimedOut => "too_slow",
        _ => "broken",
    }
}
