//! Who may write in a shard's name (rule L3), within one transaction.

use std::collections::BTreeMap;

use super::{
    apply::{invalid, number},
    database::{Dialect, Session},
    statement::{Statement, Value},
};
use crate::{error::LedgerError, ledger::Claim};

/// The epochs of the shards that a transaction concerns. Nobody else changes them while it runs.
#[derive(Default)]
pub(super) struct Epochs(BTreeMap<String, Claimed>);

/// A shard, its epoch, its claimer.
type Row = (String, i64, Option<i64>);

/// The newest epoch of a shard, and which ledger claimed it; none: one of an older version, or nobody yet.
#[derive(Clone, Copy, Default)]
struct Claimed {
    epoch: u64,
    claimer: Option<i64>,
}

impl Epochs {
    /// `shards`: in order, each once.
    pub(super) async fn lock<S: Session>(
        db: &mut S,
        shards: Vec<&str>,
    ) -> Result<Self, LedgerError> {
        let rows = db
            .all(&Statement::<Row>::new(S::Dialect::EPOCHS).bind(Value::Texts(shards)))
            .await?;
        let epochs = rows.into_iter().map(|(shard, epoch, claimer)| {
            let epoch = stored(&shard, epoch)?;
            Ok((shard, Claimed { epoch, claimer }))
        });
        epochs.collect::<Result<_, _>>().map(Self)
    }

    pub(super) fn may_append(&self, shard: &str, held: u64) -> Result<(), LedgerError> {
        let claimed = self.of(shard).epoch;
        not_older(shard, held, claimed)?;
        // Nobody holds epoch 0: it stands for a shard that was never claimed.
        if held > claimed || held == 0 {
            return Err(LedgerError::Unclaimed {
                shard: shard.to_owned(),
                offered: held,
                claimed,
            });
        }
        Ok(())
    }

    /// Claims what may be claimed, and answers each.
    pub(super) async fn claim<S: Session>(
        &mut self,
        db: &mut S,
        claims: &[Claim],
        claimer: i64,
    ) -> Result<Vec<Result<(), LedgerError>>, LedgerError> {
        let mut granted = BTreeMap::new();
        let mut answers: Vec<_> = claims
            .iter()
            .map(|claim| {
                granted.insert(claim.shard.as_str(), self.may_claim(claim, claimer)?);
                self.note(claim, claim.epoch, Some(claimer));
                Ok(())
            })
            .collect();
        if granted.is_empty() {
            return Ok(answers);
        }
        let (shards, epochs) = granted.into_iter().unzip();
        let write = Statement::<(String,)>::new(S::Dialect::CLAIM)
            .bind(Value::Texts(shards))
            .bind(Value::Numbers(epochs))
            .bind(claimer);
        let written = db.all(&write).await?;
        let stands = |shard: &str| written.iter().any(|(written,)| written == shard);
        // A shard that nobody had claimed has no row to lock, and another may have been quicker.
        for (claim, answer) in claims.iter().zip(&mut answers) {
            if answer.is_ok() && !stands(&claim.shard) {
                let newer = newest(db, &claim.shard).await?;
                self.note(claim, newer, None);
                *answer = Err(fenced(&claim.shard, claim.epoch, newer));
            }
        }
        Ok(answers)
    }

    /// The epoch as databases count. What somebody else has claimed already is his, also when the coordinator
    /// gives it away once more: it may have forgotten that it did.
    fn may_claim(&self, claim: &Claim, claimer: i64) -> Result<i64, LedgerError> {
        if claim.epoch == 0 {
            return Err(invalid("epoch", &claim.shard, "epochs begin at 1"));
        }
        let known = self.of(&claim.shard);
        not_older(&claim.shard, claim.epoch, known.epoch)?;
        if claim.epoch == known.epoch && known.claimer != Some(claimer) {
            return Err(fenced(&claim.shard, claim.epoch, known.epoch));
        }
        number("epoch", &claim.shard, claim.epoch)
    }

    fn note(&mut self, claim: &Claim, epoch: u64, claimer: Option<i64>) {
        self.0
            .insert(claim.shard.clone(), Claimed { epoch, claimer });
    }

    /// Epoch 0: never claimed.
    fn of(&self, shard: &str) -> Claimed {
        self.0.get(shard).copied().unwrap_or_default()
    }
}

async fn newest(db: &mut impl Session, shard: &str) -> Result<u64, LedgerError> {
    let row = db.one(&super::read::epoch(shard)).await?;
    row.map_or(Ok(0), |(epoch,)| stored(shard, epoch))
}

fn not_older(shard: &str, held: u64, claimed: u64) -> Result<(), LedgerError> {
    if held < claimed {
        return Err(fenced(shard, held, claimed));
    }
    Ok(())
}

fn fenced(shard: &str, held: u64, newer: u64) -> LedgerError {
    LedgerError::Fenced {
        shard: shard.to_owned(),
        held,
        newer,
    }
}

pub(super) fn stored(shard: &str, epoch: i64) -> Result<u64, LedgerError> {
    u64::try_from(epoch).map_err(|_| LedgerError::Corrupt {
        reason: format!("shard {shard} has a negative epoch"),
    })
}
