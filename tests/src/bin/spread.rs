fn main() {
    let mut a = std::env::args().skip(1).map(|a| a.parse::<u64>().unwrap());
    let wanted = amble_tests::chaos::Spread { warm_up: a.next().unwrap(), seconds: a.next().unwrap(), seed: 1, store: "supermarket".into() };
    let folder = tempfile::Builder::new().prefix("amble-spread-").tempdir().unwrap();
    amble_tests::chaos::spread(folder.path(), &wanted, &mut Default::default()).unwrap();
}
