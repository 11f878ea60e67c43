//! The form of an offer: what was typed, and whether it is right.

use super::audience::Audience;
use super::billing::{RatePlanId, Term};
use super::day;
use super::fields::FieldErrors;
use super::offer::{OfferContent, OfferId, OfferKind, OfferState, SalesChannel};
use super::text::{LineError, comparison_key, single_line};
use serde::{Deserialize, Serialize};
use time::Date;

/// Names of the form's fields, which are the API's too.
pub mod field {
    /// *Rate plan*
    pub const RATE_PLAN: &str = "rate_plan";
    /// *Sold as*
    pub const KIND: &str = "kind";
    /// *Display name*
    pub const NAME: &str = "name";
    /// *Description*
    pub const DESCRIPTION: &str = "description";
    /// *Features*
    pub const FEATURES: &str = "features";
    /// *Labels*
    pub const LABELS: &str = "labels";
    /// *Sales channels*
    pub const CHANNELS: &str = "channels";
    /// *Eligible partners*
    pub const ELIGIBLE: &str = "eligible";
    /// The chosen partner organisations.
    pub const PARTNERS: &str = "partners";
    /// *Add-ons*
    pub const ADD_ONS: &str = "add_ons";
    /// *May be changed to*
    pub const CHANGES_TO: &str = "changes_to";
    /// *Term*
    pub const TERM_MONTHS: &str = "term_months";
    /// *Renews by itself*
    pub const AUTO_RENEW: &str = "auto_renew";
    /// *Visible from*
    pub const VISIBLE_FROM: &str = "visible_from";
    /// *Visible until*
    pub const VISIBLE_UNTIL: &str = "visible_until";
    /// *State*
    pub const STATE: &str = "state";
}

/// The longest display name, in characters.
const MAXIMUM_NAME: usize = 120;
/// The longest description, in characters.
const MAXIMUM_DESCRIPTION: usize = 2_000;
/// The longest feature line, in characters, and how many there may be.
const MAXIMUM_FEATURE: usize = 200;
const MOST_FEATURES: usize = 20;
/// The longest label, in characters, and how many there may be.
const MAXIMUM_LABEL: usize = 40;
const MOST_LABELS: usize = 10;
/// The longest ID of a rate plan; Zuora's have 32 characters.
const MAXIMUM_RATE_PLAN: usize = 64;
/// The longest term, in months.
const LONGEST_TERM: u32 = 120;

/// What was typed about an offer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OfferForm {
    /// *Rate plan*: its ID.
    pub rate_plan: String,
    /// `plan` or `add_on`.
    pub kind: String,
    /// *Display name*
    pub name: String,
    /// *Description*
    pub description: String,
    /// *Features*, one a line.
    pub features: String,
    /// *Labels*, separated by commas.
    pub labels: String,
    /// *Sales channels*: `shop`, `api`.
    pub channels: Vec<String>,
    /// *Eligible partners*: `all` or `chosen`.
    pub eligible: String,
    /// The chosen partner organisations' IDs.
    pub partners: Vec<String>,
    /// *Add-ons*: IDs of offers.
    pub add_ons: Vec<String>,
    /// *May be changed to*: IDs of offers.
    pub changes_to: Vec<String>,
    /// *Term*: months, or empty for none.
    pub term_months: String,
    /// *Renews by itself*: `true` or empty.
    pub auto_renew: String,
    /// *Visible from*
    pub visible_from: String,
    /// *Visible until*
    pub visible_until: String,
    /// `draft` or `published`.
    pub state: String,
}

impl OfferForm {
    /// Checks what was typed. What an add-on cannot have (add-ons and changes
    /// of its own) is left out, as the form hides it.
    ///
    /// # Errors
    /// What is wrong with each field, in words for the admin.
    pub fn parse(&self) -> Result<OfferContent, FieldErrors> {
        let mut errors = FieldErrors::new();
        let rate_plan = errors.take(field::RATE_PLAN, rate_plan(&self.rate_plan));
        let kind = OfferKind::parse(&self.kind).ok_or("Choose whether it is a plan or an add-on.");
        let kind = errors.take(field::KIND, kind);
        let name = errors.take(field::NAME, name(&self.name));
        let description = errors.take(field::DESCRIPTION, description(&self.description));
        let features = errors.take(field::FEATURES, features(&self.features));
        let labels = errors.take(field::LABELS, labels(&self.labels));
        let channels = errors.take(field::CHANNELS, channels(&self.channels));
        let eligible = Audience::parse(&self.eligible, &self.partners);
        let eligible = errors.take(field::ELIGIBLE, eligible);
        let is_add_on = kind == Some(OfferKind::AddOn);
        let linked = |ids: &[String]| if is_add_on { Ok(Vec::new()) } else { offers(ids) };
        let add_ons = errors.take(field::ADD_ONS, linked(&self.add_ons));
        let changes_to = errors.take(field::CHANGES_TO, linked(&self.changes_to));
        let term = errors.take(field::TERM_MONTHS, term(&self.term_months, &self.auto_renew));
        let visible_from = errors.take(field::VISIBLE_FROM, optional_day(&self.visible_from));
        let visible_until = optional_day(&self.visible_until)
            .and_then(|until| not_before(visible_from.flatten(), until));
        let visible_until = errors.take(field::VISIBLE_UNTIL, visible_until);
        let state = OfferState::parse(&self.state).ok_or("Choose draft or published.");
        let state = errors.take(field::STATE, state);
        let content = || {
            Some(OfferContent {
                rate_plan: rate_plan?,
                kind: kind?,
                name: name?,
                description: description?,
                features: features?,
                labels: labels?,
                channels: channels?,
                eligible: eligible?,
                add_ons: add_ons?,
                changes_to: changes_to?,
                term: term?,
                visible_from: visible_from?,
                visible_until: visible_until?,
                state: state?,
            })
        };
        content().ok_or(errors)
    }
}

fn rate_plan(text: &str) -> Result<RatePlanId, &'static str> {
    single_line(text, MAXIMUM_RATE_PLAN).map(RatePlanId).map_err(|_| "Choose a rate plan.")
}

fn name(text: &str) -> Result<String, String> {
    single_line(text, MAXIMUM_NAME).map_err(|error| match error {
        LineError::Empty => "Enter the name under which partners find it.".to_owned(),
        LineError::TooLong(most) => format!("Shorten the name to {most} characters."),
        LineError::Control => "Remove the control characters from the name.".to_owned(),
    })
}

fn description(text: &str) -> Result<String, String> {
    let text = text.replace("\r\n", "\n").trim().to_owned();
    if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        Err("Remove the control characters from the description.".to_owned())
    } else if text.chars().count() > MAXIMUM_DESCRIPTION {
        Err("Shorten the description to 2,000 characters.".to_owned())
    } else {
        Ok(text)
    }
}

fn features(text: &str) -> Result<Vec<String>, String> {
    let mut features = Vec::new();
    for line in text.lines() {
        match single_line(line, MAXIMUM_FEATURE) {
            Ok(line) => features.push(line),
            Err(LineError::Empty) => {}
            Err(LineError::TooLong(most)) => {
                return Err(format!(
                    "Shorten the line “{}” to {most} characters.",
                    beginning(line)
                ));
            }
            Err(LineError::Control) => {
                return Err(format!("Remove the control characters from “{}”.", beginning(line)));
            }
        }
    }
    if features.len() > MOST_FEATURES {
        return Err(format!("Keep it to {MOST_FEATURES} lines."));
    }
    Ok(features)
}

fn labels(text: &str) -> Result<Vec<String>, String> {
    let mut labels: Vec<String> = Vec::new();
    for label in text.split([',', '\n']) {
        match single_line(label, MAXIMUM_LABEL) {
            Ok(label) => {
                let key = comparison_key(&label);
                if labels.iter().all(|other| comparison_key(other) != key) {
                    labels.push(label);
                }
            }
            Err(LineError::Empty) => {}
            Err(LineError::TooLong(most)) => {
                let label = beginning(label);
                return Err(format!("Shorten the label “{label}” to {most} characters."));
            }
            Err(LineError::Control) => {
                return Err(format!("Remove the control characters from “{}”.", beginning(label)));
            }
        }
    }
    if labels.len() > MOST_LABELS {
        return Err(format!("Keep it to {MOST_LABELS} labels."));
    }
    Ok(labels)
}

/// Enough of a text to recognise it by.
fn beginning(text: &str) -> String {
    let text: String = text.chars().filter(|c| !c.is_control()).take(30).collect();
    text.trim().to_owned()
}

fn channels(words: &[String]) -> Result<Vec<SalesChannel>, &'static str> {
    let channels: Vec<_> = SalesChannel::ALL
        .into_iter()
        .filter(|channel| words.iter().any(|word| word == channel.as_str()))
        .collect();
    if channels.is_empty() { Err("Choose at least one sales channel.") } else { Ok(channels) }
}

fn offers(ids: &[String]) -> Result<Vec<OfferId>, &'static str> {
    let mut offers = ids
        .iter()
        .map(|id| id.parse())
        .collect::<Result<Vec<OfferId>, _>>()
        .map_err(|_| "Choose from the offers in the list.")?;
    offers.sort_unstable();
    offers.dedup();
    Ok(offers)
}

fn term(months: &str, auto_renew: &str) -> Result<Term, String> {
    let months = months.trim();
    if months.is_empty() {
        // What has no end is not renewed.
        return Ok(Term { months: None, auto_renew: false });
    }
    match months.parse() {
        Ok(months) if (1..=LONGEST_TERM).contains(&months) => {
            Ok(Term { months: Some(months), auto_renew: auto_renew == "true" })
        }
        _ => Err(format!(
            "Enter a number of months from 1 to {LONGEST_TERM}, or nothing for a subscription without end."
        )),
    }
}

fn optional_day(text: &str) -> Result<Option<Date>, String> {
    if text.trim().is_empty() { Ok(None) } else { day::parse(text).map(Some) }
}

fn not_before(from: Option<Date>, until: Option<Date>) -> Result<Option<Date>, String> {
    match (from, until) {
        (Some(from), Some(until)) if until < from => {
            Err(format!("Enter a day that is not before {}.", day::full(from)))
        }
        _ => Ok(until),
    }
}

impl From<&OfferContent> for OfferForm {
    /// The form as it is filled in to change an offer.
    fn from(content: &OfferContent) -> Self {
        let text = ToString::to_string;
        let day = |day: Option<Date>| day.map(day::iso).unwrap_or_default();
        let partners = match &content.eligible {
            Audience::All => Vec::new(),
            Audience::Chosen(partners) => partners.iter().map(text).collect(),
        };
        Self {
            rate_plan: content.rate_plan.to_string(),
            kind: content.kind.as_str().to_owned(),
            name: content.name.clone(),
            description: content.description.clone(),
            features: content.features.join("\n"),
            labels: content.labels.join(", "),
            channels: content.channels.iter().map(|c| c.as_str().to_owned()).collect(),
            eligible: content.eligible.as_str().to_owned(),
            partners,
            add_ons: content.add_ons.iter().map(ToString::to_string).collect(),
            changes_to: content.changes_to.iter().map(ToString::to_string).collect(),
            term_months: content.term.months.map(|months| months.to_string()).unwrap_or_default(),
            auto_renew: if content.term.auto_renew { "true" } else { "" }.to_owned(),
            visible_from: day(content.visible_from),
            visible_until: day(content.visible_until),
            state: content.state.as_str().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::OrganisationId;
    use uuid::Uuid;

    fn form() -> OfferForm {
        OfferForm {
            rate_plan: "8ad0".to_owned(),
            kind: "plan".to_owned(),
            name: "  Team \n monthly ".to_owned(),
            description: "Line one\r\nLine two\r\n".to_owned(),
            features: "Timelines\n\n  100 GB  \n".to_owned(),
            labels: "Teams, Monthly ,teams,, ".to_owned(),
            channels: vec!["api".to_owned(), "shop".to_owned()],
            eligible: "all".to_owned(),
            add_ons: vec![Uuid::from_u128(7).to_string()],
            changes_to: vec![Uuid::from_u128(8).to_string()],
            term_months: " 12 ".to_owned(),
            auto_renew: "true".to_owned(),
            visible_from: "2026-12-01".to_owned(),
            visible_until: "2026-12-01".to_owned(),
            state: "published".to_owned(),
            ..OfferForm::default()
        }
    }

    fn said(form: &OfferForm, name: &str) -> String {
        let errors = form.parse().expect_err("it is wrong");
        errors.of(name).map(|error| error.message.clone()).unwrap_or_default()
    }

    #[test]
    fn a_whole_form_is_understood() {
        let content = form().parse().expect("it is right");
        assert_eq!(content.name, "Team monthly");
        assert_eq!(content.description, "Line one\nLine two");
        assert_eq!(content.features, ["Timelines", "100 GB"]);
        assert_eq!(content.labels, ["Teams", "Monthly"]);
        assert_eq!(content.channels, [SalesChannel::Shop, SalesChannel::Api]);
        assert_eq!(content.term, Term { months: Some(12), auto_renew: true });
        assert_eq!(content.visible_from, content.visible_until);
        assert_eq!(content.state, OfferState::Published);
    }

    #[test]
    fn what_was_saved_fills_the_form_again() {
        let mut content = form().parse().expect("it is right");
        content.eligible = Audience::Chosen(vec![OrganisationId(Uuid::from_u128(3))]);
        assert_eq!(OfferForm::from(&content).parse(), Ok(content));
    }

    #[test]
    fn nothing_is_no_offer() {
        let errors = OfferForm::default().parse().expect_err("nothing was typed");
        let fields: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(
            fields,
            [
                field::RATE_PLAN,
                field::KIND,
                field::NAME,
                field::CHANNELS,
                field::ELIGIBLE,
                field::STATE
            ]
        );
    }

    #[test]
    fn an_add_on_has_no_links_of_its_own() {
        let content = OfferForm { kind: "add_on".to_owned(), ..form() }.parse().expect("right");
        assert!(content.add_ons.is_empty() && content.changes_to.is_empty());
    }

    #[test]
    fn what_has_no_end_is_not_renewed() {
        let content = OfferForm { term_months: String::new(), ..form() }.parse().expect("right");
        assert_eq!(content.term, Term { months: None, auto_renew: false });
    }

    #[test]
    fn limits_are_said_in_words() {
        let features = vec!["line"; MOST_FEATURES + 1].join("\n");
        let labels = (0..=MOST_LABELS).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
        for (wrong, field, sentence) in [
            (OfferForm { name: "a".repeat(121), ..form() }, field::NAME, "120 characters"),
            (
                OfferForm { description: "a".repeat(2_001), ..form() },
                field::DESCRIPTION,
                "2,000 characters",
            ),
            (OfferForm { features, ..form() }, field::FEATURES, "20 lines"),
            (OfferForm { features: "b".repeat(201), ..form() }, field::FEATURES, "“bbb"),
            (OfferForm { labels, ..form() }, field::LABELS, "10 labels"),
            (OfferForm { labels: "c".repeat(41), ..form() }, field::LABELS, "40 characters"),
            (
                OfferForm { term_months: "0".to_owned(), ..form() },
                field::TERM_MONTHS,
                "from 1 to 120",
            ),
            (
                OfferForm { term_months: "1.5".to_owned(), ..form() },
                field::TERM_MONTHS,
                "from 1 to 120",
            ),
            (
                OfferForm { visible_until: "2026-11-30".to_owned(), ..form() },
                field::VISIBLE_UNTIL,
                "not before 1 December 2026",
            ),
            (
                OfferForm { visible_from: "soon".to_owned(), ..form() },
                field::VISIBLE_FROM,
                "Enter a day",
            ),
            (
                OfferForm { add_ons: vec!["x".to_owned()], ..form() },
                field::ADD_ONS,
                "from the offers in the list",
            ),
            (
                OfferForm { eligible: "chosen".to_owned(), ..form() },
                field::ELIGIBLE,
                "at least one",
            ),
        ] {
            let said = said(&wrong, field);
            assert!(said.contains(sentence), "{field}: {said}");
        }
    }
}
