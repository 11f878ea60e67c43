//! Partner organisations and partner users from a file: what is in it, what is
//! known of each of its rows, and how far it has come.

mod columns;

pub use columns::{ImportField, Matching, ORGANISATION, ORGANISATION_ID, column_field, column_key};

use super::fields::FieldErrors;
use super::organisation::OrganisationId;
use super::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// The largest file, in bytes.
pub const MAXIMUM_BYTES: usize = 10 * 1024 * 1024;
/// The most rows in a file.
pub const MAXIMUM_ROWS: usize = 50_000;
/// The field of the form that has the file.
pub const FILE: &str = "file";
/// The field of the form that says what is in it.
pub const KIND: &str = "kind";
/// Stands beside a Zuora account that could not be asked for in time.
pub const UNCHECKED: &str = "Not checked in Zuora yet.";
/// Stands for a field where a problem is a whole line's.
pub const LINE: &str = "";

/// An import's ID: a UUID of version 7.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ImportId(pub Uuid);

impl fmt::Display for ImportId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for ImportId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::try_parse(text).map(Self)
    }
}

/// What is in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportKind {
    /// Partner organisations.
    Organisations,
    /// Partner users.
    Users,
}

impl ImportKind {
    /// Both, in the order in which they are offered.
    pub const ALL: [Self; 2] = [Self::Organisations, Self::Users];

    /// The word in forms, addresses, the database and the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Organisations => "organisations",
            Self::Users => "users",
        }
    }

    /// What people call them.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Organisations => "Partner organisations",
            Self::Users => "Partner users",
        }
    }

    /// One of them, and several, within a sentence.
    #[must_use]
    pub const fn nouns(self) -> (&'static str, &'static str) {
        match self {
            Self::Organisations => ("organisation", "organisations"),
            Self::Users => ("user", "users"),
        }
    }
}

impl FromStr for ImportKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| "Choose what is in the file.".to_owned())
    }
}

/// What is known of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowState {
    /// It will be imported.
    Ready,
    /// Another organisation has its name or its Zuora account.
    LooksSame,
    /// Something in it has to be mended first.
    Problem,
    /// What it describes exists.
    There,
    /// What it describes was created.
    Created,
}

impl RowState {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Ready, Self::LooksSame, Self::Problem, Self::There, Self::Created];

    /// The word in the database and in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::LooksSame => "looks_same",
            Self::Problem => "problem",
            Self::There => "already_there",
            Self::Created => "created",
        }
    }

    /// The words for people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Ready => "Ready",
            Self::LooksSame => "Looks the same",
            Self::Problem => "Problem",
            Self::There => "Already there",
            Self::Created => "Created",
        }
    }
}

impl FromStr for RowState {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| format!("no such state of a row: {text}"))
    }
}

/// How many rows stand how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportCounts {
    /// To be imported.
    pub ready: i64,
    /// Like another organisation.
    pub looks_same: i64,
    /// To be mended.
    pub problem: i64,
    /// There already.
    pub there: i64,
    /// Created by this import.
    pub created: i64,
}

impl ImportCounts {
    /// Counts one more row, or several.
    pub const fn add(&mut self, state: RowState, number: i64) {
        *match state {
            RowState::Ready => &mut self.ready,
            RowState::LooksSame => &mut self.looks_same,
            RowState::Problem => &mut self.problem,
            RowState::There => &mut self.there,
            RowState::Created => &mut self.created,
        } += number;
    }

    /// All rows.
    #[must_use]
    pub const fn total(&self) -> i64 {
        self.ready + self.looks_same + self.problem + self.there + self.created
    }

    /// How many are neither created nor about to be.
    #[must_use]
    pub const fn left_out(&self) -> i64 {
        self.looks_same + self.problem + self.there
    }

    /// How many need somebody to look at them.
    #[must_use]
    pub const fn to_look_at(&self) -> i64 {
        self.looks_same + self.problem
    }
}

/// How far an import has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportState {
    /// Its rows were looked at; nothing was created.
    Checked,
    /// What is ready is being created.
    Applying,
    /// What was ready was created.
    Done,
}

impl ImportState {
    /// The word in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Checked => "checked",
            Self::Applying => "applying",
            Self::Done => "done",
        }
    }

    /// The words for people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Checked => "Not imported",
            Self::Applying => "Being imported",
            Self::Done => "Imported",
        }
    }
}

impl FromStr for ImportState {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Checked, Self::Applying, Self::Done]
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| format!("no such state of an import: {text}"))
    }
}

/// A file that was uploaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// Its ID.
    pub id: ImportId,
    /// What is in it.
    pub kind: ImportKind,
    /// What it was called.
    pub file_name: String,
    /// The names of its columns.
    pub columns: Vec<String>,
    /// What they have.
    pub matching: Matching,
    /// How far it has come.
    pub state: ImportState,
    /// When it was uploaded.
    pub created_at: Timestamp,
    /// By whom.
    pub created_by: String,
    /// When everything was created that was ready.
    pub finished_at: Option<Timestamp>,
    /// Who had it imported; empty before.
    pub started_by: String,
    /// How many rows the file has. They are kept for a while only.
    pub rows: i64,
}

/// A row of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportRow {
    /// Its place among the rows, from 1.
    pub number: i64,
    /// The line of the file that it begins on.
    pub line: i64,
    /// Its cells, in the order of the file's columns.
    pub cells: Vec<String>,
    /// What is known of it.
    pub state: RowState,
    /// What is wrong with it; of the field [`LINE`] where it is the whole line.
    pub problems: FieldErrors,
    /// The organisation that it describes or whose user it describes, once that
    /// exists.
    pub organisation: Option<OrganisationId>,
    /// The ID of what it describes, once that exists.
    pub subject: Option<Uuid>,
}

/// Which rows are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowsShown {
    /// Those with problems where there are any, else all.
    #[default]
    Telling,
    /// All.
    All,
    /// Those that need somebody to look at them.
    Problems,
}

impl RowsShown {
    /// Reads the word of an address; what is not understood counts as not given.
    #[must_use]
    pub fn parse(word: &str) -> Self {
        match word {
            "all" => Self::All,
            "problems" => Self::Problems,
            _ => Self::Telling,
        }
    }
}

/// An import and some of its rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportPage {
    /// The import.
    pub import: Import,
    /// How many rows stand how.
    pub counts: ImportCounts,
    /// Some of the rows.
    pub rows: Vec<ImportRow>,
    /// Whether these are those with problems alone.
    pub only_problems: bool,
    /// Where the page before ends; `None` on the first.
    pub previous: Option<i64>,
    /// Where the page after begins; `None` on the last.
    pub next: Option<i64>,
    /// How many rows are ready, but beside their Zuora account stands
    /// [`UNCHECKED`].
    pub unchecked: i64,
    /// The import of a file with the same content before this one.
    pub earlier: Option<Import>,
    /// Whether no mail is sent, so that admins hand temporary passwords over.
    pub hands_over: bool,
}

/// How far an import has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportProgress {
    /// The import's state.
    pub state: ImportState,
    /// How many rows stand how.
    pub counts: ImportCounts,
}
