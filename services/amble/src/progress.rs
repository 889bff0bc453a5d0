//! How far long work is, on the standard error; nothing when that is no terminal.

use std::{borrow::Cow, time::Duration};

use indicatif::{ProgressBar, ProgressStyle};

/// How often a spinner turns.
const TURN: Duration = Duration::from_millis(120);

/// Long work being shown. It disappears when dropped.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Work whose length is known, in any unit.
    #[must_use]
    pub fn of(length: u64, what: impl Into<Cow<'static, str>>) -> Self {
        // indicatif draws nothing where the standard error is no terminal.
        Self::styled(
            ProgressBar::new(length),
            "{msg} {wide_bar} {percent} % {eta}",
            what,
        )
    }

    /// Work that ends some time.
    #[must_use]
    pub fn endless(what: impl Into<Cow<'static, str>>) -> Self {
        let progress = Self::styled(
            ProgressBar::new_spinner(),
            "{spinner} {msg} {elapsed}",
            what,
        );
        progress.bar.enable_steady_tick(TURN);
        progress
    }

    fn styled(bar: ProgressBar, template: &str, what: impl Into<Cow<'static, str>>) -> Self {
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(what);
        Self { bar }
    }

    /// So much is done.
    pub fn at(&self, position: u64) {
        self.bar.set_position(position);
    }

    /// Something else is being done now.
    pub fn say(&self, what: impl Into<Cow<'static, str>>) {
        self.bar.set_message(what);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
