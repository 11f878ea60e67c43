//! A partner organisation that sells, and a stand-in for Zuora that knows of it.

use crate::browser::{Answer, Browser, Server, server_with};
use crate::support::Engine;
use axum::http::StatusCode;
use partners_server::billing::{
    Billing, Subscription, SubscriptionNumber, Zuora, ZuoraFields, ZuoraSettings, ZuoraTimeouts,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use uuid::Uuid;
use zuora_sandbox::{Sandbox, Settings};

/// Nordlicht Systemhaus GmbH, invoiced in euros.
pub const NORDLICHT: &str = "PA-1001";

/// What is sold: name, plan of the catalog, kind.
pub const OFFERS: [(&str, &str, &str); 5] = [
    ("Support", "Priority Support Monthly", "add_on"),
    ("Storage", "Extra Storage Monthly", "add_on"),
    ("Starter", "Cadence Starter Monthly", "plan"),
    ("Business", "Cadence Business Monthly", "plan"),
    ("Team", "Cadence Team Monthly", "plan"),
];

/// An organisation with offers: Team allows both add-ons and may be changed to
/// Starter and Business.
pub struct Selling {
    pub sandbox: Sandbox,
    pub server: Server,
    pub admin: Browser,
    pub partner: Browser,
    pub organisation: String,
    offers: BTreeMap<&'static str, String>,
    zuora: Zuora,
}

fn settings(base: &str) -> ZuoraSettings {
    ZuoraSettings {
        base_url: base.parse().unwrap(),
        client_id: "0193a5b0-7e6c-7c00-8000-000000000001".to_owned(),
        client_secret: "a-secret".into(),
        entity_ids: None,
        org_ids: None,
        fields: ZuoraFields {
            partner_organisation: Some("PartnerOrganisation__c".to_owned()),
            salesforce_account: None,
            reference: None,
        },
        timeouts: ZuoraTimeouts::default(),
    }
}

/// The ID of the catalog's plan with this name.
pub fn rate_plan(sandbox: &Sandbox, name: &str) -> String {
    sandbox.read(|state| {
        let mut plans = state.products.iter().flat_map(|product| &product.rate_plans);
        plans.find(|plan| plan.name == name).expect("a plan").id.clone()
    })
}

/// The fields of the form that makes an offer.
pub fn offer_fields(name: &str, kind: &str, rate_plan: &str) -> Vec<(String, String)> {
    [
        ("creation_key", Uuid::now_v7().to_string().as_str()),
        ("rate_plan", rate_plan),
        ("kind", kind),
        ("name", name),
        ("channels[]", "shop"),
        ("eligible", "all"),
        ("term_months", "12"),
        ("auto_renew", "true"),
        ("state", "published"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

impl Selling {
    pub async fn start(engine: Engine, invoice_owner: &str) -> Self {
        Self::start_over(engine, invoice_owner, |zuora| Arc::new(zuora)).await
    }

    /// As [`Selling::start`], with this between the server and the stand-in.
    pub async fn start_over(
        engine: Engine,
        invoice_owner: &str,
        over: impl FnOnce(Zuora) -> Arc<dyn Billing>,
    ) -> Self {
        let sandbox = Sandbox::open(Settings { exchanges: 1_000, ..Settings::default() }).unwrap();
        let address = zuora_sandbox::start(sandbox.clone()).await.unwrap();
        let settings = settings(&format!("http://{address}"));
        let zuora = Zuora::new(settings.clone()).unwrap();
        let server = server_with(engine, Some(over(Zuora::new(settings).unwrap()))).await;
        let mut admin = server.admin().await;
        let organisation = create_organisation(&mut admin, "Nordlicht", invoice_owner).await;
        let partner = server.user_of(&organisation, "ann@nordlicht.example").await;
        let mut offers: BTreeMap<&'static str, String> = BTreeMap::new();
        admin.ask("/actions/offers/catalog", &json!({})).await;
        for (name, plan, kind) in OFFERS {
            let mut fields = offer_fields(name, kind, &rate_plan(&sandbox, plan));
            if name == "Team" {
                for (field, other) in [
                    ("add_ons[]", "Support"),
                    ("add_ons[]", "Storage"),
                    ("changes_to[]", "Starter"),
                    ("changes_to[]", "Business"),
                ] {
                    fields.push((field.to_owned(), offers[other].clone()));
                }
            }
            let fields: Vec<_> =
                fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let answer = admin.script("/actions/offers/save", &fields).await;
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
            let all = admin.ask("/actions/offers/list", &json!({})).await.json();
            let made = all.as_array().unwrap().iter().find(|one| one["content"]["name"] == name);
            offers.insert(name, made.unwrap()["id"].as_str().unwrap().to_owned());
        }
        Self { sandbox, server, admin, partner, organisation, offers, zuora }
    }

    pub fn offer(&self, name: &str) -> &str {
        &self.offers[name]
    }

    /// Sends the checkout's form for Team, for a new company; of `more`, what
    /// has a name that the others have takes its place.
    pub async fn review(&mut self, key: Uuid, more: &[(&str, &str)]) -> Answer {
        let team = self.offers["Team"].clone();
        review(&mut self.partner, key, &team, more).await
    }

    /// A draft of a purchase.
    pub async fn draft(&mut self, more: &[(&str, &str)]) -> String {
        order_of(&self.review(Uuid::now_v7(), more).await)
    }

    /// Sends the form of a change.
    pub async fn review_change(
        &mut self,
        subscription: &str,
        change: &str,
        more: &[(&str, &str)],
    ) -> Answer {
        let key = Uuid::now_v7().to_string();
        let mut fields = vec![
            ("creation_key", key.as_str()),
            ("subscription", subscription),
            ("change", change),
        ];
        fields.extend(more);
        self.partner.script("/actions/subscriptions/review-change", &fields).await
    }

    /// Puts a change together, places it and waits until it is placed.
    pub async fn change(
        &mut self,
        subscription: &str,
        change: &str,
        more: &[(&str, &str)],
    ) -> Value {
        let order = order_of(&self.review_change(subscription, change, more).await);
        self.place(&order).await;
        self.settled(&order).await
    }

    pub async fn order(&mut self, id: &str) -> Value {
        let arguments = json!({ "organisation": null, "id": id });
        self.partner.ask("/actions/orders/get", &arguments).await.json()
    }

    pub async fn preview(&mut self, id: &str) -> Value {
        self.partner.ask("/actions/orders/preview", &json!({ "id": id })).await.json()
    }

    pub async fn place(&mut self, id: &str) -> Value {
        let answer = self.partner.script("/actions/orders/place", &[("id", id)]).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        answer.json()
    }

    /// An order once it is neither a draft nor on its way.
    pub async fn settled(&mut self, id: &str) -> Value {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let order = self.order(id).await;
            if order["state"] != "draft" && order["state"].get("placing").is_none() {
                return order;
            }
            assert!(Instant::now() < deadline, "it stays on its way: {order}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Buys, and says which subscription that made.
    pub async fn buy(&mut self, more: &[(&str, &str)]) -> String {
        let id = self.draft(more).await;
        self.place(&id).await;
        placed(&self.settled(&id).await)
    }

    pub async fn checkout(&mut self, offer: &str, draft: Option<&str>) -> Answer {
        let arguments = json!({ "offer": offer, "customer": null, "draft": draft });
        self.partner.ask("/actions/shop/checkout", &arguments).await
    }

    /// The ID of an end customer, by name.
    pub async fn customer(&mut self, name: &str) -> String {
        let team = self.offers["Team"].clone();
        let page = self.checkout(&team, None).await.json();
        let customers = page["customers"].as_array().unwrap();
        let customer = customers.iter().find(|customer| customer["name"] == name);
        customer.unwrap_or_else(|| panic!("no {name}: {page}"))["id"].as_str().unwrap().to_owned()
    }

    pub async fn subscription(&self, number: &str) -> Subscription {
        let found = self.zuora.subscription(&SubscriptionNumber::from(number)).await.unwrap();
        found.expect("a subscription")
    }

    /// How many subscriptions, orders and accounts Zuora has.
    pub fn there(&self) -> (usize, usize, usize) {
        self.sandbox
            .read(|state| (state.subscriptions.len(), state.orders.len(), state.accounts.len()))
    }
}

pub async fn create_organisation(admin: &mut Browser, name: &str, invoice_owner: &str) -> String {
    let key = Uuid::now_v7().to_string();
    let fields = [
        ("creation_key", key.as_str()),
        ("name", name),
        ("zuora_account_id", NORDLICHT),
        ("invoice_owner", invoice_owner),
        ("accept_duplicates", "true"),
    ];
    let answer = admin.script("/actions/organisations/create", &fields).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.header("location").rsplit('/').next().unwrap().to_owned()
}

/// The checkout's fields for a new company with seven seats.
pub fn purchase_fields(more: &[(&str, &str)]) -> Vec<(String, String)> {
    let today = partners_app::domain::day::iso(partners_server::clock::Clock::default().today());
    let mut fields: Vec<(String, String)> = [
        ("customer", "new"),
        ("customer_kind", "company"),
        ("company", "Analytical Engines Ltd"),
        ("first_name", "Ada"),
        ("last_name", "Lovelace"),
        ("email", "ada@engines.example"),
        ("address1", "1 St James’s Square"),
        ("city", "London"),
        ("postal_code", "SW1Y 4LB"),
        ("country", "GB"),
        ("currency", "EUR"),
        ("quantity", "7"),
        ("starts_on", &today),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    fields.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
    fields.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    fields
}

pub async fn review(
    browser: &mut Browser,
    key: Uuid,
    offer: &str,
    more: &[(&str, &str)],
) -> Answer {
    let key = key.to_string();
    let fields = purchase_fields(more);
    let mut all = vec![("creation_key", key.as_str()), ("offer", offer)];
    all.extend(fields.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    browser.script("/actions/shop/review", &all).await
}

/// The order to whose page an answer leads.
pub fn order_of(answer: &Answer) -> String {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let id = answer.header("location").strip_prefix("/partner/orders/");
    id.unwrap_or_else(|| panic!("no order: {}", answer.body)).to_owned()
}

/// The subscription of an order that was placed.
pub fn placed(order: &Value) -> String {
    let subscription = order["state"]["placed"]["subscription"].as_str();
    subscription.unwrap_or_else(|| panic!("not placed: {order}")).to_owned()
}
