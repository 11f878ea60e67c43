//! What is known of the rows of a file: which can be imported, which exist,
//! and what is wrong with the others, in the words of the forms.

use crate::store::existing::{self, EmailOwner, ExistingOrganisations};
use crate::store::{Connection, StoreResult, organisations};
use partners_app::domain::import::{LINE, ORGANISATION, ORGANISATION_ID};
use partners_app::domain::organisation::field as organisation_field;
use partners_app::domain::text::comparison_key;
use partners_app::domain::user::field as user_field;
use partners_app::domain::{
    DuplicateOrganisation, FieldErrors, ImportKind, InvoiceOwner, Matching, NewOrganisation,
    NewUser, OrganisationForm, OrganisationId, OrganisationName, RowState, UserForm,
};
use partners_app::paths;
use std::collections::HashMap;
use uuid::Uuid;

/// By what rows are read.
#[derive(Clone, Debug)]
pub struct Rules {
    /// What is in the file.
    pub kind: ImportKind,
    /// What its columns have.
    pub matching: Matching,
    /// Whether organisations need a Salesforce account.
    pub uses_salesforce: bool,
}

/// What a row describes.
#[derive(Clone, Debug)]
pub enum New {
    /// A partner organisation.
    Organisation(NewOrganisation),
    /// A user of an organisation.
    User(OrganisationId, NewUser),
}

/// What is known of a row.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The word for it.
    pub state: RowState,
    /// What is wrong with it, or was noticed.
    pub problems: FieldErrors,
    /// What it describes, where it can be imported.
    pub new: Option<New>,
    /// What exists already: it, and its organisation.
    pub existing: Option<(Uuid, OrganisationId)>,
}

impl Verdict {
    const fn problem(problems: FieldErrors) -> Self {
        Self { state: RowState::Problem, problems, new: None, existing: None }
    }

    fn ready(new: New) -> Self {
        Self {
            state: RowState::Ready,
            problems: FieldErrors::new(),
            new: Some(new),
            existing: None,
        }
    }

    fn there(id: Uuid, organisation: OrganisationId) -> Self {
        Self {
            state: RowState::There,
            problems: FieldErrors::new(),
            new: None,
            existing: Some((id, organisation)),
        }
    }
}

/// What the lines above a row have, each with the line it stood on first.
#[derive(Debug, Default)]
pub struct Above {
    organisations: HashMap<(String, String), i64>,
    names: HashMap<String, i64>,
    accounts: HashMap<String, i64>,
    emails: HashMap<String, i64>,
}

/// A row of a file: the line it begins on, and its cells.
pub type Row<'a> = (i64, &'a [String]);

/// Looks at some rows of a file, a few hundred at most; `above` knows the rows
/// before them.
///
/// # Errors
/// Where the database fails.
pub async fn check(
    connection: Connection<'_>,
    rules: &Rules,
    above: &mut Above,
    rows: &[Row<'_>],
) -> StoreResult<Vec<Verdict>> {
    match rules.kind {
        ImportKind::Organisations => check_organisations(connection, rules, above, rows).await,
        ImportKind::Users => check_users(connection, rules, above, rows).await,
    }
}

impl Rules {
    /// The text that a row has in a field; empty where it has none.
    fn text(&self, cells: &[String], field: &str) -> String {
        let cell = self.matching.place(field).and_then(|place| cells.get(place));
        cell.map(|cell| cell.trim().to_owned()).unwrap_or_default()
    }

    /// What is wrong with a line as a whole.
    fn shape(&self, cells: &[String]) -> Option<FieldErrors> {
        let (has, wants) = (cells.len(), self.matching.len());
        let beyond = cells.iter().skip(wants).any(|cell| !cell.trim().is_empty());
        if has >= wants && !beyond {
            return None;
        }
        let many =
            |number, one: &str| format!("{number} {one}{}", if number == 1 { "" } else { "s" });
        let are = if wants == 1 { "there is" } else { "there are" };
        let message = format!(
            "This line has {}, but {are} {}. Check its separators and quotation marks.",
            many(has, "cell"),
            many(wants, "column")
        );
        Some(FieldErrors::one(LINE, message))
    }

    fn organisation(&self, cells: &[String]) -> Result<NewOrganisation, FieldErrors> {
        let form = OrganisationForm {
            name: self.text(cells, organisation_field::NAME),
            logo: self.text(cells, organisation_field::LOGO),
            zuora_account_id: self.text(cells, organisation_field::ZUORA_ACCOUNT),
            salesforce_account_id: self.text(cells, organisation_field::SALESFORCE_ACCOUNT),
            invoice_owner: owner_word(&self.text(cells, organisation_field::INVOICE_OWNER)),
        };
        form.parse(self.uses_salesforce)
    }
}

/// The value that a spelling of an invoice owner stands for, as people may
/// write it.
fn owner_word(text: &str) -> String {
    let key = text.to_lowercase().replace([' ', '-'], "_");
    let known = InvoiceOwner::ALL.into_iter().find(|owner| owner.as_str() == key);
    known.map_or_else(|| text.to_owned(), |owner| owner.as_str().to_owned())
}

async fn check_organisations(
    mut connection: Connection<'_>,
    rules: &Rules,
    above: &mut Above,
    rows: &[Row<'_>],
) -> StoreResult<Vec<Verdict>> {
    let parsed: Vec<_> = rows
        .iter()
        .map(|(_, cells)| rules.shape(cells).map_or_else(|| rules.organisation(cells), Err))
        .collect();
    let wanted: Vec<_> = parsed.iter().filter_map(|parsed| parsed.as_ref().ok()).collect();
    let existing = existing::organisations_like(connection.lend(), &wanted).await?;
    let mut verdicts = Vec::with_capacity(rows.len());
    for ((line, _), parsed) in rows.iter().zip(parsed) {
        verdicts.push(match parsed {
            Err(problems) => Verdict::problem(problems),
            Ok(new) => organisation(connection.lend(), &existing, above, *line, new).await?,
        });
    }
    Ok(verdicts)
}

async fn organisation(
    connection: Connection<'_>,
    existing: &ExistingOrganisations,
    above: &mut Above,
    line: i64,
    new: NewOrganisation,
) -> StoreResult<Verdict> {
    let both = (new.name.key(), new.zuora_account.key());
    if let Some(id) = existing.same.get(&both) {
        return Ok(Verdict::there(id.0, *id));
    }
    if let Some(first) = above.organisations.get(&both) {
        let message = format!(
            "Line {first} of this file is the same organisation. Remove one of the two lines."
        );
        return Ok(Verdict::problem(FieldErrors::one(organisation_field::NAME, message)));
    }
    let mut noticed = FieldErrors::new();
    if existing.names.contains(&both.0) || existing.accounts.contains(&both.1) {
        for other in organisations::lookalikes(connection, &new).await? {
            notice(&mut noticed, &other);
        }
    }
    for (field, lines, key) in [
        (organisation_field::NAME, &above.names, &both.0),
        (organisation_field::ZUORA_ACCOUNT, &above.accounts, &both.1),
    ] {
        if let Some(first) = lines.get(key).filter(|_| noticed.of(field).is_none()) {
            noticed.push(field, format!("Line {first} of this file has the same."));
        }
    }
    above.names.entry(both.0.clone()).or_insert(line);
    above.accounts.entry(both.1.clone()).or_insert(line);
    above.organisations.insert(both, line);
    let verdict = Verdict::ready(New::Organisation(new));
    Ok(if noticed.is_empty() {
        verdict
    } else {
        Verdict { state: RowState::LooksSame, problems: noticed, ..verdict }
    })
}

fn notice(noticed: &mut FieldErrors, other: &DuplicateOrganisation) {
    for (field, is_same) in [
        (organisation_field::NAME, other.same_name),
        (organisation_field::ZUORA_ACCOUNT, other.same_zuora_account),
    ] {
        if is_same && noticed.of(field).is_none() {
            noticed.push(field, format!("{} has the same.", other.name));
            *noticed = std::mem::take(noticed)
                .with_link(paths::organisation(other.id), format!("Open {}", other.name));
        }
    }
}

/// Whom a row says that a user belongs to.
struct Naming {
    /// An ID, and the field that it stands in.
    id: Option<(OrganisationId, &'static str)>,
    /// A name; empty where there is none.
    name: String,
}

impl Naming {
    fn of(rules: &Rules, cells: &[String]) -> Result<Self, FieldErrors> {
        let (mut name, id) = (rules.text(cells, ORGANISATION), rules.text(cells, ORGANISATION_ID));
        let mut named = None;
        if !id.is_empty() {
            let id = id.parse::<OrganisationId>().map_err(|_| {
                FieldErrors::one(
                    ORGANISATION_ID,
                    "Enter a Partner Organisation ID such as 0198c2d1-0000-7000-8000-000000000000.",
                )
            })?;
            named = Some((id, ORGANISATION_ID));
        }
        // The ID may stand in the place of the name, and in both.
        if let Ok(id) = name.parse::<OrganisationId>()
            && named.is_none_or(|(other, _)| other == id)
        {
            named = named.or(Some((id, ORGANISATION)));
            name.clear();
        }
        if named.is_none() && name.is_empty() {
            let field = if rules.matching.place(ORGANISATION).is_some() {
                ORGANISATION
            } else {
                ORGANISATION_ID
            };
            return Err(FieldErrors::one(
                field,
                "Enter the name or the ID of the partner organisation.",
            ));
        }
        // As a name is kept: what is folded there is folded here.
        if let Ok(kept) = OrganisationName::parse(&name) {
            kept.as_str().clone_into(&mut name);
        }
        Ok(Self { id: named, name })
    }
}

/// The organisations that rows name.
struct Known {
    by_id: HashMap<OrganisationId, OrganisationName>,
    by_name: HashMap<String, Vec<OrganisationId>>,
}

impl Known {
    async fn of(mut connection: Connection<'_>, namings: &[&Naming]) -> StoreResult<Self> {
        let ids: Vec<_> = namings.iter().filter_map(|naming| Some(naming.id?.0)).collect();
        let mut names: Vec<_> = namings
            .iter()
            .filter(|naming| !naming.name.is_empty())
            .map(|naming| comparison_key(&naming.name))
            .collect();
        names.sort_unstable();
        names.dedup();
        let by_id = existing::organisations_with_ids(connection.lend(), &ids).await?;
        let mut by_name: HashMap<String, Vec<OrganisationId>> = HashMap::new();
        for (id, name) in existing::organisations_with_names(connection, &names).await? {
            by_name.entry(name.key()).or_default().push(id);
        }
        Ok(Self { by_id: by_id.into_iter().collect(), by_name })
    }

    fn find(&self, naming: &Naming) -> Result<OrganisationId, FieldErrors> {
        if let Some((id, field)) = naming.id {
            match self.by_id.get(&id) {
                Some(found)
                    if naming.name.is_empty() || found.key() == comparison_key(&naming.name) =>
                {
                    return Ok(id);
                }
                Some(found) => {
                    let message = format!(
                        "This is the ID of {found}, not of {}. Correct one of the two.",
                        naming.name
                    );
                    return Err(FieldErrors::one(field, message));
                }
                None => {}
            }
            if naming.name.is_empty() {
                return Err(FieldErrors::one(
                    field,
                    "There is no partner organisation with this ID. Copy the ID from the organisation’s page.",
                ));
            }
        }
        let name = &naming.name;
        match self.by_name.get(&comparison_key(name)).map(Vec::as_slice) {
            Some([only]) => Ok(*only),
            Some(several) => Err(FieldErrors::one(
                ORGANISATION,
                format!(
                    "{} partner organisations are called {name}. Enter the Partner Organisation ID instead.",
                    several.len()
                ),
            )),
            None => Err(FieldErrors::one(
                ORGANISATION,
                format!(
                    "There is no partner organisation called {name}. Import it first, or correct the name."
                ),
            )),
        }
    }
}

async fn check_users(
    mut connection: Connection<'_>,
    rules: &Rules,
    above: &mut Above,
    rows: &[Row<'_>],
) -> StoreResult<Vec<Verdict>> {
    let parsed: Vec<_> = rows
        .iter()
        .map(|(_, cells)| match rules.shape(cells) {
            Some(problems) => Err(problems),
            None => {
                let form = UserForm {
                    name: rules.text(cells, user_field::NAME),
                    email: rules.text(cells, user_field::EMAIL),
                    role: rules.text(cells, user_field::ROLE).to_lowercase(),
                };
                Ok((form.parse(), Naming::of(rules, cells)))
            }
        })
        .collect();
    let namings: Vec<_> =
        parsed.iter().filter_map(|parsed| parsed.as_ref().ok()?.1.as_ref().ok()).collect();
    let known = Known::of(connection.lend(), &namings).await?;
    let emails: Vec<_> = parsed
        .iter()
        .filter_map(|parsed| parsed.as_ref().ok()?.0.as_ref().ok())
        .map(|new| &new.email)
        .collect();
    let owners = existing::owners_of_emails(connection, &emails).await?;
    let verdicts = rows.iter().zip(parsed).map(|((line, _), parsed)| match parsed {
        Err(problems) => Verdict::problem(problems),
        Ok((new, naming)) => {
            let organisation = naming.and_then(|naming| known.find(&naming));
            user(&owners, above, *line, new, organisation)
        }
    });
    Ok(verdicts.collect())
}

fn user(
    owners: &HashMap<String, EmailOwner>,
    above: &mut Above,
    line: i64,
    new: Result<NewUser, FieldErrors>,
    organisation: Result<OrganisationId, FieldErrors>,
) -> Verdict {
    let (new, organisation) = match (new, organisation) {
        (Ok(new), Ok(organisation)) => (new, organisation),
        (new, organisation) => {
            let mut problems = FieldErrors::new();
            for error in [new.err(), organisation.err()].into_iter().flatten() {
                for problem in error.iter() {
                    problems.push(&problem.field, problem.message.clone());
                }
            }
            return Verdict::problem(problems);
        }
    };
    if let Some(owner) = owners.get(new.email.as_str()) {
        if owner.organisation == organisation {
            return Verdict::there(owner.user, organisation);
        }
        let problems = FieldErrors::one(user_field::EMAIL, taken(&new, owner))
            .with_link(paths::organisation(owner.organisation), format!("Open {}", owner.name));
        return Verdict::problem(problems);
    }
    if let Some(first) = above.emails.get(new.email.as_str()) {
        let message = format!(
            "Line {first} of this file has the same email address. Each email can be used for one partner user."
        );
        return Verdict::problem(FieldErrors::one(user_field::EMAIL, message));
    }
    above.emails.insert(new.email.as_str().to_owned(), line);
    Verdict::ready(New::User(organisation, new))
}

/// As the form says it.
fn taken(new: &NewUser, owner: &EmailOwner) -> String {
    format!(
        "{} already belongs to {}. Each email can be used for one partner user.",
        new.email, owner.name
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(columns: &[&str]) -> Rules {
        let columns: Vec<String> = columns.iter().map(|name| (*name).to_owned()).collect();
        let kind = ImportKind::Organisations;
        let matching = Matching::by_name(kind, &columns);
        Rules { kind, matching, uses_salesforce: false }
    }

    fn cells(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn a_short_line_is_told_and_empty_cells_beyond_the_last_column_are_not() {
        let rules = rules(&["name", "zuora_account_id", "invoice_owner"]);
        let short = rules.shape(&cells(&["Acme", "A1"])).expect("too short");
        let message = &short.of(LINE).expect("the line’s").message;
        assert!(message.contains("2 cells, but there are 3 columns."), "{message}");
        assert!(rules.shape(&cells(&["Acme", "A1", "partner", "x"])).is_some());
        assert!(rules.shape(&cells(&["Acme", "A1", "partner", " ", ""])).is_none());
    }

    #[test]
    fn an_invoice_owner_is_known_as_people_write_it() {
        for (text, word) in [
            ("Partner", "partner"),
            ("END CUSTOMER", "end_customer"),
            ("end-customer", "end_customer"),
            ("nobody", "nobody"),
        ] {
            assert_eq!(owner_word(text), word);
        }
    }

    #[test]
    fn a_row_is_read_by_its_columns_wherever_they_stand() {
        let rules = rules(&["invoice owner", "ignored", "zuora account id", "Name"]);
        let new =
            rules.organisation(&cells(&["Partner", "x", " A1 ", "Acme  Ltd"])).expect("valid");
        assert_eq!((new.name.as_str(), new.zuora_account.as_str()), ("Acme Ltd", "A1"));
        let errors = rules.organisation(&cells(&["both", "", "", ""])).expect_err("wrong");
        assert_eq!(errors.iter().count(), 3);
    }
}
