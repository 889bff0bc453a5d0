//! A collector of traces for a test: rotel, from PyPI.

use std::{
    collections::BTreeMap,
    fs, io,
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::Command,
};

use rustix::process::Signal;
use tempfile::TempDir;

use crate::{
    place::Place,
    ports::Port,
    process::{Process, done},
};

/// Where its package is, as its Python says.
const PACKAGE: &str = "import importlib.util as u; \
    print(u.find_spec('rotel').submodule_search_locations[0])";

/// A collector that keeps all spans it is sent.
#[derive(Debug)]
pub struct Rotel {
    process: Process,
    said: PathBuf,
    address: SocketAddr,
    _folder: TempDir,
    _ports: [Port; 2],
}

/// A span, as it came in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// Its trace.
    pub trace: String,
    /// Itself.
    pub id: String,
    /// The span that it is below; empty: none.
    pub parent: String,
    /// What it is called.
    pub name: String,
    /// When it began and ended, in nanoseconds since 1970.
    pub time_ns: [u64; 2],
    /// What else is known of it.
    pub attributes: BTreeMap<String, String>,
    /// What is known of who sent it.
    pub sender: BTreeMap<String, String>,
}

impl Rotel {
    /// A new collector on this machine, once it listens.
    ///
    /// # Errors
    /// When it is not to be had from PyPI, or does not start.
    pub fn start() -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("amble-rotel-").tempdir()?;
        let ports = [Port::free()?, Port::free()?];
        let [address, http] = [ports[0].address(), ports[1].address()];
        let args = [
            "start".to_owned(),
            format!("--otlp-grpc-endpoint={address}"),
            format!("--otlp-http-endpoint={http}"),
            format!("--pid-file={}", folder.path().join("pid").display()),
            // It says what it gets, and gives it to nobody.
            "--exporter=blackhole".to_owned(),
            "--debug-log=traces".to_owned(),
            "--debug-log-verbosity=detailed".to_owned(),
        ];
        let said = folder.path().join("rotel.log");
        let options = ["--pdeathsig=KILL".to_owned()];
        let mut process = Process::start(&Place::here(), &program()?, &options, &args, &said)?;
        process.ready(|| TcpStream::connect(address).is_ok())?;
        Ok(Self {
            process,
            said,
            address,
            _folder: folder,
            _ports: ports,
        })
    }

    /// Where it takes spans.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Ends it, and gives all spans that it had taken.
    ///
    /// # Errors
    /// When it does not end, or what it said can't be read.
    pub fn end(mut self) -> io::Result<Vec<Span>> {
        self.process.end_by(Signal::TERM)?;
        Ok(spans(&fs::read_to_string(&self.said)?))
    }
}

fn program() -> io::Result<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let python = done(Command::new(root.join("scripts/python")).arg("rotel"))?;
    let package = done(Command::new(python.trim()).args(["-c", PACKAGE]))?;
    Ok(Path::new(package.trim()).join("rotel-agent"))
}

/// The spans in what it says: a head for each sender, and below it their spans, line by line.
fn spans(said: &str) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    let mut sender = BTreeMap::new();
    // Whether what is known is of the sender, or of its last span.
    let mut of_sender = false;
    for line in said.lines() {
        let line = line.trim();
        if line.starts_with("ResourceSpans #") {
            (sender, of_sender) = (BTreeMap::new(), true);
        } else if line.starts_with("Span #") {
            of_sender = false;
            spans.push(Span {
                sender: sender.clone(),
                ..Span::default()
            });
        } else if let Some(attribute) = line.strip_prefix("-> ") {
            let Some((key, value)) = attribute.split_once(": ") else {
                continue;
            };
            // Such as `Str(kiosk)`.
            let value = value.split_once('(').map_or("", |(_, value)| value);
            let value = value.strip_suffix(')').unwrap_or(value);
            let known = match spans.last_mut() {
                Some(span) if !of_sender => &mut span.attributes,
                _ => &mut sender,
            };
            known.insert(key.to_owned(), value.to_owned());
        } else if let (Some(span), Some((key, value))) = (spans.last_mut(), line.split_once(':')) {
            let value = value.trim();
            let number = || value.parse().unwrap_or_default();
            match key.trim() {
                "Trace ID" => value.clone_into(&mut span.trace),
                "Parent ID" => value.clone_into(&mut span.parent),
                "ID" => value.clone_into(&mut span.id),
                "Name" => value.clone_into(&mut span.name),
                "Start time" => span.time_ns[0] = number(),
                "End time" => span.time_ns[1] = number(),
                _ => {}
            }
        }
    }
    spans
}
