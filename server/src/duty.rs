//! Work that is done in the background: in batches, whenever some of it is due.

use crate::clock::Clock;
use crate::observe;
use crate::store::StoreError;
use async_trait::async_trait;
use futures::FutureExt;
use partners_app::domain::Timestamp;
use std::panic::AssertUnwindSafe;
use std::time::Duration;
use tokio::sync::{Notify, watch};

/// The shortest sleep between two looks.
const SHORTEST_SLEEP: Duration = Duration::from_millis(250);
/// The longest: other instances write rows too.
const LONGEST_SLEEP: Duration = Duration::from_secs(5);

/// Something that is worked off in batches whenever some of it is due. Several
/// instances may attend to the same duty: a batch is leased from the database.
#[async_trait]
pub trait Duty: Send + Sync {
    /// What it is called in the log.
    fn name(&self) -> &'static str;

    /// Takes what is due and works on it; returns how many rows that were.
    ///
    /// # Errors
    /// Where the database fails. Whatever else fails is noted in the row.
    async fn work(&self) -> Result<usize, StoreError>;

    /// When the next row is due, if any is.
    ///
    /// # Errors
    /// Where the database fails.
    async fn next_due(&self) -> Result<Option<Timestamp>, StoreError>;
}

/// Attends to a duty until `stop` turns true; finishes the batch it is in.
/// `wake` says that a row has just been written. Work that panics is tried again
/// a while later, and takes no other duty with it.
pub async fn attend(
    duty: &dyn Duty,
    clock: &Clock,
    wake: &Notify,
    mut stop: watch::Receiver<bool>,
) {
    while !*stop.borrow() {
        // From before the look, so that time that passes meanwhile counts.
        let advanced = clock.advanced();
        let turn = AssertUnwindSafe(turn(duty, clock)).catch_unwind().await;
        let sleep = match turn {
            Ok(None) => continue,
            Ok(Some(sleep)) => sleep,
            Err(_) => {
                observe::duty_failed(duty.name());
                tracing::error!(duty = duty.name(), "work in the background panicked");
                LONGEST_SLEEP
            }
        };
        tokio::select! {
            () = tokio::time::sleep(sleep) => {}
            () = wake.notified() => {}
            () = advanced => {}
            _ = stop.changed() => {}
        }
    }
}

/// Works once; says how long to sleep then, where nothing more is due.
async fn turn(duty: &dyn Duty, clock: &Clock) -> Option<Duration> {
    match duty.work().await {
        Ok(0) => Some(until_due(duty, clock).await),
        Ok(rows) => {
            observe::duty_worked(duty.name(), rows);
            None
        }
        Err(error) => {
            observe::duty_failed(duty.name());
            tracing::error!(%error, duty = duty.name(), "the database cannot be reached");
            Some(LONGEST_SLEEP)
        }
    }
}

async fn until_due(duty: &dyn Duty, clock: &Clock) -> Duration {
    match duty.next_due().await {
        Ok(Some(due)) => {
            let millis = due.millis().saturating_sub(clock.now().millis());
            Duration::from_millis(u64::try_from(millis).unwrap_or(0))
                .clamp(SHORTEST_SLEEP, LONGEST_SLEEP)
        }
        _ => LONGEST_SLEEP,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Instant;

    /// Is never due, and says when it has looked.
    struct Idle {
        looked: Notify,
    }

    #[async_trait]
    impl Duty for Idle {
        fn name(&self) -> &'static str {
            "idle"
        }

        async fn work(&self) -> Result<usize, StoreError> {
            self.looked.notify_one();
            Ok(0)
        }

        async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
            Ok(None)
        }
    }

    #[tokio::test]
    async fn a_duty_looks_again_when_a_test_lets_time_pass() {
        let (stop, stopped) = watch::channel(false);
        let (duty, wake) = (Idle { looked: Notify::new() }, Notify::new());
        let clock = Clock::default();
        let begun = Instant::now();
        let test = async {
            duty.looked.notified().await;
            clock.advance(Duration::from_secs(60));
            duty.looked.notified().await;
            assert!(begun.elapsed() < LONGEST_SLEEP, "without its sleep");
            stop.send_replace(true);
        };
        tokio::join!(attend(&duty, &clock, &wake, stopped), test);
    }

    /// Panics the first time, ends the second.
    struct Clumsy {
        times: AtomicUsize,
        stop: watch::Sender<bool>,
    }

    #[async_trait]
    impl Duty for Clumsy {
        fn name(&self) -> &'static str {
            "clumsy"
        }

        async fn work(&self) -> Result<usize, StoreError> {
            assert!(self.times.fetch_add(1, Ordering::Relaxed) > 0, "panics once");
            self.stop.send_replace(true);
            Ok(0)
        }

        async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
            Ok(None)
        }
    }

    #[tokio::test]
    async fn a_duty_that_panics_is_attended_to_again() {
        let (stop, stopped) = watch::channel(false);
        let (duty, wake) = (Clumsy { times: AtomicUsize::new(0), stop }, Notify::new());
        // Need not wait for the longest sleep.
        wake.notify_one();
        attend(&duty, &Clock::default(), &wake, stopped).await;
        assert_eq!(duty.times.load(Ordering::Relaxed), 2);
    }
}
