//! Who is silent to the majority: a plain function, with what it must keep to.
//!
//! About each member X, its *judges* are the other members without those that are surely gone: whose
//! computer answers that the process is not there. A node that is merely cut off never gets such an
//! answer, so it counts everybody it can't hear as a judge who may think otherwise.
//!
//! 1. X is found silent when more than half of its judges say so.
//! 2. So never one that half of its judges hear.
//! 3. Of two nodes, the one that is left decides alone.
//! 4. A node that hears nobody, and has been refused by nobody, decides nothing, unless they are two.
//! 5. A node never decides about itself, nor about one that is no member.

use std::collections::{BTreeMap, BTreeSet};

use crate::NodeId;

/// The members that a majority of their judges finds silent. `says` is what is known of the judges'
/// opinions, that of `me` among them; a judge whose opinion is not known is taken to hear everybody.
pub(super) fn silent_to_majority(
    me: &NodeId,
    members: &BTreeSet<NodeId>,
    gone: &BTreeSet<NodeId>,
    says: &BTreeMap<&NodeId, BTreeSet<NodeId>>,
) -> BTreeSet<NodeId> {
    let found_silent = |node: &&NodeId| {
        let judges = members.difference(gone).filter(|judge| judge != node);
        let (mut against, mut all) = (0_usize, 0_usize);
        for judge in judges {
            all += 1;
            let opinion = says.get(judge);
            against += usize::from(opinion.is_some_and(|silent| silent.contains(*node)));
        }
        2 * against > all
    };
    let others = members.iter().filter(|node| *node != me);
    others.filter(found_silent).cloned().collect()
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn node(i: usize) -> NodeId {
        NodeId::new(&format!("n{i}"))
    }

    /// Members, who is gone, and who finds whom silent. Node 0 is the one that asks: it is not gone,
    /// and finds silent whoever is.
    #[derive(Clone, Debug)]
    struct Case {
        members: BTreeSet<NodeId>,
        gone: BTreeSet<NodeId>,
        says: BTreeMap<NodeId, BTreeSet<NodeId>>,
    }

    impl Case {
        fn verdict(&self) -> BTreeSet<NodeId> {
            let says = self.says.iter().map(|(n, s)| (n, s.clone())).collect();
            silent_to_majority(&node(0), &self.members, &self.gone, &says)
        }

        fn judges(&self, of: &NodeId) -> Vec<NodeId> {
            let judges = self.members.difference(&self.gone);
            judges.filter(|judge| *judge != of).cloned().collect()
        }
    }

    fn case() -> impl Strategy<Value = Case> {
        (2..8_usize)
            .prop_flat_map(|n| (Just(n), vec(0..4_u8, n), vec(any::<bool>(), n * (n + 1))))
            .prop_map(|(n, fates, silent)| {
                let gone: BTreeSet<_> = (1..n).filter(|i| fates[*i] == 0).map(node).collect();
                let says = (0..n).filter(|i| *i == 0 || fates[*i] > 1).map(|i| {
                    let mut found: BTreeSet<_> = (0..=n)
                        .filter(|j| *j != i && silent[i * (n + 1) + j])
                        .map(node)
                        .collect();
                    if i == 0 {
                        found.extend(gone.iter().cloned());
                    }
                    (node(i), found)
                });
                Case {
                    members: (0..n).map(node).collect(),
                    says: says.collect(),
                    gone,
                }
            })
    }

    proptest! {
        #[test]
        fn never_one_that_half_of_its_judges_hear(case in case()) {
            for silent in case.verdict() {
                let judges = case.judges(&silent);
                let hear = judges.iter().filter(|judge| {
                    !case.says.get(judge).is_some_and(|says| says.contains(&silent))
                });
                prop_assert!(2 * hear.count() < judges.len());
            }
        }

        #[test]
        fn one_that_all_judges_find_silent_is(case in case()) {
            let verdict = case.verdict();
            for member in case.members.iter().filter(|member| **member != node(0)) {
                let all = case.judges(member).iter().all(|judge| {
                    case.says.get(judge).is_some_and(|says| says.contains(member))
                });
                prop_assert!(!all || verdict.contains(member));
            }
        }

        #[test]
        fn of_two_the_one_that_is_left_decides(silent: bool) {
            let members: BTreeSet<_> = [node(0), node(1)].into();
            let found: BTreeSet<_> = silent.then(|| node(1)).into_iter().collect();
            let says = [(node(0), found.clone())].into();
            let case = Case { members, gone: BTreeSet::new(), says };
            prop_assert_eq!(case.verdict(), found);
        }

        #[test]
        fn who_is_cut_off_from_all_decides_nothing(n in 3..20_usize) {
            let members: BTreeSet<_> = (0..n).map(node).collect();
            let others = (1..n).map(node).collect();
            let case = Case { members, gone: BTreeSet::new(), says: [(node(0), others)].into() };
            prop_assert_eq!(case.verdict(), BTreeSet::new());
        }

        #[test]
        fn never_itself_nor_a_stranger(case in case()) {
            let verdict = case.verdict();
            prop_assert!(!verdict.contains(&node(0)));
            prop_assert!(verdict.is_subset(&case.members));
        }
    }
}
