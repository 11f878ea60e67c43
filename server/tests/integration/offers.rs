//! What admins decide about selling: offers, and who reaches which pages.

use crate::accounts::start;
use crate::browser::{Answer, Browser, Server, eventually, server};
use crate::selling::create_organisation;
use crate::support::Engine;
use axum::http::StatusCode;
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;
use zuora_sandbox::Sandbox;
use zuora_sandbox::faults::{Fault, FaultKind};

on_each_engine!(
    an_offer_is_created_once,
    an_offer_is_changed_by_one_at_a_time,
    what_an_offer_names_has_to_exist,
    what_is_wrong_comes_back_without_a_script,
    a_lost_rate_plan_is_flagged,
    the_last_catalog_stays_while_zuora_is_away,
    nothing_is_for_sale_without_a_billing_system,
    partner_pages_are_set,
    pages_are_open_to_whom_they_are_opened,
);

const TEAM: &str = "Cadence Team Monthly";
const BUSINESS: &str = "Cadence Business Monthly";
const SUPPORT: &str = "Priority Support Monthly";

/// The ID of the catalog's plan with this name.
pub async fn rate_plan(admin: &mut Browser, name: &str) -> String {
    let catalog = admin.ask("/actions/offers/catalog", &json!({})).await.json();
    let plans = catalog["plans"].as_array().unwrap();
    let plan = plans.iter().find(|plan| plan["name"] == name);
    plan.unwrap_or_else(|| panic!("no {name} in {catalog}"))["id"].as_str().unwrap().to_owned()
}

/// Saves an offer of a rate plan; of `more`, what has a name that the others
/// have takes its place.
pub async fn save(admin: &mut Browser, rate_plan: &str, more: &[(&str, &str)]) -> Answer {
    let key = Uuid::now_v7().to_string();
    let mut fields = vec![
        ("creation_key", key.as_str()),
        ("rate_plan", rate_plan),
        ("kind", "plan"),
        ("name", "Team"),
        ("channels[]", "shop"),
        ("eligible", "all"),
        ("term_months", "12"),
        ("auto_renew", "true"),
        ("state", "published"),
    ];
    fields.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
    fields.extend(more);
    admin.script("/actions/offers/save", &fields).await
}

/// All offers.
pub async fn offers(admin: &mut Browser) -> Vec<Value> {
    admin.ask("/actions/offers/list", &json!({})).await.json().as_array().unwrap().clone()
}

async fn only_offer(admin: &mut Browser) -> Value {
    let mut offers = offers(admin).await;
    assert_eq!(offers.len(), 1, "{offers:?}");
    offers.pop().unwrap()
}

fn saved(answer: &Answer) {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(answer.header("location"), "/settings/offers");
}

fn said(answer: &Answer, field: &str) -> String {
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.body);
    let errors = answer.json()["invalid"].as_array().cloned().unwrap_or_default();
    let error = errors.iter().find(|error| error["field"] == field);
    error.and_then(|error| error["message"].as_str()).unwrap_or_default().to_owned()
}

async fn an_offer_is_created_once(engine: Engine) {
    let (_sandbox, server) = start(engine).await;
    let mut admin = server.admin().await;
    let team = rate_plan(&mut admin, TEAM).await;
    let key = Uuid::now_v7().to_string();
    let fields = [
        ("creation_key", key.as_str()),
        ("description", "For growing teams.\r\nBy the seat."),
        ("features", "Timelines\r\nGuests\r\n"),
        ("labels", "Teams, Monthly"),
        ("channels[]", "api"),
        ("channels[]", "shop"),
        ("visible_from", "2026-01-01"),
    ];
    saved(&save(&mut admin, &team, &fields).await);
    saved(&save(&mut admin, &team, &fields).await);
    let offer = only_offer(&mut admin).await;
    assert_eq!(offer["version"], 1);
    assert_eq!(offer["updated_by"], "Ada Admin");
    assert_eq!(offer["is_lost"], false);
    assert_eq!(offer["plan"]["product"], "Cadence Team");
    let content = &offer["content"];
    assert_eq!(content["description"], "For growing teams.\nBy the seat.");
    assert_eq!(content["features"], json!(["Timelines", "Guests"]));
    assert_eq!(content["labels"], json!(["Teams", "Monthly"]));
    assert_eq!(content["channels"], json!(["shop", "api"]));
    assert_eq!(content["eligible"], "all");
    assert_eq!(content["term"], json!({ "months": 12, "auto_renew": true }));

    let other = [("creation_key", key.as_str()), ("name", "Something else")];
    let answer = save(&mut admin, &team, &other).await;
    assert!(answer.body.contains("This form has already created Team."), "{}", answer.body);
    let one = admin.ask("/actions/offers/get", &json!({ "id": offer["id"] })).await.json();
    assert_eq!(one, offer);
    let nothing = admin.ask("/actions/offers/get", &json!({ "id": Uuid::now_v7() })).await;
    assert_eq!(nothing.status, StatusCode::NOT_FOUND);
}

async fn an_offer_is_changed_by_one_at_a_time(engine: Engine) {
    let (_sandbox, server) = start(engine).await;
    let mut admin = server.admin().await;
    let acme = create_organisation(&mut admin, "Acme", "partner").await;
    let (team, business) =
        (rate_plan(&mut admin, TEAM).await, rate_plan(&mut admin, BUSINESS).await);
    let support = rate_plan(&mut admin, SUPPORT).await;
    saved(&save(&mut admin, &support, &[("name", "Support"), ("kind", "add_on")]).await);
    saved(&save(&mut admin, &business, &[("name", "Business")]).await);
    saved(&save(&mut admin, &team, &[]).await);
    let all = offers(&mut admin).await;
    let id = |name: &str| {
        let offer = all.iter().find(|offer| offer["content"]["name"] == name).unwrap();
        offer["id"].as_str().unwrap().to_owned()
    };
    let (team_id, business_id, support_id) = (id("Team"), id("Business"), id("Support"));

    let change = [
        ("id", team_id.as_str()),
        ("version", "1"),
        ("name", "Team, monthly"),
        ("eligible", "chosen"),
        ("partners[]", &acme),
        ("add_ons[]", &support_id),
        ("changes_to[]", &business_id),
    ];
    saved(&save(&mut admin, &team, &change).await);
    let get = json!({ "id": team_id });
    let offer = admin.ask("/actions/offers/get", &get).await.json();
    assert_eq!(
        (&offer["version"], &offer["content"]["name"]),
        (&json!(2), &json!("Team, monthly"))
    );
    assert_eq!(offer["content"]["eligible"], json!({ "chosen": [acme] }));
    assert_eq!(offer["content"]["add_ons"], json!([support_id]));
    assert_eq!(offer["content"]["changes_to"], json!([business_id]));

    saved(&save(&mut admin, &team, &change).await);
    let stale = [("id", team_id.as_str()), ("version", "1"), ("name", "Mine")];
    let answer = save(&mut admin, &team, &stale).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("Somebody else changed this offer meanwhile."), "{}", answer.body);
    let after = admin.ask("/actions/offers/get", &get).await.json();
    assert_eq!(after, offer, "what was the same, or stale, changed nothing");

    let everybody = [("id", team_id.as_str()), ("version", "2")];
    saved(&save(&mut admin, &team, &everybody).await);
    let content = &admin.ask("/actions/offers/get", &get).await.json()["content"];
    assert_eq!(content["eligible"], "all");
    assert_eq!((&content["add_ons"], &content["changes_to"]), (&json!([]), &json!([])));
}

async fn what_an_offer_names_has_to_exist(engine: Engine) {
    let (_sandbox, server) = start(engine).await;
    let mut admin = server.admin().await;
    let team = rate_plan(&mut admin, TEAM).await;
    let nobody = Uuid::now_v7().to_string();
    let answer = save(&mut admin, "8ad0", &[]).await;
    assert!(said(&answer, "rate_plan").contains("does not sell"), "{}", answer.body);
    let chosen = [("eligible", "chosen"), ("partners[]", nobody.as_str())];
    let answer = save(&mut admin, &team, &chosen).await;
    assert!(said(&answer, "eligible").contains("does not exist"), "{}", answer.body);
    let answer = save(&mut admin, &team, &[("add_ons[]", &nobody)]).await;
    assert!(said(&answer, "add_ons").contains("in the list"), "{}", answer.body);

    saved(&save(&mut admin, &team, &[]).await);
    let id = only_offer(&mut admin).await["id"].as_str().unwrap().to_owned();
    let same = [("id", id.as_str()), ("version", "1")];
    let itself = [same[0], same[1], ("changes_to[]", &id)];
    let answer = save(&mut admin, &team, &itself).await;
    assert!(said(&answer, "changes_to").contains("other plans"), "{}", answer.body);
    let answer = save(&mut admin, &team, &[same[0], same[1], ("kind", "add_on")]).await;
    assert!(said(&answer, "kind").contains("stays a plan"), "{}", answer.body);
    let foreign = [("id", nobody.as_str()), ("version", "1")];
    assert_eq!(save(&mut admin, &team, &foreign).await.status, StatusCode::NOT_FOUND);
}

async fn what_is_wrong_comes_back_without_a_script(engine: Engine) {
    let (_sandbox, server) = start(engine).await;
    let mut admin = server.admin().await;
    let key = Uuid::now_v7().to_string();
    let fields = [
        ("creation_key", key.as_str()),
        ("name", "Half an offer"),
        ("description", "</textarea><script>alert(1)</script>"),
        ("channels[]", "api"),
    ];
    let answer = admin.form("/actions/offers/save", "/settings/offers/new", &fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.header("location"), "/settings/offers/new");
}

/// Ends the sale of the plan with this ID today.
fn end_sale(sandbox: &Sandbox, id: &str) {
    let today = sandbox.clock().now().day();
    sandbox.write(|state| {
        let plans = state.products.iter_mut().flat_map(|product| &mut product.rate_plans);
        plans.filter(|plan| plan.id == id).for_each(|plan| plan.end = today);
    });
}

/// Takes the plan with this ID out of the catalog.
fn take_out(sandbox: &Sandbox, id: &str) {
    sandbox.write(|state| {
        for product in &mut state.products {
            product.rate_plans.retain(|plan| plan.id != id);
        }
    });
}

/// Waits for the background to read the catalog again.
async fn is_lost(server: &Server, admin: &mut Browser) -> Value {
    server.clock.advance(Duration::from_secs(11 * 60));
    eventually("somebody notices", async || {
        let offer = only_offer(admin).await;
        (offer["is_lost"] == true).then_some(offer)
    })
    .await
}

async fn a_lost_rate_plan_is_flagged(engine: Engine) {
    for lose in [end_sale, take_out] {
        let (sandbox, server) = start(engine).await;
        let mut admin = server.admin().await;
        let team = rate_plan(&mut admin, TEAM).await;
        saved(&save(&mut admin, &team, &[]).await);
        assert_eq!(only_offer(&mut admin).await["is_lost"], false);
        lose(&sandbox, &team);
        let offer = is_lost(&server, &mut admin).await;
        assert_eq!(offer["plan"]["name"], TEAM, "what it was is still known");
        let catalog = admin.ask("/actions/offers/catalog", &json!({})).await.json();
        let plans = catalog["plans"].as_array().unwrap();
        assert!(plans.iter().all(|plan| plan["id"] != team.as_str()), "it is not offered again");
        let id = offer["id"].as_str().unwrap();
        let renamed = [("id", id), ("version", "1"), ("name", "Team (old)")];
        saved(&save(&mut admin, &team, &renamed).await);
        let answer = save(&mut admin, &team, &[]).await;
        assert!(said(&answer, "rate_plan").contains("does not sell"), "{}", answer.body);
    }
}

async fn the_last_catalog_stays_while_zuora_is_away(engine: Engine) {
    let (sandbox, server) = start(engine).await;
    let mut admin = server.admin().await;
    rate_plan(&mut admin, TEAM).await;
    sandbox.add_fault(Fault::new(FaultKind::Unavailable));
    server.clock.advance(Duration::from_secs(61));
    let catalog = admin.ask("/actions/offers/catalog", &json!({})).await.json();
    assert_eq!(catalog["is_away"], true);
    assert_eq!(catalog["plans"].as_array().unwrap().len(), 15);
    sandbox.clear_faults();
    let catalog = admin.ask("/actions/offers/catalog", &json!({})).await.json();
    assert_eq!(catalog["is_away"], false);
}

async fn nothing_is_for_sale_without_a_billing_system(engine: Engine) {
    let server = server(engine).await;
    let mut admin = server.admin().await;
    let catalog = admin.ask("/actions/offers/catalog", &json!({})).await.json();
    assert_eq!(catalog, json!({ "plans": [], "read_at": null, "is_away": false }));
    let answer = save(&mut admin, "8ad0", &[]).await;
    assert!(said(&answer, "rate_plan").contains("does not sell"), "{}", answer.body);
    let (_, mut ann) = server.partner("Acme", "ann@acme.example").await;
    assert_eq!(front(&mut ann).await.status, StatusCode::FORBIDDEN);
}

async fn partner_pages_are_set(engine: Engine) {
    let (_sandbox, server) = start(engine).await;
    let mut admin = server.admin().await;
    let acme = create_organisation(&mut admin, "Acme", "partner").await;
    let get = json!({});
    let settings = admin.ask("/actions/partner-pages/get", &get).await.json();
    assert_eq!(
        settings,
        json!({ "shop": { "for": "all" }, "self_service": { "for": "all" }, "contact": "" })
    );
    let chosen = [
        ("shop", "chosen"),
        ("shop_partners[]", acme.as_str()),
        ("self_service", "off"),
        ("contact", "Ada Admin, ada@example.com"),
    ];
    let answer = admin.script("/actions/partner-pages/save", &chosen).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let settings = admin.ask("/actions/partner-pages/get", &get).await.json();
    assert_eq!(settings["shop"], json!({ "for": { "chosen": [acme] } }));
    assert_eq!(settings["self_service"], "off");
    assert_eq!(settings["contact"], "Ada Admin, ada@example.com");

    let nobody = Uuid::now_v7().to_string();
    let wrong = [("shop", "chosen"), ("shop_partners[]", &nobody), ("self_service", "all")];
    let answer = admin.script("/actions/partner-pages/save", &wrong).await;
    assert!(said(&answer, "shop").contains("does not exist"), "{}", answer.body);
    let names = json!({ "ids": [acme, nobody] });
    let names = admin.ask("/actions/organisations/names", &names).await.json();
    assert_eq!(names, json!([[acme, "Acme"]]));
}

async fn front(partner: &mut Browser) -> Answer {
    partner.ask("/actions/shop/front", &json!({ "organisation": null })).await
}

async fn open_shop(admin: &mut Browser, fields: &[(&str, &str)]) {
    let rest = [("self_service", "all"), ("contact", "Ada Admin")];
    let fields: Vec<_> = fields.iter().copied().chain(rest).collect();
    let answer = admin.script("/actions/partner-pages/save", &fields).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
}

async fn pages_are_open_to_whom_they_are_opened(engine: Engine) {
    let (_sandbox, server) = start(engine).await;
    let mut admin = server.admin().await;
    let organisation = create_organisation(&mut admin, "Acme", "partner").await;
    let mut ann = server.user_of(&organisation, "ann@acme.example").await;
    assert_eq!(front(&mut ann).await.status, StatusCode::OK, "at first it is open");

    open_shop(&mut admin, &[("shop", "off")]).await;
    let closed = front(&mut ann).await;
    assert_eq!(closed.status, StatusCode::FORBIDDEN);
    assert_eq!(closed.json(), json!({ "closed": { "pages": "shop", "contact": "Ada Admin" } }));
    let page = ann.get("/partner/shop").await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(page.body.contains("Ask Ada Admin."), "the page says whom to ask");

    open_shop(&mut admin, &[("shop", "chosen"), ("shop_partners[]", &organisation)]).await;
    assert_eq!(front(&mut ann).await.status, StatusCode::OK);
    let seen = json!({ "organisation": organisation });
    open_shop(&mut admin, &[("shop", "off")]).await;
    let answer = admin.ask("/actions/shop/front", &seen).await;
    assert_eq!(answer.status, StatusCode::OK, "an admin sees it all the same: {}", answer.body);
}
