//! Orders under fire: the real program, killed at random moments while it
//! places them, with a Zuora that loses a fifth of its answers and breaks on a
//! twentieth of the orders.

use crate::browser::eventually;
use crate::fault::{ADMIN, Program, SECRET_KEY, Script, post};
use crate::port::free_port;
use crate::selling::{NORDLICHT, offer_fields, purchase_fields, rate_plan};
use crate::support::{Database, Engine, database};
use partners_app::domain::{Order, OrderId, OrderState, OrganisationId};
use partners_server::store::{customers, orders, provisioning};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use uuid::Uuid;
use zuora_sandbox::faults::{Fault, FaultKind};
use zuora_sandbox::{Sandbox, Settings};

on_each_engine!(two_hundred_orders_survive_kills_and_lost_answers);

const ORDERS: usize = 200;
/// How many people order at once.
const BUYERS: usize = 4;
const PASSWORD: &str = "a fine new password";

/// A partner organisation whose user is signed in.
#[derive(Clone)]
pub struct Seller {
    pub organisation: String,
    pub script: Script,
    /// One of its end customers.
    pub customer: String,
}

/// Sends a form again until it is answered, as a person would.
pub async fn insist(script: &Script, url: &str, fields: &[(&str, &str)]) -> String {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        match post(script, url, fields).await {
            Some((200, rest)) => return rest,
            Some((503, _)) | None => tokio::time::sleep(Duration::from_millis(50)).await,
            Some((status, body)) => panic!("{status}: {body}"),
        }
        assert!(Instant::now() < deadline, "{url} is not answered");
    }
}

fn borrowed(fields: &[(String, String)]) -> Vec<(&str, &str)> {
    fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

/// Orders once: the checkout's form, then *Place order*; says the order's ID.
pub async fn order(seller: &Seller, url: &str, offer: &str, more: &[(&str, &str)]) -> OrderId {
    let id = review(seller, url, offer, more).await;
    place(seller, url, id).await;
    id
}

/// Fills in the checkout's form; says the draft's ID.
pub async fn review(seller: &Seller, url: &str, offer: &str, more: &[(&str, &str)]) -> OrderId {
    let key = Uuid::now_v7().to_string();
    let purchase = purchase_fields(more);
    let mut fields = vec![("creation_key", key.as_str()), ("offer", offer)];
    fields.extend(borrowed(&purchase));
    let page = insist(&seller.script, &format!("{url}/actions/shop/review"), &fields).await;
    page.rsplit('/').next().unwrap().parse().unwrap()
}

/// Presses *Place order*.
pub async fn place(seller: &Seller, url: &str, id: OrderId) {
    let id = id.to_string();
    insist(&seller.script, &format!("{url}/actions/orders/place"), &[("id", id.as_str())]).await;
}

/// Signs in, again until the account is there: the program makes the first
/// admin once it answers.
pub async fn sign_in(client: &reqwest::Client, url: &str, email: &str, password: &str) -> Script {
    let script = Script { client: client.clone(), session: String::new() };
    let credentials = [("email", email), ("password", password)];
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        match post(&script, &format!("{url}/actions/sign-in"), &credentials).await {
            Some((200, session)) => return Script { session, ..script },
            other => assert!(Instant::now() < deadline, "{email} cannot sign in: {other:?}"),
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// An offer of one of the stand-in's plans; says its ID.
pub async fn offer(admin: &Script, url: &str, sandbox: &Sandbox, database: &Database) -> String {
    let catalog = admin
        .client
        .post(format!("{url}/actions/offers/catalog"))
        .header("accept", "application/json")
        .header("cookie", &admin.session)
        .header("content-type", "application/json")
        .body("{}");
    catalog.send().await.unwrap();
    let team = rate_plan(sandbox, "Cadence Team Monthly");
    let fields = offer_fields("Team", "plan", &team);
    insist(admin, &format!("{url}/actions/offers/save"), &borrowed(&fields)).await;
    let mut reader = database.store.read().await.unwrap();
    let mut offers = partners_server::store::offers::all(reader.connection()).await.unwrap();
    offers.pop().expect("an offer").id.to_string()
}

/// An organisation with a user, and a first order for an end customer.
pub async fn seller(
    admin: &Script,
    url: &str,
    offer: &str,
    invoice_owner: &str,
    database: &Database,
) -> Seller {
    let key = Uuid::now_v7().to_string();
    let fields = [
        ("creation_key", key.as_str()),
        ("name", invoice_owner),
        ("zuora_account_id", NORDLICHT),
        ("invoice_owner", invoice_owner),
        ("accept_duplicates", "true"),
    ];
    let page = insist(admin, &format!("{url}/actions/organisations/create"), &fields).await;
    let organisation = page.rsplit('/').next().unwrap().to_owned();
    let (key, email) = (Uuid::now_v7().to_string(), format!("{invoice_owner}@partner.example"));
    let fields = [
        ("organisation", organisation.as_str()),
        ("creation_key", &key),
        ("name", "Ann Reseller"),
        ("email", &email),
    ];
    let created = insist(admin, &format!("{url}/actions/users/create"), &fields).await;
    let created: serde_json::Value = serde_json::from_str(&created).unwrap();
    let temporary = created["temporary_password"].as_str().unwrap();
    eventually("the account is there", async || {
        let mut reader = database.store.read().await.unwrap();
        provisioning::next_due(reader.connection()).await.unwrap().is_none().then_some(())
    })
    .await;
    let waiting = sign_in(&admin.client, url, &email, temporary).await;
    let fields = [("new_password", PASSWORD)];
    insist(&waiting, &format!("{url}/actions/set-first-password"), &fields).await;
    let script = sign_in(&admin.client, url, &email, PASSWORD).await;
    let seller = Seller { organisation, script, customer: String::new() };
    let first = order(&seller, url, offer, &[("company", "First")]).await;
    let placed = settled(&seller, first, database).await;
    Seller { customer: placed.customer.expect("a customer").to_string(), ..seller }
}

pub async fn settled(seller: &Seller, id: OrderId, database: &Database) -> Order {
    let organisation: OrganisationId = seller.organisation.parse().unwrap();
    // Where much is lost an attempt in two is in vain, and the waits between them
    // grow to a quarter of a minute.
    let deadline = Instant::now() + Duration::from_secs(300);
    loop {
        let mut reader = database.store.read().await.unwrap();
        let order = orders::by_id(reader.connection(), organisation, id).await.unwrap();
        let order = order.expect("an order that was answered is saved");
        if order.state.is_settled() {
            return order;
        }
        drop(reader);
        assert!(Instant::now() < deadline, "it stays on its way: {order:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn two_hundred_orders_survive_kills_and_lost_answers(engine: Engine) {
    let database = database(engine).await;
    let sandbox = Sandbox::open(Settings::default()).unwrap();
    let zuora = zuora_sandbox::start(sandbox.clone()).await.unwrap();
    let port = free_port();
    let url = format!("http://127.0.0.1:{port}");
    let mut program = Program {
        child: None,
        url: url.clone(),
        environment: BTreeMap::from([
            ("PORT", port.to_string()),
            ("DATABASE_URL", database.url.clone()),
            ("SECRET_KEY", SECRET_KEY.to_owned()),
            ("PARTNERS_ADMIN_EMAIL", ADMIN.0.to_owned()),
            ("PARTNERS_ADMIN_PASSWORD", ADMIN.1.to_owned()),
            ("ZUORA_BASE_URL", format!("http://{zuora}")),
            ("ZUORA_CLIENT_ID", "0193a5b0-7e6c-7c00-8000-000000000001".to_owned()),
            ("ZUORA_CLIENT_SECRET", "a-secret".to_owned()),
        ]),
    };
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(5))
        .build()
        .unwrap();
    program.start(&client).await;
    let admin = sign_in(&client, &url, ADMIN.0, ADMIN.1).await;
    let offer = offer(&admin, &url, &sandbox, &database).await;
    let mut sellers = Vec::new();
    for invoice_owner in ["partner", "end_customer"] {
        sellers.push(seller(&admin, &url, &offer, invoice_owner, &database).await);
    }
    let before = sandbox.read(|state| state.accounts.len());

    sandbox.add_fault(Fault::new(FaultKind::LoseAnswer).with_probability(0.2));
    let breaks = Fault { seed: 7, ..Fault::new(FaultKind::Failure) };
    sandbox.add_fault(breaks.on("POST", "/v1/orders").with_probability(0.05));
    let begun = Instant::now();
    let is_done = Arc::new(AtomicBool::new(false));
    let killer = {
        let (client, is_done) = (client.clone(), Arc::clone(&is_done));
        tokio::spawn(async move {
            let mut kills = 0;
            while !is_done.load(Ordering::Relaxed) {
                let life = Duration::from_millis(rand::random_range(100..1_500));
                tokio::time::sleep(life).await;
                program.kill();
                kills += 1;
                program.start(&client).await;
            }
            (program, kills)
        })
    };
    // Every fourth order is for an end customer who is there.
    let buyers = (0..BUYERS).map(|buyer| {
        let (sellers, url, offer) = (&sellers, &url, &offer);
        async move {
            let mut placed = Vec::new();
            for number in (buyer..ORDERS).step_by(BUYERS) {
                let turn = number / BUYERS;
                let seller = &sellers[turn % 2];
                let company = format!("Company {number}");
                let more = if (turn / 2).is_multiple_of(4) {
                    ("customer", seller.customer.as_str())
                } else {
                    ("company", company.as_str())
                };
                placed.push((turn % 2, order(seller, url, offer, &[more]).await, more.0));
            }
            placed
        }
    });
    let orders = futures::future::join_all(buyers).await.concat();
    is_done.store(true, Ordering::Relaxed);
    let (mut program, kills) = killer.await.unwrap();
    assert_eq!(orders.len(), ORDERS);

    let mut here = BTreeSet::new();
    let mut new_customers = 0;
    for (turn, id, kind) in &orders {
        let seller = &sellers[*turn];
        let order = settled(seller, *id, &database).await;
        let OrderState::Placed { subscription, order: Some(number) } = &order.state else {
            panic!("not placed: {order:?}")
        };
        assert_eq!(number.as_str(), order.reference);
        assert!(here.insert(subscription.to_string()), "one subscription for each order");
        new_customers += usize::from(*kind == "company");
        let (owner, payer) = sandbox.read(|state| {
            let subscription = state.subscription(subscription.as_str()).expect("it is there");
            let number = |id: &String| state.accounts[id].number.clone();
            (number(&subscription.account_id), number(&subscription.invoice_owner_id))
        });
        assert_eq!(payer, if *turn == 0 { NORDLICHT } else { owner.as_str() });
        let organisation = seller.organisation.parse().unwrap();
        let mut reader = database.store.read().await.unwrap();
        let customer = order.customer.expect("a customer");
        let customer = customers::by_id(reader.connection(), organisation, customer).await;
        let customer = customer.unwrap().expect("the customer is known");
        assert_eq!(
            (customer.account.as_str(), &customer.name),
            (owner.as_str(), &order.customer_name)
        );
    }
    program.kill();
    let faults = client.get(format!("http://{zuora}/sandbox/faults")).send().await.unwrap();
    let faults: serde_json::Value = faults.json().await.unwrap();
    let lost = faults[0]["befallen"].as_u64().unwrap();
    let (subscriptions, there, accounts) =
        sandbox.read(|state| (state.subscriptions.len(), state.orders.len(), state.accounts.len()));
    // The first order of each organisation was placed before.
    assert_eq!(subscriptions, ORDERS + sellers.len(), "none is lost and none is doubled");
    assert_eq!(there, ORDERS + sellers.len());
    assert_eq!(accounts, before + new_customers, "no end customer is doubled");
    println!(
        "{engine:?}: {ORDERS} orders, {kills} kills, {lost} answers lost, {subscriptions} subscriptions with the {} first ones, all in {:?}",
        sellers.len(),
        begun.elapsed(),
    );
}
