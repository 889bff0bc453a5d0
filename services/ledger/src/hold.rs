//! What is authorised for a visit before it is settled.
//!
//! 1. A hold is one authorisation at the payment service. It ends once: captured, released, declined, or never asked
//!    for at all. A visit may have several, each larger than the one before; a larger one that stands takes its place.
//! 2. How the holds of a visit end is decided once, in the transaction that stores its receipt: the largest that
//!    stands then, if it covers the total, is the one that the charge captures; every other is to be released.
//! 3. No hold begins once there is a receipt.
//! 4. That a service is asked stands in the ledger before it is: what was never asked for needs no release.

/// A hold and how far it has come.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Hold {
    /// `VISIT/hold/NUMBER`, which is also the authorisation's idempotency key.
    pub id: String,
    /// The visit.
    pub visit: String,
    /// 1 at the entry; a raise has a higher one.
    #[sqlx(try_from = "i64")]
    pub number: u32,
    /// The payment method's token, as the service knows it.
    pub method: String,
    /// How much, in minor units.
    pub amount_minor: i64,
    /// ISO 4217 code.
    pub currency: String,
    /// When the visit began, in event time.
    pub opened_us: i64,
    /// How far it has come.
    #[sqlx(try_from = "String")]
    pub state: HoldState,
    /// The service's reference, once there is one.
    pub reference: Option<String>,
    /// What was said of it last.
    pub note: Option<String>,
    /// When it is next due, in microseconds of the system clock.
    pub due_us: i64,
    /// How often it was tried in vain.
    #[sqlx(try_from = "i64")]
    pub attempts: u32,
    /// What is to become of it.
    #[sqlx(try_from = "String")]
    pub wish: HoldWish,
}

impl Hold {
    /// The id of a visit's hold of this number.
    #[must_use]
    pub fn name(visit: &str, number: u32) -> String {
        format!("{visit}/hold/{number}")
    }
}

/// How far a hold has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoldState {
    /// Nobody has been asked.
    Wanted,
    /// The service is being asked, or was and has not answered.
    Asked,
    /// The service holds the amount.
    Held,
    /// It was captured: an end.
    Captured,
    /// It was given up: an end.
    Released,
    /// The service said no: an end.
    Declined,
    /// It was never asked for: an end.
    Never,
}

impl HoldState {
    const ALL: [Self; 7] = [
        Self::Wanted,
        Self::Asked,
        Self::Held,
        Self::Captured,
        Self::Released,
        Self::Declined,
        Self::Never,
    ];

    /// Its name in the ledger.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Wanted => "wanted",
            Self::Asked => "asked",
            Self::Held => "held",
            Self::Captured => "captured",
            Self::Released => "released",
            Self::Declined => "declined",
            Self::Never => "never",
        }
    }

    /// Whether nothing is left to be done.
    #[must_use]
    pub const fn is_end(self) -> bool {
        !matches!(self, Self::Wanted | Self::Asked | Self::Held)
    }
}

impl TryFrom<String> for HoldState {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|state| state.as_str() == name);
        known.ok_or_else(|| format!("unknown state of a hold {name:?}"))
    }
}

/// What is to become of a hold (rules 1 and 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoldWish {
    /// The visit goes on.
    Open,
    /// The charge of its receipt captures it.
    Capture,
    /// It is given up.
    Release,
}

impl TryFrom<String> for HoldWish {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        match name.as_str() {
            "open" => Ok(Self::Open),
            "capture" => Ok(Self::Capture),
            "release" => Ok(Self::Release),
            _ => Err(format!("unknown wish for a hold {name:?}")),
        }
    }
}

/// A step that a hold takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldStep {
    /// The hold.
    pub id: String,
    /// Where it stood; from anywhere else the step is not taken.
    pub from: HoldState,
    /// Where it stands then.
    pub to: HoldState,
    /// The service's reference; none: as it was.
    pub reference: Option<String>,
    /// What was said.
    pub note: String,
    /// When it is due again, unless it has ended.
    pub due_us: i64,
}

/// What a payment service has told by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderEvent {
    /// The event's id at the service.
    pub id: String,
    /// Its kind there.
    pub kind: String,
    /// What it is about, by the service's reference.
    pub about: String,
    /// When it came, by the system's clock.
    pub seen_us: i64,
    /// The outbox entry that it ends, and how; none: it ends nothing.
    pub ends: Option<(String, crate::record::OutboxEnd)>,
}
