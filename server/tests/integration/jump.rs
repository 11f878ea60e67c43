//! An admin jumps to organisations and users by a few letters.

use crate::browser::{Browser, server};
use crate::support::Engine;
use serde_json::{Value, json};

on_each_engine!(
    a_few_letters_find_organisations_and_users,
    signs_of_searches_are_letters_like_others
);

async fn found(admin: &mut Browser, text: &str) -> Vec<(String, String)> {
    let answer = admin.ask("/actions/jump/find", &json!({ "text": text })).await.json();
    let found = answer.as_array().unwrap_or_else(|| panic!("{answer}")).iter();
    let word = |jump: &Value, field: &str| jump[field].as_str().unwrap().to_owned();
    found.map(|jump| (word(jump, "kind"), word(jump, "name"))).collect()
}

fn pair(kind: &str, name: &str) -> (String, String) {
    (kind.to_owned(), name.to_owned())
}

async fn a_few_letters_find_organisations_and_users(engine: Engine) {
    let server = server(engine).await;
    let mut admin = server.admin().await;
    let acme = admin.create_organisation("Acme Resellers").await;
    admin.create_organisation("Borealis").await;
    let created = admin.create_user(&acme, "ann@acme.example").await.json();
    let id = created["user"]["id"].as_str().unwrap().to_owned();
    assert_eq!(found(&mut admin, " ").await, []);
    assert_eq!(found(&mut admin, "boreal").await, [pair("organisation", "Borealis")]);
    // By name and by email; an organisation also by the emails of its users.
    assert_eq!(
        found(&mut admin, "RESELLER").await,
        [pair("organisation", "Acme Resellers"), pair("user", "Ann Reseller"),]
    );
    assert_eq!(
        found(&mut admin, "ann@acme").await,
        [pair("organisation", "Acme Resellers"), pair("user", "Ann Reseller"),]
    );
    assert_eq!(found(&mut admin, "an").await, [pair("user", "Ann Reseller")]);
    let answer = admin.ask("/actions/jump/find", &json!({ "text": "ann@" })).await.json();
    let user = answer.as_array().unwrap().iter().find(|jump| jump["kind"] == "user").unwrap();
    assert_eq!(user["href"], format!("/settings/profile/partners/{acme}/users/{id}"));

    let renamed = [("user", id.as_str()), ("name", "Zoe Cooper")];
    admin.script("/actions/users/rename", &renamed).await;
    assert_eq!(found(&mut admin, "cooper").await, [pair("user", "Zoe Cooper")]);
    assert_eq!(found(&mut admin, "reseller").await, [pair("organisation", "Acme Resellers")]);
    let deleted = [("user", id.as_str()), ("confirmation", "ann@acme.example")];
    admin.script("/actions/users/delete", &deleted).await;
    assert_eq!(found(&mut admin, "cooper").await, []);
}

async fn signs_of_searches_are_letters_like_others(engine: Engine) {
    let server = server(engine).await;
    let mut admin = server.admin().await;
    let acme = admin.create_organisation("Acme 100%").await;
    admin.create_user(&acme, "a_b@acme.example").await;
    for text in ["%%%", "___", "\"", "\"\"\"", "*:^", "a\0b\0c", "' OR 1=1 --"] {
        assert_eq!(found(&mut admin, text).await, [], "{text:?}");
    }
    assert_eq!(found(&mut admin, "100%").await, [pair("organisation", "Acme 100%")]);
    assert_eq!(found(&mut admin, "a_b@").await.len(), 2);
}
