//! A served shop.

use std::{
    collections::BTreeMap,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use amble_servers::Port;

use crate::{Finished, Outcome, Process, Receipts, run, until};

/// How long a shop may take to open here, where it shares the machine with whatever else runs. How
/// quick it really is, is a test of its own.
const OPENS: Duration = Duration::from_secs(20);

/// How long a page may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// How shops in these tests are served: everything that survives a process is here.
#[derive(Clone, Debug)]
pub struct Start {
    folder: PathBuf,
    store: String,
    ledger: String,
    options: Vec<String>,
    protection: Vec<String>,
    grpc: SocketAddr,
    web: SocketAddr,
    /// They stay its own while it is down.
    _ports: Arc<[Port; 2]>,
}

/// A shop that is open.
#[derive(Debug)]
pub struct Shop {
    process: Process,
    start: Start,
}

impl Start {
    /// A shop whose ledger (a file), receipts and keys are in `folder`.
    ///
    /// # Errors
    /// When there are no free ports, or no keys can be made.
    pub fn new(folder: &Path, store: &str, options: &[&str]) -> Outcome<Self> {
        run(
            folder,
            Duration::from_secs(20),
            &["pass", "keygen", "issuer.pem"],
        )?
        .well()?;
        let ports = [Port::free()?, Port::free()?];
        Ok(Self {
            folder: folder.to_owned(),
            store: store.to_owned(),
            ledger: "ledger.sqlite".to_owned(),
            options: options.iter().map(|&option| option.to_owned()).collect(),
            // What most tests are about is another subject than who may come in.
            protection: vec!["--insecure".to_owned()],
            grpc: ports[0].address(),
            web: ports[1].address(),
            _ports: ports.into(),
        })
    }

    /// The same shop with its ledger in another place: a file in its folder, or a URL.
    #[must_use]
    pub fn with_ledger(mut self, place: &str) -> Self {
        place.clone_into(&mut self.ledger);
        self
    }

    /// The same shop, asking who comes, as these options say.
    #[must_use]
    pub fn protected(mut self, options: &[&str]) -> Self {
        self.protection = options.iter().map(|&option| option.to_owned()).collect();
        self
    }

    /// Starts the process and waits until it is ready; `within` is for its whole life.
    ///
    /// # Errors
    /// When it does not get ready.
    pub fn open(&self, within: Duration) -> Outcome<Shop> {
        let (grpc, web) = (self.grpc.to_string(), self.web.to_string());
        let mut args = vec!["serve", "--store", &self.store, "--ledger", &self.ledger];
        args.extend(["--pass-key", "issuer.pub", "--receipts", "receipts"]);
        args.extend(["--listen", &grpc, "--web", &web]);
        args.extend(self.protection.iter().map(String::as_str));
        args.extend(self.options.iter().map(String::as_str));
        let mut process = Process::start(&self.folder, "serve", within, &args)?;
        until("for a shop that is ready", OPENS, || {
            if process.has_ended()? {
                return Err(crate::Fault::new(process.errors()));
            }
            Ok(is_ready(self.web).then_some(()))
        })?;
        Ok(Shop {
            process,
            start: self.clone(),
        })
    }

    /// Starts people and sensors in this shop. The truth goes to `truth.jsonl` in the folder.
    ///
    /// # Errors
    /// When they can't be started.
    pub fn simulate(&self, within: Duration, options: &[&str]) -> Outcome<Process> {
        let connect = format!("http://{}", self.grpc);
        let mut args = vec!["simulate", "--store", &self.store, "--connect", &connect];
        args.extend(["--pass-key", "issuer.pem", "--truth", "truth.jsonl"]);
        args.extend(options);
        Process::start(&self.folder, "simulate", within, &args)
    }

    /// Where its devices, shoppers and operators connect.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.grpc
    }

    /// Where the simulated truth is.
    #[must_use]
    pub fn truth(&self) -> PathBuf {
        self.folder.join("truth.jsonl")
    }

    /// Where its receipts are put.
    #[must_use]
    pub fn receipts_folder(&self) -> PathBuf {
        self.folder.join("receipts")
    }

    /// Waits until there are so many receipts.
    ///
    /// # Errors
    /// When they don't come in time, or one is damaged.
    pub fn receipts(&self, count: usize, within: Duration) -> Outcome<Receipts> {
        let what = format!("for {count} receipts");
        until(&what, within, || {
            let receipts = Receipts::from_folder(&self.receipts_folder())?;
            Ok((receipts.0.len() >= count).then_some(receipts))
        })
    }
}

impl Shop {
    /// Ends it by SIGKILL.
    ///
    /// # Errors
    /// When it can't be killed.
    pub fn kill(self) -> Outcome {
        self.process.kill()
    }

    /// Ends it in order, by SIGTERM.
    ///
    /// # Errors
    /// When it does not end well.
    pub fn close(self) -> Outcome<Finished> {
        self.process.terminate()?.well()
    }

    /// The sum of a metric over those of its series that have all these labels (`code="BAD_VALUE"`);
    /// 0 while there is none.
    ///
    /// # Errors
    /// When the metrics page does not come.
    pub fn metric(&self, name: &str, labels: &[&str]) -> Outcome<f64> {
        metric(self.start.web, name, labels).map_err(|error| {
            let words = self.errors();
            crate::Fault::new(format!("no metrics page: {error}; its last words: {words}"))
        })
    }

    /// Up to when everything is decided: event time in µs.
    ///
    /// # Errors
    /// When the metrics page does not come.
    pub fn decided_until_us(&self) -> Outcome<u64> {
        decided_until_us(self.start.web).map_err(|error| {
            let words = self.errors();
            crate::Fault::new(format!("no metrics page: {error}; its last words: {words}"))
        })
    }

    /// The memory it has in RAM, in MB.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn memory_mb(&self) -> Outcome<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let kilobytes = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB"))
            .ok_or_else(|| crate::Fault::new("no VmRSS"))?;
        Ok(kilobytes.parse::<u64>()?.div_ceil(1024))
    }

    /// The end of what it wrote to the standard error so far.
    #[must_use]
    pub fn errors(&self) -> String {
        self.process.errors()
    }

    /// All that it and those before it wrote to the standard error.
    ///
    /// # Errors
    /// When that can't be read.
    pub fn log(&self) -> Outcome<String> {
        Ok(std::fs::read_to_string(
            self.start.folder.join("serve.err"),
        )?)
    }

    /// How it was started.
    #[must_use]
    pub const fn start(&self) -> &Start {
        &self.start
    }
}

/// The sum of a metric over those of its series that have all these labels; 0 while there is none.
pub(crate) fn metric(web: SocketAddr, name: &str, labels: &[&str]) -> std::io::Result<f64> {
    Ok(Page::get(web, "/metrics", PATIENCE)?.sum(name, labels))
}

/// Up to when everything is decided: event time in µs.
pub(crate) fn decided_until_us(web: SocketAddr) -> std::io::Result<u64> {
    let decided_us = Page::get(web, "/metrics", PATIENCE)?.decided_until_us();
    Ok(u64::try_from(decided_us).unwrap_or_default())
}

/// Whether `/readyz` answers with 200.
pub(crate) fn is_ready(web: SocketAddr) -> bool {
    Page::get(web, "/readyz", PATIENCE).is_ok_and(|page| page.0.starts_with("HTTP/1.1 200"))
}

/// A page with its head.
pub(crate) struct Page(String);

impl Page {
    /// Gets it.
    pub(crate) fn get(web: SocketAddr, path: &str, within: Duration) -> std::io::Result<Self> {
        let mut stream = TcpStream::connect_timeout(&web, within)?;
        stream.set_read_timeout(Some(within))?;
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n"
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(Self(answer))
    }

    /// The sum of a metric over those of its series that have all these labels; 0 while there is none.
    pub(crate) fn sum(&self, name: &str, labels: &[&str]) -> f64 {
        let series = self.lines(name);
        let series = series.filter(|rest| labels.iter().all(|label| rest.contains(label)));
        series
            .filter_map(|rest| rest.rsplit(' ').next()?.parse::<f64>().ok())
            .sum()
    }

    /// A metric's series: labels and values as they stand.
    pub(crate) fn series(&self, name: &str) -> BTreeMap<String, String> {
        let series = self.lines(name).filter_map(|rest| rest.rsplit_once(' '));
        series
            .map(|(labels, value)| (labels.to_owned(), value.to_owned()))
            .collect()
    }

    /// Up to when everything is decided: event time in µs; 0: nothing yet.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "seconds since 1970, to the tenth"
    )]
    pub(crate) fn decided_until_us(&self) -> i64 {
        let seconds = self.sum("amble_decided_until_timestamp_seconds", &[]);
        (seconds * 10.0).round() as i64 * 100_000
    }

    fn lines(&self, name: &str) -> impl Iterator<Item = &str> {
        let lines = self
            .0
            .lines()
            .filter_map(move |line| line.strip_prefix(name));
        lines.filter(|rest| rest.starts_with(['{', ' ']))
    }
}
