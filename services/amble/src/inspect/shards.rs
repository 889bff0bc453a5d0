//! `amble shards`.

use std::{process::ExitCode, time::SystemTime};

use amble_proto::v1::{
    Event, ListHistoryRequest, ListShardsRequest, ListShardsResponse, MoveShardRequest, Shard,
    WatchEventsRequest, watch_events_response::News,
};

use super::{
    client::{Client, connect, refused},
    message, words,
};
use crate::{
    args::{HistoryArgs, MoveArgs, ShardsArgs, ShardsCommand},
    failure::Failure,
    output::{print, print_json},
    table::{Align, Table},
};

/// Lists the shards, moves one, or says what happened.
///
/// # Errors
/// When no shop answers, or it can't do what it is asked.
pub async fn shards(args: &ShardsArgs) -> Result<ExitCode, Failure> {
    let mut client = connect(&args.shop).await?;
    let json = args.form.json;
    match &args.command {
        None => {
            let node = args.node.clone().unwrap_or_default();
            let listed = client.list_shards(ListShardsRequest { node }).await;
            let listed = listed.map_err(|status| refused(&status))?.into_inner();
            if json {
                print_json(&message::json("ListShardsResponse", &listed)?)?;
            } else {
                print(&text(&listed))?;
            }
        }
        Some(ShardsCommand::Move(wanted)) => move_one(&mut client, wanted, json).await?,
        Some(ShardsCommand::History(wanted)) => history(&mut client, wanted, json).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn move_one(client: &mut Client, wanted: &MoveArgs, json: bool) -> Result<(), Failure> {
    let wait = wanted.wait.map(|wait| amble_store::duration(*wait));
    let request = MoveShardRequest {
        shard_key: wanted.shard.clone(),
        to_node: wanted.node.clone().unwrap_or_default(),
        wait,
    };
    let moved = client.move_shard(request).await;
    let moved = moved.map_err(|status| refused(&status))?.into_inner();
    if json {
        return print_json(&message::json("MoveShardResponse", &moved)?);
    }
    let (shard, node) = (&moved.shard_key, &moved.node_id);
    match words::seconds(moved.took) {
        Some(took) => print(&format!(
            "{shard} is served at {node} in epoch {}, after {took:.2} s\n",
            moved.epoch
        )),
        None => print(&format!("{shard} shall move to {node}\n")),
    }
}

async fn history(client: &mut Client, wanted: &HistoryArgs, json: bool) -> Result<(), Failure> {
    // Watched first, then read: nothing falls between the two.
    let mut live = None;
    if wanted.follow {
        let watched = client.watch_events(WatchEventsRequest {}).await;
        live = Some(watched.map_err(|status| refused(&status))?.into_inner());
    }
    let request = ListHistoryRequest {
        shard_key: wanted.shard.clone().unwrap_or_default(),
        limit: wanted.limit,
    };
    let told = client.list_history(request).await;
    let told = told.map_err(|status| refused(&status))?.into_inner();
    for event in &told.events {
        show(event, json)?;
    }
    let Some(mut live) = live else {
        return Ok(());
    };
    while let Some(news) = live.message().await.map_err(|status| refused(&status))? {
        match news.news {
            Some(News::Event(event)) if told.events.contains(&event) => {}
            Some(News::Event(event)) => show(&event, json)?,
            Some(News::Missed(count)) => print(&format!("{count} events were missed\n"))?,
            None => {}
        }
    }
    Ok(())
}

fn show(event: &Event, json: bool) -> Result<(), Failure> {
    if json {
        return print_json(&message::json("Event", event)?);
    }
    let at = event.at.and_then(|at| SystemTime::try_from(at).ok());
    let at = humantime::format_rfc3339_millis(at.unwrap_or(SystemTime::UNIX_EPOCH));
    print(&format!("{at} {}\n", event.text))
}

fn text(listed: &ListShardsResponse) -> String {
    let mut table = Table::new(&[
        ("shard", Align::Left),
        ("node", Align::Left),
        ("state", Align::Left),
        ("epoch", Align::Right),
        ("load", Align::Right),
        ("lag", Align::Right),
        ("unwritten", Align::Right),
        ("since", Align::Right),
    ]);
    for shard in &listed.shards {
        table.row([
            words::own(&shard.shard_key).to_owned(),
            words::name(&shard.node_id),
            state(shard),
            shard.epoch.to_string(),
            words::load(shard.measured_load_us.unwrap_or(shard.declared_load_us)),
            words::lag(shard.lag),
            shard.unwritten.to_string(),
            words::age(shard.served_since),
        ]);
    }
    let mut text = table.to_string();
    if !listed.unanswered.is_empty() {
        text.push_str(&format!(
            "no answer from {}\n",
            listed.unanswered.join(", ")
        ));
    }
    if listed.etcd_away {
        text.push_str("etcd is away: nothing moves, and this list may be old\n");
    }
    text
}

/// A shard's state in a word.
pub(super) fn state(shard: &Shard) -> String {
    words::state(shard.state().as_str_name(), "SHARD_STATE_")
}
