//! Lists as files, streamed: however long they are, a portion at a time is in
//! memory.

use super::{Web, pages};
use crate::store::{Store, StoreError, activity, organisations};
use axum::body::{Body, Bytes};
use axum::extract::{Path, Request, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderValue, Response};
use axum::response::{IntoResponse, Redirect};
use futures::stream;
use partners_app::desks::{SessionProof, Visitor};
use partners_app::domain::{
    ActivityQuery, ActivityRow, OrganisationId, OrganisationQuery, OrganisationRow,
};
use partners_app::paths;
use serde_json::json;
use std::borrow::Cow;

/// How many events are read at once.
const EVENTS: i64 = 500;
/// How many organisations: a search is worked out anew for each portion.
const ORGANISATIONS: usize = 2_000;

/// What an export is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Csv,
    JsonLines,
}

impl Format {
    fn parse(word: &str) -> Option<Self> {
        match word {
            "csv" => Some(Self::Csv),
            "jsonl" => Some(Self::JsonLines),
            _ => None,
        }
    }

    const fn kind(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::JsonLines => "application/jsonl; charset=utf-8",
        }
    }

    const fn file(self) -> &'static str {
        match self {
            Self::Csv => "attachment; filename=\"activity.csv\"",
            Self::JsonLines => "attachment; filename=\"activity.jsonl\"",
        }
    }
}

/// `GET /settings/activity/export/{format}`, narrowed as the page is.
pub async fn activity(
    State(web): State<Web>,
    Path(format): Path<String>,
    request: Request,
) -> Response<Body> {
    let format = match asking(&request) {
        Asking::Nobody => {
            return Redirect::to(&paths::sign_in_then(paths::ACTIVITY)).into_response();
        }
        Asking::Admin => Format::parse(&format),
        Asking::Partner => None,
    };
    let Some(format) = format else { return pages::render(State(web), request).await };
    let query = wanted(request.uri().query().unwrap_or_default());
    document(Body::from_stream(events(web.store, query, format)), format.kind(), format.file())
}

/// `GET /settings/profile/partners/export`: the partners table as CSV, narrowed
/// and sorted as the page is.
pub async fn partners(State(web): State<Web>, request: Request) -> Response<Body> {
    match asking(&request) {
        Asking::Nobody => Redirect::to(&paths::sign_in_then(paths::PARTNERS)).into_response(),
        Asking::Partner => pages::render(State(web), request).await,
        Asking::Admin => {
            let pairs = parameters(request.uri().query().unwrap_or_default());
            let query = OrganisationQuery::from_parameters(|name| value(&pairs, name));
            let query = OrganisationQuery { after: None, before: None, ..query };
            let file = "attachment; filename=\"partners.csv\"";
            document(Body::from_stream(table(web.store, query)), Format::Csv.kind(), file)
        }
    }
}

/// Who asks for a file.
enum Asking {
    Admin,
    Partner,
    Nobody,
}

fn asking(request: &Request) -> Asking {
    match request.extensions().get::<Visitor>().map(|visitor| &visitor.session) {
        Some(SessionProof::Admin(_)) => Asking::Admin,
        Some(SessionProof::Partner(_)) => Asking::Partner,
        Some(SessionProof::Nobody) | None => Asking::Nobody,
    }
}

fn document(body: Body, kind: &'static str, file: &'static str) -> Response<Body> {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static(file));
    response
}

type Parameters = Vec<(String, String)>;

fn parameters(query: &str) -> Parameters {
    url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

fn value(parameters: &Parameters, name: &str) -> Option<String> {
    parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
}

fn wanted(query: &str) -> ActivityQuery {
    let pairs = parameters(query);
    let get = |name: &str| value(&pairs, name);
    // A wrong ID is one that no organisation has, never all of them.
    let organisation =
        get(paths::OF_ORGANISATION).map(|id| id.parse::<OrganisationId>().unwrap_or_default());
    ActivityQuery { organisation, after: None, before: None, ..ActivityQuery::from_parameters(get) }
}

/// The events as they stand in the file, the newest first.
fn events(
    store: Store,
    query: ActivityQuery,
    format: Format,
) -> impl futures::Stream<Item = Result<Bytes, StoreError>> {
    let head = match format {
        Format::Csv => csv_line(&HEAD.map(Cow::Borrowed)),
        Format::JsonLines => String::new(),
    };
    stream::try_unfold((Some(query), head), move |(query, mut text)| {
        let store = store.clone();
        async move {
            let Some(mut query) = query else { return Ok(None) };
            let mut reader = store.read().await?;
            let rows = activity::read(reader.connection(), &query, EVENTS).await?;
            for row in &rows {
                text += &line(row, format);
            }
            query.after = rows.last().map(|row| row.seq);
            let next = query.after.map(|_| query);
            Ok(Some((Bytes::from(text), (next, String::new()))))
        }
    })
}

/// The columns of the partners table; the first ones are those of a file that
/// can be imported.
const PARTNER_HEAD: [&str; 10] = [
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

/// The rows of the partners table, after a line with the columns' names.
fn table(
    store: Store,
    query: OrganisationQuery,
) -> impl futures::Stream<Item = Result<Bytes, StoreError>> {
    let head = csv_line(&PARTNER_HEAD.map(Cow::Borrowed));
    stream::try_unfold((Some(query), head), move |(query, mut text)| {
        let store = store.clone();
        async move {
            let Some(mut query) = query else { return Ok(None) };
            let mut reader = store.read().await?;
            let rows = organisations::rows(reader.connection(), &query, ORGANISATIONS).await?;
            for row in &rows {
                text += &partner_line(row);
            }
            query.after = rows.last().map(|row| organisations::place_of(row, query.sort));
            let next = query.after.is_some().then_some(query);
            Ok(Some((Bytes::from(text), (next, String::new()))))
        }
    })
}

fn partner_line(row: &OrganisationRow) -> String {
    let it = &row.organisation;
    let salesforce = it.salesforce_account.as_ref().map(|account| account.as_str());
    csv_line(&[
        it.name.as_str().into(),
        it.logo.as_ref().map(|logo| logo.as_str()).unwrap_or_default().into(),
        it.zuora_account.as_str().into(),
        salesforce.unwrap_or_default().into(),
        it.invoice_owner.as_str().into(),
        it.id.to_string().into(),
        row.users.to_string().into(),
        it.created_at.iso().into(),
        it.updated_at.iso().into(),
        it.suspended_at.map(|since| since.iso()).unwrap_or_default().into(),
    ])
}

/// The columns of the CSV, and the names in JSON.
const HEAD: [&str; 11] = [
    "seq",
    "at",
    "actor_kind",
    "actor_name",
    "action",
    "organisation_id",
    "organisation_name",
    "subject",
    "changes",
    "address",
    "request_id",
];

fn line(row: &ActivityRow, format: Format) -> String {
    let kind = row.actor_kind.map_or("", |kind| kind.as_str());
    let (organisation, name) = row
        .organisation
        .as_ref()
        .map(|(id, name)| (id.to_string(), name.to_string()))
        .unwrap_or_default();
    match format {
        Format::Csv => csv_line(&[
            row.seq.to_string().into(),
            row.at.iso().into(),
            kind.into(),
            row.actor_name.as_str().into(),
            row.action.as_str().into(),
            organisation.into(),
            name.into(),
            row.subject.as_deref().unwrap_or_default().into(),
            json!(row.changes).to_string().into(),
            row.address.as_str().into(),
            row.reference.as_str().into(),
        ]),
        Format::JsonLines => {
            let organisation =
                row.organisation.as_ref().map(|(id, name)| json!({ "id": id, "name": name }));
            let object = json!({
                "seq": row.seq,
                "at": row.at.iso(),
                "actor_kind": kind,
                "actor_name": row.actor_name,
                "action": row.action,
                "organisation": organisation,
                "subject": row.subject,
                "changes": row.changes,
                "address": row.address,
                "request_id": row.reference,
            });
            format!("{object}\n")
        }
    }
}

/// A line of CSV.
fn csv_line(cells: &[Cow<'_, str>]) -> String {
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    // Writing to memory does not fail, and what goes in as text comes out so.
    let _ = writer.write_record(cells.iter().map(|cell| safe_in_spreadsheets(cell).into_owned()));
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}

/// What a spreadsheet would take for a formula gets an apostrophe before it, as
/// OWASP advises ("CSV Injection").
fn safe_in_spreadsheets(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
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
}
