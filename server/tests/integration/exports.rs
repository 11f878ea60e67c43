//! The partners table as a file.

use crate::browser::server;
use crate::support::Engine;
use axum::http::StatusCode;

on_each_engine!(the_table_is_exported_as_it_is_narrowed_and_sorted, only_admins_take_it_along,);

const EXPORT: &str = "/settings/profile/partners/export";

async fn the_table_is_exported_as_it_is_narrowed_and_sorted(engine: Engine) {
    let server = server(engine).await;
    let mut admin = server.admin().await;
    for name in ["Borealis", "@Acme, Inc.", "Cumulus"] {
        admin.create_organisation(name).await;
    }
    let whole = admin.get(EXPORT).await;
    assert_eq!(whole.header("content-type"), "text/csv; charset=utf-8");
    assert!(whole.header("content-disposition").contains("partners.csv"));
    let lines: Vec<_> = whole.body.lines().collect();
    assert!(lines[0].starts_with("\u{feff}name,logo,zuora_account_id,"), "{}", lines[0]);
    assert!(lines[1].starts_with("\"'@Acme, Inc.\","), "no formula: {}", lines[1]);
    assert!(lines[3].starts_with("Cumulus,"), "{}", whole.body);
    assert_eq!(lines.len(), 4);

    let turned = admin.get(&format!("{EXPORT}?sort=created&direction=descending")).await;
    let names: Vec<_> =
        turned.body.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
    assert_eq!(names, ["Cumulus", "\"'@Acme", "Borealis"]);
    let found = admin.get(&format!("{EXPORT}?q=boreal&after=nonsense")).await;
    assert_eq!(found.body.lines().count(), 2);
    let none = admin.get(&format!("{EXPORT}?invoice_owner=end_customer")).await;
    assert_eq!(none.body.lines().count(), 1, "the columns’ names alone");
}

async fn only_admins_take_it_along(engine: Engine) {
    let server = server(engine).await;
    let (_, mut partner) = server.partner("Acme", "ann@acme.example").await;
    let by_partner = partner.get(EXPORT).await;
    assert_eq!(by_partner.status, StatusCode::NOT_FOUND);
    assert!(!by_partner.body.contains("zuora_account_id"));
    assert!(server.browser().get(EXPORT).await.status.is_redirection());
}
