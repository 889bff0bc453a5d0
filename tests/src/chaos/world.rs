//! A shop on three nodes with all that it needs, and what is done to it.

use std::{env, path::Path, thread, time::Duration};

use amble_servers::{Etcd, Place, Postgres};

use super::{
    Happening,
    delay::Delay,
    happening::WITHOUT_LEDGER,
    net::{Loss, Net, heal, lose},
};
use crate::{Chance, Fault, Nodes, Outcome};

/// How many nodes there are, where nobody says otherwise, and how many members of etcd.
const NODES: usize = 3;

/// Three members of etcd, PostgreSQL, nodes; each, and the people with them, on a network of its own
/// where `AMBLE_TEST_NETWORK` is not `loopback`.
pub struct World {
    etcd: Etcd,
    postgres: Postgres,
    /// The nodes.
    pub nodes: Nodes,
    places: Places,
    // Last: it goes when all who live there have gone.
    net: Option<Net>,
    chance: Chance,
    store: String,
}

/// Who is where.
struct Places {
    etcd: Vec<Place>,
    postgres: Place,
    nodes: Vec<Place>,
    people: Place,
}

impl Places {
    fn on(net: Option<&mut Net>, nodes: usize) -> Outcome<Self> {
        let Some(net) = net else {
            return Ok(Self {
                etcd: vec![Place::here(); NODES],
                postgres: Place::here(),
                nodes: vec![Place::here(); nodes],
                people: Place::here(),
            });
        };
        let mut several = |name: &str, count: usize| -> Outcome<Vec<Place>> {
            (0..count)
                .map(|at| net.place(&format!("{name}-{at}")))
                .collect()
        };
        Ok(Self {
            etcd: several("etcd", NODES)?,
            nodes: several("node", nodes)?,
            postgres: net.place("postgres")?,
            people: net.place("people")?,
        })
    }
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
    heal: Vec<usize>,
    delays: Vec<Delay>,
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
            && self.heal.is_empty()
            && self.delays.is_empty()
    }
}

impl World {
    /// Starts all of it, three nodes, and waits until the shop is open; `within` is for the whole life of
    /// each process.
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
        Self::with_nodes(folder, store, seed, within, options, (NODES, NODES))
    }

    /// The same with so many nodes, and room for so many.
    ///
    /// # Errors
    /// When something does not start.
    pub fn with_nodes(
        folder: &Path,
        store: &str,
        seed: u64,
        within: Duration,
        options: &[&str],
        (nodes_at_first, room): (usize, usize),
    ) -> Outcome<Self> {
        let mut net = match env::var("AMBLE_TEST_NETWORK").as_deref() {
            Ok("loopback") => {
                println!("all on one network, as AMBLE_TEST_NETWORK says: nobody can be cut off");
                None
            }
            _ => Some(Net::new()?),
        };
        let places = Places::on(net.as_mut(), room)?;
        let etcd = Etcd::start_at(&places.etcd)?;
        let postgres = Postgres::start_at(&places.postgres)?;
        let mut all: Vec<String> = options.iter().map(|&option| option.to_owned()).collect();
        all.extend(["--ledger".to_owned(), postgres.database("shop")?]);
        for endpoint in etcd.endpoints() {
            all.extend(["--etcd".to_owned(), endpoint]);
        }
        let mut nodes = Nodes::new(folder, store, &places.nodes, &places.people, within, &all)?;
        for node in 0..nodes_at_first {
            nodes.start(node)?;
        }
        nodes.opened()?;
        Ok(Self {
            etcd,
            postgres,
            nodes,
            places,
            net,
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

    /// Lets a fault last for its time, but not for longer than this, and mends it.
    ///
    /// # Errors
    /// Those of [`strike`](Self::strike) and [`mend`](Self::mend).
    pub fn let_happen(&mut self, what: Happening, at_most: Duration) -> Outcome {
        let mend = self.strike(what)?;
        // The fault itself, not a wait for anything.
        thread::sleep(what.lasts().min(at_most));
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
            Happening::KillTakingOver => {
                let (leaves, takes) = (self.any_node(), self.chance.between(1, NODES as u64));
                let takes = (leaves + usize::try_from(takes).unwrap_or(1)) % NODES;
                self.nodes.ask_to_end(leaves)?;
                thread::sleep(Duration::from_millis(self.chance.between(0, 300)));
                self.nodes.kill(takes)?;
                self.nodes.ended(leaves)?;
                mend.start = vec![leaves, takes];
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
            Happening::CutFromPeers => mend.heal = vec![self.lose_peers(Loss::Cut)?],
            Happening::Deaf => mend.heal = vec![self.lose_peers(Loss::Deaf)?],
            Happening::CutFromEtcd => {
                let node = self.any_node();
                self.lose(
                    node,
                    &self.places.etcd.iter().collect::<Vec<_>>(),
                    Loss::Cut,
                )?;
                mend.heal = vec![node];
            }
            Happening::CutFromLedger => {
                let node = self.any_node();
                self.lose(node, &[&self.places.postgres], Loss::Cut)?;
                mend.heal = vec![node];
            }
            Happening::DiesWithoutLedger => {
                let node = self.any_node();
                self.lose(node, &[&self.places.postgres], Loss::Cut)?;
                // The fault itself, not a wait for anything.
                thread::sleep(WITHOUT_LEDGER);
                self.nodes.kill(node)?;
                mend.heal = vec![node];
                mend.start = vec![node];
            }
            Happening::CutOff => {
                let node = self.any_node();
                self.lose(node, &self.all_but(node), Loss::Cut)?;
                mend.heal = vec![node];
            }
            Happening::Delay => {
                for node in self.nodes.running() {
                    let place = &self.places.nodes[node];
                    mend.delays
                        .push(Delay::new(place, self.nodes.peer_port(node))?);
                }
            }
            Happening::Loss => {
                for node in self.nodes.running() {
                    self.lose(node, &self.all_but(node), Loss::Some)?;
                    mend.heal.push(node);
                }
            }
        }
        Ok(mend)
    }

    /// Ends a fault.
    ///
    /// # Errors
    /// When what was down does not start.
    pub fn mend(&mut self, mend: Mend) -> Outcome {
        for node in mend.resume {
            self.nodes.resume(node)?;
        }
        if let Some(member) = mend.start_member {
            self.etcd.start_again(member)?;
        }
        for member in mend.resume_members {
            self.etcd.resume(member)?;
        }
        for delay in mend.delays {
            delay.end()?;
        }
        for node in mend.heal {
            heal(&self.places.nodes[node])?;
        }
        for node in mend.start {
            self.nodes.start(node)?;
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

    fn lose_peers(&mut self, loss: Loss) -> Outcome<usize> {
        let node = self.any_node();
        let peers = self.places.nodes.iter().enumerate();
        let peers = peers.filter(|&(at, _)| at != node).map(|(_, place)| place);
        self.lose(node, &peers.collect::<Vec<_>>(), loss)?;
        Ok(node)
    }

    fn lose(&self, node: usize, others: &[&Place], loss: Loss) -> Outcome {
        if self.net.is_none() {
            return Err(Fault::new("nobody can be cut off on one network"));
        }
        lose(&self.places.nodes[node], others, loss)
    }

    /// Everybody else on the network.
    fn all_but(&self, node: usize) -> Vec<&Place> {
        let places = &self.places;
        let mut others: Vec<&Place> = places.nodes.iter().chain(&places.etcd).collect();
        others.remove(node);
        others.extend([&places.postgres, &places.people]);
        others
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
