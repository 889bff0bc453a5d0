//! The books after a day: what the ledger, the receipts and the truth say, and where they differ.
//!
//! Each kind of difference is a finding of its own:
//!
//! 1. *twice*: a line of a receipt, or a charge, that is there twice.
//! 2. *wrong*: a receipt whose total is not the sum of its lines, or that is not what the ledger holds.
//! 3. *missing*: a visit that is over and has no receipt; a receipt in the ledger that was never sent.
//! 4. *lost*: a frame of a shelf or a gate that was acked, and is not in the ledger. Nobody sends it again.
//! 5. *unexpected*: a receipt of nobody's visit, or one that the ledger does not have.
//! 6. *unexplained*: goods that are not on the receipt of the one who took them, or on the receipt of one
//!    who did not, though nothing on it is named as undecided and no sensor was passed over during the
//!    visit. What is so named or was not seen is *open*; it is counted, and no fault.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, fs,
    path::Path,
    time::Duration,
};

use serde_json::Value;

use super::World;
use crate::{Fault, Outcome, until};

/// How long the last receipts may take: a party that somebody was lost from waits two minutes.
const LAST_RECEIPTS: Duration = Duration::from_secs(200);
/// A pass-over is felt a little before and after it.
const FELT_US: i64 = 10_000_000;

/// How many of what, and every finding.
#[derive(Debug, Default)]
pub struct Books {
    visits: usize,
    units: u64,
    charges: usize,
    open: usize,
    passed_over: usize,
    findings: Vec<String>,
}

/// A visit that is over.
struct Visit {
    entered_us: i64,
    left_us: i64,
    items: BTreeMap<String, u64>,
}

impl Books {
    /// Waits for the last receipts, ends the nodes and compares.
    ///
    /// # Errors
    /// When something can't be read.
    pub fn close(world: &mut World) -> Outcome<Self> {
        let visits = visits(&world.nodes.truth())?;
        let folder = world.nodes.receipts_folder();
        let waited = until("for the last receipts", LAST_RECEIPTS, || {
            let there = |id: &String| Ok(receipts(&folder)?.contains_key(id));
            let all = visits.keys().map(there).collect::<Outcome<Vec<bool>>>()?;
            Ok(all.into_iter().all(|is| is).then_some(()))
        });
        let mut books = Self {
            visits: visits.len(),
            ..Self::default()
        };
        // Which ones are missing is found below.
        if let Err(fault) = waited {
            books.find(format!("{fault:?}"));
        }
        for node in world.nodes.running() {
            world.nodes.end(node)?;
        }
        let sent = receipts(&folder)?;
        books.acks(world)?;
        books.charges(world)?;
        books.ledger(world, &sent)?;
        books.goods(&visits, &sent, &world.nodes.passed_over()?);
        Ok(books)
    }

    /// # Errors
    /// When there are findings.
    pub fn are_right(&self) -> Outcome {
        if self.findings.is_empty() {
            return Ok(());
        }
        Err(Fault::new(self.findings.join("\n")))
    }

    fn find(&mut self, what: String) {
        self.findings.push(what);
    }

    fn acks(&mut self, world: &World) -> Outcome {
        for lost in lost_frames(world)? {
            self.find(lost);
        }
        Ok(())
    }

    fn charges(&mut self, world: &World) -> Outcome {
        let rows = world.ask_ledger("SELECT receipt, kind, outcome FROM outbox ORDER BY id")?;
        let mut seen = BTreeSet::new();
        for row in rows.lines() {
            let mut columns = row.split('\t');
            let (receipt, kind) = (columns.next(), columns.next());
            if !seen.insert((receipt, kind)) {
                self.find(format!("twice: {kind:?} of {receipt:?}"));
            }
        }
        self.charges = seen.len();
        Ok(())
    }

    fn ledger(&mut self, world: &World, sent: &BTreeMap<String, Value>) -> Outcome {
        let rows = world.ask_ledger("SELECT visit, id, total_minor FROM receipts")?;
        let mut held = BTreeSet::new();
        for row in rows.lines() {
            let columns: Vec<&str> = row.split('\t').collect();
            let [visit, id, total] = columns[..] else {
                return Err(Fault::new(format!("no receipt of the ledger: {row}")));
            };
            held.insert(visit);
            match sent.get(visit) {
                None => self.find(format!("missing: the receipt of {visit} was never sent")),
                Some(receipt) => {
                    let same = receipt["id"] == *id
                        && receipt["total_minor"].as_i64() == total.parse().ok();
                    if !same {
                        self.find(format!("wrong: of {visit} was sent {receipt}, not {row}"));
                    }
                }
            }
        }
        for (visit, receipt) in sent {
            if !held.contains(visit.as_str()) {
                self.find(format!("unexpected: the ledger has no receipt of {visit}"));
            }
            if let Err(what) = is_sound(receipt) {
                self.find(format!("{what}: {receipt}"));
            }
        }
        Ok(())
    }

    fn goods(
        &mut self,
        visits: &BTreeMap<String, Visit>,
        sent: &BTreeMap<String, Value>,
        passed_over: &[i64],
    ) {
        self.passed_over = passed_over.len();
        for visit in sent.keys().filter(|visit| !visits.contains_key(*visit)) {
            self.find(format!("unexpected: nobody was visit {visit}"));
        }
        for (id, visit) in visits {
            self.units += visit.items.values().sum::<u64>();
            let Some(receipt) = sent.get(id) else {
                self.find(format!("missing: the receipt of {id}"));
                continue;
            };
            let charged = charged(receipt);
            if charged == visit.items {
                continue;
            }
            let during = visit.entered_us - FELT_US..visit.left_us + FELT_US;
            let unseen = passed_over.iter().any(|at_us| during.contains(at_us));
            if unseen || receipt["undecided"].as_u64() != Some(0) {
                self.open += 1;
            } else {
                let (took, charged) = (&visit.items, &charged);
                self.find(format!("unexplained: {id} took {took:?}, pays {charged:?}"));
            }
        }
    }
}

impl fmt::Display for Books {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} visits took {} units; {} charges and letters; {} receipts differ from the truth and say or \
             show why; sensors were passed over {} times; {} findings",
            self.visits,
            self.units,
            self.charges,
            self.open,
            self.passed_over,
            self.findings.len()
        )
    }
}

/// What was acked to shelves and gates that has ended (the people with them too), and is not in the
/// ledger: a line for each of them.
///
/// # Errors
/// When something can't be read.
pub fn lost_frames(world: &World) -> Outcome<Vec<String>> {
    let acked: BTreeMap<String, u64> =
        serde_json::from_str(&fs::read_to_string(world.nodes.acks())?)?;
    let rows = world.ask_ledger("SELECT device, sequence FROM device_states")?;
    let mut held = BTreeMap::new();
    for row in rows.lines() {
        let (device, sequence) = row.split_once('\t').ok_or_else(|| Fault::new(row))?;
        held.insert(device, sequence.parse::<u64>()?);
    }
    // What cameras saw is kept in what was made of it.
    let acked = acked
        .iter()
        .filter(|(device, _)| !device.starts_with("camera/"));
    Ok(acked
        .filter_map(|(device, &last)| {
            let held = held.get(device.as_str()).copied().unwrap_or_default();
            (held < last).then(|| {
                format!("lost: {device} was acked up to {last}, the ledger has it up to {held}")
            })
        })
        .collect())
}

/// The visits of a truth, by id.
fn visits(truth: &Path) -> Outcome<BTreeMap<String, Visit>> {
    let text = fs::read_to_string(truth)?;
    let lines = text
        .lines()
        .filter(|line| line.starts_with(r#"{"what":"visit""#));
    lines
        .map(|line| visit(&serde_json::from_str(line)?).ok_or_else(|| Fault::new(line)))
        .collect()
}

fn visit(line: &Value) -> Option<(String, Visit)> {
    let items = line["items"].as_array()?.iter();
    let items = items.map(|item| {
        let product = item["product"].as_str()?.to_owned();
        Some((product, item["quantity"].as_u64()?))
    });
    let visit = Visit {
        entered_us: line["entered_us"].as_i64()?,
        left_us: line["left_us"].as_i64()?,
        items: items.collect::<Option<_>>()?,
    };
    Some((line["visit"].as_str()?.to_owned(), visit))
}

/// The receipts in a folder, by visit.
fn receipts(folder: &Path) -> Outcome<BTreeMap<String, Value>> {
    let mut all = BTreeMap::new();
    if !folder.is_dir() {
        return Ok(all);
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_none_or(|ending| ending != "json") {
            continue;
        }
        let receipt: Value = serde_json::from_str(&fs::read_to_string(&path)?)?;
        let visit = receipt["visit"].as_str().unwrap_or_default().to_owned();
        if all.insert(visit.clone(), receipt).is_some() {
            return Err(Fault::new(format!("twice: a receipt of {visit}")));
        }
    }
    Ok(all)
}

fn lines(receipt: &Value) -> impl Iterator<Item = &Value> {
    receipt["lines"].as_array().into_iter().flatten()
}

fn charged(receipt: &Value) -> BTreeMap<String, u64> {
    let mut charged = BTreeMap::new();
    for line in lines(receipt) {
        let product = line["product"].as_str().unwrap_or_default().to_owned();
        *charged.entry(product).or_default() += line["quantity"].as_u64().unwrap_or_default();
    }
    charged
}

fn is_sound(receipt: &Value) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    let mut sum = 0;
    for line in lines(receipt) {
        let unit = line["unit_price_minor"].as_i64();
        if !seen.insert((line["product"].as_str(), unit)) {
            return Err("twice: a line".to_owned());
        }
        sum += line["amount_minor"].as_i64().unwrap_or_default();
    }
    if receipt["total_minor"].as_i64() == Some(sum) {
        Ok(())
    } else {
        Err(format!("wrong: the lines come to {sum}"))
    }
}
