//! Two or three nodes over real sockets: what the transport promises.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use amble_cluster::{AskError, Epoch, Key, NodeId, TellError, beat::SILENT_AFTER};

use crate::{
    cable::Cable,
    nodes::{LONG, Message, Node, introduce, next, until},
};

/// The largest message that goes to another node.
const LARGE: usize = 32 << 20;

/// Two nodes, and the key of a shard that the second one owns, as the first one knows.
async fn pair() -> (Node, Node, Key) {
    let (a, b) = (Node::start("a").await, Node::start("b").await);
    let shard = Key::shard_named("shop/zone/3");
    introduce(&[&a, &b]);
    a.believes(&shard, &b, 1);
    (a, b, shard)
}

fn count(message: &Message) -> u64 {
    match message {
        Message::Count(n) => *n,
        _ => panic!("not a count"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_of_one_sender_to_one_key_keep_their_order() {
    let (a, b, shard) = pair().await;
    let camera = shard.child("camera/7");
    let mut taken = b.owns(&camera);
    for n in 0..50_000 {
        a.router.tell(&camera, Message::Count(n)).unwrap();
    }
    for n in 0..50_000 {
        assert_eq!(count(&next(&mut taken).await), n);
    }
}

#[tokio::test]
async fn a_question_is_answered_from_another_node() {
    let (a, b, shard) = pair().await;
    let _taken = b.owns(&shard);
    let answer = a.router.ask(&shard, LONG, |to| Message::Double(21, to));
    assert_eq!(answer.await.unwrap(), 42);
}

#[tokio::test]
async fn keys_bound_to_a_node_need_no_owner() {
    let (a, b, _) = pair().await;
    let stream = b.router.here("stream/1");
    assert_eq!(stream.as_str(), "node/b/stream/1");
    let mut taken = b.owns(&stream);
    a.router.tell(&stream, Message::Count(7)).unwrap();
    assert_eq!(count(&next(&mut taken).await), 7);
}

#[tokio::test]
async fn a_question_that_finds_nobody_fails_at_once_on_either_node() {
    let (a, b, shard) = pair().await;
    let there = a.router.ask(&shard, LONG, |to| Message::Double(1, to));
    assert!(matches!(
        there.await,
        Err(AskError::Tell(TellError::NoOwner(key))) if key == shard
    ));
    b.believes(&shard, &b, 1);
    let here = b.router.ask(&shard, LONG, |to| Message::Double(1, to));
    assert!(matches!(
        here.await,
        Err(AskError::Tell(TellError::NoOwner(_)))
    ));
}

#[tokio::test]
async fn a_question_that_is_dropped_fails_at_once() {
    let (a, b, shard) = pair().await;
    let kept = b.keeps_silent_about(&shard);
    let drop_it = async {
        until("the question came", || !kept.lock().unwrap().is_empty()).await;
        kept.lock().unwrap().clear();
    };
    let question = a.router.ask(&shard, LONG, |to| Message::Double(1, to));
    let (answer, ()) = tokio::join!(question, drop_it);
    assert!(matches!(answer, Err(AskError::Dropped(_))));
}

#[tokio::test]
async fn questions_to_a_node_that_dies_fail_at_once() {
    let (a, b, shard) = pair().await;
    let kept = b.keeps_silent_about(&shard);
    let kill = async {
        until("the question came", || !kept.lock().unwrap().is_empty()).await;
        b.kill().await
    };
    let question = a.router.ask(&shard, LONG, |to| Message::Double(1, to));
    let (answer, _) = tokio::join!(question, kill);
    assert!(matches!(answer, Err(AskError::Dropped(_))), "{answer:?}");
    let again = a.router.ask(&shard, LONG, |to| Message::Double(1, to));
    assert!(matches!(again.await, Err(AskError::Dropped(_))));
}

#[tokio::test]
async fn questions_to_a_node_that_leaves_fail_at_once() {
    let (a, b, shard) = pair().await;
    let kept = b.keeps_silent_about(&shard);
    let leave = async {
        until("the question came", || !kept.lock().unwrap().is_empty()).await;
        a.table.set_nodes(BTreeMap::from([a.entry()]));
    };
    let question = a.router.ask(&shard, LONG, |to| Message::Double(1, to));
    let (answer, ()) = tokio::join!(question, leave);
    assert!(matches!(answer, Err(AskError::Dropped(_))), "{answer:?}");
    let tell = a.router.tell(&shard, Message::Count(1));
    assert!(matches!(tell, Err(TellError::NoOwner(_))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_under_way_when_a_stream_broke_comes_once_and_in_order() {
    let (a, b) = (Node::start("a").await, Node::start("b").await);
    let mut cable = Cable::to(b.address).await;
    let nodes = [a.entry(), (b.id.clone(), cable.address.to_string())];
    a.table.set_nodes(BTreeMap::from(nodes));
    let shard = Key::shard_named("shop/zone/3");
    a.believes(&shard, &b, 1);
    let mut taken = b.owns(&shard);
    let sum = async {
        let mut sum = 0;
        for n in 0..100 {
            let answer = a.router.ask(&shard, LONG, |to| Message::Double(n, to));
            sum += answer.await.unwrap();
        }
        sum
    };
    let (mut sent, mut cuts) = (0, 0);
    let told = async {
        for expected in 0..100_000 {
            while sent < 100_000 && sent < expected + 10_000 {
                a.router.tell(&shard, Message::Count(sent)).unwrap();
                sent += 1;
            }
            assert_eq!(count(&next(&mut taken).await), expected);
            if expected % 5_000 == 4_999 {
                cable.cut();
                cuts += 1;
            }
        }
    };
    let (sum, ()) = tokio::join!(sum, told);
    assert_eq!((sum, cuts), (100 * 99, 20));
}

#[tokio::test]
async fn a_wrong_owner_answer_corrects_the_sender() {
    let (a, b, shard) = pair().await;
    let c = Node::start("c").await;
    introduce(&[&a, &b, &c]);
    b.believes(&shard, &c, 2);
    let mut taken = c.owns(&shard);
    a.router.tell(&shard, Message::Count(1)).unwrap();
    until("a knows the owner", || {
        a.table.node(shard.as_str()) == Some(c.id.clone())
    })
    .await;
    a.router.tell(&shard, Message::Count(2)).unwrap();
    assert_eq!(count(&next(&mut taken).await), 2);
}

#[tokio::test]
async fn an_announcement_comes_before_what_its_node_says_next() {
    let (a, b, shard) = pair().await;
    let (table, key) = (a.table.clone(), a.router.here("book"));
    let (seen, mut known) = tokio::sync::mpsc::unbounded_channel();
    a.router.local().enter(key.clone(), move |_| {
        let _ = seen.send(table.owner("shop/zone/9"));
        Ok(())
    });
    b.router.announce("shop/zone/9", Epoch(4));
    b.router.tell(&key, Message::Count(1)).unwrap();
    let owner = next(&mut known).await.unwrap();
    assert_eq!((owner.node, owner.epoch), (NodeId::new("b"), Epoch(4)));
    assert_eq!(b.table.node("shop/zone/9"), Some(NodeId::new("b")));
    assert_eq!(a.table.node(shard.as_str()), Some(NodeId::new("b")));
}

#[tokio::test]
async fn what_was_meant_for_one_run_never_reaches_another() {
    let (a, b, shard) = pair().await;
    let address = b.address;
    let mut first = b.owns(&shard);
    a.router.tell(&shard, Message::Count(1)).unwrap();
    next(&mut first).await;
    b.kill().await;
    let again = Node::start_at("b again", address).await;
    let mut second = again.owns(&shard);
    let silent = a.peers.silent();
    a.router.tell(&shard, Message::Count(2)).unwrap();
    until("b is gone", || silent.borrow().contains(&NodeId::new("b"))).await;

    introduce(&[&a, &again]);
    a.believes(&shard, &again, 2);
    a.router.tell(&shard, Message::Count(3)).unwrap();
    assert_eq!(count(&next(&mut second).await), 3);
}

#[tokio::test]
async fn a_node_is_called_where_the_table_says_by_then() {
    let (a, b) = (Node::start("a").await, Node::start("b").await);
    let cable = Cable::to(b.address).await;
    let nodes = [a.entry(), (b.id.clone(), cable.address.to_string())];
    a.table.set_nodes(BTreeMap::from(nodes));
    let to_b = b.router.here("book");
    let mut taken = b.owns(&to_b);
    a.router.tell(&to_b, Message::Count(1)).unwrap();
    assert_eq!(count(&next(&mut taken).await), 1);
    introduce(&[&a, &b]);
    drop(cable);
    a.router.tell(&to_b, Message::Count(2)).unwrap();
    assert_eq!(count(&next(&mut taken).await), 2);
}

#[tokio::test]
async fn who_has_left_is_not_let_in_again() {
    let (a, b, shard) = pair().await;
    let mut taken = b.owns(&shard);
    a.router.tell(&shard, Message::Count(1)).unwrap();
    next(&mut taken).await;
    // b alone has seen it leave: a may call as often as it likes.
    let to_a = a.router.here("book");
    b.table.set_nodes(BTreeMap::from([b.entry()]));
    until("b has cut it off", || {
        b.router.tell(&to_a, Message::Count(0)).is_err()
    })
    .await;
    a.router.tell(&shard, Message::Count(2)).unwrap();
    introduce(&[&a, &b]);
    let mut came = None;
    until("it is let in when it is a member again", || {
        a.router.tell(&shard, Message::Count(3)).unwrap();
        came = taken.try_recv().ok();
        came.is_some()
    })
    .await;
    assert_eq!(came.as_ref().map(count), Some(3));
}

#[tokio::test]
async fn who_was_taken_for_gone_hears_all_that_comes_after() {
    let (a, b, shard) = pair().await;
    let mut taken = b.owns(&shard);
    for _ in 0..9 {
        a.router.tell(&shard, Message::Count(0)).unwrap();
        next(&mut taken).await;
    }
    // a alone has seen it leave, and begins anew; b knows nothing of that.
    let to_b = b.router.here("book");
    a.table.set_nodes(BTreeMap::from([a.entry()]));
    until("a has cut it off", || {
        a.router.tell(&to_b, Message::Count(0)).is_err()
    })
    .await;
    introduce(&[&a, &b]);
    until("it is back", || {
        a.router.tell(&shard, Message::Count(1)).is_ok()
    })
    .await;
    assert_eq!(count(&next(&mut taken).await), 1);
}

#[tokio::test]
async fn what_can_not_be_read_or_carried_hurts_nobody() {
    let (a, b, shard) = pair().await;
    let mut taken = b.owns(&shard);
    a.router.tell(&shard, Message::Garbage).unwrap();
    let large = a.router.tell(&shard, Message::Large(LARGE + 1));
    assert!(matches!(large, Err(TellError::TooLarge { .. })));
    a.router.tell(&shard, Message::Large(LARGE)).unwrap();
    assert!(matches!(next(&mut taken).await, Message::Large(LARGE)));
    a.router.tell(&shard, Message::Count(1)).unwrap();
    assert_eq!(count(&next(&mut taken).await), 1);
}

/// It takes longer than what makes a peer silent; breaking the stream for that would never end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_message_over_a_slow_wire_arrives() {
    let (a, b) = (Node::start("a").await, Node::start("b").await);
    let cable = Cable::slow(b.address, Duration::from_millis(1)).await;
    b.table.set_nodes(BTreeMap::from([a.entry(), b.entry()]));
    let nodes = [a.entry(), (b.id.clone(), cable.address.to_string())];
    a.table.set_nodes(BTreeMap::from(nodes));
    let to_b = b.router.here("book");
    let mut taken = b.owns(&to_b);
    let began = Instant::now();
    a.router.tell(&to_b, Message::Large(LARGE)).unwrap();
    assert!(matches!(next(&mut taken).await, Message::Large(LARGE)));
    assert!(began.elapsed() > SILENT_AFTER, "the wire is not slow");
}
