//! `amble nodes`, `shards`, `actors` and `top`: looking into a shop that runs.

use clap::{Args, Subcommand, ValueEnum};

use crate::client::WayArgs;

const NODES: &str = "\
Examples:
  amble nodes
  amble nodes --connect https://10.0.0.1:7400 --tls certs/node --json
  amble nodes --connect https://10.0.0.1:7400 --tls certs/ca --token-file anna.token
  amble nodes drain rack-1
  amble nodes drain rack-1 --wait 30s
  amble nodes drain rack-1 --undo";

const SHARDS: &str = "\
Examples:
  amble shards
  amble shards --node rack-1
  amble shards move zone/front rack-2 --wait 10s
  amble shards history zone/front
  amble shards history --follow";

const ACTORS: &str = "\
Examples:
  amble actors
  amble actors front --kind camera
  amble actors describe zone/front
  amble actors describe bookkeeper --json";

const TOP: &str = "\
Examples:
  amble top
  amble top --tls certs/node --connect https://10.0.0.1:7400 --connect https://10.0.0.2:7400
  amble top --seconds 3 > now.txt";

/// How it is printed.
#[derive(Args, Clone, Copy, Debug)]
pub struct FormArgs {
    /// As JSON, in the form that grpcurl has as well
    #[arg(long, global = true)]
    pub json: bool,
}

/// Lists the nodes of a shop, or drains one.
///
/// Load is what the plan says that a node's shards cost, in milliseconds of CPU a second: only the
/// ratios between nodes matter.
#[derive(Args, Clone, Debug)]
#[command(after_help = NODES)]
pub struct NodesArgs {
    /// Where the shop is.
    #[command(flatten)]
    pub shop: WayArgs,

    /// How it is printed.
    #[command(flatten)]
    pub form: FormArgs,

    /// What to do; without it, they are listed.
    #[command(subcommand)]
    pub command: Option<NodesCommand>,
}

/// What to do with nodes.
#[derive(Clone, Debug, Subcommand)]
pub enum NodesCommand {
    /// A node shall lose its shards: before it is stopped, for example
    Drain(DrainArgs),
}

/// A node to be drained.
#[derive(Args, Clone, Debug)]
pub struct DrainArgs {
    /// Its name or id
    #[arg(env = "AMBLE_CLUSTER__NODE")]
    pub node: String,

    /// It shall take shards again
    #[arg(long, conflicts_with_all = ["wait", "at_least"])]
    pub undo: bool,

    /// How long to wait until its last shard is served elsewhere; without it, the wish is noted and that is all
    #[arg(long, value_name = "DURATION")]
    pub wait: Option<humantime::Duration>,

    /// How long to wait in any case: until whoever leads clients to it has heard that it ends
    #[arg(long, value_name = "DURATION", requires = "wait")]
    pub at_least: Option<humantime::Duration>,
}

/// Lists the shards of a shop, moves one, or says what happened to them.
///
/// A shard is what is placed at a node and moves as one: a zone with its devices, a bucket of visits,
/// the bookkeeper. Load is as in `amble nodes`; the lag is how far behind the wall clock a shard is.
#[derive(Args, Clone, Debug)]
#[command(after_help = SHARDS)]
pub struct ShardsArgs {
    /// Where the shop is.
    #[command(flatten)]
    pub shop: WayArgs,

    /// How it is printed.
    #[command(flatten)]
    pub form: FormArgs,

    /// Only those at this node: its name or id
    #[arg(long, value_name = "NODE")]
    pub node: Option<String>,

    /// What to do; without it, they are listed.
    #[command(subcommand)]
    pub command: Option<ShardsCommand>,
}

/// What to do with shards.
#[derive(Clone, Debug, Subcommand)]
pub enum ShardsCommand {
    /// Moves a shard to a node
    Move(MoveArgs),
    /// Prints what happened: placements and why, nodes that came and went, failures, drops
    History(HistoryArgs),
}

/// A shard to be moved.
#[derive(Args, Clone, Debug)]
pub struct MoveArgs {
    /// Its key; the store's id in front may be left out
    pub shard: String,

    /// The node's name or id; without it, the one that has least to do
    pub node: Option<String>,

    /// How long to wait until it is served there; without it, the wish is noted and that is all
    #[arg(long, value_name = "DURATION")]
    pub wait: Option<humantime::Duration>,
}

/// Which part of the history.
#[derive(Args, Clone, Debug)]
pub struct HistoryArgs {
    /// Only what concerns this shard
    pub shard: Option<String>,

    /// At most so many events, the newest ones
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub limit: u32,

    /// Goes on with what happens from now on, of all shards
    #[arg(long, conflicts_with = "shard")]
    pub follow: bool,
}

/// A kind of actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// Cameras
    Camera,
    /// Shelves
    Shelf,
    /// Gates
    Gate,
    /// Zones: patches of floor with their devices
    Zone,
    /// Buckets of visits
    Bucket,
    /// Shoppers: one visit or guest each
    Shopper,
    /// The bookkeeper
    Bookkeeper,
}

/// Finds the actors of a shop, or describes one.
///
/// An actor describes itself: what it hears and whom it tells, how far it has come, what is open, what
/// it waits for right now.
#[derive(Args, Clone, Debug)]
#[command(after_help = ACTORS, args_conflicts_with_subcommands = true)]
pub struct ActorsArgs {
    /// Where the shop is.
    #[command(flatten)]
    pub shop: WayArgs,

    /// How it is printed.
    #[command(flatten)]
    pub form: FormArgs,

    /// Only those whose key contains this; a visit's id does as well
    pub part: Option<String>,

    /// Only those of this kind
    #[arg(long, value_enum)]
    pub kind: Option<Kind>,

    /// Only those at this node: its name or id
    #[arg(long, value_name = "NODE")]
    pub node: Option<String>,

    /// What to do; without it, they are listed.
    #[command(subcommand)]
    pub command: Option<ActorsCommand>,
}

/// What to do with actors.
#[derive(Clone, Debug, Subcommand)]
pub enum ActorsCommand {
    /// Prints how an actor sees itself now
    Describe(DescribeArgs),
}

/// An actor to be described.
#[derive(Args, Clone, Debug)]
pub struct DescribeArgs {
    /// Its key, without the store's id if you like, or a part that no other key has
    pub actor: String,
}

/// Shows the nodes and shards of a shop as they are, once a second.
///
/// On a terminal the table is drawn again in place, what is furthest behind first; elsewhere it is one
/// line a second. It ends with Ctrl-C.
#[derive(Args, Clone, Debug)]
#[command(after_help = TOP)]
pub struct TopArgs {
    /// Where the shop is.
    #[command(flatten)]
    pub shop: WayArgs,

    /// After how many seconds it ends
    #[arg(long, value_name = "N")]
    pub seconds: Option<u64>,
}
