//! What parses input from outside takes anything, and breaks no rule: a minute of it, over all targets. The
//! stream is always the same one; others are for `cargo run --release -p amble-fuzz -- --seed N`.

use std::time::Duration;

use amble_fuzz::{Limit, all, targets};

const ALL: Duration = Duration::from_secs(60);

#[test]
fn whatever_comes_in_nothing_panics_and_nothing_takes_long() {
    let targets = targets::all();
    let each = ALL / u32::try_from(targets.len()).unwrap_or(1);
    let sum = all(&targets, 1, Limit::Time(each)).unwrap();
    assert_eq!(sum.failure, None);
}
