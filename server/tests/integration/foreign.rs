//! Nobody sees another's: what is another partner organisation's is answered
//! exactly as what does not exist, on every route, function and parameter; and
//! every route wants the right person.

use crate::browser::{Answer, Browser, eventually};
use crate::protection::{EITHER, PARTNERS, without_randomness};
use crate::selling::{Selling, create_organisation, order_of, purchase_fields};
use crate::support::Engine;
use axum::http::StatusCode;
use leptos::server_fn::ServerFn;
use partners_app::api::{partner, self_service, shop};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

on_each_engine!(
    what_is_anothers_is_answered_as_what_does_not_exist,
    what_is_anothers_is_answered_so_also_where_both_are_invoiced_to_one_account,
    every_route_wants_the_right_person,
);

/// Functions of partners to which no ID can be given.
const WITHOUT_IDS: [&str; 3] =
    [partner::GetPartnerHome::PATH, partner::GetTeam::PATH, partner::InviteColleague::PATH];

/// IDs of what an organisation has.
struct Belongings {
    organisation: String,
    offer: String,
    customer: String,
    subscription: String,
    order: String,
    invoice: String,
    user: String,
}

impl Belongings {
    fn nowhere() -> Self {
        let id = || Uuid::now_v7().to_string();
        Self {
            organisation: id(),
            offer: id(),
            customer: id(),
            subscription: "A-S99999999".to_owned(),
            order: id(),
            invoice: id().replace('-', ""),
            user: id(),
        }
    }

    /// An offer of its own, a customer with a subscription and an invoice, and a
    /// draft of an order.
    async fn of(it: &mut Selling) -> Self {
        let offer = it.offer("Business").to_owned();
        let subscription = it.buy(&[]).await;
        let customer = it.customer("Analytical Engines Ltd").await;
        let order = it.draft(&[("customer", &customer)]).await;
        let list = json!({ "organisation": null, "query": {} });
        let invoice = eventually("an invoice", async || {
            let page = it.partner.ask(self_service::ListInvoices::PATH, &list).await.json();
            page["rows"][0]["id"].as_str().map(str::to_owned)
        })
        .await;
        let user = it.admin.users(&it.organisation).await[0]["id"].as_str().unwrap().to_owned();
        Self {
            organisation: it.organisation.clone(),
            offer,
            customer,
            subscription,
            order,
            invoice,
            user,
        }
    }

    /// A route's address with these IDs in the place of its parameters.
    fn fill(&self, route: &str) -> String {
        let mut before = "";
        let segments: Vec<&str> = route
            .split('/')
            .map(|segment| {
                let filled = match (segment.starts_with('{'), before) {
                    (false, _) => segment,
                    (true, "partners") => self.organisation.as_str(),
                    (true, "shop" | "offers") => &self.offer,
                    (true, "customers") => &self.customer,
                    (true, "subscriptions") => &self.subscription,
                    (true, "orders") => &self.order,
                    (true, "invoices") => &self.invoice,
                    (true, "users") => &self.user,
                    // These belong to the installation; any ID will do.
                    (true, "import" | "webhooks") => &self.user,
                    (true, other) => panic!("what is the parameter after {other} in {route}?"),
                };
                before = segment;
                filled
            })
            .collect();
        segments.join("/")
    }

    /// What is answered, without what these IDs and chance put into it.
    fn mask(&self, answer: &Answer) -> (StatusCode, String) {
        let mut body = without_randomness(&answer.body);
        for id in [&self.subscription, &self.invoice] {
            body = body.replace(id, "…");
        }
        (answer.status, without_uuids(&body))
    }
}

fn without_uuids(text: &str) -> String {
    let parts = text.split_inclusive(|c: char| !c.is_ascii_hexdigit() && c != '-');
    parts
        .map(|part| match part.get(..36) {
            Some(id) if Uuid::try_parse(id).is_ok() => format!("…{}", &part[36..]),
            _ => part.to_owned(),
        })
        .collect()
}

enum Call {
    Ask(&'static str, Value),
    Script(&'static str, Vec<(String, String)>),
    Page(String),
}

impl Call {
    fn name(&self) -> &str {
        match self {
            Self::Ask(path, _) | Self::Script(path, _) => path,
            Self::Page(path) => path,
        }
    }

    async fn send(&self, browser: &mut Browser) -> Answer {
        match self {
            Self::Ask(path, arguments) => browser.ask(path, arguments).await,
            Self::Script(path, fields) => {
                let fields: Vec<_> =
                    fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
                browser.script(path, &fields).await
            }
            Self::Page(path) => browser.get(path).await,
        }
    }
}

fn form(path: &'static str, fields: &[(&str, &str)]) -> Call {
    let owned = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Call::Script(path, owned.collect())
}

/// Every function of partners with each of its parameters taken from `other`,
/// the rest being the caller's own.
fn function_calls(own_offer: &str, other: &Belongings) -> Vec<Call> {
    let within = |path, id: Option<&str>| match id {
        None => Call::Ask(path, json!({ "organisation": other.organisation, "query": {} })),
        Some(id) => Call::Ask(
            path,
            json!({ "organisation": other.organisation, "id": id, "number": id, "query": {} }),
        ),
    };
    let mine = |path, id: &str| {
        Call::Ask(path, json!({ "organisation": null, "id": id, "number": id, "query": {} }))
    };
    let key = Uuid::now_v7().to_string();
    let purchase = |offer: &str, customer: &str| {
        let mut fields = purchase_fields(&[("customer", customer)]);
        fields.push(("creation_key".to_owned(), Uuid::now_v7().to_string()));
        fields.push(("offer".to_owned(), offer.to_owned()));
        Call::Script(shop::ReviewPurchase::PATH, fields)
    };
    let checkout = |offer: &str, customer: Option<&str>, draft: Option<&str>| {
        let arguments = json!({ "offer": offer, "customer": customer, "draft": draft });
        Call::Ask(shop::GetCheckout::PATH, arguments)
    };
    let of_customer = json!({ "organisation": null, "query": { "customer": other.customer } });
    vec![
        within(shop::GetShopFront::PATH, None),
        within(shop::RecentOrders::PATH, None),
        within(shop::GetOrder::PATH, Some(&other.order)),
        mine(shop::GetOrder::PATH, &other.order),
        mine(shop::PreviewOrder::PATH, &other.order),
        form(shop::PlaceOrder::PATH, &[("id", &other.order)]),
        checkout(&other.offer, None, None),
        checkout(own_offer, Some(&other.customer), None),
        checkout(own_offer, None, Some(&other.order)),
        purchase(&other.offer, "new"),
        purchase(own_offer, &other.customer),
        form(
            shop::ReviewChange::PATH,
            &[
                ("creation_key", &key),
                ("subscription", &other.subscription),
                ("change", "cancel"),
                ("when", "now"),
            ],
        ),
        form(partner::SetColleagueEnabled::PATH, &[("user", &other.user), ("enabled", "false")]),
        form(partner::SetColleagueRole::PATH, &[("user", &other.user), ("role", "member")]),
        form(partner::InviteColleagueAgain::PATH, &[("user", &other.user)]),
        within(self_service::ListCustomers::PATH, None),
        within(self_service::GetCustomer::PATH, Some(&other.customer)),
        mine(self_service::GetCustomer::PATH, &other.customer),
        within(self_service::ListSubscriptions::PATH, None),
        Call::Ask(self_service::ListSubscriptions::PATH, of_customer),
        within(self_service::GetSubscription::PATH, Some(&other.subscription)),
        mine(self_service::GetSubscription::PATH, &other.subscription),
        within(self_service::ListInvoices::PATH, None),
    ]
}

/// Every route of the application, the documents of invoices among them.
fn routes() -> Vec<String> {
    let pages = leptos_axum::generate_route_list(partners_app::App);
    let documents =
        ["/partner/invoices/{id}/pdf", "/settings/profile/partners/{id}/invoices/{id}/pdf"];
    pages
        .iter()
        .map(|route| route.path().to_owned())
        .filter(|path| !path.contains('*'))
        .chain(documents.map(str::to_owned))
        .collect()
}

async fn what_is_anothers_is_answered_as_what_does_not_exist(engine: Engine) {
    walk_anothers(engine, "end_customer").await;
}

async fn what_is_anothers_is_answered_so_also_where_both_are_invoiced_to_one_account(
    engine: Engine,
) {
    walk_anothers(engine, "partner").await;
}

/// Both organisations name the same account of Zuora's.
async fn walk_anothers(engine: Engine, invoice_owner: &str) {
    let mut it = Selling::start(engine, invoice_owner).await;
    let theirs = Belongings::of(&mut it).await;
    let own = create_organisation(&mut it.admin, "Borealis", invoice_owner).await;
    let mut browser = it.server.user_of(&own, "bob@borealis.example").await;
    let list = json!({ "organisation": null, "query": {} });
    let invoices = eventually("what Borealis has is read", async || {
        let invoices = browser.ask(self_service::ListInvoices::PATH, &list).await.json();
        (!invoices["freshness"]["read_at"].is_null()).then_some(invoices)
    })
    .await;
    assert_eq!(invoices["rows"], json!([]));
    // What was an offer for all becomes one for the other organisation alone.
    let offer = it.admin.ask("/actions/offers/get", &json!({ "id": theirs.offer })).await.json();
    let plan = offer["content"]["rate_plan"].as_str().expect("a plan");
    let mut fields = crate::selling::offer_fields("Business", "plan", plan);
    fields.retain(|(name, _)| name != "eligible");
    let fields = fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let more = [
        ("id", theirs.offer.as_str()),
        ("version", "1"),
        ("eligible", "chosen"),
        ("partners[]", it.organisation.as_str()),
    ];
    let fields: Vec<_> = fields.chain(more).collect();
    let saved = it.admin.script("/actions/offers/save", &fields).await;
    assert_eq!(saved.status, StatusCode::OK, "{}", saved.body);

    let own_offer = it.offer("Team").to_owned();
    let nowhere = Belongings::nowhere();
    let mut calls = function_calls(&own_offer, &theirs);
    let mut vain = function_calls(&own_offer, &nowhere);
    let walked: BTreeSet<&str> = calls.iter().map(Call::name).collect();
    let wanted: BTreeSet<&str> =
        PARTNERS.into_iter().chain(EITHER).filter(|path| !WITHOUT_IDS.contains(path)).collect();
    assert_eq!(walked, wanted, "every function of partners that has parameters");
    for route in routes() {
        if route.contains('{') {
            calls.push(Call::Page(theirs.fill(&route)));
            vain.push(Call::Page(nowhere.fill(&route)));
        }
    }
    for query in ["customer", "draft"] {
        let id = |of: &Belongings| match query {
            "customer" => of.customer.clone(),
            _ => of.order.clone(),
        };
        calls.push(Call::Page(format!("/partner/shop/{own_offer}?{query}={}", id(&theirs))));
        vain.push(Call::Page(format!("/partner/shop/{own_offer}?{query}={}", id(&nowhere))));
    }
    for (call, in_vain) in calls.iter().zip(&vain) {
        let foreign = call.send(&mut browser).await;
        let missing = in_vain.send(&mut browser).await;
        assert!(!foreign.body.contains("Analytical Engines"), "{}", call.name());
        assert_eq!(theirs.mask(&foreign), nowhere.mask(&missing), "{}", call.name());
    }

    // Nothing was done to it, and to its owner it is all there.
    assert_eq!(it.order(&theirs.order).await["state"], "draft");
    for route in routes().iter().filter(|route| route.starts_with("/partner")) {
        let answer = it.partner.get(&theirs.fill(route)).await;
        assert_eq!(answer.status, StatusCode::OK, "{route}: {}", answer.body);
    }
}

async fn every_route_wants_the_right_person(engine: Engine) {
    let mut it = Selling::start(engine, "partner").await;
    let theirs = Belongings::of(&mut it).await;
    let mut nobody = it.server.browser();
    for route in routes() {
        let path = theirs.fill(&route);
        let of = |answer: &Answer| (answer.status, answer.header("location").to_owned());
        let by_nobody = nobody.get(&path).await;
        if route.starts_with("/settings") || route.starts_with("/partner") {
            assert!(by_nobody.status.is_redirection(), "{path}: {:?}", of(&by_nobody));
            assert!(by_nobody.header("location").starts_with("/sign-in?next="), "{path}");
        } else {
            assert!(!by_nobody.status.is_server_error(), "{path}: {:?}", of(&by_nobody));
        }
        let by_admin = it.admin.get(&path).await;
        let by_partner = it.partner.get(&path).await;
        if route.starts_with("/settings") {
            assert_eq!(by_partner.status, StatusCode::NOT_FOUND, "a partner at {path}");
            // No file was imported here, and nobody is told of anything.
            let is_there = !route.contains("/import/{") && !route.contains("/webhooks/{");
            let is_shown = by_admin.status.is_success() || by_admin.status.is_redirection();
            assert_eq!(is_shown, is_there, "an admin at {path}: {:?}", of(&by_admin));
        } else if route.starts_with("/partner") {
            assert_eq!(by_admin.status, StatusCode::NOT_FOUND, "an admin at {path}");
            assert_eq!(by_partner.status, StatusCode::OK, "a partner at {path}");
        }
    }
    // Neither has lost the session on the way.
    assert_eq!(it.partner.get("/partner").await.status, StatusCode::OK);
    assert_eq!(order_of(&it.review(Uuid::now_v7(), &[]).await).len(), 36);
}
