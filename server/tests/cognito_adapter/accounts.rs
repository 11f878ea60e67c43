//! Making, finding, inviting, enabling.

use crate::change::some_change;
use crate::responder::{Reply, Responder, created, groups, refuse, user};
use crate::signer::{ORGANISATION, SUB};
use crate::support::{Engine, database};
use partners_app::domain::{Email, PersonName};
use partners_server::admins::Admins;
use partners_server::clock::Clock;
use partners_server::config::FirstAdmin;
use partners_server::first_admin::{Made, ensure};
use partners_server::identity::{
    ExistingAdmin, Identity, IdentityError, NewAccount, Role, Subject,
};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

fn email() -> Email {
    Email::parse("Ann@ACME.example").expect("an address")
}

fn name() -> PersonName {
    PersonName::parse("Ann Example").expect("a name")
}

fn ann() -> NewAccount {
    let role = Role::Partner(ORGANISATION.parse().expect("an ID"));
    NewAccount { email: email(), name: name(), role, handed_over: None }
}

fn subject() -> Subject {
    Subject(SUB.to_owned())
}

fn exists() -> Reply {
    refuse("UsernameExistsException", "User account already exists")
}

fn attribute<'a>(body: &'a Value, name: &str) -> Option<&'a str> {
    let attributes = body["UserAttributes"].as_array()?;
    attributes.iter().find(|known| known["Name"] == name)?["Value"].as_str()
}

/// The pool already has an account for the address: this one, in these groups.
async fn pool_with(existing: Value, memberships: &'static [&'static str]) -> Responder {
    Responder::start(move |call| match call.operation.as_str() {
        "AdminCreateUser" => exists(),
        "AdminGetUser" => existing.clone().into(),
        "AdminListGroupsForUser" => groups(memberships).into(),
        _ => json!({}).into(),
    })
    .await
}

#[tokio::test]
async fn an_account_is_made_invited_by_email_and_put_in_its_group() {
    let responder = Responder::start(|call| match call.operation.as_str() {
        "AdminCreateUser" => created().into(),
        _ => json!({}).into(),
    })
    .await;
    let made = responder.provider().await.provision(&ann()).await.expect("made");
    assert_eq!(made.subject, subject());
    let body = responder.only("AdminCreateUser").body;
    assert_eq!(body["Username"], "ann@acme.example");
    assert_eq!(body["DesiredDeliveryMediums"], json!(["EMAIL"]));
    assert_eq!(body.get("MessageAction"), None);
    assert_eq!(attribute(&body, "email"), Some("ann@acme.example"));
    assert_eq!(attribute(&body, "email_verified"), Some("true"));
    assert_eq!(attribute(&body, "name"), Some("Ann Example"));
    assert_eq!(attribute(&body, "custom:partner_org"), Some(ORGANISATION));
    let body = responder.only("AdminAddUserToGroup").body;
    assert_eq!((&body["GroupName"], &body["Username"]), (&json!("partners"), &json!(SUB)));
}

#[tokio::test]
async fn after_a_lost_answer_the_account_is_found_not_made_again() {
    let responder = Responder::start(|call| match (call.operation.as_str(), call.before) {
        ("AdminCreateUser", 0) => Reply::Late(Duration::from_secs(3), Box::new(created().into())),
        ("AdminCreateUser", _) => exists(),
        ("AdminGetUser", _) => user(json!({})).into(),
        ("AdminListGroupsForUser", _) => groups(&[]).into(),
        _ => json!({}).into(),
    })
    .await;
    let provider = responder.impatient_provider().await;
    let made = provider.provision(&ann()).await.expect("adopted");
    assert_eq!(made.subject, subject());
    assert_eq!(responder.only("AdminAddUserToGroup").body["GroupName"], "partners");
    assert!(!responder.operations().contains(&"AdminEnableUser".to_owned()));
}

#[tokio::test]
async fn an_account_of_ours_that_was_disabled_is_enabled() {
    let responder = pool_with(user(json!({ "Enabled": false })), &["partners"]).await;
    responder.provider().await.provision(&ann()).await.expect("adopted");
    assert_eq!(responder.only("AdminEnableUser").body["Username"], SUB);
}

#[tokio::test]
async fn somebody_elses_account_is_never_taken_over() {
    let other = "01890000-0000-7000-8000-000000000002";
    let cases: [(Value, &'static [&'static str]); 6] = [
        (json!({ "custom:partner_org": other }), &["partners"]),
        (json!({ "custom:partner_org": null }), &[]),
        (json!({ "custom:partner_org": "" }), &[]),
        (json!({ "custom:partner_org": "admins" }), &["admins"]),
        // The same address in another case, in a pool that keeps case.
        (json!({ "custom:partner_org": other, "email": "Ann@Acme.example" }), &["partners"]),
        // An admin, whatever the attribute says.
        (json!({}), &["admins"]),
    ];
    for (attributes, memberships) in cases {
        let responder = pool_with(user(json!({ "attributes": attributes })), memberships).await;
        let answer = responder.provider().await.provision(&ann()).await;
        assert_eq!(answer, Err(IdentityError::EmailTaken), "{attributes}");
        let operations = responder.operations();
        let changes = ["AdminAddUserToGroup", "AdminEnableUser", "AdminSetUserPassword"];
        assert!(!operations.iter().any(|done| changes.contains(&done.as_str())), "{operations:?}");
    }
}

#[tokio::test]
async fn an_admin_is_completed_only_where_it_is_ours() {
    let cases: [(Value, &'static [&'static str], bool); 5] = [
        // In the group already.
        (json!({ "attributes": { "custom:partner_org": null } }), &["admins"], true),
        // Made by us, cut short before it was in the group.
        (json!({ "attributes": { "custom:partner_org": "admins" } }), &[], true),
        // Taken out of the group by somebody.
        (
            json!({
                "attributes": { "custom:partner_org": "admins" }, "UserStatus": "CONFIRMED",
            }),
            &[],
            false,
        ),
        (json!({ "attributes": { "custom:partner_org": null } }), &[], false),
        (json!({}), &["admins", "partners"], false),
    ];
    for (existing, memberships, accepted) in cases {
        let responder = Responder::start({
            let existing = user(existing.clone());
            move |call| match call.operation.as_str() {
                "DescribeUserPool" => json!({ "UserPool": {} }).into(),
                "AdminCreateUser" => exists(),
                "AdminGetUser" => existing.clone().into(),
                "AdminListGroupsForUser" => groups(memberships).into(),
                _ => json!({}).into(),
            }
        })
        .await;
        let password = "Correct-Horse-42".to_owned().into();
        let provider = responder.provider().await;
        let gets = ExistingAdmin::GetsPassword;
        let answer =
            provider.create_admin(&email(), &name(), &password, gets, &some_change()).await;
        assert_eq!(answer.is_ok(), accepted, "{existing} in {memberships:?}: {answer:?}");
        assert_eq!(responder.only("AdminCreateUser").body["MessageAction"], "SUPPRESS");
        let set = responder.operations().contains(&"AdminSetUserPassword".to_owned());
        assert_eq!(set, accepted);
        if accepted {
            assert_eq!(responder.only("AdminSetUserPassword").body["Permanent"], true);
        } else {
            assert_eq!(answer, Err(IdentityError::EmailTaken));
        }
    }
}

#[tokio::test]
async fn an_admin_whom_another_instance_makes_keeps_the_password() {
    let now = Clock::default().now().millis() / 1_000;
    let taken = Err(IdentityError::EmailTaken);
    let (temporary, settled) = ("FORCE_CHANGE_PASSWORD", "CONFIRMED");
    for (status, made_at, expected) in [
        (settled, now, Some(taken.clone())),
        (settled, 1, Some(taken)),
        // It has died at that.
        (temporary, 1, Some(Ok(()))),
        // It is at that: a temporary failure.
        (temporary, now, None),
    ] {
        let mut existing = user(json!({
            "attributes": { "custom:partner_org": "admins" }, "UserStatus": status,
        }));
        existing["UserCreateDate"] = made_at.into();
        let responder = pool_with(existing, &["admins"]).await;
        let password = "Correct-Horse-42".to_owned().into();
        let provider = responder.provider().await;
        let answer = provider
            .create_admin(&email(), &name(), &password, ExistingAdmin::Keeps, &some_change())
            .await;
        let set = responder.operations().contains(&"AdminSetUserPassword".to_owned());
        assert_eq!(set, answer.is_ok(), "{status} since {made_at}");
        match expected {
            Some(expected) => assert_eq!(answer.map(drop), expected, "{status} since {made_at}"),
            None => assert!(answer.is_err_and(|error| error.is_temporary())),
        }
    }
}

/// The pool's account of an admin, as ListUsersInGroup has it.
fn member(mark: Option<&str>, status: &str) -> Value {
    let attributes = json!({ "custom:partner_org": mark });
    let mut user = user(json!({ "attributes": attributes, "UserStatus": status }));
    user["Attributes"] = user["UserAttributes"].take();
    user
}

#[tokio::test]
async fn an_admin_without_a_password_is_none_where_we_made_it() {
    for (members, expected) in [
        (vec![], false),
        (vec![member(Some("admins"), "FORCE_CHANGE_PASSWORD")], false),
        (vec![member(Some("admins"), "CONFIRMED")], true),
        (vec![member(Some("admins"), "RESET_REQUIRED")], true),
        // Invited in AWS.
        (vec![member(None, "FORCE_CHANGE_PASSWORD")], true),
        (
            vec![
                member(Some("admins"), "FORCE_CHANGE_PASSWORD"),
                member(Some("admins"), "CONFIRMED"),
            ],
            true,
        ),
    ] {
        let listed = members.clone();
        let responder = Responder::start(move |_| json!({ "Users": listed }).into()).await;
        let answer = responder.provider().await.has_admin().await;
        assert_eq!(answer, Ok(expected), "{members:?}");
    }
}

#[tokio::test]
async fn a_first_admin_that_was_cut_short_is_completed() {
    let existing = user(json!({ "attributes": { "custom:partner_org": "admins" } }));
    let listed = member(Some("admins"), "FORCE_CHANGE_PASSWORD");
    let responder = Responder::start(move |call| match (call.operation.as_str(), call.before) {
        ("ListUsersInGroup", 0) => json!({ "Users": [] }).into(),
        ("ListUsersInGroup", _) => json!({ "Users": [listed] }).into(),
        ("DescribeUserPool", _) => json!({ "UserPool": {} }).into(),
        ("AdminGetUser", 0) => refuse("UserNotFoundException", "User does not exist."),
        ("AdminGetUser", _) => existing.clone().into(),
        ("AdminCreateUser", 0) => created().into(),
        ("AdminCreateUser", _) => exists(),
        ("AdminListGroupsForUser", _) => groups(&["admins"]).into(),
        // As often as one call is tried.
        ("AdminSetUserPassword", 0..=2) => Reply::Error(500, "InternalErrorException", "unwell"),
        _ => json!({}).into(),
    })
    .await;
    let database = database(Engine::Sqlite).await;
    let identity = Arc::new(responder.provider().await);
    let admins = Admins::new(database.store.clone(), Clock::default(), identity);
    let wanted = FirstAdmin { email: None, password: None };
    let first = ensure(&admins, &wanted).await;
    assert!(first.is_err(), "nobody knows a password");
    // The account is older than a minute by then: made in 1970, it says.
    let second = ensure(&admins, &wanted).await.expect("completed");
    let Made::Generated(_, password) = second else { panic!("nobody knows a password") };
    let calls = responder.calls();
    let set = calls.iter().rfind(|call| call.operation == "AdminSetUserPassword").expect("set");
    assert_eq!(set.body["Password"], password);
}

#[tokio::test]
async fn another_invitation_is_a_second_message_to_the_same_account() {
    let responder = Responder::start(|call| match call.operation.as_str() {
        "AdminGetUser" => user(json!({})).into(),
        "AdminCreateUser" => created().into(),
        other => panic!("{other} is not needed"),
    })
    .await;
    responder.provider().await.invite_again(&subject(), None).await.expect("sent");
    assert_eq!(responder.operations(), ["AdminGetUser", "AdminCreateUser"]);
    let body = responder.only("AdminCreateUser").body;
    assert_eq!(body["MessageAction"], "RESEND");
    assert_eq!(body["Username"], "ann@acme.example");
    assert_eq!(body["DesiredDeliveryMediums"], json!(["EMAIL"]));
    assert_eq!(body.get("UserAttributes"), None);
}

#[tokio::test]
async fn who_has_a_password_is_not_invited_again() {
    // Known beforehand, and by AWS's own refusal in a race.
    for status in ["CONFIRMED", "RESET_REQUIRED", "FORCE_CHANGE_PASSWORD"] {
        let responder = Responder::start(move |call| match call.operation.as_str() {
            "AdminGetUser" => user(json!({ "UserStatus": status })).into(),
            _ => {
                refuse("UnsupportedUserStateException", "Resend not possible. ann status is not …")
            }
        })
        .await;
        let answer = responder.provider().await.invite_again(&subject(), None).await;
        assert_eq!(answer, Err(IdentityError::HasPassword), "{status}");
        let asked = responder.operations().contains(&"AdminCreateUser".to_owned());
        assert_eq!(asked, status == "FORCE_CHANGE_PASSWORD");
    }
}

#[tokio::test]
async fn nobody_is_invited_where_the_account_is_gone() {
    let gone = || refuse("UserNotFoundException", "User does not exist.");
    let another = json!({ "attributes": { "sub": "another" } });
    let responder = Responder::start(move |_| gone()).await;
    let answer = responder.provider().await.invite_again(&subject(), None).await;
    assert_eq!(answer, Err(IdentityError::NoSuchAccount));
    let responder = Responder::start(move |_| user(another.clone()).into()).await;
    let answer = responder.provider().await.invite_again(&subject(), None).await;
    assert_eq!(answer, Err(IdentityError::NoSuchAccount));
    assert_eq!(responder.operations(), ["AdminGetUser"]);
}

#[tokio::test]
async fn a_disabled_account_is_signed_out_everywhere() {
    let responder = Responder::start(|_| json!({}).into()).await;
    let provider = responder.provider().await;
    provider.set_enabled(&subject(), false).await.expect("disabled");
    provider.set_enabled(&subject(), true).await.expect("enabled");
    let expected = ["AdminDisableUser", "AdminUserGlobalSignOut", "AdminEnableUser"];
    assert_eq!(responder.operations(), expected);
    assert!(responder.calls().iter().all(|call| call.body["Username"] == SUB));
}

#[tokio::test]
async fn what_the_old_password_opened_ends_with_it() {
    let responder = Responder::start(|_| json!({}).into()).await;
    let provider = responder.provider().await;
    provider.reset(&subject(), None).await.expect("reset");
    assert_eq!(responder.operations(), ["AdminResetUserPassword", "AdminUserGlobalSignOut"]);
    assert_eq!(responder.only("AdminUserGlobalSignOut").body["Username"], SUB);

    for answers in [true, false] {
        let responder = Responder::start(move |call| match call.operation.as_str() {
            "AdminUserGlobalSignOut" if !answers => refuse("AccessDeniedException", "not allowed"),
            _ => json!({}).into(),
        })
        .await;
        let password = "Correct-Horse-42".to_owned().into();
        let provider = responder.provider().await;
        // The password is set, whatever becomes of the rest.
        provider.reset_password(&email(), "123456", &password, &some_change()).await.expect("set");
        assert_eq!(responder.operations(), ["ConfirmForgotPassword", "AdminUserGlobalSignOut"]);
        let body = responder.only("AdminUserGlobalSignOut").body;
        assert_eq!(body["Username"], "ann@acme.example");
    }
}

#[tokio::test]
async fn an_account_kept_in_another_case_is_found() {
    let existing = json!({ "attributes": { "email": "Ann@Acme.example" }, "Enabled": false });
    let responder = Responder::start(move |_| user(existing.clone()).into()).await;
    let found = responder.provider().await.find(&email()).await.expect("an answer").expect("found");
    assert_eq!(
        (found.subject, found.enabled, found.must_change_password),
        (subject(), false, true)
    );
    assert_eq!(responder.only("AdminGetUser").body["Username"], "ann@acme.example");
}

#[tokio::test]
async fn an_invitation_that_cannot_be_mailed_is_told() {
    let responder =
        Responder::start(|_| refuse("CodeDeliveryFailureException", "Address is not verified"))
            .await;
    let answer = responder.provider().await.provision(&ann()).await;
    let Err(IdentityError::Refused(sentence)) = answer else { panic!("{answer:?}") };
    assert!(sentence.contains("could not send the mail"), "{sentence}");
}

#[tokio::test]
async fn a_missing_group_says_what_to_run() {
    let responder = Responder::start(|call| match call.operation.as_str() {
        "AdminCreateUser" => created().into(),
        _ => refuse("ResourceNotFoundException", "Group not found."),
    })
    .await;
    let answer = responder.provider().await.provision(&ann()).await;
    let Err(IdentityError::Refused(sentence)) = answer else { panic!("{answer:?}") };
    assert!(sentence.contains("partners cognito init"), "{sentence}");
}
