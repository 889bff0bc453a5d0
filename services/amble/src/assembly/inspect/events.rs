//! What happened to a shop, and what happens.

use std::sync::Arc;

use amble_cluster::Key;
use amble_proto::v1::{Event, watch_events_response::News};
use futures_util::stream::{self, BoxStream, StreamExt as _};
use tokio::sync::broadcast::{Receiver, error::RecvError};

/// The newest events, oldest first; of one shard, or of all.
pub(super) fn newest(mut events: Vec<Arc<Event>>, shard: Option<&Key>, limit: usize) -> Vec<Event> {
    if let Some(shard) = shard {
        events.retain(|event| event.shard_key == shard.as_str());
    }
    // What was there before this node came is heard of late.
    events.sort_by_key(|event| event.at.map(|at| (at.seconds, at.nanos)));
    let older = events.len().saturating_sub(limit);
    let newest = events.iter().skip(older);
    newest.map(|event| Event::clone(event)).collect()
}

/// Events as they come. Who takes them too slowly is told how many are gone, and goes on.
pub(super) fn told(events: Receiver<Arc<Event>>) -> BoxStream<'static, News> {
    let told = stream::unfold(events, |mut events| async move {
        let news = match events.recv().await {
            Ok(event) => News::Event(Event::clone(&event)),
            Err(RecvError::Lagged(missed)) => News::Missed(missed),
            Err(RecvError::Closed) => return None,
        };
        Some((news, events))
    });
    told.boxed()
}

#[cfg(test)]
mod tests {
    use tokio::sync::broadcast;

    use super::*;

    fn event(second: i64) -> Arc<Event> {
        let at = amble_proto::Timestamp {
            seconds: second,
            nanos: 0,
        };
        Arc::new(Event {
            at: Some(at),
            ..Event::default()
        })
    }

    #[tokio::test]
    async fn a_slow_reader_is_told_how_much_it_missed_and_goes_on() {
        let (sender, receiver) = broadcast::channel(2);
        let mut told = told(receiver);
        for second in 1..=5 {
            // Sending never waits, whoever reads.
            sender.send(event(second)).unwrap();
        }
        drop(sender);
        assert_eq!(told.next().await, Some(News::Missed(3)));
        for second in 4..=5 {
            let wanted = Event::clone(&event(second));
            assert_eq!(told.next().await, Some(News::Event(wanted)));
        }
        assert_eq!(told.next().await, None);
    }

    #[test]
    fn the_newest_events_come_in_order_whenever_they_were_heard_of() {
        let heard = vec![event(3), event(1), event(2)];
        let told = newest(heard, None, 2);
        let seconds: Vec<_> = told.iter().filter_map(|e| Some(e.at?.seconds)).collect();
        assert_eq!(seconds, [2, 3]);
    }
}
