//! Invoices' documents: streamed from the billing system, kept nowhere.

use super::{Web, pages};
use crate::billing::Pdf;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderValue, Response, StatusCode};
use axum::response::{IntoResponse, Redirect};
use partners_app::desks::{SessionProof, Sight, Visitor};
use partners_app::domain::OrganisationId;
use partners_app::domain::billing::InvoiceId;
use partners_app::error::PublicError;
use partners_app::paths;

/// `GET /partner/invoices/{id}/pdf`: of the partner user's own organisation.
pub async fn own_invoice(
    State(web): State<Web>,
    Path(id): Path<String>,
    request: Request,
) -> Response<Body> {
    invoice(web, None, InvoiceId(id), request).await
}

/// `GET /settings/profile/partners/{organisation}/invoices/{id}/pdf`, for
/// admins.
pub async fn invoice_of(
    State(web): State<Web>,
    Path((organisation, id)): Path<(String, String)>,
    request: Request,
) -> Response<Body> {
    let organisation = organisation.parse().unwrap_or_default();
    invoice(web, Some(organisation), InvoiceId(id), request).await
}

async fn invoice(
    web: Web,
    organisation: Option<OrganisationId>,
    id: InvoiceId,
    request: Request,
) -> Response<Body> {
    let proof = request.extensions().get::<Visitor>().map(|visitor| visitor.session.clone());
    let sight = match (proof, organisation) {
        (Some(SessionProof::Partner(partner)), None) => Sight::Partner(partner),
        (Some(SessionProof::Admin(admin)), Some(organisation)) => Sight::Admin(admin, organisation),
        (Some(SessionProof::Nobody) | None, _) => {
            return Redirect::to(&paths::sign_in_then(request.uri().path())).into_response();
        }
        _ => return pages::render(State(web), request).await,
    };
    match web.self_service.invoice_pdf(&sight, &id).await {
        Ok((number, document)) => pdf(&number, document),
        // The page that any address has where there is nothing.
        Err(PublicError::NotFound) => pages::render(State(web), request).await,
        Err(error) => {
            let status = StatusCode::from_u16(error.status());
            let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, format!("The invoice could not be fetched. {error}\n")).into_response()
        }
    }
}

/// An answer with an invoice's document, to be saved under the invoice's number.
pub fn pdf(number: &str, document: Pdf) -> Response<Body> {
    let mut response = Response::new(Body::from_stream(document.pieces));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/pdf"));
    if let Some(length) = document.length {
        headers.insert(CONTENT_LENGTH, length.into());
    }
    let file: String = number
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') { c } else { '-' })
        .collect();
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{file}.pdf\"")) {
        headers.insert(CONTENT_DISPOSITION, value);
    }
    response
}
