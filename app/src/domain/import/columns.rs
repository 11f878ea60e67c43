//! Which columns a file may have, and which of its columns have what.

use super::ImportKind;
use crate::domain::fields::FieldErrors;
use crate::domain::organisation::field as organisation_field;
use crate::domain::user::field as user_field;
use serde::{Deserialize, Serialize};

/// The column of a file of users that names the organisation.
pub const ORGANISATION: &str = "partner_organisation";
/// The column of a file of users that has the organisation's ID.
pub const ORGANISATION_ID: &str = "partner_organisation_id";

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
