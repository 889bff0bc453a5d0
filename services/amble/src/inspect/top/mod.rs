//! `amble top`: the nodes and shards of a shop, once a second.
//!
//! 1. On a terminal a table that is drawn again in place; elsewhere one line a second.
//! 2. A node that goes away is no reason to end: the next one is asked.

mod view;

use std::{
    io::{self, IsTerminal as _},
    process::ExitCode,
    time::{Duration, Instant},
};

use amble_proto::v1::{ListNodesRequest, ListShardsRequest};
use tokio::time::MissedTickBehavior;

use self::view::{Cores, Picture};
use super::client::{Client, connect, refused};
use crate::{
    args::TopArgs,
    board::{Screen, size},
    client::WayArgs,
    failure::Failure,
    output::print,
};

/// How often the shop is asked.
const EVERY: Duration = Duration::from_secs(1);

/// Shows a shop until it is interrupted, or the time is over.
///
/// # Errors
/// When no shop answers at the beginning, or the standard output can't be written.
pub async fn top(args: &TopArgs) -> Result<ExitCode, Failure> {
    let mut client = connect(&args.shop).await?;
    let mut cores = Cores::default();
    let mut screen = io::stdout()
        .is_terminal()
        .then(|| Screen::new(io::stdout()));
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let end = args
        .seconds
        .map(|s| Instant::now() + Duration::from_secs(s));
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = tokio::signal::ctrl_c() => return Ok(ExitCode::SUCCESS),
        }
        match look(&mut client).await {
            Ok(picture) => {
                cores.note(&picture.nodes, Instant::now());
                if let Some(screen) = &mut screen {
                    let (columns, rows) = size();
                    screen.draw(&view::table(&picture, &cores, columns, rows))?;
                } else {
                    print(&view::line(&picture, &cores))?;
                }
            }
            Err(failure) => {
                if screen.is_none() {
                    print(&format!("no answer: {failure}\n"))?;
                }
                client = again(&args.shop, client).await;
            }
        }
        if end.is_some_and(|end| Instant::now() >= end) {
            return Ok(ExitCode::SUCCESS);
        }
    }
}

async fn look(client: &mut Client) -> Result<Picture, Failure> {
    let nodes = client.list_nodes(ListNodesRequest {}).await;
    let nodes = nodes.map_err(|status| refused(&status))?.into_inner();
    let shards = client.list_shards(ListShardsRequest::default()).await;
    let shards = shards.map_err(|status| refused(&status))?.into_inner();
    Ok(Picture { nodes, shards })
}

/// Another node, or the same once more: nobody there is no reason to end.
async fn again(shop: &WayArgs, client: Client) -> Client {
    connect(shop).await.unwrap_or(client)
}
