//! Lists as files, streamed: however long they are, a portion at a time is in
//! memory.

use super::{Web, pages};
use crate::store::{Store, StoreError, activity};
use axum::body::{Body, Bytes};
use axum::extract::{Path, Request, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderValue, Response};
use axum::response::{IntoResponse, Redirect};
use futures::stream;
use partners_app::desks::{SessionProof, Visitor};
use partners_app::domain::{ActivityQuery, ActivityRow, OrganisationId};
use partners_app::paths;
use serde_json::json;
use std::borrow::Cow;

/// How many events are read at once.
const PORTION: i64 = 500;

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
    let visitor = request.extensions().get::<Visitor>().cloned();
    let admin = match visitor.map(|visitor| visitor.session) {
        Some(SessionProof::Admin(_)) => true,
        Some(SessionProof::Nobody) | None => {
            return Redirect::to(&paths::sign_in_then(paths::ACTIVITY)).into_response();
        }
        Some(SessionProof::Partner(_)) => false,
    };
    let Some(format) = Format::parse(&format).filter(|_| admin) else {
        return pages::render(State(web), request).await;
    };
    let query = wanted(request.uri().query().unwrap_or_default());
    let mut response = Response::new(Body::from_stream(events(web.store, query, format)));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(format.kind()));
    headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static(format.file()));
    response
}

fn wanted(query: &str) -> ActivityQuery {
    let pairs: Vec<(String, String)> =
        url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let get =
        |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
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
            let rows = activity::read(reader.connection(), &query, PORTION).await?;
            for row in &rows {
                text += &line(row, format);
            }
            query.after = rows.last().map(|row| row.seq);
            let next = query.after.map(|_| query);
            Ok(Some((Bytes::from(text), (next, String::new()))))
        }
    })
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
