//! Ownership and fencing, model-checked: every order in which a shard's nodes, its coordinators, its
//! ledger and a device may act, with messages that are late or lost, nodes that are put out rightly or
//! wrongly, and a node that dies. The decisions are those of the code: `coordinator::at_once`,
//! `World::placing`, `Tenure::hear`, `may_claim`, `may_append`.
//!
//! A node that pauses is one to which nothing happens for a while, so that is in it too. So are two
//! coordinators: what one has decided may be written when the map has moved on.

mod model;
mod state;

use stateright::{Checker, HasDiscoveries, Model};

use model::{Cluster, ONE_OWNER, ONE_WRITER};
use state::{Faults, Fences};

fn cluster(nodes: u8, faults: Faults) -> Cluster {
    Cluster {
        nodes,
        fences: Fences::All,
        lost: false,
        compares: true,
        faults,
    }
}

const NONE: Faults = Faults {
    deaths: 0,
    mistakes: 0,
    losses: 0,
    moves: 0,
};

const MOVED: Faults = Faults { moves: 1, ..NONE };

fn check(cluster: Cluster, until: HasDiscoveries) -> impl Checker<Cluster> {
    let checker = cluster.checker().threads(2).finish_when(until);
    let checker = checker.spawn_bfs().join();
    println!("{} states", checker.unique_state_count());
    checker
}

fn keeps_it(nodes: u8, faults: Faults) {
    check(cluster(nodes, faults), HasDiscoveries::All).assert_properties();
}

#[test]
fn two_nodes_keep_it() {
    keeps_it(
        2,
        Faults {
            deaths: 1,
            losses: 1,
            ..MOVED
        },
    );
    keeps_it(
        2,
        Faults {
            mistakes: 1,
            losses: 1,
            ..MOVED
        },
    );
}

#[test]
fn three_nodes_keep_it() {
    keeps_it(
        3,
        Faults {
            deaths: 1,
            losses: 1,
            ..NONE
        },
    );
    keeps_it(
        3,
        Faults {
            deaths: 1,
            mistakes: 1,
            ..NONE
        },
    );
}

#[test]
#[ignore = "millions of states: half a minute"]
fn two_nodes_keep_it_whatever_comes_together() {
    keeps_it(
        2,
        Faults {
            deaths: 1,
            mistakes: 1,
            losses: 1,
            moves: 1,
        },
    );
}

#[test]
fn a_ledger_that_does_not_check_epochs_is_found_out() {
    let unfenced = Cluster {
        fences: Fences::None,
        ..cluster(2, MOVED)
    };
    check(unfenced, HasDiscoveries::AnyFailures).assert_any_discovery(ONE_WRITER);
}

#[test]
fn an_owner_of_a_map_that_is_lost_never_writes_beside_one_of_the_new_map() {
    let lost = Cluster {
        lost: true,
        ..cluster(2, NONE)
    };
    check(lost, HasDiscoveries::All).assert_properties();
}

/// A map that is begun anew may give out an epoch that an owner of the lost one still has.
#[test]
fn a_ledger_that_does_not_know_who_claimed_is_found_out() {
    let nameless = Cluster {
        fences: Fences::Epochs,
        lost: true,
        ..cluster(2, NONE)
    };
    check(nameless, HasDiscoveries::AnyFailures).assert_any_discovery(ONE_WRITER);
}

#[test]
fn a_map_that_is_written_blindly_is_found_out() {
    let blind = Cluster {
        compares: false,
        ..cluster(2, MOVED)
    };
    check(blind, HasDiscoveries::AnyFailures).assert_any_discovery(ONE_OWNER);
}
