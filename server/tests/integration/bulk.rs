//! What is done with several partner organisations at once.

use crate::browser::{Server, server};
use crate::imports::{activity, counts, imported};
use crate::support::Engine;
use axum::http::StatusCode;
use uuid::Uuid;

on_each_engine!(
    several_organisations_are_suspended_at_once,
    who_wants_several_organisations_waits_for_others,
);

async fn several_organisations_are_suspended_at_once(engine: Engine) {
    let server: Server = server(engine).await;
    let mut admin = server.admin().await;
    let (acme, mut ann) = server.partner("Acme", "ann@acme.example").await;
    let borealis = admin.create_organisation("Borealis").await;
    let cumulus = admin.create_organisation("Cumulus").await;
    let gone = Uuid::now_v7().to_string();
    let page = format!(
        "/settings/profile/partners/chosen?act=suspend&of={borealis}&all={acme}%2C{borealis}%2Cnonsense"
    );
    let asked = admin.get(&page).await;
    assert_eq!(asked.status, StatusCode::OK);
    for words in ["Suspend 2 partner organisations", "Acme", "Borealis"] {
        assert!(asked.body.contains(words), "{words}: {}", asked.body);
    }
    assert!(!asked.body.contains("Cumulus"));
    let single = [("organisation", borealis.as_str()), ("suspended", "true")];
    admin.script("/actions/organisations/set-suspended", &single).await;

    let ids = [acme.as_str(), &borealis, &gone, &acme].map(|id| ("ids[]", id));
    let fields = [&ids[..], &[("suspended", "true")]].concat();
    let answer = admin.form("/actions/organisations/set-several-suspended", &page, &fields).await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, page.as_str()));
    let told = admin.get(&page).await.body;
    for words in [
        "<title>1 partner organisation is suspended",
        "1 partner organisation is suspended",
        "Were suspended already",
        "Do not exist any more",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
    assert!(ann.get("/partner").await.status.is_redirection(), "sessions have ended");
    assert_eq!(
        activity(&mut admin, "organisation.suspended").await.len(),
        2,
        "one event for each change"
    );
    let fields = [("ids[]", acme.as_str()), ("ids[]", &cumulus), ("suspended", "false")];
    let back = admin.script("/actions/organisations/set-several-suspended", &fields).await.json();
    let outcomes: Vec<_> =
        back.as_array().unwrap().iter().map(|result| result["outcome"].clone()).collect();
    assert_eq!(outcomes, ["changed", "was_so"]);
    let none = admin
        .script("/actions/organisations/set-several-suspended", &[("suspended", "true")])
        .await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    let past = admin.get(&format!("/settings/profile/partners/chosen?act=suspend&of={gone}")).await;
    assert!(past.body.contains("do not exist any more."), "{}", past.body);
    assert!(!past.body.contains("Suspend 0"), "{}", past.body);
    let empty = admin.get("/settings/profile/partners/chosen?act=suspend").await;
    assert!(empty.body.contains("No partner organisation is chosen."));
}

async fn who_wants_several_organisations_waits_for_others(engine: Engine) {
    const ROUNDS: usize = 6;
    let server = server(engine).await;
    let mut admin = server.admin().await;
    let mut all = Vec::new();
    for number in 0..8 {
        all.push(admin.create_organisation(&format!("Organisation {number}")).await);
    }
    let backwards: Vec<_> = all.iter().rev().cloned().collect();
    let switch = |ids: Vec<String>| {
        let mut admin = admin.clone();
        async move {
            for round in 0..ROUNDS {
                let suspended = (round % 2 == 0).to_string();
                let mut fields: Vec<_> = ids.iter().map(|id| ("ids[]", id.as_str())).collect();
                fields.push(("suspended", suspended.as_str()));
                let path = "/actions/organisations/set-several-suspended";
                let answer = admin.script(path, &fields).await;
                assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
            }
        }
    };
    // A file that wants them in an order of its own.
    let rows: String = (0..200)
        .map(|row| format!("User {row},user{row}@x.example,{}\n", backwards[row * 3 % 8]))
        .collect();
    let file = format!("name,email,organisation\n{rows}");
    let mut importing = admin.clone();
    let import = imported(&mut importing, "users", &file);
    let (_, _, page) = tokio::join!(switch(all.clone()), switch(backwards.clone()), import);
    assert_eq!(counts(&page), [0, 0, 0, 0, 200], "{page}");
}
