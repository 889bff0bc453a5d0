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
pub(super) struct Epochs(BTreeMap<String, u64>);

impl Epochs {
    /// `shards`: in order, each once.
    pub(super) async fn lock<S: Session>(
        db: &mut S,
        shards: Vec<&str>,
    ) -> Result<Self, LedgerError> {
        let rows = db
            .all(&Statement::<(String, i64)>::new(S::Dialect::EPOCHS).bind(Value::Texts(shards)))
            .await?;
        let epochs = rows
            .into_iter()
            .map(|(shard, epoch)| Ok((shard.clone(), stored(&shard, epoch)?)));
        epochs.collect::<Result<_, _>>().map(Self)
    }

    pub(super) fn may_append(&self, shard: &str, held: u64) -> Result<(), LedgerError> {
        let claimed = self.of(shard);
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
    ) -> Result<Vec<Result<(), LedgerError>>, LedgerError> {
        let mut granted = BTreeMap::new();
        let mut answers: Vec<_> = claims
            .iter()
            .map(|claim| {
                granted.insert(claim.shard.as_str(), self.may_claim(claim)?);
                self.0.insert(claim.shard.clone(), claim.epoch);
                Ok(())
            })
            .collect();
        if granted.is_empty() {
            return Ok(answers);
        }
        let (shards, epochs) = granted.into_iter().unzip();
        let write = Statement::<(String,)>::new(S::Dialect::CLAIM)
            .bind(Value::Texts(shards))
            .bind(Value::Numbers(epochs));
        let written = db.all(&write).await?;
        let stands = |shard: &str| written.iter().any(|(written,)| written == shard);
        // A shard that nobody had claimed has no row to lock, and another may have been quicker.
        for (claim, answer) in claims.iter().zip(&mut answers) {
            if answer.is_ok() && !stands(&claim.shard) {
                let newer = newest(db, &claim.shard).await?;
                self.0.insert(claim.shard.clone(), newer);
                *answer = not_older(&claim.shard, claim.epoch, newer);
            }
        }
        Ok(answers)
    }

    /// The epoch as databases count.
    fn may_claim(&self, claim: &Claim) -> Result<i64, LedgerError> {
        if claim.epoch == 0 {
            return Err(invalid("epoch", &claim.shard, "epochs begin at 1"));
        }
        not_older(&claim.shard, claim.epoch, self.of(&claim.shard))?;
        number("epoch", &claim.shard, claim.epoch)
    }

    /// 0: never claimed.
    fn of(&self, shard: &str) -> u64 {
        self.0.get(shard).copied().unwrap_or(0)
    }
}

async fn newest(db: &mut impl Session, shard: &str) -> Result<u64, LedgerError> {
    let row = db.one(&super::read::epoch(shard)).await?;
    row.map_or(Ok(0), |(epoch,)| stored(shard, epoch))
}

fn not_older(shard: &str, held: u64, claimed: u64) -> Result<(), LedgerError> {
    if held < claimed {
        return Err(LedgerError::Fenced {
            shard: shard.to_owned(),
            held,
            newer: claimed,
        });
    }
    Ok(())
}

pub(super) fn stored(shard: &str, epoch: i64) -> Result<u64, LedgerError> {
    u64::try_from(epoch).map_err(|_| LedgerError::Corrupt {
        reason: format!("shard {shard} has a negative epoch"),
    })
}
