//! A browser without a screen: the real router, and the cookies it sets.

use crate::support::{Database, Engine, database};
use argon2::Params;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode, header};
use partners_app::domain::{Email, PersonName};
use partners_server::app::Installation;
use partners_server::billing::Billing;
use partners_server::clock::Clock;
use partners_server::identity::{Embedded, ExistingAdmin, Passwords};
use partners_server::mail::Mailer;
use partners_server::store::audit::Actor;
use partners_server::store::{former_users, provisioning};
use partners_server::vault::Vault;
use partners_server::web::cookies::Cookies;
use partners_server::webhooks::Guard;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tower::ServiceExt;
use uuid::Uuid;

pub const ADMIN: &str = "admin@example.com";
pub const PASSWORD: &str = "correct horse battery staple";

pub const PARTNER_PASSWORD: &str = "a fine new password";

/// A running installation with one admin.
pub struct Server {
    pub clock: Clock,
    pub installation: Installation,
    router: Router,
    stop: watch::Sender<bool>,
    /// What happens in the background, until it is stopped.
    work: Mutex<Option<JoinHandle<()>>>,
    database: Database,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.send(true).ok();
    }
}

/// What `look` finds as soon as it finds something; `what` is missing where it
/// finds nothing for 30 seconds.
pub async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < deadline, "{what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Tests speak of today: just before its end they wait for tomorrow.
async fn not_at_midnight(clock: &Clock) {
    const DAY: i64 = 24 * 60 * 60 * 1_000;
    let left = DAY - clock.now().millis().rem_euclid(DAY);
    if left < 60_000 {
        tokio::time::sleep(Duration::from_millis(left.unsigned_abs())).await;
    }
}

pub async fn server(engine: Engine) -> Server {
    server_with(engine, None).await
}

pub async fn server_with(engine: Engine, billing: Option<Arc<dyn Billing>>) -> Server {
    start(engine, billing, None).await
}

/// An installation that mails invitations.
pub async fn server_that_mails(engine: Engine, mailer: Mailer) -> Server {
    start(engine, None, Some(mailer)).await
}

async fn start(
    engine: Engine,
    billing: Option<Arc<dyn Billing>>,
    mailer: Option<Mailer>,
) -> Server {
    let database = database(engine).await;
    let clock = Clock::default();
    not_at_midnight(&clock).await;
    let passwords = Passwords::with(Params::new(8, 1, 1, None).unwrap()).unwrap();
    let vault = Vault::of_this_process().unwrap();
    let identity = Arc::new(Embedded::new(
        database.store.clone(),
        clock.clone(),
        passwords.clone(),
        mailer,
        vault.clone(),
    ));
    let installation = Installation::of(
        database.store.clone(),
        identity,
        clock.clone(),
        vault,
        passwords,
        Cookies::new(true),
        0,
    );
    // Whom the tests tell of events is on this machine.
    let loopback = Guard::new(vec!["127.0.0.0/8".parse().unwrap()]);
    let installation = installation.with_webhooks_to(loopback);
    let installation = match billing {
        Some(billing) => installation.with_billing(billing),
        None => installation,
    };
    let admin = (Email::parse(ADMIN).unwrap(), PersonName::parse("Ada Admin").unwrap());
    installation
        .admins()
        .make(
            &Actor::partners(),
            &admin.0,
            &admin.1,
            &PASSWORD.to_owned().into(),
            ExistingAdmin::Keeps,
        )
        .await
        .unwrap();
    let (stop, stopped) = watch::channel(false);
    let work = Mutex::new(Some(tokio::spawn(installation.clone().work(stopped))));
    Server { router: installation.router(), installation, clock, stop, work, database }
}

/// An answer.
pub struct Answer {
    pub status: StatusCode,
    pub headers: axum::http::HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

/// A browser with a cookie jar.
#[derive(Clone)]
pub struct Browser {
    router: Router,
    pub cookies: BTreeMap<String, String>,
}

impl Server {
    pub fn database_url(&self) -> &str {
        &self.database.url
    }

    /// PostgreSQL behind the server's back.
    pub async fn postgres(&self) -> sqlx::PgPool {
        sqlx::PgPool::connect(&self.database.url).await.unwrap()
    }

    /// Waits until somebody waits for a row that another has changed.
    pub async fn until_somebody_waits(&self, pool: &sqlx::PgPool) {
        const WAITS: &str = "SELECT count(*) FROM pg_stat_activity \
             WHERE datname = current_database() AND wait_event_type = 'Lock'";
        eventually("somebody waits", async || {
            let waiting: i64 = sqlx::query_scalar(WAITS).fetch_one(pool).await.unwrap();
            (waiting > 0).then_some(())
        })
        .await;
    }

    /// From now on nothing happens in the background.
    pub async fn stop_working(&self) {
        self.stop.send(true).unwrap();
        // What is being worked on is finished first.
        let work = self.work.lock().unwrap().take();
        work.expect("it was at work").await.unwrap();
    }

    /// Waits until the identity provider is as what was saved wants it.
    pub async fn until_reconciled(&self) {
        eventually("the accounts follow", async || {
            let mut reader = self.installation.store.read().await.unwrap();
            let user = provisioning::next_due(reader.connection()).await.unwrap();
            let former = former_users::next_due(reader.connection()).await.unwrap();
            (user.is_none() && former.is_none()).then_some(())
        })
        .await;
    }

    pub fn browser(&self) -> Browser {
        Browser { router: self.router.clone(), cookies: BTreeMap::new() }
    }

    pub async fn admin(&self) -> Browser {
        let mut browser = self.browser();
        let answer = browser
            .form("/actions/sign-in", "/sign-in", &[("email", ADMIN), ("password", PASSWORD)])
            .await;
        assert_eq!(answer.header("location"), "/settings/profile/partners", "{}", answer.body);
        browser
    }

    /// An organisation with this name and a user with this email, who has
    /// signed in and set a password; and the browser they did it in.
    pub async fn partner(&self, name: &str, email: &str) -> (String, Browser) {
        let organisation = self.admin().await.create_organisation(name).await;
        let browser = self.user_of(&organisation, email).await;
        (organisation, browser)
    }

    /// A new user of an organisation, who has signed in and set a password; in
    /// the browser they did it in.
    pub async fn user_of(&self, organisation: &str, email: &str) -> Browser {
        let mut admin = self.admin().await;
        let created = admin.create_user(organisation, email).await.json();
        let temporary = created["temporary_password"].as_str().expect("a password").to_owned();
        admin.until_user_is(organisation, email, "invited").await;
        let mut browser = self.browser();
        let answer = browser
            .form("/actions/sign-in", "/sign-in", &[("email", email), ("password", &temporary)])
            .await;
        assert_eq!(answer.header("location"), "/sign-in/new-password");
        let answer = browser
            .form(
                "/actions/set-first-password",
                "/sign-in/new-password",
                &[("new_password", PARTNER_PASSWORD)],
            )
            .await;
        assert_eq!(answer.header("location"), "/partner");
        browser
    }

    /// A partner user who has set a password before, signed in again.
    pub async fn sign_in(&self, email: &str) -> Browser {
        let mut browser = self.browser();
        let fields = [("email", email), ("password", PARTNER_PASSWORD)];
        let answer = browser.form("/actions/sign-in", "/sign-in", &fields).await;
        assert_eq!(answer.header("location"), "/partner", "{}", answer.body);
        browser
    }
}

impl Browser {
    pub async fn send(&mut self, request: Request<Body>) -> Answer {
        let (mut parts, body) = request.into_parts();
        let jar: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !jar.is_empty() {
            parts.headers.insert(header::COOKIE, jar.join("; ").parse().unwrap());
        }
        parts.headers.insert(header::HOST, "partners.example".parse().unwrap());
        let response = self.router.clone().oneshot(Request::from_parts(parts, body)).await.unwrap();
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            let (pair, attributes) = cookie.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if attributes.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        }
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(
            Request::get(path).header(header::ACCEPT, "text/html").body(Body::empty()).unwrap(),
        )
        .await
    }

    /// Posts a plain form, as a browser without JavaScript does.
    pub async fn form(&mut self, action: &str, page: &str, fields: &[(&str, &str)]) -> Answer {
        let body =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::post(action)
            .header(header::ACCEPT, "text/html,application/xhtml+xml")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ORIGIN, "https://partners.example")
            .header(header::REFERER, format!("https://partners.example{page}"))
            .body(Body::from(body));
        self.send(request.unwrap()).await
    }

    /// Posts fields as the page's own script does.
    pub async fn script(&mut self, action: &str, fields: &[(&str, &str)]) -> Answer {
        let body =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.send(script(action, "application/x-www-form-urlencoded", body)).await
    }

    /// Asks a reading server function as the page's own script does.
    pub async fn ask(&mut self, action: &str, arguments: &Value) -> Answer {
        self.send(script(action, "application/json", arguments.to_string())).await
    }

    pub async fn create_organisation(&mut self, name: &str) -> String {
        let key = Uuid::now_v7().to_string();
        let answer = self
            .script(
                "/actions/organisations/create",
                &[
                    ("creation_key", &key),
                    ("name", name),
                    ("zuora_account_id", &format!("A{}", &key[24..])),
                    ("invoice_owner", "partner"),
                ],
            )
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        answer.header("location").rsplit('/').next().unwrap().to_owned()
    }

    pub async fn create_user(&mut self, organisation: &str, email: &str) -> Answer {
        let key = Uuid::now_v7().to_string();
        let fields = [
            ("organisation", organisation),
            ("creation_key", &key),
            ("name", "Ann Reseller"),
            ("email", email),
        ];
        self.script("/actions/users/create", &fields).await
    }

    pub async fn users(&mut self, organisation: &str) -> Vec<Value> {
        let answer =
            self.ask("/actions/users/list", &json!({ "organisation": organisation })).await;
        answer.json().as_array().cloned().unwrap_or_default()
    }

    /// Waits until a user's status is this one: the account is made a moment
    /// after the user is saved.
    pub async fn until_user_is(&mut self, organisation: &str, email: &str, status: &str) {
        eventually(&format!("{email} becomes {status}"), async || {
            let users = self.users(organisation).await;
            users.iter().any(|one| one["email"] == email && one["status"] == status).then_some(())
        })
        .await;
    }
}

fn script(action: &str, kind: &str, body: String) -> Request<Body> {
    Request::builder()
        .method(Method::POST)
        .uri(action)
        .header(header::ACCEPT, "application/json")
        .header(header::CONTENT_TYPE, kind)
        .header("sec-fetch-site", "same-origin")
        .body(Body::from(body))
        .unwrap()
}
