//! The API's description: whole, as it was, and readable.

use crate::api::{Program, account, management, of_partner};
use crate::browser::server;
use crate::support::Engine;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

/// Each operation's method and path, and whether it wants a token.
fn operations(document: &Value) -> Vec<(String, String, bool)> {
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let wants_token = operation.get("security").is_some();
            all.push((method.to_uppercase(), path.clone(), wants_token));
        }
    }
    all
}

/// An address of this path, with something that does not exist.
fn address_of(path: &str) -> String {
    let parts = path.split('/').map(|part| if part.starts_with('{') { "x" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

#[tokio::test]
async fn the_description_is_as_it_was() {
    let server = server(Engine::Sqlite).await;
    let answer = server.browser().get("/api/openapi.json").await;
    let document = answer.ok();
    assert_eq!(document["openapi"], "3.1.0");
    // After a change that is meant, `INSTA_UPDATE=always` writes it anew.
    insta::assert_json_snapshot!("openapi", document);
}

#[tokio::test]
async fn every_operation_wants_a_token_and_says_what_it_answers() {
    let server = server(Engine::Sqlite).await;
    let document = server.browser().get("/api/openapi.json").await.ok();
    let program = Program::management(&server).await;
    for (method, path, wants_token) in operations(&document) {
        let address = address_of(&path);
        let request = Request::builder().method(method.as_str()).uri(&address);
        let nobody = server.browser().send(request.body(Body::empty()).unwrap()).await;
        let known = &document["paths"][&path][method.to_lowercase()]["responses"];
        let says = |status: StatusCode| known.get(status.as_str()).is_some();
        assert!(says(nobody.status), "{method} {path} answers {}", nobody.status);
        assert_eq!(
            nobody.status == StatusCode::UNAUTHORIZED && path != "/oauth2/token",
            wants_token,
            "{method} {path}"
        );
        let with_token = program.send(method.parse().unwrap(), &address, &[], None).await;
        assert!(says(with_token.status), "{method} {path} answers {}", with_token.status);
    }
}

#[tokio::test]
async fn every_operation_wants_the_right_client() {
    let server = server(Engine::Sqlite).await;
    let business = Program::management(&server).await;
    let made = json!({ "name": "Acme", "zuoraAccountId": account(), "isZuoraInvoiceOwner": true });
    let made = business.post("/api/partner-organisation", &made).await.ok();
    let organisation = made["id"].as_str().expect("an ID").to_owned();
    let partner = Program::start(&server, &of_partner(&organisation)).await;
    let reader = Program::start(&server, &management(&["organisations:read"])).await;
    let document = server.browser().get("/api/openapi.json").await.ok();
    for (method, path, wants_token) in operations(&document) {
        if !wants_token {
            continue;
        }
        let address = address_of(&path).replacen("/x", &format!("/{organisation}"), 1);
        let verb: axum::http::Method = method.parse().unwrap();
        let is_partners = path.starts_with("/api/partner/");
        let wrong = if is_partners { &business } else { &partner };
        let refused = wrong.send(verb.clone(), &address, &[], None).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{method} {path}");
        assert!(refused.header("www-authenticate").contains("insufficient_scope"), "{path}");
        if !is_partners && method != "GET" {
            let refused = reader.send(verb, &address, &[], None).await;
            assert_eq!(refused.status, StatusCode::FORBIDDEN, "a reader: {method} {path}");
        }
    }
    let path = format!("/api/partner-organisation/{organisation}");
    assert_eq!(business.get(&path).await.ok(), made, "nothing was done to it");
}

#[tokio::test]
async fn the_page_about_the_api_reads_from_the_whole_to_the_parts() {
    let server = server(Engine::Sqlite).await;
    let page = server.browser().get("/api/docs").await.body;
    let places: Vec<usize> = [
        "createToken",
        "listPartnerOrganisations",
        "createPartnerOrganisation",
        "getPartnerOrganisation",
        "updatePartnerOrganisation",
        "listPartnerUsers",
        "getPartnerUser",
        "disablePartnerUser",
        "listAuditEvents",
        "listPartnerCustomers",
        "getPartnerCustomer",
        "createPartnerOrder",
        "getPartnerOrder",
    ]
    .iter()
    .map(|id| page.find(&format!("<section id=\"{id}\">")).unwrap_or_else(|| panic!("no {id}")))
    .collect();
    assert!(places.is_sorted(), "{places:?}");
}

#[tokio::test]
async fn the_page_about_the_api_loads_nothing_from_elsewhere() {
    let server = server(Engine::Sqlite).await;
    let page = server.browser().get("/api/docs").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.header("content-type").starts_with("text/html"));
    assert!(page.header("content-security-policy").contains("style-src 'self'"));
    assert!(page.body.contains("Create a partner organisation"));
    assert!(!page.body.contains("<script") && !page.body.contains("style="));
    for address in page.body.split("href=\"").skip(1) {
        let is_own =
            address.starts_with('/') || address.starts_with('#') || address.starts_with('"');
        assert!(is_own, "{}", &address[..40]);
    }
    let style = server.browser().get("/api/docs.css").await;
    assert!(style.header("content-type").starts_with("text/css"));
}
