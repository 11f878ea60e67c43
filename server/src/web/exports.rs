//! Lists as files, streamed: however long they are, a portion at a time is in
//! memory.

use super::{Web, pages};
use crate::files::{self, Format, csv_line};
use crate::store::{Store, StoreError, activity};
use axum::body::{Body, Bytes};
use axum::extract::{Path, Request, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderValue, Response};
use axum::response::{IntoResponse, Redirect};
use futures::stream::{self, Stream, StreamExt};
use partners_app::desks::{Admin, SessionProof, Visitor};
use partners_app::domain::{ActivityQuery, ActivityRow, OrganisationQuery};
use partners_app::paths;
use serde_json::json;
use std::borrow::Cow;

/// How many events are read at once.
const EVENTS: i64 = 500;

const fn activity_file(format: Format) -> &'static str {
    match format {
        Format::Csv => "attachment; filename=\"activity.csv\"",
        Format::JsonLines => "attachment; filename=\"activity.jsonl\"",
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
        Asking::Admin(_) => Format::parse(&format),
        Asking::Partner => None,
    };
    let Some(format) = format else { return pages::render(State(web), request).await };
    let query = wanted(request.uri().query().unwrap_or_default());
    let (events, file) = (events(web.store, query, format), activity_file(format));
    match format {
        Format::Csv => csv_document(events, file),
        Format::JsonLines => document(Body::from_stream(events), format.kind(), file),
    }
}

/// `GET /settings/profile/partners/export`: the partners table as CSV, narrowed
/// and sorted as the page is.
pub async fn partners(State(web): State<Web>, request: Request) -> Response<Body> {
    match asking(&request) {
        Asking::Nobody => Redirect::to(&paths::sign_in_then(paths::PARTNERS)).into_response(),
        Asking::Partner => pages::render(State(web), request).await,
        Asking::Admin(_) => {
            let pairs = parameters(request.uri().query().unwrap_or_default());
            let query = OrganisationQuery::from_parameters(|name| value(&pairs, name));
            let query = OrganisationQuery { after: None, before: None, ..query };
            let file = "attachment; filename=\"partners.csv\"";
            csv_document(files::organisations_file(web.store, query, Format::Csv), file)
        }
    }
}

/// Who asks for a file.
pub(super) enum Asking {
    Admin(Admin),
    Partner,
    Nobody,
}

pub(super) fn asking(request: &Request) -> Asking {
    match request.extensions().get::<Visitor>().map(|visitor| &visitor.session) {
        Some(SessionProof::Admin(admin)) => Asking::Admin(admin.clone()),
        Some(SessionProof::Partner(_)) => Asking::Partner,
        Some(SessionProof::Nobody) | None => Asking::Nobody,
    }
}

pub(super) fn document(body: Body, kind: &'static str, file: &'static str) -> Response<Body> {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static(file));
    response
}

/// A file of CSV that Excel opens as what it is.
pub(super) fn csv_document(
    pieces: impl Stream<Item = Result<Bytes, StoreError>> + Send + 'static,
    file: &'static str,
) -> Response<Body> {
    let mark = stream::iter([Ok(Bytes::from_static(files::BYTE_ORDER_MARK.as_bytes()))]);
    document(Body::from_stream(mark.chain(pieces)), Format::Csv.kind(), file)
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
    ActivityQuery { after: None, before: None, ..ActivityQuery::from_parameters(get) }
}

/// The events as they stand in the file, the newest first.
fn events(
    store: Store,
    query: ActivityQuery,
    format: Format,
) -> impl Stream<Item = Result<Bytes, StoreError>> {
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

/// The columns of the CSV, and the names in JSON.
const HEAD: [&str; 13] = [
    "seq",
    "at",
    "actor_kind",
    "actor_id",
    "actor_name",
    "action",
    "organisation_id",
    "organisation_name",
    "subject_id",
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
            row.actor_id.as_str().into(),
            row.actor_name.as_str().into(),
            row.action.as_str().into(),
            organisation.into(),
            name.into(),
            row.subject_id.map(|id| id.to_string()).unwrap_or_default().into(),
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
                "actor_id": row.actor_id,
                "actor_name": row.actor_name,
                "action": row.action,
                "organisation": organisation,
                "subject_id": row.subject_id,
                "subject": row.subject,
                "changes": row.changes,
                "address": row.address,
                "request_id": row.reference,
            });
            format!("{object}\n")
        }
    }
}
