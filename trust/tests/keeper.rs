//! A certificate that changes on disk.
#![allow(clippy::unwrap_used, reason = "a test says what is wrong by ending")]

use std::{fs, os::unix::fs::symlink, path::Path, sync::Arc, time::Duration};

use amble_servers::{Authority, Good};
use amble_trust::{Keeper, Pair};
use tokio::time::{sleep, timeout};

/// Longer than anything takes.
const LONG: Duration = Duration::from_secs(30);

fn turn(link: &Path, to: &str) {
    let beside = link.with_file_name("turned");
    symlink(to, &beside).unwrap();
    fs::rename(beside, link).unwrap();
}

async fn until(keeper: &Keeper, so: impl Fn(&Pair) -> bool) {
    let wait = async {
        while !so(&keeper.pair()) {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(LONG, wait).await.unwrap();
}

/// As Kubernetes does it: the files are links into a folder that is itself a link, and only that is turned.
#[tokio::test]
async fn a_new_pair_is_taken_and_one_that_can_not_be_used_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let authority = Authority::new().unwrap();
    let [a, b, c] = ["amble://a/node", "amble://b/node", "amble://c/node"];
    authority.put(&at("1"), &[a], Good::Now).unwrap();
    symlink("1", at("..data")).unwrap();
    for file in ["tls.crt", "tls.key", "ca.crt"] {
        symlink(format!("..data/{file}"), at(file)).unwrap();
    }
    let keeper = Keeper::open(folder.path()).await.unwrap();
    assert!(keeper.pair().names().allow(a));

    authority.put(&at("2"), &[b], Good::Now).unwrap();
    turn(&at("..data"), "2");
    until(&keeper, |pair| pair.names().allow(b)).await;

    // The key of another certificate, then no key at all, then nothing.
    let kept = keeper.pair();
    authority.put(&at("3"), &[c], Good::Now).unwrap();
    fs::copy(at("2/tls.key"), at("3/tls.key")).unwrap();
    for broken in ["3", "4", "5"] {
        if broken == "4" {
            authority.put(&at("4"), &[c], Good::Now).unwrap();
            fs::write(at("4/tls.key"), "no key").unwrap();
        }
        assert!(Keeper::open(&at(broken)).await.is_err(), "{broken}");
        turn(&at("..data"), broken);
        sleep(Duration::from_millis(1_100)).await;
        assert!(Arc::ptr_eq(&keeper.pair(), &kept), "{broken}");
    }

    authority.put(&at("6"), &[c], Good::Now).unwrap();
    turn(&at("..data"), "6");
    until(&keeper, |pair| pair.names().allow(c)).await;
}

#[tokio::test]
async fn no_error_tells_what_is_in_a_key() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new().unwrap();
    authority.put(folder.path(), &[], Good::Now).unwrap();
    let key = "-----BEGIN PRIVATE KEY-----\nc2VzYW1lIG9wZW4=\n-----END PRIVATE KEY-----\n";
    fs::write(folder.path().join("tls.key"), key).unwrap();
    let error = Keeper::open(folder.path()).await.unwrap_err();
    let told = format!("{error} {error:?}");
    assert!(
        !told.contains("c2VzYW1l") && !told.contains("sesame"),
        "{told}"
    );
}
