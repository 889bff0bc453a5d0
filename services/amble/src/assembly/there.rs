//! What a node that starts waits for: etcd and the ledger may come up after it.

use std::{
    fmt,
    time::{Duration, Instant},
};

/// So long, then it ends with what was wrong: whoever looks after it starts it again, and asks why.
const WITHIN: Duration = Duration::from_secs(240);
/// How often it is asked whether it is there.
const EVERY: Duration = Duration::from_millis(500);

/// What `ask` gives, once it does not fail in a way that passes by itself.
///
/// # Errors
/// What `ask` said last.
pub async fn there<T, E: fmt::Display>(
    what: &str,
    passes: impl Fn(&E) -> bool,
    ask: impl AsyncFnMut() -> Result<T, E>,
) -> Result<T, E> {
    within((WITHIN, EVERY), what, passes, ask).await
}

async fn within<T, E: fmt::Display>(
    (most, every): (Duration, Duration),
    what: &str,
    passes: impl Fn(&E) -> bool,
    mut ask: impl AsyncFnMut() -> Result<T, E>,
) -> Result<T, E> {
    let began = Instant::now();
    let mut said = false;
    loop {
        let error = match ask().await {
            Err(error) if passes(&error) && began.elapsed() < most => error,
            done => return done,
        };
        if !std::mem::replace(&mut said, true) {
            tracing::warn!(%error, "{what} is not there yet; waiting for it");
        }
        tokio::time::sleep(every).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_comes_late_is_waited_for_and_what_is_wrong_is_not() {
        let mut asked = 0;
        let wait = |most| (Duration::from_millis(most), Duration::from_millis(1));
        let late = within(
            wait(60_000),
            "it",
            |error| *error == "away",
            async || {
                asked += 1;
                if asked < 20 { Err("away") } else { Ok(asked) }
            },
        );
        assert_eq!(late.await, Ok(20));
        let wrong = async || Err::<(), _>("wrong");
        let wrong = within(wait(60_000), "it", |error| *error == "away", wrong);
        assert_eq!(wrong.await, Err("wrong"));
        let never = within(wait(20), "it", |_| true, async || Err::<(), _>("away"));
        assert_eq!(never.await, Err("away"));
    }
}
