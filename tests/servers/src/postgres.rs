//! PostgreSQL for a test.

use std::{
    fs::File,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use rustix::process::{Signal, geteuid};
use tempfile::TempDir;

use crate::{
    frozen::Frozen,
    place::Place,
    ports::Port,
    process::{Process, done, find, missing, signal_to, state, until},
};

/// The server refuses to run as root; Debian's package brings this user.
const USER: &str = "postgres";

/// What differs from the defaults besides where it listens: that it leaves nothing in `/dev/shm` when it
/// is killed.
const SETTINGS: [&str; 2] = [
    "unix_socket_directories=",
    "dynamic_shared_memory_type=mmap",
];

/// A PostgreSQL server with its own data.
#[derive(Debug)]
pub struct Postgres {
    // In the order in which they are dropped: paused processes go on before they are ended.
    frozen: Option<Frozen>,
    process: Process,
    programs: PathBuf,
    folder: TempDir,
    place: Place,
    port: Port,
}

impl Postgres {
    /// A new server on this machine, once it answers.
    ///
    /// # Errors
    /// When it is not installed or does not start.
    pub fn start() -> io::Result<Self> {
        Self::start_at(&Place::here())
    }

    /// A new server in a place, once it answers. It believes everybody who reaches it.
    ///
    /// # Errors
    /// When it is not installed or does not start.
    pub fn start_at(place: &Place) -> io::Result<Self> {
        let programs = programs()?;
        let folder = tempfile::Builder::new()
            .prefix("amble-postgres-")
            .tempdir()?;
        if let Some(user) = user() {
            done(Command::new("chown").arg(user).arg(folder.path()))?;
        }
        done(
            as_user(&programs.join("initdb"))?
                .args(["--username=amble", "--auth=trust"])
                .args(["--encoding=UTF8", "--locale=C", "--no-sync"])
                .arg("--pgdata")
                .arg(data(&folder)),
        )?;
        let mut rules = File::options()
            .append(true)
            .open(data(&folder).join("pg_hba.conf"))?;
        writeln!(rules, "host all all all trust")?;
        let port = Port::free()?;
        Ok(Self {
            frozen: None,
            process: serve(place, &programs, &folder, &port)?,
            programs,
            folder,
            place: place.clone(),
            port,
        })
    }

    /// The server that tests of one process share while any of them holds it.
    ///
    /// # Errors
    /// Those of [`start`](Self::start).
    pub fn shared() -> io::Result<Arc<Self>> {
        static SHARED: Mutex<Weak<Postgres>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(running) = shared.upgrade() {
            return Ok(running);
        }
        let started = Arc::new(Self::start()?);
        *shared = Arc::downgrade(&started);
        Ok(started)
    }

    /// Makes an empty database; its URL, with a user who may do everything.
    ///
    /// # Errors
    /// When there is one of this name, or the server is down.
    pub fn database(&self, name: &str) -> io::Result<String> {
        done(
            Command::new(self.programs.join("createdb"))
                .args(self.reached())
                .arg(name),
        )?;
        Ok(format!(
            "postgres://amble:secret@{}/{name}",
            self.place.at(&self.port)
        ))
    }

    /// What a database answers to a question: one row a line, its columns between tabs.
    ///
    /// # Errors
    /// When the server is down, or the question makes no sense.
    pub fn ask(&self, database: &str, question: &str) -> io::Result<String> {
        done(
            Command::new(self.programs.join("psql"))
                .args(self.reached())
                .args([
                    "--no-psqlrc",
                    "--no-align",
                    "--tuples-only",
                    "--field-separator=\t",
                ])
                .args(["--set=ON_ERROR_STOP=1", "--dbname", database])
                .args(["--command", question]),
        )
    }

    fn reached(&self) -> [String; 3] {
        reached(&self.place, &self.port)
    }

    /// Shuts the server down: connections are closed, what they had under way is undone.
    ///
    /// # Errors
    /// When it does not end.
    pub fn stop(&mut self) -> io::Result<()> {
        self.frozen = None;
        self.process.end_by(Signal::INT)
    }

    /// SIGKILL to the server and its children, all at once: a crash.
    ///
    /// # Errors
    /// When it does not end.
    pub fn kill(&mut self) -> io::Result<()> {
        let frozen = match self.frozen.take() {
            Some(frozen) => frozen,
            None => Frozen::freeze(self.process.id())?,
        };
        for &process in frozen.processes() {
            signal_to(process, Signal::KILL)?;
        }
        // Those who are left hold its memory, and it would not start again.
        for &process in frozen.processes() {
            until("a killed process to end", || {
                Ok(matches!(state(process), None | Some('Z')).then_some(()))
            })?;
        }
        self.process.end_by(Signal::KILL)
    }

    /// Starts the server again after it was stopped or killed, on its data and port.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start_again(&mut self) -> io::Result<()> {
        self.process = serve(&self.place, &self.programs, &self.folder, &self.port)?;
        Ok(())
    }

    /// SIGSTOP to the server and its children: connections stay open, and nobody answers. New ones
    /// are made, by the kernel, and nobody answers there either.
    ///
    /// # Errors
    /// When it has ended.
    pub fn pause(&mut self) -> io::Result<()> {
        if self.frozen.is_none() {
            self.frozen = Some(Frozen::freeze(self.process.id())?);
        }
        Ok(())
    }

    /// SIGCONT: it goes on where it was.
    pub fn resume(&mut self) {
        self.frozen = None;
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // At once, but in order, so that it gives its shared memory back. What does not end by it is
        // killed with its process.
        self.frozen = None;
        let _ = self.process.end_by(Signal::QUIT);
    }
}

fn serve(place: &Place, programs: &Path, folder: &TempDir, port: &Port) -> io::Result<Process> {
    let mut args = vec![
        "-D".to_owned(),
        data(folder).display().to_string(),
        "-p".to_owned(),
        port.number().to_string(),
        "-c".to_owned(),
        format!("listen_addresses={}", place.address()),
    ];
    for setting in SETTINGS {
        args.extend(["-c".to_owned(), setting.to_owned()]);
    }
    let mut options = user_options();
    // It ends its children and gives its shared memory back.
    options.push("--pdeathsig=QUIT".to_owned());
    let log = folder.path().join("postgres.log");
    let mut process = Process::start(place, &programs.join("postgres"), &options, &args, &log)?;
    let asks = programs.join("pg_isready");
    process.ready(|| {
        Command::new(&asks)
            .args(reached(place, port))
            .args(["--quiet", "--dbname=postgres"])
            .status()
            .is_ok_and(|status| status.success())
    })?;
    Ok(process)
}

/// How its programs find it.
fn reached(place: &Place, port: &Port) -> [String; 3] {
    [
        format!("--host={}", place.address()),
        format!("--port={}", port.number()),
        "--username=amble".to_owned(),
    ]
}

fn data(folder: &TempDir) -> PathBuf {
    folder.path().join("data")
}

fn user() -> Option<&'static str> {
    geteuid().is_root().then_some(USER)
}

/// A command that runs as the server's user.
fn as_user(program: &Path) -> io::Result<Command> {
    let mut command = Command::new(find("setpriv")?);
    command.args(user_options()).arg(program);
    Ok(command)
}

/// Options of `setpriv`.
fn user_options() -> Vec<String> {
    let Some(user) = user() else {
        return Vec::new();
    };
    vec![
        format!("--reuid={user}"),
        format!("--regid={user}"),
        "--clear-groups".to_owned(),
    ]
}

/// Debian keeps each version's programs in a folder of its own; the newest is taken.
fn programs() -> io::Result<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").map_err(|_| missing("postgres"))?;
    let version = |folder: &PathBuf| {
        let name = folder.parent()?.file_name()?.to_str()?;
        name.parse::<u32>().ok()
    };
    versions
        .filter_map(|version| Some(version.ok()?.path().join("bin")))
        .filter(|folder| folder.join("postgres").is_file())
        .max_by_key(version)
        .ok_or_else(|| missing("postgres"))
}
