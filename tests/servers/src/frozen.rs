//! A server and its children, paused as a whole.

use std::{
    fs, io,
    io::Write,
    process::{Child, Command, Stdio},
};

use rustix::process::Signal;

use crate::{
    process::{pause, signal_to},
    starter,
};

/// Paused processes; dropped, they go on.
#[derive(Debug)]
pub(crate) struct Frozen {
    processes: Vec<u32>,
    guard: Child,
}

impl Frozen {
    /// Pauses a process and all its children.
    ///
    /// # Errors
    /// When it has ended.
    pub(crate) fn freeze(parent: u32) -> io::Result<Self> {
        // The parent first: from then on it has no more children.
        pause(parent)?;
        let mut processes = vec![parent];
        for child in children(parent)? {
            pause(child)?;
            processes.push(child);
        }
        Ok(Self {
            guard: guard(&processes)?,
            processes,
        })
    }

    /// The parent and its children.
    pub(crate) fn processes(&self) -> &[u32] {
        &self.processes
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        for &process in &self.processes {
            // One that was killed meanwhile needs no more.
            let _ = signal_to(process, Signal::CONT);
        }
        // The guard ends at a line; it can't be told that only when it has ended.
        let told = self.guard.stdin.take().map(|mut ear| ear.write_all(b"\n"));
        if !matches!(told, Some(Ok(()))) {
            let _ = self.guard.kill();
        }
        let _ = self.guard.wait();
    }
}

fn children(parent: u32) -> io::Result<Vec<u32>> {
    let list = fs::read_to_string(format!("/proc/{parent}/task/{parent}/children"))?;
    Ok(list
        .split_whitespace()
        .filter_map(|id| id.parse().ok())
        .collect())
}

/// Lets them go on when this process ends: their death signals wait for that.
fn guard(processes: &[u32]) -> io::Result<Child> {
    let mut command = Command::new("sh");
    command
        .args(["-c", "read line || kill -CONT \"$@\"", "sh"])
        .args(processes.iter().map(u32::to_string))
        .stdin(Stdio::piped());
    starter::start(command)
}
