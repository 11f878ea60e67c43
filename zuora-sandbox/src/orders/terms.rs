//! Terms: of a new subscription, changed, and renewed.

use crate::billing;
use crate::day::Day;
use crate::fields::Fields;
use crate::refusal::Refusal;
use crate::state::{Length, Subscription, Term, TermUnit};
use serde_json::{Map, Value};

const A_YEAR: Length = Length { count: 12, unit: TermUnit::Month };

/// Reads the terms of a new subscription. Without any it runs for a year and
/// does not renew.
pub(super) fn read(terms: Option<&Fields<'_>>, contract: Day) -> Result<Term, Refusal> {
    let mut term = Term {
        evergreen: false,
        start: contract,
        end: Some(A_YEAR.after(contract)),
        initial: A_YEAR,
        current: A_YEAR,
        renewal: A_YEAR,
        auto_renew: false,
        renew_to_evergreen: false,
    };
    let Some(terms) = terms else { return Ok(term) };
    let initial = terms.need_object("initialTerm")?;
    apply(&mut term, &initial)?;
    term.initial = term.current;
    term.renewal = term.current;
    settings(&mut term, terms)?;
    Ok(term)
}

/// `TermsAndConditions`: changes the last term, renewal, or both.
pub(super) fn change(
    subscription: &mut Subscription,
    fields: &Fields<'_>,
) -> Result<Map<String, Value>, Refusal> {
    if let Some(last) = fields.object("lastTerm")? {
        apply(&mut subscription.term, &last)?;
        if subscription.term.end.is_some_and(|end| end <= subscription.term.start) {
            return Err(Refusal::value(format!(
                "'{}' should be longer than nothing",
                last.name("period")
            )));
        }
    }
    settings(&mut subscription.term, fields)?;
    Ok(fields.raw().clone())
}

/// `RenewSubscription`: adds the next term at once.
pub(super) fn renew(subscription: &mut Subscription) -> Result<(), Refusal> {
    if subscription.term.evergreen {
        return Err(Refusal::rule(format!(
            "Subscription '{}' is evergreen and cannot be renewed.",
            subscription.number
        )));
    }
    billing::renew(subscription);
    Ok(())
}

fn apply(term: &mut Term, fields: &Fields<'_>) -> Result<(), Refusal> {
    if let Some(kind) = fields.word("termType", &["TERMED", "EVERGREEN"])? {
        term.evergreen = kind == "EVERGREEN";
    }
    if let Some(start) = fields.day("startDate")? {
        term.start = start;
    }
    if let Some(length) = length(fields)? {
        term.current = length;
    }
    term.end = (!term.evergreen).then(|| term.current.after(term.start));
    Ok(())
}

fn settings(term: &mut Term, fields: &Fields<'_>) -> Result<(), Refusal> {
    if let Some(auto_renew) = fields.flag("autoRenew")? {
        term.auto_renew = auto_renew;
    }
    let words = ["RENEW_WITH_SPECIFIC_TERM", "RENEW_TO_EVERGREEN"];
    if let Some(setting) = fields.word("renewalSetting", &words)? {
        term.renew_to_evergreen = setting == "RENEW_TO_EVERGREEN";
    }
    if let Some(first) = fields.objects("renewalTerms")?.first()
        && let Some(renewal) = length(first)?
    {
        term.renewal = renewal;
    }
    Ok(())
}

fn length(fields: &Fields<'_>) -> Result<Option<Length>, Refusal> {
    let unit = fields.word("periodType", &TermUnit::WORDS)?;
    let unit = TermUnit::of(unit.as_deref().unwrap_or("Month"));
    let Some(count) = fields.count("period")? else { return Ok(None) };
    if count == 0 || count > 1_200 {
        return Err(Refusal::value(format!("'{}' should be 1 to 1200", fields.name("period"))));
    }
    Ok(Some(Length { count, unit }))
}
