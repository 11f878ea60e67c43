//! Requests: how many, how long, and where they end.

use super::{metrics, traces};
use axum::extract::{MatchedPath, Request};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::LazyLock;
use std::time::Instant;
use tracing::Instrument;
use tracing::field::Empty;

/// A request that no route takes.
const NOWHERE: &str = "none";

/// The addresses of server functions.
static FUNCTIONS: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| leptos::server_fn::axum::server_fn_paths().map(|(path, _)| path).collect());

/// The pages, those without parameters first.
static PAGES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let routes = leptos_axum::generate_route_list(partners_app::App);
    let mut pages: Vec<_> = routes.iter().map(|route| route.path().to_owned()).collect();
    pages.sort_by_key(|page| page.matches('{').count());
    pages
});

/// Counts a request, times it, and has it traced.
pub async fn measure(request: Request, next: Next) -> Response {
    let route = route_of(&request);
    let method = name_of(request.method());
    let span = tracing::info_span!(
        target: "partners_trace",
        "request",
        otel.name = format!("{method} {route}"),
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = method,
        http.route = &*route,
        http.response.status_code = Empty,
    );
    // Browsers belong to no trace of anybody's.
    if route.starts_with("/api/") || route.starts_with("/oauth2/") {
        traces::continue_trace(&span, request.headers());
    }
    let begun = Instant::now();
    let under_way = metrics::request_begins();
    let response = next.run(request).instrument(span.clone()).await;
    drop(under_way);
    let status = response.status().as_u16();
    span.record("http.response.status_code", status);
    if response.status().is_server_error() {
        span.record("otel.status_code", "ERROR");
    }
    metrics::answered(method, route, status, begun.elapsed());
    response
}

/// A method's name; those that nobody needs share one.
fn name_of(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

/// The route a request takes, with its parameters' names in the place of what
/// was asked for: there are as many as the application has, whatever is asked.
fn route_of(request: &Request) -> Cow<'static, str> {
    let path = request.uri().path();
    if let Some(function) = FUNCTIONS.get(path) {
        return Cow::Borrowed(function);
    }
    match request.extensions().get::<MatchedPath>() {
        Some(matched) => matched.as_str().to_owned().into(),
        None => page_of(path).unwrap_or(NOWHERE).into(),
    }
}

/// The page at a path.
fn page_of(path: &str) -> Option<&'static str> {
    let path = if path == "/" { path } else { path.trim_end_matches('/') };
    let is_at = |page: &&String| {
        let (mut wanted, mut given) = (page.split('/'), path.split('/'));
        loop {
            match (wanted.next(), given.next()) {
                (None, None) => return true,
                (Some(wanted), Some(given)) if wanted == given => {}
                (Some(wanted), Some(given)) if wanted.starts_with('{') && !given.is_empty() => {}
                _ => return false,
            }
        }
    };
    PAGES.iter().find(is_at).filter(|page| !page.contains('*')).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    fn route(path: &str) -> Cow<'static, str> {
        route_of(&Request::builder().uri(path).body(Body::empty()).expect("a request"))
    }

    #[tokio::test]
    async fn what_is_asked_for_makes_no_route() {
        any_spawner::Executor::init_tokio().ok();
        assert_eq!(route("/sign-in"), "/sign-in");
        assert_eq!(route("/settings/profile/partners/"), "/settings/profile/partners");
        let organisation = "0193a5b0-7e6c-7c00-8000-000000000001";
        let of_organisation = route(&format!("/settings/profile/partners/{organisation}"));
        assert!(of_organisation.starts_with("/settings/profile/partners/{"), "{of_organisation}");
        assert_eq!(route("/actions/sign-in"), "/actions/sign-in");
        for nothing in ["/wp-login.php", "/a/b/c/d/e/f", "/actions/../etc/passwd"] {
            assert_eq!(route(nothing), NOWHERE);
        }
    }
}
