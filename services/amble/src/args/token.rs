//! `amble token`.

use std::path::PathBuf;

use amble_trust::token::Role;
use clap::{Args, Subcommand, ValueEnum};

const AFTER: &str = "\
Examples:
  amble pass keygen operators.pem
  amble token issue --key operators.pem --store kiosk --name anna --role operate --valid 8h > anna.token
  amble nodes --tls certs/ca --token-file anna.token";

/// Makes operators' tokens.
///
/// A token says who somebody is and what they may do, to shops that have the public key (`serve
/// --operator-key`). Keep the private one apart from that of passes.
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER)]
pub struct TokenArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: TokenCommand,
}

/// What to do with tokens.
#[derive(Clone, Debug, Subcommand)]
pub enum TokenCommand {
    /// Prints a new token
    Issue(TokenIssueArgs),
}

/// A token to be issued.
#[derive(Args, Clone, Debug)]
pub struct TokenIssueArgs {
    /// The private key (PEM)
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,

    /// The id of the store that it is for
    #[arg(long, value_name = "ID")]
    pub store: String,

    /// Whose it is
    #[arg(long, value_name = "NAME")]
    pub name: String,

    /// What they may do
    #[arg(long, value_enum, default_value = "view")]
    pub role: TokenRole,

    /// For how long, such as 8h or 30d; at most 93 days
    #[arg(long, value_name = "DURATION", default_value = "8h")]
    pub valid: humantime::Duration,
}

/// What an operator may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TokenRole {
    /// Look into the shop: nodes, shards, actors, visits
    View,
    /// And answer reviews: what shoppers dispute, and what the shop doubts
    Review,
    /// And change it: prices, drains, moves
    Operate,
}

impl From<TokenRole> for Role {
    fn from(role: TokenRole) -> Self {
        match role {
            TokenRole::View => Self::View,
            TokenRole::Review => Self::Review,
            TokenRole::Operate => Self::Operate,
        }
    }
}
