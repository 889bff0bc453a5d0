use std::sync::mpsc;

use proptest::{collection::vec, prelude::*};

use super::*;
use crate::{Key, transport::item};

/// An item that can be told from others, and weighs 64 + 1 + 8 bytes.
fn numbered(n: u64) -> wire::Item {
    let payload = Bytes::copy_from_slice(&n.to_be_bytes());
    item::message(&Key::shard_named("s"), payload, false)
}

const WEIGHT: usize = 73;

/// A question, and where its answer comes out.
fn question() -> (Question, mpsc::Receiver<Bytes>) {
    let (to, answer) = mpsc::channel();
    let question = Question::new(Box::new(move |bytes| drop(to.send(bytes))), None);
    (question, answer)
}

/// What can happen to an outbox.
#[derive(Clone, Debug)]
enum Step {
    Push,
    /// The stream takes what waits.
    Take,
    /// So many of those under way arrive, and are acked.
    Ack(usize),
    /// The stream breaks. So many of those under way had arrived.
    Break(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Push),
        2 => Just(Step::Take),
        1 => (0..4_usize).prop_map(Step::Ack),
        1 => (0..4_usize).prop_map(Step::Break),
    ]
}

proptest! {
    /// Against a model of the other side, which takes what is next and passes over what came before.
    #[test]
    fn all_items_arrive_once_and_in_order(steps in vec(step(), 0..200)) {
        let outbox = Outbox::new(1, usize::MAX);
        let mut turn = outbox.begin_turn(1, 0).unwrap();
        let (mut pushed, mut under_way, mut arrived) = (0, VecDeque::new(), Vec::new());
        let mut arrive = |under_way: &mut VecDeque<(u64, wire::Item)>, most: usize| {
            for (number, item) in under_way.drain(..most.min(under_way.len())) {
                if number == arrived.len() as u64 + 1 {
                    arrived.push(item);
                }
            }
            arrived.len() as u64
        };
        for step in steps.into_iter().chain([Step::Break(0), Step::Take, Step::Ack(usize::MAX)]) {
            match step {
                Step::Push => {
                    pushed += 1;
                    outbox.push(numbered(pushed), None).unwrap();
                }
                Step::Take => {
                    while let Next::Items(first, items) = outbox.next(&turn) {
                        under_way.extend((first..).zip(items));
                    }
                }
                Step::Ack(most) => {
                    let received = arrive(&mut under_way, most);
                    outbox.acked(&turn, received);
                }
                Step::Break(most) => {
                    let received = arrive(&mut under_way, most);
                    under_way.clear();
                    let old = turn;
                    turn = outbox.begin_turn(1, received).unwrap();
                    prop_assert_eq!(outbox.next(&old), Next::Over);
                }
            }
        }
        prop_assert_eq!(arrived, (1..=pushed).map(numbered).collect::<Vec<_>>());
        prop_assert_eq!(outbox.bytes(), 0);
    }
}

#[test]
fn more_than_the_bound_is_never_kept_and_costs_the_session() {
    let outbox = Outbox::new(1, 2 * WEIGHT);
    let turn = outbox.begin_turn(1, 0).unwrap();
    let (question, answer) = question();
    outbox.push(numbered(1), Some(question)).unwrap();
    outbox.push(numbered(2), None).unwrap();
    assert_eq!(outbox.push(numbered(3), None), Err(GivenUp(3)));
    assert!(answer.recv().is_err(), "its question fails");
    assert_eq!((outbox.session(), outbox.bytes()), (2, 0));
    assert_eq!(outbox.next(&turn), Next::Over);
    assert!(outbox.begin_turn(1, 2).is_none());

    outbox.push(numbered(4), None).unwrap();
    // An ack of the old session is none of the new one.
    outbox.acked(&turn, 1);
    let turn = outbox.begin_turn(2, 0).unwrap();
    assert_eq!(outbox.next(&turn), Next::Items(1, vec![numbered(4)]));
}

#[test]
fn questions_fail_while_the_peer_is_gone_and_messages_are_kept() {
    let outbox = Outbox::new(1, usize::MAX);
    let (before, answer_before) = question();
    let (after, answer_after) = question();
    outbox.push(numbered(1), Some(before)).unwrap();
    outbox.gone();
    assert!(answer_before.recv().is_err());
    assert_eq!(outbox.push(numbered(2), Some(after)), Err(GivenUp(1)));
    assert!(answer_after.recv().is_err());
    outbox.push(numbered(3), None).unwrap();

    let turn = outbox.begin_turn(1, 0).unwrap();
    let kept = vec![numbered(1), numbered(3)];
    assert_eq!(outbox.next(&turn), Next::Items(1, kept));
    let (again, answer) = question();
    outbox.push(numbered(4), Some(again)).unwrap();
    let asked = outbox.question(&turn, 3).unwrap();
    asked.answered(Bytes::from_static(b"yes"));
    assert_eq!(answer.recv().unwrap(), "yes");
}

#[test]
fn a_frame_is_bounded_and_takes_at_least_one() {
    let outbox = Outbox::new(1, usize::MAX);
    let turn = outbox.begin_turn(1, 0).unwrap();
    let large = item::message(
        &Key::shard_named("s"),
        Bytes::from(vec![0; FRAME_BYTES]),
        false,
    );
    outbox.push(large.clone(), None).unwrap();
    for n in 2..=u64::try_from(FRAME_ITEMS).unwrap() + 2 {
        outbox.push(numbered(n), None).unwrap();
    }
    assert_eq!(outbox.next(&turn), Next::Items(1, vec![large]));
    let Next::Items(2, items) = outbox.next(&turn) else {
        panic!("the next frame");
    };
    assert_eq!(items.len(), FRAME_ITEMS);
}
