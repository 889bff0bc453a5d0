//! etcd for a test.

use std::{io, net::SocketAddr, path::Path, process::Command};

use rustix::process::Signal;
use tempfile::TempDir;

use crate::{
    place::Place,
    ports::Port,
    process::{Process, done, find, until},
    status::{self, Status},
};

/// Timings with which it elects a new leader within about a second.
const TIMINGS: [&str; 2] = ["--heartbeat-interval=50", "--election-timeout=500"];

/// Dies with the one who started it.
const DEATH: &str = "--pdeathsig=KILL";

/// A cluster of etcd. Its members are numbered from 0.
#[derive(Debug)]
pub struct Etcd {
    members: Vec<Member>,
    folder: TempDir,
}

#[derive(Debug)]
struct Member {
    process: Process,
    args: Vec<String>,
    place: Place,
    /// Where nodes reach it, and where this process asks it, without TLS.
    client: String,
    own: SocketAddr,
    /// Its own as long as it lives.
    _ports: [Port; 3],
}

impl Etcd {
    /// A new cluster on this machine, once it has a leader.
    ///
    /// # Errors
    /// When etcd is not installed or does not start.
    pub fn start(members: usize) -> io::Result<Self> {
        Self::start_at(&vec![Place::here(); members])
    }

    /// A new cluster with a member in each of these places, once it has a leader.
    ///
    /// # Errors
    /// When etcd is not installed or does not start.
    pub fn start_at(places: &[Place]) -> io::Result<Self> {
        Self::start_as(places, None)
    }

    /// A new cluster on this machine that speaks TLS with its clients, and wants a certificate of each. The
    /// folder is as [`Authority::put`](crate::Authority::put) makes it: the members' certificate, and whose
    /// clients are let in.
    ///
    /// # Errors
    /// When etcd is not installed or does not start.
    pub fn start_with_tls(members: usize, folder: &Path) -> io::Result<Self> {
        Self::start_as(&vec![Place::here(); members], Some(folder))
    }

    fn start_as(places: &[Place], tls: Option<&Path>) -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("amble-etcd-").tempdir()?;
        let mut ports = Vec::with_capacity(places.len());
        for _ in places {
            ports.push([Port::free()?, Port::free()?, Port::free()?]);
        }
        let url = |address: SocketAddr| format!("http://{address}");
        let peers: Vec<_> = (0..)
            .zip(places.iter().zip(&ports))
            .map(|(member, (place, [_, peer, _]))| {
                format!("{}={}", name(member), url(place.at(peer)))
            })
            .collect();
        let mut etcd = Self {
            members: Vec::with_capacity(places.len()),
            folder,
        };
        for (member, (place, ports)) in places.iter().zip(ports).enumerate() {
            let [client, peer, own] = [0, 1, 2].map(|port| place.at(&ports[port]));
            let client = match tls {
                Some(_) => format!("https://{client}"),
                None => url(client),
            };
            let data = etcd.folder.path().join(name(member));
            let mut args = vec![
                format!("--name={}", name(member)),
                format!("--data-dir={}", data.display()),
                format!("--listen-client-urls={client},{}", url(own)),
                format!("--advertise-client-urls={client}"),
                format!("--listen-peer-urls={}", url(peer)),
                format!("--initial-advertise-peer-urls={}", url(peer)),
                format!("--initial-cluster={}", peers.join(",")),
                "--logger=zap".to_owned(),
            ];
            args.extend(TIMINGS.map(str::to_owned));
            args.extend(tls.into_iter().flat_map(certificates));
            etcd.members.push(Member {
                process: etcd.serve(member, place, &args)?,
                args,
                place: place.clone(),
                client,
                own,
                _ports: ports,
            });
        }
        for member in 0..places.len() {
            etcd.ready(member)?;
        }
        Ok(etcd)
    }

    /// Where clients reach the members, one URL each.
    #[must_use]
    pub fn endpoints(&self) -> Vec<String> {
        let members = self.members.iter();
        members.map(|member| member.client.clone()).collect()
    }

    /// The member that leads; waits until there is one.
    ///
    /// # Errors
    /// When none comes to lead.
    pub fn leader(&self) -> io::Result<usize> {
        until("a leader of etcd", || {
            let asked = self.members.iter().map(|member| status::ask(&member.own));
            let known: Vec<(usize, Status)> = (0..)
                .zip(asked)
                .filter_map(|(member, status)| Some((member, status.ok()?)))
                .collect();
            // One that was cut off or paused may still believe in itself, but in an earlier term.
            let term = known.iter().map(|(_, status)| status.term).max();
            let leads = known
                .iter()
                .find(|(_, status)| status.leads && Some(status.term) == term);
            Ok(leads.map(|&(member, _)| member))
        })
    }

    /// The value of a key; empty when there is none.
    ///
    /// # Errors
    /// When a majority of the members does not answer.
    pub fn get(&self, key: &str) -> io::Result<String> {
        let members = self.members.iter();
        let endpoints: Vec<_> = members.map(|member| member.own.to_string()).collect();
        let value = done(
            Command::new(find("etcdctl")?)
                .env("ETCDCTL_API", "3")
                .arg(format!("--endpoints={}", endpoints.join(",")))
                .args(["get", "--print-value-only", key]),
        )?;
        Ok(value.trim_end_matches('\n').to_owned())
    }

    /// SIGKILL to a member.
    ///
    /// # Errors
    /// When it does not end.
    pub fn kill(&mut self, member: usize) -> io::Result<()> {
        self.member(member)?.process.end_by(Signal::KILL)
    }

    /// SIGKILL to all members, and their data is gone: started again, they are a new cluster in the place of
    /// the old one.
    ///
    /// # Errors
    /// When one does not end, or its data can't be removed.
    pub fn lose_everything(&mut self) -> io::Result<()> {
        for member in 0..self.members.len() {
            self.kill(member)?;
            std::fs::remove_dir_all(self.folder.path().join(name(member)))?;
        }
        Ok(())
    }

    /// Starts a member again that was killed, on its data and ports, and does not wait for it: without
    /// a majority it would not answer. See [`ready`](Self::ready).
    ///
    /// # Errors
    /// When it can't be started.
    pub fn start_again(&mut self, member: usize) -> io::Result<()> {
        let Member { args, place, .. } = self.member(member)?;
        let (args, place) = (args.clone(), place.clone());
        self.members[member].process = self.serve(member, &place, &args)?;
        Ok(())
    }

    /// Waits until a member answers and knows a leader.
    ///
    /// # Errors
    /// When it ends instead, or takes too long.
    pub fn ready(&mut self, member: usize) -> io::Result<()> {
        let Member { process, own, .. } = self.member(member)?;
        process.ready(|| status::ask(own).is_ok_and(|status| status.has_leader))
    }

    /// SIGSTOP to a member: its connections stay open, and it does not answer.
    ///
    /// # Errors
    /// When it has ended.
    pub fn pause(&mut self, member: usize) -> io::Result<()> {
        self.member(member)?.process.pause()
    }

    /// SIGCONT to a member: it goes on where it was.
    ///
    /// # Errors
    /// When it has ended.
    pub fn resume(&mut self, member: usize) -> io::Result<()> {
        self.member(member)?.process.signal(Signal::CONT)
    }

    fn member(&mut self, member: usize) -> io::Result<&mut Member> {
        let count = self.members.len();
        self.members
            .get_mut(member)
            .ok_or_else(|| io::Error::other(format!("there is no member {member} among {count}")))
    }

    fn serve(&self, member: usize, place: &Place, args: &[String]) -> io::Result<Process> {
        let log = self.folder.path().join(format!("{}.log", name(member)));
        Process::start(place, &find("etcd")?, &[DEATH.to_owned()], args, &log)
    }
}

/// How a member is told to speak TLS with clients.
fn certificates(folder: &Path) -> [String; 4] {
    let file = |option, name| format!("--{option}={}", folder.join(name).display());
    [
        file("cert-file", "tls.crt"),
        file("key-file", "tls.key"),
        file("trusted-ca-file", "ca.crt"),
        "--client-cert-auth".to_owned(),
    ]
}

fn name(member: usize) -> String {
    format!("member-{member}")
}
