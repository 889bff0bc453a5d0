//! The bookkeeper's actor.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Instant,
};

use amble_engine::{
    attribution::{Book, Decision},
    evidence::PartyId,
    layout::{ProductIx, ShelfIx, ZoneIx},
    planogram::{self, Planogram},
    time::{Round, Time},
};
use amble_ledger::{Entry, Outcome};
use amble_proto::v1::{RecordedPriceChange, recording_entry};
use ractor::{Actor, ActorProcessingErr, ActorRef};
use tokio::sync::oneshot;

use super::{outages::Outages, parties::Parties, recover::BookCut};
use crate::{
    grab::{self, Name},
    keys::{BucketIx, visit_party},
    load::Meter,
    message::{
        BucketReport, News, Peer, ToBook, ToBucket, ToNode, ToZone, Verdict, VisitEvent, ZoneReport,
    },
    recover::Recorded,
    review::{Desk, Dispute, Job, ReviewError, Reviewed},
    round::{Gather, LOOK, Patience},
    shop::Shop,
    telemetry::{Mismatched, Shown},
    writer::Writer,
};

/// The bookkeeper's actor.
#[derive(Debug)]
pub struct Bookkeeper;

/// What it starts with.
#[derive(Debug)]
pub struct Arguments {
    /// The shop.
    pub shop: Arc<Shop>,
    /// The first round whose reports it takes from the zones and buckets.
    pub first: Round,
    /// Its state before some earlier round.
    pub cut: Option<BookCut>,
    /// What stood where at that cut.
    pub planogram: planogram::Memory,
    /// What the ledger holds of rounds since the cut.
    pub past: Past,
    /// Its hand at the ledger.
    pub writer: Writer,
}

/// What the ledger holds, by round.
#[derive(Debug)]
pub struct Past {
    /// The first round that the cut does not have; long ago when there is no cut.
    pub since: Round,
    /// Interactions.
    pub interactions: Recorded,
    /// Events.
    pub events: BTreeMap<Round, Vec<VisitEvent>>,
    /// Receipts of visits that the cut does not know to be settled, by visit.
    pub receipts: BTreeMap<String, StoredReceipt>,
}

/// A receipt that stands.
#[derive(Clone, Debug)]
pub struct StoredReceipt {
    /// In which round it was settled.
    pub settled: Round,
    /// Its document.
    pub body: Arc<str>,
}

/// What it keeps.
#[derive(Debug)]
pub struct State {
    pub(super) shop: Arc<Shop>,
    pub(super) myself: ActorRef<ToBook>,
    pub(super) meter: Meter,
    pub(super) writer: Writer,
    pub(super) until: Shown,
    pub(super) open: Shown,
    pub(super) outages: Outages,
    pub(super) zones: Gather<Arc<ZoneReport>>,
    pub(super) buckets: Gather<Arc<BucketReport>>,
    pub(super) past: Past,
    /// The rounds before this one are still to be folded from `past`.
    pub(super) refold: Option<Round>,
    pub(super) book: Book,
    /// What stands where, by what is certain.
    pub(super) planogram: Planogram,
    pub(super) mismatched: Mismatched,
    /// Guests that hold goods, and that was told.
    pub(super) guests: BTreeSet<PartyId>,
    pub(super) guests_shown: Shown,
    pub(super) parties: Parties,
    /// Names of the interactions, by their number in the book.
    pub(super) names: Vec<(ShelfIx, u64)>,
    pub(super) known: BTreeSet<(ShelfIx, u64)>,
    /// Parties that have left and are not settled, in the order in which they will be.
    pub(super) leaving: BTreeSet<(Time, PartyId)>,
    /// Where reviews are opened and answered.
    pub(super) desk: Desk,
    pub(super) unrest: BTreeMap<ZoneIx, Vec<(ShelfIx, Time)>>,
    pub(super) patience: Patience,
}

impl Actor for Bookkeeper {
    type Msg = ToBook;
    type State = State;
    type Arguments = Arguments;

    async fn pre_start(
        &self,
        myself: ActorRef<ToBook>,
        arguments: Arguments,
    ) -> Result<State, ActorProcessingErr> {
        if arguments.shop.placing.is_some() {
            myself.send_interval(LOOK, || ToBook::Tick);
        }
        Ok(State::recover(myself, arguments))
    }

    async fn handle(
        &self,
        _: ActorRef<ToBook>,
        message: ToBook,
        state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        let began = Instant::now();
        match message {
            ToBook::Zone(report) => {
                let key = state.shop.keys.zone(report.zone).as_str();
                let place = report.zone.at();
                state.outages.hear(place, key, report.round, began);
                state.zones.put(place, report.round, report);
            }
            ToBook::Bucket(report) => {
                let key = state.shop.keys.bucket(report.bucket).as_str();
                let place = report.bucket.at();
                let after_zones = state.shop.keys.zone_count() + place;
                state.outages.hear(after_zones, key, report.round, began);
                state.buckets.put(place, report.round, report);
            }
            ToBook::Receipted(party, receipt, since) => state.receipted(party, receipt, since),
            ToBook::Price(product, minor, from, answer) => {
                let _ = answer.send(state.change_price(product, minor, from));
            }
            ToBook::Dispute(dispute, answer) => state.disputed(dispute, answer),
            ToBook::Answer(given, answer) => {
                let at = state.as_of();
                state.desk.put(Job::Answer(given, at, answer));
            }
            ToBook::Flush(answer) => {
                let then = move |_: &[Outcome]| {
                    let _ = answer.send(());
                };
                state.writer.write(Vec::new(), then);
            }
            ToBook::Describe(answer) => {
                let _ = answer.send(state.describe());
            }
            ToBook::Places(query, answer) => {
                let _ = answer.send(state.list_places(&query));
            }
            ToBook::Mismatches(query, answer) => {
                let _ = answer.send(state.list_mismatches(&query));
            }
            ToBook::Again(bucket) => state.tell_again(bucket),
            ToBook::Tick => state.ask_the_missing(),
        }
        while state.round() {}
        state.meter.spent(began);
        Ok(())
    }
}

/// A new price holds no sooner than this after what is decided: rounds under way keep the old one.
const PRICE_NOTICE_US: i64 = 1_000_000;

impl State {
    /// Notes a price, and says from when it holds (T3).
    fn change_price(&self, product: ProductIx, minor: i64, from: Time) -> Time {
        // A recording says from when it held.
        let from = if self.shop.live {
            from.max(self.as_of().plus_us(PRICE_NOTICE_US))
        } else {
            from
        };
        let code = self.shop.plan.names.product(product).to_owned();
        self.shop.tell_nodes(&ToNode::Price(product, minor, from));
        self.shop.record(|| {
            recording_entry::Entry::PriceChange(RecordedPriceChange {
                product: code.clone(),
                price_minor: minor,
                valid_from_us: from.0,
            })
        });
        let entry = Entry::PriceChange {
            product: code,
            price_minor: minor,
            valid_from_us: from.0,
        };
        self.writer.write(vec![entry], |_| {});
        from
    }

    /// Takes a dispute to the desk once all that was decided so far is in the ledger, where the desk reads.
    fn disputed(&self, dispute: Dispute, answer: oneshot::Sender<Result<Reviewed, ReviewError>>) {
        let party = visit_party(&dispute.visit);
        let known = self.parties.all.get(&party);
        let open = known.filter(|known| known.visit.as_ref() == Some(&dispute.visit));
        let open_since = open.map(|known| known.opened);
        let (desk, at) = (self.desk.clone(), self.as_of());
        self.writer.write(Vec::new(), move |_| {
            desk.put(Job::Dispute(dispute, at, open_since, answer));
        });
    }

    /// Asks those again whose reports are missing for too long; on several nodes, where they can be lost.
    fn ask_the_missing(&mut self) {
        let from = self.zones.next();
        if !self.patience.is_over(from) {
            return;
        }
        // Edges may be held up for want of it.
        self.shop.tell_nodes(&ToNode::Decided(from.plus(-1)));
        for zone in self.zones.missing_of(self.shop.zones()) {
            self.shop.tell_zone(zone, ToZone::Again(Peer::Book, from));
        }
        let from = self.buckets.next();
        for bucket in self.buckets.missing_of(self.shop.buckets()) {
            self.shop
                .tell_bucket(bucket, ToBucket::Again(Peer::Book, from));
        }
    }

    /// Tells a bucket's shoppers all that was decided for them.
    fn tell_again(&self, bucket: BucketIx) {
        let as_of = self.as_of();
        for (&party, known) in &self.parties.all {
            if self.shop.keys.bucket_of(party) == bucket {
                let decisions = known.decisions.values().cloned().collect();
                self.tell(party, News::Decided(decisions), as_of, None);
                if known.left.is_some() {
                    self.tell(party, News::Left, as_of, None);
                }
            }
        }
    }

    /// The interaction that a decision is of.
    pub(super) fn name(&self, decision: &Decision) -> Option<Name> {
        let at = usize::try_from(decision.interaction.0).ok()?;
        self.names.get(at).copied()
    }

    /// Tells a party's shopper.
    pub(super) fn tell(
        &self,
        party: PartyId,
        news: News,
        as_of: Time,
        needed: Option<(Instant, Instant)>,
    ) {
        let bucket = self.shop.keys.bucket_of(party);
        let grabs = match &news {
            News::Decided(decisions) if grab::listened() => {
                decisions.iter().filter_map(|d| self.name(d)).collect()
            }
            _ => Vec::new(),
        };
        let verdict = Verdict {
            party,
            news,
            as_of,
            needed,
            grabs,
        };
        self.shop.tell_bucket(bucket, ToBucket::Verdict(verdict));
    }
}
