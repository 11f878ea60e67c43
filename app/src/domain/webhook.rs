//! Webhooks: programs elsewhere that are told of what happens here, as Standard
//! Webhooks (standardwebhooks.com) describes it.

use super::fields::FieldErrors;
use super::ids::uuid_id;
use super::text::{LineError, single_line};
use super::timestamp::Timestamp;
use super::web_address::{WebAddress, authority};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Names of the forms' fields.
pub mod field {
    /// *Name*
    pub const NAME: &str = "name";
    /// *Address (URL)*
    pub const URL: &str = "url";
    /// *Events*: `all` or `chosen`.
    pub const EVENTS: &str = "events";
    /// *Which events*
    pub const EVENT_TYPES: &str = "event_types";
    /// What an edited webhook had when it was loaded: [`super::Webhook::seen`].
    pub const SEEN: &str = "seen";
}

/// The longest name, in characters.
pub const MAXIMUM_NAME: usize = 100;
/// The longest address, in characters.
pub const MAXIMUM_URL: usize = 2_048;

uuid_id! {
    /// An endpoint's ID, a UUID of version 7.
    WebhookId;
}

/// What endpoints are told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum WebhookEvent {
    /// A partner organisation was created.
    #[serde(rename = "partner_organisation.created")]
    OrganisationCreated,
    /// Name or logo of one were changed.
    #[serde(rename = "partner_organisation.updated")]
    OrganisationUpdated,
    /// One was suspended.
    #[serde(rename = "partner_organisation.suspended")]
    OrganisationSuspended,
    /// A suspended one was reactivated.
    #[serde(rename = "partner_organisation.reactivated")]
    OrganisationReactivated,
    /// One was deleted.
    #[serde(rename = "partner_organisation.deleted")]
    OrganisationDeleted,
    /// A partner user was created.
    #[serde(rename = "partner_user.created")]
    UserCreated,
    /// The name or the role of one was changed.
    #[serde(rename = "partner_user.updated")]
    UserUpdated,
    /// One was disabled.
    #[serde(rename = "partner_user.disabled")]
    UserDisabled,
    /// A disabled one was enabled.
    #[serde(rename = "partner_user.enabled")]
    UserEnabled,
    /// One was deleted.
    #[serde(rename = "partner_user.deleted")]
    UserDeleted,
    /// The billing system has carried an order out.
    #[serde(rename = "order.placed")]
    OrderPlaced,
    /// It has refused one, and nothing was done.
    #[serde(rename = "order.refused")]
    OrderRefused,
    /// An order has changed a subscription, or has taken a change back.
    #[serde(rename = "subscription.changed")]
    SubscriptionChanged,
    /// An admin has asked for a test.
    #[serde(rename = "webhook.test")]
    Test,
}

impl WebhookEvent {
    /// All that may be chosen, in the order of the form. Tests come to whoever
    /// they were asked for.
    pub const ALL: [Self; 13] = [
        Self::OrganisationCreated,
        Self::OrganisationUpdated,
        Self::OrganisationSuspended,
        Self::OrganisationReactivated,
        Self::OrganisationDeleted,
        Self::UserCreated,
        Self::UserUpdated,
        Self::UserDisabled,
        Self::UserEnabled,
        Self::UserDeleted,
        Self::OrderPlaced,
        Self::OrderRefused,
        Self::SubscriptionChanged,
    ];

    /// The `type` in what is sent.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OrganisationCreated => "partner_organisation.created",
            Self::OrganisationUpdated => "partner_organisation.updated",
            Self::OrganisationSuspended => "partner_organisation.suspended",
            Self::OrganisationReactivated => "partner_organisation.reactivated",
            Self::OrganisationDeleted => "partner_organisation.deleted",
            Self::UserCreated => "partner_user.created",
            Self::UserUpdated => "partner_user.updated",
            Self::UserDisabled => "partner_user.disabled",
            Self::UserEnabled => "partner_user.enabled",
            Self::UserDeleted => "partner_user.deleted",
            Self::OrderPlaced => "order.placed",
            Self::OrderRefused => "order.refused",
            Self::SubscriptionChanged => "subscription.changed",
            Self::Test => "webhook.test",
        }
    }

    /// Reads [`WebhookEvent::as_str`].
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().chain([Self::Test]).find(|event| event.as_str() == word)
    }
}

impl fmt::Display for WebhookEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What one endpoint is told of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebhookEvents {
    /// Everything, also what later versions add.
    All,
    /// These: at least one, each once, in their order.
    Chosen(Vec<WebhookEvent>),
}

impl WebhookEvents {
    /// Whether an event is among them.
    #[must_use]
    pub fn include(&self, event: WebhookEvent) -> bool {
        match self {
            Self::All => true,
            Self::Chosen(chosen) => chosen.contains(&event),
        }
    }

    /// As the database has them: words with spaces between, none for all.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::All => String::new(),
            Self::Chosen(chosen) => {
                chosen.iter().map(|event| event.as_str()).collect::<Vec<_>>().join(" ")
            }
        }
    }

    /// Reads [`WebhookEvents::words`].
    ///
    /// # Errors
    /// A sentence for a word that is no event.
    pub fn parse(words: &str) -> Result<Self, String> {
        if words.trim().is_empty() { Ok(Self::All) } else { Self::chosen(words) }
    }

    /// Reads what was ticked.
    fn chosen(words: &str) -> Result<Self, String> {
        let mut chosen = words
            .split_whitespace()
            .map(|word| {
                WebhookEvent::parse(word)
                    .filter(|event| *event != WebhookEvent::Test)
                    .ok_or_else(|| format!("There is no event {word}."))
            })
            .collect::<Result<Vec<_>, _>>()?;
        chosen.sort_unstable();
        chosen.dedup();
        if chosen.is_empty() {
            return Err("Choose at least one event.".to_owned());
        }
        Ok(Self::Chosen(chosen))
    }
}

/// What an endpoint is called: one line of 1 to 100 characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WebhookName(String);

impl WebhookName {
    /// Normalises and checks a typed name.
    ///
    /// # Errors
    /// A sentence for the person who typed it.
    pub fn parse(raw: &str) -> Result<Self, String> {
        single_line(raw, MAXIMUM_NAME).map(Self).map_err(|error| match error {
            LineError::Empty => "Enter a name that says who receives the events.".to_owned(),
            LineError::TooLong(max) => format!("Shorten the name to {max} characters or fewer."),
            LineError::Control => "Remove the control characters from the name.".to_owned(),
        })
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for WebhookName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where events are sent to: an absolute `https` address without a user name, a
/// password or a fragment; `http` for this machine's own loopback alone. Whether
/// it may be reached, only the server knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WebhookUrl(String);

impl WebhookUrl {
    /// Checks a typed address.
    ///
    /// # Errors
    /// A sentence for the person who typed it.
    pub fn parse(raw: &str) -> Result<Self, String> {
        let raw = raw.trim();
        if raw.is_empty() {
            return Err("Enter the address that events are sent to.".to_owned());
        }
        let too_long = |text: &str| text.chars().count() > MAXIMUM_URL;
        if too_long(raw) {
            return Err("Use an address of at most 2,048 characters.".to_owned());
        }
        if !authority(raw).is_ascii() {
            return Err("Write the host of the address in its ASCII form (xn--…).".to_owned());
        }
        let address = WebAddress::read(raw)
            .ok_or_else(|| "Enter the whole address, starting with https://".to_owned())?;
        match address.scheme.as_str() {
            "https" => {}
            "http" if is_loopback(authority(&address.normal)) => {}
            _ => return Err("Use an address that starts with https://".to_owned()),
        }
        if address.has_credentials {
            return Err("Remove the user name and password from the address.".to_owned());
        }
        if address.normal.contains('#') {
            return Err("Remove the part of the address after #.".to_owned());
        }
        if too_long(&address.normal) {
            return Err("Use an address of at most 2,048 characters.".to_owned());
        }
        Ok(Self(address.normal))
    }

    /// The address in its normal form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for WebhookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether a host in its normal form, with its port, is this machine's own.
fn is_loopback(authority: &str) -> bool {
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    host == "localhost"
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// What *Create webhook* and *Edit webhook* ask for, as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WebhookForm {
    /// *Name*
    pub name: String,
    /// *Address (URL)*
    pub url: String,
    /// *Events*: `all` or `chosen`; empty while nothing is chosen.
    pub events: String,
    /// *Which events*, for `chosen`.
    pub event_types: Vec<String>,
}

/// What an admin decides about an endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookContent {
    /// What it is called.
    pub name: WebhookName,
    /// Where events go.
    pub url: WebhookUrl,
    /// Which events.
    pub events: WebhookEvents,
}

impl WebhookForm {
    /// Checks all fields.
    ///
    /// # Errors
    /// Every field's problem.
    pub fn parse(&self) -> Result<WebhookContent, FieldErrors> {
        let mut errors = FieldErrors::new();
        let name = errors.take(field::NAME, WebhookName::parse(&self.name));
        let url = errors.take(field::URL, WebhookUrl::parse(&self.url));
        let events = match self.events.as_str() {
            "all" => Some(WebhookEvents::All),
            "chosen" => {
                let words = self.event_types.join(" ");
                errors.take(field::EVENT_TYPES, WebhookEvents::chosen(&words))
            }
            _ => {
                errors.push(field::EVENTS, "Choose which events are sent.");
                None
            }
        };
        match (name, url, events) {
            (Some(name), Some(url), Some(events)) => Ok(WebhookContent { name, url, events }),
            _ => Err(errors),
        }
    }
}

/// Why an endpoint is told nothing at present.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebhookDisabled {
    /// An admin has said so.
    Admin,
    /// It did not take an event for three days.
    Failing,
    /// It answered that it is gone: 410.
    Gone,
}

impl WebhookDisabled {
    /// The word in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Failing => "failing",
            Self::Gone => "gone",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Admin, Self::Failing, Self::Gone].into_iter().find(|why| why.as_str() == word)
    }
}

/// An endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// Its ID.
    pub id: WebhookId,
    /// What it is called.
    pub name: WebhookName,
    /// Where events go.
    pub url: WebhookUrl,
    /// Which events.
    pub events: WebhookEvents,
    /// When it was created.
    pub created_at: Timestamp,
    /// By whom.
    pub created_by: String,
    /// Since when and why it is told nothing, if so.
    pub disabled: Option<(Timestamp, WebhookDisabled)>,
    /// Until when deliveries are signed with the secret before, too.
    pub old_secret_until: Option<Timestamp>,
    /// How many events wait for it.
    pub waiting: i64,
    /// Since when it has not taken one, if so.
    pub failing_since: Option<Timestamp>,
}

impl Webhook {
    /// What an admin decides about it, in one line: two that differ in any of it
    /// differ here. An address has no spaces.
    #[must_use]
    pub fn seen(&self) -> String {
        format!("{} {} {}", self.url, self.events.words().replace(' ', ","), self.name)
    }

    /// How it stands, in a word.
    #[must_use]
    pub const fn state(&self) -> WebhookState {
        match (&self.disabled, &self.failing_since) {
            (Some(_), _) => WebhookState::Disabled,
            (None, Some(_)) => WebhookState::Failing,
            (None, None) => WebhookState::Active,
        }
    }

    /// Whether it is told nothing though no admin has said so.
    #[must_use]
    pub fn has_stopped(&self) -> bool {
        self.disabled.is_some_and(|(_, why)| why != WebhookDisabled::Admin)
    }
}

/// How an endpoint stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebhookState {
    /// It takes what it is sent.
    Active,
    /// It has not taken something, which is tried again.
    Failing,
    /// It is sent nothing.
    Disabled,
}

impl WebhookState {
    /// The word for people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Failing => "Failing",
            Self::Disabled => "Disabled",
        }
    }
}

/// An endpoint and, once, its secret: `whsec_` and 32 bytes in base64.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookWithSecret {
    /// The endpoint.
    pub webhook: Webhook,
    /// Its secret; `None` where it was shown before.
    pub secret: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> WebhookForm {
        WebhookForm {
            name: " ERP ".to_owned(),
            url: "https://erp.example/hooks".to_owned(),
            events: "chosen".to_owned(),
            event_types: vec!["order.placed".to_owned(), "partner_user.created".to_owned()],
        }
    }

    #[test]
    fn a_form_is_checked_field_by_field() {
        let new = form().parse().expect("valid");
        assert_eq!(new.name.as_str(), "ERP");
        assert_eq!(new.events.words(), "partner_user.created order.placed");
        assert!(new.events.include(WebhookEvent::OrderPlaced));
        assert!(!new.events.include(WebhookEvent::OrderRefused));
        let fields = |form: WebhookForm| {
            let errors = form.parse().expect_err("refused");
            errors.iter().map(|error| error.field.clone()).collect::<Vec<_>>()
        };
        assert_eq!(fields(WebhookForm::default()), [field::NAME, field::URL, field::EVENTS]);
        for event_types in [Vec::new(), vec!["webhook.test".to_owned()]] {
            assert_eq!(fields(WebhookForm { event_types, ..form() }), [field::EVENT_TYPES]);
        }
    }

    #[test]
    fn every_event_is_read_as_it_is_written() {
        for event in WebhookEvent::ALL.into_iter().chain([WebhookEvent::Test]) {
            assert_eq!(WebhookEvent::parse(event.as_str()), Some(event));
            assert_eq!(serde_json::to_value(event).expect("JSON"), event.as_str());
        }
        assert_eq!(WebhookEvents::parse(""), Ok(WebhookEvents::All));
    }

    #[test]
    fn addresses_are_https_or_loopback() {
        for (typed, normal) in [
            ("https://erp.example", "https://erp.example/"),
            (" https://erp.example:8443/a?b=c ", "https://erp.example:8443/a?b=c"),
            ("http://127.0.0.1:9/x", "http://127.0.0.1:9/x"),
            ("http://localhost/x", "http://localhost/x"),
            ("http://[::1]:9/x", "http://[::1]:9/x"),
        ] {
            assert_eq!(WebhookUrl::parse(typed).expect("valid").as_str(), normal);
        }
        for wrong in [
            "",
            "erp.example",
            "http://erp.example/",
            "http://127.0.0.1.evil.example/",
            "http://localhost@evil.example/",
            "https://ann:secret@erp.example/",
            "https://erp.example/#part",
            "ftp://erp.example/",
            "https://büro.example/",
        ] {
            assert!(WebhookUrl::parse(wrong).is_err(), "{wrong}");
        }
    }
}
