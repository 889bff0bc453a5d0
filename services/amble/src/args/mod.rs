//! The options of each command.

mod bench;
mod certs;
mod completions;
mod config;
mod day;
mod demo;
mod evaluate;
mod forget;
mod inspect;
mod interactions;
mod pass;
mod plays;
mod receipts;
mod record;
mod replay;
mod reviews;
mod serve;
mod shelves;
mod simulate;
mod speed;
mod store;
mod token;
mod tracks;

pub use bench::{BenchArgs, BenchPlates};
pub use certs::{CertsArgs, CertsCommand, DevArgs};
pub use completions::CompletionsArgs;
pub use config::ConfigArgs;
pub use day::DayArgs;
pub use demo::DemoArgs;
pub use evaluate::EvaluateArgs;
pub use forget::{ForgetArgs, WhoseArgs};
pub use inspect::{
    ActorsArgs, ActorsCommand, HistoryArgs, Kind, MoveArgs, NodesArgs, NodesCommand, ShardsArgs,
    ShardsCommand, TopArgs,
};
pub use interactions::{
    InteractionsArgs, InteractionsCommand, InteractionsExportArgs, InteractionsForm,
};
pub use pass::{IssueArgs, KeygenArgs, PassArgs, PassCommand, QrForm, ShowArgs};
pub use plays::PlaysArgs;
pub use receipts::{ReceiptsArgs, ReceiptsCommand, ReceiptsExportArgs, ReceiptsForm};
pub use record::RecordArgs;
pub use replay::ReplayArgs;
pub use reviews::{AnswerReviewArgs, ListReviewsArgs, ReviewsArgs, ReviewsCommand};
pub use serve::ServeArgs;
pub use shelves::ShelvesArgs;
pub use simulate::SimulateArgs;
pub use speed::Speed;
pub use store::{CheckArgs, CostArgs, NewArgs, StoreArgs, StoreCommand};
pub use token::{TokenArgs, TokenCommand};
pub use tracks::{ScoreArgs, TracksArgs, TracksCommand, WalkersArgs};

/// The setting of an option that says where the ledger is.
fn ledger(given: Option<&str>) -> Vec<(&'static str, figment::value::Value)> {
    given
        .map(|ledger| ("ledger", ledger.into()))
        .into_iter()
        .collect()
}

/// The setting of an option that says how many worker threads there are.
fn workers(given: Option<usize>) -> Vec<(&'static str, figment::value::Value)> {
    given
        .map(|workers| ("workers", workers.into()))
        .into_iter()
        .collect()
}
