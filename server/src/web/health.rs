//! For load balancers and monitors.

use super::Web;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use partners_app::domain::ServiceState;
use serde_json::{Value, json};

/// `/healthz`: the process is alive.
pub async fn alive() -> &'static str {
    "alive\n"
}

/// `/readyz`: the database and the identity provider answer.
pub async fn ready(State(web): State<Web>) -> (StatusCode, Json<Value>) {
    let (database, identity) = tokio::join!(web.store.state(), web.identity.state());
    let word = |state: &ServiceState| if state.problem.is_none() { "ready" } else { "not ready" };
    let status = if database.problem.is_none() && identity.problem.is_none() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(json!({ "database": word(&database), "identity": word(&identity) })))
}
