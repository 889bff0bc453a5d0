//! Two owners of one shard, who do not know of each other, against a model of ten lines. Each case
//! has a shard of its own, on one ledger.

use std::{cell::Cell, collections::BTreeMap, future::Future};

use amble_ledger::{Ledger, LedgerError, Outcome};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};

use super::{append, device_state, interaction};

/// What an owner does next.
#[derive(Clone, Debug)]
enum Step {
    /// Claims in the next epoch, as the coordinator would have it, then reads.
    Claim,
    /// Folds some frames on from where it believes the device to stand, and appends.
    Fold(u64),
    /// Sends its last append again.
    Resend,
}

/// What an owner believes.
#[derive(Clone, Default)]
struct Owner {
    epoch: u64,
    stands: u64,
    last: Option<(u64, u64)>,
}

/// What is true.
#[derive(Default)]
struct Truth {
    case: u32,
    epoch: u64,
    stands: u64,
    interactions: BTreeMap<String, u64>,
}

impl Truth {
    fn shard(&self) -> String {
        format!("zone/{}", self.case)
    }

    fn device(&self) -> String {
        format!("scale-{}", self.case)
    }

    /// Whether an owner's append of the frames `from..=to` is written, and as what.
    fn append(&mut self, epoch: u64, from: u64, to: u64) -> Option<Outcome> {
        if epoch == 0 || epoch != self.epoch {
            return None;
        }
        if self.stands == from {
            self.stands = to;
            self.interactions
                .insert(format!("{}#{to}", self.device()), epoch);
            return Some(Outcome::New);
        }
        (self.stands == to).then_some(Outcome::AlreadyThere)
    }
}

pub(crate) fn any_interleaving<L: Ledger, N, F: Future<Output = (L, N)>>(open: impl Fn() -> F) {
    let step = prop_oneof![1 => Just(Step::Claim), 5 => (1..4u64).prop_map(Step::Fold), 2 => Just(Step::Resend)];
    let steps = prop::collection::vec((0..2usize, step), 1..60);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (ledger, _needed) = runtime.block_on(open());
    let case = Cell::new(0);
    TestRunner::new(Config::with_cases(128))
        .run(&steps, |steps| {
            case.set(case.get() + 1);
            runtime.block_on(play(&ledger, case.get(), steps))
        })
        .unwrap();
}

async fn play(
    ledger: &impl Ledger,
    case: u32,
    steps: Vec<(usize, Step)>,
) -> Result<(), TestCaseError> {
    let mut owners = [Owner::default(), Owner::default()];
    let mut truth = Truth {
        case,
        ..Truth::default()
    };
    let (shard, device) = (truth.shard(), truth.device());
    for (who, step) in steps {
        let owner = &mut owners[who];
        match step {
            Step::Claim => {
                truth.epoch += 1;
                owner.epoch = truth.epoch;
                ledger.claim(&shard, owner.epoch).await.unwrap();
                let state = ledger.device_state(&device).await.unwrap();
                owner.stands = state.map_or(0, |state| state.sequence);
                owner.last = None;
                prop_assert_eq!(
                    owner.stands,
                    truth.stands,
                    "a claim reads all that was written"
                );
            }
            Step::Fold(frames) => {
                let (from, to) = (owner.stands, owner.stands + frames);
                // It believes in its work, whatever the ledger says.
                owner.stands = to;
                owner.last = Some((from, to));
                send(ledger, &mut truth, owner.epoch, from, to).await?;
            }
            Step::Resend => {
                if let Some((from, to)) = owner.last {
                    send(ledger, &mut truth, owner.epoch, from, to).await?;
                }
            }
        }
    }
    let stored = ledger.interactions_after(0, u32::MAX).await.unwrap();
    let stored: Vec<_> = stored
        .into_iter()
        .filter(|interaction| interaction.shelf == device)
        .map(|interaction| interaction.id)
        .collect();
    prop_assert_eq!(stored.len(), truth.interactions.len());
    prop_assert!(stored.iter().all(|id| truth.interactions.contains_key(id)));
    Ok(())
}

async fn send(
    ledger: &impl Ledger,
    truth: &mut Truth,
    epoch: u64,
    from: u64,
    to: u64,
) -> Result<(), TestCaseError> {
    let device = truth.device();
    let entries = [interaction(&device, to), device_state(&device, from, to)];
    let answer = ledger.append(append(&truth.shard(), epoch, entries)).await;
    match truth.append(epoch, from, to) {
        Some(outcome) => prop_assert_eq!(answer.unwrap().outcomes, vec![outcome.clone(), outcome]),
        None => {
            let refused = matches!(
                answer,
                Err(LedgerError::Fenced { .. }
                    | LedgerError::Unclaimed { .. }
                    | LedgerError::NotContinuing { .. })
            );
            prop_assert!(refused, "{:?}", answer);
        }
    }
    Ok(())
}
