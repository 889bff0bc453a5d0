//! Explained lines as text. Money is in minor units.

use std::{collections::BTreeMap, fmt::Write as _};

use super::{Cause, Explained, Happened};
use crate::table::{Align::Left, Align::Right, Table};

/// The causes, and then each line with what happened.
#[must_use]
pub fn explained_text(lines: &[Explained]) -> String {
    let mut causes: BTreeMap<Cause, (usize, i64, i64)> = BTreeMap::new();
    for line in lines {
        let sum = causes.entry(line.cause).or_default();
        sum.0 += 1;
        if line.line.taken > line.line.charged {
            sum.1 += line.amount_minor;
        } else {
            sum.2 += line.amount_minor;
        }
    }
    let mut table = Table::new(&[
        ("cause", Left),
        ("lines", Right),
        ("given away, minor units", Right),
        ("overcharged", Right),
    ]);
    for (cause, (lines, given, over)) in causes {
        table.row([
            cause.words().to_owned(),
            lines.to_string(),
            given.to_string(),
            over.to_string(),
        ]);
    }
    let mut text = table.to_string();
    for line in lines {
        let wrong = &line.line;
        let _ = writeln!(
            text,
            "\n{} {}: taken {}, charged {}: {}",
            wrong.visit,
            wrong.product,
            wrong.taken,
            wrong.charged,
            line.cause.words(),
        );
        for action in &line.unrecorded {
            let _ = writeln!(text, "  not recorded: {action}");
        }
        for happened in &line.happened {
            tell(&mut text, happened);
        }
    }
    text
}

fn tell(text: &mut String, happened: &Happened) {
    let plates = happened.plates.iter();
    let plates: Vec<String> = plates.map(|(p, g)| format!("{p} {g:+.1} g")).collect();
    let _ = writeln!(
        text,
        "  {} at {:.1} s, took {:.1} s: {}",
        happened.interaction,
        happened.at_s,
        happened.took_s,
        plates.join(", "),
    );
    for action in &happened.truly {
        let _ = writeln!(text, "    truly   {action}");
    }
    let _ = writeln!(
        text,
        "    said    {} ({:.4})",
        nothing_or(&happened.said),
        happened.probability,
    );
    for (moves, probability) in &happened.else_may {
        let _ = writeln!(text, "    or      {} ({probability:.4})", nothing_or(moves));
    }
    for suspect in &happened.suspects {
        let reach = suspect.reach;
        let _ = writeln!(
            text,
            "    near    track {:x}: {}, truly {}{}",
            suspect.track,
            or(&suspect.taken_for, "guest"),
            or(&suspect.truly, "nobody"),
            reach.map_or_else(String::new, |reach| format!(", reach {reach:.1}")),
        );
    }
}

fn nothing_or(moves: &[String]) -> String {
    if moves.is_empty() {
        "nothing".to_owned()
    } else {
        moves.join(", ")
    }
}

fn or<'a>(name: &'a str, none: &'a str) -> &'a str {
    if name.is_empty() { none } else { name }
}
