//! Delay on the way to one port of a machine.
//!
//! The kernel's own (`tc netem`) is not there on every machine. So what goes to the port is turned aside
//! to a relay on the same machine, which passes it on later, in order, and the answers too. Connections
//! that stand are broken, so that all go through it; new ones find their port as before, and who calls
//! whom can be told, and cut off, as before.

use std::{
    fs::File,
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use amble_servers::Place;
use rustix::{
    fd::AsFd,
    thread::{LinkNameSpaceType, move_into_link_name_space},
};

use super::net::rules;
use crate::{Fault, Outcome};

/// Each way.
const DELAY_MS: u64 = 100;
const CHUNK: usize = 64 << 10;

/// A delay; it ends by [`end`](Self::end).
#[derive(Debug)]
pub(super) struct Delay {
    machine: Place,
    ms: Arc<AtomicU64>,
}

impl Delay {
    /// Delays what goes to a port and what comes back.
    ///
    /// # Errors
    /// When the machine has no network of its own.
    pub(super) fn new(machine: &Place, port: u16) -> Outcome<Self> {
        let to = SocketAddr::from((machine.address(), port));
        let ms = Arc::new(AtomicU64::new(DELAY_MS));
        let relay = relay(machine, to, Arc::clone(&ms))?;
        rules(
            machine,
            &format!(
                "table ip delay {{
                     chain aside {{
                         type nat hook prerouting priority dstnat;
                         tcp dport {port} redirect to :{relay}
                     }}
                     chain breaks {{
                         type filter hook input priority 0;
                         iifname eth0 tcp dport {port} reject with tcp reset
                     }}
                 }}"
            ),
        )?;
        Ok(Self {
            machine: machine.clone(),
            ms,
        })
    }

    /// Delays nothing more. Connections through the relay stay, as quick as they come.
    ///
    /// # Errors
    /// When the rules can't be taken away.
    pub(super) fn end(self) -> Outcome {
        self.ms.store(0, Relaxed);
        rules(&self.machine, "delete table ip delay")
    }
}

/// Starts a relay; gives its port. It lives as long as this process: it costs nothing when nobody calls.
fn relay(machine: &Place, to: SocketAddr, ms: Arc<AtomicU64>) -> Outcome<u16> {
    let name = machine
        .namespace()
        .ok_or_else(|| Fault::new("on one network nothing can be delayed"))?;
    let namespace = File::open(format!("/var/run/netns/{name}"))?;
    let (tell, told) = mpsc::channel();
    // A thread is in one network namespace, and so are those that it starts.
    thread::spawn(move || {
        let listener =
            move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network))
                .map_err(std::io::Error::from)
                .and_then(|()| TcpListener::bind((to.ip(), 0)));
        let listener = match listener {
            Ok(listener) => listener,
            Err(error) => {
                // Who waits for the answer is there.
                let _ = tell.send(Err(error));
                return;
            }
        };
        let _ = tell.send(listener.local_addr().map(|address| address.port()));
        for caller in listener.incoming().flatten() {
            // One that can't be passed on is hung up on, as it would be without the relay.
            let _ = pass_on(caller, to, &ms);
        }
    });
    Ok(told.recv()??)
}

fn pass_on(caller: TcpStream, to: SocketAddr, ms: &Arc<AtomicU64>) -> std::io::Result<()> {
    let called = TcpStream::connect(to)?;
    for stream in [&caller, &called] {
        stream.set_nodelay(true)?;
    }
    one_way(caller.try_clone()?, called.try_clone()?, Arc::clone(ms));
    one_way(called, caller, Arc::clone(ms));
    Ok(())
}

/// Reads as it comes, writes when it is due.
fn one_way(mut from: TcpStream, mut to: TcpStream, ms: Arc<AtomicU64>) {
    let (send, due) = mpsc::channel::<(Instant, Vec<u8>)>();
    thread::spawn(move || {
        let mut chunk = vec![0; CHUNK];
        while let Ok(count @ 1..) = from.read(&mut chunk) {
            let at = Instant::now() + Duration::from_millis(ms.load(Relaxed));
            if send.send((at, chunk[..count].to_vec())).is_err() {
                return;
            }
        }
    });
    thread::spawn(move || {
        for (at, bytes) in due {
            thread::sleep(at.saturating_duration_since(Instant::now()));
            if to.write_all(&bytes).is_err() {
                break;
            }
        }
        // Both ways end together; the other side may have ended before.
        let _ = to.shutdown(Shutdown::Both);
    });
}
