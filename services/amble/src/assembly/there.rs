//! What a node that starts waits for: etcd and the ledger may come up after it.

use std::{
    fmt,
    time::{Duration, Instant},
};

/// How often it is asked whether it is there.
const EVERY: Duration = Duration::from_millis(250);

/// What `ask` gives, once it does not fail in a way that passes by itself; after so long, it is given up.
///
/// # Errors
/// What `ask` said last.
pub async fn there<T, E: fmt::Display>(
    what: &str,
    within: Duration,
    passes: impl Fn(&E) -> bool,
    mut ask: impl AsyncFnMut() -> Result<T, E>,
) -> Result<T, E> {
    let began = Instant::now();
    let mut said = false;
    loop {
        let error = match ask().await {
            Err(error) if passes(&error) && began.elapsed() < within => error,
            done => return done,
        };
        if !std::mem::replace(&mut said, true) {
            tracing::warn!(%error, "{what} is not there yet; waiting for it");
        }
        tokio::time::sleep(EVERY).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_comes_late_is_waited_for_and_what_is_wrong_is_not() {
        let long = Duration::from_secs(60);
        let away = |error: &&str| *error == "away";
        let mut asked = 0;
        let late = there("it", long, away, async || {
            asked += 1;
            if asked < 3 { Err("away") } else { Ok(asked) }
        });
        assert_eq!(late.await, Ok(3));
        let wrong = there("it", long, away, async || Err::<(), _>("wrong"));
        assert_eq!(wrong.await, Err("wrong"));
        let never = there("it", Duration::ZERO, away, async || Err::<(), _>("away"));
        assert_eq!(never.await, Err("away"));
    }
}
