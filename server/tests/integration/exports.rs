//! The partners table as a file.

use crate::browser::server;
use crate::support::{Engine, database};
use axum::http::StatusCode;
use futures::TryStreamExt;
use partners_app::domain::OrganisationQuery;
use partners_server::files::{Format, organisations_file};
use partners_server::store::Connection;

on_each_engine!(
    the_table_is_exported_as_it_is_narrowed_and_sorted,
    a_long_table_is_exported_in_portions,
    only_admins_take_it_along,
);

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

async fn a_long_table_is_exported_in_portions(engine: Engine) {
    const ROWS: usize = 7_000;
    let database = database(engine).await;
    let mut writer = database.store.write().await.unwrap();
    let (sql, rows) = (MANY_ORGANISATIONS, i64::try_from(ROWS).unwrap());
    match writer.connection() {
        Connection::Sqlite(connection) => {
            sqlx::query(sql.0).bind(rows).execute(connection).await.unwrap();
        }
        Connection::Postgres(connection) => {
            sqlx::query(sql.1).bind(rows).execute(connection).await.unwrap();
        }
    }
    writer.commit().await.unwrap();
    let file = organisations_file(database.store, OrganisationQuery::default(), Format::Csv);
    let pieces: Vec<_> = file.try_collect().await.unwrap();
    let lines = pieces.iter().map(|piece| piece.iter().filter(|byte| **byte == b'\n').count());
    let lines: Vec<_> = lines.collect();
    assert_eq!(lines.iter().sum::<usize>(), 1 + ROWS, "all of them, below the columns’ names");
    assert!(lines.iter().all(|lines| *lines <= 2_001), "none is in memory whole: {lines:?}");
}

const MANY_ORGANISATIONS: (&str, &str) = (
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1) \
     INSERT INTO organisation (id, creation_key, name, name_key, zuora_account, \
         zuora_account_key, invoice_owner, version, created_at, updated_at, updated_by, \
         search_base) \
     SELECT randomblob(16), randomblob(16), 'Telecom ' || i, 'telecom ' || i, 'A-' || i, \
         'a-' || i, 'partner', 1, i, i, '', 'telecom ' || i FROM n",
    "INSERT INTO organisation (id, creation_key, name, name_key, zuora_account, \
         zuora_account_key, invoice_owner, version, created_at, updated_at, updated_by, \
         search_base) \
     SELECT gen_random_uuid(), gen_random_uuid(), 'Telecom ' || i, 'telecom ' || i, 'A-' || i, \
         'a-' || i, 'partner', 1, i, i, '', 'telecom ' || i FROM generate_series(1, $1) i",
);

async fn only_admins_take_it_along(engine: Engine) {
    let server = server(engine).await;
    let (_, mut partner) = server.partner("Acme", "ann@acme.example").await;
    let by_partner = partner.get(EXPORT).await;
    assert_eq!(by_partner.status, StatusCode::NOT_FOUND);
    assert!(!by_partner.body.contains("zuora_account_id"));
    assert!(server.browser().get(EXPORT).await.status.is_redirection());
}
