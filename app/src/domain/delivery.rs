//! What became of the events that webhooks are told of: the delivery log.

use super::fields::FieldErrors;
use super::organisation::{OrganisationId, OrganisationName};
use super::timestamp::Timestamp;
use super::webhook::{WebhookEvent, WebhookId};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use time::{Date, Time};
use uuid::Uuid;

/// Names of the fields of *Replay several*.
pub mod field {
    /// *Which*: `failing` or `all`.
    pub const WHICH: &str = "which";
    /// *Since*, a day.
    pub const SINCE: &str = "since";
}

/// How long an event is tried before its endpoint is disabled.
pub const PERSISTENCE: Duration = Duration::from_secs(3 * 24 * 60 * 60);

/// How a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// It has not been taken yet.
    Waiting,
    /// It was answered with success.
    Delivered,
    /// It was not, and is not tried again: it was a test, or an admin has passed it
    /// over.
    Failed,
}

impl DeliveryState {
    /// The word in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Waiting, Self::Delivered, Self::Failed].into_iter().find(|one| one.as_str() == word)
    }
}

/// An event for an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The event's place in the audit trail.
    pub seq: i64,
    /// What `webhook-id` says: the same however often it is sent.
    pub message_id: String,
    /// What happened.
    pub event: WebhookEvent,
    /// The organisation it concerns, with its present name unless it is deleted.
    pub organisation: Option<(OrganisationId, Option<OrganisationName>)>,
    /// When it happened.
    pub at: Timestamp,
    /// What is sent.
    pub body: String,
    /// How it stands.
    pub state: DeliveryState,
    /// How often it was sent.
    pub attempts: i64,
    /// When it was sent last.
    pub attempted_at: Option<Timestamp>,
    /// The HTTP status that came back then.
    pub status: Option<i64>,
    /// The beginning of what came with it, or why nothing came.
    pub answer: Option<String>,
    /// When it is sent next; `None` where it was taken, waits for those before
    /// it, or the endpoint is disabled.
    pub next_attempt_at: Option<Timestamp>,
}

impl Delivery {
    /// Whether it was sent in vain and is tried again. What was taken before and
    /// is sent once more is not.
    #[must_use]
    pub fn is_failing(&self) -> bool {
        let was_taken = self.status.is_some_and(|status| (200..300).contains(&status));
        self.state == DeliveryState::Waiting && self.attempts > 0 && !was_taken
    }
}

/// `webhook-id` of an event.
#[must_use]
pub fn message_id(event: Uuid) -> String {
    format!("msg_{}", event.simple())
}

/// What part of the deliveries to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryFilter {
    /// Those that were sent in vain.
    Failing,
    /// Those that were not taken yet.
    Waiting,
    /// Those that were taken.
    Delivered,
}

impl DeliveryFilter {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::Failing, Self::Waiting, Self::Delivered];

    /// The word in addresses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Failing => "failing",
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
        }
    }

    /// The word for people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Failing => "Failing",
            Self::Waiting => "Waiting",
            Self::Delivered => "Delivered",
        }
    }

    /// Reads [`DeliveryFilter::as_str`].
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|filter| filter.as_str() == word)
    }
}

/// The parameter of an endpoint's page that narrows its deliveries.
pub const SHOWN: &str = "state";

/// Which deliveries to show, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DeliveryQuery {
    /// Of which endpoint.
    pub webhook: WebhookId,
    /// Only these.
    pub filter: Option<DeliveryFilter>,
    /// Those before this place in the trail.
    pub after: Option<i64>,
    /// Those behind this place. Not together with `after`.
    pub before: Option<i64>,
}

impl DeliveryQuery {
    /// Reads it from an address's parameters. What is not understood counts as
    /// not given.
    pub fn from_parameters(webhook: WebhookId, get: impl Fn(&str) -> Option<String>) -> Self {
        let place = |name: &str| get(name).and_then(|text| text.parse().ok());
        let after = place("after");
        Self {
            webhook,
            filter: get(SHOWN).and_then(|word| DeliveryFilter::parse(&word)),
            before: if after.is_none() { place("before") } else { None },
            after,
        }
    }
}

/// A page of the delivery log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryPage {
    /// The deliveries.
    pub rows: Vec<Delivery>,
    /// Where the page before ends; `None` on the first.
    pub previous: Option<i64>,
    /// Where the page after begins; `None` on the last.
    pub next: Option<i64>,
}

/// What *Replay several* asks for, as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReplayForm {
    /// *Which*: `failing` or `all`; empty while nothing is chosen.
    pub which: String,
    /// *Since*: a day.
    pub since: String,
}

/// What is sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replay {
    /// Also what was taken.
    pub everything: bool,
    /// From when on: the start of a day in UTC.
    pub since: Timestamp,
}

impl ReplayForm {
    /// Checks both fields.
    ///
    /// # Errors
    /// Every field's problem.
    pub fn parse(&self) -> Result<Replay, FieldErrors> {
        let mut errors = FieldErrors::new();
        let everything = match self.which.as_str() {
            "failing" => Some(false),
            "all" => Some(true),
            _ => {
                errors.push(field::WHICH, "Choose what is sent again.");
                None
            }
        };
        let day = super::day::parse(&self.since).map_err(|_| "Enter the first day.");
        match (everything, errors.take(field::SINCE, day)) {
            (Some(everything), Some(day)) => Ok(Replay { everything, since: start_of(day) }),
            _ => Err(errors),
        }
    }
}

fn start_of(day: Date) -> Timestamp {
    Timestamp::from_millis(day.with_time(Time::MIDNIGHT).assume_utc().unix_timestamp() * 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sending_again_begins_with_a_day() {
        let form = ReplayForm { which: "all".to_owned(), since: "2026-11-26".to_owned() };
        let replay = form.parse().expect("valid");
        assert!(replay.everything);
        assert_eq!(replay.since.iso(), "2026-11-26T00:00:00.000Z");
        let errors = ReplayForm::default().parse().expect_err("refused");
        assert!(errors.of(field::WHICH).is_some() && errors.of(field::SINCE).is_some());
    }
}
