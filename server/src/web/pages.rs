//! Pages, rendered on the server.

use super::Web;
use super::flash;
use super::security::CspNonce;
use crate::identity::InvitationDelivery;
use crate::store::{StoreError, webhooks};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT, ACCEPT_LANGUAGE, SET_COOKIE};
use axum::http::{HeaderValue, Method, Response, StatusCode};
use axum::response::IntoResponse;
use axum_extra::extract::CookieJar;
use leptos::nonce::Nonce;
use leptos::prelude::provide_context;
use leptos_axum::render_app_async_with_context;
use partners_app::desks::Visitor;
use partners_app::domain::Locale;
use partners_app::shell::shell;
use partners_app::viewer::{PageContext, THEME_COOKIE, Theme, Viewer};
use tracing::Instrument;
use uuid::Uuid;

/// Renders the page at the request's address.
pub async fn render(State(web): State<Web>, mut request: Request) -> Response<Body> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    // A page is HTML whatever was asked for, and its redirects are real ones.
    request.headers_mut().insert(ACCEPT, HeaderValue::from_static("text/html"));
    let extensions = request.extensions();
    let visitor = extensions.get::<Visitor>().cloned();
    let nonce = extensions.get::<CspNonce>().cloned();
    let viewer = extensions.get::<Viewer>().cloned().unwrap_or_default();
    let theme = CookieJar::from_headers(request.headers())
        .get(THEME_COOKIE)
        .map(|cookie| Theme::parse(cookie.value()))
        .unwrap_or_default();
    let locale = request
        .headers()
        .get(ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .map(Locale::of_accept_language)
        .unwrap_or_default();
    let had_flash = flash::is_waiting(&web, request.headers());
    let flash = flash::take(&web, request.headers()).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "a note to this page could not be read");
        None
    });
    let stopped_webhooks = match viewer {
        Viewer::Admin { .. } => stopped_webhooks(&web).await,
        Viewer::Partner { .. } | Viewer::Nobody => 0,
    };
    let assets = web.assets.clone();
    let page = PageContext {
        viewer,
        theme,
        locale,
        flash,
        mails_codes: web.identity.invitation_delivery() == InvitationDelivery::Mail,
        has_hosted_page: web.identity.has_hosted_page(),
        stopped_webhooks,
        creation_key: Uuid::now_v7(),
        icons: assets.icons.to_string(),
        mark: assets.favicon.to_string(),
    };
    let desks = web.desks.clone();
    let files = assets.clone();
    let context = move || {
        provide_context(desks.clone());
        provide_context(files.clone());
        provide_context(page.clone());
        if let Some(visitor) = visitor.clone() {
            provide_context(visitor);
        }
        if let Some(CspNonce(nonce)) = nonce.clone() {
            provide_context(Nonce::from_value(nonce));
        }
    };
    let page = render_app_async_with_context(context, move || shell(&assets));
    let mut response = to_the_end(async move { page(request).await }).await;
    if had_flash && let Ok(cookie) = HeaderValue::from_str(&web.cookies.no_flash()) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

/// Answers in a task of its own, its last byte included, whether or not somebody
/// waits for it. What a page owns goes with its body, and a browser that leaves
/// half-way would take it from under the tasks that still render parts of it,
/// which then panic; and what a form asked of another system would be done there
/// and noted nowhere.
pub(super) async fn to_the_end(
    page: impl Future<Output = Response<Body>> + Send + 'static,
) -> Response<Body> {
    let rendering = async move {
        let (parts, body) = page.await.into_parts();
        match axum::body::to_bytes(body, usize::MAX).await {
            Ok(bytes) => Response::from_parts(parts, Body::from(bytes)),
            Err(error) => {
                tracing::error!(%error, "a page broke off");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    };
    match tokio::spawn(rendering.in_current_span()).await {
        Ok(response) => response,
        Err(error) => match error.try_into_panic() {
            // Answered as any other panic is.
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        },
    }
}

/// How many webhooks have stopped. A page is not kept back where that cannot be
/// read.
async fn stopped_webhooks(web: &Web) -> usize {
    let read = async { webhooks::count_stopped(web.store.read().await?.connection()).await };
    read.await.unwrap_or_else(|error: StoreError| {
        tracing::warn!(%error, "it could not be read how many webhooks have stopped");
        0
    })
}
