//! The one connection that writes.
//!
//! 1. A group that the database undid for the sake of another's, or whose connection was lost before
//!    it was to be committed, is tried again at once, a few times. So serialisable databases, which
//!    undo more often, will do.
//! 2. After any other error the askers are told, and know whether to ask again. A group that may or
//!    may not stand is not tried again here: what it says of the second time would not be true.

use sqlx::postgres::PgConnectOptions;

use super::session::PostgresSession;
use crate::{
    error::LedgerError,
    group::{Answer, Commit, Work},
    sql::transaction,
    telemetry,
};

/// How often a group is tried. Two that wait for each other are apart after the first time; more only
/// makes the others wait.
const ATTEMPTS: usize = 3;

pub(super) struct Writer {
    options: PgConnectOptions,
    session: Option<PostgresSession>,
}

impl Writer {
    pub(super) async fn open(options: PgConnectOptions) -> Result<Self, LedgerError> {
        let session = PostgresSession::connect(&options).await?;
        Ok(Self {
            options,
            session: Some(session),
        })
    }
}

impl Commit for Writer {
    async fn commit(&mut self, group: &[Work]) -> Result<Vec<Answer>, LedgerError> {
        let mut attempt = 1;
        loop {
            let mut session = match self.session.take() {
                Some(session) => session,
                None => PostgresSession::connect(&self.options).await?,
            };
            match transaction::carry_out(&mut session, group).await {
                Ok(answers) => {
                    self.session = Some(session);
                    return Ok(answers);
                }
                Err(error) if attempt < ATTEMPTS && session.may_repeat() => {
                    attempt += 1;
                    telemetry::repeated();
                    tracing::debug!(%error, "the database undid a group; trying again");
                }
                Err(error) => return Err(error),
            }
        }
    }
}
