//! `amble actors`.

use std::process::ExitCode;

use amble_proto::v1::{
    Actor, ActorDescription, ActorKind, DescribeActorRequest, FindActorsRequest, FindActorsResponse,
};
use tonic::Code;

use super::{
    client::{Client, connect, refused},
    message, words,
};
use crate::{
    args::{ActorsArgs, ActorsCommand, Kind},
    failure::Failure,
    output::{print, print_json},
    table::{Align, Table},
};

/// Actors of a page.
const PAGE: u32 = 1_000;

/// Finds actors, or describes one.
///
/// # Errors
/// When no shop answers, or it can't do what it is asked.
pub async fn actors(args: &ActorsArgs) -> Result<ExitCode, Failure> {
    let mut client = connect(&args.shop).await?;
    match &args.command {
        None => {
            let request = FindActorsRequest {
                key_part: args.part.clone().unwrap_or_default(),
                kind: args.kind.map_or(ActorKind::Unspecified, kind).into(),
                node: args.node.clone().unwrap_or_default(),
                page_size: PAGE,
                page_token: String::new(),
            };
            let found = find(&mut client, request).await?;
            if args.form.json {
                print_json(&message::json("FindActorsResponse", &found)?)?;
            } else {
                print(&text(&found))?;
            }
        }
        Some(ActorsCommand::Describe(wanted)) => {
            let said = describe(&mut client, &wanted.actor).await?;
            if args.form.json {
                print_json(&message::json("ActorDescription", &said)?)?;
            } else {
                print(&message::text("ActorDescription", &said)?)?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// All pages.
async fn find(
    client: &mut Client,
    mut request: FindActorsRequest,
) -> Result<FindActorsResponse, Failure> {
    let mut all = FindActorsResponse::default();
    loop {
        let page = client.find_actors(request.clone()).await;
        let page = page.map_err(|status| refused(&status))?.into_inner();
        all.actors.extend(page.actors);
        all.unanswered = page.unanswered;
        if page.next_page_token.is_empty() {
            return Ok(all);
        }
        request.page_token = page.next_page_token;
    }
}

/// The actor of this key, or the only one whose key contains it.
async fn describe(client: &mut Client, wanted: &str) -> Result<ActorDescription, Failure> {
    let key = |actor_key: &str| DescribeActorRequest {
        actor_key: actor_key.to_owned(),
    };
    let missing = match client.describe_actor(key(wanted)).await {
        Ok(said) => return Ok(said.into_inner().actor.unwrap_or_default()),
        Err(status) if status.code() == Code::NotFound => status,
        Err(status) => return Err(refused(&status)),
    };
    let request = FindActorsRequest {
        key_part: wanted.to_owned(),
        page_size: 10,
        ..FindActorsRequest::default()
    };
    let found = client.find_actors(request).await;
    let found = found.map_err(|status| refused(&status))?.into_inner();
    match found.actors.as_slice() {
        [] => Err(refused(&missing)),
        [one] => {
            let said = client.describe_actor(key(&one.actor_key)).await;
            let said = said.map_err(|status| refused(&status))?.into_inner();
            Ok(said.actor.unwrap_or_default())
        }
        several => {
            let keys: Vec<_> = several.iter().map(|a| words::own(&a.actor_key)).collect();
            let keys = keys.join("\n  ");
            Err(Failure::new(format!(
                "`{wanted}` may be any of these; say which:\n  {keys}"
            )))
        }
    }
}

fn text(found: &FindActorsResponse) -> String {
    let mut table = Table::new(&[
        ("kind", Align::Left),
        ("node", Align::Left),
        ("actor", Align::Left),
    ]);
    for actor in &found.actors {
        table.row([
            word(actor),
            words::name(&actor.node_id),
            words::own(&actor.actor_key).to_owned(),
        ]);
    }
    let mut text = table.to_string();
    if !found.unanswered.is_empty() {
        text.push_str(&format!("no answer from {}\n", found.unanswered.join(", ")));
    }
    text
}

fn word(actor: &Actor) -> String {
    words::state(actor.kind().as_str_name(), "ACTOR_KIND_")
}

const fn kind(kind: Kind) -> ActorKind {
    match kind {
        Kind::Camera => ActorKind::Camera,
        Kind::Shelf => ActorKind::Shelf,
        Kind::Gate => ActorKind::Gate,
        Kind::Zone => ActorKind::Zone,
        Kind::Bucket => ActorKind::Bucket,
        Kind::Shopper => ActorKind::Shopper,
        Kind::Bookkeeper => ActorKind::Bookkeeper,
    }
}
