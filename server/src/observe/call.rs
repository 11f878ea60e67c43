//! A call to an outside system: how long it took, and what came of it.

use super::metrics;
use crate::billing::{BillingError, Passing};
use crate::identity::{IdentityError, SignInRefusal};
use std::time::Instant;
use tracing::Instrument;
use tracing::field::Empty;

/// What comes of a call, in one word.
pub(super) trait Outcome {
    /// The word, as metrics and traces have it.
    fn outcome(&self) -> &'static str;
}

impl Outcome for BillingError {
    fn outcome(&self) -> &'static str {
        match self {
            Self::Refused(_) => "refused",
            Self::NotFound(_) => "not_found",
            Self::TryAgain { cause: Passing::Throttled, .. } => "throttled",
            Self::TryAgain { .. } => "unavailable",
            Self::Misconfigured(_) => "misconfigured",
            Self::AnswerLost { .. } => "answer_lost",
            Self::Broken { .. } => "broken",
        }
    }
}

impl Outcome for IdentityError {
    fn outcome(&self) -> &'static str {
        match self {
            Self::Unavailable(_) => "unavailable",
            Self::Throttled | Self::BeingMade => "throttled",
            Self::NoSuchAccount => "not_found",
            Self::EmailTaken | Self::HasPassword | Self::Refused(_) => "refused",
        }
    }
}

impl Outcome for SignInRefusal {
    fn outcome(&self) -> &'static str {
        match self {
            Self::Provider(error) => error.outcome(),
            // It did what it is there for.
            _ => "ok",
        }
    }
}

/// Notes a call also where nobody waits for its answer any more.
struct Watch {
    system: &'static str,
    operation: &'static str,
    begun: Instant,
    outcome: &'static str,
}

impl Drop for Watch {
    fn drop(&mut self) {
        metrics::called(self.system, self.operation, self.outcome, self.begun.elapsed());
    }
}

/// Makes a call of `system`, and notes it.
pub(super) async fn call<T, E: Outcome>(
    system: &'static str,
    operation: &'static str,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    let word = |answer: &Result<T, E>| answer.as_ref().map_or_else(Outcome::outcome, |_| "ok");
    called(system, operation, work, word).await
}

/// Makes a call of `system`, and notes what came of it in the `word` that says
/// so: `ok`, or one of a few others.
pub async fn called<T>(
    system: &'static str,
    operation: &'static str,
    work: impl Future<Output = T>,
    word: impl FnOnce(&T) -> &'static str,
) -> T {
    let span = tracing::info_span!(
        target: "partners_trace",
        "call",
        otel.name = format!("{system} {operation}"),
        otel.kind = "client",
        otel.status_code = Empty,
        outcome = Empty,
    );
    let mut watch = Watch { system, operation, begun: Instant::now(), outcome: "given_up" };
    let answer = work.instrument(span.clone()).await;
    watch.outcome = word(&answer);
    span.record("outcome", watch.outcome);
    if watch.outcome != "ok" {
        span.record("otel.status_code", "ERROR");
    }
    answer
}
