//! Processes of `amble`, each with a deadline.

use std::{
    env,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use amble_servers::Place;
use rustix::process::{Pid, Signal, kill_process};

use crate::{Fault, Outcome};

/// How often a condition is looked at: short against everything that is measured here.
const LOOK: Duration = Duration::from_millis(2);

/// A running `amble`. It is killed when it is dropped, so that nothing outlives its test.
#[derive(Debug)]
pub struct Process {
    child: Child,
    name: String,
    out: PathBuf,
    err: PathBuf,
    deadline: Instant,
}

/// How a process ended.
#[derive(Clone, Debug)]
pub struct Finished {
    /// Its exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// What it wrote to the standard output.
    pub out: Vec<u8>,
    /// What it wrote to the standard error.
    pub err: String,
}

/// Runs `amble` until it ends. It works in `folder`, where its output is kept as well.
///
/// # Errors
/// When it can't be started, or has not ended in time.
pub fn run(folder: &Path, within: Duration, args: &[&str]) -> Outcome<Finished> {
    let name = args.first().copied().unwrap_or("amble");
    Process::start(folder, name, within, args)?.finish()
}

/// Waits until `look` finds what it looks for.
///
/// # Errors
/// When that takes longer than `within`, or `look` fails.
pub fn until<T>(
    what: &str,
    within: Duration,
    mut look: impl FnMut() -> Outcome<Option<T>>,
) -> Outcome<T> {
    let deadline = Instant::now() + within;
    loop {
        if let Some(found) = look()? {
            return Ok(found);
        }
        if Instant::now() > deadline {
            return Err(Fault::new(format!("waited {within:?} in vain: {what}")));
        }
        thread::sleep(LOOK);
    }
}

impl Process {
    /// Starts `amble`; `name` names the files of its output in `folder`.
    ///
    /// # Errors
    /// When there is no `amble`, or it can't be started.
    pub fn start(folder: &Path, name: &str, within: Duration, args: &[&str]) -> Outcome<Self> {
        Self::start_at(&Place::here(), folder, name, within, args)
    }

    /// Starts `amble` in a place of the network.
    ///
    /// # Errors
    /// When there is no `amble`, or it can't be started.
    pub fn start_at(
        place: &Place,
        folder: &Path,
        name: &str,
        within: Duration,
        args: &[&str],
    ) -> Outcome<Self> {
        let (out, err) = (
            folder.join(format!("{name}.out")),
            folder.join(format!("{name}.err")),
        );
        let (own_out, own_err) = (
            File::create(&out)?,
            // A name that starts again goes on in its file: its last words are what one looks for.
            File::options().create(true).append(true).open(&err)?,
        );
        let child = place.start(&program()?, |command| {
            command
                .args(args)
                .current_dir(folder)
                // Settings of whoever runs the tests must not change what they find.
                .env_clear()
                .stdin(Stdio::null())
                .stdout(own_out)
                .stderr(own_err);
        })?;
        Ok(Self {
            child,
            name: name.to_owned(),
            out,
            err,
            deadline: Instant::now() + within,
        })
    }

    /// The process's id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it runs no more.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn has_ended(&mut self) -> Outcome<bool> {
        Ok(self.child.try_wait()?.is_some())
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// When it has not ended by its deadline.
    pub fn finish(mut self) -> Outcome<Finished> {
        let within = self.deadline.saturating_duration_since(Instant::now());
        let ended: Outcome<ExitStatus> =
            until("for its end", within, || Ok(self.child.try_wait()?));
        match ended {
            Ok(status) => Ok(Finished {
                code: status.code(),
                out: fs::read(&self.out)?,
                err: self.errors(),
            }),
            Err(fault) => Err(Fault::new(format!(
                "{}: {fault:?}\n{}",
                self.name,
                self.errors()
            ))),
        }
    }

    /// SIGKILL: it has no say in the matter.
    ///
    /// # Errors
    /// When it can't be killed.
    pub fn kill(mut self) -> Outcome {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Asks it to end, by SIGTERM, and waits for that.
    ///
    /// # Errors
    /// When it can't be asked, or has not ended by its deadline.
    pub fn terminate(self) -> Outcome<Finished> {
        self.signal(Signal::TERM)?;
        self.finish()
    }

    /// Asks it to end at once, by SIGINT, and waits for that.
    ///
    /// # Errors
    /// When it can't be asked, or has not ended by its deadline.
    pub fn interrupt(self) -> Outcome<Finished> {
        self.signal(Signal::INT)?;
        self.finish()
    }

    /// Sends it a signal.
    ///
    /// # Errors
    /// When it runs no more.
    pub fn signal(&self, signal: Signal) -> Outcome {
        let id = i32::try_from(self.id()).ok().and_then(Pid::from_raw);
        let id = id.ok_or_else(|| Fault::new(format!("{} has no number", self.name)))?;
        Ok(kill_process(id, signal)?)
    }

    /// The end of what it wrote to the standard error so far.
    #[must_use]
    pub fn errors(&self) -> String {
        /// Enough to see why, not so much that it buries the finding.
        const LAST: usize = 4000;
        let text = fs::read(&self.err).unwrap_or_default();
        let from = text.len().saturating_sub(LAST);
        String::from_utf8_lossy(&text[from..]).into_owned()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Finished {
    /// This, if it went well.
    ///
    /// # Errors
    /// When the exit code is not 0.
    pub fn well(self) -> Outcome<Self> {
        match self.code {
            Some(0) => Ok(self),
            code => Err(Fault::new(format!("exit code {code:?}\n{}", self.err))),
        }
    }

    /// What it wrote to the standard output, as text.
    ///
    /// # Errors
    /// When it is no text.
    pub fn text(&self) -> Outcome<&str> {
        Ok(std::str::from_utf8(&self.out)?)
    }
}

/// `amble` lies beside this program, or, when that is a test, one folder above.
fn program() -> Outcome<PathBuf> {
    let own = env::current_exe()?;
    let folders = own.ancestors().skip(1).take(2);
    let program = folders
        .map(|folder| folder.join("amble"))
        .find(|path| path.is_file());
    program.ok_or_else(|| {
        Fault::new("there is no amble; build it first: cargo build --release -p amble")
    })
}
