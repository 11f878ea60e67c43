//! For load balancers and monitors.

use super::Web;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use partners_app::domain::ServiceState;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// How long an answer of [`ready`] holds. Anybody may ask, and each time the
/// identity provider would be asked too.
const HOLDS: Duration = Duration::from_secs(2);

/// The last answer, and when it was found.
#[derive(Clone, Default)]
pub struct Readiness(Arc<Mutex<Option<(Instant, StatusCode, Value)>>>);

/// `/healthz`: the process is alive.
pub async fn alive() -> &'static str {
    "alive\n"
}

/// `/readyz`: the database and the identity provider answer.
pub async fn ready(State(web): State<Web>) -> (StatusCode, Json<Value>) {
    // Held while asking, so that those who ask meanwhile share the answer.
    let mut last = web.readiness.0.lock().await;
    if let Some((at, status, body)) = &*last
        && at.elapsed() < HOLDS
    {
        return (*status, Json(body.clone()));
    }
    let (database, identity) = tokio::join!(web.store.state(), web.identity.state());
    let word = |state: &ServiceState| if state.problem.is_none() { "ready" } else { "not ready" };
    let status = if database.problem.is_none() && identity.problem.is_none() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let body = json!({ "database": word(&database), "identity": word(&identity) });
    *last = Some((Instant::now(), status, body.clone()));
    (status, Json(body))
}
