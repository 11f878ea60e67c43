//! `GET /v1/files/{id}`: an invoice's PDF.

use crate::pdf;
use crate::refusal::Refusal;
use crate::sandbox::Sandbox;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::header;

pub(super) async fn get(State(sandbox): State<Sandbox>, Path(id): Path<String>) -> Response {
    let found = sandbox.read(|state| {
        let document = state
            .documents
            .values()
            .find(|document| document.file_id == id)
            .ok_or_else(|| Refusal::not_found(&id))?;
        let account = state.account(&document.account_id)?;
        Ok::<_, Refusal>((document.number.clone(), pdf::document(document, account)))
    });
    match found {
        Ok((number, bytes)) => {
            let headers = [
                (header::CONTENT_TYPE, "application/pdf".to_owned()),
                (header::CONTENT_DISPOSITION, format!("inline; filename=\"{number}.pdf\"")),
            ];
            (headers, bytes).into_response()
        }
        Err(refusal) => refusal.into_response(),
    }
}
