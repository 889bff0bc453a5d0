//! How event time runs against the wall's clock.

use std::{fmt, str::FromStr};

use amble_simulator::Pace;

/// How fast a simulated day is played.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Speed {
    /// Capture times are the wall clock's.
    Real,
    /// As fast as the shop takes it, but at most at this multiple of real time.
    Times(f64),
    /// As fast as the shop takes it.
    Max,
}

impl Speed {
    /// The simulator's word for it.
    #[must_use]
    pub const fn pace(self) -> Pace {
        match self {
            Self::Real => Pace::RealTime,
            Self::Times(speed) => Pace::EventTime { speed: Some(speed) },
            Self::Max => Pace::EventTime { speed: None },
        }
    }
}

impl FromStr for Speed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "real" => Ok(Self::Real),
            "max" => Ok(Self::Max),
            _ => match text.trim_end_matches('x').parse() {
                Ok(times) if f64::is_finite(times) && times > 0.0 => Ok(Self::Times(times)),
                _ => Err("use `real`, `max` or a multiple of real time such as `20x`".to_owned()),
            },
        }
    }
}

impl fmt::Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Real => f.write_str("real"),
            Self::Times(times) => write!(f, "{times}x"),
            Self::Max => f.write_str("max"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_speed_is_read_as_it_is_written_and_nonsense_is_refused() {
        for speed in [
            Speed::Real,
            Speed::Max,
            Speed::Times(20.0),
            Speed::Times(0.5),
        ] {
            assert_eq!(speed.to_string().parse(), Ok(speed));
        }
        for text in ["", "fast", "0", "-1x", "nan", "inf"] {
            assert!(text.parse::<Speed>().is_err(), "{text}");
        }
    }
}
