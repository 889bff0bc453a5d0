//! A shop that is served by several nodes.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use amble_servers::{Place, Port, pause};
use rustix::process::Signal;

use crate::{Fault, Outcome, Process, run, shop, until};

/// How long a node may take to begin, or the nodes to open their shop, on a busy machine.
const OPENS: Duration = Duration::from_secs(30);

/// The nodes of one shop, with one folder for their keys, receipts and words.
#[derive(Debug)]
pub struct Nodes {
    folder: PathBuf,
    store: String,
    people: Place,
    options: Vec<String>,
    within: Duration,
    nodes: Vec<Node>,
}

#[derive(Debug)]
struct Node {
    grpc: SocketAddr,
    web: SocketAddr,
    peer: SocketAddr,
    place: Place,
    /// They stay its own while it is down.
    _ports: [Port; 3],
    process: Option<Process>,
}

impl Nodes {
    /// A node in each of these places, none of which runs yet, for people at another; `options` tells them
    /// of etcd and the ledger. `within` is for the whole life of each process.
    ///
    /// # Errors
    /// When there are no free ports, or no keys can be made.
    pub fn new(
        folder: &Path,
        store: &str,
        places: &[Place],
        people: &Place,
        within: Duration,
        options: &[String],
    ) -> Outcome<Self> {
        let keygen = ["pass", "keygen", "issuer.pem"];
        run(folder, Duration::from_secs(20), &keygen)?.well()?;
        let nodes = places.iter().map(|place| {
            let ports = [Port::free()?, Port::free()?, Port::free()?];
            Ok(Node {
                grpc: place.at(&ports[0]),
                web: place.at(&ports[1]),
                peer: place.at(&ports[2]),
                place: place.clone(),
                _ports: ports,
                process: None,
            })
        });
        Ok(Self {
            nodes: nodes.collect::<Outcome<_>>()?,
            folder: folder.to_owned(),
            store: store.to_owned(),
            people: people.clone(),
            options: options.to_vec(),
            within,
        })
    }

    /// What a node is called.
    #[must_use]
    pub fn name(at: usize) -> String {
        format!("node-{at}")
    }

    /// Starts a node, and waits until it is ready.
    ///
    /// # Errors
    /// When it does not get ready.
    pub fn start(&mut self, at: usize) -> Outcome {
        let node = &mut self.nodes[at];
        let name = Self::name(at);
        let (grpc, web, peer) = (
            node.grpc.to_string(),
            node.web.to_string(),
            node.peer.to_string(),
        );
        let mut args = vec!["serve", "--store", &self.store, "--node", &name];
        // Whom nodes trust is another subject than what happens to them here.
        args.push("--insecure");
        args.extend(["--listen", &grpc, "--web", &web, "--peer", &peer]);
        args.extend(["--pass-key", "issuer.pub", "--receipts", "receipts"]);
        args.extend(self.options.iter().map(String::as_str));
        let mut process = Process::start_at(&node.place, &self.folder, &name, self.within, &args)?;
        let web = node.web;
        until("for a node that is ready", OPENS, || {
            if process.has_ended()? {
                return Err(Fault::new(process.errors()));
            }
            Ok(shop::is_ready(web).then_some(()))
        })?;
        node.process = Some(process);
        Ok(())
    }

    /// Waits until everything is decided up to some time: until the shop is open.
    ///
    /// # Errors
    /// When it does not open.
    pub fn opened(&self) -> Outcome<u64> {
        let open = || Ok(Some(self.decided_until_us()).filter(|&decided| decided > 0));
        until("for a shop that is open", OPENS, open)
    }

    /// Starts people and sensors, who know all the nodes.
    ///
    /// # Errors
    /// When they can't be started.
    pub fn simulate(&self, options: &[&str]) -> Outcome<Process> {
        let urls: Vec<String> = self
            .nodes
            .iter()
            .map(|node| format!("http://{}", node.grpc))
            .collect();
        let mut args = vec!["simulate", "--store", &self.store];
        for url in &urls {
            args.extend(["--connect", url]);
        }
        args.extend(["--pass-key", "issuer.pem", "--truth", "truth.jsonl"]);
        args.extend(["--acks", "acks.json"]);
        args.extend(options);
        Process::start_at(&self.people, &self.folder, "simulate", self.within, &args)
    }

    /// SIGKILL to a node.
    ///
    /// # Errors
    /// When it does not run.
    pub fn kill(&mut self, at: usize) -> Outcome {
        self.take(at)?.kill()
    }

    /// SIGTERM to a node, which ends in order.
    ///
    /// # Errors
    /// When it does not.
    pub fn end(&mut self, at: usize) -> Outcome {
        self.take(at)?.terminate()?.well()?;
        Ok(())
    }

    /// SIGTERM to a node, which ends in order; see [`ended`](Self::ended).
    ///
    /// # Errors
    /// When it does not run.
    pub fn ask_to_end(&self, at: usize) -> Outcome {
        self.signal(at, Signal::TERM)
    }

    /// Waits for the end of a node that was asked to.
    ///
    /// # Errors
    /// When it does not end well.
    pub fn ended(&mut self, at: usize) -> Outcome {
        self.take(at)?.finish()?.well()?;
        Ok(())
    }

    /// SIGSTOP: a node that is there, and does nothing.
    ///
    /// # Errors
    /// When it does not run.
    pub fn pause(&self, at: usize) -> Outcome {
        Ok(pause(self.at(at)?.id())?)
    }

    /// SIGCONT: it goes on as if no time had passed.
    ///
    /// # Errors
    /// When it does not run.
    pub fn resume(&self, at: usize) -> Outcome {
        self.signal(at, Signal::CONT)
    }

    /// Where a node's doors are.
    #[must_use]
    pub fn address(&self, at: usize) -> SocketAddr {
        self.nodes[at].grpc
    }

    /// The nodes that run.
    #[must_use]
    pub fn running(&self) -> Vec<usize> {
        let all = self.nodes.iter().enumerate();
        all.filter(|(_, node)| node.process.is_some())
            .map(|(at, _)| at)
            .collect()
    }

    /// Up to when everything is decided, as far as any node knows: event time in µs; 0: nothing yet.
    #[must_use]
    pub fn decided_until_us(&self) -> u64 {
        let running = self.nodes.iter().filter(|node| node.process.is_some());
        let known = running.filter_map(|node| shop::decided_until_us(node.web).ok());
        known.max().unwrap_or_default()
    }

    /// The sum of a metric over the nodes that answer.
    #[must_use]
    pub fn metric(&self, name: &str, labels: &[&str]) -> f64 {
        let running = self.nodes.iter().filter(|node| node.process.is_some());
        running
            .filter_map(|node| shop::metric(node.web, name, labels).ok())
            .sum()
    }

    /// On which port a node is reached by its peers.
    #[must_use]
    pub fn peer_port(&self, at: usize) -> u16 {
        self.nodes[at].peer.port()
    }

    /// Where each node's pages are.
    #[must_use]
    pub fn pages(&self) -> Vec<SocketAddr> {
        self.nodes.iter().map(|node| node.web).collect()
    }

    /// Where the simulated truth is.
    #[must_use]
    pub fn truth(&self) -> PathBuf {
        self.folder.join("truth.jsonl")
    }

    /// Where is written which frames of which device were acked.
    #[must_use]
    pub fn acks(&self) -> PathBuf {
        self.folder.join("acks.json")
    }

    /// Where receipts are put.
    #[must_use]
    pub fn receipts_folder(&self) -> PathBuf {
        self.folder.join("receipts")
    }

    /// The ends of what the nodes wrote to the standard error.
    #[must_use]
    pub fn errors(&self) -> String {
        let running = self.nodes.iter().filter_map(|node| node.process.as_ref());
        running.map(Process::errors).collect()
    }

    /// Up to when, in event time in µs, devices were passed over, as the nodes said.
    ///
    /// # Errors
    /// When what they said can't be read.
    pub fn passed_over(&self) -> Outcome<Vec<i64>> {
        let mut times = Vec::new();
        for at in 0..self.nodes.len() {
            let said = fs::read_to_string(self.folder.join(format!("{}.err", Self::name(at))))?;
            let lines = said
                .lines()
                .filter(|line| line.contains("passed over a silent device"));
            times.extend(lines.filter_map(|line| {
                let (_, until) = line.split_once("until_us=")?;
                until.split_whitespace().next()?.parse::<i64>().ok()
            }));
        }
        Ok(times)
    }

    fn take(&mut self, at: usize) -> Outcome<Process> {
        let process = self.nodes[at].process.take();
        process.ok_or_else(|| Fault::new(format!("node {at} does not run")))
    }

    fn signal(&self, at: usize, signal: Signal) -> Outcome {
        self.at(at)?.signal(signal)
    }

    fn at(&self, at: usize) -> Outcome<&Process> {
        let process = self.nodes[at].process.as_ref();
        process.ok_or_else(|| Fault::new(format!("node {at} does not run")))
    }
}
