//! `amble interactions`: what happened at the shelves, from the ledger.
//!
//! 1. Each interaction is written when it is read: however many there are, memory holds a page of them, and who
//!    visited.
//! 2. Shelves, plates and products have the plan's names. A party is its visit's id when that has a receipt, else the
//!    number that it has within the shop.

use std::{
    collections::HashMap,
    io::{self, BufWriter, ErrorKind, Write},
    process::ExitCode,
};

use amble_engine::{attribution::Decision, evidence, evidence::PartyId, time::ROUND_US};
use amble_ledger::{Interaction, Ledger};
use amble_store::{Plan, is_guest, plan::Names, visit_party};
use serde::Serialize;

use super::ledger;
use crate::{
    args::{InteractionsArgs, InteractionsCommand, InteractionsExportArgs, InteractionsForm},
    config::Config,
    failure::Failure,
    plan_file,
};

/// Rows of the ledger that are read at once.
const PAGE: u32 = 500;

const COLUMNS: [&str; 14] = [
    "interaction",
    "shelf",
    "kind",
    "began_us",
    "ended_us",
    "closed_us",
    "delta_g",
    "suspects",
    "revision",
    "probability",
    "open",
    "party",
    "product",
    "quantity",
];

/// An interaction with the decision that holds.
#[derive(Debug, PartialEq, Serialize)]
struct Told {
    interaction: String,
    shelf: String,
    /// `weight`: plates changed; `contact`: hands met, or one went to the floor.
    kind: &'static str,
    began_us: i64,
    ended_us: i64,
    /// When that was known.
    closed_us: i64,
    plates: Vec<Plate>,
    suspects: Vec<String>,
    /// Nothing while nobody has decided.
    decision: Option<Decided>,
}

#[derive(Debug, PartialEq, Serialize)]
struct Plate {
    plate: String,
    delta_g: f64,
}

#[derive(Debug, PartialEq, Serialize)]
struct Decided {
    revision: u32,
    probability: f64,
    open: bool,
    moves: Vec<Moved>,
}

#[derive(Debug, PartialEq, Serialize)]
struct Moved {
    party: String,
    product: String,
    /// Positive: taken; negative: put back.
    quantity: i32,
}

/// Carries out what is asked.
///
/// # Errors
/// When the ledger or the plan can't be read, or nothing can be printed.
pub async fn run(args: &InteractionsArgs, config: &Config) -> Result<ExitCode, Failure> {
    let InteractionsCommand::Export(args) = &args.command;
    let plan = Plan::new(plan_file::open(&config.store)?)?;
    let ledger = ledger::open(&config.ledger).await?;
    let out = BufWriter::new(io::stdout().lock());
    match export(&*ledger, &plan.names, args, out).await {
        // Who reads has seen enough.
        Err(Ended::Written(error)) if error.kind() == ErrorKind::BrokenPipe => {}
        ended => ended?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Why it ended early.
#[derive(Debug, thiserror::Error)]
enum Ended {
    #[error("cannot write: {0}")]
    Written(#[from] io::Error),
    #[error(transparent)]
    Ledger(#[from] amble_ledger::LedgerError),
    #[error("interaction {0} was written by another version, or is damaged")]
    Unread(String),
}

async fn export(
    ledger: &dyn Ledger,
    names: &Names,
    args: &InteractionsExportArgs,
    out: impl Write,
) -> Result<(), Ended> {
    let since = args.since.map_or(i64::MIN, ledger::micros);
    let until = args.until.map_or(i64::MAX, ledger::micros);
    let teller = Teller {
        names,
        visits: visits(ledger).await?,
    };
    let mut form = Out::begin(args.form, out)?;
    // What closed then may have been taken a few rounds later, never before.
    let mut after = since.div_euclid(ROUND_US).saturating_sub(1);
    loop {
        let page = ledger.interactions_after(after, PAGE).await?;
        let Some(last) = page.last().map(|stored| stored.round) else {
            return Ok(form.finish()?);
        };
        for stored in page {
            if (since..until).contains(&stored.closed_us) {
                form.tell(&teller.told(ledger, stored).await?)?;
            }
        }
        after = last;
    }
}

/// Whose numbers parties have.
async fn visits(ledger: &dyn Ledger) -> Result<HashMap<PartyId, String>, Ended> {
    let mut visits = HashMap::new();
    let mut after = None;
    loop {
        let page = ledger.receipts(after.as_ref(), PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(visits);
        };
        after = Some(last.place());
        let known = page.into_iter().map(|receipt| receipt.visit);
        visits.extend(known.map(|visit| (visit_party(&visit), visit)));
    }
}

struct Teller<'a> {
    names: &'a Names,
    visits: HashMap<PartyId, String>,
}

impl Teller<'_> {
    fn party(&self, party: PartyId) -> String {
        match self.visits.get(&party) {
            Some(visit) => visit.clone(),
            None if is_guest(party) => format!("guest-{:016x}", party.0),
            None => format!("party-{:016x}", party.0),
        }
    }

    async fn told(&self, ledger: &dyn Ledger, stored: Interaction) -> Result<Told, Ended> {
        let decisions = ledger.decisions_of(&stored.id).await?;
        let read = amble_store::interaction(&stored.body);
        let Some(evidence::Interaction {
            change,
            contact,
            evidence,
            ..
        }) = read
        else {
            return Err(Ended::Unread(stored.id));
        };
        let decision = match decisions.last() {
            None => None,
            Some(last) => {
                let unread = || Ended::Unread(stored.id.clone());
                Some(amble_store::decision(&last.body).ok_or_else(unread)?)
            }
        };
        let mut suspects: Vec<_> = evidence.iter().map(|one| self.party(one.party)).collect();
        suspects.sort_unstable();
        suspects.dedup();
        let plates = change.plates.iter().map(|plate| Plate {
            plate: self.names.plate(plate.plate).to_owned(),
            delta_g: plate.delta_g,
        });
        Ok(Told {
            interaction: stored.id,
            shelf: stored.shelf,
            kind: if contact.is_some() {
                "contact"
            } else {
                "weight"
            },
            began_us: change.start.0,
            ended_us: change.end.0,
            closed_us: stored.closed_us,
            plates: plates.collect(),
            suspects,
            decision: decision.map(|decision| self.decided(&decision)),
        })
    }

    fn decided(&self, decision: &Decision) -> Decided {
        let moves = decision.moves.iter().map(|moved| Moved {
            party: self.party(moved.party),
            product: self.names.product(moved.product).to_owned(),
            quantity: moved.quantity,
        });
        Decided {
            revision: decision.revision,
            probability: decision.probability,
            open: decision.open,
            moves: moves.collect(),
        }
    }
}

enum Out<W: Write> {
    Json(W),
    Csv(Box<csv::Writer<W>>),
}

impl<W: Write> Out<W> {
    fn begin(form: InteractionsForm, out: W) -> io::Result<Self> {
        match form {
            InteractionsForm::Json => Ok(Self::Json(out)),
            InteractionsForm::Csv => {
                let mut table = csv::Writer::from_writer(out);
                table.write_record(COLUMNS)?;
                Ok(Self::Csv(Box::new(table)))
            }
        }
    }

    fn tell(&mut self, told: &Told) -> io::Result<()> {
        match self {
            Self::Json(out) => {
                serde_json::to_writer(&mut *out, told)?;
                out.write_all(b"\n")
            }
            Self::Csv(table) => {
                let moves = told.decision.iter().flat_map(|decision| &decision.moves);
                let mut rows: Vec<_> = moves.map(Some).collect();
                if rows.is_empty() {
                    rows.push(None);
                }
                for moved in rows {
                    table.write_record(row(told, moved))?;
                }
                Ok(())
            }
        }
    }

    fn finish(self) -> io::Result<()> {
        match self {
            Self::Json(mut out) => out.flush(),
            Self::Csv(mut table) => table.flush(),
        }
    }
}

fn row(told: &Told, moved: Option<&Moved>) -> [String; COLUMNS.len()] {
    let grams: f64 = told.plates.iter().map(|plate| plate.delta_g).sum();
    let decision = told.decision.as_ref();
    let of = |text: Option<String>| text.unwrap_or_default();
    [
        told.interaction.clone(),
        told.shelf.clone(),
        told.kind.to_owned(),
        told.began_us.to_string(),
        told.ended_us.to_string(),
        told.closed_us.to_string(),
        format!("{grams:.1}"),
        told.suspects.join(" "),
        of(decision.map(|decision| decision.revision.to_string())),
        of(decision.map(|decision| format!("{:.4}", decision.probability))),
        of(decision.map(|decision| decision.open.to_string())),
        of(moved.map(|moved| moved.party.clone())),
        of(moved.map(|moved| moved.product.clone())),
        of(moved.map(|moved| moved.quantity.to_string())),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(decision: Option<Decided>) -> Told {
        Told {
            interaction: "g1/s1#7".to_owned(),
            shelf: "g1/s1".to_owned(),
            kind: "weight",
            began_us: 1_000_000,
            ended_us: 1_400_000,
            closed_us: 1_600_000,
            plates: vec![Plate {
                plate: "g1/s1/p1".to_owned(),
                delta_g: -250.5,
            }],
            suspects: vec!["v-1".to_owned(), "v-2".to_owned()],
            decision,
        }
    }

    fn moved(party: &str, quantity: i32) -> Moved {
        Moved {
            party: party.to_owned(),
            product: "4006381333931".to_owned(),
            quantity,
        }
    }

    fn written(form: InteractionsForm, all: &[Told]) -> String {
        let mut bytes = Vec::new();
        let mut out = Out::begin(form, &mut bytes).unwrap();
        for one in all {
            out.tell(one).unwrap();
        }
        out.finish().unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_table_has_a_row_for_each_move_and_one_where_nobody_moved_anything() {
        let decided = |moves| Decided {
            revision: 2,
            probability: 0.987_6,
            open: false,
            moves,
        };
        let both = vec![moved("v-1", 2), moved("v-2", -1)];
        let all = [
            told(Some(decided(both))),
            told(Some(decided(Vec::new()))),
            told(None),
        ];
        let text = written(InteractionsForm::Csv, &all);
        let rows: Vec<_> = text.lines().skip(1).collect();
        let head = "g1/s1#7,g1/s1,weight,1000000,1400000,1600000,-250.5,v-1 v-2";
        let wanted = [
            format!("{head},2,0.9876,false,v-1,4006381333931,2"),
            format!("{head},2,0.9876,false,v-2,4006381333931,-1"),
            format!("{head},2,0.9876,false,,,"),
            format!("{head},,,,,,"),
        ];
        assert_eq!(rows, wanted);
    }

    #[test]
    fn a_line_of_json_is_an_interaction() {
        let text = written(InteractionsForm::Json, &[told(None), told(None)]);
        assert_eq!(text.lines().count(), 2);
        let line: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
        assert_eq!(line["decision"], serde_json::Value::Null);
        assert_eq!(line["plates"][0]["delta_g"], -250.5);
    }
}
