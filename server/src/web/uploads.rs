//! Files that come in: what is imported, and the reports on it.

use super::exports::{Asking, asking, csv_document};
use super::{Web, flash, pages};
use crate::desks::ImportsOffice;
use crate::files::{csv_line, template};
use crate::imports;
use axum::body::{Body, Bytes};
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{Multipart, Path, Request, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderValue, Response, StatusCode};
use axum::response::{IntoResponse, Redirect};
use futures::stream;
use partners_app::desks::Admin;
use partners_app::domain::import::{FILE, KIND, MAXIMUM_BYTES, column_key};
use partners_app::domain::{Import, ImportId, ImportKind, ImportRow, RowState};
use partners_app::error::PublicError;
use partners_app::flash::Flash;
use partners_app::paths;
use std::borrow::Cow;

/// How much of a request is read. What is beyond the largest file is read and
/// dropped, because a browser shows no answer before it has sent everything.
pub const LIMIT: usize = 256 * 1024 * 1024;
/// The longest text beside the file, in bytes.
const TEXT: usize = 256;
/// How many rows of a report are read at once.
const ROWS: i64 = 500;

/// `POST /settings/profile/partners/import`: reads the file and goes to the
/// page of its import, or back to the form with what is wrong with it.
pub async fn import(State(web): State<Web>, request: Request) -> Response<Body> {
    let admin = match asking(&request) {
        Asking::Admin(admin) => admin,
        Asking::Partner => return StatusCode::NOT_FOUND.into_response(),
        Asking::Nobody => {
            return Redirect::to(&paths::sign_in_then(paths::IMPORT)).into_response();
        }
    };
    let mut kind = String::new();
    match taken(&web, &admin, request, &mut kind).await {
        Ok(id) => Redirect::to(&paths::import(id)).into_response(),
        Err(error) => with_note(&web, kind, error).await,
    }
}

async fn taken(
    web: &Web,
    admin: &Admin,
    request: Request,
    kind: &mut String,
) -> Result<ImportId, PublicError> {
    use axum::extract::FromRequest;
    let mut form = Multipart::from_request(request, &()).await.map_err(|_| not_whole())?;
    let (mut name, mut bytes) = (String::new(), None);
    while let Some(field) = form.next_field().await.map_err(|error| broken(&error))? {
        match field.name() {
            Some(KIND) => {
                let text = beginning(field, TEXT).await.map_err(|error| broken(&error))?;
                *kind = String::from_utf8_lossy(&text).into_owned();
            }
            Some(FILE) => {
                name = shown_name(field.file_name().unwrap_or_default());
                let file = beginning(field, MAXIMUM_BYTES + 1).await;
                bytes = Some(file.map_err(|error| broken(&error))?);
            }
            _ => {}
        }
    }
    let parsed: ImportKind =
        kind.parse().map_err(|problem: String| PublicError::field(KIND, problem))?;
    let bytes = bytes.filter(|bytes| !(name.is_empty() && bytes.is_empty()));
    let Some(bytes) = bytes else {
        return Err(PublicError::field(FILE, "Choose a file."));
    };
    web.imports.upload(admin, parsed, &name, bytes).await
}

/// The first `most` bytes of a field. All of it is read.
async fn beginning(mut field: Field<'_>, most: usize) -> Result<Vec<u8>, MultipartError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await? {
        let free = most.saturating_sub(bytes.len());
        bytes.extend_from_slice(chunk.get(..free).unwrap_or(&chunk));
    }
    Ok(bytes)
}

fn not_whole() -> PublicError {
    PublicError::Refused("The form did not arrive whole. Reload the page and try again.".to_owned())
}

fn broken(error: &MultipartError) -> PublicError {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        PublicError::field(FILE, imports::too_large())
    } else {
        not_whole()
    }
}

/// The last part of a file's name, without what cannot be shown; browsers may
/// send a path.
fn shown_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    last.chars().filter(|c| !c.is_control()).take(200).collect()
}

async fn with_note(web: &Web, kind: String, error: PublicError) -> Response<Body> {
    let flash = Flash {
        action: paths::IMPORT.to_owned(),
        outcome: Err(error),
        fields: vec![(KIND.to_owned(), kind)],
    };
    let cookie = flash::keep(web, &flash).await.unwrap_or_else(|error| {
        tracing::error!(%error, "a note to the next page could not be kept");
        None
    });
    let mut response = Redirect::to(paths::IMPORT).into_response();
    if let Some(cookie) = cookie.and_then(|cookie| HeaderValue::from_str(&cookie).ok()) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

/// `GET /settings/profile/partners/import/template/{kind}`
pub async fn import_template(
    State(web): State<Web>,
    Path(kind): Path<String>,
    request: Request,
) -> Response<Body> {
    match (asking(&request), kind.parse::<ImportKind>()) {
        (Asking::Nobody, _) => Redirect::to(&paths::sign_in_then(paths::IMPORT)).into_response(),
        (Asking::Admin(_), Ok(kind)) => {
            let file = match kind {
                ImportKind::Organisations => "attachment; filename=\"organisations.csv\"",
                ImportKind::Users => "attachment; filename=\"users.csv\"",
            };
            csv_document(stream::iter([Ok(Bytes::from(template(kind)))]), file)
        }
        _ => pages::render(State(web), request).await,
    }
}

/// `GET /settings/profile/partners/import/{id}/report/{part}`: the rows as they
/// came, with what became of each.
pub async fn import_report(
    State(web): State<Web>,
    Path((id, part)): Path<(String, String)>,
    request: Request,
) -> Response<Body> {
    let admin = match asking(&request) {
        Asking::Admin(admin) => admin,
        Asking::Partner => return pages::render(State(web), request).await,
        Asking::Nobody => {
            return Redirect::to(&paths::sign_in_then(request.uri().path())).into_response();
        }
    };
    let (states, file): (&'static [RowState], _) = match part.as_str() {
        "all" => (&RowState::ALL, "attachment; filename=\"import.csv\""),
        "problems" => (
            &[RowState::Problem, RowState::LooksSame],
            "attachment; filename=\"import-problems.csv\"",
        ),
        "created" => (&[RowState::Created], "attachment; filename=\"import-created.csv\""),
        _ => return pages::render(State(web), request).await,
    };
    let found = web.imports.by_id(&admin, id.parse().unwrap_or_default()).await;
    match found {
        Ok(import) => csv_document(report(web.imports, import, states), file),
        // The page that any address has where there is nothing.
        Err(PublicError::NotFound) => pages::render(State(web), request).await,
        Err(error) => {
            let status = StatusCode::from_u16(error.status());
            let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, format!("The report could not be made. {error}\n")).into_response()
        }
    }
}

/// What reports add to the columns of a file.
const ADDED: [&str; 5] =
    ["import_line", "import_state", "import_problems", "created_id", "created_organisation_id"];

/// The rows of an import as CSV: the file's columns first, so that what is
/// mended can be uploaded again. What an earlier report added is left out. Cells
/// beyond the last column come last: what is uploaded unmended is refused again.
fn report(
    office: ImportsOffice,
    import: Import,
    states: &'static [RowState],
) -> impl futures::Stream<Item = Result<Bytes, crate::store::StoreError>> {
    let added = ADDED.map(column_key);
    let (places, names): (Vec<usize>, Vec<_>) = import
        .columns
        .iter()
        .enumerate()
        .filter(|(_, name)| !added.contains(&column_key(name)))
        .map(|(place, name)| (place, Cow::Borrowed(name.as_str())))
        .unzip();
    let head: Vec<_> = names.into_iter().chain(ADDED.map(Cow::Borrowed)).collect();
    let head = csv_line(&head);
    stream::try_unfold((Some(0), head), move |(place, mut text)| {
        let (office, id, kind) = (office.clone(), import.id, import.kind);
        let (places, beyond) = (places.clone(), import.columns.len());
        async move {
            let Some(place) = place else { return Ok(None) };
            let rows = office.rows_behind(id, states, place, ROWS).await?;
            for row in &rows {
                text += &report_line(row, &places, beyond, kind);
            }
            let next = rows.last().map(|row| row.number);
            Ok(Some((Bytes::from(text), (next, String::new()))))
        }
    })
}

/// A row of a report, with the cells of the columns at these places and those
/// `beyond` the last column.
fn report_line(row: &ImportRow, places: &[usize], beyond: usize, kind: ImportKind) -> String {
    let problems: Vec<_> = row
        .problems
        .iter()
        .map(|problem| match kind.field(&problem.field) {
            Some(field) => format!("{}: {}", field.label, problem.message),
            None => problem.message.clone(),
        })
        .collect();
    let cells: Vec<_> = places
        .iter()
        .map(|place| Cow::Borrowed(row.cells.get(*place).map_or("", String::as_str)))
        .chain([
            row.line.to_string().into(),
            row.state.as_str().into(),
            problems.join(" ").into(),
            row.subject.map(|id| id.to_string()).unwrap_or_default().into(),
            row.organisation.map(|id| id.to_string()).unwrap_or_default().into(),
        ])
        .chain(row.cells.iter().skip(beyond).map(|cell| Cow::Borrowed(cell.as_str())))
        .collect();
    csv_line(&cells)
}
