//! What becomes of partner users and partner organisations: names, roles,
//! resets, invitations that expire, and leaving.

use crate::api::{create, of_partner, token_of};
use crate::browser::{
    Answer, Browser, PARTNER_PASSWORD, Server, eventually, server, server_that_mails,
};
use crate::mail::Post;
use crate::selling::{Selling, create_organisation};
use crate::support::Engine;
use crate::two_step;
use axum::http::StatusCode;
use partners_app::domain::{Email, OrganisationId};
use partners_server::store::{drafts, organisations, provisioning, users};
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

on_each_engine!(
    a_new_name_is_everywhere,
    a_reset_password_works_no_longer,
    a_session_opened_before_the_reset_ends_with_it,
    nobody_gets_the_password_of_somebody_active,
    what_has_failed_is_retried_before_a_reset,
    who_chose_a_password_and_never_got_in_is_invited_again,
    who_has_got_in_meanwhile_needs_no_invitation,
    a_disabled_user_is_shut_out_whatever_else_fails,
    two_who_delete_at_once_are_told_apart,
    a_deleted_user_is_told_what_strangers_are,
    a_disabled_user_whose_account_failed_stays_out,
    a_deleted_user_is_gone_and_the_email_is_free,
    an_email_changes_hands_only_once_the_account_is_gone,
    deleting_wants_the_email_typed,
    expired_invitations_are_sent_again_together,
    a_manager_looks_after_colleagues,
    colleagues_learn_nothing_of_the_installation,
    a_member_learns_nothing_of_it,
    a_manager_reaches_nobody_elsewhere,
    the_last_manager_stays,
    a_manager_keeps_their_own_access,
    an_organisation_is_deleted_with_its_people,
    nobody_comes_into_an_organisation_that_is_just_leaving,
    an_organisation_that_sells_stays,
    an_organisation_whose_order_is_not_settled_stays,
);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_leases_waits_for_nobody_on_postgres() {
    let server = server(Engine::Postgres).await;
    let mut admin = server.admin().await;
    let acme = admin.create_organisation("Acme").await;
    server.stop_working().await;
    for email in ["ann@acme.example", "bob@acme.example"] {
        is_ok(&admin.create_user(&acme, email).await);
    }
    let now = server.clock.now();
    let ann = id_of(&mut admin, &acme, "ann@acme.example").await.parse().unwrap();
    let mut holder = server.installation.store.write().await.unwrap();
    users::held(holder.connection(), ann, now).await.unwrap();
    let lease = async || {
        let mut writer = server.installation.store.write().await.unwrap();
        let minute = Duration::from_secs(60);
        let due = provisioning::lease(writer.connection(), now, minute, 10).await.unwrap();
        writer.commit().await.unwrap();
        due.iter().map(|due| due.email.to_string()).collect::<Vec<_>>()
    };
    let leased = tokio::time::timeout(Duration::from_secs(10), lease()).await;
    assert_eq!(leased.expect("it waits"), ["bob@acme.example"]);
    holder.commit().await.unwrap();
    assert_eq!(lease().await, ["ann@acme.example"], "later");
}

/// The ID of the user with this email.
async fn id_of(admin: &mut Browser, organisation: &str, email: &str) -> String {
    let users = admin.users(organisation).await;
    let user = users.iter().find(|user| user["email"] == email).expect("the user");
    user["id"].as_str().unwrap().to_owned()
}

async fn act(browser: &mut Browser, action: &str, fields: &[(&str, &str)]) -> Answer {
    browser.script(&format!("/actions/{action}"), fields).await
}

fn is_ok(answer: &Answer) {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
}

async fn actions_of(admin: &mut Browser, organisation: &str) -> Vec<String> {
    actions(admin, json!({ "organisation": organisation })).await
}

/// What was done, the newest first.
async fn actions(admin: &mut Browser, query: Value) -> Vec<String> {
    let arguments = json!({ "query": query });
    let page = admin.ask("/actions/activity/list", &arguments).await.json();
    let rows = page["rows"].as_array().unwrap().iter();
    rows.map(|row| row["action"].as_str().unwrap().to_owned()).collect()
}

async fn try_to_sign_in(server: &Server, email: &str, password: &str) -> Answer {
    let fields = [("email", email), ("password", password)];
    server.browser().script("/actions/sign-in", &fields).await
}

async fn a_new_name_is_everywhere(engine: Engine) {
    let server = server(engine).await;
    let (acme, mut ann) = server.partner("Acme", "ann@acme.example").await;
    let mut admin = server.admin().await;
    let id = id_of(&mut admin, &acme, "ann@acme.example").await;
    let empty = act(&mut admin, "users/rename", &[("user", &id), ("name", " ")]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", empty.body);
    let renamed = act(&mut admin, "users/rename", &[("user", &id), ("name", "Ann Cooper")]).await;
    is_ok(&renamed);
    assert_eq!(renamed.json()["name"], "Ann Cooper");
    let page = ann.get("/partner").await;
    assert!(page.body.contains("Ann Cooper"), "her open session has it at once");
    assert!(!page.body.contains("Ann Reseller"));
    let page = admin.get(&format!("/settings/profile/partners/{acme}/users/{id}")).await;
    assert!(page.body.contains("Ann Cooper"), "and her page in Settings");
    assert_eq!(actions_of(&mut admin, &acme).await[0], "partner_user.renamed");
}

async fn a_reset_password_works_no_longer(engine: Engine) {
    let server = server(engine).await;
    let (acme, mut ann) = server.partner("Acme", "ann@acme.example").await;
    let mut admin = server.admin().await;
    let id = id_of(&mut admin, &acme, "ann@acme.example").await;
    let reset = act(&mut admin, "users/reset-password", &[("user", &id)]).await;
    is_ok(&reset);
    let temporary = reset.json()["temporary_password"].as_str().expect("a password").to_owned();
    assert!(ann.get("/partner").await.status.is_redirection(), "her session ended at once");
    // The account follows a moment later.
    server.until_reconciled().await;
    let old = try_to_sign_in(&server, "ann@acme.example", PARTNER_PASSWORD).await;
    assert_ne!(old.status, StatusCode::OK, "the old password works no longer");
    let mut browser = server.browser();
    let fields = [("email", "ann@acme.example"), ("password", temporary.as_str())];
    let answer = browser.form("/actions/sign-in", "/sign-in", &fields).await;
    assert_eq!(answer.header("location"), "/sign-in/new-password", "{}", answer.body);

    // An expired one is replaced by the next reset, not by an invitation.
    server.clock.advance(Duration::from_secs(7 * 24 * 60 * 60 + 60));
    let late = try_to_sign_in(&server, "ann@acme.example", &temporary).await;
    assert!(late.body.contains("has expired. Ask your administrator for a new one."));
    let mut admin = server.admin().await;
    is_ok(&act(&mut admin, "users/reset-password", &[("user", &id)]).await);

    admin.create_user(&acme, "bob@acme.example").await;
    admin.until_user_is(&acme, "bob@acme.example", "invited").await;
    let invited = id_of(&mut admin, &acme, "bob@acme.example").await;
    let refused = act(&mut admin, "users/reset-password", &[("user", &invited)]).await;
    assert!(refused.body.contains("Resend the invitation instead"), "{}", refused.body);
}

async fn a_session_opened_before_the_reset_ends_with_it(engine: Engine) {
    let server = server(engine).await;
    let (acme, _) = server.partner("Acme", "ann@acme.example").await;
    let mut admin = server.admin().await;
    let id = id_of(&mut admin, &acme, "ann@acme.example").await;
    server.stop_working().await;
    is_ok(&act(&mut admin, "users/reset-password", &[("user", &id)]).await);
    // The identity provider has not been told yet: the old password still counts.
    let mut ann = server.sign_in("ann@acme.example").await;
    assert_eq!(ann.get("/partner").await.status, StatusCode::OK);
    server.installation.reconciler.reconcile_batch().await.unwrap();
    assert!(ann.get("/partner").await.status.is_redirection(), "it ends with the reset");
    let old = try_to_sign_in(&server, "ann@acme.example", PARTNER_PASSWORD).await;
    assert_ne!(old.status, StatusCode::OK);
}

async fn nobody_gets_the_password_of_somebody_active(engine: Engine) {
    let server = server(engine).await;
    let (acme, mut ann) = server.partner("Acme", "ann@acme.example").await;
    let mut bob = server.user_of(&acme, "bob@acme.example").await;
    let mut admin = server.admin().await;
    let id = id_of(&mut admin, &acme, "bob@acme.example").await;
    let answer = act(&mut ann, "partner/invite-colleague-again", &[("user", &id)]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.body);
    assert!(answer.body.contains("An administrator can reset the password."), "{}", answer.body);
    let answer = act(&mut admin, "users/resend-invitation", &[("user", &id)]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.body);
    assert!(answer.body.contains("Reset the password instead."), "{}", answer.body);
    // A page of invitations that was open for long.
    let answer = act(&mut admin, "users/resend-invitations", &[("users[]", &id)]).await;
    assert_eq!(answer.json()["invited"], json!([]), "{}", answer.body);
    assert!(answer.body.contains("has already signed in"), "{}", answer.body);
    let page = admin.get(&format!("/settings/profile/partners/{acme}")).await.body;
    assert!(page.contains("bob@acme.example") && !page.contains("Resend invitation"));
    assert!(!ann.get("/partner/colleagues").await.body.contains("Resend invitation"));
    assert_eq!(bob.get("/partner").await.status, StatusCode::OK, "nothing happened to him");
    server.sign_in("bob@acme.example").await;
    let done = actions_of(&mut admin, &acme).await;
    assert!(!done.iter().any(|action| action == "partner_user.invited_again"), "{done:?}");
}

/// Has the last change of everybody who is due fail for good.
async fn fail_for_good(server: &Server) {
    let now = server.clock.now();
    let mut writer = server.installation.store.write().await.unwrap();
    let minute = Duration::from_secs(60);
    let due = provisioning::lease(writer.connection(), now, minute, 10).await.unwrap();
    assert!(!due.is_empty());
    for due in &due {
        let why = "The pool refuses.";
        provisioning::postponed(writer.connection(), due, why, None).await.unwrap();
    }
    writer.commit().await.unwrap();
}

async fn what_has_failed_is_retried_before_a_reset(engine: Engine) {
    let server = server(engine).await;
    let (acme, _) = server.partner("Acme", "ann@acme.example").await;
    let mut admin = server.admin().await;
    let ann = id_of(&mut admin, &acme, "ann@acme.example").await;
    server.stop_working().await;
    is_ok(&act(&mut admin, "users/rename", &[("user", &ann), ("name", "Ann Cooper")]).await);
    is_ok(&admin.create_user(&acme, "bob@acme.example").await);
    fail_for_good(&server).await;
    let refused = act(&mut admin, "users/reset-password", &[("user", &ann)]).await;
    assert!(refused.body.contains("Retry it first."), "{}", refused.body);
    let own = admin.get(&format!("/settings/profile/partners/{acme}/users/{ann}")).await.body;
    for words in ["The pool refuses.", ">Retry<", "Remove two-step sign-in"] {
        assert!(own.contains(words), "{words} is missing in {own}");
    }
    assert!(!own.contains("There is no"), "{own}");
    let bob = id_of(&mut admin, &acme, "bob@acme.example").await;
    let own = admin.get(&format!("/settings/profile/partners/{acme}/users/{bob}")).await.body;
    assert!(own.contains("The pool refuses.") && own.contains(">Retry<"), "{own}");
    // Whoever has never signed in may be invited again, which tries anew.
    let page = admin.get(&format!("/settings/profile/partners/{acme}")).await.body;
    assert_eq!(page.matches("Resend invitation").count(), 1, "Bob’s menu has it");
    let invited = act(&mut admin, "users/resend-invitation", &[("user", &bob)]).await.json();
    assert_eq!(invited["user"]["status"], json!({ "setting_up": { "waiting_for": null } }));
    assert!(invited["temporary_password"].is_string());
}

/// Ann of Acme, who has to sign in in two steps, has chosen a password and not
/// set an app up: the organisation, her ID, and her browser on the page for it.
async fn who_stopped_at_the_set_up(server: &Server, post: &Post) -> (String, String, Browser) {
    let mut admin = server.admin().await;
    let acme = admin.create_organisation("Acme").await;
    let fields = [("organisation", acme.as_str()), ("required", "true")];
    is_ok(&act(&mut admin, "two-step/set-of-organisation", &fields).await);
    is_ok(&admin.create_user(&acme, "ann@acme.example").await);
    admin.until_user_is(&acme, "ann@acme.example", "invited").await;
    let id = id_of(&mut admin, &acme, "ann@acme.example").await;
    let temporary = post.temporary_password(1).await;
    let ann = choose_a_password(server, &temporary, PARTNER_PASSWORD).await;
    (acme, id, ann)
}

/// Ann signs in with a temporary password and chooses one, as far as the set-up.
async fn choose_a_password(server: &Server, temporary: &str, password: &str) -> Browser {
    let mut ann = server.browser();
    let fields = [("email", "ann@acme.example"), ("password", temporary)];
    let answer = ann.form("/actions/sign-in", "/sign-in", &fields).await;
    assert_eq!(answer.header("location"), "/sign-in/new-password", "{}", answer.body);
    let fields = [("new_password", password)];
    let answer = ann.form("/actions/set-first-password", "/sign-in/new-password", &fields).await;
    assert_eq!(answer.header("location"), "/sign-in/set-up", "{}", answer.body);
    ann
}

async fn who_chose_a_password_and_never_got_in_is_invited_again(engine: Engine) {
    let post = Post::start().await;
    let server = server_that_mails(engine, post.mailer()).await;
    let (acme, id, mut before) = who_stopped_at_the_set_up(&server, &post).await;
    server.stop_working().await;
    let mut admin = server.admin().await;
    is_ok(&act(&mut admin, "users/resend-invitation", &[("user", &id)]).await);
    server.installation.reconciler.catch_up().await.unwrap();
    assert_eq!(admin.users(&acme).await[0]["status"], "invited");
    let temporary = post.temporary_password(2).await;
    let old = try_to_sign_in(&server, "ann@acme.example", PARTNER_PASSWORD).await;
    assert_ne!(old.status, StatusCode::OK, "what waited for the old one is over");
    two_step::fails_to_set_up(&server, &mut before).await;

    let mut ann = choose_a_password(&server, &temporary, "another fine password").await;
    two_step::set_up(&server, &mut ann).await;
    assert_eq!(ann.get("/partner").await.status, StatusCode::OK);
    assert_eq!(admin.users(&acme).await[0]["status"], "active");
    is_ok(&act(&mut admin, "users/reset-password", &[("user", &id)]).await);
}

async fn who_has_got_in_meanwhile_needs_no_invitation(engine: Engine) {
    let post = Post::start().await;
    let server = server_that_mails(engine, post.mailer()).await;
    let (acme, id, mut ann) = who_stopped_at_the_set_up(&server, &post).await;
    server.stop_working().await;
    let mut admin = server.admin().await;
    is_ok(&act(&mut admin, "users/resend-invitation", &[("user", &id)]).await);
    two_step::set_up(&server, &mut ann).await;
    server.installation.reconciler.catch_up().await.unwrap();
    assert_eq!(admin.users(&acme).await[0]["status"], "active");
    assert_eq!(post.count(), 1, "nothing more is mailed");
    assert_eq!(ann.get("/partner").await.status, StatusCode::OK, "she stays signed in");
}

async fn a_disabled_user_is_shut_out_whatever_else_fails(engine: Engine) {
    let post = Post::start().await;
    let server = server_that_mails(engine, post.mailer()).await;
    let mut admin = server.admin().await;
    let acme = admin.create_organisation("Acme").await;
    is_ok(&admin.create_user(&acme, "ann@acme.example").await);
    let id = id_of(&mut admin, &acme, "ann@acme.example").await;
    post.temporary_password(1).await;
    server.stop_working().await;
    is_ok(&act(&mut admin, "users/resend-invitation", &[("user", &id)]).await);
    is_ok(&act(&mut admin, "users/set-enabled", &[("user", &id), ("enabled", "false")]).await);
    post.close();
    server.installation.reconciler.reconcile_batch().await.unwrap();
    let email = Email::parse("ann@acme.example").unwrap();
    let account = server.installation.identity.find(&email).await.unwrap().unwrap();
    assert!(!account.enabled, "though no mail could be sent");
}

async fn two_who_delete_at_once_are_told_apart(engine: Engine) {
    let server = server(engine).await;
    let (acme, _) = server.partner("Acme", "ann@acme.example").await;
    let mut admin = server.admin().await;
    let id = id_of(&mut admin, &acme, "ann@acme.example").await;
    let fields = [("user", id.as_str()), ("confirmation", "ann@acme.example")];
    let (mut one, mut other) = (admin.clone(), admin.clone());
    let (first, second) = tokio::join!(
        act(&mut one, "users/delete", &fields),
        act(&mut other, "users/delete", &fields)
    );
    let mut statuses = [first.status, second.status];
    statuses.sort();
    assert_eq!(statuses, [StatusCode::OK, StatusCode::NOT_FOUND]);
    suspend(&mut admin, &acme).await;
    let (first, second) =
        tokio::join!(delete(&mut one, &acme, "Acme"), delete(&mut other, &acme, "Acme"));
    let mut statuses = [first.status, second.status];
    statuses.sort();
    assert_eq!(statuses, [StatusCode::OK, StatusCode::NOT_FOUND], "{}", second.body);
    let done = actions(&mut admin, json!({})).await;
    for action in ["partner_user.deleted", "organisation.deleted"] {
        assert_eq!(done.iter().filter(|one| *one == action).count(), 1, "{done:?}");
    }
}

async fn a_deleted_user_is_told_what_strangers_are(engine: Engine) {
    let server = server(engine).await;
    let (acme, _) = server.partner("Acme", "ann@acme.example").await;
    let mut admin = server.admin().await;
    let id = id_of(&mut admin, &acme, "ann@acme.example").await;
    server.stop_working().await;
    let fields = [("user", id.as_str()), ("confirmation", "ann@acme.example")];
    is_ok(&act(&mut admin, "users/delete", &fields).await);
    // The account is there until the identity provider has parted with it.
    let refused = try_to_sign_in(&server, "ann@acme.example", PARTNER_PASSWORD).await;
    assert!(refused.body.contains("or the password is wrong"), "{}", refused.body);
}

async fn a_disabled_user_whose_account_failed_stays_out(engine: Engine) {
    let server = server(engine).await;
    let (acme, _) = server.partner("Acme", "ann@acme.example").await;
    let mut admin = server.admin().await;
    let id = id_of(&mut admin, &acme, "ann@acme.example").await;
    server.stop_working().await;
    is_ok(&act(&mut admin, "users/set-enabled", &[("user", &id), ("enabled", "false")]).await);
    let before = admin.users(&acme).await[0]["last_sign_in_at"].clone();
    fail_for_good(&server).await;
    server.clock.advance(Duration::from_secs(60));
    let refused = try_to_sign_in(&server, "ann@acme.example", PARTNER_PASSWORD).await;
    assert!(refused.body.contains("or the password is wrong"), "{}", refused.body);
    let ann = admin.users(&acme).await.remove(0);
    assert_eq!(ann["status"], json!({ "failed": { "reason": "The pool refuses." } }));
    assert_eq!(ann["last_sign_in_at"], before, "they have not signed in");
}

async fn a_deleted_user_is_gone_and_the_email_is_free(engine: Engine) {
    let server = server(engine).await;
    let (acme, mut ann) = server.partner("Acme", "ann@acme.example").await;
    let mut admin = server.admin().await;
    let borealis = admin.create_organisation("Borealis").await;
    let id = id_of(&mut admin, &acme, "ann@acme.example").await;
    let fields = [("user", id.as_str()), ("confirmation", " Ann@Acme.example ")];
    let deleted = act(&mut admin, "users/delete", &fields).await;
    is_ok(&deleted);
    assert_eq!(deleted.header("location"), format!("/settings/profile/partners/{acme}"));
    assert!(ann.get("/partner").await.status.is_redirection(), "her session ended at once");
    assert!(admin.users(&acme).await.is_empty());
    let again = act(&mut admin, "users/delete", &fields).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);

    // Somebody else's from now on, and with another password.
    let created = admin.create_user(&borealis, "ann@acme.example").await;
    is_ok(&created);
    let temporary = created.json()["temporary_password"].as_str().unwrap().to_owned();
    admin.until_user_is(&borealis, "ann@acme.example", "invited").await;
    is_ok(&try_to_sign_in(&server, "ann@acme.example", &temporary).await);
    assert_ne!(
        try_to_sign_in(&server, "ann@acme.example", PARTNER_PASSWORD).await.status,
        StatusCode::OK
    );

    let activity = admin.get(&format!("/settings/profile/partners/{acme}/activity")).await.body;
    assert!(activity.contains("Deleted the partner user"), "the trail says so");
    assert!(activity.contains("Ann Reseller"), "and keeps the name");
    let found = admin.get("/settings/profile/partners?q=ann%40acme").await.body;
    assert!(found.contains("Borealis") && !found.contains(">Acme<"), "the search follows");
}

async fn an_email_changes_hands_only_once_the_account_is_gone(engine: Engine) {
    let server = server(engine).await;
    let (acme, _) = server.partner("Acme", "ann@acme.example").await;
    let mut admin = server.admin().await;
    let id = id_of(&mut admin, &acme, "ann@acme.example").await;
    let fields = [("user", id.as_str()), ("confirmation", "ann@acme.example")];
    is_ok(&act(&mut admin, "users/delete", &fields).await);
    // In the same organisation the old account would be taken for the new one.
    let created = admin.create_user(&acme, "ann@acme.example").await;
    is_ok(&created);
    let temporary = created.json()["temporary_password"].as_str().unwrap().to_owned();
    admin.until_user_is(&acme, "ann@acme.example", "invited").await;
    let mut browser = server.browser();
    let fields = [("email", "ann@acme.example"), ("password", temporary.as_str())];
    let answer = browser.form("/actions/sign-in", "/sign-in", &fields).await;
    assert_eq!(answer.header("location"), "/sign-in/new-password", "{}", answer.body);
}

async fn deleting_wants_the_email_typed(engine: Engine) {
    let server = server(engine).await;
    let (acme, _) = server.partner("Acme", "ann@acme.example").await;
    let mut admin = server.admin().await;
    let id = id_of(&mut admin, &acme, "ann@acme.example").await;
    for typed in ["", "ann", "bob@acme.example"] {
        let fields = [("user", id.as_str()), ("confirmation", typed)];
        let answer = act(&mut admin, "users/delete", &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}");
        assert!(answer.body.contains("Type “ann@acme.example” to confirm."), "{}", answer.body);
    }
    assert_eq!(admin.users(&acme).await.len(), 1);
}

async fn expired_invitations_are_sent_again_together(engine: Engine) {
    let server = server(engine).await;
    let mut admin = server.admin().await;
    let acme = admin.create_organisation("Acme").await;
    let borealis = admin.create_organisation("Borealis").await;
    for (organisation, email) in
        [(&acme, "ann@acme.example"), (&acme, "bob@acme.example"), (&borealis, "cy@b.example")]
    {
        is_ok(&admin.create_user(organisation, email).await);
        admin.until_user_is(organisation, email, "invited").await;
    }
    let expired = admin.ask("/actions/users/expired-invitations", &json!({})).await.json();
    assert_eq!(expired, json!([]), "nobody has yet");
    server.clock.advance(Duration::from_secs(7 * 24 * 60 * 60 + 60));
    let mut admin = server.admin().await;
    assert_eq!(admin.users(&acme).await[0]["status"], "invitation_expired");
    let page = admin.get("/settings/invitations").await.body;
    for email in ["ann@acme.example", "bob@acme.example", "cy@b.example"] {
        assert!(page.contains(email), "{email} is listed");
    }
    let expired = admin.ask("/actions/users/expired-invitations", &json!({})).await.json();
    let ids: Vec<&str> =
        expired.as_array().unwrap().iter().map(|one| one["user"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 3);
    let nobody = Uuid::now_v7().to_string();
    let fields = [("users[]", ids[0]), ("users[]", ids[1]), ("users[]", &nobody)];
    let resent = act(&mut admin, "users/resend-invitations", &fields).await;
    is_ok(&resent);
    let resent = resent.json();
    assert_eq!(resent["invited"].as_array().unwrap().len(), 2);
    assert_eq!(resent["left_out"], json!(["One of them has been deleted meanwhile."]));
    let passwords = resent["invited"].as_array().unwrap().iter();
    assert!(passwords.map(|one| &one["temporary_password"]).all(Value::is_string));
    // At once: the page would offer to replace the passwords that it has just shown.
    let left = admin.ask("/actions/users/expired-invitations", &json!({})).await.json();
    assert_eq!(left.as_array().unwrap().len(), 1, "{left}");
    let none = act(&mut admin, "users/resend-invitations", &[]).await;
    assert!(none.body.contains("Choose at least one invitation."), "{}", none.body);
}

async fn a_manager_looks_after_colleagues(engine: Engine) {
    let server = server(engine).await;
    let (acme, mut ann) = server.partner("Acme", "ann@acme.example").await;
    let mut admin = server.admin().await;
    assert_eq!(admin.users(&acme).await[0]["role"], "manager", "the first one is a manager");
    let key = Uuid::now_v7().to_string();
    let fields = [
        ("creation_key", key.as_str()),
        ("name", "Bob Reseller"),
        ("email", "bob@acme.example"),
        ("role", "member"),
    ];
    let invited = act(&mut ann, "partner/invite-colleague", &fields).await;
    is_ok(&invited);
    assert!(invited.json()["temporary_password"].is_string());
    let twice = act(&mut ann, "partner/invite-colleague", &fields).await;
    is_ok(&twice);
    assert_eq!(admin.users(&acme).await.len(), 2, "sent twice, invited once");
    let bob = id_of(&mut admin, &acme, "bob@acme.example").await;
    let page = ann.get("/partner/colleagues").await;
    is_ok(&page);
    assert!(page.body.contains("bob@acme.example"));

    for (enabled, status) in [("false", "disabled"), ("true", "invited")] {
        let fields = [("user", bob.as_str()), ("enabled", enabled)];
        is_ok(&act(&mut ann, "partner/set-colleague-enabled", &fields).await);
        admin.until_user_is(&acme, "bob@acme.example", status).await;
    }
    let again = act(&mut ann, "partner/invite-colleague-again", &[("user", &bob)]).await;
    is_ok(&again);
    let fields = [("user", bob.as_str()), ("role", "manager")];
    let promoted = act(&mut ann, "partner/set-colleague-role", &fields).await;
    assert_eq!(promoted.json()["role"], "manager");

    let arguments = json!({ "query": { "organisation": acme, "actor": "partner_user" } });
    let page = admin.ask("/actions/activity/list", &arguments).await.json();
    let by: Vec<_> = page["rows"].as_array().unwrap().iter().map(|row| &row["action"]).collect();
    for action in ["partner_user.created", "partner_user.disabled", "partner_user.role_changed"] {
        assert!(by.iter().any(|done| *done == action), "{action} is hers: {by:?}");
    }
}

async fn colleagues_learn_nothing_of_the_installation(engine: Engine) {
    const WHY: &str = "The pool refuses.";
    let server = server(engine).await;
    let (acme, mut ann) = server.partner("Acme", "ann@acme.example").await;
    let mut bob = server.user_of(&acme, "bob@acme.example").await;
    let mut admin = server.admin().await;
    server.stop_working().await;
    is_ok(&admin.create_user(&acme, "cem@acme.example").await);
    let bob_id = id_of(&mut admin, &acme, "bob@acme.example").await;
    is_ok(&act(&mut admin, "users/rename", &[("user", &bob_id), ("name", "Bob")]).await);
    fail_for_good(&server).await;
    assert_eq!(admin.users(&acme).await[2]["status"], json!({ "failed": { "reason": WHY } }));
    let role = [("user", bob_id.as_str()), ("role", "manager")];
    let answers = [
        ann.ask("/actions/partner/team", &json!({})).await,
        ann.get("/partner/colleagues").await,
        bob.ask("/actions/partner/home", &json!({})).await,
        bob.get("/partner").await,
        act(&mut ann, "partner/set-colleague-role", &role).await,
    ];
    for answer in answers {
        is_ok(&answer);
        assert!(!answer.body.contains(WHY), "{}", answer.body);
    }
    let page = ann.get("/partner/colleagues").await.body;
    assert!(page.contains("The account could not be set up. Ask an administrator."), "{page}");
    assert_eq!(page.matches("Resend invitation").count(), 1, "Cem’s alone: Bob has signed in");
    let cem = id_of(&mut admin, &acme, "cem@acme.example").await;
    is_ok(&act(&mut ann, "partner/invite-colleague-again", &[("user", &cem)]).await);
}

async fn a_member_learns_nothing_of_it(engine: Engine) {
    let server = server(engine).await;
    let (acme, _) = server.partner("Acme", "ann@acme.example").await;
    let mut bob = server.user_of(&acme, "bob@acme.example").await;
    let home = bob.get("/partner").await;
    assert!(!home.body.contains("Manage colleagues"));
    assert_eq!(bob.ask("/actions/partner/team", &json!({})).await.status, StatusCode::NOT_FOUND);
    let mut admin = server.admin().await;
    let ann = id_of(&mut admin, &acme, "ann@acme.example").await;
    for (action, fields) in [
        ("partner/set-colleague-enabled", [("user", ann.as_str()), ("enabled", "false")]),
        ("partner/set-colleague-role", [("user", ann.as_str()), ("role", "member")]),
    ] {
        assert_eq!(act(&mut bob, action, &fields).await.status, StatusCode::NOT_FOUND);
    }
    // Made a manager, the session he has may do it.
    let bob_id = id_of(&mut admin, &acme, "bob@acme.example").await;
    is_ok(&act(&mut admin, "users/set-role", &[("user", &bob_id), ("role", "manager")]).await);
    assert!(bob.get("/partner").await.body.contains("Manage colleagues"));
}

async fn a_manager_reaches_nobody_elsewhere(engine: Engine) {
    let server = server(engine).await;
    let (_, mut ann) = server.partner("Acme", "ann@acme.example").await;
    let (borealis, _) = server.partner("Borealis", "bob@borealis.example").await;
    let mut admin = server.admin().await;
    let bob = id_of(&mut admin, &borealis, "bob@borealis.example").await;
    let nobody = Uuid::now_v7().to_string();
    for (action, field) in [
        ("partner/set-colleague-enabled", ("enabled", "false")),
        ("partner/set-colleague-role", ("role", "member")),
        ("partner/invite-colleague-again", ("x", "")),
    ] {
        let foreign = act(&mut ann, action, &[("user", &bob), field]).await;
        let unknown = act(&mut ann, action, &[("user", &nobody), field]).await;
        assert_eq!(foreign.status, StatusCode::NOT_FOUND, "{action}");
        assert_eq!(foreign.body, unknown.body, "{action}");
    }
    let key = Uuid::now_v7().to_string();
    let fields = [("creation_key", key.as_str()), ("name", "B"), ("email", "bob@borealis.example")];
    let taken = act(&mut ann, "partner/invite-colleague", &fields).await;
    assert_eq!(taken.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!taken.body.contains("Borealis"), "{}", taken.body);
    assert_eq!(admin.users(&borealis).await[0]["status"], "active");
}

async fn the_last_manager_stays(engine: Engine) {
    let server = server(engine).await;
    let (acme, mut ann) = server.partner("Acme", "ann@acme.example").await;
    let mut admin = server.admin().await;
    let ann_id = id_of(&mut admin, &acme, "ann@acme.example").await;
    let refused = act(&mut admin, "users/set-role", &[("user", &ann_id), ("role", "member")]).await;
    assert!(refused.body.contains("Create another user who is one first."), "{}", refused.body);
    let mut bob = server.user_of(&acme, "bob@acme.example").await;
    let bob_id = id_of(&mut admin, &acme, "bob@acme.example").await;
    let refusals = [
        act(&mut ann, "partner/set-colleague-enabled", &[("user", &ann_id), ("enabled", "false")])
            .await,
        act(&mut ann, "partner/set-colleague-role", &[("user", &ann_id), ("role", "member")]).await,
        act(&mut admin, "users/set-role", &[("user", &ann_id), ("role", "member")]).await,
        act(&mut admin, "users/delete", &[("user", &ann_id), ("confirmation", "ann@acme.example")])
            .await,
    ];
    for refused in refusals {
        assert!(refused.body.contains("is the only manager"), "{}", refused.body);
    }
    // Two managers who shut each other out at the same moment: one stays.
    is_ok(&act(&mut admin, "users/set-role", &[("user", &bob_id), ("role", "manager")]).await);
    let of_ann = [("user", ann_id.as_str()), ("role", "member")];
    let of_bob = [("user", bob_id.as_str()), ("role", "member")];
    let (one, other) = tokio::join!(
        act(&mut ann, "partner/set-colleague-role", &of_bob),
        act(&mut bob, "partner/set-colleague-role", &of_ann),
    );
    let done = [&one, &other].into_iter().filter(|answer| answer.status == StatusCode::OK);
    assert_eq!(done.count(), 1, "{} {}", one.body, other.body);
    let managers = admin.users(&acme).await;
    assert_eq!(managers.iter().filter(|user| user["role"] == "manager").count(), 1);
    // An admin may lock anybody out, and delete the last one of all.
    let manager = managers.iter().find(|user| user["role"] == "manager").unwrap();
    let member = managers.iter().find(|user| user["role"] == "member").unwrap();
    for user in [member, manager] {
        let fields = [
            ("user", user["id"].as_str().unwrap()),
            ("confirmation", user["email"].as_str().unwrap()),
        ];
        is_ok(&act(&mut admin, "users/delete", &fields).await);
    }
}

async fn a_manager_keeps_their_own_access(engine: Engine) {
    let server = server(engine).await;
    let (acme, mut ann) = server.partner("Acme", "ann@acme.example").await;
    server.user_of(&acme, "bob@acme.example").await;
    let mut admin = server.admin().await;
    let id = id_of(&mut admin, &acme, "ann@acme.example").await;
    let bob = id_of(&mut admin, &acme, "bob@acme.example").await;
    is_ok(
        &act(&mut ann, "partner/set-colleague-role", &[("user", &bob), ("role", "manager")]).await,
    );
    for (action, field) in [
        ("partner/set-colleague-role", ("role", "member")),
        ("partner/set-colleague-enabled", ("enabled", "false")),
    ] {
        let refused = act(&mut ann, action, &[("user", &id), field]).await;
        assert!(refused.body.contains("You cannot change your own access."), "{}", refused.body);
    }
    let page = ann.get("/partner/colleagues").await;
    is_ok(&page);
    assert!(page.body.contains("Make member: Ann Reseller"), "Bob’s, who is called the same");
    assert_eq!(page.body.matches("aria-label=\"Make member: ").count(), 1, "and not hers");
    // Another manager may.
    let mut bob = server.sign_in("bob@acme.example").await;
    is_ok(&act(&mut bob, "partner/set-colleague-role", &[("user", &id), ("role", "member")]).await);
}

async fn delete(admin: &mut Browser, organisation: &str, typed: &str) -> Answer {
    let fields = [("organisation", organisation), ("confirmation", typed)];
    act(admin, "organisations/delete", &fields).await
}

async fn suspend(admin: &mut Browser, organisation: &str) {
    let fields = [("organisation", organisation), ("suspended", "true")];
    is_ok(&act(admin, "organisations/set-suspended", &fields).await);
}

async fn an_organisation_is_deleted_with_its_people(engine: Engine) {
    let server = server(engine).await;
    let (acme, _) = server.partner("Acme", "ann@acme.example").await;
    let mut admin = server.admin().await;
    let credentials = create(&server, &of_partner(&acme)).await;
    assert_eq!(token_of(&server, &credentials).await.status, StatusCode::OK);
    let active = delete(&mut admin, &acme, "Acme").await;
    assert!(active.body.contains("Acme is active. Suspend it first."), "{}", active.body);
    suspend(&mut admin, &acme).await;
    let untyped = delete(&mut admin, &acme, "Acne").await;
    assert!(untyped.body.contains("Type “Acme” to confirm."), "{}", untyped.body);
    let deleted = delete(&mut admin, &acme, "acme").await;
    is_ok(&deleted);
    assert_eq!(deleted.header("location"), "/settings/profile/partners");

    let page = admin.get(&format!("/settings/profile/partners/{acme}")).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    for search in ["", "?q=acme"] {
        let table = admin.get(&format!("/settings/profile/partners{search}")).await.body;
        assert!(!table.contains(&acme), "it is in no table");
    }
    assert!(!admin.get("/settings/profile/partners/export").await.body.contains(&acme));
    let reactivated = act(
        &mut admin,
        "organisations/set-suspended",
        &[("organisation", &acme), ("suspended", "false")],
    )
    .await;
    assert_eq!(reactivated.status, StatusCode::NOT_FOUND);
    // What was done to it, its people and its programs can still be read.
    let trail = admin.get(&format!("/settings/activity?organisation={acme}")).await.body;
    for words in [
        "Deleted the partner organisation",
        "Deleted the partner user",
        "Revoked the API client",
        "Created the partner organisation",
    ] {
        assert!(trail.contains(words), "{words} is missing in {trail}");
    }
    assert_eq!(token_of(&server, &credentials).await.status, StatusCode::UNAUTHORIZED);
    assert_ne!(
        try_to_sign_in(&server, "ann@acme.example", PARTNER_PASSWORD).await.status,
        StatusCode::OK
    );
    let activity = admin.get("/settings/activity").await.body;
    assert!(activity.contains("Deleted the partner organisation"), "the trail stays");
    let done = actions(&mut admin, json!({})).await;
    assert_eq!(
        done[..3],
        ["organisation.deleted", "api_client.revoked", "partner_user.deleted"],
        "and names her, and her program"
    );
    // Name, account and email are free.
    let again = admin.create_organisation("Acme").await;
    is_ok(&admin.create_user(&again, "ann@acme.example").await);
}

async fn nobody_comes_into_an_organisation_that_is_just_leaving(engine: Engine) {
    let server = server(engine).await;
    let mut admin = server.admin().await;
    let acme = admin.create_organisation("Acme").await;
    server.stop_working().await;
    let id: OrganisationId = acme.parse().unwrap();
    let mut writer = server.installation.store.write().await.unwrap();
    drafts::take_turn(writer.connection(), id).await.unwrap();
    let mut other = admin.clone();
    let organisation = acme.clone();
    let creation =
        tokio::spawn(async move { other.create_user(&organisation, "ann@acme.example").await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    organisations::delete(writer.connection(), id, server.clock.now()).await.unwrap();
    writer.commit().await.unwrap();
    let refused = creation.await.unwrap();
    assert_eq!(refused.status, StatusCode::NOT_FOUND, "{}", refused.body);
    let mut reader = server.installation.store.read().await.unwrap();
    let users = users::of_organisation(reader.connection(), id, server.clock.now()).await.unwrap();
    assert_eq!(users, []);
}

async fn an_organisation_whose_order_is_not_settled_stays(engine: Engine) {
    let mut it = Selling::start(engine, "partner").await;
    let (organisation, order) = (it.organisation.clone(), it.draft(&[]).await);
    it.sandbox.write(|state| state.tenant.owner_transfer = false);
    it.place(&order).await;
    it.settled(&order).await;
    suspend(&mut it.admin, &organisation).await;
    let refused = delete(&mut it.admin, &organisation, "Nordlicht").await;
    assert!(refused.body.contains("orders that are not settled yet (1)"), "{}", refused.body);
}

async fn an_organisation_that_sells_stays(engine: Engine) {
    let mut it = Selling::start(engine, "partner").await;
    let organisation = it.organisation.clone();
    it.buy(&[]).await;
    suspend(&mut it.admin, &organisation).await;
    let refused = eventually("Zuora has been read", async || {
        let refused = delete(&mut it.admin, &organisation, "Nordlicht").await;
        refused.body.contains("subscriptions").then_some(refused)
    })
    .await;
    assert!(refused.body.contains("subscriptions that have not ended (1)"), "{}", refused.body);

    // One that never sold anything goes once Zuora has said so.
    let other = create_organisation(&mut it.admin, "Sundgau", "end_customer").await;
    suspend(&mut it.admin, &other).await;
    eventually("it goes", async || {
        let deleted = delete(&mut it.admin, &other, "Sundgau").await;
        if deleted.status == StatusCode::OK {
            return Some(());
        }
        assert!(deleted.body.contains("Zuora has not answered"), "{}", deleted.body);
        None
    })
    .await;
}
