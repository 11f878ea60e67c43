//! What protects the installation, on every answer and every path.

use crate::browser::{Browser, server};
use crate::support::Engine;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use leptos::server_fn::ServerFn;
use partners_app::api::{
    accounts, activity, api_clients, imports, installation, jump, offers, orders, organisations,
    partner, partner_pages, self_service, shop, sign_in, theme, two_step, users, webhooks,
};
use serde_json::json;
use uuid::Uuid;

on_each_engine!(
    every_function_wants_the_right_person,
    a_partner_learns_nothing_of_admin_pages,
    a_form_from_another_site_is_refused,
);

/// What only admins may call.
const ADMINS: [&str; 64] = [
    activity::ListActivity::PATH,
    api_clients::ListApiClients::PATH,
    api_clients::CreateApiClient::PATH,
    api_clients::RevokeApiClient::PATH,
    accounts::FindAccount::PATH,
    accounts::SearchAccounts::PATH,
    accounts::CheckedAccount::PATH,
    accounts::CheckAccount::PATH,
    organisations::ListOrganisations::PATH,
    organisations::GetOrganisation::PATH,
    organisations::CreateOrganisation::PATH,
    organisations::EditOrganisation::PATH,
    organisations::SetOrganisationSuspended::PATH,
    imports::ListImports::PATH,
    imports::GetImport::PATH,
    imports::GetImportProgress::PATH,
    imports::MatchColumns::PATH,
    imports::StartImport::PATH,
    imports::ChosenOrganisations::PATH,
    imports::SetOrganisationsSuspended::PATH,
    users::ListUsers::PATH,
    users::CreateUser::PATH,
    users::ResendInvitation::PATH,
    users::SetUserEnabled::PATH,
    users::RetryUser::PATH,
    users::GetUser::PATH,
    users::RenameUser::PATH,
    users::SetUserRole::PATH,
    users::ResetUserPassword::PATH,
    users::DeleteUser::PATH,
    users::ListExpiredInvitations::PATH,
    users::ResendInvitations::PATH,
    organisations::DeleteOrganisation::PATH,
    installation::GetInstallation::PATH,
    installation::UsesSalesforce::PATH,
    installation::SetUsesSalesforce::PATH,
    jump::FindJumps::PATH,
    offers::GetCatalog::PATH,
    offers::ListOffers::PATH,
    offers::GetOffer::PATH,
    offers::SaveOffer::PATH,
    orders::OrdersNeedingAttention::PATH,
    orders::RetryOrder::PATH,
    orders::GiveUpOrder::PATH,
    partner_pages::GetPartnerPages::PATH,
    partner_pages::SavePartnerPages::PATH,
    partner_pages::OrganisationNames::PATH,
    two_step::GetTwoStepPolicy::PATH,
    two_step::SetTwoStepPolicy::PATH,
    two_step::RequiresTwoStep::PATH,
    two_step::SetRequiresTwoStep::PATH,
    two_step::RemoveTwoStep::PATH,
    webhooks::ListWebhooks::PATH,
    webhooks::GetWebhook::PATH,
    webhooks::CreateWebhook::PATH,
    webhooks::UpdateWebhook::PATH,
    webhooks::RotateWebhookSecret::PATH,
    webhooks::SetWebhookEnabled::PATH,
    webhooks::DeleteWebhook::PATH,
    webhooks::TestWebhook::PATH,
    webhooks::ListDeliveries::PATH,
    webhooks::ReplayDelivery::PATH,
    webhooks::SkipDelivery::PATH,
    webhooks::ReplayDeliveries::PATH,
];
/// What only partner users may call.
pub const PARTNERS: [&str; 11] = [
    partner::GetPartnerHome::PATH,
    partner::GetTeam::PATH,
    partner::InviteColleague::PATH,
    partner::InviteColleagueAgain::PATH,
    partner::SetColleagueEnabled::PATH,
    partner::SetColleagueRole::PATH,
    shop::GetCheckout::PATH,
    shop::ReviewPurchase::PATH,
    shop::ReviewChange::PATH,
    shop::PreviewOrder::PATH,
    shop::PlaceOrder::PATH,
];
/// What is one organisation's: its users call them without naming it, admins
/// name it.
pub const EITHER: [&str; 8] = [
    shop::GetShopFront::PATH,
    shop::GetOrder::PATH,
    shop::RecentOrders::PATH,
    self_service::ListCustomers::PATH,
    self_service::GetCustomer::PATH,
    self_service::ListSubscriptions::PATH,
    self_service::GetSubscription::PATH,
    self_service::ListInvoices::PATH,
];
/// What anybody may call.
const ANYBODY: [&str; 10] = [
    sign_in::SignIn::PATH,
    sign_in::SetFirstPassword::PATH,
    sign_in::RequestReset::PATH,
    sign_in::ResetPassword::PATH,
    sign_in::SignOut::PATH,
    sign_in::GetNewPasswordPage::PATH,
    theme::ChooseTheme::PATH,
    two_step::GetSecondStep::PATH,
    two_step::GiveCode::PATH,
    two_step::ConfirmSetUp::PATH,
];
/// What whoever is signed in may call, about their own account.
const SIGNED_IN: [&str; 2] = [two_step::GetOwnTwoStep::PATH, two_step::ChangeTwoStep::PATH];

/// Calls a function with arguments that are well-formed for each of them.
async fn call(browser: &mut Browser, path: &str) -> StatusCode {
    let id = Uuid::now_v7().to_string();
    let json = json!({ "account": "A1", "text": "a", "id": id, "ids": [id], "user": id, "offer": id, "number": "A-S1", "organisation": id, "query": { "search": "", "invoice_owner": null, "sort": "Name", "direction": "Ascending", "after": null, "before": null } });
    let answer = browser.ask(path, &json).await;
    if answer.status != StatusCode::UNPROCESSABLE_ENTITY
        && answer.status != StatusCode::UNSUPPORTED_MEDIA_TYPE
    {
        return answer.status;
    }
    let fields = [
        ("id", id.as_str()),
        ("organisation", &id),
        ("kind", "users"),
        ("user", &id),
        ("creation_key", &id),
        ("version", "1"),
        ("enabled", "true"),
        ("role", "member"),
        ("offer", &id),
        ("order", &id),
        ("subscription", "A-S1"),
        ("change", "undo"),
        ("required", "true"),
        ("policy", "admins"),
        ("seq", "1"),
    ];
    browser.script(path, &fields).await.status
}

async fn every_function_wants_the_right_person(engine: Engine) {
    let server = server(engine).await;
    // A function that is in none of the lists has to be put into one.
    let mut known: Vec<&str> = [&ADMINS[..], &PARTNERS, &EITHER, &ANYBODY, &SIGNED_IN].concat();
    known.sort_unstable();
    let mut registered: Vec<&str> =
        leptos::server_fn::axum::server_fn_paths().map(|(path, _)| path).collect();
    registered.sort_unstable();
    assert_eq!(registered, known);

    let (_, partner) = server.partner("Acme", "ann@acme.example").await;
    for path in ADMINS {
        assert_eq!(
            call(&mut server.browser(), path).await,
            StatusCode::UNAUTHORIZED,
            "nobody at {path}"
        );
        assert_eq!(
            call(&mut partner.clone(), path).await,
            StatusCode::NOT_FOUND,
            "a partner at {path}"
        );
    }
    for path in PARTNERS {
        assert_eq!(
            call(&mut server.browser(), path).await,
            StatusCode::UNAUTHORIZED,
            "nobody at {path}"
        );
        assert_eq!(
            call(&mut server.admin().await, path).await,
            StatusCode::NOT_FOUND,
            "an admin at {path}"
        );
    }
    for path in EITHER {
        assert_eq!(
            call(&mut server.browser(), path).await,
            StatusCode::UNAUTHORIZED,
            "nobody at {path}"
        );
        assert_eq!(
            call(&mut partner.clone(), path).await,
            StatusCode::NOT_FOUND,
            "a partner who names an organisation at {path}"
        );
    }
    for path in SIGNED_IN {
        assert_eq!(
            call(&mut server.browser(), path).await,
            StatusCode::UNAUTHORIZED,
            "nobody at {path}"
        );
    }
}

async fn a_partner_learns_nothing_of_admin_pages(engine: Engine) {
    let server = server(engine).await;
    let (own, mut partner) = server.partner("Acme", "ann@acme.example").await;
    let (other, _) = server.partner("Borealis", "bob@borealis.example").await;
    let mut bodies = Vec::new();
    for path in [
        "/settings/profile/partners".to_owned(),
        "/settings/profile/partners/new".to_owned(),
        "/settings/installation".to_owned(),
        "/settings/nothing/here".to_owned(),
        format!("/settings/profile/partners/{own}"),
        format!("/settings/profile/partners/{other}"),
        format!("/settings/profile/partners/{}", Uuid::now_v7()),
    ] {
        let answer = partner.get(&path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(!answer.body.contains("Borealis"), "{path}");
        bodies.push(without_randomness(&answer.body));
        assert_eq!(
            server.browser().get(&path).await.header("location").split('?').next(),
            Some("/sign-in"),
            "{path}"
        );
    }
    for body in &bodies {
        if let Some(place) =
            body.bytes().zip(bodies[0].bytes()).position(|(one, other)| one != other)
        {
            let around = |text: &str| {
                text.get(place.saturating_sub(120)..)
                    .map(|text| text.chars().take(260).collect::<String>())
            };
            panic!(
                "a partner can tell settings pages apart: {:?} / {:?}",
                around(body),
                around(&bodies[0])
            );
        }
        assert_eq!(body.len(), bodies[0].len());
    }
    let home = partner.get("/partner").await;
    assert_eq!(home.status, StatusCode::OK);
    assert!(
        home.body.contains("Acme") && home.body.contains(&own) && !home.body.contains("Borealis")
    );
    assert_eq!(server.admin().await.get("/partner").await.status, StatusCode::NOT_FOUND);
}

/// What a page shows: its body without scripts, which carry nonces and keys.
pub fn without_randomness(body: &str) -> String {
    let mut parts = body.split("<script");
    let first = parts.next().unwrap_or_default().to_owned();
    let rest = parts.filter_map(|part| part.split_once("</script>").map(|(_, shown)| shown));
    first + &rest.collect::<String>()
}

async fn a_form_from_another_site_is_refused(engine: Engine) {
    let server = server(engine).await;
    let mut admin = server.admin().await;
    for (name, value) in
        [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site"), ("origin", "null")]
    {
        let request = Request::post("/actions/installation/set-uses-salesforce")
            .header(header::ACCEPT, "text/html")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(name, value)
            .body(Body::from("uses_salesforce=true"));
        assert_eq!(
            admin.send(request.unwrap()).await.status,
            StatusCode::FORBIDDEN,
            "{name}: {value}"
        );
    }
    let uses = admin.ask("/actions/installation/uses-salesforce", &json!({})).await;
    assert_eq!(uses.json(), json!(false));
    let read = admin.get("/actions/installation/set-uses-salesforce?uses_salesforce=true").await;
    assert!(!read.status.is_success(), "nothing changes by a link: {}", read.status);
}

#[tokio::test]
async fn every_answer_carries_the_headers() {
    let server = server(Engine::Sqlite).await;
    let mut browser = server.browser();
    let mut nonces = Vec::new();
    for path in [
        "/sign-in",
        "/nothing",
        "/pkg/nothing.js",
        "/healthz",
        "/readyz",
        "/settings/profile/partners",
    ] {
        let answer = browser.get(path).await;
        let policy = answer.header("content-security-policy").to_owned();
        for part in ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(
            !policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"),
            "{path}: {policy}"
        );
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "same-origin", "{path}");
        assert!(answer.header("strict-transport-security").contains("max-age=31536000"), "{path}");
        assert!(!answer.header("x-request-id").is_empty(), "{path}");
        if ["/pkg/nothing.js", "/healthz", "/readyz"].contains(&path) {
            assert!(!policy.contains("script-src"), "{path} is no page: {policy}");
            continue;
        }
        if answer.status.is_redirection() {
            continue;
        }
        let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap().to_owned();
        assert!(answer.body.contains(&format!("nonce=\"{nonce}\"")), "the page's scripts carry it");
        nonces.push(nonce);
    }
    nonces.sort();
    nonces.dedup();
    assert_eq!(nonces.len(), 2, "a nonce is used once");
}

#[tokio::test]
async fn a_large_body_is_refused() {
    let server = server(Engine::Sqlite).await;
    let body = format!("email={}", "a".repeat(100_000));
    for accept in ["text/html", "application/json"] {
        let request = Request::post("/actions/sign-in")
            .header(header::ACCEPT, accept)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::CONTENT_LENGTH, body.len())
            .body(Body::from(body.clone()));
        assert_eq!(
            server.browser().send(request.unwrap()).await.status,
            StatusCode::PAYLOAD_TOO_LARGE
        );
    }
}
