//! Faults on demand.

use serde::{Deserialize, Serialize};

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// 429 with `Retry-After`, before anything is done.
    RateLimit,
    /// 503, before anything is done.
    Unavailable,
    /// 500 without a reason, nothing done. Answered so for a day to whoever asks again with the
    /// same idempotency key.
    Failure,
    /// Zuora's lock contention: 200 with `success: false`, nothing done.
    LockContention,
    /// The work is done and the connection dropped without an answer.
    LoseAnswer,
    /// The connection is dropped and nothing is done.
    LoseRequest,
    /// The answer takes its time.
    Latency,
    /// 401, as if the token had just expired.
    ExpireToken,
}

/// A fault, and which requests it befalls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fault {
    /// What goes wrong.
    pub kind: FaultKind,
    /// Paths that start with this; every path when absent.
    #[serde(default)]
    pub path: Option<String>,
    /// This method only; every method when absent.
    #[serde(default)]
    pub method: Option<String>,
    /// The next so many requests.
    #[serde(default)]
    pub next: Option<u32>,
    /// Each request with this probability, 0 to 1. Without `next` and
    /// `probability` the fault befalls every request.
    #[serde(default)]
    pub probability: Option<f64>,
    /// Where the dice start, so that a run can be repeated.
    #[serde(default)]
    pub seed: u64,
    /// Seconds for `Retry-After`.
    #[serde(default = "one")]
    pub retry_after: u32,
    /// Milliseconds of latency.
    #[serde(default)]
    pub latency_ms: u64,
    /// How many requests it has befallen.
    #[serde(default)]
    pub befallen: u64,
}

const fn one() -> u32 {
    1
}

impl Fault {
    /// This fault for every request, until it is narrowed down.
    #[must_use]
    pub const fn new(kind: FaultKind) -> Self {
        Self {
            kind,
            path: None,
            method: None,
            next: None,
            probability: None,
            seed: 0,
            retry_after: one(),
            latency_ms: 0,
            befallen: 0,
        }
    }

    /// Befalls this path only, and those below it.
    #[must_use]
    pub fn on(mut self, method: &str, path: &str) -> Self {
        self.method = Some(method.to_owned());
        self.path = Some(path.to_owned());
        self
    }

    /// Befalls the next so many requests.
    #[must_use]
    pub const fn next(mut self, count: u32) -> Self {
        self.next = Some(count);
        self
    }

    /// Befalls each request with this probability.
    #[must_use]
    pub const fn with_probability(mut self, probability: f64) -> Self {
        self.probability = Some(probability);
        self
    }

    /// Takes so many milliseconds.
    #[must_use]
    pub const fn lasting(mut self, milliseconds: u64) -> Self {
        self.latency_ms = milliseconds;
        self
    }

    fn concerns(&self, method: &str, path: &str) -> bool {
        self.method.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
            && self.path.as_deref().is_none_or(|start| path.starts_with(start))
    }

    fn befalls(&mut self, method: &str, path: &str) -> bool {
        if !self.concerns(method, path) || self.next == Some(0) {
            return false;
        }
        if let Some(probability) = self.probability
            && dice(&mut self.seed) >= probability
        {
            return false;
        }
        self.next = self.next.map(|next| next - 1);
        self.befallen += 1;
        true
    }
}

/// A number from 0 up to 1 (SplitMix64).
fn dice(seed: &mut u64) -> f64 {
    *seed = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut mixed = *seed;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^= mixed >> 31;
    let top = u32::try_from(mixed >> 32).unwrap_or_default();
    f64::from(top) / (f64::from(u32::MAX) + 1.0)
}

/// The faults that are switched on.
#[derive(Debug, Default)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// Switches a fault on.
    pub fn add(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    /// Switches all faults off.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// The faults that are switched on, and how often they struck.
    #[must_use]
    pub fn all(&self) -> &[Fault] {
        &self.0
    }

    /// The faults that befall this request.
    pub fn strike(&mut self, method: &str, path: &str) -> Vec<Fault> {
        self.0
            .iter_mut()
            .filter_map(|fault| fault.befalls(method, path).then(|| fault.clone()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Fault, FaultKind, Faults};

    #[test]
    fn a_fault_strikes_as_often_as_it_was_asked_to() {
        let mut faults = Faults::default();
        faults.add(Fault::new(FaultKind::RateLimit).on("POST", "/v1/orders").next(2));
        let mut strikes = |method| faults.strike(method, "/v1/orders/preview").len();
        assert_eq!(
            [strikes("GET"), strikes("POST"), strikes("POST"), strikes("POST")],
            [0, 1, 1, 0]
        );
    }

    #[test]
    fn a_probability_is_about_kept_and_can_be_repeated() {
        let run = |seed| {
            let mut faults = Faults::default();
            faults.add(Fault { seed, ..Fault::new(FaultKind::LoseAnswer).with_probability(0.2) });
            (0..1000).map(|_| faults.strike("POST", "/").len()).collect::<Vec<_>>()
        };
        let struck = run(7).iter().sum::<usize>();
        assert!((150..250).contains(&struck), "{struck}");
        assert_eq!(run(7), run(7));
    }
}
