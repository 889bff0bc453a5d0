//! A shop on three nodes with all that it needs, and what is done to it.

use std::{path::Path, thread, time::Duration};

use amble_servers::{Etcd, Postgres};

use super::Happening;
use crate::{Chance, Fault, Nodes, Outcome};

/// How many nodes there are.
const NODES: usize = 3;

/// Three members of etcd, PostgreSQL, three nodes.
pub struct World {
    etcd: Etcd,
    postgres: Postgres,
    /// The nodes.
    pub nodes: Nodes,
    chance: Chance,
    store: String,
}

/// What ends a fault.
#[derive(Debug, Default)]
pub struct Mend {
    start: Vec<usize>,
    resume: Vec<usize>,
    start_member: Option<usize>,
    resume_members: Vec<usize>,
    start_ledger: bool,
    resume_ledger: bool,
}

impl Mend {
    /// There is nothing to mend.
    #[must_use]
    pub const fn is_nothing(&self) -> bool {
        self.start.is_empty()
            && self.resume.is_empty()
            && self.start_member.is_none()
            && self.resume_members.is_empty()
            && !self.start_ledger
            && !self.resume_ledger
    }
}

impl World {
    /// Starts all of it and waits until the shop is open; `within` is for the whole life of each process.
    ///
    /// # Errors
    /// When something does not start.
    pub fn new(
        folder: &Path,
        store: &str,
        seed: u64,
        within: Duration,
        options: &[&str],
    ) -> Outcome<Self> {
        let (etcd, postgres) = (Etcd::start(3)?, Postgres::start()?);
        let mut all: Vec<String> = options.iter().map(|&option| option.to_owned()).collect();
        all.extend(["--ledger".to_owned(), postgres.database("shop")?]);
        for endpoint in etcd.endpoints() {
            all.extend(["--etcd".to_owned(), endpoint]);
        }
        let mut nodes = Nodes::new(folder, store, NODES, within, &all)?;
        for node in 0..NODES {
            nodes.start(node)?;
        }
        nodes.opened()?;
        Ok(Self {
            etcd,
            postgres,
            nodes,
            chance: Chance(seed),
            store: store.to_owned(),
        })
    }

    /// A number from `low` up to and without `high`, as the seed has it.
    pub const fn chance(&mut self, low: u64, high: u64) -> u64 {
        self.chance.between(low, high)
    }

    /// Answers of the ledger: one row a line, its columns between tabs.
    ///
    /// # Errors
    /// When it is down, or the question makes no sense.
    pub fn ask_ledger(&self, question: &str) -> Outcome<String> {
        Ok(self.postgres.ask("shop", question)?)
    }

    /// Lets a fault last for its time and mends it.
    ///
    /// # Errors
    /// Those of [`strike`](Self::strike) and [`mend`](Self::mend).
    pub fn let_happen(&mut self, what: Happening) -> Outcome {
        let mend = self.strike(what)?;
        // The fault itself, not a wait for anything.
        thread::sleep(what.lasts());
        self.mend(mend)
    }

    /// Begins a fault; gives what will end it.
    ///
    /// # Errors
    /// When it can't be made to happen.
    pub fn strike(&mut self, what: Happening) -> Outcome<Mend> {
        let mut mend = Mend::default();
        match what {
            Happening::Kill => {
                let node = self.any_node();
                self.nodes.kill(node)?;
                mend.start = vec![node];
            }
            Happening::KillCoordinator => {
                let node = self.coordinator()?;
                self.nodes.kill(node)?;
                mend.start = vec![node];
            }
            Happening::KillTwo => {
                let first = self.any_node();
                self.nodes.kill(first)?;
                thread::sleep(Duration::from_millis(self.chance.between(0, 600)));
                let second = self.any_node();
                self.nodes.kill(second)?;
                mend.start = vec![first, second];
            }
            Happening::Zombie => {
                let node = self.any_node();
                self.nodes.pause(node)?;
                mend.resume = vec![node];
            }
            Happening::Drain => {
                let node = self.any_node();
                self.nodes.end(node)?;
                mend.start = vec![node];
            }
            Happening::Rolling => {
                for node in 0..NODES {
                    self.nodes.end(node)?;
                    self.nodes.start(node)?;
                }
            }
            Happening::EtcdLeader => {
                let leader = self.etcd.leader()?;
                self.etcd.kill(leader)?;
                mend.start_member = Some(leader);
            }
            Happening::EtcdQuorum => {
                mend.resume_members = vec![0, 1];
                for &member in &mend.resume_members {
                    self.etcd.pause(member)?;
                }
            }
            Happening::LedgerCrash => {
                self.postgres.kill()?;
                mend.start_ledger = true;
            }
            Happening::LedgerHangs => {
                self.postgres.pause()?;
                mend.resume_ledger = true;
            }
        }
        Ok(mend)
    }

    /// Ends a fault.
    ///
    /// # Errors
    /// When what was down does not start.
    pub fn mend(&mut self, mend: Mend) -> Outcome {
        for node in mend.start {
            self.nodes.start(node)?;
        }
        for node in mend.resume {
            self.nodes.resume(node)?;
        }
        if let Some(member) = mend.start_member {
            self.etcd.start_again(member)?;
        }
        for member in mend.resume_members {
            self.etcd.resume(member)?;
        }
        if mend.start_ledger {
            self.postgres.start_again()?;
        }
        if mend.resume_ledger {
            self.postgres.resume();
        }
        Ok(())
    }

    /// The nodes that should be well until this is mended.
    #[must_use]
    pub fn well_without(&self, mend: &Mend) -> Vec<usize> {
        let mut nodes = self.nodes.running();
        nodes.retain(|node| !mend.resume.contains(node));
        nodes
    }

    fn any_node(&mut self) -> usize {
        let running = self.nodes.running();
        let at = self.chance.between(0, running.len() as u64);
        running[usize::try_from(at).unwrap_or_default()]
    }

    /// The node that coordinates, as etcd has it.
    fn coordinator(&self) -> Outcome<usize> {
        let key = format!("amble/{}/coordinator", self.store);
        let value = self.etcd.get(&key)?;
        let named = |&node: &usize| value.contains(&format!("{}-", Nodes::name(node)));
        let node = self.nodes.running().into_iter().find(named);
        node.ok_or_else(|| Fault::new(format!("etcd knows no coordinator: {key} is {value:?}")))
    }
}
