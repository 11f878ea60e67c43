//! Why the sandbox refuses a request, in Zuora's codes.
//!
//! A code is six digits for the resource and two for the category, as Zuora's
//! error-handling guide has it. The categories are Zuora's; of the resources
//! `500000` (any entity looked up by its key), `535000` (orders and
//! subscriptions) and `900000` (authentication) are as seen in answers of
//! Zuora that clients have published.

use http::StatusCode;
use serde_json::{Value, json};

/// The last two digits of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    /// The token is unknown or has expired.
    Authentication,
    /// A field has a value that cannot be.
    BadValue,
    /// A field is unknown.
    UnknownField,
    /// A field is missing.
    Missing,
    /// A query parameter cannot be understood.
    BadQuery,
    /// A business rule stands against it.
    Rule,
    /// Nothing has that key.
    NotFound,
    /// Another request works on the same thing.
    Lock,
    /// A temporary failure.
    Temporary,
    /// Too many requests.
    Limit,
    /// The body is no JSON.
    BadJson,
}

impl Category {
    const fn digits(self) -> u32 {
        match self {
            Self::Authentication => 11,
            Self::BadValue => 20,
            Self::UnknownField => 21,
            Self::Missing => 22,
            Self::BadQuery => 27,
            Self::Rule => 30,
            Self::NotFound => 40,
            Self::Lock => 50,
            Self::Temporary => 61,
            Self::Limit => 70,
            Self::BadJson => 90,
        }
    }

    /// The resource that a refusal of this category is about.
    const fn resource(self) -> u32 {
        match self {
            Self::Authentication => 900_000,
            Self::NotFound => 500_000,
            _ => 535_000,
        }
    }
}

/// A request refused.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// With what status; Zuora refuses most things with 200.
    pub status: StatusCode,
    /// Of what kind the reason is.
    pub category: Category,
    /// The reason in words.
    pub message: String,
}

impl Refusal {
    /// A refusal that travels with HTTP 200, as most of Zuora's do.
    #[must_use]
    pub fn new(category: Category, message: impl Into<String>) -> Self {
        Self { status: StatusCode::OK, category, message: message.into() }
    }

    /// The same with another status.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// Nothing has this key.
    #[must_use]
    pub fn not_found(key: &str) -> Self {
        Self::new(Category::NotFound, format!("Cannot find entity by key: '{key}'."))
    }

    /// A business rule stands against it.
    #[must_use]
    pub fn rule(message: impl Into<String>) -> Self {
        Self::new(Category::Rule, message)
    }

    /// A field has a value that cannot be.
    #[must_use]
    pub fn value(message: impl Into<String>) -> Self {
        Self::new(Category::BadValue, message)
    }

    /// A field is missing.
    #[must_use]
    pub fn missing(field: &str) -> Self {
        Self::new(Category::Missing, format!("'{field}' may not be empty"))
    }

    /// The eight-digit code.
    #[must_use]
    pub const fn code(&self) -> u32 {
        self.category.resource() * 100 + self.category.digits()
    }

    /// The body, with Zuora's envelope around the reason.
    #[must_use]
    pub fn body(&self, request_id: &str) -> Value {
        let process: String =
            request_id.chars().filter(|c| *c != '-').take(16).collect::<String>().to_uppercase();
        json!({
            "success": false,
            "processId": process,
            "reasons": [{ "code": self.code(), "message": self.message }],
            "requestId": request_id,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Category, Refusal};

    #[test]
    fn codes_are_those_that_zuora_has_been_seen_to_send() {
        assert_eq!(Refusal::not_found("x").code(), 50_000_040);
        assert_eq!(Refusal::new(Category::Authentication, "").code(), 90_000_011);
        assert_eq!(Refusal::new(Category::Lock, "").code(), 53_500_050);
    }

    #[test]
    fn a_refusal_says_so_in_zuoras_shape() {
        let body = Refusal::not_found("A1").body("0193a5b0-7e6c-7c00-8000-000000000001");
        assert_eq!(body["success"], false);
        assert_eq!(body["processId"], "0193A5B07E6C7C00");
        assert_eq!(body["reasons"][0]["message"], "Cannot find entity by key: 'A1'.");
    }
}
