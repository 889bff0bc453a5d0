//! One server process: started, signalled, waited for.

use std::{
    env, fs,
    fs::File,
    io,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::{
    io::Errno,
    process::{Pid, Signal, kill_process},
};

use crate::{place::Place, starter};

/// How often a condition is looked at: short against everything that servers do.
const LOOK: Duration = Duration::from_millis(5);

/// How long a server may take for anything. Starts take about a second, and a busy machine tens.
const PATIENCE: Duration = Duration::from_secs(60);

/// A process that runs, or has ended. It is killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts a program in a place, by way of `setpriv` with these options. It appends what it says to
    /// `log`.
    ///
    /// # Errors
    /// When it can't be started.
    pub(crate) fn start(
        place: &Place,
        program: &Path,
        options: &[String],
        args: &[String],
        log: &Path,
    ) -> io::Result<Self> {
        let mut command = place.command(&find("setpriv")?)?;
        let file = File::options().create(true).append(true).open(log)?;
        command
            .args(options)
            .arg(program)
            .args(args)
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file);
        Ok(Self {
            child: starter::start(command)?,
            log: log.to_owned(),
        })
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it answers, as `look` finds out.
    ///
    /// # Errors
    /// When it ends instead, or takes too long; with its last words.
    pub(crate) fn ready(&mut self, look: impl Fn() -> bool) -> io::Result<()> {
        let what = format!("{} to answer", self.log.display());
        let child = &mut self.child;
        let answers = until(&what, || {
            if let Some(status) = child.try_wait()? {
                return Err(io::Error::other(format!("it ended: {status}")));
            }
            Ok(look().then_some(()))
        });
        answers.map_err(|error| {
            let said = fs::read_to_string(&self.log).unwrap_or_default();
            io::Error::other(format!("{error}\n{said}"))
        })
    }

    pub(crate) fn signal(&self, signal: Signal) -> io::Result<()> {
        signal_to(self.child.id(), signal)
    }

    /// SIGSTOP, and waits until it has stopped.
    ///
    /// # Errors
    /// When it does not stop.
    pub(crate) fn pause(&self) -> io::Result<()> {
        pause(self.child.id())
    }

    /// Asks it to end by a signal, and waits for that.
    ///
    /// # Errors
    /// When it does not end.
    pub(crate) fn end_by(&mut self, signal: Signal) -> io::Result<()> {
        if self.child.try_wait()?.is_some() {
            return Ok(());
        }
        self.signal(signal)?;
        until(&format!("{} to end", self.log.display()), || {
            self.child.try_wait()
        })
        .map(|_| ())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// # Errors
/// When there is no such process.
pub(crate) fn signal_to(process: u32, signal: Signal) -> io::Result<()> {
    let pid = i32::try_from(process).ok().and_then(Pid::from_raw);
    kill_process(pid.ok_or(io::ErrorKind::InvalidInput)?, signal)?;
    Ok(())
}

/// SIGSTOP to a process, unless it has ended. Waits until each of its threads has stopped: the signal
/// is only sent when the system says so, and a thread on another core may answer somebody meanwhile.
///
/// # Errors
/// When it does not stop.
pub fn pause(process: u32) -> io::Result<()> {
    match signal_to(process, Signal::STOP) {
        Err(error) if error.raw_os_error() == Some(Errno::SRCH.raw_os_error()) => return Ok(()),
        sent => sent?,
    }
    until("a process to pause", || {
        let still = threads(process)
            .into_iter()
            .filter_map(|thread| state_in(&thread))
            .all(|state| matches!(state, 'T' | 'Z' | 'X'));
        Ok(still.then_some(()))
    })
}

/// Where the system tells of each thread of a process; nothing: it is gone.
fn threads(process: u32) -> Vec<PathBuf> {
    let tasks = fs::read_dir(format!("/proc/{process}/task"));
    tasks
        .into_iter()
        .flatten()
        .filter_map(|task| Some(task.ok()?.path()))
        .collect()
}

/// How the system says a process is, such as `S` for sleeping; nothing: it is gone.
pub(crate) fn state(process: u32) -> Option<char> {
    state_in(Path::new(&format!("/proc/{process}")))
}

fn state_in(folder: &Path) -> Option<char> {
    let stat = fs::read_to_string(folder.join("stat")).ok()?;
    // The name before it, in brackets, may hold anything.
    stat.rsplit(") ").next()?.chars().next()
}

/// Where a program lies.
///
/// # Errors
/// When it is not installed, with what to do about it.
pub fn find(program: &str) -> io::Result<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
        .ok_or_else(|| missing(program))
}

pub(crate) fn missing(program: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::NotFound,
        format!("there is no {program}; run scripts/servers, which installs it"),
    )
}

/// Runs a command to its end; gives what it wrote to the standard output.
///
/// # Errors
/// When it fails, with what it said.
pub(crate) fn done(command: &mut Command) -> io::Result<String> {
    let output = command.stdin(Stdio::null()).output()?;
    if output.status.success() {
        return String::from_utf8(output.stdout).map_err(io::Error::other);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let program = command.get_program().display();
    Err(io::Error::other(format!(
        "{program}: {}\n{said}",
        output.status
    )))
}

/// Waits until `look` finds what it looks for.
///
/// # Errors
/// When that takes longer than [`PATIENCE`], or `look` fails.
pub(crate) fn until<T>(
    what: &str,
    mut look: impl FnMut() -> io::Result<Option<T>>,
) -> io::Result<T> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look()? {
            return Ok(found);
        }
        if Instant::now() > deadline {
            return Err(io::Error::new(
                io::ErrorKind::TimedOut,
                format!("waited {PATIENCE:?} in vain for {what}"),
            ));
        }
        thread::sleep(LOOK);
    }
}
