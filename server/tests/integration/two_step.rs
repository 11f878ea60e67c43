//! Signing in in two steps, over HTTP.

use crate::api::Program;
use crate::app;
use crate::browser::{ADMIN, Answer, Browser, PARTNER_PASSWORD, PASSWORD, Server, server};
use crate::support::Engine;
use axum::http::StatusCode;
use secrecy::SecretString;
use serde_json::{Value, json};
use std::time::Duration;

on_each_engine!(
    an_admin_sets_it_up_and_signs_in_with_codes,
    a_recovery_code_counts_once,
    codes_are_limited_and_the_second_step_ends,
    an_organisation_may_require_it_of_its_users,
    the_installation_may_require_it_of_admins_or_of_everybody,
    an_admin_removes_it_for_somebody_who_lost_the_app,
    it_is_changed_with_the_password_alone,
    whoever_is_not_let_in_keeps_their_codes,
    whoever_is_not_let_in_sets_nothing_up,
    a_set_up_that_took_too_long_is_told_on_ones_own_page,
    the_trail_says_whose_account_it_was,
    nothing_secret_is_in_the_audit_trail,
);

const OWN: &str = "/settings/two-step";

async fn sign_in(browser: &mut Browser, email: &str, password: &str) -> Answer {
    browser.form("/actions/sign-in", "/sign-in", &[("email", email), ("password", password)]).await
}

async fn give_code(browser: &mut Browser, code: &str) -> Answer {
    browser.form("/actions/two-step/give-code", "/sign-in/code", &[("code", code)]).await
}

/// What stands between two texts on a page.
fn between<'a>(page: &'a str, before: &str, after: &str) -> &'a str {
    let rest = page.split_once(before).unwrap_or_else(|| panic!("no {before} in {page}")).1;
    rest.split_once(after).expect("its end").0
}

/// What people read of it: without what marks places for scripts.
fn letters(html: &str) -> String {
    html.split('<').next().unwrap_or_default().to_owned()
}

/// Sets an app up on the page that a browser was led to; returns its secret and
/// the recovery codes.
pub async fn set_up(server: &Server, browser: &mut Browser) -> (SecretString, Vec<String>) {
    let page = browser.get("/sign-in/set-up").await.body;
    assert!(page.contains("class=\"qr\"") && page.contains("role=\"img\""), "{page}");
    let secret = SecretString::from(letters(between(&page, "<samp>", "</samp>")));
    let action = "/actions/two-step/confirm-set-up";
    let wrong = browser.form(action, "/sign-in/set-up", &[("code", "000 0000")]).await;
    assert_eq!(wrong.header("location"), "/sign-in/set-up");
    assert!(browser.get("/sign-in/set-up").await.body.contains("This code is wrong."));
    let code = app::code(&secret, server.clock.now(), 0);
    let answer = browser.form(action, "/sign-in/set-up", &[("code", &code)]).await;
    let next = answer.header("location").to_owned();
    assert!(next.ends_with("/two-step"), "{next}");
    let page = browser.get(&next).await.body;
    let codes: Vec<String> = page
        .split("<li><samp>")
        .skip(1)
        .map(|rest| letters(rest.split_once("</samp>").expect("its end").0))
        .collect();
    assert_eq!(codes.len(), 10, "{page}");
    let again = browser.get(&next).await.body;
    assert!(!again.contains(&codes[0]), "recovery codes are shown once");
    (secret, codes)
}

/// Tries to set an app up where what waited for it is over.
pub async fn fails_to_set_up(server: &Server, browser: &mut Browser) {
    let page = browser.get("/sign-in/set-up").await.body;
    let secret = SecretString::from(letters(between(&page, "<samp>", "</samp>")));
    let code = app::code(&secret, server.clock.now(), 0);
    let action = "/actions/two-step/confirm-set-up";
    let answer = browser.form(action, "/sign-in/set-up", &[("code", &code)]).await;
    assert_eq!(answer.header("location"), "/sign-in", "{}", answer.body);
}

/// An admin who has set it up of their own accord.
async fn admin_with_app(server: &Server) -> (Browser, SecretString, Vec<String>) {
    let mut admin = server.admin().await;
    let fields = [("change", "set-up"), ("password", PASSWORD)];
    let page = format!("{OWN}?change=set-up");
    let answer = admin.form("/actions/two-step/change", &page, &fields).await;
    assert_eq!(answer.header("location"), "/sign-in/set-up", "{}", answer.body);
    let (secret, codes) = set_up(server, &mut admin).await;
    (admin, secret, codes)
}

async fn an_admin_sets_it_up_and_signs_in_with_codes(engine: Engine) {
    let server = server(engine).await;
    app::begin_step(&server.clock);
    let begun = server.clock.now();
    let (mut admin, secret, _) = admin_with_app(&server).await;
    let own = admin.ask("/actions/two-step/own", &json!({})).await.json();
    assert_eq!(own, json!({ "is_on": true, "is_required": false, "codes_left": 10 }));
    assert_eq!(admin.get("/settings/profile/partners").await.status, StatusCode::OK);

    let mut browser = server.browser();
    let fields = [("email", ADMIN), ("password", PASSWORD), ("next", "/settings/installation")];
    let answer = browser.form("/actions/sign-in", "/sign-in", &fields).await;
    assert_eq!(answer.header("location"), "/sign-in/code");
    let session = "__Host-partners_session";
    assert!(!browser.cookies.contains_key(session), "nobody is signed in by a password alone");
    assert_eq!(browser.get("/settings/profile/partners").await.status, StatusCode::FOUND);
    for wrong in ["", "000000", "12345678", "abcde-fghij-kmnpq"] {
        let answer = give_code(&mut browser, wrong).await;
        assert_eq!(answer.header("location"), "/sign-in/code", "{wrong}");
        assert!(browser.get("/sign-in/code").await.body.contains("<h1>Enter your code</h1>"));
    }
    // This one was used to set it up.
    let used = app::code(&secret, begun, 0);
    assert_eq!(give_code(&mut browser, &used).await.header("location"), "/sign-in/code");
    let code = app::code(&secret, server.clock.now(), 1);
    let answer = give_code(&mut browser, &code).await;
    assert_eq!(answer.header("location"), "/settings/installation", "where they wanted to go");
    assert_eq!(browser.get("/settings/installation").await.status, StatusCode::OK);

    let mut thief = server.browser();
    sign_in(&mut thief, ADMIN, PASSWORD).await;
    assert_eq!(give_code(&mut thief, &code).await.header("location"), "/sign-in/code");
}

async fn a_recovery_code_counts_once(engine: Engine) {
    let server = server(engine).await;
    let (mut admin, _, codes) = admin_with_app(&server).await;
    let mut browser = server.browser();
    sign_in(&mut browser, ADMIN, PASSWORD).await;
    let typed = format!(" {} ", codes[3].to_uppercase().replace('-', " "));
    let answer = give_code(&mut browser, &typed).await;
    assert_eq!(answer.header("location"), "/settings/profile/partners", "{}", answer.body);
    let own = browser.ask("/actions/two-step/own", &json!({})).await.json();
    assert_eq!((&own["is_on"], &own["codes_left"]), (&json!(true), &json!(9)));

    let mut second = server.browser();
    sign_in(&mut second, ADMIN, PASSWORD).await;
    assert_eq!(give_code(&mut second, &codes[3]).await.header("location"), "/sign-in/code");
    // Of many that give the same one at once, one gets in.
    let tries = (0..6).map(|_| {
        let mut browser = second.clone();
        let code = codes[4].clone();
        async move { give_code(&mut browser, &code).await.header("location").to_owned() }
    });
    let led = futures::future::join_all(tries).await;
    let inside = led.iter().filter(|target| *target != "/sign-in/code").count();
    assert_eq!(inside, 1, "{led:?}");

    let fields = [("change", "new-codes"), ("password", PASSWORD)];
    let answer = admin.script("/actions/two-step/change", &fields).await.json();
    assert_eq!(answer["new_codes"].as_array().map(Vec::len), Some(10), "{answer}");
    let mut third = server.browser();
    sign_in(&mut third, ADMIN, PASSWORD).await;
    assert_eq!(give_code(&mut third, &codes[5]).await.header("location"), "/sign-in/code");
}

async fn codes_are_limited_and_the_second_step_ends(engine: Engine) {
    let server = server(engine).await;
    let (_, secret, codes) = admin_with_app(&server).await;
    let mut browser = server.browser();
    sign_in(&mut browser, ADMIN, PASSWORD).await;
    server.clock.advance(Duration::from_secs(5 * 60 + 1));
    let code = app::code(&secret, server.clock.now(), 0);
    assert_eq!(give_code(&mut browser, &code).await.header("location"), "/sign-in");
    let page = browser.get("/sign-in").await.body;
    assert!(page.contains("This took too long. Sign in once more."), "{page}");

    sign_in(&mut browser, ADMIN, PASSWORD).await;
    let fields = [("code", "wrong-wrong-wrong")];
    let mut last = StatusCode::OK;
    for _ in 0..11 {
        last = browser.script("/actions/two-step/give-code", &fields).await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    let fields = [("code", codes[0].as_str())];
    let right = browser.script("/actions/two-step/give-code", &fields).await;
    assert_eq!(right.status, StatusCode::TOO_MANY_REQUESTS, "not even a right one");
}

async fn an_organisation_may_require_it_of_its_users(engine: Engine) {
    let server = server(engine).await;
    let mut admin = server.admin().await;
    let (acme, _) = server.partner("Acme", "ann@acme.example").await;
    let (_, _) = server.partner("Borealis", "bob@borealis.example").await;
    let fields = [("organisation", acme.as_str()), ("required", "true")];
    let answer = admin.script("/actions/two-step/set-of-organisation", &fields).await;
    assert_eq!(answer.json(), json!(true));
    let question = json!({ "organisation": acme });
    let asked = admin.ask("/actions/two-step/of-organisation", &question).await;
    assert_eq!(asked.json(), json!(true));
    assert_eq!(
        admin.ask("/actions/organisations/get", &json!({ "id": acme })).await.json()["version"],
        1
    );

    server.sign_in("bob@borealis.example").await;
    let mut ann = server.browser();
    let answer = sign_in(&mut ann, "ann@acme.example", PARTNER_PASSWORD).await;
    assert_eq!(answer.header("location"), "/sign-in/set-up");
    assert_eq!(
        ann.get("/partner").await.status,
        StatusCode::FOUND,
        "no session before it is set up"
    );
    let (secret, _) = set_up(&server, &mut ann).await;
    let page = ann.get("/partner/two-step").await.body;
    assert!(page.contains("You have to sign in in two steps.") && !page.contains("Turn off"));
    let fields = [("change", "turn-off"), ("password", PARTNER_PASSWORD)];
    let off = ann.script("/actions/two-step/change", &fields).await;
    assert_eq!(off.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", off.body);

    let mut again = server.browser();
    sign_in(&mut again, "ann@acme.example", PARTNER_PASSWORD).await;
    let code = app::code(&secret, server.clock.now(), 1);
    assert_eq!(give_code(&mut again, &code).await.header("location"), "/partner");

    // A user who comes later is led through it after the first own password.
    let created = admin.create_user(&acme, "cid@acme.example").await.json();
    let temporary = created["temporary_password"].as_str().expect("a password");
    admin.until_user_is(&acme, "cid@acme.example", "invited").await;
    let mut cid = server.browser();
    sign_in(&mut cid, "cid@acme.example", temporary).await;
    let fields = [("new_password", PARTNER_PASSWORD)];
    let answer = cid.form("/actions/set-first-password", "/sign-in/new-password", &fields).await;
    assert_eq!(answer.header("location"), "/sign-in/set-up");

    let nobody = uuid::Uuid::now_v7().to_string();
    let fields = [("organisation", nobody.as_str()), ("required", "true")];
    let answer = admin.script("/actions/two-step/set-of-organisation", &fields).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

async fn the_installation_may_require_it_of_admins_or_of_everybody(engine: Engine) {
    let server = server(engine).await;
    let mut admin = server.admin().await;
    server.partner("Acme", "ann@acme.example").await;
    let set = "/actions/two-step/set-policy";
    let refused = admin.script(set, &[("policy", "whoever")]).await;
    assert_eq!(refused.json()["invalid"][0]["field"], "policy");
    admin.script(set, &[("policy", "admins")]).await;
    let policy = admin.ask("/actions/two-step/policy", &json!({})).await;
    assert_eq!(policy.json(), json!("admins"));
    server.sign_in("ann@acme.example").await;
    let mut other = server.browser();
    let answer = sign_in(&mut other, ADMIN, PASSWORD).await;
    assert_eq!(answer.header("location"), "/sign-in/set-up");

    admin.script(set, &[("policy", "everyone")]).await;
    let mut ann = server.browser();
    let answer = sign_in(&mut ann, "ann@acme.example", PARTNER_PASSWORD).await;
    assert_eq!(answer.header("location"), "/sign-in/set-up");
    admin.script(set, &[("policy", "optional")]).await;
    server.sign_in("ann@acme.example").await;
}

async fn an_admin_removes_it_for_somebody_who_lost_the_app(engine: Engine) {
    let server = server(engine).await;
    let mut admin = server.admin().await;
    let (acme, mut ann) = server.partner("Acme", "ann@acme.example").await;
    let user = admin.users(&acme).await.remove(0);
    let id = user["id"].as_str().expect("an ID").to_owned();
    let remove = "/actions/two-step/remove";
    let refused = admin.script(remove, &[("user", &id)]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("has not set up two-step sign-in"), "{}", refused.body);

    let fields = [("change", "set-up"), ("password", PARTNER_PASSWORD)];
    let answer = ann.form("/actions/two-step/change", "/partner/two-step", &fields).await;
    assert_eq!(answer.header("location"), "/sign-in/set-up");
    let (_, codes) = set_up(&server, &mut ann).await;
    assert_eq!(ann.get("/partner").await.status, StatusCode::OK);
    let removed = admin.script(remove, &[("user", &id)]).await;
    assert_eq!(removed.status, StatusCode::OK, "{}", removed.body);
    assert_eq!(ann.get("/partner").await.status, StatusCode::FOUND, "their sessions end");
    let mut again = server.sign_in("ann@acme.example").await;
    let own = again.ask("/actions/two-step/own", &json!({})).await.json();
    assert_eq!(own, json!({ "is_on": false, "is_required": false, "codes_left": 0 }));
    assert!(!codes.is_empty());
}

async fn it_is_changed_with_the_password_alone(engine: Engine) {
    let server = server(engine).await;
    let (mut admin, secret, codes) = admin_with_app(&server).await;
    let change = "/actions/two-step/change";
    for kind in ["set-up", "new-codes", "turn-off"] {
        for (password, words) in
            [("", "Enter your password."), ("wrong", "This password is wrong.")]
        {
            let page = format!("{OWN}?change={kind}");
            let fields = [("change", kind), ("password", password)];
            let answer = admin.form(change, &page, &fields).await;
            assert_eq!(answer.header("location"), page);
            let shown = admin.get(&page).await.body;
            assert!(shown.contains(words), "{kind}: {words} is missing in {shown}");
        }
        // Not so many that the account is locked.
        server.clock.advance(Duration::from_secs(60));
        let mut right = server.browser();
        sign_in(&mut right, ADMIN, PASSWORD).await;
        let code = app::code(&secret, server.clock.now(), 0);
        assert_eq!(
            give_code(&mut right, &code).await.header("location"),
            "/settings/profile/partners"
        );
    }
    // Another phone: the first app no longer counts, nor do its codes.
    let fields = [("change", "set-up"), ("password", PASSWORD)];
    admin.form(change, OWN, &fields).await;
    let (other, _) = set_up(&server, &mut admin).await;
    let mut browser = server.browser();
    sign_in(&mut browser, ADMIN, PASSWORD).await;
    for old in [app::code(&secret, server.clock.now(), 1), codes[0].clone()] {
        assert_eq!(give_code(&mut browser, &old).await.header("location"), "/sign-in/code");
    }
    let code = app::code(&other, server.clock.now(), 1);
    assert_ne!(give_code(&mut browser, &code).await.header("location"), "/sign-in/code");

    let fields = [("change", "turn-off"), ("password", PASSWORD)];
    let answer = admin.form(change, &format!("{OWN}?change=turn-off"), &fields).await;
    assert_eq!(answer.header("location"), OWN);
    assert!(admin.get(OWN).await.body.contains("Two-step sign-in is off."));
    server.admin().await;
}

/// Somebody of Acme who has to sign in in two steps and has set it up, with the
/// organisation, their ID and their recovery codes.
async fn partner_with_app(server: &Server) -> (String, String, Vec<String>) {
    let (acme, mut ann) = server.partner("Acme", "ann@acme.example").await;
    let mut admin = server.admin().await;
    let id = admin.users(&acme).await[0]["id"].as_str().expect("an ID").to_owned();
    let fields = [("change", "set-up"), ("password", PARTNER_PASSWORD)];
    ann.form("/actions/two-step/change", "/partner/two-step", &fields).await;
    let (_, codes) = set_up(server, &mut ann).await;
    (acme, id, codes)
}

async fn whoever_is_not_let_in_keeps_their_codes(engine: Engine) {
    let server = server(engine).await;
    let (acme, id, codes) = partner_with_app(&server).await;
    let mut admin = server.admin().await;
    let mut ann = server.browser();
    sign_in(&mut ann, "ann@acme.example", PARTNER_PASSWORD).await;
    let suspend = |suspended: &'static str| {
        let (mut admin, acme) = (admin.clone(), acme.clone());
        async move {
            let fields = [("organisation", acme.as_str()), ("suspended", suspended)];
            admin.script("/actions/organisations/set-suspended", &fields).await
        }
    };
    suspend("true").await;
    assert_eq!(give_code(&mut ann, &codes[0]).await.header("location"), "/sign-in");
    let page = ann.get("/sign-in").await.body;
    assert!(page.contains("Acme is suspended"), "{page}");
    assert!(!page.contains(">set a new password<"), "that would not help");
    let refused = sign_in(&mut server.browser(), "ann@acme.example", PARTNER_PASSWORD).await;
    assert_eq!(refused.header("location"), "/sign-in", "told before a code is asked for");
    suspend("false").await;

    sign_in(&mut ann, "ann@acme.example", PARTNER_PASSWORD).await;
    server.stop_working().await;
    let switch = |enabled: &'static str| {
        let (mut admin, id) = (admin.clone(), id.clone());
        async move {
            let fields = [("user", id.as_str()), ("enabled", enabled)];
            admin.script("/actions/users/set-enabled", &fields).await
        }
    };
    switch("false").await;
    assert_eq!(give_code(&mut ann, &codes[0]).await.header("location"), "/sign-in");
    assert!(ann.get("/sign-in").await.body.contains("or the password is wrong"));
    switch("true").await;
    sign_in(&mut ann, "ann@acme.example", PARTNER_PASSWORD).await;
    assert_eq!(give_code(&mut ann, &codes[0]).await.header("location"), "/partner");
    let trail = json!({ "query": { "organisation": acme, "area": "sign_ins" } });
    let rows = admin.ask("/actions/activity/list", &trail).await.body;
    assert_eq!(rows.matches("two_step.code_used").count(), 1, "{rows}");
}

async fn whoever_is_not_let_in_sets_nothing_up(engine: Engine) {
    let server = server(engine).await;
    let (acme, _) = server.partner("Acme", "ann@acme.example").await;
    let mut admin = server.admin().await;
    let fields = [("organisation", acme.as_str()), ("required", "true")];
    admin.script("/actions/two-step/set-of-organisation", &fields).await;
    let mut ann = server.browser();
    let answer = sign_in(&mut ann, "ann@acme.example", PARTNER_PASSWORD).await;
    assert_eq!(answer.header("location"), "/sign-in/set-up");
    let page = ann.get("/sign-in/set-up").await.body;
    let secret = SecretString::from(letters(between(&page, "<samp>", "</samp>")));
    let fields = [("organisation", acme.as_str()), ("suspended", "true")];
    admin.script("/actions/organisations/set-suspended", &fields).await;
    let code = app::code(&secret, server.clock.now(), 0);
    let action = "/actions/two-step/confirm-set-up";
    let answer = ann.form(action, "/sign-in/set-up", &[("code", &code)]).await;
    assert_eq!(answer.header("location"), "/sign-in");
    assert!(ann.get("/sign-in").await.body.contains("Acme is suspended"));
    let fields = [("organisation", acme.as_str()), ("suspended", "false")];
    admin.script("/actions/organisations/set-suspended", &fields).await;
    // No app whose recovery codes nobody has seen.
    let answer = sign_in(&mut ann, "ann@acme.example", PARTNER_PASSWORD).await;
    assert_eq!(answer.header("location"), "/sign-in/set-up");
}

async fn a_set_up_that_took_too_long_is_told_on_ones_own_page(engine: Engine) {
    let server = server(engine).await;
    let (_, ann) = server.partner("Acme", "ann@acme.example").await;
    let admin = server.admin().await;
    for (mut browser, own, password) in
        [(admin, OWN, PASSWORD), (ann, "/partner/two-step", PARTNER_PASSWORD)]
    {
        let fields = [("change", "set-up"), ("password", password)];
        let page = format!("{own}?change=set-up");
        let answer = browser.form("/actions/two-step/change", &page, &fields).await;
        assert_eq!(answer.header("location"), "/sign-in/set-up");
        server.clock.advance(Duration::from_secs(20 * 60));
        let action = "/actions/two-step/confirm-set-up";
        let answer = browser.form(action, "/sign-in/set-up", &[("code", "123456")]).await;
        assert_eq!(answer.header("location"), own);
        let shown = browser.get(own).await.body;
        assert!(shown.contains("This took too long."), "{shown}");
        assert!(!browser.get(own).await.body.contains("This took too long."), "once");
    }
}

async fn the_trail_says_whose_account_it_was(engine: Engine) {
    let server = server(engine).await;
    let (acme, id, codes) = partner_with_app(&server).await;
    let mut ann = server.browser();
    sign_in(&mut ann, "ann@acme.example", PARTNER_PASSWORD).await;
    give_code(&mut ann, &codes[0]).await;
    let change = "/actions/two-step/change";
    let fields = [("change", "new-codes"), ("password", PARTNER_PASSWORD)];
    ann.script(change, &fields).await;
    let fields = [("change", "turn-off"), ("password", PARTNER_PASSWORD)];
    ann.script(change, &fields).await;
    let program = Program::management(&server).await;
    let path = format!("/api/audit-events?partnerOrganisationId={acme}");
    let events = program.get(&path).await.ok();
    let events = events["items"].as_array().cloned().unwrap_or_default();
    for (action, kind) in [
        ("password.set", "account"),
        ("session.opened", "partner_user"),
        ("two_step.set_up", "partner_user"),
        ("two_step.code_used", "account"),
        ("two_step.codes_made", "partner_user"),
        ("two_step.turned_off", "partner_user"),
    ] {
        let event = events.iter().find(|event| event["name"] == action);
        let data = &event.unwrap_or_else(|| panic!("no {action} in {events:?}"))["data"];
        assert_eq!(data["subject"], id.as_str(), "{action}: {data}");
        let actor = &data["actor"];
        assert_eq!(actor["kind"], kind, "{action}: {data}");
        let expected = if kind == "account" { "ann@acme.example" } else { id.as_str() };
        assert_eq!(actor["id"], expected, "{action}: {data}");
    }
}

async fn nothing_secret_is_in_the_audit_trail(engine: Engine) {
    let server = server(engine).await;
    let (mut admin, secret, codes) = admin_with_app(&server).await;
    let mut browser = server.browser();
    sign_in(&mut browser, ADMIN, PASSWORD).await;
    give_code(&mut browser, &codes[0]).await;
    let fields = [("change", "new-codes"), ("password", PASSWORD)];
    let made = admin.script("/actions/two-step/change", &fields).await.json();
    let fields = [("change", "turn-off"), ("password", PASSWORD)];
    admin.script("/actions/two-step/change", &fields).await;
    admin.script("/actions/two-step/set-policy", &[("policy", "admins")]).await;
    let query = json!({ "query": { "area": "sign_ins" } });
    let trail = admin.ask("/actions/activity/list", &query).await;
    let page = trail.json();
    let rows: Vec<Value> = page["rows"].as_array().cloned().unwrap_or_default();
    let actions: Vec<&str> = rows
        .iter()
        .filter_map(|row| row["action"].as_str())
        .filter(|action| action.starts_with("two_step"))
        .collect();
    assert_eq!(
        actions,
        ["two_step.turned_off", "two_step.codes_made", "two_step.code_used", "two_step.set_up"]
    );
    let new = made["new_codes"][0].as_str().expect("a code").to_owned();
    let plain = secrecy::ExposeSecret::expose_secret(&secret).to_owned();
    for told in [&codes[0], &codes[1], &new, &plain, &plain.replace(' ', "")] {
        assert!(!trail.body.contains(told.as_str()), "{told}");
    }
    let query = json!({ "query": { "area": "settings" } });
    let settings = admin.ask("/actions/activity/list", &query).await;
    assert!(settings.body.contains("two_step_required"));
}
