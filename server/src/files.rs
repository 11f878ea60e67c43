//! Partner organisations and partner users as files, streamed: however many
//! there are, a portion at a time is in memory. The first columns are those
//! that an import reads.

use crate::spreadsheet;
use crate::store::{Store, StoreError, organisations, users};
use axum::body::Bytes;
use futures::stream;
use partners_app::domain::{ImportKind, OrganisationQuery, OrganisationRow, Timestamp};
use serde_json::json;
use std::borrow::Cow;
use uuid::Uuid;

/// How many organisations are read at once: a search is worked out anew for
/// each portion.
const ORGANISATIONS: usize = 2_000;
/// How many users.
const USERS: i64 = 2_000;

/// What a file is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values, with a first line of columns' names.
    Csv,
    /// An object in JSON on each line.
    JsonLines,
}

impl Format {
    /// Reads the word of an address.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "csv" => Some(Self::Csv),
            "jsonl" => Some(Self::JsonLines),
            _ => None,
        }
    }

    /// Its media type.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::JsonLines => "application/jsonl; charset=utf-8",
        }
    }
}

/// Begins a file of CSV: without it Excel takes UTF-8 for something else.
pub const BYTE_ORDER_MARK: &str = "\u{feff}";

/// The columns of organisations; an import reads the first ones.
const ORGANISATION_HEAD: [&str; 10] = [
    "name",
    "logo",
    "zuora_account_id",
    "salesforce_account_id",
    "invoice_owner",
    "partner_organisation_id",
    "users",
    "created",
    "changed",
    "suspended",
];

/// The columns of users; an import reads the first ones.
const USER_HEAD: [&str; 8] = [
    "name",
    "email",
    "partner_organisation",
    "partner_organisation_id",
    "role",
    "status",
    "created",
    "last_sign_in",
];

/// The first line of a file that can be imported.
#[must_use]
pub fn template(kind: ImportKind) -> String {
    let names: Vec<_> = kind.fields().iter().map(|field| Cow::Borrowed(field.name)).collect();
    csv_line(&names)
}

/// The organisations that a query finds, in its order, from its place on.
pub fn organisations_file(
    store: Store,
    query: OrganisationQuery,
    format: Format,
) -> impl futures::Stream<Item = Result<Bytes, StoreError>> + Send {
    let head = head(&ORGANISATION_HEAD, format);
    stream::try_unfold((Some(query), head), move |(query, mut text)| {
        let store = store.clone();
        async move {
            let Some(mut query) = query else { return Ok(None) };
            let mut reader = store.read().await?;
            let rows = organisations::rows(reader.connection(), &query, ORGANISATIONS).await?;
            for row in &rows {
                text += &organisation_line(row, format);
            }
            query.after = rows.last().map(|row| organisations::place_of(row, query.sort));
            let next = query.after.is_some().then_some(query);
            Ok(Some((Bytes::from(text), (next, String::new()))))
        }
    })
}

/// All partner users, the oldest first.
pub fn users_file(
    store: Store,
    now: Timestamp,
    format: Format,
) -> impl futures::Stream<Item = Result<Bytes, StoreError>> + Send {
    let head = head(&USER_HEAD, format);
    stream::try_unfold((Some(Uuid::nil()), head), move |(place, mut text)| {
        let store = store.clone();
        async move {
            let Some(place) = place else { return Ok(None) };
            let mut reader = store.read().await?;
            let rows = users::behind(reader.connection(), place, USERS, now).await?;
            for (user, organisation) in &rows {
                let status = user.status.as_str();
                let (created, last) = (user.created_at.iso(), user.last_sign_in_at);
                let last = last.map(|at| at.iso());
                text += &match format {
                    Format::Csv => csv_line(&[
                        user.name.as_str().into(),
                        user.email.as_str().into(),
                        organisation.as_str().into(),
                        user.organisation.to_string().into(),
                        user.role.as_str().into(),
                        status.into(),
                        created.into(),
                        last.unwrap_or_default().into(),
                    ]),
                    Format::JsonLines => {
                        let object = json!({
                            "id": user.id,
                            "name": user.name,
                            "email": user.email,
                            "partner_organisation": organisation,
                            "partner_organisation_id": user.organisation,
                            "role": user.role,
                            "status": status,
                            "created": created,
                            "last_sign_in": last,
                        });
                        format!("{object}\n")
                    }
                };
            }
            let next = rows.last().map(|(user, _)| user.id.0);
            Ok(Some((Bytes::from(text), (next, String::new()))))
        }
    })
}

fn head(columns: &[&'static str], format: Format) -> String {
    match format {
        Format::Csv => {
            csv_line(&columns.iter().map(|name| Cow::Borrowed(*name)).collect::<Vec<_>>())
        }
        Format::JsonLines => String::new(),
    }
}

fn organisation_line(row: &OrganisationRow, format: Format) -> String {
    let it = &row.organisation;
    let (created, changed) = (it.created_at.iso(), it.updated_at.iso());
    let suspended = it.suspended_at.map(|since| since.iso());
    match format {
        Format::Csv => {
            let salesforce = it.salesforce_account.as_ref().map(|account| account.as_str());
            csv_line(&[
                it.name.as_str().into(),
                it.logo.as_ref().map(|logo| logo.as_str()).unwrap_or_default().into(),
                it.zuora_account.as_str().into(),
                salesforce.unwrap_or_default().into(),
                it.invoice_owner.as_str().into(),
                it.id.to_string().into(),
                row.users.to_string().into(),
                created.into(),
                changed.into(),
                suspended.unwrap_or_default().into(),
            ])
        }
        Format::JsonLines => {
            let object = json!({
                "id": it.id,
                "name": it.name,
                "logo": it.logo,
                "zuora_account_id": it.zuora_account,
                "salesforce_account_id": it.salesforce_account,
                "invoice_owner": it.invoice_owner,
                "users": row.users,
                "created": created,
                "changed": changed,
                "suspended": suspended,
            });
            format!("{object}\n")
        }
    }
}

/// A line of CSV.
#[must_use]
pub fn csv_line(cells: &[Cow<'_, str>]) -> String {
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    // Writing to memory does not fail, and what goes in as text comes out so.
    let _ = writer.write_record(cells.iter().map(|cell| spreadsheet::guarded(cell)));
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_and_none_breaks_the_line() {
        let cells = ["=HYPERLINK(\"x\")", "@a", "-1", "a,b", "say \"hi\"", "two\nlines", "plain"];
        let line = csv_line(&cells.map(Cow::Borrowed));
        assert_eq!(
            line,
            "\"'=HYPERLINK(\"\"x\"\")\",'@a,'-1,\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",plain\r\n"
        );
    }

    #[test]
    fn no_cell_is_a_formula_where_another_separator_is_set() {
        for cell in ["x;\"=1+1;y", "x;\" \"\"@a", "x;=1", "x\t\"-1", "x\n=1", "x;'\"+1"] {
            let line = csv_line(&["A", cell].map(Cow::Borrowed));
            for delimiter in [b',', b';', b'\t'] {
                let mut reader = csv::ReaderBuilder::new()
                    .has_headers(false)
                    .flexible(true)
                    .delimiter(delimiter)
                    .from_reader(line.as_bytes());
                for record in reader.records() {
                    for field in &record.expect("text") {
                        assert!(!field.starts_with(['=', '+', '-', '@']), "{cell:?}: {field:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_template_has_the_columns_that_exports_begin_with() {
        for (kind, head) in [
            (ImportKind::Organisations, &ORGANISATION_HEAD[..]),
            (ImportKind::Users, &USER_HEAD[..]),
        ] {
            assert!(head.join(",").starts_with(template(kind).trim_end()), "{kind:?}");
        }
    }
}
