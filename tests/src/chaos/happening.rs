//! What may happen to a shop on several nodes.

use std::{fmt, str::FromStr, time::Duration};

/// How long a node is away that is not dead: longer than any patience of its peers.
const ZOMBIE: Duration = Duration::from_secs(4);
/// How long PostgreSQL is away.
const LEDGER_AWAY: Duration = Duration::from_secs(30);
/// How long etcd is away.
const ETCD_AWAY: Duration = Duration::from_secs(20);
/// How long a node lives on without the ledger: longer than the ledger keeps cuts.
pub(super) const WITHOUT_LEDGER: Duration = Duration::from_secs(20);
/// How long a network fails: longer than a lease lives.
const NETWORK_FAILS: Duration = Duration::from_secs(8);

/// A fault, or something that is planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Happening {
    /// SIGKILL to a node, which is started again.
    Kill,
    /// SIGKILL to the node that coordinates.
    KillCoordinator,
    /// SIGKILL to one node and, while its shards are being taken over, to another.
    KillTwo,
    /// SIGSTOP to a node, SIGCONT when its shards have long had other owners.
    Zombie,
    /// A node is ended in order, and started again: its shards are moved as planned.
    Drain,
    /// A node is ended in order; one that takes its shards over gets SIGKILL in the midst of that.
    KillTakingOver,
    /// Every node is ended in order and started again, one after another.
    Rolling,
    /// SIGKILL to etcd's leader, which is started again.
    EtcdLeader,
    /// Most of etcd is away for a while: nothing can move.
    EtcdQuorum,
    /// PostgreSQL crashes, and is started again.
    LedgerCrash,
    /// PostgreSQL is there, and does not answer.
    LedgerHangs,
    /// A node and its peers don't reach one another.
    CutFromPeers,
    /// A node does not hear its peers, but they hear it.
    Deaf,
    /// A node does not reach etcd.
    CutFromEtcd,
    /// A node does not reach the ledger.
    CutFromLedger,
    /// A node does not reach the ledger for so long that its shards have no cut in common with the others
    /// any more; then it gets SIGKILL.
    DiesWithoutLedger,
    /// A node reaches nobody, and nobody it.
    CutOff,
    /// Each node loses one packet of twenty.
    Loss,
    /// What nodes say to one another takes 100 ms longer each way.
    Delay,
}

impl Happening {
    /// All there are.
    pub const ALL: [Self; 19] = [
        Self::Kill,
        Self::KillCoordinator,
        Self::KillTwo,
        Self::Zombie,
        Self::Drain,
        Self::KillTakingOver,
        Self::Rolling,
        Self::EtcdLeader,
        Self::EtcdQuorum,
        Self::LedgerCrash,
        Self::LedgerHangs,
        Self::CutFromPeers,
        Self::Deaf,
        Self::CutFromEtcd,
        Self::CutFromLedger,
        Self::DiesWithoutLedger,
        Self::CutOff,
        Self::Loss,
        Self::Delay,
    ];

    /// Its name on the command line and in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kill => "kill",
            Self::KillCoordinator => "kill-coordinator",
            Self::KillTwo => "kill-two",
            Self::Zombie => "zombie",
            Self::Drain => "drain",
            Self::KillTakingOver => "kill-taking-over",
            Self::Rolling => "rolling",
            Self::EtcdLeader => "etcd-leader",
            Self::EtcdQuorum => "etcd-quorum",
            Self::LedgerCrash => "ledger-crash",
            Self::LedgerHangs => "ledger-hangs",
            Self::CutFromPeers => "cut-from-peers",
            Self::Deaf => "deaf",
            Self::CutFromEtcd => "cut-from-etcd",
            Self::CutFromLedger => "cut-from-ledger",
            Self::DiesWithoutLedger => "dies-without-ledger",
            Self::CutOff => "cut-off",
            Self::Loss => "loss",
            Self::Delay => "delay",
        }
    }

    /// How long it lasts before it is mended.
    #[must_use]
    pub const fn lasts(self) -> Duration {
        match self {
            Self::Kill
            | Self::KillCoordinator
            | Self::KillTwo
            | Self::Drain
            | Self::KillTakingOver
            | Self::DiesWithoutLedger
            | Self::Rolling => Duration::ZERO,
            Self::Zombie => ZOMBIE,
            Self::EtcdLeader | Self::EtcdQuorum => ETCD_AWAY,
            Self::LedgerCrash | Self::LedgerHangs => LEDGER_AWAY,
            Self::CutFromPeers
            | Self::Deaf
            | Self::CutFromEtcd
            | Self::CutFromLedger
            | Self::CutOff
            | Self::Loss
            | Self::Delay => NETWORK_FAILS,
        }
    }

    /// Whether the shop goes on without its being mended: what was lost has a substitute.
    #[must_use]
    pub const fn is_survived(self) -> bool {
        matches!(
            self,
            Self::Kill
                | Self::KillCoordinator
                | Self::KillTwo
                | Self::Zombie
                | Self::Drain
                | Self::KillTakingOver
                | Self::DiesWithoutLedger
                | Self::Rolling
                | Self::EtcdLeader
        )
    }
}

impl fmt::Display for Happening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Happening {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|what| what.name() == name);
        found.ok_or_else(|| {
            let all = Self::ALL.map(Self::name).join(", ");
            format!("there is no fault {name}; there are {all}")
        })
    }
}
