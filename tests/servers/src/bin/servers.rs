//! Servers for tests in another language: starts those that are named, says where they are in one line of JSON, and
//! ends them when its standard input ends.
//!
//! ```text
//! servers [etcd] [postgres] [letters]
//! {"etcd":["http://127.0.0.1:…"],"ledger":"postgres://…","smtp":"localhost:…","letters":"/…/letters.jsonl"}
//! ```

use std::{
    io::{self, Read as _, Write as _},
    process::ExitCode,
};

use amble_servers::{Door, Etcd, Letters, Postgres};
use serde_json::{Map, Value, json};

/// What runs; it ends when this is dropped.
#[derive(Default)]
struct Servers {
    etcd: Option<Etcd>,
    postgres: Option<Postgres>,
    letters: Option<Letters>,
}

impl Servers {
    fn start(names: impl Iterator<Item = String>) -> io::Result<(Self, Value)> {
        let mut servers = Self::default();
        let mut places = Map::new();
        for name in names {
            match name.as_str() {
                "etcd" => {
                    let etcd = servers.etcd.insert(Etcd::start(1)?);
                    places.insert("etcd".to_owned(), etcd.endpoints().into());
                }
                "postgres" => {
                    let postgres = servers.postgres.insert(Postgres::start()?);
                    places.insert("ledger".to_owned(), postgres.database("shop")?.into());
                }
                "letters" => {
                    let letters = servers.letters.insert(Letters::start(Door::Open)?);
                    let port = letters.port();
                    places.insert("smtp".to_owned(), json!(format!("localhost:{port}")));
                    places.insert("letters".to_owned(), json!(letters.file()));
                }
                other => return Err(io::Error::other(format!("there is no server {other}"))),
            }
        }
        Ok((servers, places.into()))
    }
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> io::Result<()> {
    let (servers, places) = Servers::start(std::env::args().skip(1))?;
    let mut out = io::stdout();
    writeln!(out, "{places}")?;
    out.flush()?;
    io::stdin().read_to_end(&mut Vec::new())?;
    drop(servers);
    Ok(())
}
