//! Rule S1: bad input gets a clear error and a counter, nothing else is lost, and nobody panics.

use std::{fs, net::SocketAddr, time::Duration};

use amble_proto::v1::{DeviceErrorCode as Code, DeviceKind, DeviceRef};
use amble_tests::{Edge, Fault, Outcome, Shop, Start, run};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

const WITHIN: Duration = Duration::from_secs(60);

/// A shop whose devices run in event time.
struct House {
    folder: TempDir,
    start: Start,
    shop: Shop,
}

impl House {
    fn open() -> Outcome<Self> {
        Self::open_with(&["--event-time"])
    }

    fn open_with(options: &[&str]) -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        let start = Start::new(folder.path(), "kiosk", options)?;
        let shop = start.open(WITHIN)?;
        Ok(Self {
            folder,
            start,
            shop,
        })
    }

    async fn edge(&self) -> Outcome<Edge> {
        Edge::attach(self.start.address(), Vec::new()).await
    }

    /// A pass of this shop.
    fn pass(&self, visit: &str, valid: &str) -> Outcome<String> {
        let args = ["pass", "issue", "--key", "issuer.pem", "--store", "kiosk"];
        let own = ["--visit", visit, "--valid", valid];
        let issued = run(self.folder.path(), WITHIN, &[&args[..], &own[..]].concat())?.well()?;
        Ok(issued.text()?.trim().to_owned())
    }

    /// What every test ends with: the refusal was counted, and the shop is as well as before.
    async fn still_works(self, mut edge: Edge, code: Code) -> Outcome {
        let name = code.as_str_name();
        let name = name.strip_prefix("DEVICE_ERROR_CODE_").unwrap_or(name);
        let label = format!("code=\"{name}\"");
        let count = self.shop.metric("amble_device_refused_total", &[&label])?;
        assert!(count >= 1.0, "no {name} on the metrics page");
        edge.works().await?;
        drop(edge);
        let ended = self.shop.close()?;
        assert!(!ended.err.contains("panicked"), "{}", ended.err);
        Ok(())
    }
}

#[test]
fn a_wrong_plan_file_is_named_with_the_place_of_its_fault() -> Outcome {
    let folder = tempfile::tempdir()?;
    let plan = folder.path().join("shop.json");
    run(
        folder.path(),
        WITHIN,
        &["store", "new", "kiosk", "-o", "shop.json"],
    )?
    .well()?;
    let text = fs::read_to_string(&plan)?;
    let faults = [
        (
            text.replacen("\"tax\": \"food\"", "\"tax\": \"fod\"", 1),
            "fod",
        ),
        (text.replace("\"currency\"", "\"curency\""), "curency"),
        (text[..text.len() / 2].to_owned(), "JSON"),
    ];
    for (text, word) in faults {
        fs::write(&plan, text)?;
        let serve = [
            "serve",
            "--store",
            "shop.json",
            "--ledger",
            ":memory:",
            "--insecure",
        ];
        let listen = ["--listen", "127.0.0.1:0", "--web", "127.0.0.1:0"];
        let ended = run(folder.path(), WITHIN, &[&serve[..], &listen[..]].concat())?;
        assert_eq!(ended.code, Some(1), "{}", ended.err);
        let clear = ended.err.contains("shop.json:") && ended.err.contains(word);
        assert!(clear && !ended.err.contains("panicked"), "{}", ended.err);
    }
    Ok(())
}

#[tokio::test]
async fn an_expired_pass_is_refused_at_the_gate() -> Outcome {
    let house = House::open()?;
    let pass = house.pass("late", "1s")?;
    let mut edge = house.edge().await?;
    // The shop's time began before the pass was issued; now the pass has ended, however long that took.
    edge.leap(120_000_000).await?;
    edge.scan(1, &pass).await?;
    edge.refused(Code::PassRefused, &["the pass ended"]).await?;
    house.still_works(edge, Code::PassRefused).await
}

#[tokio::test]
async fn a_gate_is_told_to_ask_for_a_fresh_code_where_paper_opens_nothing() -> Outcome {
    let house = House::open_with(&["--event-time", "--rotating-passes"])?;
    let paper = house.pass("paper", "10m")?;
    let mut edge = house.edge().await?;
    edge.scan(1, &paper).await?;
    edge.refused(Code::PassNotFresh, &["its own phone", "live code"])
        .await?;
    house.still_works(edge, Code::PassNotFresh).await
}

#[tokio::test]
async fn a_pass_opens_one_visit_once() -> Outcome {
    let house = House::open()?;
    let pass = house.pass("once", "10m")?;
    let mut edge = house.edge().await?;
    edge.scan(1, &pass).await?;
    edge.works().await?;
    edge.scan(2, &pass).await?;
    edge.refused(Code::PassRefused, &["once", "has already opened a visit"])
        .await?;
    house.still_works(edge, Code::PassRefused).await
}

#[tokio::test]
async fn a_pass_stays_used_when_its_shop_was_killed() -> Outcome {
    let house = House::open()?;
    let pass = house.pass("once", "10m")?;
    let mut edge = house.edge().await?;
    edge.scan(1, &pass).await?;
    edge.works().await?;
    let now_us = edge.now_us;
    drop(edge);
    let House {
        folder,
        start,
        shop,
    } = house;
    shop.kill()?;
    let shop = start.open(WITHIN)?;
    let house = House {
        folder,
        start,
        shop,
    };
    let mut edge = house.edge().await?;
    // The devices' time has not gone back.
    edge.leap(now_us - edge.now_us).await?;
    edge.works().await?;
    edge.scan(2, &pass).await?;
    edge.refused(Code::PassRefused, &["once", "has already opened a visit"])
        .await?;
    let used = ["door=\"gate\"", "reason=\"pass_used\""];
    assert!(house.shop.metric("amble_refused_total", &used)? >= 1.0);
    house.still_works(edge, Code::PassRefused).await
}

#[tokio::test]
async fn a_pass_that_another_key_has_signed_is_refused_at_the_gate() -> Outcome {
    let house = House::open()?;
    run(
        house.folder.path(),
        WITHIN,
        &["pass", "keygen", "forger.pem"],
    )?
    .well()?;
    let args = ["pass", "issue", "--key", "forger.pem", "--store", "kiosk"];
    let args = [&args[..], &["--visit", "anna", "--valid", "10m"]].concat();
    let pass = run(house.folder.path(), WITHIN, &args)?.well()?;
    let mut edge = house.edge().await?;
    edge.scan(1, pass.text()?.trim()).await?;
    edge.refused(Code::PassRefused, &["not valid"]).await?;
    let forged = ["door=\"gate\"", "reason=\"pass_forged\""];
    assert!(house.shop.metric("amble_refused_total", &forged)? >= 1.0);
    house.still_works(edge, Code::PassRefused).await
}

#[tokio::test]
async fn an_unknown_device_is_refused_alone() -> Outcome {
    let house = House::open()?;
    let stranger = DeviceRef {
        kind: DeviceKind::Camera.into(),
        device_id: "cam-99".to_owned(),
    };
    let mut edge = Edge::attach(house.start.address(), vec![stranger]).await?;
    edge.refused(Code::UnknownDevice, &["camera cam-99", "store plan"])
        .await?;
    house.still_works(edge, Code::UnknownDevice).await
}

#[tokio::test]
async fn a_weight_that_is_no_number_is_refused() -> Outcome {
    let house = House::open()?;
    let mut edge = house.edge().await?;
    let mut grams = vec![0.0; edge.plates];
    grams[1] = f32::NAN;
    let frame = edge.weights(grams);
    edge.send_shelf(vec![frame]).await?;
    edge.refused(Code::BadValue, &["shelf g1/s1, frame 1", "plate 1", "NaN"])
        .await?;
    house.still_works(edge, Code::BadValue).await
}

#[tokio::test]
async fn time_that_goes_backwards_is_refused() -> Outcome {
    let house = House::open()?;
    let mut edge = house.edge().await?;
    edge.works().await?;
    let mut frame = edge.weights(vec![0.0; edge.plates]);
    frame.capture_time_us -= 5_000_000;
    edge.send_shelf(vec![frame]).await?;
    edge.refused(Code::TimeBackwards, &["shelf g1/s1"]).await?;
    house.still_works(edge, Code::TimeBackwards).await
}

#[tokio::test]
async fn time_far_ahead_is_refused() -> Outcome {
    let house = House::open()?;
    let mut edge = house.edge().await?;
    edge.works().await?;
    let mut frame = edge.weights(vec![0.0; edge.plates]);
    frame.capture_time_us += 7_200_000_000;
    edge.send_shelf(vec![frame]).await?;
    edge.refused(Code::TimeAhead, &["shelf g1/s1", "too far"])
        .await?;
    edge.send(Vec::new(), edge.now_us + 7_200_000_000).await?;
    edge.refused(Code::TimeAhead, &["complete_until_us"])
        .await?;
    house.still_works(edge, Code::TimeAhead).await
}

/// Half an hour at once is no fault in event time, and more than any actor may be ahead of another.
#[tokio::test]
async fn half_an_hour_that_is_complete_at_once_is_worked_off() -> Outcome {
    let house = House::open()?;
    let mut edge = house.edge().await?;
    edge.works().await?;
    edge.leap(1_800_000_000).await?;
    edge.works().await?;
    drop(edge);
    let ended = house.shop.close()?;
    assert!(!ended.err.contains("panicked"), "{}", ended.err);
    Ok(())
}

#[tokio::test]
async fn an_oversize_frame_is_refused_and_an_oversize_message_ends_its_stream() -> Outcome {
    let house = House::open()?;
    let mut edge = house.edge().await?;
    let frame = edge.weights(vec![0.0; 5_000]);
    edge.send_shelf(vec![frame]).await?;
    edge.refused(Code::TooLarge, &["5000 weights"]).await?;
    let frame = edge.weights(vec![0.0; 2 << 20]);
    edge.send_shelf(vec![frame]).await?;
    match edge.end().await? {
        Err(status) if status.message().contains("4194304") => {}
        other => return Err(Fault::new(format!("the stream ended so: {other:?}"))),
    }
    let edge = house.edge().await?;
    house.still_works(edge, Code::TooLarge).await
}

/// Passes a connection on to the shop, from which on `limit` bytes still pass.
async fn cutter(shop: SocketAddr, limit: usize) -> Outcome<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        let (mut edge, _) = listener.accept().await?;
        let mut to = TcpStream::connect(shop).await?;
        let (mut from_edge, mut to_edge) = edge.split();
        let (mut from_shop, mut to_shop) = to.split();
        let forth = async {
            let mut left = limit;
            let mut buffer = vec![0; 4_096];
            while left > 0 {
                let read = from_edge.read(&mut buffer).await?.min(left);
                if read == 0 {
                    break;
                }
                to_shop.write_all(&buffer[..read]).await?;
                left -= read;
            }
            Ok::<_, std::io::Error>(())
        };
        tokio::select! {
            done = forth => done,
            done = tokio::io::copy(&mut from_shop, &mut to_edge) => done.map(|_| ()),
        }
    });
    Ok(address)
}

#[tokio::test]
async fn a_stream_that_is_cut_inside_a_frame_loses_nothing() -> Outcome {
    let house = House::open()?;
    let shop = house.start.address();
    let through = cutter(shop, 20_000).await?;
    let mut edge = Edge::attach_through(shop, through, Vec::new()).await?;
    edge.works().await?;
    let good = edge.next;
    // More than may pass: it is cut inside.
    let frames = (0..300).map(|_| edge.weights(vec![0.0; edge.plates]));
    let frames = frames.collect();
    edge.send_shelf(frames).await?;
    assert!(edge.end().await?.is_err(), "it was not cut");

    let mut edge = house.edge().await?;
    assert!(edge.next <= good, "something was acked that never came");
    edge.works().await?;
    drop(edge);
    let ended = house.shop.close()?;
    assert!(!ended.err.contains("panicked"), "{}", ended.err);
    Ok(())
}
