//! A TCP wire between two nodes, which can be cut and held.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::JoinHandle,
    time::sleep,
};

/// How a wire is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Connections with a number from this one on live.
    Carries(u64),
    /// Nothing gets through, and nobody is told.
    Held,
}

/// A wire to an address. It takes connections at its own. When it is dropped, all of them break.
pub struct Cable {
    pub address: SocketAddr,
    state: watch::Sender<State>,
    cuts: u64,
    task: JoinHandle<()>,
}

impl Cable {
    pub async fn to(target: SocketAddr) -> Self {
        Self::slow(target, Duration::ZERO).await
    }

    /// One that rests so long after each 16 KiB.
    pub async fn slow(target: SocketAddr, rest: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (state, now) = watch::channel(State::Carries(0));
        let task = tokio::spawn(async move {
            loop {
                let (near, _) = listener.accept().await.unwrap();
                let begun = *now.borrow();
                if let Ok(far) = TcpStream::connect(target).await {
                    let ((from_near, to_near), (from_far, to_far)) =
                        (near.into_split(), far.into_split());
                    tokio::spawn(carry(from_near, to_far, rest, begun, now.clone()));
                    tokio::spawn(carry(from_far, to_near, rest, begun, now.clone()));
                }
            }
        });
        Self {
            address,
            state,
            cuts: 0,
            task,
        }
    }

    /// Breaks every connection over it; new ones work.
    pub fn cut(&mut self) {
        self.cuts += 1;
        self.state.send_replace(State::Carries(self.cuts));
    }

    /// From now on nothing gets through, and nobody is told.
    pub fn hold(&self) {
        self.state.send_replace(State::Held);
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Carries bytes until the wire is cut.
async fn carry(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    rest: Duration,
    begun: State,
    mut now: watch::Receiver<State>,
) {
    let mut bytes = vec![0; 16 << 10];
    loop {
        let state = *now.borrow_and_update();
        match state {
            State::Held => {
                if now.changed().await.is_err() {
                    return;
                }
            }
            state if state != begun => return,
            State::Carries(_) => tokio::select! {
                changed = now.changed() => if changed.is_err() { return },
                read = from.read(&mut bytes) => match read {
                    Ok(n) if n > 0 && to.write_all(&bytes[..n]).await.is_ok() => {
                        if !rest.is_zero() {
                            sleep(rest).await;
                        }
                    }
                    _ => return,
                },
            },
        }
    }
}
