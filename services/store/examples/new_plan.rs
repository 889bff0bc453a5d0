//! Writes a known shop's plan to the standard output: `new_plan NAME [SEED]`.

use std::io::{Error, Write, stdout};

fn main() -> Result<(), Error> {
    let mut words = std::env::args().skip(1);
    let name = words.next().unwrap_or_default();
    let seed = words.next().and_then(|w| w.parse().ok()).unwrap_or(1);
    let plan = amble_store::plan::known(&name, seed)
        .ok_or_else(|| Error::other(format!("there is no shop called {name:?}")))?;
    let text = amble_store::plan::to_text(&plan)?;
    stdout().lock().write_all(text.as_bytes())
}
