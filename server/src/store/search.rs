//! How a text is searched for: the one thing for which the engines need
//! different SQL. Each has its own trigram index, and PostgreSQL its database's
//! order of letters.

/// How a search text is looked up.
pub(super) enum Search {
    /// No search.
    All,
    /// Three characters and more: anywhere in what is indexed, through the
    /// engine's trigram index.
    Anywhere(String),
    /// One or two characters, too short for trigrams: at the beginning, from and
    /// before these keys.
    Begins(String, String),
}

impl Search {
    /// How this text, as it is compared, is looked up.
    pub(super) fn of(key: &str, is_sqlite: bool) -> Self {
        // PostgreSQL takes no NUL in a text.
        let key: String = key.chars().filter(|c| !c.is_control()).collect();
        match key.chars().count() {
            0 => Self::All,
            1 | 2 => {
                let end = format!("{key}{}", char::MAX);
                Self::Begins(key, end)
            }
            // FTS5 reads a quoted phrase; LIKE needs its own signs escaped.
            _ if is_sqlite => Self::Anywhere(format!("\"{}\"", key.replace('"', "\"\""))),
            _ => {
                let escaped = key.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
                Self::Anywhere(format!("%{escaped}%"))
            }
        }
    }

    /// What the condition's parameters $1 and $2 are.
    pub(super) fn parameters(&self) -> (&str, &str) {
        match self {
            Self::All => ("", ""),
            Self::Anywhere(text) => (text, ""),
            Self::Begins(from, before) => (from, before),
        }
    }
}
