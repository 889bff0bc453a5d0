//! Letters at aiosmtpd.

use std::{collections::BTreeSet, path::Path, sync::Arc, time::Duration};

use amble_checkout::{
    Each, ReceiptFolder, SandboxPayment, SecretFile, SmtpMail, SmtpServer, SmtpTls,
};
use amble_ledger::SqliteLedger;
use amble_servers::{Door, Letters};

use crate::shop::{Shop, document, until};

fn server(letters: &Letters, tls: SmtpTls) -> SmtpServer {
    SmtpServer {
        host: "localhost".to_owned(),
        port: letters.port(),
        tls,
        authority: (tls != SmtpTls::None).then(|| letters.authority()),
        user: None,
        from: "Corner & Sons <receipts@example.org>".to_owned(),
        patience: Duration::from_millis(800),
        connections: 4,
    }
}

async fn shop() -> Shop {
    Shop::open(Arc::new(SqliteLedger::in_memory().await.unwrap())).await
}

fn secret(folder: &Path, text: &str) -> SecretFile {
    let file = folder.join("password");
    std::fs::write(&file, text).unwrap();
    SecretFile::new(file)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receipt_arrives_as_text_and_as_a_page_in_its_language_and_in_the_folder_too() {
    let letters = Letters::start(Door::Open).unwrap();
    let (shop, folder) = (shop().await, tempfile::tempdir().unwrap());
    let mail = Each(vec![
        Arc::new(ReceiptFolder::new(folder.path())),
        Arc::new(SmtpMail::new(&server(&letters, SmtpTls::None)).unwrap()),
    ]);
    let worker = shop.worker(Arc::new(SandboxPayment::new()), Arc::new(mail));
    shop.settle(&document(7, "EUR"), "card", "anna@example.com")
        .await;
    shop.settle(&document(8, "EUR"), "card", "").await;
    shop.all_done().await;
    assert_eq!(worker.stop().await.refused, 0);

    let received = letters.received().unwrap();
    assert_eq!(received.len(), 1);
    let letter = &received[0];
    assert_eq!(letter.to, ["anna@example.com"]);
    assert_eq!(letter.subject, "Corner & Sons: Beleg 2.14 EUR");
    assert_eq!(letter.id, "<r-007.corner@example.org>");
    assert_eq!(letter.kind, "multipart/alternative");
    assert!(letter.text.contains("SUMME EUR"), "{}", letter.text);
    assert!(letter.html.contains("Tee &lt;grün&gt;"), "{}", letter.html);
    assert!(letter.html.contains("7.00 %"), "{}", letter.html);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_correction_follows_its_receipt_to_the_same_address_in_its_language() {
    let letters = Letters::start(Door::Open).unwrap();
    let shop = shop().await;
    // Both are there before there is a worker: the receipt goes first all the same.
    let receipt = document(7, "EUR");
    shop.settle(&receipt, "card", "anna@example.com").await;
    shop.correct(&receipt, 1).await;
    let mail = Arc::new(SmtpMail::new(&server(&letters, SmtpTls::None)).unwrap());
    let worker = shop.worker(Arc::new(SandboxPayment::new()), mail);
    shop.all_done().await;
    assert_eq!(worker.stop().await.refused, 0);

    let received = letters.received().unwrap();
    assert_eq!(received.len(), 2);
    let (first, second) = (&received[0], &received[1]);
    assert_eq!(first.follows, "");
    assert_eq!((&second.follows, &second.to), (&first.id, &first.to));
    assert_ne!(second.id, first.id);
    assert_eq!(second.subject, "Corner & Sons: Korrektur -1.07 EUR");
    for part in ["Zu Beleg r-007", "-1 x 1.07 A", "Erstattet"] {
        assert!(second.text.contains(part), "{part}: {}", second.text);
    }
    assert!(second.html.contains("Tee &lt;grün&gt;"), "{}", second.html);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn letters_go_by_tls_to_the_server_with_the_right_certificate_and_by_the_right_user_only() {
    let folder = tempfile::tempdir().unwrap();
    let implicit = Letters::start(Door::Implicit).unwrap();
    let (user, password) = ("shop", "let me write");
    let starttls = Letters::start(Door::StartTls { user, password }).unwrap();
    let with_user = SmtpServer {
        user: Some((user.to_owned(), secret(folder.path(), password))),
        ..server(&starttls, SmtpTls::StartTls)
    };
    for (number, settings, letters) in [
        (1, server(&implicit, SmtpTls::Implicit), &implicit),
        (2, with_user.clone(), &starttls),
    ] {
        let shop = shop().await;
        let mail = Arc::new(SmtpMail::new(&settings).unwrap());
        let worker = shop.worker(Arc::new(SandboxPayment::new()), mail);
        shop.settle(&document(number, "EUR"), "card", "anna@example.com")
            .await;
        shop.all_done().await;
        assert_eq!(worker.stop().await.refused, 0);
        let received = letters.received().unwrap();
        assert!(received.len() == 1 && received[0].tls, "{received:?}");
    }
    assert_eq!(starttls.received().unwrap()[0].user, user);

    // Both are put in order by who keeps the shop: no letter is lost by them.
    let stranger = SmtpServer {
        authority: Some(starttls.authority()),
        ..server(&implicit, SmtpTls::Implicit)
    };
    let wrong = tempfile::tempdir().unwrap();
    let wrong = SmtpServer {
        user: Some((user.to_owned(), secret(wrong.path(), "guessed"))),
        ..with_user
    };
    for settings in [stranger, wrong] {
        let shop = shop().await;
        let mail = Arc::new(SmtpMail::new(&settings).unwrap());
        let worker = shop.worker(Arc::new(SandboxPayment::new()), mail);
        shop.settle(&document(3, "EUR"), "card", "anna@example.com")
            .await;
        until("the letter to be tried twice", async || {
            let due = shop.ledger.due_outbox(i64::MAX, 10).await.unwrap();
            due.iter().any(|item| item.attempts > 1)
        })
        .await;
        worker.stop().await;
        assert_eq!(shop.waiting().await, 1);
    }
    assert_eq!(implicit.received().unwrap().len(), 1);
    assert_eq!(starttls.received().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_no_for_good_ends_a_letter_a_no_for_now_and_a_dead_server_only_delay_it() {
    const EXITS: u32 = 12;
    let mut letters = Letters::start(Door::Open).unwrap();
    let shop = shop().await;
    let mail = Arc::new(SmtpMail::new(&server(&letters, SmtpTls::None)).unwrap());
    let payment = Arc::new(SandboxPayment::new());
    let worker = shop.worker(payment.clone(), mail);
    shop.settle(&document(100, "EUR"), "card", "refused@example.com")
        .await;
    shop.settle(&document(101, "EUR"), "card", "later@example.com")
        .await;
    shop.settle(&document(102, "EUR"), "card", "no address")
        .await;
    shop.all_done().await;
    for (receipt, end) in [
        ("r-100", "refused"),
        ("r-101", "delivered"),
        ("r-102", "refused"),
    ] {
        let ends = shop.ends(receipt).await;
        assert_eq!((ends[0].0.as_str(), ends[1].0.as_str()), ("delivered", end));
    }

    letters.kill().unwrap();
    for number in 0..EXITS {
        shop.settle(&document(number, "EUR"), "card", "anna@example.com")
            .await;
        worker.wake().wake();
    }
    until("the charges, and each letter to be tried", async || {
        let due = shop.ledger.due_outbox(i64::MAX, 100).await.unwrap();
        due.len() == EXITS as usize && due.iter().all(|item| item.attempts > 0)
    })
    .await;
    assert_eq!(payment.movements().unwrap().len(), 3 + EXITS as usize);
    letters.start_again().unwrap();
    shop.all_done().await;
    worker.stop().await;
    let received = letters.received().unwrap();
    let ids: BTreeSet<_> = received.iter().map(|letter| &letter.id).collect();
    assert_eq!(
        (received.len(), ids.len()),
        (1 + EXITS as usize, 1 + EXITS as usize)
    );
}
