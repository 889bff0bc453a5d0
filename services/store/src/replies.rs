//! What is said to devices, whichever node has their streams.
//!
//! 1. To a stream of this node it is said at once. What goes to another node is gathered for
//!    [`GATHER`], and goes as one message: each device is told something in each round, and thousands of
//!    messages of their own would cost more than all that the shop decides.
//! 2. What is said to one stream keeps its order.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use amble_cluster::Key;
use tokio::{sync::mpsc, time::sleep};

use crate::{
    device::{Link, Reply},
    message::Message,
    network::NODE,
    shop::Shop,
};

/// How long what is said waits for more: much shorter than a round, and than the way to an edge.
const GATHER: Duration = Duration::from_millis(2);

/// The most that is gathered.
const MOST: usize = 4_096;

/// What is to be said at other nodes.
pub type Queue = mpsc::UnboundedSender<(Link, Reply)>;

impl Shop {
    /// Says something to a stream that carries a device.
    pub(crate) fn say(&self, link: &Link, reply: Reply) {
        let own = self.router.local().deliver(&link.to, Message::Reply(reply));
        if let Err(Message::Reply(reply)) = own
            && self.placing.is_some()
        {
            // What nobody gathers any more, nobody waits for.
            let _ = self.replies.send((link.clone(), reply));
        }
    }

    /// Says what is to be said at other nodes, for as long as the shop is there.
    pub(crate) fn say_away(self: &Arc<Self>, mut queue: mpsc::UnboundedReceiver<(Link, Reply)>) {
        let shop = Arc::downgrade(self);
        tokio::spawn(async move {
            let mut gathered = Vec::new();
            while queue.recv_many(&mut gathered, MOST).await > 0 {
                if gathered.len() < MOST {
                    sleep(GATHER).await;
                }
                while gathered.len() < MOST
                    && let Ok(more) = queue.try_recv()
                {
                    gathered.push(more);
                }
                let Some(shop) = shop.upgrade() else {
                    return;
                };
                for (node, replies) in by_node(gathered.drain(..)) {
                    // A stream of a node that is gone needs no answer.
                    let _ = shop.router.tell(&node, Message::Replies(replies));
                }
            }
        });
    }

    /// Another node's actors say something to streams of this one.
    pub(crate) fn say_here(&self, replies: Vec<(u64, Reply)>) {
        for (stream, reply) in replies {
            // A stream that is gone needs no answer.
            let to = self.stream_key(stream);
            let _ = self.router.local().deliver(&to, Message::Reply(reply));
        }
    }

    /// Under which key a stream of this node is answered.
    pub(crate) fn stream_key(&self, stream: u64) -> Key {
        self.router.here(format_args!("stream/{stream:x}"))
    }
}

/// What is said to streams, by their numbers.
type Said = Vec<(u64, Reply)>;

/// The key of each node, and what is to be said there.
fn by_node(replies: impl Iterator<Item = (Link, Reply)>) -> impl Iterator<Item = (Key, Said)> {
    let mut nodes: BTreeMap<Arc<str>, (Key, Said)> = BTreeMap::new();
    for (link, reply) in replies {
        let node = link.to.shard();
        let said = (link.stream, reply);
        match nodes.get_mut(node) {
            Some((_, replies)) => replies.push(said),
            None => {
                let key = Key::shard_named(node).child(NODE);
                nodes.insert(node.into(), (key, vec![said]));
            }
        }
    }
    nodes.into_values()
}

#[cfg(test)]
mod tests {
    use amble_cluster::NodeId;

    use super::*;

    #[test]
    fn r2_what_is_said_to_one_stream_keeps_its_order() {
        let link = |node: &str, stream| Link {
            stream,
            event_time: false,
            to: NodeId::new(node).own_key(format_args!("stream/{stream:x}")),
        };
        let said = |from| Reply::Resend { from };
        let all = [
            (link("a", 1), said(1)),
            (link("b", 2), said(2)),
            (link("a", 1), said(3)),
            (link("a", 3), said(4)),
        ];
        let by_node: Vec<_> = by_node(all.into_iter()).collect();
        let expected = [
            (
                "node/a/shop",
                vec![(1, said(1)), (1, said(3)), (3, said(4))],
            ),
            ("node/b/shop", vec![(2, said(2))]),
        ];
        let found = by_node
            .iter()
            .map(|(key, said)| (key.as_str(), said.clone()));
        assert!(found.eq(expected));
    }
}
