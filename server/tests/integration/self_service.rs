//! What partners find in Self-Service: read from the stand-in for Zuora in the
//! background, there while it is away, and nobody else's.

use crate::browser::{Answer, Browser, Server, server_with};
use crate::support::Engine;
use axum::http::StatusCode;
use partners_app::domain::billing::{SubscriptionNumber, Term};
use partners_app::domain::{Currency, CustomerId, OrganisationId, ZuoraAccountId};
use partners_server::billing::{
    Attempt, Attribution, Billing, Change, ChangeOrder, Contact, Effective, EndCustomer,
    IdempotencyKey, NewCustomer, NewOrder, OrderInvoiceOwner, OrderReference, OrderedPlan,
    PlacedOrder, Zuora, ZuoraFields, ZuoraSettings, ZuoraTimeouts,
};
use partners_server::store::customers::{self, Known};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};
use uuid::Uuid;
use zuora_sandbox::faults::{Fault, FaultKind};
use zuora_sandbox::state::AccountStatus;
use zuora_sandbox::{Sandbox, Settings};

on_each_engine!(
    with_partner_the_organisation_is_invoiced,
    with_end_customer_its_customers_are,
    a_shared_account_says_nothing_of_whose_a_subscription_is,
    a_shared_accounts_invoices_are_shown_to_those_whose_subscriptions_they_are_for,
    a_subscription_that_names_another_organisation_is_not_shown,
    what_another_organisation_is_invoiced_for_is_that_ones,
    an_organisations_id_may_be_written_in_any_way,
    an_account_that_is_renamed_is_called_so_here,
    what_was_read_stays_while_zuora_is_away,
    what_was_just_ordered_is_known_at_once,
    a_change_that_is_pending_shows,
    lists_are_turned_forth_and_back,
    a_document_is_streamed_to_those_who_may_see_it,
    an_admin_sees_what_the_partner_sees,
    a_cancelled_account_is_noticed_the_next_day,
);

/// Rate plan and accounts of the stand-in.
const TEAM_MONTHLY: &str = "8ad0a1c08f3b5d11018f3b7c00200004";
const NORDLICHT: &str = "PA-1001";
const HARBOR_POINT: &str = "PA-1002";

const SUBSCRIPTIONS: &str = "/actions/subscriptions/list";
const CUSTOMERS: &str = "/actions/customers/list";
const INVOICES: &str = "/actions/invoices/list";

struct Stage {
    sandbox: Sandbox,
    server: Server,
    /// Names organisations on what it orders …
    naming: Zuora,
    /// … and does not.
    plain: Zuora,
}

fn zuora(address: std::net::SocketAddr, fields: ZuoraFields) -> Zuora {
    Zuora::new(ZuoraSettings {
        base_url: format!("http://{address}").parse().unwrap(),
        client_id: "0193a5b0-7e6c-7c00-8000-000000000001".to_owned(),
        client_secret: "a-secret".into(),
        entity_ids: None,
        org_ids: None,
        fields,
        timeouts: ZuoraTimeouts::default(),
    })
    .unwrap()
}

async fn start(engine: Engine) -> Stage {
    let sandbox = Sandbox::open(Settings { exchanges: 1_000, ..Settings::default() }).unwrap();
    let address = zuora_sandbox::start(sandbox.clone()).await.unwrap();
    let fields = ZuoraFields {
        partner_organisation: Some("PartnerOrganisation__c".to_owned()),
        ..ZuoraFields::default()
    };
    let server = server_with(engine, Some(Arc::new(zuora(address, fields.clone())))).await;
    let (naming, plain) = (zuora(address, fields), zuora(address, ZuoraFields::default()));
    Stage { sandbox, server, naming, plain }
}

impl Stage {
    /// An organisation, and one of its users.
    async fn organisation(
        &self,
        name: &str,
        account: &str,
        owner: &str,
    ) -> (OrganisationId, Browser) {
        let key = Uuid::now_v7().to_string();
        let fields = [
            ("creation_key", key.as_str()),
            ("name", name),
            ("zuora_account_id", account),
            ("invoice_owner", owner),
            ("accept_duplicates", "true"),
        ];
        let mut admin = self.server.admin().await;
        let created = admin.script("/actions/organisations/create", &fields).await;
        assert_eq!(created.status, StatusCode::OK, "{}", created.body);
        let id = created.header("location").rsplit('/').next().unwrap().to_owned();
        let email = format!("{}@example.com", name.to_lowercase());
        let browser = self.server.user_of(&id, &email).await;
        (id.parse().unwrap(), browser)
    }

    /// Seven seats from today.
    fn order(
        &self,
        organisation: OrganisationId,
        customer: EndCustomer,
        invoice_owner: OrderInvoiceOwner,
    ) -> NewOrder {
        let today = self.server.clock.today();
        NewOrder {
            customer,
            invoice_owner,
            plan: OrderedPlan { rate_plan: TEAM_MONTHLY.into(), quantity: Some(Decimal::from(7)) },
            add_ons: Vec::new(),
            ordered_on: today,
            starts_on: today,
            term: Term { months: Some(12), auto_renew: true },
            invoice_now: true,
            attribution: Attribution { organisation, salesforce_account: None },
        }
    }

    /// Something for a new customer, invoiced to the account.
    async fn sell(&self, organisation: OrganisationId, name: &str, account: &str) -> PlacedOrder {
        let order = self.order(organisation, new(name, account), to(account));
        self.naming.place(&order, &attempt()).await.unwrap()
    }

    /// Lets a minute pass, looks, and waits until what is seen is right.
    async fn look(
        &self,
        browser: &mut Browser,
        list: &str,
        query: Value,
        is_right: impl Fn(&Value) -> bool,
    ) -> Value {
        self.server.clock.advance(Duration::from_secs(61));
        wait(browser, list, &json!({ "organisation": null, "query": query }), is_right).await
    }
}

/// Asks again and again until the answer is right.
async fn wait(
    browser: &mut Browser,
    path: &str,
    arguments: &Value,
    is_right: impl Fn(&Value) -> bool,
) -> Value {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let last = browser.ask(path, arguments).await.json();
        if is_right(&last) {
            return last;
        }
        assert!(Instant::now() < deadline, "{path} stays wrong: {last:#}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn attempt() -> Attempt {
    Attempt { reference: OrderReference::from(Uuid::now_v7()), key: IdempotencyKey::fresh() }
}

fn to(account: &str) -> OrderInvoiceOwner {
    OrderInvoiceOwner::Partner(ZuoraAccountId::parse(account).unwrap())
}

/// A new customer in the currency of the reseller's account.
fn new(name: &str, account: &str) -> EndCustomer {
    let letters = if account == NORDLICHT { "EUR" } else { "USD" };
    EndCustomer::New(Box::new(NewCustomer {
        name: name.to_owned(),
        currency: Currency::parse(letters).unwrap(),
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
    }))
}

fn rows(list: &Value) -> Vec<Value> {
    list["rows"].as_array().cloned().unwrap_or_default()
}

fn has_rows(count: usize) -> impl Fn(&Value) -> bool {
    move |list| rows(list).len() == count
}

async fn detail(browser: &mut Browser, number: &SubscriptionNumber) -> Answer {
    let arguments = json!({ "organisation": null, "number": number });
    browser.ask("/actions/subscriptions/get", &arguments).await
}

async fn with_partner_the_organisation_is_invoiced(engine: Engine) {
    let stage = start(engine).await;
    let (id, mut ann) = stage.organisation("Harbor", HARBOR_POINT, "partner").await;
    let first = stage.sell(id, "Zeta Ltd", HARBOR_POINT).await;
    stage.sell(id, "Alpha Ltd", HARBOR_POINT).await;

    let listed = stage.look(&mut ann, SUBSCRIPTIONS, json!({}), has_rows(2)).await;
    let row = &rows(&listed)[1];
    assert_eq!(row["number"], first.subscription.as_str());
    assert_eq!((&row["customer_name"], &row["state"]), (&json!("Zeta Ltd"), &json!("active")));
    assert_eq!((&row["quantity"], &row["auto_renews"]), (&json!("7"), &json!(true)));
    assert!(row["plan"].as_str().unwrap().contains("Team"), "{row}");
    assert_eq!(listed["total"], 2);
    assert_eq!(listed["freshness"]["is_away"], false);

    let query = json!({ "organisation": null, "query": {} });
    let customers = ann.ask(CUSTOMERS, &query).await.json();
    let names: Vec<_> = rows(&customers)
        .iter()
        .map(|row| (row["customer"]["name"].clone(), row["active_subscriptions"].clone()))
        .collect();
    assert_eq!(names, [(json!("Alpha Ltd"), json!(1)), (json!("Zeta Ltd"), json!(1))]);

    let invoices = stage.look(&mut ann, INVOICES, json!({}), has_rows(2)).await;
    for invoice in rows(&invoices) {
        assert_eq!((&invoice["addressee"], &invoice["customer"]), (&json!("Harbor"), &json!(null)));
        assert_eq!(invoice["amount"], json!({ "amount": "84", "currency": "USD" }));
        assert_eq!(invoice["status"], "unpaid");
    }

    let page = detail(&mut ann, &first.subscription).await.json();
    assert_eq!(page["subscription"]["invoice_owner"]["number"], HARBOR_POINT);
    assert_eq!(page["freshness"]["is_away"], false);
    assert_eq!(page["history"].as_array().map(Vec::len), Some(1));
    assert_eq!(page["row"]["plan"], row["plan"], "the list and the page call it the same");

    let customer = row["customer"].clone();
    let arguments = json!({ "organisation": null, "id": customer });
    let page = ann.ask("/actions/customers/get", &arguments).await.json();
    assert_eq!(page["row"]["customer"]["name"], "Zeta Ltd");
    let of_it = json!({ "organisation": null, "query": { "customer": customer } });
    assert_eq!(rows(&ann.ask(SUBSCRIPTIONS, &of_it).await.json()), std::slice::from_ref(row));
}

async fn with_end_customer_its_customers_are(engine: Engine) {
    let stage = start(engine).await;
    let (id, mut ann) = stage.organisation("Harbor", HARBOR_POINT, "end_customer").await;
    // Somebody else's, invoiced to the same account: not this organisation's.
    stage.sell(OrganisationId(Uuid::now_v7()), "Other Ltd", HARBOR_POINT).await;
    let customer = new("Zeta Ltd", HARBOR_POINT);
    let order = stage.order(id, customer, OrderInvoiceOwner::EndCustomer);
    let placed = stage.plain.place(&order, &attempt()).await.unwrap();
    let store = &stage.server.installation.store;
    let mut writer = store.write().await.unwrap();
    // As an order that was placed leaves it: with the account's number alone.
    let known = Known {
        account_id: None,
        name: "Zeta Ltd".to_owned(),
        is_named_so_now: false,
        email: None,
        currency: None,
    };
    let now = stage.server.clock.now();
    customers::ensure(writer.connection(), id, &placed.customer, known, now).await.unwrap();
    writer.commit().await.unwrap();

    let listed = stage.look(&mut ann, SUBSCRIPTIONS, json!({}), has_rows(1)).await;
    assert_eq!(rows(&listed)[0]["number"], placed.subscription.as_str());
    let invoices = stage.look(&mut ann, INVOICES, json!({}), has_rows(1)).await;
    let invoice = &rows(&invoices)[0];
    assert_eq!(invoice["addressee"], "Zeta Ltd");
    assert_eq!(invoice["customer"], rows(&listed)[0]["customer"]);
    let mut reader = store.read().await.unwrap();
    let customer = customers::by_account(reader.connection(), id, &placed.customer).await;
    assert_eq!(customer.unwrap().unwrap().currency, Currency::parse("USD").ok());
}

async fn a_shared_account_says_nothing_of_whose_a_subscription_is(engine: Engine) {
    let stage = start(engine).await;
    // One names the account by its number, the other by its ID.
    let by_id = stage.naming.account(&ZuoraAccountId::parse(HARBOR_POINT).unwrap()).await;
    let by_id = by_id.unwrap().unwrap().id.0;
    let (harbor, mut ann) = stage.organisation("Harbor", HARBOR_POINT, "partner").await;
    let (_, mut ben) = stage.organisation("Bay", &by_id, "partner").await;
    let unnamed = stage.order(harbor, new("Nobody Ltd", HARBOR_POINT), to(HARBOR_POINT));
    stage.plain.place(&unnamed, &attempt()).await.unwrap();
    let named = stage.sell(harbor, "Zeta Ltd", HARBOR_POINT).await;
    // The same end customer's, without a name on it.
    let existing = EndCustomer::Existing(named.customer.clone());
    let again = stage.order(harbor, existing, to(HARBOR_POINT));
    let again = stage.plain.place(&again, &attempt()).await.unwrap();

    let listed = stage.look(&mut ann, SUBSCRIPTIONS, json!({}), has_rows(2)).await;
    let mut numbers: Vec<_> = rows(&listed).iter().map(|row| row["number"].clone()).collect();
    numbers.sort_by_key(ToString::to_string);
    assert_eq!(numbers, [named.subscription.as_str(), again.subscription.as_str()]);
    let query = json!({ "organisation": null, "query": {} });
    assert_eq!(rows(&ben.ask(SUBSCRIPTIONS, &query).await.json()), Vec::<Value>::new());
    assert_eq!(rows(&ben.ask(CUSTOMERS, &query).await.json()), Vec::<Value>::new());
    for number in [&named.subscription, &again.subscription] {
        assert_eq!(detail(&mut ben, number).await.status, StatusCode::NOT_FOUND);
    }
}

async fn a_shared_accounts_invoices_are_shown_to_those_whose_subscriptions_they_are_for(
    engine: Engine,
) {
    let stage = start(engine).await;
    let (harbor, mut ann) = stage.organisation("Harbor", HARBOR_POINT, "partner").await;
    stage.sell(harbor, "Zeta Ltd", HARBOR_POINT).await;
    let before = stage.look(&mut ann, INVOICES, json!({}), has_rows(1)).await;
    let (bay, mut ben) = stage.organisation("Bay", HARBOR_POINT, "partner").await;
    stage.sell(bay, "Alpha Ltd", HARBOR_POINT).await;

    let is_read_again = |list: &Value| {
        list["freshness"]["read_at"].as_i64() > before["freshness"]["read_at"].as_i64()
    };
    let of_ben = stage.look(&mut ben, INVOICES, json!({}), has_rows(1)).await;
    let of_ann = stage.look(&mut ann, INVOICES, json!({}), is_read_again).await;
    assert_eq!(rows(&of_ann), rows(&before));
    assert_ne!(rows(&of_ann)[0]["id"], rows(&of_ben)[0]["id"]);
    for (browser, own, foreign) in [(&mut ann, &of_ann, &of_ben), (&mut ben, &of_ben, &of_ann)] {
        for (list, status) in [(own, StatusCode::OK), (foreign, StatusCode::NOT_FOUND)] {
            let path = format!("/partner/invoices/{}/pdf", rows(list)[0]["id"].as_str().unwrap());
            assert_eq!(browser.get(&path).await.status, status, "{path}");
        }
    }

    // A bill run a month later makes one invoice of both: nobody's to see whole.
    stage.sandbox.advance(31 * 86_400);
    let billed = stage
        .sandbox
        .read(|state| state.documents.values().filter(|document| document.items.len() > 1).count());
    assert!(billed >= 1, "an invoice for both");
    let read_at = of_ann["freshness"]["read_at"].as_i64();
    let is_read_again = |list: &Value| list["freshness"]["read_at"].as_i64() > read_at;
    assert_eq!(
        rows(&stage.look(&mut ann, INVOICES, json!({}), is_read_again).await),
        rows(&before)
    );
}

async fn a_subscription_that_names_another_organisation_is_not_shown(engine: Engine) {
    let stage = start(engine).await;
    let (id, mut ann) = stage.organisation("Harbor", HARBOR_POINT, "partner").await;
    let own = stage.sell(id, "Zeta Ltd", HARBOR_POINT).await;
    let moved = stage.sell(id, "Alpha Ltd", HARBOR_POINT).await;
    stage.sell(OrganisationId(Uuid::now_v7()), "Other Ltd", HARBOR_POINT).await;
    stage.look(&mut ann, SUBSCRIPTIONS, json!({}), has_rows(2)).await;
    let customers = ann.ask(CUSTOMERS, &json!({ "organisation": null, "query": {} })).await.json();
    assert_eq!(rows(&customers).len(), 2, "nor is its owner a customer");

    // Somebody gives one to another organisation in Zuora: the page knows at
    // once, the list with the next reading.
    stage.sandbox.write(|state| {
        let versions = state.subscriptions.get_mut(moved.subscription.as_str()).unwrap();
        for version in versions {
            let other = Uuid::now_v7().to_string();
            version.custom.insert("PartnerOrganisation__c".to_owned(), other.into());
        }
    });
    assert_eq!(detail(&mut ann, &moved.subscription).await.status, StatusCode::NOT_FOUND);
    let listed = stage.look(&mut ann, SUBSCRIPTIONS, json!({}), has_rows(1)).await;
    assert_eq!(rows(&listed)[0]["number"], own.subscription.as_str());
}

/// Asks for a cancellation to be reviewed.
async fn review_cancellation(browser: &mut Browser, number: &SubscriptionNumber) -> Answer {
    let key = Uuid::now_v7().to_string();
    let fields = [
        ("creation_key", key.as_str()),
        ("subscription", number.as_str()),
        ("change", "cancel"),
        ("when", "term_end"),
    ];
    browser.script("/actions/subscriptions/review-change", &fields).await
}

async fn what_another_organisation_is_invoiced_for_is_that_ones(engine: Engine) {
    let stage = start(engine).await;
    // An end customer's account has one currency.
    stage.sandbox.write(|state| {
        let accounts = state.accounts.values_mut();
        accounts.for_each(|account| account.currency = "USD".to_owned());
    });
    let (harbor, mut ann) = stage.organisation("Harbor", HARBOR_POINT, "partner").await;
    let (nordlicht, mut ben) = stage.organisation("Nordlicht", NORDLICHT, "partner").await;
    // Both sell to one end customer, and nothing names them.
    let first = stage.order(harbor, new("Zeta Ltd", HARBOR_POINT), to(HARBOR_POINT));
    let first = stage.plain.place(&first, &attempt()).await.unwrap();
    let existing = EndCustomer::Existing(first.customer.clone());
    let second = stage.order(nordlicht, existing, to(NORDLICHT));
    let second = stage.plain.place(&second, &attempt()).await.unwrap();

    for (browser, own, foreign) in [
        (&mut ann, &first.subscription, &second.subscription),
        (&mut ben, &second.subscription, &first.subscription),
    ] {
        let was_read = |list: &Value| !list["freshness"]["read_at"].is_null();
        let is_there = |list: &Value| was_read(list) && !rows(list).is_empty();
        let listed = stage.look(browser, SUBSCRIPTIONS, json!({}), is_there).await;
        let numbers: Vec<_> = rows(&listed).iter().map(|row| row["number"].clone()).collect();
        assert_eq!(numbers, [own.as_str()]);
        assert_eq!(detail(browser, own).await.status, StatusCode::OK);
        assert_eq!(detail(browser, foreign).await.status, StatusCode::NOT_FOUND);
        let refused = review_cancellation(browser, foreign).await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND, "{}", refused.body);
        let reviewed = review_cancellation(browser, own).await;
        assert_eq!(reviewed.status, StatusCode::OK, "{}", reviewed.body);
    }
}

async fn an_organisations_id_may_be_written_in_any_way(engine: Engine) {
    let stage = start(engine).await;
    let (id, mut ann) = stage.organisation("Harbor", HARBOR_POINT, "partner").await;
    let placed = stage.sell(id, "Zeta Ltd", HARBOR_POINT).await;
    stage.sandbox.write(|state| {
        for version in state.subscriptions.values_mut().flatten() {
            let written = format!(" {} ", id.to_string().to_uppercase());
            version.custom.insert("PartnerOrganisation__c".to_owned(), written.into());
        }
    });
    stage.look(&mut ann, SUBSCRIPTIONS, json!({}), has_rows(1)).await;
    assert_eq!(detail(&mut ann, &placed.subscription).await.status, StatusCode::OK);
    let reviewed = review_cancellation(&mut ann, &placed.subscription).await;
    assert_eq!(reviewed.status, StatusCode::OK, "{}", reviewed.body);
}

async fn an_account_that_is_renamed_is_called_so_here(engine: Engine) {
    let stage = start(engine).await;
    let (id, mut ann) = stage.organisation("Harbor", HARBOR_POINT, "end_customer").await;
    let order = stage.order(id, new("Zeta Ltd", HARBOR_POINT), OrderInvoiceOwner::EndCustomer);
    let placed = stage.plain.place(&order, &attempt()).await.unwrap();
    stage.server.installation.projection.learn(id, &placed.subscription).await.unwrap();
    let listed = stage.look(&mut ann, INVOICES, json!({}), has_rows(1)).await;
    assert_eq!(rows(&listed)[0]["addressee"], "Zeta Ltd");
    let query = json!({ "organisation": null, "query": {} });
    let customers = ann.ask(CUSTOMERS, &query).await.json();
    assert_eq!(rows(&customers)[0]["customer"]["currency"], "USD", "nobody has ordered here");

    stage.sandbox.write(|state| {
        let mut accounts = state.accounts.values_mut();
        let account = accounts.find(|account| account.name == "Zeta Ltd").unwrap();
        account.name = "Eta Ltd".to_owned();
    });
    let is_renamed = |list: &Value| rows(list)[0]["customer_name"] == "Eta Ltd";
    stage.look(&mut ann, SUBSCRIPTIONS, json!({}), is_renamed).await;
    for (list, search) in [(CUSTOMERS, "eTA L"), (SUBSCRIPTIONS, "eTA L"), (INVOICES, "")] {
        let query = json!({ "organisation": null, "query": { "search": search } });
        let found = ann.ask(list, &query).await;
        assert!(found.body.contains("Eta Ltd"), "{list}: {}", found.body);
        assert!(!found.body.contains("Zeta Ltd"), "{list}: {}", found.body);
    }
}

async fn what_was_read_stays_while_zuora_is_away(engine: Engine) {
    let stage = start(engine).await;
    let (id, mut ann) = stage.organisation("Harbor", HARBOR_POINT, "partner").await;
    let placed = stage.sell(id, "Zeta Ltd", HARBOR_POINT).await;
    let before = stage.look(&mut ann, SUBSCRIPTIONS, json!({}), has_rows(1)).await;
    let read_at = before["freshness"]["read_at"].clone();

    stage.sandbox.add_fault(Fault::new(FaultKind::Unavailable));
    let is_away = |list: &Value| list["freshness"]["is_away"] == true;
    let listed = stage.look(&mut ann, SUBSCRIPTIONS, json!({}), is_away).await;
    assert_eq!(rows(&listed), rows(&before));
    assert!(listed["freshness"]["read_at"].as_i64() >= read_at.as_i64(), "and how old it is");
    let page = detail(&mut ann, &placed.subscription).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let page = page.json();
    assert_eq!((&page["freshness"]["is_away"], &page["history"]), (&json!(true), &json!(null)));
    assert_eq!(page["subscription"]["number"], placed.subscription.as_str());
    assert!(page["actions"]["blocked"].as_str().unwrap().contains("does not answer"), "{page}");

    stage.sandbox.clear_faults();
    stage.server.clock.advance(Duration::from_secs(10 * 60));
    let is_back = |list: &Value| {
        list["freshness"]["is_away"] == false
            && list["freshness"]["read_at"].as_i64() > read_at.as_i64()
    };
    stage.look(&mut ann, SUBSCRIPTIONS, json!({}), is_back).await;
    let page = detail(&mut ann, &placed.subscription).await.json();
    assert_eq!(page["freshness"]["is_away"], false);
    assert_eq!(page["actions"]["blocked"], Value::Null);
}

async fn what_was_just_ordered_is_known_at_once(engine: Engine) {
    let stage = start(engine).await;
    let (id, mut ann) = stage.organisation("Harbor", HARBOR_POINT, "partner").await;
    let was_read = |list: &Value| !list["freshness"]["read_at"].is_null();
    stage.look(&mut ann, SUBSCRIPTIONS, json!({}), was_read).await;
    let placed = stage.sell(id, "Zeta Ltd", HARBOR_POINT).await;
    stage.server.installation.projection.learn(id, &placed.subscription).await.unwrap();
    let query = json!({ "organisation": null, "query": {} });
    let listed = ann.ask(SUBSCRIPTIONS, &query).await.json();
    assert_eq!(rows(&listed)[0]["number"], placed.subscription.as_str());
    // Its invoice follows without anybody asking for it.
    wait(&mut ann, INVOICES, &query, has_rows(1)).await;
    assert_eq!(rows(&ann.ask(SUBSCRIPTIONS, &query).await.json()), rows(&listed));
}

async fn a_change_that_is_pending_shows(engine: Engine) {
    let stage = start(engine).await;
    let (id, mut ann) = stage.organisation("Harbor", HARBOR_POINT, "partner").await;
    let stays = stage.sell(id, "Alpha Ltd", HARBOR_POINT).await;
    let goes = stage.sell(id, "Zeta Ltd", HARBOR_POINT).await;
    let change = ChangeOrder {
        subscription: goes.subscription.clone(),
        change: Change::Cancel,
        effective: Effective::TermEnd,
        ordered_on: stage.server.clock.today(),
        invoice_now: false,
        attribution: Attribution { organisation: id, salesforce_account: None },
        based_on: None,
    };
    stage.naming.change(&change, &attempt()).await.unwrap();
    let pending = json!({ "status": "change_pending" });
    let listed = stage.look(&mut ann, SUBSCRIPTIONS, pending, has_rows(1)).await;
    let row = &rows(&listed)[0];
    assert_eq!((&row["number"], &row["state"]), (&json!(goes.subscription), &json!("active")));
    assert!(
        row["pending"]["Cancellation"].is_array() || row["pending"]["Cancellation"].is_string()
    );
    let query = |query: Value| json!({ "organisation": null, "query": query });
    let active = ann.ask(SUBSCRIPTIONS, &query(json!({ "status": "active" }))).await.json();
    assert_eq!(rows(&active)[0]["number"], stays.subscription.as_str());
    assert_eq!(active["total"], 1);
    let ended = ann.ask(SUBSCRIPTIONS, &query(json!({ "status": "ended" }))).await.json();
    assert_eq!(ended["total"], 0);
    let found = ann.ask(SUBSCRIPTIONS, &query(json!({ "search": "zETA" }))).await.json();
    assert_eq!(rows(&found), std::slice::from_ref(row));
}

async fn lists_are_turned_forth_and_back(engine: Engine) {
    let stage = start(engine).await;
    let (id, mut ann) = stage.organisation("Harbor", HARBOR_POINT, "partner").await;
    let first = stage.sell(id, "Zeta Ltd", HARBOR_POINT).await;
    for _ in 0..59 {
        let existing = EndCustomer::Existing(first.customer.clone());
        let order = stage.order(id, existing, to(HARBOR_POINT));
        stage.naming.place(&order, &attempt()).await.unwrap();
    }
    for (list, key) in [(SUBSCRIPTIONS, "number"), (INVOICES, "id")] {
        let is_whole = |list: &Value| list["total"] == 60;
        let mut page = stage.look(&mut ann, list, json!({}), is_whole).await;
        let mut pages = vec![page.clone()];
        while let Some(after) = page["next"].as_str() {
            let query = json!({ "organisation": null, "query": { "after": after } });
            page = ann.ask(list, &query).await.json();
            pages.push(page.clone());
        }
        let lengths: Vec<_> = pages.iter().map(|page| rows(page).len()).collect();
        assert_eq!(lengths, [25, 25, 10]);
        let mut keys: Vec<_> =
            pages.iter().flat_map(rows).map(|row| row[key].to_string()).collect();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), 60);
        for (page, before) in pages.iter().zip(&pages[1..]).rev() {
            let query = json!({ "organisation": null, "query": { "before": before["previous"] } });
            assert_eq!(rows(&ann.ask(list, &query).await.json()), rows(page));
        }
        assert_eq!(pages[0]["previous"], Value::Null);
    }
}

async fn a_document_is_streamed_to_those_who_may_see_it(engine: Engine) {
    let stage = start(engine).await;
    let (id, mut ann) = stage.organisation("Harbor", HARBOR_POINT, "partner").await;
    let (other, ben) = stage.organisation("Nordlicht", NORDLICHT, "partner").await;
    stage.sell(id, "Zeta Ltd", HARBOR_POINT).await;
    let invoices = stage.look(&mut ann, INVOICES, json!({}), has_rows(1)).await;
    let invoice = &rows(&invoices)[0];
    let number = invoice["number"].as_str().unwrap();
    let path = format!("/partner/invoices/{}/pdf", invoice["id"].as_str().unwrap());

    let answer = ann.get(&path).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.body.starts_with("%PDF-"));
    assert_eq!(answer.header("content-type"), "application/pdf");
    let file = format!("attachment; filename=\"{number}.pdf\"");
    assert_eq!(answer.header("content-disposition"), file);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert!(answer.header("content-security-policy").contains("default-src 'none'"));

    let within = |organisation: OrganisationId| {
        path.replace("/partner/", &format!("/settings/profile/partners/{organisation}/"))
    };
    let mut admin = stage.server.admin().await;
    assert!(admin.get(&within(id)).await.body.starts_with("%PDF-"));
    for (browser, path) in [
        (&ben, path.clone()),
        (&ben, within(id)),
        (&ben, within(other)),
        (&ann, within(id)),
        (&ann, "/partner/invoices/nothing/pdf".to_owned()),
        (&admin, path.clone()),
        (&admin, within(other)),
        (&admin, within(OrganisationId(Uuid::now_v7()))),
        (&admin, "/settings/profile/partners/nothing/invoices/nothing/pdf".to_owned()),
    ] {
        let answer = browser.clone().get(&path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(answer.header("content-type").starts_with("text/html"), "{path}");
    }
    let answer = stage.server.browser().get(&path).await;
    let back = format!("/sign-in?next={}", path.replace('/', "%2F"));
    assert_eq!(answer.header("location"), back);

    stage.sandbox.add_fault(Fault::new(FaultKind::Unavailable));
    let answer = ann.get(&path).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.body.contains("We could not reach Zuora. Try again"), "{}", answer.body);
}

async fn an_admin_sees_what_the_partner_sees(engine: Engine) {
    let stage = start(engine).await;
    let (id, mut ann) = stage.organisation("Harbor", HARBOR_POINT, "partner").await;
    let (other, mut ben) = stage.organisation("Nordlicht", NORDLICHT, "partner").await;
    let placed = stage.sell(id, "Zeta Ltd", HARBOR_POINT).await;
    let seen = stage.look(&mut ann, SUBSCRIPTIONS, json!({}), has_rows(1)).await;
    // Invoices are written down last.
    wait(&mut ann, INVOICES, &json!({ "organisation": null, "query": {} }), has_rows(1)).await;
    let mut admin = stage.server.admin().await;
    for list in [SUBSCRIPTIONS, CUSTOMERS, INVOICES] {
        let own = ann.ask(list, &json!({ "organisation": null, "query": {} })).await.json();
        let shown = admin.ask(list, &json!({ "organisation": id, "query": {} })).await.json();
        assert_eq!(rows(&shown), rows(&own), "{list}");
        let other = admin.ask(list, &json!({ "organisation": other, "query": {} })).await;
        assert_eq!(rows(&other.json()), Vec::<Value>::new(), "{list}");
        let nobody = json!({ "organisation": Uuid::now_v7(), "query": {} });
        assert_eq!(admin.ask(list, &nobody).await.status, StatusCode::NOT_FOUND, "{list}");
    }
    let customer = rows(&seen)[0]["customer"].clone();
    let arguments = |organisation: Value| {
        [
            (
                "/actions/subscriptions/get",
                json!({ "organisation": organisation, "number": placed.subscription }),
            ),
            ("/actions/customers/get", json!({ "organisation": organisation, "id": customer })),
        ]
    };
    for (path, arguments) in arguments(json!(id)) {
        let answer = admin.ask(path, &arguments).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
        assert!(answer.json()["actions"].is_null(), "an admin looks");
    }
    for (path, arguments) in arguments(json!(other)) {
        assert_eq!(admin.ask(path, &arguments).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    for (path, arguments) in arguments(Value::Null) {
        let foreign = ben.ask(path, &arguments).await;
        let mut nothing = arguments.clone();
        for field in ["number", "id"] {
            if nothing.get(field).is_some() {
                nothing[field] = json!(CustomerId(Uuid::now_v7()));
            }
        }
        let nothing = ben.ask(path, &nothing).await;
        assert_eq!(foreign.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!((foreign.status, foreign.body), (nothing.status, nothing.body), "{path}");
    }
}

async fn a_cancelled_account_is_noticed_the_next_day(engine: Engine) {
    let stage = start(engine).await;
    let (id, _) = stage.organisation("Harbor", HARBOR_POINT, "partner").await;
    let mut admin = stage.server.admin().await;
    let query = json!({ "query": { "search": "", "invoice_owner": null, "sort": "Name", "direction": "Ascending", "after": null, "before": null } });
    let doubt = |list: &Value| rows(list)[0]["account_doubt"].clone();
    let list = "/actions/organisations/list";
    assert_eq!(doubt(&admin.ask(list, &query).await.json()), Value::Null);
    stage.sandbox.write(|state| {
        for account in state.accounts.values_mut().filter(|one| one.number == HARBOR_POINT) {
            account.status = AccountStatus::Canceled;
        }
    });
    stage.server.clock.advance(Duration::from_secs(24 * 60 * 60));
    // Nobody stays signed in for a day.
    let mut admin = stage.server.admin().await;
    wait(&mut admin, list, &query, |list| doubt(list) == "cancelled").await;
    let page = admin.get(&format!("/settings/profile/partners/{id}")).await;
    assert!(page.body.contains("Cancelled in Zuora"), "the page says so");

    stage.sandbox.write(|state| state.account_numbers.clear());
    stage.server.clock.advance(Duration::from_secs(24 * 60 * 60));
    let mut admin = stage.server.admin().await;
    wait(&mut admin, list, &query, |list| doubt(list) == "unknown").await;
}
