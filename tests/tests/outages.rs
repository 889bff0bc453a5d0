//! A shop in real time goes on when a node dies, leaves or is cut off, and its books are right afterwards.
//!
//! What it costs in time is printed; how much it may be is looked at over many faults, by
//! `tests/chaos/soak`.

use amble_tests::{
    Fault, Outcome,
    chaos::{Happening, Table, Wanted, soak},
};

#[test]
fn whatever_happens_in_real_time_the_shop_goes_on_and_its_books_are_right() -> Outcome {
    let only = vec![
        Happening::Kill,
        Happening::KillCoordinator,
        Happening::Drain,
        Happening::CutOff,
        Happening::Delay,
    ];
    let wanted = Wanted {
        faults: u32::try_from(only.len())?,
        seed: 1,
        only,
        store: "stadium".to_owned(),
    };
    let folder = tempfile::tempdir()?;
    let mut table = Table::default();
    let found = soak(folder.path(), &wanted, &mut table);
    println!("{table}");
    found.map_err(|fault| {
        let kept = folder.keep();
        Fault::new(format!("{fault:?}\nsee {}", kept.display()))
    })
}
