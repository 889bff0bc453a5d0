//! The commands that need a shop.

mod ablation;
mod bench;
mod catalogue;
mod days;
mod deciding;
mod demo;
mod evaluate;
mod explain;
mod feed;
mod hands;
mod hardware;
mod node;
mod passes;
mod receipts;
mod record;
mod replay;
mod security;
mod serve;
mod simulate;
mod tracks;

use std::{future::Future, process::ExitCode};

pub use bench::bench;
pub use demo::demo;
pub use evaluate::evaluate;
pub use record::record;
pub use replay::replay;
pub use serve::serve;
pub use simulate::simulate;
pub use tracks::tracks;

use crate::failure::Failure;

/// Runs a command on so many worker threads; 0: as many as the machine has cores.
///
/// # Errors
/// When the threads can't be started, or the command fails.
pub fn on_threads(
    workers: usize,
    command: impl Future<Output = Result<ExitCode, Failure>>,
) -> Result<ExitCode, Failure> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    if workers > 0 {
        builder.worker_threads(workers);
    }
    builder.enable_all().build()?.block_on(command)
}
