//! The stream of one edge, from hello to end.
//!
//! 1. The edge is read only while it reads: answers wait in a short queue, and when that is full,
//!    nothing is taken from the edge either.
//! 2. Whatever came whole before a stream broke has gone on.
//! 3. The edge hears from the shop every [`PROGRESS_EVERY`], whatever happens; of its credit and its acks
//!    it hears as they move, within [`GATHER`] in event time and [`GATHER_IN_REAL_TIME`] otherwise.
//! 4. A stream that has lost all its devices to another ends.
//! 5. A node that leaves says so, takes what is under way for [`LEAVE_GRACE`], and ends the stream. So
//!    does one to whose stream an edge in real time does not belong.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    time::Instant,
};

use amble_proto::v1::{
    AttachRequest, AttachResponse, DeviceError, DeviceErrorCode, DeviceRef, EdgeHello, Progress,
    ServingState, attach_request, attach_response::Message,
};
use amble_trust::TokenBucket;
use tokio::{
    sync::mpsc,
    time::{self, MissedTickBehavior, timeout},
};
use tonic::{Code, Status, Streaming};

use super::{
    DeviceDoor,
    hello::{self, Edge},
    intake::Intake,
    report::Fault,
};
use crate::{
    admission::Who,
    errors,
    limits::{
        GATHER, GATHER_IN_REAL_TIME, LEAVE_GRACE, LOOK_AROUND, MAX_ERRORS_A_BATCH, PROGRESS_EVERY,
    },
    metrics::Unacked,
    ports::Pace,
};

type Outbound = mpsc::Sender<Result<AttachResponse, Status>>;

/// Why a stream ends.
enum End {
    /// The edge has gone: nobody is there to be told.
    Gone,
    /// The edge has ended its side, or the node leaves.
    Done,
    /// The edge is told.
    Told(Status),
}

impl From<Status> for End {
    fn from(status: Status) -> Self {
        Self::Told(status)
    }
}

/// Serves one edge.
pub(crate) async fn run(
    door: DeviceDoor,
    who: Who,
    mut inbound: Streaming<AttachRequest>,
    outbound: Outbound,
) {
    let end = match open(&door, &who, &mut inbound, &outbound).await {
        Err(end) => end,
        Ok(edge) => {
            let id = edge.id.clone();
            let devices = edge.desks.iter().flatten().count();
            tracing::info!(edge = id, devices, "edge attached");
            let metrics = door.metrics.clone();
            metrics.streams.increment(1);
            let end = Stream::new(door, edge, outbound.clone())
                .serve(&mut inbound)
                .await;
            metrics.streams.decrement(1);
            tracing::info!(edge = id, "edge gone");
            end
        }
    };
    if let End::Told(status) = end {
        tracing::info!(code = ?status.code(), reason = status.message(), "device stream ended");
        // An edge that has gone needs no answer.
        let _gone = outbound.send(Err(status)).await;
    }
}

async fn say(outbound: &Outbound, message: Message) -> Result<(), End> {
    let answer = AttachResponse {
        message: Some(message),
    };
    outbound.send(Ok(answer)).await.map_err(|_| End::Gone)
}

/// Waits for the hello and answers it.
async fn open(
    door: &DeviceDoor,
    who: &Who,
    inbound: &mut Streaming<AttachRequest>,
    outbound: &Outbound,
) -> Result<Edge, End> {
    let within = door.limits.hello_within;
    let hello = match timeout(within, inbound.message()).await {
        Err(_late) => return Err(errors::no_hello(within).into()),
        Ok(Err(error)) => return Err(broken(door, &error)),
        Ok(Ok(None)) => return Err(End::Done),
        Ok(Ok(Some(request))) => hello_in(request)?,
    };
    let may = |device: &DeviceRef| door.guard.carries(who.caller.as_ref(), device);
    let (edge, welcome, refused) = hello::greet(door.shop.as_ref(), &may, hello).await?;
    say(outbound, Message::Welcome(welcome)).await?;
    for error in refused {
        door.metrics.refused(error.code(), 1);
        if error.code() == DeviceErrorCode::NotYours {
            amble_trust::refused("devices", "other_device", who, &error.message);
        }
        say(outbound, Message::Error(error)).await?;
    }
    if edge.desks.iter().all(Option::is_none) {
        return Err(errors::no_devices().into());
    }
    Ok(edge)
}

fn hello_in(request: AttachRequest) -> Result<EdgeHello, Status> {
    match request.message {
        Some(attach_request::Message::Hello(hello)) => Ok(hello),
        Some(attach_request::Message::Batch(_)) | None => Err(errors::bad_hello(
            "the first message of a stream is a hello; this one is not",
        )),
    }
}

/// What a broken stream means; what is too large counts as refused.
fn broken(door: &DeviceDoor, error: &Status) -> End {
    match error.code() {
        Code::Cancelled | Code::Unavailable => End::Gone,
        code => {
            if code == Code::OutOfRange {
                door.metrics.refused(DeviceErrorCode::TooLarge, 1);
            }
            errors::broken_stream(error, door.limits.max_message_bytes).into()
        }
    }
}

/// A stream after its welcome.
struct Stream {
    door: DeviceDoor,
    edge: Edge,
    outbound: Outbound,
    bucket: TokenBucket,
    /// Whether the edge was told since the last second that it is too fast.
    told_slow: Option<Instant>,
    intake: Intake,
    unacked: Unacked,
    leaving: bool,
}

impl Stream {
    fn new(door: DeviceDoor, edge: Edge, outbound: Outbound) -> Self {
        let limits = &door.limits;
        let intake = Intake::new(edge.desks.len(), *limits);
        let bucket = TokenBucket::new(
            limits.messages_per_second,
            limits.message_burst,
            Instant::now(),
        );
        door.metrics.devices.increment(count(&edge));
        let unacked = Unacked::new(&edge.id);
        Self {
            door,
            edge,
            outbound,
            bucket,
            told_slow: None,
            intake,
            unacked,
            leaving: false,
        }
    }

    async fn serve(mut self, inbound: &mut Streaming<AttachRequest>) -> End {
        match self.turn(inbound).await {
            Ok(never) => match never {},
            Err(end) => end,
        }
    }

    async fn turn(
        &mut self,
        inbound: &mut Streaming<AttachRequest>,
    ) -> Result<std::convert::Infallible, End> {
        let board = self.edge.board.clone();
        let mut stopping = self.door.stopping.clone();
        let mut heartbeat = time::interval(PROGRESS_EVERY);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // Edges that came together are not all looked at in one moment.
        let first = time::Instant::now() + LOOK_AROUND + apart(&self.edge.id);
        let mut look = time::interval_at(first, LOOK_AROUND);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let gather = match self.edge.pace {
            Pace::EventTime => GATHER,
            Pace::RealTime => GATHER_IN_REAL_TIME,
        };
        let (mut tell_at, mut leave_at) = (None, None);
        loop {
            tokio::select! {
                message = inbound.message() => match message {
                    Ok(Some(request)) => self.take(request).await?,
                    Ok(None) => return Err(End::Done),
                    Err(error) => return Err(broken(&self.door, &error)),
                },
                _ = heartbeat.tick() => self.tell(true).await?,
                () = board.woken.notified(), if tell_at.is_none() => {
                    tell_at = Some(time::Instant::now() + gather);
                }
                () = at(tell_at), if tell_at.is_some() => {
                    tell_at = None;
                    self.tell(false).await?;
                    heartbeat.reset();
                }
                () = stopping.wait(), if !self.leaving => {
                    leave_at = Some(self.leave().await?);
                }
                _ = look.tick(), if !self.leaving => if self.belongs_elsewhere() {
                    tracing::info!(edge = self.edge.id, "edge sent on to where its devices are");
                    leave_at = Some(self.leave().await?);
                },
                () = at(leave_at), if leave_at.is_some() => return Err(End::Done),
            }
        }
    }

    /// An edge in event time waits for the shop anyway, and its day must not depend on where it is.
    fn belongs_elsewhere(&self) -> bool {
        self.edge.pace == Pace::RealTime && self.door.shop.sends_on(&self.edge.devices)
    }

    /// Sends the edge elsewhere. Gives when the stream ends.
    async fn leave(&mut self) -> Result<time::Instant, End> {
        self.leaving = true;
        self.tell(true).await?;
        Ok(time::Instant::now() + LEAVE_GRACE)
    }

    /// Takes one message.
    async fn take(&mut self, request: AttachRequest) -> Result<(), End> {
        let arrived = Instant::now();
        self.door.metrics.messages.increment(1);
        self.intake.report.clear();
        self.keep_the_rate(arrived).await;
        match request.message {
            Some(attach_request::Message::Batch(batch)) => {
                self.intake.take(&mut self.edge, batch, arrived);
            }
            Some(attach_request::Message::Hello(_)) => {
                self.intake
                    .refuse("a second hello; open a new stream to say another one");
            }
            None => self.intake.refuse("an empty message; send a batch"),
        }
        self.answer().await
    }

    /// Reads on only when the rate allows it.
    async fn keep_the_rate(&mut self, now: Instant) {
        let Err(wait) = self.bucket.take(now) else {
            return;
        };
        self.door.metrics.slowed.increment(1);
        let a_second = PROGRESS_EVERY * 11;
        if self.told_slow.is_none_or(|t| now - t > a_second) {
            self.told_slow = Some(now);
            let fault = Fault {
                code: DeviceErrorCode::NoCredit,
                message: format!(
                    "more than {} messages a second; they are read more slowly and none is lost, \
                     but send larger batches instead",
                    self.door.limits.messages_per_second
                ),
            };
            self.intake.report.refuse(None, 0, &"the edge", fault);
        }
        time::sleep(wait).await;
        // This message's own token, which is there by now.
        let _taken = self.bucket.take(Instant::now());
    }

    /// Tells what came of a message, when something did.
    async fn answer(&mut self) -> Result<(), End> {
        self.door.metrics.add(&self.intake.report);
        for (device, from_sequence) in self.intake.report.resend.drain(..) {
            self.edge.board.ask_again(device, from_sequence);
        }
        let refused: u64 = self.intake.report.refused.iter().map(|(_, n)| n).sum();
        let untold = refused.saturating_sub(MAX_ERRORS_A_BATCH as u64);
        if untold > 0 {
            self.door.metrics.untold.increment(untold);
        }
        for error in self.intake.report.errors.drain(..) {
            say(&self.outbound, Message::Error(error)).await?;
        }
        Ok(())
    }

    /// Tells what is new, and that the shop lives.
    async fn tell(&mut self, heartbeat: bool) -> Result<(), End> {
        let news = self.edge.board.news();
        if news.forgotten_errors > 0 {
            self.door.metrics.untold.increment(news.forgotten_errors);
        }
        if heartbeat {
            let doors = self.edge.desks.iter().map(|d| d.as_ref().map(|d| &d.door));
            self.unacked.set(self.edge.board.unacked(doors));
        }
        if heartbeat || !news.progress.is_empty() {
            let state = if self.leaving {
                ServingState::GoElsewhere
            } else {
                self.door.shop.serving()
            };
            let progress = Progress {
                devices: news.progress,
                state: state.into(),
            };
            say(&self.outbound, Message::Progress(progress)).await?;
        }
        for error in news.errors {
            self.door.metrics.refused(error.code(), 1);
            say(&self.outbound, Message::Error(error)).await?;
        }
        for place in news.superseded {
            self.lose(place).await?;
        }
        Ok(())
    }

    /// Rule 4.
    async fn lose(&mut self, place: u32) -> Result<(), End> {
        let desk = self.edge.desks.get_mut(place as usize);
        let Some(desk) = desk.and_then(Option::take) else {
            return Ok(());
        };
        self.door.metrics.devices.decrement(1);
        let code = DeviceErrorCode::AlreadyConnected;
        self.door.metrics.refused(code, 1);
        let error = DeviceError {
            device: Some(place),
            sequence: 0,
            code: code.into(),
            message: format!(
                "{}: connected through another stream, which wins; nothing more is taken here",
                desk.door.name()
            ),
        };
        say(&self.outbound, Message::Error(error)).await?;
        if self.edge.desks.iter().all(Option::is_none) {
            return Err(errors::superseded().into());
        }
        Ok(())
    }
}

/// A part of [`LOOK_AROUND`] that the edge's name decides.
fn apart(edge: &str) -> std::time::Duration {
    const PARTS: u32 = 64;
    let mut hasher = DefaultHasher::new();
    edge.hash(&mut hasher);
    let part = hasher.finish() % u64::from(PARTS);
    LOOK_AROUND * u32::try_from(part).unwrap_or_default() / PARTS
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.door.metrics.devices.decrement(count(&self.edge));
    }
}

/// Attached devices, as a gauge wants them.
fn count(edge: &Edge) -> f64 {
    let count = edge.desks.iter().flatten().count();
    u32::try_from(count).map_or(f64::MAX, f64::from)
}

/// Sleeps until then; without a time, for ever.
async fn at(when: Option<time::Instant>) {
    match when {
        Some(when) => time::sleep_until(when).await,
        None => std::future::pending().await,
    }
}
