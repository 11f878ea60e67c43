//! Many partner organisations, made at once.

use anyhow::Context;
use sqlx::sqlite::SqlitePool;

/// Makes partner organisations, as many as asked for.
pub async fn fill(pool: &SqlitePool, number: u32) -> anyhow::Result<()> {
    sqlx::query(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
         INSERT INTO organisation (id, creation_key, name, name_key, logo, zuora_account,
             zuora_account_key, salesforce_account, invoice_owner, version, created_at,
             updated_at, updated_by, search_base)
         SELECT randomblob(16), randomblob(16), 'Telecom ' || i, 'telecom ' || i, NULL,
             'A' || (10000000 + i), 'a' || (10000000 + i), NULL,
             CASE i % 2 WHEN 0 THEN 'partner' ELSE 'end_customer' END, 1,
             1700000000000 + i, 1700000000000 + i, 'bench', 'telecom ' || i
         FROM n",
    )
    .bind(number)
    .execute(pool)
    .await
    .context("making organisations")?;
    Ok(())
}
