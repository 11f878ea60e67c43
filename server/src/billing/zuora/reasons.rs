//! What a refusal of Zuora's means: whose turn it is now.
//!
//! A code is six digits for the resource and two for the category ("Error
//! codes", developer.zuora.com).

use super::super::{BillingError, Passing, Reason};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::time::Duration;

/// The part that all of Zuora's answers share. Older operations spell it with a
/// capital, and lists, files and object queries have no flag.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Envelope {
    #[serde(default, alias = "Success")]
    success: Option<bool>,
    #[serde(default)]
    reasons: Vec<WireReason>,
    /// What the token service says.
    #[serde(default)]
    error_description: Option<String>,
}

#[derive(Debug, Deserialize)]
struct WireReason {
    /// A number in answers, a string in some descriptions.
    #[serde(default)]
    code: Option<Box<RawValue>>,
    #[serde(default)]
    message: Option<String>,
}

impl Envelope {
    /// Whether Zuora says that it did not do it.
    pub(super) const fn is_refusal(&self) -> bool {
        matches!(self.success, Some(false)) || !self.reasons.is_empty()
    }

    /// Zuora's reasons as one.
    pub(super) fn reason(&self) -> Reason {
        let code = self.reasons.iter().find_map(WireReason::code);
        let messages: Vec<&str> =
            self.reasons.iter().filter_map(|reason| reason.message.as_deref()).collect();
        let message = if messages.is_empty() {
            self.error_description.clone().unwrap_or_else(|| "Zuora gives no reason.".to_owned())
        } else {
            messages.join(" ")
        };
        Reason { code, message }
    }
}

impl WireReason {
    fn code(&self) -> Option<u32> {
        self.code.as_ref()?.get().trim_matches('"').parse().ok()
    }
}

/// Categories of Zuora's codes: the last two digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Category {
    /// 10, 11: permission and authentication.
    Access,
    /// 20, 22, 23, 30: a value that cannot be or is missing, a business rule.
    Input,
    /// 40: nothing has this key.
    NotFound,
    /// 50: lock contention.
    Busy,
    /// 60, 61, 99: internal, temporary, or of a system behind Zuora.
    Temporary,
    /// 70: too many requests.
    Throttled,
    /// 21, 27, 45, 90 and all others: the request does not fit this tenant.
    Unfit,
}

impl Category {
    const fn of(code: u32) -> Self {
        if code < 10_000_000 {
            return Self::Unfit;
        }
        match code % 100 {
            10 | 11 => Self::Access,
            20 | 22 | 23 | 30 => Self::Input,
            40 => Self::NotFound,
            50 => Self::Busy,
            60 | 61 | 99 => Self::Temporary,
            70 => Self::Throttled,
            _ => Self::Unfit,
        }
    }
}

/// Words in Zuora's messages that mean a feature which is switched off; the
/// code is that of any business rule.
fn is_about_a_feature(message: &str) -> bool {
    let message = message.to_lowercase();
    ["not enabled", "is disabled", "not have the feature", "not permitted"]
        .iter()
        .any(|words| message.contains(words))
}

/// Sorts a refusal by who can help.
pub(super) fn refusal(reason: Reason, after: Option<Duration>) -> BillingError {
    let passing = |cause| BillingError::TryAgain { cause, after, message: reason.to_string() };
    match reason.code.map_or(Category::Unfit, Category::of) {
        Category::Access => BillingError::Misconfigured(format!(
            "Zuora does not allow this to the OAuth client’s user: {reason} Give the user the \
             permission."
        )),
        Category::Input if is_about_a_feature(&reason.message) => BillingError::Misconfigured(
            format!("The Zuora tenant lacks a feature: {reason} “partners doctor” says which."),
        ),
        Category::Input => BillingError::Refused(reason),
        Category::NotFound => BillingError::NotFound(reason),
        Category::Busy => passing(Passing::Busy),
        Category::Temporary => passing(Passing::Unavailable),
        Category::Throttled => passing(Passing::Throttled),
        Category::Unfit => BillingError::Misconfigured(format!(
            "Zuora does not take what this installation sends: {reason} “partners doctor” checks \
             the tenant’s features and fields."
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(body: &str) -> BillingError {
        let envelope: Envelope = serde_json::from_str(body).expect("JSON");
        assert!(envelope.is_refusal());
        refusal(envelope.reason(), None)
    }

    fn code(code: u32) -> BillingError {
        sorted(&format!(
            r#"{{"success":false,"reasons":[{{"code":{code},"message":"Because."}}]}}"#
        ))
    }

    #[test]
    fn codes_are_sorted_by_who_can_help() {
        for input in [53_500_020, 53_500_022, 53_500_023, 53_500_030] {
            assert!(matches!(code(input), BillingError::Refused(_)), "{input}");
        }
        for (passing, expected) in [
            (53_500_050, Passing::Busy),
            (53_500_060, Passing::Unavailable),
            (53_500_061, Passing::Unavailable),
            (53_500_099, Passing::Unavailable),
            (53_500_070, Passing::Throttled),
        ] {
            let error = code(passing);
            assert!(
                matches!(error, BillingError::TryAgain { cause, .. } if cause == expected),
                "{passing}"
            );
        }
        for operator in [90_000_011, 53_500_010, 53_500_021, 53_500_027, 53_500_090, 7] {
            assert!(matches!(code(operator), BillingError::Misconfigured(_)), "{operator}");
        }
        assert!(matches!(code(50_000_040), BillingError::NotFound(_)));
    }

    #[test]
    fn a_feature_that_is_off_is_the_operators() {
        let error = sorted(
            r#"{"success":false,"reasons":[{"code":53500030,"message":"The Orders feature is not enabled for this tenant."}]}"#,
        );
        assert!(matches!(error, BillingError::Misconfigured(_)), "{error:?}");
    }

    #[test]
    fn codes_may_be_strings_and_reasons_several() {
        let error = sorted(
            r#"{"success":false,"reasons":[{"code":"53500020","message":"One."},{"message":"Two."}]}"#,
        );
        let reason = Reason { code: Some(53_500_020), message: "One. Two.".to_owned() };
        assert_eq!(error, BillingError::Refused(reason));
    }
}
