//! The session layer: the one place that vouches for who is asking.

use super::Web;
use super::cookies::Cookies;
use crate::access;
use crate::random;
use crate::store::sessions::{self, LiveSession};
use axum::extract::{Request, State};
use axum::http::header::USER_AGENT;
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use partners_app::desks::{Admin, Origin, PartnerSession, SessionProof, Visitor};
use partners_app::domain::OpenPages;
use partners_app::viewer::Viewer;
use std::time::Duration;

/// A session that is not used ends after this time …
pub const IDLE_LIFE: Duration = Duration::from_secs(2 * 60 * 60);
/// … and any ends after this.
pub const ABSOLUTE_LIFE: Duration = Duration::from_secs(12 * 60 * 60);
/// A sign-in waits so long for a new password; Cognito's own sessions live
/// three minutes unless the client says otherwise, and say so themselves.
pub const CHALLENGE_LIFE: Duration = Duration::from_secs(15 * 60);
/// A session's last use is written at most so often.
const SEEN_INTERVAL: Duration = Duration::from_secs(60);
const MAXIMUM_USER_AGENT: usize = 300;

/// Finds out who sent a request.
pub async fn identify(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    let Some(origin) = request.extensions().get::<Origin>().cloned() else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let (session_token, challenge_token) = tokens(request.headers(), web.cookies);
    let live = match &session_token {
        None => None,
        Some(token) => match look_up(&web, token).await {
            Ok(live) => live,
            Err(error) => {
                tracing::error!(%error, "the session could not be looked up");
                return (
                    StatusCode::SERVICE_UNAVAILABLE,
                    format!("The database does not answer. Nothing is lost; try again in a moment.\nReference: {}\n", origin.reference),
                )
                    .into_response();
            }
        },
    };
    let (live, open) = live.unzip();
    let viewer = live.as_ref().map(|live| viewer(live, open.unwrap_or_default()));
    let viewer = viewer.unwrap_or_default();
    let user_agent =
        request.headers().get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let visitor = Visitor {
        session: vouch(live, &origin),
        session_token,
        challenge_token,
        user_agent: user_agent.chars().take(MAXIMUM_USER_AGENT).collect(),
        origin,
    };
    request.extensions_mut().insert(visitor);
    request.extensions_mut().insert(viewer);
    next.run(request).await
}

fn tokens(headers: &HeaderMap, cookies: Cookies) -> (Option<String>, Option<String>) {
    let jar = CookieJar::from_headers(headers);
    let get = |name| {
        jar.get(name).map(|cookie| cookie.value().to_owned()).filter(|value| !value.is_empty())
    };
    (get(cookies.session_name()), get(cookies.challenge_name()))
}

/// The session, if it counts, and what is open to its user.
async fn look_up(
    web: &Web,
    token: &str,
) -> Result<Option<(LiveSession, OpenPages)>, crate::store::StoreError> {
    let now = web.clock.now();
    let hash = random::digest(token);
    let mut reader = web.store.read().await?;
    let live = sessions::live(reader.connection(), &hash, now, now.minus(IDLE_LIFE)).await?;
    let partner = live.as_ref().and_then(|live| live.partner.as_ref());
    let open = match partner {
        Some(partner) if web.is_selling => {
            access::open_pages(reader.connection(), partner.organisation).await?
        }
        _ => OpenPages::default(),
    };
    drop(reader);
    if live.as_ref().is_some_and(|live| live.last_seen_at.plus(SEEN_INTERVAL) <= now) {
        let mut writer = web.store.write().await?;
        sessions::seen(writer.connection(), &hash, now).await?;
        writer.commit().await?;
    }
    Ok(live.map(|live| (live, open)))
}

#[expect(clippy::disallowed_methods, reason = "this is the session layer")]
fn vouch(live: Option<LiveSession>, origin: &Origin) -> SessionProof {
    let Some(live) = live else { return SessionProof::Nobody };
    match live.partner {
        None => {
            SessionProof::Admin(Admin::vouch(live.subject, live.name, live.email, origin.clone()))
        }
        Some(partner) => SessionProof::Partner(PartnerSession::vouch(
            partner.user,
            partner.role,
            partner.organisation,
            live.name,
            live.email,
            origin.clone(),
        )),
    }
}

fn viewer(live: &LiveSession, open: OpenPages) -> Viewer {
    match &live.partner {
        None => Viewer::Admin { name: live.name.clone(), email: live.email.clone() },
        Some(partner) => Viewer::Partner {
            name: live.name.clone(),
            email: live.email.clone(),
            organisation: partner.organisation,
            organisation_name: partner.organisation_name.clone(),
            organisation_logo: partner.organisation_logo.clone(),
            open,
        },
    }
}
