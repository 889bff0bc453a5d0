//! An etcd that speaks TLS, and asks who its clients are.

use std::{fs, path::Path};

use amble_servers::{Authority, Etcd, Good};

use crate::room::{join_with, shards, within};

#[tokio::test(flavor = "multi_thread")]
async fn nodes_share_a_shop_through_an_etcd_that_asks_for_their_certificates() {
    let folder = tempfile::tempdir().unwrap();
    Authority::new()
        .unwrap()
        .put(folder.path(), &[], Good::Now)
        .unwrap();
    let etcd = Etcd::start_with_tls(1, folder.path()).unwrap();
    assert!(etcd.endpoints()[0].starts_with("https://"));
    let join = |name| join_with(etcd.endpoints(), Some(folder.path()), name, shards(6));
    let a = join("a").await.unwrap();
    let b = join("b").await.unwrap();
    a.knows(&[&a, &b]).await;
    for node in [&a, &b] {
        node.sees("halves", |_| node.counts().values().eq(&[3, 3]))
            .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_can_not_be_trusted_is_told_what_to_mend() {
    let root = tempfile::tempdir().unwrap();
    let folder = |name: &str| root.path().join(name);
    let (ours, theirs) = (Authority::new().unwrap(), Authority::new().unwrap());
    for (name, authority, good) in [
        ("etcd", &ours, Good::Now),
        ("stranger", &theirs, Good::Now),
        ("ended", &ours, Good::Before),
    ] {
        authority.put(&folder(name), &[], good).unwrap();
    }
    let etcd = Etcd::start_with_tls(1, &folder("etcd")).unwrap();
    let copy = |from: &str, file: &str, to: &str| {
        fs::create_dir_all(folder(to)).unwrap();
        fs::copy(folder(from).join(file), folder(to).join(file)).unwrap();
    };
    copy("etcd", "ca.crt", "nameless");
    copy("etcd", "ca.crt", "misled");
    copy("stranger", "tls.crt", "misled");
    copy("stranger", "tls.key", "misled");
    let refused = async |tls: Option<&Path>| {
        let joined = join_with(etcd.endpoints(), tls, "a", shards(1));
        let joined = within("an answer", joined).await;
        joined.err().unwrap().to_string()
    };
    for (who, why) in [
        (
            "stranger",
            "its certificate is not from the authority in ca.crt",
        ),
        ("nameless", "tls.crt"),
        ("misled", "tls.crt"),
        ("ended", "tls.crt"),
        ("missing", "cannot read"),
    ] {
        let error = refused(Some(&folder(who))).await;
        assert!(error.contains(why), "{who}: {error}");
        assert!(error.contains(&etcd.endpoints()[0]), "{who}: {error}");
    }
    let error = refused(None).await;
    assert!(error.contains("certificate"), "without a folder: {error}");
}
