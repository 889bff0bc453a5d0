//! What a demo shows while it runs: the live carts.
//!
//! 1. On a terminal, a table that is drawn again in place; where there is none, a plain log with
//!    one line for each change of a cart and each receipt.
//! 2. Lines that the shop is not sure of are marked.
//! 3. It knows nothing of how a shop works, only what every operator is told; and nothing that it
//!    fails to do stops anybody: when the standard output is gone, it is silent.

mod carts;
mod event;
mod log;
mod protocol;
mod screen;
mod speed;
mod view;

use std::{
    io::{self, IsTerminal as _, Stdout, Write as _},
    time::{Duration, Instant},
};

use amble_proto::v1;

use self::{
    carts::Carts,
    event::{Event, Status},
    speed::Speedometer,
};
pub use self::{
    screen::{Screen, size},
    view::{Look, Styled, cut},
};

/// How often the table is drawn: more often than eyes can follow would only take time from the shop.
const REFRESH: Duration = Duration::from_millis(100);

/// The live carts on the standard output.
pub struct Board {
    carts: Carts,
    speed: Speedometer,
    drawn: Instant,
    out: Out,
}

/// Where it is shown.
enum Out {
    Table(Screen<Stdout>),
    Log(Stdout),
    Gone,
}

impl Board {
    /// A table on a terminal, and a log elsewhere.
    #[must_use]
    pub fn open() -> Self {
        let out = io::stdout();
        let terminal = out.is_terminal();
        Self {
            carts: Carts::default(),
            speed: Speedometer::default(),
            drawn: Instant::now(),
            out: if terminal {
                Out::Table(Screen::new(out))
            } else {
                Out::Log(out)
            },
        }
    }

    /// A cart has changed.
    pub fn cart(&mut self, cart: &v1::Cart) {
        self.tell(&Event::Cart(cart.into()));
    }

    /// A visit was settled.
    pub fn receipt(&mut self, receipt: &v1::Receipt) {
        self.tell(&Event::Receipt(receipt.into()));
    }

    /// How the shop is doing; to be told about twice a second.
    pub fn status(&mut self, status: &v1::GetStatusResponse) {
        let speed = self.speed.at(Instant::now(), status.decided_until_us);
        self.tell(&Event::Status(Status {
            speed,
            ..status.into()
        }));
    }

    fn tell(&mut self, event: &Event) {
        let change = self.carts.apply(event);
        if let Out::Log(out) = &mut self.out
            && let Some(line) = log::line(event, &change)
            && writeln!(out, "{line}").is_err()
        {
            self.out = Out::Gone;
        }
        if self.drawn.elapsed() >= REFRESH {
            self.draw();
        }
    }

    fn draw(&mut self) {
        self.drawn = Instant::now();
        self.carts.age();
        if let Out::Table(screen) = &mut self.out {
            let (columns, rows) = screen::size();
            if screen
                .draw(&view::view(&self.carts, columns, rows))
                .is_err()
            {
                self.out = Out::Gone;
            }
        }
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        self.draw();
    }
}
