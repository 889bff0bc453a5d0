//! Networks of our own, so that they can fail: a network namespace for each machine, all on one bridge.
//!
//! 1. This process reaches all of them, and no fault is between it and them.
//! 2. Nothing is left when it is dropped. What a killed process left is removed by the next one: names
//!    begin with the process's number.
//! 3. Where the machine does not allow it, it says so: nothing is skipped in silence.

use std::{
    fs,
    io::Write as _,
    net::Ipv4Addr,
    path::Path,
    process::{self, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering::Relaxed},
};

use amble_servers::Place;

use crate::{Fault, Outcome};

/// What all names begin with.
const PREFIX: &str = "amble";
/// 10.64.0.0/10 is cut into so many networks of 256 addresses.
const NETWORKS: u32 = 64 * 256;

/// How packets are lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// All, both ways.
    Cut,
    /// All that come; what is sent arrives.
    Deaf,
    /// One of twenty, both ways.
    Some,
}

/// Networks on one bridge.
#[derive(Debug)]
pub struct Net {
    tag: String,
    network: u32,
    machines: Vec<String>,
}

impl Net {
    /// An empty one.
    ///
    /// # Errors
    /// When the machine does not allow it, with what to do.
    pub fn new() -> Outcome<Self> {
        static NTH: AtomicU32 = AtomicU32::new(0);
        remove_leftovers()?;
        let (pid, nth) = (process::id(), NTH.fetch_add(1, Relaxed));
        let net = Self {
            tag: format!("{PREFIX}-{pid}-{nth}"),
            network: (pid.wrapping_mul(4) + nth) % NETWORKS,
            machines: Vec::new(),
        };
        net.make().map_err(|fault| {
            Fault::new(format!(
                "{fault:?}\nfaults of the network need root, iproute2 and nftables (scripts/servers \
                 installs them); AMBLE_TEST_NETWORK=loopback goes without such faults"
            ))
        })?;
        Ok(net)
    }

    fn make(&self) -> Outcome {
        let (hub, link) = (self.hub(), self.link());
        ip(&format!("netns add {hub}"))?;
        ip(&format!("-n {hub} link add bridge type bridge"))?;
        ip(&format!("-n {hub} link set dev bridge up"))?;
        ip(&format!(
            "link add {link} type veth peer name port1 netns {hub}"
        ))?;
        ip(&format!("-n {hub} link set dev port1 master bridge up"))?;
        ip(&format!("address add {}/24 dev {link}", self.address(1)))?;
        ip(&format!("link set dev {link} up"))
    }

    /// One more machine.
    ///
    /// # Errors
    /// When it can't be made.
    pub fn place(&mut self, name: &str) -> Outcome<Place> {
        let nth = self.machines.len() + 2;
        let address = self.address(u8::try_from(nth)?);
        let (hub, machine) = (self.hub(), format!("{}-{name}", self.tag));
        ip(&format!("netns add {machine}"))?;
        self.machines.push(machine.clone());
        ip(&format!(
            "-n {machine} link add eth0 type veth peer name port{nth} netns {hub}"
        ))?;
        ip(&format!("-n {machine} address add {address}/24 dev eth0"))?;
        ip(&format!("-n {machine} link set dev lo up"))?;
        ip(&format!("-n {machine} link set dev eth0 up"))?;
        ip(&format!("-n {hub} link set dev port{nth} master bridge up"))?;
        let place = Place::within(&machine, address);
        rules(
            &place,
            "table ip amble {
                 chain in { type filter hook input priority 0; }
                 chain out { type filter hook output priority 0; }
             }",
        )?;
        Ok(place)
    }

    fn hub(&self) -> String {
        format!("{}-hub", self.tag)
    }

    /// An interface's name has at most 15 letters.
    fn link(&self) -> String {
        self.tag.replace(PREFIX, "amb")
    }

    fn address(&self, host: u8) -> Ipv4Addr {
        Ipv4Addr::from(0x0a40_0000 | self.network << 8 | u32::from(host))
    }
}

/// Loses packets between a machine and others, until [`heal`].
///
/// # Errors
/// When it is no machine of a [`Net`].
pub fn lose(machine: &Place, others: &[&Place], loss: Loss) -> Outcome {
    let others: Vec<String> = others.iter().map(|o| o.address().to_string()).collect();
    let others = others.join(", ");
    let which = match loss {
        Loss::Cut | Loss::Deaf => "",
        Loss::Some => "numgen random mod 100 < 5",
    };
    let mut text = format!("add rule ip amble in ip saddr {{ {others} }} {which} drop\n");
    if loss != Loss::Deaf {
        text += &format!("add rule ip amble out ip daddr {{ {others} }} {which} drop\n");
    }
    rules(machine, &text)
}

/// Loses nothing more.
///
/// # Errors
/// When it is no machine of a [`Net`].
pub fn heal(machine: &Place) -> Outcome {
    rules(
        machine,
        "flush chain ip amble in\nflush chain ip amble out\n",
    )
}

impl Drop for Net {
    fn drop(&mut self) {
        // Nobody is left to be told; what stays is removed by the next.
        let _ = ip(&format!("link delete {}", self.link()));
        for machine in &self.machines {
            let _ = ip(&format!("netns delete {machine}"));
        }
        let _ = ip(&format!("netns delete {}", self.hub()));
    }
}

fn remove_leftovers() -> Outcome {
    let Ok(names) = fs::read_dir("/var/run/netns") else {
        return Ok(());
    };
    for entry in names {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let rest = name
            .strip_prefix(PREFIX)
            .and_then(|rest| rest.strip_prefix('-'));
        let owner = rest.and_then(|rest| rest.split('-').next()?.parse::<u32>().ok());
        if owner.is_some_and(|pid| !Path::new(&format!("/proc/{pid}")).exists()) {
            // Another test may be about it too. Its link goes with it.
            let _ = ip(&format!("netns delete {name}"));
        }
    }
    Ok(())
}

fn ip(what: &str) -> Outcome {
    finish(Command::new("ip").args(what.split(' ')), "")
}

pub(super) fn rules(machine: &Place, text: &str) -> Outcome {
    let mut command = machine.command(&amble_servers::find("nft")?)?;
    finish(command.args(["-f", "-"]), text)
}

fn finish(command: &mut Command, input: &str) -> Outcome {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| Fault::new(format!("{command:?}: {error}")))?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(input.as_bytes())?;
    }
    let output = child.wait_with_output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Fault::new(format!(
        "{command:?}: {}\n{said}",
        output.status
    )))
}

#[cfg(test)]
mod tests {
    use amble_servers::{Etcd, find};

    use super::*;

    #[test]
    fn who_is_cut_off_is_not_reached_until_it_is_healed_and_nothing_is_left() -> Outcome {
        let mut net = Net::new()?;
        let (server, client) = (net.place("server")?, net.place("client")?);
        let etcd = Etcd::start_at(std::slice::from_ref(&server))?;
        let url = etcd.endpoints().join(",");
        let reached = || -> Outcome<bool> {
            let mut asks = client.command(&find("etcdctl")?)?;
            asks.env("ETCDCTL_API", "3").stderr(Stdio::null());
            asks.args(["--endpoints", &url, "--dial-timeout=300ms"]);
            asks.args(["--command-timeout=300ms", "get", "any"]);
            Ok(asks.status()?.success())
        };
        assert!(reached()?);
        for loss in [Loss::Cut, Loss::Deaf] {
            lose(&server, &[&client], loss)?;
            assert!(!reached()?, "{loss:?}");
            assert!(etcd.get("any").is_ok(), "this process reaches all");
            heal(&server)?;
            assert!(reached()?);
        }
        drop(etcd);
        let tag = net.tag.clone();
        drop(net);
        for entry in fs::read_dir("/var/run/netns")? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            assert!(!name.starts_with(&tag), "{name}");
        }
        Ok(())
    }
}
