//! `amble nodes`.

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

use amble_proto::v1::{DrainNodeRequest, ListNodesRequest, ListNodesResponse, Node};

use super::{
    client::{Client, connect, refused},
    message, words,
};
use crate::{
    args::{NodesArgs, NodesCommand},
    failure::Failure,
    output::{print, print_json},
    table::{Align, Table},
};

/// How often it is asked what a draining node still has.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Lists the nodes, or drains one.
///
/// # Errors
/// When no shop answers, or it can't do what it is asked.
pub async fn nodes(args: &NodesArgs) -> Result<ExitCode, Failure> {
    let mut client = connect(&args.shop).await?;
    match &args.command {
        None => {
            let listed = client.list_nodes(ListNodesRequest {}).await;
            let listed = listed.map_err(|status| refused(&status))?.into_inner();
            if args.form.json {
                print_json(&message::json("ListNodesResponse", &listed)?)?;
            } else {
                print(&text(&listed))?;
            }
        }
        Some(NodesCommand::Drain(drain)) => {
            let request = DrainNodeRequest {
                node: drain.node.clone(),
                undo: drain.undo,
            };
            let noted = client.drain_node(request).await;
            let noted = noted.map_err(|status| refused(&status))?.into_inner();
            if args.form.json {
                print_json(&message::json("DrainNodeResponse", &noted)?)?;
            } else if noted.draining {
                let count = noted.shards;
                print(&format!("{} drains; {count} shards to go\n", noted.node_id))?;
            } else {
                print(&format!("{} takes shards again\n", noted.node_id))?;
            }
            if let Some(wait) = drain.wait {
                let least = drain.at_least.map_or(Duration::ZERO, |least| *least);
                drained(&mut client, &noted.node_id, *wait, least).await?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Waits until a node has no shards any more, or is gone; and for `least` in any case.
async fn drained(
    client: &mut Client,
    node: &str,
    wait: Duration,
    least: Duration,
) -> Result<(), Failure> {
    let began = Instant::now();
    loop {
        let listed = client.list_nodes(ListNodesRequest {}).await;
        let listed = listed.map_err(|status| refused(&status))?.into_inner();
        let own = listed.nodes.iter().find(|listed| listed.node_id == node);
        let shards = own.map_or(0, |own| own.shards);
        if shards == 0 && began.elapsed() >= least {
            return Ok(());
        }
        if began.elapsed() >= wait.max(least) {
            return Err(Failure::new(format!(
                "{node} still has {shards} shards after {}: see `amble shards --node {node}`, and whether \
                 another node is there to take them",
                humantime::format_duration(wait)
            )));
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

fn text(listed: &ListNodesResponse) -> String {
    let mut table = Table::new(&[
        ("node", Align::Left),
        ("state", Align::Left),
        ("shards", Align::Right),
        ("load", Align::Right),
        ("memory", Align::Right),
        ("actors", Align::Right),
        ("up", Align::Right),
        ("", Align::Left),
    ]);
    for node in &listed.nodes {
        let report = node.report.as_ref();
        let nothing = || words::NOTHING.to_owned();
        table.row([
            node.node_id.clone(),
            state(node),
            node.shards.to_string(),
            words::load(node.measured_load_us.unwrap_or(node.declared_load_us)),
            report.map_or_else(nothing, |report| words::megabytes(report.memory_bytes)),
            report.map_or_else(nothing, |report| report.actors.to_string()),
            words::age(node.since),
            notes(node, &listed.unanswered),
        ]);
    }
    let mut text = table.to_string();
    if listed.etcd_away {
        text.push_str("etcd is away: nothing moves, and this list may be old\n");
    }
    text
}

/// A node's state in a word.
pub(super) fn state(node: &Node) -> String {
    words::state(node.state().as_str_name(), "NODE_STATE_")
}

/// What else is to be known of a node, as few words as will do.
pub(super) fn notes(node: &Node, unanswered: &[String]) -> String {
    let report = node.report.as_ref();
    let notes = [
        (node.coordinator, "coordinator"),
        (unanswered.contains(&node.node_id), "no answer"),
        (report.is_some_and(|report| report.etcd_away), "no etcd"),
        (report.is_some_and(|report| report.ledger_away), "no ledger"),
    ];
    let notes = notes.iter().filter(|(holds, _)| *holds);
    notes.map(|(_, note)| *note).collect::<Vec<_>>().join(", ")
}
