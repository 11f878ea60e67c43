//! What programs of the business do with partner organisations and their users.

use crate::api::{Program, account, of_partner};
use crate::browser::{eventually, server};
use crate::support::Engine;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use futures::stream;
use serde_json::{Value, json};
use uuid::Uuid;

on_each_engine!(
    an_organisation_is_created_in_the_published_shape,
    a_wrong_field_is_named,
    lists_are_whole_and_without_overlap,
    name_and_logo_change_and_nothing_else,
    an_update_notices_another,
    an_organisation_is_suspended_and_reactivated,
    whatever_is_done_may_expect_what_was_read,
    an_organisation_is_deleted,
    users_are_invited_disabled_and_enabled,
    a_list_of_users_goes_on_where_one_was_deleted,
    users_are_renamed_and_given_roles,
    users_are_deleted,
    what_programs_do_is_in_the_audit_trail,
    nothing_that_is_sent_is_our_fault,
);

const CREATE: &str = "/api/partner-organisation";

fn acme() -> Value {
    json!({
        "name": "Acme Resellers",
        "zuoraAccountId": account(),
        "isZuoraInvoiceOwner": true,
        "salesforceAccountId": "001D000000IRFma",
        "logo": "https://cdn.example/acme.png",
    })
}

async fn create(program: &Program) -> String {
    let answer = program.post(CREATE, &acme()).await;
    // Each of these has the name of those before.
    let answer = if answer.status == StatusCode::CONFLICT {
        program.post(&format!("{CREATE}?acceptDuplicates=true"), &acme()).await
    } else {
        answer
    };
    answer.ok()["id"].as_str().expect("an ID").to_owned()
}

async fn an_organisation_is_created_in_the_published_shape(engine: Engine) {
    let server = server(engine).await;
    let program = Program::management(&server).await;
    let sent = acme();
    let made = program.post(CREATE, &sent).await.ok();
    assert_eq!(made["name"], "Acme Resellers");
    assert_eq!(
        made["data"],
        json!({
            "zuoraAccountId": sent["zuoraAccountId"],
            "isZuoraInvoiceOwner": true,
            "salesforceAccountId": "001D000000IRFma",
            "logo": "https://cdn.example/acme.png",
            "status": "active",
        })
    );
    assert_eq!(
        (&made["record_type"], &made["service"]),
        (&"partner_org".into(), &"partners".into())
    );
    assert!(made["created"].as_str().unwrap().ends_with('Z') && made["modified"].is_string());
    let id = made["id"].as_str().unwrap();
    assert_eq!(program.get(&format!("{CREATE}/{id}")).await.ok(), made);
    let mut plain = acme();
    for optional in ["logo", "salesforceAccountId"] {
        plain.as_object_mut().unwrap().remove(optional);
    }
    plain["name"] = "Borealis".into();
    plain["isZuoraInvoiceOwner"] = false.into();
    let plain = program.post(CREATE, &plain).await.ok();
    assert_eq!(plain["data"]["isZuoraInvoiceOwner"], false);
    assert!(plain["data"].get("logo").is_none(), "{plain}");
    // The pages show what programs made.
    let page = server.admin().await.get("/settings/profile/partners").await;
    assert!(page.body.contains("Borealis") && page.body.contains("Acme Resellers"));
}

async fn a_wrong_field_is_named(engine: Engine) {
    let server = server(engine).await;
    let program = Program::management(&server).await;
    for (field, value, status) in [
        ("name", json!("  "), 422),
        ("name", json!("a".repeat(201)), 422),
        ("name", json!(7), 400),
        ("zuoraAccountId", json!("a b"), 422),
        ("isZuoraInvoiceOwner", json!("yes"), 400),
        ("isZuoraInvoiceOwner", Value::Null, 422),
        ("salesforceAccountId", json!("001"), 422),
        ("logo", json!("http://cdn.example/acme.png"), 422),
        ("colour", json!("red"), 400),
    ] {
        let mut body = acme();
        body[field] = value;
        let answer = program.post(CREATE, &body).await;
        assert_eq!(answer.status.as_u16(), status, "{field}: {}", answer.body);
        assert_eq!(answer.fields(), [field], "{}", answer.body);
    }
    let empty = program.post(CREATE, &json!({})).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(empty.fields(), ["name", "zuoraAccountId", "isZuoraInvoiceOwner"]);
    let made = acme();
    program.post(CREATE, &made).await.ok();
    let again = program.post(CREATE, &made).await;
    assert_eq!(
        (again.status, again.fields()),
        (StatusCode::CONFLICT, vec!["zuoraAccountId".to_owned()])
    );
    program.post(&format!("{CREATE}?acceptDuplicates=true"), &made).await.ok();
    for (parameter, field) in [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=a", "limit"),
        ("queryMore=x", "queryMore"),
        ("size=1", "size"),
    ] {
        let answer = program.get(&format!("/api/partner-organisations?{parameter}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{parameter}: {}", answer.body);
        assert_eq!(answer.fields(), [field], "{parameter}: {}", answer.body);
    }
}

async fn lists_are_whole_and_without_overlap(engine: Engine) {
    let server = server(engine).await;
    let program = Program::management(&server).await;
    let mut made = Vec::new();
    for _ in 0..7 {
        made.push(create(&program).await);
    }
    let mut seen = Vec::new();
    let mut address = "/api/partner-organisations?limit=3".to_owned();
    loop {
        let page = program.get(&address).await.ok();
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 3);
        seen.extend(items.iter().map(|one| one["id"].as_str().unwrap().to_owned()));
        let Some(more) = page["queryMore"].as_str() else { break };
        address = format!("/api/partner-organisations?limit=3&queryMore={more}");
    }
    assert_eq!(seen, made);
    let found = program.get("/api/partner-organisations?filter=resell").await.ok();
    assert_eq!(found["items"].as_array().unwrap().len(), 7);
    let none = program.get("/api/partner-organisations?filter=nobody").await.ok();
    assert_eq!(none, json!({ "items": [] }));
}

async fn name_and_logo_change_and_nothing_else(engine: Engine) {
    let server = server(engine).await;
    let program = Program::management(&server).await;
    let path = format!("{CREATE}/{}", create(&program).await);
    let changed = program.patch(&path, &[], &json!({ "name": " Acme  GmbH " })).await.ok();
    assert_eq!(changed["name"], "Acme GmbH");
    assert_eq!(changed["data"]["logo"], "https://cdn.example/acme.png", "what is left out stays");
    let changed = program.patch(&path, &[], &json!({ "logo": null })).await.ok();
    assert!(changed["data"].get("logo").is_none());
    assert_eq!(changed["name"], "Acme GmbH");
    for fixed in
        ["zuoraAccountId", "salesforceAccountId", "isZuoraInvoiceOwner", "id", "created", "data"]
    {
        let answer = program.patch(&path, &[], &json!({ fixed: "x", "name": "Other" })).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{fixed}");
        assert_eq!(answer.fields(), [fixed]);
    }
    assert_eq!(program.get(&path).await.ok(), changed);
    for (body, status) in [
        (json!({ "name": "" }), StatusCode::UNPROCESSABLE_ENTITY),
        (json!({ "name": null }), StatusCode::BAD_REQUEST),
        (json!({ "logo": "ftp://x" }), StatusCode::UNPROCESSABLE_ENTITY),
        (json!([]), StatusCode::BAD_REQUEST),
    ] {
        let answer = program.patch(&path, &[], &body).await;
        assert_eq!(answer.status, status, "{body}");
        if let Some(fields) = body.as_object() {
            assert_eq!(answer.fields(), fields.keys().cloned().collect::<Vec<_>>());
        }
    }
    let nowhere = format!("{CREATE}/{}", Uuid::now_v7());
    let answer = program.patch(&nowhere, &[], &json!({ "name": "Other" })).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

async fn an_update_notices_another(engine: Engine) {
    let server = server(engine).await;
    let program = Program::management(&server).await;
    let path = format!("{CREATE}/{}", create(&program).await);
    let first = program.get(&path).await.header("etag").to_owned();
    assert!(first.starts_with('"'), "{first}");
    let expected = [("If-Match", first.as_str())];
    let changed = program.patch(&path, &expected, &json!({ "name": "One" })).await;
    changed.ok();
    let second = changed.header("etag").to_owned();
    assert_ne!(first, second);
    let late = program.patch(&path, &expected, &json!({ "name": "Two" })).await;
    assert_eq!(late.status, StatusCode::PRECONDITION_FAILED);
    assert_eq!(program.get(&path).await.ok()["name"], "One");
    program.patch(&path, &[("If-Match", &second)], &json!({ "name": "Two" })).await.ok();
    program.patch(&path, &[("If-Match", "*")], &json!({ "name": "Three" })).await.ok();
    program.patch(&path, &[], &json!({ "name": "Four" })).await.ok();
}

async fn an_organisation_is_suspended_and_reactivated(engine: Engine) {
    let server = server(engine).await;
    let program = Program::management(&server).await;
    let organisation = create(&program).await;
    let path = format!("{CREATE}/{organisation}");
    let partner = Program::start(&server, &of_partner(&organisation)).await;
    let first = program.get(&path).await;
    let switch = async |action: &str| {
        program.send(Method::POST, &format!("{path}/{action}"), &[], None).await
    };
    let suspended = switch("suspend").await;
    let seen = suspended.ok();
    assert_eq!(seen["data"]["status"], "suspended");
    assert!(seen["data"]["suspendedAt"].as_str().unwrap().ends_with('Z'), "{seen}");
    assert_eq!(program.get(&path).await.ok(), seen);
    assert_eq!(switch("suspend").await.ok(), seen, "twice is once");
    let list = program.get("/api/partner-organisations").await.ok();
    assert_eq!(list["items"][0], seen);
    let answer = partner.get("/api/partner/customer").await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "its clients are out");
    // What was read before it was suspended is not what it is.
    let stale = [("If-Match", first.header("etag"))];
    let late = program.patch(&path, &stale, &json!({ "name": "Other" })).await;
    assert_eq!(late.status, StatusCode::PRECONDITION_FAILED);
    let fresh = [("If-Match", suspended.header("etag"))];
    let renamed = program.patch(&path, &fresh, &json!({ "name": "Other" })).await.ok();
    assert_eq!(renamed["data"]["status"], "suspended");
    let active = switch("reactivate").await.ok();
    assert_eq!(active["data"]["status"], "active");
    assert!(active["data"].get("suspendedAt").is_none());
    let answer = partner.get("/api/partner/customer").await;
    assert_ne!(answer.status, StatusCode::UNAUTHORIZED, "they are in again");
    for action in ["suspend", "reactivate"] {
        let nowhere = format!("{CREATE}/{}/{action}", Uuid::now_v7());
        let answer = program.send(Method::POST, &nowhere, &[], None).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
    }
    let address = format!("/api/audit-events?partnerOrganisationId={organisation}");
    let events = program.get(&address).await.ok();
    let names: Vec<_> =
        events["items"].as_array().unwrap().iter().map(|one| text(&one["name"])).collect();
    let expected = [
        "organisation.reactivated",
        "organisation.changed",
        "organisation.suspended",
        "session.opened",
        "api_client.created",
        "organisation.created",
    ];
    assert_eq!(names, expected);
}

fn text(value: &Value) -> String {
    value.as_str().expect("text").to_owned()
}

async fn an_organisation_is_deleted(engine: Engine) {
    let server = server(engine).await;
    let program = Program::management(&server).await;
    let organisation = create(&program).await;
    let path = format!("{CREATE}/{organisation}");
    let partner = Program::start(&server, &of_partner(&organisation)).await;
    program.post(&path, &json!({ "email": "ann@acme.example" })).await.ok();
    let delete = async || program.send(Method::DELETE, &path, &[], None).await;
    let active = delete().await;
    assert_eq!(active.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", active.body);
    assert!(active.json()["message"].as_str().unwrap().contains("Suspend it first"));
    program.send(Method::POST, &format!("{path}/suspend"), &[], None).await.ok();
    let mut admin = server.admin().await;
    let link = format!("href=\"/settings/profile/partners/{organisation}\"");
    assert!(admin.get("/settings/api-clients").await.body.contains(&link));
    let deleted = delete().await;
    assert_eq!((deleted.status, deleted.body.as_str()), (StatusCode::NO_CONTENT, ""));
    let clients = admin.get("/settings/api-clients").await.body;
    assert!(clients.contains("Acme Resellers"), "{clients}");
    assert!(!clients.contains(&link), "no link to what is gone");
    for (method, path) in [
        (Method::DELETE, path.clone()),
        (Method::GET, path.clone()),
        (Method::GET, format!("{path}/users")),
        (Method::GET, format!("{path}/subscriptions")),
        (Method::POST, format!("{path}/reactivate")),
    ] {
        let gone = program.send(method.clone(), &path, &[], None).await;
        assert_eq!(gone.status, StatusCode::NOT_FOUND, "{method} {path}: {}", gone.body);
    }
    let renamed = program.patch(&path, &[], &json!({ "name": "Other" })).await;
    assert_eq!(renamed.status, StatusCode::NOT_FOUND);
    let invited = program.post(&path, &json!({ "email": "bob@acme.example" })).await;
    assert_eq!(invited.status, StatusCode::NOT_FOUND);
    assert_eq!(program.get("/api/partner-organisations").await.ok()["items"], json!([]));
    assert_eq!(partner.get("/api/partner/customer").await.status, StatusCode::UNAUTHORIZED);
    let address = format!("/api/audit-events?partnerOrganisationId={organisation}");
    let events = program.get(&address).await.ok();
    assert_eq!(events["items"][0]["name"], "organisation.deleted", "the trail stays");
}

async fn a_list_of_users_goes_on_where_one_was_deleted(engine: Engine) {
    let server = server(engine).await;
    let program = Program::management(&server).await;
    let path = format!("{CREATE}/{}", create(&program).await);
    let mut made = Vec::new();
    for name in ["ann", "bob", "cem", "dee"] {
        let email = format!("{name}@acme.example");
        made.push(text(&program.post(&path, &json!({ "email": email })).await.ok()["id"]));
    }
    let page = program.get(&format!("{path}/users?limit=2")).await.ok();
    let ids = |page: &Value| -> Vec<String> {
        page["items"].as_array().unwrap().iter().map(|user| text(&user["id"])).collect()
    };
    assert_eq!(ids(&page), made[..2]);
    let last = format!("{path}/user/{}", made[1]);
    let deleted = program.send(Method::DELETE, &last, &[], None).await;
    assert_eq!(deleted.status, StatusCode::NO_CONTENT);
    let more = page["queryMore"].as_str().expect("more");
    let rest = program.get(&format!("{path}/users?limit=2&queryMore={more}")).await.ok();
    assert_eq!(ids(&rest), made[2..]);
    assert!(rest.get("queryMore").is_none(), "{rest}");
    let wrong = program.get(&format!("{path}/users?queryMore=MTIz")).await;
    assert_eq!(
        (wrong.status, wrong.fields()),
        (StatusCode::BAD_REQUEST, vec!["queryMore".to_owned()])
    );
}

async fn users_are_renamed_and_given_roles(engine: Engine) {
    let server = server(engine).await;
    let program = Program::management(&server).await;
    let path = format!("{CREATE}/{}", create(&program).await);
    let made = program.post(&path, &json!({ "email": "ann@acme.example" })).await;
    let ann = made.ok();
    assert_eq!(ann["data"]["role"], "manager", "the first one is");
    let bob = json!({ "email": "bob@acme.example", "role": "member" });
    let bob = program.post(&path, &bob).await.ok();
    assert_eq!(bob["data"]["role"], "member");
    let wrong = json!({ "email": "cem@acme.example", "role": "owner" });
    let wrong = program.post(&path, &wrong).await;
    assert_eq!((wrong.status, wrong.fields()), (StatusCode::BAD_REQUEST, vec!["role".to_owned()]));
    let user = format!("{path}/user/{}", text(&ann["id"]));
    // Her status is part of what the tag stands for.
    eventually("she is invited", async || {
        (program.get(&user).await.ok()["data"]["status"] == "invited").then_some(())
    })
    .await;
    let read = program.get(&user).await;
    let expected = [("If-Match", read.header("etag"))];
    let renamed = program.patch(&user, &expected, &json!({ "name": " Ann  Lee " })).await;
    assert_eq!(renamed.ok()["name"], "Ann Lee");
    assert_ne!(renamed.header("etag"), read.header("etag"));
    assert_eq!(program.get(&user).await.header("etag"), renamed.header("etag"));
    let late = program.patch(&user, &expected, &json!({ "name": "Other" })).await;
    assert_eq!(late.status, StatusCode::PRECONDITION_FAILED);
    for (body, status, field) in [
        (json!({ "name": "" }), 422, Some("name")),
        (json!({ "name": 7 }), 400, Some("name")),
        (json!({ "role": "owner" }), 400, Some("role")),
        (json!({ "name": null, "role": "member" }), 400, Some("name")),
        (json!({ "name": "Other", "role": null }), 400, Some("role")),
        (json!({ "email": "x@acme.example", "name": "Other" }), 400, Some("email")),
        (json!({ "role": "member", "name": "Other" }), 422, None),
    ] {
        let answer = program.patch(&user, &[], &body).await;
        assert_eq!(answer.status.as_u16(), status, "{body}: {}", answer.body);
        assert_eq!(answer.fields().first().map(String::as_str), field, "{body}");
        assert_eq!(program.get(&user).await.ok()["name"], "Ann Lee", "nothing of it was done");
    }
    let promoted = format!("{path}/user/{}", text(&bob["id"]));
    let promoted = program.patch(&promoted, &[], &json!({ "role": "manager" })).await.ok();
    assert_eq!(promoted["data"]["role"], "manager");
    let both = json!({ "role": "member", "name": "Ann" });
    let changed = program.patch(&user, &[], &both).await.ok();
    assert_eq!((&changed["name"], &changed["data"]["role"]), (&"Ann".into(), &"member".into()));
    let other = create(&program).await;
    let elsewhere = format!("{CREATE}/{other}/user/{}", text(&ann["id"]));
    let answer = program.patch(&elsewhere, &[], &json!({ "name": "Other" })).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

async fn whatever_is_done_may_expect_what_was_read(engine: Engine) {
    let server = server(engine).await;
    let program = Program::management(&server).await;
    let path = format!("{CREATE}/{}", create(&program).await);
    let ann = program.post(&path, &json!({ "email": "ann@acme.example" })).await.ok();
    let user = format!("{path}/user/{}", text(&ann["id"]));
    eventually("she is invited", async || {
        (program.get(&user).await.ok()["data"]["status"] == "invited").then_some(())
    })
    .await;
    for (target, switches) in
        [(&user, ["resend", "disable", "enable"]), (&path, ["suspend", "reactivate", "suspend"])]
    {
        let stale = program.get(target).await.header("etag").to_owned();
        program.patch(target, &[], &json!({ "name": "Ann Lee" })).await.ok();
        let late = [("If-Match", stale.as_str())];
        let before = program.get(target).await.ok();
        for action in switches.iter().map(|action| format!("{target}/{action}")) {
            let answer = program.send(Method::POST, &action, &late, None).await;
            assert_eq!(answer.status, StatusCode::PRECONDITION_FAILED, "{action}");
            assert!(answer.body.contains("has changed since you read it"), "{}", answer.body);
        }
        let answer = program.send(Method::DELETE, target, &late, None).await;
        assert_eq!(answer.status, StatusCode::PRECONDITION_FAILED, "{target}");
        assert_eq!(program.get(target).await.ok(), before, "nothing was done");
        for action in switches.iter().map(|action| format!("{target}/{action}")) {
            let seen = program.get(target).await;
            let fresh = [("If-Match", seen.header("etag"))];
            program.send(Method::POST, &action, &fresh, None).await.ok();
        }
        program
            .send(Method::POST, &format!("{target}/{}", switches[2]), &[("If-Match", "*")], None)
            .await
            .ok();
    }
    // Of two who have read the same, one deletes or changes it.
    let seen = program.get(&user).await.header("etag").to_owned();
    let expected = [("If-Match", seen.as_str())];
    let name = json!({ "name": "Ann Cooper" });
    let (changed, deleted) = tokio::join!(
        program.patch(&user, &expected, &name),
        program.send(Method::DELETE, &user, &expected, None),
    );
    let is_changed = changed.status == StatusCode::OK;
    if is_changed {
        assert_eq!(deleted.status, StatusCode::PRECONDITION_FAILED, "{}", deleted.body);
    } else {
        assert_eq!(deleted.status, StatusCode::NO_CONTENT, "{}", changed.body);
    }
    assert_eq!(program.get(&user).await.status == StatusCode::OK, is_changed);
    let seen = program.get(&path).await.header("etag").to_owned();
    let deleted = program.send(Method::DELETE, &path, &[("If-Match", &seen)], None).await;
    assert_eq!(deleted.status, StatusCode::NO_CONTENT, "{}", deleted.body);
}

async fn users_are_deleted(engine: Engine) {
    let server = server(engine).await;
    let program = Program::management(&server).await;
    let path = format!("{CREATE}/{}", create(&program).await);
    let ann = program.post(&path, &json!({ "email": "ann@acme.example" })).await.ok();
    let user = format!("{path}/user/{}", text(&ann["id"]));
    let other = create(&program).await;
    let elsewhere = format!("{CREATE}/{other}/user/{}", text(&ann["id"]));
    let answer = program.send(Method::DELETE, &elsewhere, &[], None).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND, "to another organisation there is none");
    program.get(&user).await.ok();
    let deleted = program.send(Method::DELETE, &user, &[], None).await;
    assert_eq!((deleted.status, deleted.body.as_str()), (StatusCode::NO_CONTENT, ""));
    assert_eq!(program.get(&user).await.status, StatusCode::NOT_FOUND);
    let again = program.send(Method::DELETE, &user, &[], None).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
    assert_eq!(program.get(&format!("{path}/users")).await.ok()["items"], json!([]));
    // The address is free, once the identity provider has parted with it.
    let new = eventually("the address is free", async || {
        let answer = program.post(&path, &json!({ "email": "ann@acme.example" })).await;
        (answer.status == StatusCode::OK).then(|| answer.ok())
    })
    .await;
    assert_ne!(new["id"], ann["id"]);
}

async fn users_are_invited_disabled_and_enabled(engine: Engine) {
    let server = server(engine).await;
    let program = Program::management(&server).await;
    let organisation = create(&program).await;
    let path = format!("{CREATE}/{organisation}");
    let ann = program.post(&path, &json!({ "email": "Ann@Acme.example" })).await.ok();
    assert_eq!(ann["name"], "ann@acme.example", "the name is the address where there is none");
    assert_eq!(ann["data"]["email"], "ann@acme.example");
    assert_eq!(
        (&ann["record_type"], &ann["partner_org"]),
        (&"partner_user".into(), &organisation.as_str().into())
    );
    let password = ann["data"]["temporaryPassword"].as_str().expect("a password").to_owned();
    let mut admin = server.admin().await;
    admin.until_user_is(&organisation, "ann@acme.example", "invited").await;
    let mut browser = server.browser();
    let fields = [("email", "ann@acme.example"), ("password", password.as_str())];
    let answer = browser.form("/actions/sign-in", "/sign-in", &fields).await;
    assert_eq!(answer.header("location"), "/sign-in/new-password");
    let bob =
        program.post(&path, &json!({ "email": "bob@acme.example", "name": "Bob" })).await.ok();
    assert_eq!(bob["name"], "Bob");
    let taken = program.post(&path, &json!({ "email": "bob@acme.example" })).await;
    assert_eq!(
        (taken.status, taken.fields()),
        (StatusCode::UNPROCESSABLE_ENTITY, vec!["email".to_owned()])
    );
    assert_eq!(program.post(&path, &json!({ "email": "no" })).await.fields(), ["email"]);
    let all = program.get(&format!("{path}/users?limit=1")).await.ok();
    assert_eq!(all["items"][0]["id"], ann["id"]);
    assert!(all["items"][0]["data"].get("temporaryPassword").is_none());
    let more = all["queryMore"].as_str().expect("more");
    let rest = program.get(&format!("{path}/users?limit=1&queryMore={more}")).await.ok();
    assert_eq!((&rest["items"][0]["id"], rest.get("queryMore")), (&bob["id"], None));
    let user = format!("{path}/user/{}", bob["id"].as_str().unwrap());
    let done = program.send(Method::POST, &format!("{user}/disable"), &[], None).await.ok();
    assert_eq!(done["data"]["status"], "disabled");
    assert_eq!(program.get(&user).await.ok()["data"]["status"], "disabled");
    let refused = program.send(Method::POST, &format!("{user}/resend"), &[], None).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.body);
    let done = program.send(Method::POST, &format!("{user}/enable"), &[], None).await.ok();
    assert_ne!(done["data"]["status"], "disabled");
    let again = program.send(Method::POST, &format!("{user}/resend"), &[], None).await.ok();
    assert!(again["data"]["temporaryPassword"].is_string(), "{again}");
    // To another organisation there is no such user.
    let other = create(&program).await;
    for action in ["", "/disable", "/enable", "/resend"] {
        let method = if action.is_empty() { Method::GET } else { Method::POST };
        let path = format!("{CREATE}/{other}/user/{}{action}", bob["id"].as_str().unwrap());
        let answer = program.send(method, &path, &[], None).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
}

async fn what_programs_do_is_in_the_audit_trail(engine: Engine) {
    let server = server(engine).await;
    let program = Program::management(&server).await;
    let organisation = create(&program).await;
    let path = format!("{CREATE}/{organisation}");
    let answer = program.patch(&path, &[], &json!({ "name": "Other" })).await;
    let reference = answer.header("x-request-id").to_owned();
    create(&program).await;
    let address = format!("/api/audit-events?partnerOrganisationId={organisation}");
    let events = program.get(&address).await.ok();
    let names: Vec<_> =
        events["items"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
    assert_eq!(names, ["organisation.changed", "organisation.created"], "newest first");
    let changed = &events["items"][0];
    assert_eq!(changed["data"]["actor"]["kind"], "api_client");
    assert_eq!(changed["data"]["actor"]["name"], "Nightly sync");
    assert_eq!(changed["data"]["changes"]["name"], json!(["Acme Resellers", "Other"]));
    assert_eq!(changed["data"]["reference"], reference.as_str());
    let all = program.get("/api/audit-events?limit=1").await.ok();
    let more = all["queryMore"].as_str().expect("more");
    let next = program.get(&format!("/api/audit-events?limit=1&queryMore={more}")).await.ok();
    assert_ne!(all["items"][0]["id"], next["items"][0]["id"]);
}

async fn nothing_that_is_sent_is_our_fault(engine: Engine) {
    let server = server(engine).await;
    let program = Program::management(&server).await;
    let organisation = create(&program).await;
    let path = format!("{CREATE}/{organisation}");
    for (method, path, status) in [
        (Method::GET, "/api/nothing".to_owned(), 404),
        (Method::GET, "/api".to_owned(), 404),
        (Method::PUT, path.clone(), 405),
        (Method::DELETE, "/api/partner-organisations".to_owned(), 405),
        (Method::GET, format!("{CREATE}/%00"), 404),
        (Method::GET, format!("{CREATE}/%FF"), 404),
        (Method::GET, format!("{path}/user/x"), 404),
        (Method::GET, format!("{path}/subscription/%00"), 404),
        (Method::GET, format!("{path}/subscription/A-S1%27"), 404),
        (Method::GET, format!("{path}/subscriptions?filter=%00%25"), 200),
        (Method::GET, format!("{path}/subscriptions?status=gone"), 400),
        (Method::GET, format!("{path}/subscriptions?customerId=1"), 400),
        (Method::GET, "/api/partner-organisations?filter=%00".to_owned(), 200),
        (Method::GET, "/api/partner-organisations?limit=1&limit=2".to_owned(), 400),
    ] {
        let answer = program.send(method.clone(), &path, &[], None).await;
        assert_eq!(answer.status.as_u16(), status, "{method} {path}: {}", answer.body);
        assert!(answer.json().is_object());
        if status == 405 {
            assert!(!answer.header("allow").is_empty());
        }
    }
    let large = program.post(CREATE, &json!({ "name": "a".repeat(70_000) })).await;
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
    let broken = stream::iter([Ok("{"), Err(std::io::Error::other("broken off"))]);
    let broken = Request::post(CREATE)
        .header("authorization", format!("Bearer {}", program.token))
        .body(Body::from_stream(broken));
    let broken = server.browser().send(broken.unwrap()).await;
    assert_eq!(broken.status, StatusCode::BAD_REQUEST);
    assert_eq!(broken.json()["message"], "The body did not arrive whole.");
    let headers = [("content-type", "text/plain")];
    let other = program.send(Method::POST, CREATE, &headers, None).await;
    assert_eq!(other.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let empty = program.send(Method::POST, CREATE, &[], None).await;
    assert_eq!(empty.status, StatusCode::BAD_REQUEST, "{}", empty.body);
}
