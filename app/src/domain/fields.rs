//! What is wrong with a form, field by field, in words an admin understands.

use serde::{Deserialize, Serialize};

/// A place to go to from a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Path in this application.
    pub href: String,
    /// What the link is called.
    pub text: String,
}

/// One field's problem.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// The field's `name` in the form.
    pub field: String,
    /// What is wrong and how to mend it.
    pub message: String,
    /// Where the message points to, if anywhere.
    pub link: Option<Link>,
}

/// All problems of a form, in the order of its fields; at most one a field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldErrors(Vec<FieldError>);

impl FieldErrors {
    /// No problems yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One problem.
    #[must_use]
    pub fn one(field: &str, message: impl Into<String>) -> Self {
        let mut errors = Self::new();
        errors.push(field, message);
        errors
    }

    /// The same problems, the last of them with a link.
    #[must_use]
    pub fn with_link(mut self, href: impl Into<String>, text: impl Into<String>) -> Self {
        if let Some(last) = self.0.last_mut() {
            last.link = Some(Link { href: href.into(), text: text.into() });
        }
        self
    }

    /// Adds a problem.
    pub fn push(&mut self, field: &str, message: impl Into<String>) {
        self.0.push(FieldError { field: field.to_owned(), message: message.into(), link: None });
    }

    /// Takes a parsed value, or notes why it could not be parsed.
    pub fn take<T, E: std::fmt::Display>(
        &mut self,
        field: &str,
        parsed: Result<T, E>,
    ) -> Option<T> {
        match parsed {
            Ok(value) => Some(value),
            Err(problem) => {
                self.push(field, problem.to_string());
                None
            }
        }
    }

    /// The problem of the field called `name`.
    #[must_use]
    pub fn of(&self, name: &str) -> Option<&FieldError> {
        self.0.iter().find(|error| error.field == name)
    }

    /// Forgets the problem of the field called `name`.
    pub fn remove(&mut self, name: &str) {
        self.0.retain(|error| error.field != name);
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them, in the form's order.
    pub fn iter(&self) -> impl Iterator<Item = &FieldError> {
        self.0.iter()
    }
}

/// The field in which somebody types what they are about to delete.
pub const CONFIRMATION: &str = "confirmation";

/// Checks that what was typed is what is to be deleted, whatever its case and
/// the spaces around it.
///
/// # Errors
/// The field's problem.
pub fn confirmed(typed: &str, wanted: &str) -> Result<(), FieldErrors> {
    let key = |text: &str| {
        super::text::comparison_key(&text.split_whitespace().collect::<Vec<_>>().join(" "))
    };
    if key(typed) == key(wanted) {
        return Ok(());
    }
    Err(FieldErrors::one(CONFIRMATION, format!("Type “{wanted}” to confirm.")))
}
