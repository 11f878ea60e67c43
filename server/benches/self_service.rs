//! How quick Self-Service is with many subscriptions in one organisation.
//!
//! ```text
//! cargo bench --package partners-server --bench self_service -- 10000
//! BENCH_POSTGRES_URL=postgres://… cargo bench … # also there, in a new database
//! ```
//! For each list, on SQLite and where one is given on PostgreSQL: how long the
//! server takes for the whole page, over HTTP and one after another, and
//! how often it asks the billing system meanwhile. The rows are written through
//! the store; the billing system is the stand-in for Zuora, in this process.

use anyhow::{Context, ensure};
use partners_app::domain::billing::{AccountNumber, SubscriptionNumber, Term};
use partners_app::domain::{
    Currency, CustomerId, Email, Money, OrganisationForm, OrganisationId, PersonName, Timestamp,
    ZuoraAccountId,
};
use partners_server::app::Installation;
use partners_server::billing::{
    Attempt, Attribution, Billing, Contact, EndCustomer, IdempotencyKey, Invoice, NewCustomer,
    NewOrder, OrderInvoiceOwner, OrderReference, OrderedPlan, Subscription, Zuora, ZuoraFields,
    ZuoraSettings, ZuoraTimeouts,
};
use partners_server::clock::Clock;
use partners_server::identity::{Embedded, ExistingAdmin, Passwords};
use partners_server::store::audit::Actor;
use partners_server::store::customers::{self, Known};
use partners_server::store::subscriptions::{self, Seen, Told};
use partners_server::store::{Store, invoices, organisations, readings};
use partners_server::vault::Vault;
use partners_server::web::cookies::Cookies;
use reqwest::header::{ACCEPT, CONTENT_TYPE, COOKIE, SET_COOKIE};
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use time::Date;
use tokio::net::TcpListener;
use uuid::Uuid;
use zuora_sandbox::{Sandbox, Settings};

const ADMIN: &str = "admin@example.com";
const PASSWORD: &str = "correct horse battery staple";
/// A plan and a reseller's account of the stand-in.
const TEAM_MONTHLY: &str = "8ad0a1c08f3b5d11018f3b7c00200004";
const HARBOR_POINT: &str = "PA-1002";
/// How often each is asked for.
const TIMES: usize = 40;
/// One end customer for so many subscriptions.
const OF_EACH: usize = 4;
/// Rows of a transaction.
const BATCH: usize = 200;

/// As the server has it.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let asked = std::env::args().find_map(|argument| argument.parse().ok());
    let count = asked.unwrap_or(10_000);
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("partners.db");
    measure("SQLite", &format!("sqlite://{}", path.display()), count).await?;
    if let Ok(url) = std::env::var("BENCH_POSTGRES_URL") {
        let name = format!("bench_{}", Uuid::now_v7().simple());
        let pool = sqlx::PgPool::connect(&url).await?;
        sqlx::query(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&pool).await?;
        let mut own = url::Url::parse(&url)?;
        own.set_path(&name);
        measure("PostgreSQL", own.as_str(), count).await?;
        let drop = format!("DROP DATABASE {name}");
        sqlx::query(sqlx::AssertSqlSafe(drop)).execute(&pool).await?;
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "a program's answer")]
async fn measure(engine: &str, url: &str, count: usize) -> anyhow::Result<()> {
    let stage = Stage::set(url, count).await?;
    let deep = stage.place_in_the_middle(count);
    println!("\n{engine}, {count} subscriptions   median ms   slowest ms   calls to Zuora");
    let customer = format!("/partner/customers/{}", stage.customer);
    let subscription = format!("/partner/subscriptions/{}", stage.live);
    let deep = format!("/partner/subscriptions?after={deep}");
    for (name, path) in [
        ("customers", "/partner/customers"),
        ("customers, searched", "/partner/customers?q=customer+12"),
        ("a customer", &customer),
        ("subscriptions", "/partner/subscriptions"),
        ("subscriptions, in the middle", &deep),
        ("subscriptions, active", "/partner/subscriptions?status=active"),
        ("subscriptions, none ended", "/partner/subscriptions?status=ended"),
        ("subscriptions, searched", "/partner/subscriptions?q=s-0000"),
        ("subscriptions, not found", "/partner/subscriptions?q=nobody"),
        ("invoices", "/partner/invoices"),
        ("invoices, overdue", "/partner/invoices?status=overdue"),
        ("a subscription, read live", &subscription),
    ] {
        stage.time(name, path).await?;
    }
    let begin = Instant::now();
    let calls = stage.sandbox.exchanges().len();
    stage.installation.projection.learn(stage.organisation, &stage.live).await?;
    println!(
        "{:<32} {:>9.1} {:>12} {:>16}",
        "an order’s subscription, learned",
        milliseconds(begin.elapsed()),
        "",
        stage.sandbox.exchanges().len() - calls,
    );
    stage.installation.store.close().await;
    Ok(())
}

/// A running server with a full organisation and one of its users signed in.
struct Stage {
    sandbox: Sandbox,
    installation: Installation,
    organisation: OrganisationId,
    customer: CustomerId,
    live: SubscriptionNumber,
    template: Subscription,
    client: reqwest::Client,
    base: String,
    cookie: String,
}

impl Stage {
    async fn set(url: &str, count: usize) -> anyhow::Result<Self> {
        let sandbox = Sandbox::open(Settings { exchanges: 100_000, ..Settings::default() })?;
        let address = zuora_sandbox::start(sandbox.clone()).await?;
        let zuora = Arc::new(zuora(&format!("http://{address}"))?);
        let store = Store::open(url).await?;
        let (clock, passwords) = (Clock::default(), Passwords::new()?);
        let identity = Arc::new(Embedded::new(
            store.clone(),
            clock.clone(),
            passwords.clone(),
            None,
            Vault::of_this_process()?,
        ));
        let cookies = Cookies::new(false);
        let installation = Installation::of(
            store.clone(),
            identity,
            clock.clone(),
            Vault::of_this_process()?,
            passwords,
            cookies,
            0,
        )
        .with_billing(Arc::<Zuora>::clone(&zuora));
        let organisation = organisation(&store, clock.now()).await?;
        let placed = zuora.place(&order(organisation, clock.today())?, &attempt()).await?;
        let template = zuora.subscription(&placed.subscription).await?.context("it was placed")?;
        let customer = fill(&store, &clock, organisation, &template, count).await?;
        installation.projection.learn(organisation, &placed.subscription).await?;

        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let base = format!("http://{}", listener.local_addr()?);
        let service = installation.router().into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        let client =
            reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
        let mut stage = Self {
            sandbox,
            installation,
            organisation,
            customer,
            live: placed.subscription,
            template,
            client,
            base,
            cookie: String::new(),
        };
        stage.cookie = stage.signed_in().await?;
        Ok(stage)
    }

    /// Signs a user of the organisation in; returns the session's cookie.
    async fn signed_in(&self) -> anyhow::Result<String> {
        let installation = &self.installation;
        let admin = Email::parse(ADMIN).map_err(anyhow::Error::msg)?;
        let name = PersonName::parse("Ada").map_err(anyhow::Error::msg)?;
        let password = PASSWORD.to_owned().into();
        let (actor, keeps) = (Actor::partners(), ExistingAdmin::Keeps);
        installation.admins().make(&actor, &admin, &name, &password, keeps).await?;
        let admin = self.form("sign-in", "", &[("email", ADMIN), ("password", PASSWORD)]).await?;
        let key = Uuid::now_v7().to_string();
        let organisation = self.organisation.to_string();
        let email = "ann@example.com";
        let fields = [
            ("organisation", organisation.as_str()),
            ("creation_key", &key),
            ("name", "Ann Reseller"),
            ("email", email),
        ];
        let request = self.post("users/create", &admin, &fields);
        let created: Value =
            request.header(ACCEPT, "application/json").send().await?.json().await?;
        let temporary = created["temporary_password"].as_str().context("no password")?;
        installation.reconciler.reconcile_batch().await?;
        let waiting =
            self.form("sign-in", "", &[("email", email), ("password", temporary)]).await?;
        let fields = [("new_password", PASSWORD)];
        self.form("set-first-password", &waiting, &fields).await
    }

    fn post(
        &self,
        function: &str,
        cookie: &str,
        fields: &[(&str, &str)],
    ) -> reqwest::RequestBuilder {
        let form =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.client
            .post(format!("{}/actions/{function}", self.base))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .header(COOKIE, cookie)
            .body(form)
    }

    /// Posts a form of the sign-in pages; returns the cookie that it sets.
    async fn form(
        &self,
        function: &str,
        cookie: &str,
        fields: &[(&str, &str)],
    ) -> anyhow::Result<String> {
        let request = self.post(function, cookie, fields).header(ACCEPT, "text/html");
        let answer = request.send().await?;
        let cookies = answer.headers().get_all(SET_COOKIE).iter();
        let pairs: Vec<&str> = cookies
            .filter_map(|cookie| cookie.to_str().ok()?.split(';').next())
            .filter(|pair| !pair.ends_with('='))
            .collect();
        Ok(pairs.join("; "))
    }

    /// The place of the subscription in the middle of the list.
    fn place_in_the_middle(&self, count: usize) -> String {
        let start = self.template.starts_on.unwrap_or(Date::MIN);
        let day = start - time::Duration::days(1 + i64::try_from(count / 2 % 1_000).unwrap_or(0));
        format!("{}.{}", partners_app::domain::day::iso(day), number(count / 2))
    }

    #[expect(clippy::print_stdout, reason = "a program's answer")]
    async fn time(&self, name: &str, path: &str) -> anyhow::Result<()> {
        let mut times = Vec::with_capacity(TIMES);
        self.get(path).await?;
        let calls = self.sandbox.exchanges().len();
        for _ in 0..TIMES {
            let begin = Instant::now();
            self.get(path).await?;
            times.push(begin.elapsed());
        }
        times.sort();
        let calls = self.sandbox.exchanges().len() - calls;
        println!(
            "{name:<32} {:>9.1} {:>12.1} {:>16}",
            milliseconds(times[TIMES / 2]),
            milliseconds(times[TIMES - 1]),
            calls / TIMES,
        );
        Ok(())
    }

    async fn get(&self, path: &str) -> anyhow::Result<()> {
        let request = self.client.get(format!("{}{path}", self.base));
        let answer =
            request.header(ACCEPT, "text/html").header(COOKIE, &self.cookie).send().await?;
        let status = answer.status();
        let body = answer.text().await?;
        ensure!(status.is_success(), "{path} answered {status}: {body}");
        Ok(())
    }
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

fn zuora(base: &str) -> anyhow::Result<Zuora> {
    Ok(Zuora::new(ZuoraSettings {
        base_url: base.parse()?,
        client_id: "0193a5b0-7e6c-7c00-8000-000000000001".to_owned(),
        client_secret: "a-secret".into(),
        entity_ids: None,
        org_ids: None,
        fields: ZuoraFields::default(),
        timeouts: ZuoraTimeouts::default(),
    })?)
}

async fn organisation(store: &Store, now: Timestamp) -> anyhow::Result<OrganisationId> {
    let id = OrganisationId(Uuid::now_v7());
    let form = OrganisationForm {
        name: "Harbor".to_owned(),
        zuora_account_id: HARBOR_POINT.to_owned(),
        invoice_owner: "partner".to_owned(),
        ..OrganisationForm::default()
    };
    let new = form.parse(false).map_err(|_| anyhow::anyhow!("the form is right"))?;
    let mut writer = store.write().await?;
    organisations::insert(writer.connection(), id, Uuid::now_v7(), &new, "bench", now).await?;
    readings::insert(writer.connection(), id, now).await?;
    readings::done(writer.connection(), id, now).await?;
    writer.commit().await?;
    Ok(id)
}

fn order(organisation: OrganisationId, today: Date) -> anyhow::Result<NewOrder> {
    let account = ZuoraAccountId::parse(HARBOR_POINT).map_err(anyhow::Error::msg)?;
    let customer = NewCustomer {
        name: "Analytical Engines Ltd".to_owned(),
        currency: Currency::parse("USD").map_err(anyhow::Error::msg)?,
        contact: Contact {
            first_name: "Ada".to_owned(),
            last_name: "Lovelace".to_owned(),
            email: "ada@customer.example".to_owned(),
            address1: "1 Analytical Row".to_owned(),
            city: "London".to_owned(),
            postal_code: "N1 7AA".to_owned(),
            country: "United Kingdom".to_owned(),
            ..Contact::default()
        },
    };
    Ok(NewOrder {
        customer: EndCustomer::New(Box::new(customer)),
        invoice_owner: OrderInvoiceOwner::Partner(account),
        plan: OrderedPlan { rate_plan: TEAM_MONTHLY.into(), quantity: Some(7.into()) },
        add_ons: Vec::new(),
        ordered_on: today,
        starts_on: today,
        term: Term { months: Some(12), auto_renew: true },
        invoice_now: true,
        attribution: Attribution { organisation, salesforce_account: None },
    })
}

fn attempt() -> Attempt {
    Attempt { reference: OrderReference::from(Uuid::now_v7()), key: IdempotencyKey::fresh() }
}

fn number(index: usize) -> String {
    format!("A-S-{index:08}")
}

/// Writes as many subscriptions as asked for, each with an invoice, and returns
/// one of their customers.
async fn fill(
    store: &Store,
    clock: &Clock,
    organisation: OrganisationId,
    template: &Subscription,
    count: usize,
) -> anyhow::Result<CustomerId> {
    let (now, today) = (clock.now(), clock.today());
    let currency = Currency::parse("USD").map_err(anyhow::Error::msg)?;
    let mut customer = CustomerId::default();
    let mut name = String::new();
    let indices: Vec<usize> = (0..count).collect();
    for batch in indices.chunks(BATCH) {
        let mut writer = store.write().await?;
        for index in batch.iter().copied() {
            let days = i64::try_from(index % 1_000)?;
            let day = today - time::Duration::days(1 + days);
            if index % OF_EACH == 0 {
                name = format!("Customer {}", index / OF_EACH);
                let account = AccountNumber(format!("A-{index:08}"));
                let known = Known {
                    account_id: Some(format!("{index:032x}").as_str().into()),
                    name: name.clone(),
                    is_named_so_now: false,
                    email: Some(format!("office@customer-{index}.example")),
                    currency: Some(currency),
                };
                customer =
                    customers::ensure(writer.connection(), organisation, &account, known, now)
                        .await?;
            }
            let subscription = Subscription {
                number: SubscriptionNumber(number(index)),
                starts_on: Some(day),
                ..template.clone()
            };
            let told = Told {
                customer,
                customer_name: name.clone(),
                plan: "Cadence Team Monthly".to_owned(),
                quantity: Some(7.into()),
                subscription,
            };
            let seen = Seen { at: now, firm_until: now };
            subscriptions::write(writer.connection(), organisation, &told, seen, today).await?;
            let amount = Money::new(84.into(), currency);
            let invoice = Invoice {
                id: format!("{index:032x}").as_str().into(),
                number: format!("INV{index:08}"),
                account: template.invoice_owner.id.clone(),
                date: day,
                due: Some(day + time::Duration::days(30)),
                amount,
                balance: if index % 10 == 0 { amount } else { Money::zero(currency) },
            };
            invoices::write(writer.connection(), organisation, None, &invoice, now).await?;
        }
        writer.commit().await?;
    }
    Ok(customer)
}
