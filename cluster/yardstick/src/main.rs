//! What `tell` between two processes is worth: Amble's transport, ractor_cluster and plain tonic
//! streaming carry the same payloads over loopback, in one run, turn about.
//!
//! `cargo run --release --manifest-path cluster/yardstick/Cargo.toml`
//!
//! Each sends in chunks and asks after each how many have come; at most two chunks are under way, so
//! that nobody is measured by the size of its queues. Every message is made anew. The figures are
//! medians of the rounds.

mod amble;
mod plain;
mod remote;

use std::{
    error::Error,
    io::{BufRead, BufReader, Write},
    net::{Ipv4Addr, SocketAddr},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use futures_util::future::BoxFuture;
use tokio::net::TcpListener;

type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// How often each contender runs with each size.
const ROUNDS: usize = 7;

/// Bytes of a message, messages of a chunk, chunks of a round.
const SIZES: [(usize, u64, u64); 2] = [(100, 20_000, 15), (4_096, 2_000, 15)];

/// Questions of which the round trip is measured, one after another.
const QUESTIONS: usize = 500;

/// Somebody who carries messages to the other process.
trait Contender: Send {
    fn name(&self) -> &'static str;

    /// Sends so many messages of so many bytes.
    fn send(&mut self, messages: u64, bytes: usize) -> BoxFuture<'_, Fallible<()>>;

    /// Asks how many have come by then.
    fn count(&mut self) -> BoxFuture<'static, Fallible<u64>>;
}

#[tokio::main(worker_threads = 2)]
async fn main() -> Fallible<()> {
    let mut args = std::env::args().skip(1);
    if args.next().as_deref() == Some("serve") {
        let (here, port) = (args.next().ok_or("no address")?, args.next());
        return serve(here, port.ok_or("no port")?.parse()?).await;
    }
    let listener = listen().await?;
    let port = listen().await?.local_addr()?.port();
    let mut other = Other::start(listener.local_addr()?, port)?;
    let (there, plain) = other.addresses()?;
    let mut contenders: Vec<Box<dyn Contender>> = vec![
        Box::new(amble::Sender::new(listener, there).await?),
        Box::new(plain::Sender::new(plain).await?),
        Box::new(remote::Sender::new(port).await?),
    ];
    println!("two processes over loopback; each figure is the median of {ROUNDS} rounds\n");
    for (bytes, chunk, chunks) in SIZES {
        let mut rates = vec![Vec::new(); contenders.len()];
        for _ in 0..ROUNDS {
            for (contender, rates) in contenders.iter_mut().zip(&mut rates) {
                rates.push(rate(contender.as_mut(), bytes, chunk, chunks).await?);
            }
        }
        let medians: Vec<f64> = rates.iter_mut().map(|rates| median(rates)).collect();
        println!("messages of {bytes} bytes");
        for (contender, rate) in contenders.iter().zip(&medians) {
            let (name, ratio) = (contender.name(), medians[0] / rate);
            println!("  {name:<24} {rate:>12.0} a second   amble has {ratio:.2} times as many");
        }
    }
    println!("a question and its answer");
    for contender in &mut contenders {
        let mut took = Vec::new();
        for _ in 0..QUESTIONS {
            let began = Instant::now();
            contender.count().await?;
            took.push(began.elapsed().as_secs_f64() * 1e6);
        }
        println!("  {:<24} {:>9.0} µs", contender.name(), median(&mut took));
    }
    Ok(())
}

/// Messages a second, from the first one sent until the last one is known to have come.
async fn rate(to: &mut dyn Contender, bytes: usize, chunk: u64, chunks: u64) -> Fallible<f64> {
    let before = to.count().await?;
    let began = Instant::now();
    let mut last: Option<BoxFuture<'static, Fallible<u64>>> = None;
    for _ in 0..chunks {
        to.send(chunk, bytes).await?;
        if let Some(last) = last.replace(to.count()) {
            last.await?;
        }
    }
    let came = match last {
        Some(last) => last.await?,
        None => before,
    };
    if came - before != chunk * chunks {
        return Err(format!("{}: {came} came, {before} before", to.name()).into());
    }
    Ok((chunk * chunks) as f64 / began.elapsed().as_secs_f64())
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

async fn listen() -> std::io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await
}

/// The other process: takes what it is sent, until its input ends.
async fn serve(here: String, port: u16) -> Fallible<()> {
    let (there, plain) = (listen().await?, listen().await?);
    println!("{} {}", there.local_addr()?, plain.local_addr()?);
    std::io::stdout().flush()?;
    let _amble = amble::take(there, here).await?;
    let _plain = plain::take(plain);
    let _remote = remote::take(port).await?;
    tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new())).await??;
    std::process::exit(0);
}

struct Other {
    child: Child,
}

impl Other {
    fn start(here: SocketAddr, port: u16) -> Fallible<Self> {
        let child = Command::new(std::env::current_exe()?)
            .args(["serve", &here.to_string(), &port.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        Ok(Self { child })
    }

    /// Where it listens, for Amble and for plain tonic.
    fn addresses(&mut self) -> Fallible<(SocketAddr, SocketAddr)> {
        let mut line = String::new();
        let output = self.child.stdout.take().ok_or("no output")?;
        BufReader::new(output).read_line(&mut line)?;
        let (there, plain) = line.trim().split_once(' ').ok_or("no addresses")?;
        Ok((there.parse()?, plain.parse()?))
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// Tries again until it works, for as long as a start may take.
async fn patiently<T>(what: &str, mut attempt: impl FnMut() -> Option<T>) -> Fallible<T> {
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(10) {
        if let Some(there) = attempt() {
            return Ok(there);
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Err(format!("{what} did not start").into())
}
