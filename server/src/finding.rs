//! What `partners doctor` finds.

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What must hold.
    pub check: String,
    /// Whether it holds.
    pub ok: bool,
    /// Where it does not: what to change.
    pub change: Option<String>,
}

impl Finding {
    /// It holds, or `change` says what to do.
    #[must_use]
    pub fn new(check: impl Into<String>, ok: bool, change: &str) -> Self {
        Self { check: check.into(), ok, change: (!ok).then(|| change.to_owned()) }
    }

    /// It holds.
    #[must_use]
    pub fn good(check: impl Into<String>) -> Self {
        Self::new(check, true, "")
    }

    /// It does not, and this says why.
    #[must_use]
    pub fn bad(check: impl Into<String>, change: impl ToString) -> Self {
        Self::new(check, false, &change.to_string())
    }
}
