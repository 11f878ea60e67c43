//! How quick the Partners table is, and how much of it is ours.
//!
//! ```text
//! cargo bench --package partners-server --bench partners_list -- 1000 100000 1000000
//! ```
//! For each number of partner organisations, on SQLite: the page of the table
//! as the server renders it, beside the least that could answer at all (a bare
//! axum handler that runs the table's query on the same pool). Requests go
//! through the routers in this process, a few at a time.

mod many;

use anyhow::{Context, ensure};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{HeaderValue, Request, StatusCode, header};
use axum::routing::get;
use partners_app::domain::{Email, OrganisationQuery, PersonName};
use partners_server::app::Installation;
use partners_server::clock::Clock;
use partners_server::identity::{Embedded, ExistingAdmin, Passwords};
use partners_server::store::audit::Actor;
use partners_server::store::{Store, organisations};
use partners_server::vault::Vault;
use partners_server::web::cookies::Cookies;
use sqlx::sqlite::SqlitePool;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tower::ServiceExt;

const ADMIN: &str = "admin@example.com";
const PASSWORD: &str = "correct horse battery staple";
/// How many requests are under way at once.
const AT_ONCE: usize = 8;
/// How long each figure is measured.
const SPAN: Duration = Duration::from_secs(3);
/// As the server has it.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

const TABLE: &str = "/settings/profile/partners";

#[tokio::main]
#[expect(clippy::print_stdout, reason = "a program's answer")]
async fn main() -> anyhow::Result<()> {
    let asked: Vec<u32> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let numbers = if asked.is_empty() { vec![1_000, 100_000] } else { asked };
    println!("organisations  bare query/s  pages/s  share  newest first/s  search/s");
    for number in numbers {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("partners.db");
        let store = Store::open(&format!("sqlite://{}", path.display())).await?;
        let pool = SqlitePool::connect(&format!("sqlite://{}", path.display())).await?;
        many::fill(&pool, number).await?;
        let app = Pages::of(&store).await?;
        let bare = Router::new().route("/", get(least)).with_state(store.clone());

        let least = rate(|| bare.clone().oneshot(request("/", None))).await?;
        let pages = app.rate(TABLE).await?;
        let newest = app.rate(&format!("{TABLE}?sort=created&direction=descending")).await?;
        let search = app.rate(&format!("{TABLE}?q=telecom+{}", number / 2)).await?;
        println!(
            "{number:>13}  {least:>12.0}  {pages:>7.0}  {:>4.0}%  {newest:>14.0}  {search:>8.0}",
            100.0 * pages / least,
        );
        store.close().await;
    }
    Ok(())
}

/// The least that answers with the table's rows.
async fn least(State(store): State<Store>) -> Result<String, StatusCode> {
    let failed = |_| StatusCode::INTERNAL_SERVER_ERROR;
    let mut reader = store.read().await.map_err(failed)?;
    let page = organisations::page(reader.connection(), &OrganisationQuery::default())
        .await
        .map_err(failed)?;
    serde_json::to_string(&page).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

/// The whole application, with an admin signed in.
struct Pages {
    router: Router,
    cookie: HeaderValue,
}

impl Pages {
    async fn of(store: &Store) -> anyhow::Result<Self> {
        let (clock, passwords) = (Clock::default(), Passwords::new()?);
        let identity = Arc::new(Embedded::new(
            store.clone(),
            clock.clone(),
            passwords.clone(),
            None,
            Vault::of_this_process()?,
        ));
        let installation = Installation::of(
            store.clone(),
            identity,
            clock,
            Vault::of_this_process()?,
            passwords,
            Cookies::new(true),
            0,
        );
        let admin = Email::parse(ADMIN).map_err(anyhow::Error::msg)?;
        let name = PersonName::parse("Ada").map_err(anyhow::Error::msg)?;
        let password = PASSWORD.to_owned().into();
        let (actor, keeps) = (Actor::partners(), ExistingAdmin::Keeps);
        installation.admins().make(&actor, &admin, &name, &password, keeps).await?;
        let router = installation.router();
        let form = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("email", ADMIN), ("password", PASSWORD)])
            .finish();
        let sign_in = Request::post("/actions/sign-in")
            .header(header::HOST, "partners.example")
            .header(header::ACCEPT, "text/html")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form))?;
        let answer = router.clone().oneshot(sign_in).await?;
        let cookie = answer
            .headers()
            .get_all(header::SET_COOKIE)
            .iter()
            .filter_map(|cookie| cookie.to_str().ok()?.split(';').next())
            .find(|pair| pair.contains("session"))
            .context("signing in set no cookie")?;
        Ok(Self { cookie: HeaderValue::from_str(cookie)?, router })
    }

    async fn rate(&self, path: &str) -> anyhow::Result<f64> {
        rate(|| self.router.clone().oneshot(request(path, Some(&self.cookie)))).await
    }
}

fn request(path: &str, cookie: Option<&HeaderValue>) -> Request<Body> {
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = path.parse().unwrap_or_default();
    let headers = request.headers_mut();
    headers.insert(header::HOST, HeaderValue::from_static("partners.example"));
    headers.insert(header::ACCEPT, HeaderValue::from_static("text/html"));
    if let Some(cookie) = cookie {
        headers.insert(header::COOKIE, cookie.clone());
    }
    request
}

/// How often a second a request is answered in full.
async fn rate<F, E>(ask: impl Fn() -> F) -> anyhow::Result<f64>
where
    F: Future<Output = Result<axum::response::Response, E>> + Send + 'static,
    E: std::error::Error + Send + Sync + 'static,
{
    let begin = Instant::now();
    let one_by_one = async || {
        let mut answers = 0_u32;
        while begin.elapsed() < SPAN {
            // As the server does: each request is a task of its own.
            let answer = tokio::spawn(ask()).await??;
            ensure!(answer.status() == StatusCode::OK, "answered {}", answer.status());
            to_bytes(answer.into_body(), usize::MAX).await?;
            answers += 1;
        }
        Ok(answers)
    };
    let answers = futures::future::try_join_all((0..AT_ONCE).map(|_| one_by_one())).await?;
    Ok(f64::from(answers.iter().sum::<u32>()) / begin.elapsed().as_secs_f64())
}
