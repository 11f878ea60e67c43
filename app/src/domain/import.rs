//! Partner organisations and partner users from a file: which columns it may
//! have, what is known of each of its rows, and how far it has come.

use super::fields::FieldErrors;
use super::organisation::{OrganisationId, field as organisation_field};
use super::timestamp::Timestamp;
use super::user::field as user_field;
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
/// The column of a file of users that names the organisation.
pub const ORGANISATION: &str = "partner_organisation";
/// The column of a file of users that has the organisation's ID.
pub const ORGANISATION_ID: &str = "partner_organisation_id";
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

/// A column that is read.
#[derive(Debug, PartialEq, Eq)]
pub struct ImportField {
    /// Its name, as exports write it.
    pub name: &'static str,
    /// What people call it.
    pub label: &'static str,
    /// What stands in it.
    pub help: &'static str,
    /// Other names it goes by, as they are compared.
    also: &'static [&'static str],
}

const ORGANISATION_FIELDS: &[ImportField] = &[
    ImportField {
        name: organisation_field::NAME,
        label: "Partner organisation name",
        help: "Always needed.",
        also: &[
            "partnerorganisationname",
            "partnerorganizationname",
            "partnerorganisation",
            "organisation",
            "organisationname",
            "partner",
        ],
    },
    ImportField {
        name: organisation_field::LOGO,
        label: "Logo (URL)",
        help: "An address that starts with https://, or nothing.",
        also: &["logourl"],
    },
    ImportField {
        name: organisation_field::ZUORA_ACCOUNT,
        label: "Zuora account ID",
        help: "The ID or the account number. Always needed.",
        also: &["zuoraaccount", "zuoraaccountnumber"],
    },
    ImportField {
        name: organisation_field::SALESFORCE_ACCOUNT,
        label: "Salesforce account ID",
        help: "Needed where this installation uses Salesforce.",
        also: &["salesforceaccount"],
    },
    ImportField {
        name: organisation_field::INVOICE_OWNER,
        label: "Zuora Invoice Owner",
        help: "“partner” or “end_customer”. Always needed.",
        also: &["zuorainvoiceowner"],
    },
];

const USER_FIELDS: &[ImportField] = &[
    ImportField {
        name: user_field::NAME,
        label: "Name",
        help: "The person’s name. Always needed.",
        also: &["username", "fullname", "person"],
    },
    ImportField {
        name: user_field::EMAIL,
        label: "Email address",
        help: "To sign in with. Always needed.",
        also: &["emailaddress", "mail"],
    },
    ImportField {
        name: ORGANISATION,
        label: "Partner organisation",
        help: "Its whole name, where no other has it, or its ID.",
        also: &["partnerorganization", "partnerorganisationname", "organisation", "partner"],
    },
    ImportField {
        name: ORGANISATION_ID,
        label: "Partner Organisation ID",
        help: "Instead of the name. Where this installation has no such ID, the name counts.",
        also: &["partnerorganizationid", "organisationid"],
    },
    ImportField {
        name: user_field::ROLE,
        label: "Role",
        help: "“manager” or “member”. Where it is empty, an organisation’s first user is a manager.",
        also: &[],
    },
];

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

    /// The columns that are read, in the order of the template.
    #[must_use]
    pub const fn fields(self) -> &'static [ImportField] {
        match self {
            Self::Organisations => ORGANISATION_FIELDS,
            Self::Users => USER_FIELDS,
        }
    }

    /// The column called `name`.
    #[must_use]
    pub fn field(self, name: &str) -> Option<&'static ImportField> {
        self.fields().iter().find(|field| field.name == name)
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

/// A column's name as it is compared: its letters and digits, without case.
#[must_use]
pub fn column_key(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Which field each column of a file has; `None` for a column that is not read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Matching(Vec<Option<String>>);

impl Matching {
    /// What the columns' names say. Of two columns that could have a field the
    /// one with the field's own name has it, else the first.
    #[must_use]
    pub fn by_name(kind: ImportKind, columns: &[String]) -> Self {
        let keys: Vec<String> = columns.iter().map(|name| column_key(name)).collect();
        let mut matching = vec![None; columns.len()];
        for field in kind.fields() {
            let own = column_key(field.name);
            let also = || keys.iter().position(|key| field.also.contains(&key.as_str()));
            let place = keys.iter().position(|key| *key == own).or_else(also);
            if let Some(free) = place.and_then(|place| matching.get_mut(place))
                && free.is_none()
            {
                *free = Some(field.name.to_owned());
            }
        }
        Self(matching)
    }

    /// What was chosen for the columns, in their order: a field's name, or
    /// nothing.
    ///
    /// # Errors
    /// Where a field is chosen twice; the problem is the second column's, as
    /// [`column_field`] calls it.
    pub fn parse(kind: ImportKind, chosen: &[String]) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::new();
        let mut matching: Vec<Option<String>> = Vec::with_capacity(chosen.len());
        for (place, word) in chosen.iter().enumerate() {
            let field = kind.field(word);
            let before = field.and_then(|field| {
                matching.iter().position(|taken| taken.as_deref() == Some(field.name))
            });
            if let (Some(before), Some(field)) = (before, field) {
                let message = format!(
                    "{} is taken from column {} already. Choose another, or “Not imported”.",
                    field.label,
                    before + 1
                );
                errors.push(&column_field(place), message);
            }
            matching.push(field.map(|field| field.name.to_owned()));
        }
        if errors.is_empty() { Ok(Self(matching)) } else { Err(errors) }
    }

    /// The field that the column at `place` has.
    #[must_use]
    pub fn of(&self, place: usize) -> Option<&str> {
        self.0.get(place)?.as_deref()
    }

    /// The column that has the field called `name`.
    #[must_use]
    pub fn place(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|field| field.as_deref() == Some(name))
    }

    /// How many columns there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether no column has a field.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(Option::is_none)
    }

    /// What every row needs and no column has, as people call it.
    #[must_use]
    pub fn missing(&self, kind: ImportKind) -> Vec<&'static str> {
        let has = |name: &str| self.place(name).is_some();
        let is_needed = |field: &&ImportField| match field.name {
            organisation_field::LOGO | organisation_field::SALESFORCE_ACCOUNT => false,
            ORGANISATION => !has(ORGANISATION) && !has(ORGANISATION_ID),
            ORGANISATION_ID | user_field::ROLE => false,
            name => !has(name),
        };
        kind.fields().iter().filter(is_needed).map(|field| field.label).collect()
    }
}

/// The form's field in which the column at `place` is matched.
#[must_use]
pub fn column_field(place: usize) -> String {
    format!("column-{place}")
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

/// What became of one of several organisations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BulkOutcome {
    /// It was changed.
    Changed,
    /// It was so already.
    WasSo,
    /// There is no such organisation any more.
    Gone,
}

/// What became of one of several organisations, and what it is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkResult {
    /// The organisation.
    pub id: OrganisationId,
    /// Its name; empty where it is gone.
    pub name: String,
    /// What became of it.
    pub outcome: BulkOutcome,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn columns_are_known_by_any_spelling_of_their_names() {
        let kind = ImportKind::Organisations;
        for names in [
            ["name", "logo", "zuora_account_id", "salesforce_account_id", "invoice_owner"],
            [
                "Partner organisation name",
                "LOGO (URL)",
                " Zuora Account-ID ",
                "Salesforce account ID",
                "Zuora Invoice Owner",
            ],
        ] {
            let matching = Matching::by_name(kind, &columns(&names));
            let fields: Vec<_> = (0..5).map(|place| matching.of(place)).collect();
            let wanted: Vec<_> = kind.fields().iter().map(|field| Some(field.name)).collect();
            assert_eq!(fields, wanted, "{names:?}");
            assert!(matching.missing(kind).is_empty());
        }
    }

    #[test]
    fn a_field_has_one_column_and_its_own_name_counts_first() {
        let names = columns(&["Partner", "users", "name"]);
        let matching = Matching::by_name(ImportKind::Organisations, &names);
        assert_eq!((matching.place("name"), matching.of(0)), (Some(2), None));
        let missing = matching.missing(ImportKind::Organisations);
        assert_eq!(missing, ["Zuora account ID", "Zuora Invoice Owner"]);
    }

    #[test]
    fn a_user_names_the_organisation_one_way_or_the_other() {
        for names in [["name", "email", "Organisation"], ["name", "email", "organisation_id"]] {
            let matching = Matching::by_name(ImportKind::Users, &columns(&names));
            assert!(matching.missing(ImportKind::Users).is_empty(), "{names:?}");
        }
    }

    #[test]
    fn a_field_is_not_chosen_twice() {
        let chosen = columns(&["name", "", "nonsense", "name"]);
        let errors = Matching::parse(ImportKind::Users, &chosen).expect_err("twice");
        let error = errors.of(&column_field(3)).expect("at the second");
        assert!(error.message.contains("column 1"), "{}", error.message);
        let matching = Matching::parse(ImportKind::Users, &chosen[..3]).expect("once");
        assert_eq!((matching.of(0), matching.of(1), matching.of(2)), (Some("name"), None, None));
    }
}
