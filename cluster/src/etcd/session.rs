//! One connection to one member of etcd, with the lease's keep-alive and the watch.
//!
//! 1. Every question has an end: after `ETCD_WITHIN` the session counts as broken.
//! 2. A lease or a watch that hangs is noticed: both are asked with every beat, and must answer. (HTTP/2
//!    pings would not do: etcd hangs up on clients that ping more often than every 5 s.)
//! 3. A watch goes on after the last revision that was seen. When that was compacted away, or etcd has
//!    lost it, everything is read anew.

use std::{future::Future, path::Path, time::Instant};

use amble_trust::{PairError, client};
use etcd_client::{
    Client, ConnectOptions, Error, GetOptions, KeyValue, LeaseKeepAliveStream, LeaseKeeper,
    WatchOptions, WatchRequestSender, WatchResponse, WatchResponseStream,
};
use tokio::time::timeout;
use tonic::Code;

use crate::beat::{CONNECT_WITHIN, ETCD_WITHIN, LEASE_S};

/// etcd did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum EtcdError {
    /// It said so, or can't be reached.
    #[error(transparent)]
    Refused(Box<Error>),
    /// What a connection with TLS needs is not there.
    #[error("the certificates for etcd: {0}")]
    Certificates(#[from] PairError),
    /// It and this node do not trust each other.
    #[error("no trust between this node and etcd: {0}")]
    Untrusted(String),
    /// It said nothing of why.
    #[error(
        "etcd hung up at once, as it does on who shows no certificate (tls.crt), or one that it does not \
         believe"
    )]
    HungUp,
    /// It did not answer.
    #[error("no answer within {ETCD_WITHIN:?}")]
    TooLate,
    /// What was to be watched has been compacted away.
    #[error("the watched revisions were compacted")]
    Compacted,
    /// It ended a stream.
    #[error("etcd ended the {0}: {1}")]
    Ended(&'static str, String),
}

impl From<Error> for EtcdError {
    fn from(error: Error) -> Self {
        let untrusted = match &error {
            Error::GRpcStatus(status) => client::refusal(status),
            Error::TransportError(error) => client::refusal(error),
            _ => None,
        };
        untrusted.map_or_else(|| Self::Refused(error.into()), Self::Untrusted)
    }
}

/// Whether the connection ended after the handshake, without a word. With TLS 1.3 a server looks at who calls
/// when the caller is done, and what it says of that comes too late for the first question.
fn hung_up(error: &Error) -> bool {
    let Error::GRpcStatus(status) = error else {
        return false;
    };
    matches!(status.code(), Code::Cancelled | Code::Unknown)
}

/// Gives a question its end.
pub(super) async fn bounded<T>(
    question: impl Future<Output = Result<T, Error>>,
) -> Result<T, EtcdError> {
    let answer = timeout(ETCD_WITHIN, question).await;
    Ok(answer.map_err(|_| EtcdError::TooLate)??)
}

pub(super) struct Session {
    pub(super) client: Client,
    watch: Watch,
    lease: Option<Lease>,
}

struct Lease {
    keeper: LeaseKeeper,
    answers: LeaseKeepAliveStream,
    heard: Instant,
}

struct Watch {
    asks: WatchRequestSender,
    news: WatchResponseStream,
    heard: Instant,
}

/// Where a session begins.
pub(super) enum Begin {
    /// After the revision that is known.
    Resumed,
    /// With everything that stands under the prefix at a revision.
    Read(Vec<KeyValue>, i64),
}

/// What a session hears.
pub(super) enum Heard {
    Watch(WatchResponse),
    /// The lease lives.
    Renewed,
    /// The lease does not exist any more.
    LeaseLost,
}

impl Session {
    /// Connects, and watches the prefix after the revision that is known; 0 knows nothing.
    pub(super) async fn open(
        endpoint: &str,
        tls: Option<&Path>,
        prefix: &str,
        known: i64,
    ) -> Result<(Self, Begin), EtcdError> {
        let mut options = ConnectOptions::new()
            .with_connect_timeout(CONNECT_WITHIN)
            // A member that is cut off from its leader shall say so.
            .with_require_leader(true);
        if let Some(folder) = tls {
            options = options.with_tls(client::tls(folder)?);
        }
        let connecting = Box::pin(Client::connect([endpoint], Some(options)));
        let client = bounded(connecting).await?;
        let begun = Box::pin(Self::begin(client, prefix, known)).await;
        begun.map_err(|error| match error {
            EtcdError::Refused(error) if tls.is_some() && hung_up(&error) => EtcdError::HungUp,
            error => error,
        })
    }

    async fn begin(
        mut client: Client,
        prefix: &str,
        known: i64,
    ) -> Result<(Self, Begin), EtcdError> {
        if known > 0
            && let Some(watch) = Watch::open(&mut client, prefix, known).await?
        {
            let session = Self {
                client,
                watch,
                lease: None,
            };
            return Ok((session, Begin::Resumed));
        }
        let all = GetOptions::new().with_prefix();
        let mut all = bounded(client.get(prefix, Some(all))).await?;
        let revision = all
            .header()
            .map_or(0, etcd_client::ResponseHeader::revision);
        let watch = Watch::open(&mut client, prefix, revision).await?;
        let watch = watch.ok_or(EtcdError::Compacted)?;
        let session = Self {
            client,
            watch,
            lease: None,
        };
        Ok((session, Begin::Read(all.take_kvs(), revision)))
    }

    /// Keeps a lease alive from now on; without one, a new one. `None`: that lease does not exist any
    /// more.
    pub(super) async fn keep(&mut self, lease: Option<i64>) -> Result<Option<i64>, EtcdError> {
        let id = match lease {
            Some(id) => id,
            None => bounded(self.client.lease_grant(LEASE_S, None)).await?.id(),
        };
        let (keeper, answers) = match bounded(self.client.lease_keep_alive(id)).await {
            Ok(kept) => kept,
            Err(EtcdError::Refused(error)) if matches!(*error, Error::LeaseKeepAliveError(_)) => {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let heard = Instant::now();
        self.lease = Some(Lease {
            keeper,
            answers,
            heard,
        });
        Ok(Some(id))
    }

    /// The lease is no longer kept alive.
    pub(super) fn forget_lease(&mut self) {
        self.lease = None;
    }

    /// Renews the lease and asks the watch for a sign of life; an error when either has been quiet for
    /// too long.
    pub(super) async fn beat(&mut self) -> Result<(), EtcdError> {
        let lease = self.lease.as_ref().map(|lease| lease.heard);
        if lease
            .into_iter()
            .chain([self.watch.heard])
            .any(|heard| heard.elapsed() > ETCD_WITHIN)
        {
            return Err(EtcdError::TooLate);
        }
        if let Some(lease) = &mut self.lease {
            bounded(lease.keeper.keep_alive()).await?;
        }
        bounded(self.watch.asks.request_progress()).await
    }

    /// The next thing that etcd says. May be dropped while it waits.
    pub(super) async fn hear(&mut self) -> Result<Heard, EtcdError> {
        let Self { watch, lease, .. } = self;
        let renewed = async {
            match lease {
                Some(lease) => {
                    let answer = lease.answers.message().await;
                    lease.heard = Instant::now();
                    answer
                }
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            news = watch.news.message() => {
                watch.heard = Instant::now();
                let news = news?.ok_or_else(|| EtcdError::Ended("watch", String::new()))?;
                if news.compact_revision() > 0 {
                    return Err(EtcdError::Compacted);
                }
                if news.canceled() {
                    let why = news.cancel_reason().to_owned();
                    return Err(EtcdError::Ended("watch", why));
                }
                Ok(Heard::Watch(news))
            }
            answer = renewed => match answer? {
                Some(answer) if answer.ttl() > 0 => Ok(Heard::Renewed),
                Some(_) => Ok(Heard::LeaseLost),
                None => Err(EtcdError::Ended("lease's keep-alive", String::new())),
            },
        }
    }
}

impl Watch {
    /// Watches a prefix after a revision; `None` when etcd has not come so far: it lost its data.
    async fn open(
        client: &mut Client,
        prefix: &str,
        revision: i64,
    ) -> Result<Option<Self>, EtcdError> {
        let options = WatchOptions::new()
            .with_prefix()
            .with_start_revision(revision + 1);
        let watch = bounded(client.watch(prefix, Some(options))).await?;
        let (asks, mut news) = watch.split();
        let first = bounded(news.message()).await?;
        let Some(first) = first.filter(WatchResponse::created) else {
            return Err(EtcdError::Ended("watch", "not created".to_owned()));
        };
        let there = first
            .header()
            .map_or(0, etcd_client::ResponseHeader::revision);
        Ok((there >= revision).then(|| Self {
            asks,
            news,
            heard: Instant::now(),
        }))
    }
}
