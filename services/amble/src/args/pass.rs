//! `amble pass`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

const AFTER: &str = "\
Examples:
  amble pass keygen issuer.pem
  amble pass issue --key issuer.pem --store kiosk --visit anna-1 --valid 10m
  amble pass issue --key issuer.pem --store kiosk --visit anna-1 --valid 1h --bind-within 5m
  amble pass issue --key issuer.pem --store kiosk --visit anna-1 --qr text
  amble pass issue --key issuer.pem --store kiosk --visit anna-1 --qr svg > anna.svg
  amble pass show eyJ0eXAiOiJKV1Qi.e30.c2ln --pass-key issuer.pub";

/// Makes keys and passes, and looks into passes.
///
/// A pass is a short-lived signed token that opens one visit once. Whoever issues passes keeps the
/// private key; shops get the public one.
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER)]
pub struct PassArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: PassCommand,
}

/// What to do with passes.
#[derive(Clone, Debug, Subcommand)]
pub enum PassCommand {
    /// Makes a new pair of keys
    Keygen(KeygenArgs),
    /// Prints a new pass
    Issue(IssueArgs),
    /// Prints what a pass says and, given a public key, whether it is good now
    Show(ShowArgs),
}

/// A pair of keys to be made.
#[derive(Args, Clone, Debug)]
pub struct KeygenArgs {
    /// Where the private key goes; the public one goes beside it with the ending .pub
    #[arg(value_name = "FILE")]
    pub out: PathBuf,
}

/// A pass to be issued.
#[derive(Args, Clone, Debug)]
pub struct IssueArgs {
    /// The private key (PEM)
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,

    /// The id of the store that it opens
    #[arg(long, value_name = "ID")]
    pub store: String,

    /// The visit's id; each may be used once
    #[arg(long, value_name = "ID")]
    pub visit: String,

    /// How many people it is for
    #[arg(long, value_name = "N", default_value_t = 1,
          value_parser = clap::value_parser!(u32).range(1..=i64::from(amble_store::pass::MAX_PARTY)))]
    pub party: u32,

    /// The payment method, by the token that the payment service knows it by, such as pm_1a2b or
    /// cus_3c4d/pm_1a2b
    #[arg(long, value_name = "TOKEN")]
    pub pay: Option<String>,

    /// The e-mail address that the receipt goes to
    #[arg(long, value_name = "ADDRESS")]
    pub mail: Option<String>,

    /// The receipt's language: en, de or ja [default: the shop's]
    #[arg(long, value_name = "LANGUAGE")]
    pub lang: Option<String>,

    /// For how long, such as 90s or 10m; at most an hour
    #[arg(long, value_name = "DURATION", default_value = "10m")]
    pub valid: humantime::Duration,

    /// Makes a ticket: a pass that opens nothing until, within so long, its page was opened on a phone; then it opens
    /// its visit from that phone only
    #[arg(long, value_name = "DURATION", conflicts_with = "qr")]
    pub bind_within: Option<humantime::Duration>,

    /// Prints it as a QR code instead, as a gate's reader wants it
    #[arg(long, value_enum, value_name = "FORM")]
    pub qr: Option<QrForm>,
}

/// A QR code's form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum QrForm {
    /// For a terminal
    Text,
    /// An image
    Svg,
}

/// A pass to be looked into.
#[derive(Args, Clone, Debug)]
pub struct ShowArgs {
    /// The pass
    pub token: String,

    /// The public key (PEM) that it should be signed with
    #[arg(long, value_name = "FILE")]
    pub pass_key: Option<PathBuf>,
}
