//! What one end takes: each item once, in order.
//!
//! 1. An item is taken if it is the next one. One that came before is passed over.
//! 2. A gap is a fault of the other side: nothing behind it is taken.
//! 3. An ack may wait for the next heartbeat, but not when much came since the last one.
//! 4. It may be asked by several streams of one peer at once, while an old one lingers.

use std::sync::{
    Mutex,
    atomic::{AtomicU64, AtomicUsize, Ordering},
};

use amble_proto::cluster::v1 as wire;

use super::{
    item::weight,
    lock,
    settings::{ACK_BYTES, ACK_ITEMS},
};

/// Items are missing before this one.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("item {got} came, but {expected} is next")]
pub(super) struct Gap {
    expected: u64,
    got: u64,
}

/// See the rules above.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    last: Mutex<u64>,
    /// The same, for those who only look.
    received: AtomicU64,
    /// The last item that the other side was told of.
    told: AtomicU64,
    /// Bytes that came since.
    bytes: AtomicUsize,
}

impl Inbox {
    /// The last item that was taken.
    pub(super) fn received(&self) -> u64 {
        self.received.load(Ordering::Acquire)
    }

    /// Nothing was taken: a session begins.
    pub(super) fn begin_session(&self) {
        let mut last = lock(&self.last);
        *last = 0;
        self.received.store(0, Ordering::Release);
        self.told(0);
    }

    /// An ack of all items up to this one goes out.
    pub(super) fn told(&self, received: u64) {
        self.told.store(received, Ordering::Relaxed);
        self.bytes.store(0, Ordering::Relaxed);
    }

    /// Whether an ack should go out now.
    pub(super) fn overdue(&self) -> bool {
        let items = self
            .received()
            .saturating_sub(self.told.load(Ordering::Relaxed));
        items >= ACK_ITEMS || self.bytes.load(Ordering::Relaxed) >= ACK_BYTES
    }

    /// Gives those of the items, numbered from `first`, that are new, with their numbers.
    ///
    /// # Errors
    /// When items before them are missing.
    pub(super) fn take(
        &self,
        first: u64,
        items: Vec<wire::Item>,
        mut each: impl FnMut(u64, wire::Item),
    ) -> Result<(), Gap> {
        if items.is_empty() {
            return Ok(());
        }
        let mut last = lock(&self.last);
        if first > *last + 1 {
            return Err(Gap {
                expected: *last + 1,
                got: first,
            });
        }
        for (number, item) in (first..).zip(items) {
            if number > *last {
                *last = number;
                self.bytes.fetch_add(weight(&item), Ordering::Relaxed);
                each(number, item);
            }
        }
        self.received.store(*last, Ordering::Release);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn items(count: usize) -> Vec<wire::Item> {
        vec![wire::Item::default(); count]
    }

    proptest! {
        #[test]
        fn each_item_is_taken_once_and_in_order(frames in vec((1..40_u64, 0..10_usize), 0..60)) {
            let inbox = Inbox::default();
            let mut taken = Vec::new();
            for (first, count) in frames {
                let before = inbox.received();
                let answer = inbox.take(first, items(count), |number, _| taken.push(number));
                let gap = count > 0 && first > before + 1;
                prop_assert_eq!(answer.is_err(), gap);
                let end = first - 1 + count as u64;
                let expected = if gap { before } else { before.max(end) };
                prop_assert_eq!(inbox.received(), if count == 0 { before } else { expected });
            }
            prop_assert_eq!(taken, (1..=inbox.received()).collect::<Vec<_>>());
        }
    }

    #[test]
    fn an_ack_waits_unless_much_came_since_the_last() {
        let inbox = Inbox::default();
        let most = usize::try_from(ACK_ITEMS).unwrap();
        inbox.take(1, items(most - 1), |_, _| {}).unwrap();
        assert!(!inbox.overdue());
        inbox.take(ACK_ITEMS, items(1), |_, _| {}).unwrap();
        assert!(inbox.overdue());
        inbox.told(ACK_ITEMS);
        assert!(!inbox.overdue());
    }
}
