//! Organisations are suspended and reactivated.

use crate::api::{Credentials, Program, create, management, of_partner, token_of};
use crate::browser::{Answer, Browser, eventually, server};
use crate::selling::{Selling, placed};
use crate::support::Engine;
use axum::http::StatusCode;
use partners_server::store::organisations;
use serde_json::{Value, json};
use zuora_sandbox::faults::{Fault, FaultKind};

on_each_engine!(
    nobody_of_a_suspended_organisation_gets_in,
    a_temporary_password_outlasts_a_suspension,
    its_api_clients_are_out_too,
    twice_is_once,
    orders_in_flight_finish,
    what_is_placed_meanwhile_is_not_sent,
);

async fn switch(admin: &mut Browser, organisation: &str, suspended: bool) -> Answer {
    let suspended = suspended.to_string();
    let fields = [("organisation", organisation), ("suspended", suspended.as_str())];
    admin.script("/actions/organisations/set-suspended", &fields).await
}

async fn try_to_sign_in(mut browser: Browser, email: &str) -> Answer {
    let fields = [("email", email), ("password", crate::browser::PARTNER_PASSWORD)];
    browser.script("/actions/sign-in", &fields).await
}

async fn nobody_of_a_suspended_organisation_gets_in(engine: Engine) {
    let server = server(engine).await;
    let (acme, mut ann) = server.partner("Acme", "ann@acme.example").await;
    let (_, mut bob) = server.partner("Borealis", "bob@borealis.example").await;
    let mut admin = server.admin().await;
    let contact = [("shop", "all"), ("self_service", "all"), ("contact", "Ada, ada@example.com")];
    let saved = admin.script("/actions/partner-pages/save", &contact).await;
    assert_eq!(saved.status, StatusCode::OK, "{}", saved.body);
    let answer = switch(&mut admin, &acme, true).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert!(answer.json()["suspended_at"].is_number());

    assert!(ann.get("/partner").await.status.is_redirection(), "her session ended at once");
    assert_eq!(bob.get("/partner").await.status, StatusCode::OK, "others’ did not");
    let refused = try_to_sign_in(server.browser(), "ann@acme.example").await;
    assert_ne!(refused.status, StatusCode::OK);
    for words in ["Acme is suspended", "Ask Ada, ada@example.com."] {
        assert!(refused.body.contains(words), "{}", refused.body);
    }
    let page = admin.get(&format!("/settings/profile/partners/{acme}")).await;
    assert!(page.body.contains("Suspended since"), "the page says so");
    assert!(admin.get("/settings/profile/partners").await.body.contains("Suspended"));

    switch(&mut admin, &acme, false).await;
    assert!(ann.get("/partner").await.status.is_redirection(), "a session that ended stays so");
    let mut again = server.sign_in("ann@acme.example").await;
    assert_eq!(again.get("/partner").await.status, StatusCode::OK);
}

async fn a_temporary_password_outlasts_a_suspension(engine: Engine) {
    let server = server(engine).await;
    let mut admin = server.admin().await;
    let acme = admin.create_organisation("Acme").await;
    let created = admin.create_user(&acme, "ann@acme.example").await.json();
    let temporary = created["temporary_password"].as_str().unwrap().to_owned();
    admin.until_user_is(&acme, "ann@acme.example", "invited").await;
    let fields = [("email", "ann@acme.example"), ("password", temporary.as_str())];
    let own = [("new_password", crate::browser::PARTNER_PASSWORD)];
    let mut ann = server.browser();
    let answer = ann.form("/actions/sign-in", "/sign-in", &fields).await;
    assert_eq!(answer.header("location"), "/sign-in/new-password");
    switch(&mut admin, &acme, true).await;
    // On the page for it already, and before.
    let answer = ann.form("/actions/set-first-password", "/sign-in/new-password", &own).await;
    assert_eq!(answer.header("location"), "/sign-in", "{}", answer.body);
    let page = ann.get("/sign-in").await.body;
    assert!(page.contains("Acme is suspended") && !page.contains("took too long"), "{page}");
    let refused = server.browser().script("/actions/sign-in", &fields).await;
    assert!(refused.body.contains("Acme is suspended"), "{}", refused.body);

    switch(&mut admin, &acme, false).await;
    let answer = ann.form("/actions/sign-in", "/sign-in", &fields).await;
    assert_eq!(answer.header("location"), "/sign-in/new-password");
    // Whoever takes too long begins again, and is told why.
    let again = admin.users(&acme).await[0]["id"].as_str().unwrap().to_owned();
    admin.script("/actions/users/resend-invitation", &[("user", &again)]).await;
    server.until_reconciled().await;
    let old = server.browser().script("/actions/sign-in", &fields).await;
    assert_eq!(old.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", old.body);
    let answer = ann.form("/actions/set-first-password", "/sign-in/new-password", &own).await;
    assert_eq!(answer.header("location"), "/sign-in", "{}", answer.body);
    assert!(ann.get("/sign-in").await.body.contains("This took too long."));
}

async fn its_api_clients_are_out_too(engine: Engine) {
    const CUSTOMERS: &str = "/api/partner/customer";
    let mut it = Selling::start(engine, "partner").await;
    let organisation = it.organisation.clone();
    let credentials = create(&it.server, &of_partner(&organisation)).await;
    let program = Program::with(&it.server, &credentials).await;
    let ours = Program::start(&it.server, &management(&["organisations:read"])).await;
    program.get(CUSTOMERS).await.ok();
    switch(&mut it.admin, &organisation, true).await;
    let why = json!("The client's organisation is suspended.");
    let refused = program.get(CUSTOMERS).await;
    assert_eq!((refused.status, &refused.json()["message"]), (StatusCode::UNAUTHORIZED, &why));
    let refused = token_of(&it.server, &credentials).await;
    assert_eq!(
        (refused.status, &refused.json()["error_description"]),
        (StatusCode::UNAUTHORIZED, &why)
    );
    let guessed = Credentials { secret: "guessed".to_owned(), ..credentials.clone() };
    let refused = token_of(&it.server, &guessed).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert_ne!(refused.json()["error_description"], why, "nobody else is told");
    let page = it.admin.get("/settings/api-clients").await;
    assert!(page.body.contains("Organisation suspended"), "{}", page.body);
    ours.get("/api/partner-organisations").await.ok();
    switch(&mut it.admin, &organisation, false).await;
    program.get(CUSTOMERS).await.ok();
    let page = it.admin.get("/settings/api-clients").await;
    assert!(!page.body.contains("Organisation suspended"), "{}", page.body);
}

async fn twice_is_once(engine: Engine) {
    let server = server(engine).await;
    let mut admin = server.admin().await;
    let acme = admin.create_organisation("Acme").await;
    let first = switch(&mut admin, &acme, true).await.json();
    let second = switch(&mut admin, &acme, true).await.json();
    assert_eq!(first, second);
    switch(&mut admin, &acme, false).await;
    let arguments = json!({ "query": { "organisation": acme } });
    let page = admin.ask("/actions/activity/list", &arguments).await.json();
    let actions: Vec<Value> =
        page["rows"].as_array().unwrap().iter().map(|row| row["action"].clone()).collect();
    assert_eq!(
        actions,
        ["organisation.reactivated", "organisation.suspended", "organisation.created"]
    );
    let nobody = uuid::Uuid::now_v7().to_string();
    assert_eq!(switch(&mut admin, &nobody, true).await.status, StatusCode::NOT_FOUND);
}

async fn orders_in_flight_finish(engine: Engine) {
    let mut it = Selling::start(engine, "partner").await;
    let id = it.draft(&[]).await;
    it.sandbox.add_fault(Fault::new(FaultKind::Unavailable).on("POST", "/v1/orders").next(2));
    it.place(&id).await;
    let answer = switch(&mut it.admin, &it.organisation.clone(), true).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    eventually("it is carried out", async || (it.there().0 == 1).then_some(())).await;
    switch(&mut it.admin, &it.organisation.clone(), false).await;
    it.partner = it.server.sign_in("ann@nordlicht.example").await;
    placed(&it.settled(&id).await);
}

async fn what_is_placed_meanwhile_is_not_sent(engine: Engine) {
    let mut it = Selling::start(engine, "partner").await;
    let id = it.draft(&[]).await;
    let before = it.there();
    let store = it.server.installation.store.clone();
    let organisation = it.organisation.parse().unwrap();
    let since = Some(it.server.clock.now());
    let mut writer = store.write().await.unwrap();
    organisations::set_suspended(writer.connection(), organisation, since).await.unwrap();
    let place = {
        let (mut browser, id) = (it.partner.clone(), id.clone());
        tokio::spawn(async move { browser.script("/actions/orders/place", &[("id", &id)]).await })
    };
    // It has passed who is signed in, and waits.
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    writer.commit().await.unwrap();
    let answer = place.await.unwrap();
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{}", answer.body);
    let seen = json!({ "organisation": it.organisation, "id": id });
    let seen = it.admin.ask("/actions/orders/get", &seen).await.json();
    assert_eq!(seen["state"], "draft");
    assert_eq!(it.there(), before);
}
