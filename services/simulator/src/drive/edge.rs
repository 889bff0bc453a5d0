//! One edge computer: its stream, and what it does when the stream breaks.

use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use amble_proto::v1::{
    self, AttachRequest, AttachResponse, attach_request, attach_response,
    device_service_client::DeviceServiceClient,
};
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep, sleep_until, timeout},
};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{
    Streaming,
    transport::{Channel, ClientTlsConfig, Endpoint},
};

use super::{
    DriveConfig, Pace, buffer::Buffer, outage::Watch, producer::EdgeRound, stats::Counters,
};

/// First and longest pause before an endpoint is tried again.
const BACKOFF: [Duration; 2] = [Duration::from_millis(50), Duration::from_millis(500)];
/// How long opening a stream may take.
const OPENING: Duration = Duration::from_secs(2);
/// How long the shop has to end its half of the stream.
const GOODBYE: Duration = Duration::from_millis(500);
/// HTTP/2 windows: batches of hundreds of kilobytes must not wait for window updates.
const STREAM_WINDOW: u32 = 4 << 20;
const CONNECTION_WINDOW: u32 = 8 << 20;
/// Messages on their way to the connection; more would only age there.
const OUTBOX: usize = 4;

/// An edge with everything it keeps.
pub(super) struct Edge {
    hello: v1::EdgeHello,
    buffer: Buffer,
    watch: Watch,
    rounds: mpsc::Receiver<EdgeRound>,
    /// The day is over: no more rounds will come.
    ended: bool,
    config: Arc<DriveConfig>,
    stats: Arc<Counters>,
    /// Place in the list of endpoints.
    endpoint: usize,
}

/// An open stream.
struct Stream {
    outbox: mpsc::Sender<AttachRequest>,
    inbox: Streaming<AttachResponse>,
}

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// Everything is done, or the drive was stopped.
    Done,
    /// The shop asked for it: the next endpoint, at once.
    Elsewhere,
    /// The stream broke or was silent.
    Broken,
}

impl Edge {
    pub(super) fn new(
        nth: usize,
        hello: v1::EdgeHello,
        rounds: mpsc::Receiver<EdgeRound>,
        config: Arc<DriveConfig>,
        stats: Arc<Counters>,
    ) -> Self {
        Self {
            buffer: Buffer::new(&hello.devices),
            watch: Watch::new(&hello, &config, &stats),
            hello,
            rounds,
            ended: false,
            // Edges spread over the endpoints.
            endpoint: nth,
            config,
            stats,
        }
    }

    /// Serves the edge's devices until the day is over or the drive is stopped; returns the last frame
    /// of each that was acked.
    pub(super) async fn run(mut self, stop: watch::Receiver<bool>) -> Vec<(v1::DeviceRef, u64)> {
        self.serve_all_day(stop).await;
        self.watch.close();
        let acked = self.buffer.acked();
        self.hello.devices.into_iter().zip(acked).collect()
    }

    async fn serve_all_day(&mut self, mut stop: watch::Receiver<bool>) {
        let mut backoff = BACKOFF[0];
        // How many endpoints in a row were of no use.
        let mut in_vain = 0;
        while !*stop.borrow() {
            let opened = tokio::select! {
                opened = self.open() => opened,
                _ = stop.changed() => return,
            };
            let (end, lasted) = match opened {
                Some(stream) => {
                    self.stats.streams.fetch_add(1, Relaxed);
                    let began = Instant::now();
                    let end = self.serve(stream, &mut stop).await;
                    (end, began.elapsed() > BACKOFF[1])
                }
                None => (End::Broken, false),
            };
            if lasted {
                (backoff, in_vain) = (BACKOFF[0], 0);
            }
            if end == End::Done {
                return;
            }
            self.endpoint += 1;
            in_vain += 1;
            if in_vain < self.config.endpoints.len() {
                continue;
            }
            // Who has been everywhere does not go round once more in a hurry.
            in_vain = 0;
            let pause = sleep(backoff);
            tokio::pin!(pause);
            loop {
                tokio::select! {
                    () = &mut pause => break,
                    _ = stop.changed() => return,
                    round = self.rounds.recv(), if self.in_real_time() => self.keep(round),
                }
            }
            backoff = (backoff * 2).min(BACKOFF[1]);
        }
    }

    fn in_real_time(&self) -> bool {
        self.config.pace == Pace::RealTime && !self.ended
    }

    /// Keeps what the devices captured; sensors do not wait for the network.
    fn keep(&mut self, round: Option<EdgeRound>) {
        let Some(round) = round else {
            self.ended = true;
            self.watch.close();
            return;
        };
        for (place, frames, complete_us) in round.devices {
            let lost = self.buffer.push(place, frames, complete_us);
            self.stats.frames_lost.fetch_add(lost, Relaxed);
        }
    }

    /// Opens a stream to the endpoint whose turn it is; sensors go on meanwhile.
    async fn open(&mut self) -> Option<Stream> {
        let endpoints = &self.config.endpoints;
        let address = endpoints
            .get(self.endpoint % endpoints.len().max(1))?
            .clone();
        let opening = timeout(
            OPENING,
            open(address.clone(), self.config.tls.clone(), self.hello.clone()),
        );
        tokio::pin!(opening);
        loop {
            tokio::select! {
                opened = &mut opening => {
                    return match opened {
                        Ok(Ok(stream)) => Some(stream),
                        Ok(Err(error)) => {
                            tracing::debug!(edge = self.hello.edge_id, address, %error, "no stream");
                            None
                        }
                        Err(_) => None,
                    };
                }
                round = self.rounds.recv(), if self.in_real_time() => self.keep(round),
            }
        }
    }

    /// Sends and listens on one stream until it ends.
    async fn serve(&mut self, mut stream: Stream, stop: &mut watch::Receiver<bool>) -> End {
        let mut heard = Instant::now();
        let mut welcome = false;
        let mut done_since = None;
        loop {
            let ready = welcome && self.buffer.ready();
            let pull =
                !self.ended && (self.config.pace == Pace::RealTime || !self.buffer.backlog());
            if self.ended && welcome && !ready && !self.buffer.backlog() {
                let since = *done_since.get_or_insert_with(Instant::now);
                if !self.buffer.unacked() || since.elapsed() > self.config.linger {
                    say_goodbye(stream).await;
                    return End::Done;
                }
            }
            // The first word may take as long as opening.
            let patience = if welcome {
                self.config.silence
            } else {
                OPENING.max(self.config.silence)
            };
            tokio::select! {
                _ = stop.changed() => return End::Done,
                message = stream.inbox.message() => {
                    let Ok(Some(message)) = message else {
                        return End::Broken;
                    };
                    heard = Instant::now();
                    if self.listen(message, &mut welcome) == Some(End::Elsewhere) {
                        return End::Elsewhere;
                    }
                }
                slot = stream.outbox.reserve(), if ready => {
                    let Ok(slot) = slot else {
                        return End::Broken;
                    };
                    if let Some(sent) = self.buffer.batch() {
                        self.stats.frames_sent.fetch_add(sent.first_time, Relaxed);
                        self.stats.frames_resent.fetch_add(sent.again, Relaxed);
                        self.stats.batches.fetch_add(1, Relaxed);
                        let message = Some(attach_request::Message::Batch(sent.batch));
                        slot.send(AttachRequest { message });
                    }
                }
                round = self.rounds.recv(), if pull => self.keep(round),
                () = sleep_until(heard + patience) => return End::Broken,
            }
        }
    }

    fn listen(&mut self, message: AttachResponse, welcome: &mut bool) -> Option<End> {
        match message.message? {
            attach_response::Message::Welcome(hello) => {
                *welcome = true;
                self.buffer.welcome(&hello.devices);
                self.watch.heard(&hello.devices);
            }
            attach_response::Message::Progress(progress) => {
                self.buffer.progress(&progress.devices);
                self.watch.heard(&progress.devices);
                if progress.state() == v1::ServingState::GoElsewhere {
                    return Some(End::Elsewhere);
                }
            }
            attach_response::Message::Error(error) => {
                self.stats.errors.fetch_add(1, Relaxed);
                let device = error
                    .device
                    .and_then(|d| self.hello.devices.get(d as usize));
                tracing::debug!(
                    edge = self.hello.edge_id,
                    device = device.map(|d| d.device_id.as_str()),
                    sequence = error.sequence,
                    code = error.code().as_str_name(),
                    message = error.message,
                    "refused"
                );
            }
        }
        None
    }
}

/// Ends the sending half and lets the shop read what is still on its way: to drop the stream at once
/// would call it back.
async fn say_goodbye(mut stream: Stream) {
    drop(stream.outbox);
    let rest = async { while let Ok(Some(_)) = stream.inbox.message().await {} };
    // A shop that does not end its half is left behind.
    let _ = timeout(GOODBYE, rest).await;
}

async fn open(
    address: String,
    tls: Option<ClientTlsConfig>,
    hello: v1::EdgeHello,
) -> Result<Stream, Box<dyn std::error::Error + Send + Sync>> {
    let mut endpoint = Endpoint::from_shared(address)?;
    if let Some(tls) = tls {
        endpoint = endpoint.tls_config(tls)?;
    }
    let channel: Channel = endpoint
        .connect_timeout(OPENING)
        .tcp_nodelay(true)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .http2_keep_alive_interval(Duration::from_secs(5))
        .keep_alive_timeout(Duration::from_secs(2))
        .keep_alive_while_idle(true)
        .connect()
        .await?;
    let (outbox, messages) = mpsc::channel(OUTBOX);
    let message = Some(attach_request::Message::Hello(hello));
    outbox.send(AttachRequest { message }).await?;
    let mut client = DeviceServiceClient::new(channel);
    let inbox = client
        .attach(ReceiverStream::new(messages))
        .await?
        .into_inner();
    Ok(Stream { outbox, inbox })
}
