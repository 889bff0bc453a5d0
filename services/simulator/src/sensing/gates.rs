//! The readers at the gates.

use amble_proto::v1;

use super::clock_offset;
use crate::{chance::Dice, config::DayConfig, world::Scan};

/// All gates' readers.
pub(crate) struct Gates {
    gates: Vec<Reader>,
}

struct Reader {
    offset_us: i64,
    sequence: u64,
    /// Tokens with their capture times, ascending.
    waiting: Vec<(i64, String)>,
}

impl Gates {
    pub(crate) fn new(count: usize, config: &DayConfig, dice: &mut Dice) -> Self {
        let gates = (0..count)
            .map(|_| Reader {
                offset_us: clock_offset(config, dice),
                sequence: 0,
                waiting: Vec::new(),
            })
            .collect();
        Self { gates }
    }

    /// A pass was held to a reader.
    pub(crate) fn scan(&mut self, scan: &Scan, token: String) {
        let reader = &mut self.gates[scan.gate];
        let time_us = scan.time_us + reader.offset_us;
        reader.waiting.push((time_us, token));
        reader.waiting.sort_by_key(|waiting| waiting.0);
    }

    /// What a gate captured before a time.
    pub(crate) fn capture(&mut self, gate: usize, until_us: i64) -> Vec<v1::GateEvent> {
        let reader = &mut self.gates[gate];
        let due = reader
            .waiting
            .partition_point(|waiting| waiting.0 < until_us);
        reader
            .waiting
            .drain(..due)
            .map(|(capture_time_us, token)| {
                reader.sequence += 1;
                v1::GateEvent {
                    sequence: reader.sequence,
                    capture_time_us,
                    event: Some(v1::gate_event::Event::PassToken(token)),
                }
            })
            .collect()
    }
}
