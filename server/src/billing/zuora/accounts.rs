//! Accounts.

use super::super::{AccountId, AccountNumber, AccountStatus, BillingAccount, BillingError};
use super::http::Http;
use super::number::text;
use super::object_query::{self, MOST};
use futures::future::try_join_all;
use partners_app::domain::Currency;
use serde::Deserialize;
use std::collections::BTreeMap;

/// `GET /v1/accounts/{key}`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Whole {
    basic_info: Basic,
    billing_and_payment: Payment,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Basic {
    id: String,
    account_number: String,
    name: String,
    status: String,
    #[serde(default)]
    crm_id: Option<String>,
    #[serde(default)]
    partner_account: Option<bool>,
}

#[derive(Deserialize)]
struct Payment {
    currency: Currency,
}

/// An account in an object query.
#[derive(Deserialize)]
pub(super) struct Record {
    #[serde(flatten)]
    basic: Basic,
    currency: Currency,
}

impl From<Record> for BillingAccount {
    fn from(Record { basic, currency }: Record) -> Self {
        basic.in_our_terms(currency)
    }
}

impl Basic {
    fn in_our_terms(self, currency: Currency) -> BillingAccount {
        BillingAccount {
            id: AccountId(self.id),
            number: AccountNumber(self.account_number),
            name: self.name,
            currency,
            status: match self.status.as_str() {
                "Active" => AccountStatus::Active,
                "Draft" => AccountStatus::Draft,
                _ => AccountStatus::Cancelled,
            },
            crm_id: text(self.crm_id),
            is_partner_account: self.partner_account.unwrap_or_default(),
        }
    }
}

/// The account with this ID or number.
pub(super) async fn find(http: &Http, key: &str) -> Result<Option<BillingAccount>, BillingError> {
    let found: Option<Whole> = http.json_if_there(http.get(&["v1", "accounts", key])).await?;
    Ok(found.map(|whole| whole.basic_info.in_our_terms(whole.billing_and_payment.currency)))
}

/// The accounts whose name or number begins with a text. Zuora compares
/// beginnings only, and may compare case: the text is tried as names and
/// numbers are usually written, too.
pub(super) async fn search(
    http: &Http,
    typed: &str,
    limit: usize,
) -> Result<Vec<BillingAccount>, BillingError> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(Vec::new());
    }
    let limit = limit.clamp(1, MOST);
    let upper = typed.to_uppercase();
    let mut filters = vec![
        format!("name.SW:{typed}"),
        format!("name.SW:{}", capitalised(typed)),
        format!("accountnumber.SW:{typed}"),
        format!("accountnumber.SW:{upper}"),
    ];
    filters.dedup();
    let answers = try_join_all(filters.iter().map(|filter| async move {
        let query = object_query::query(http, "accounts", limit).with("filter[]", filter);
        object_query::page::<Record>(http, query, None).await
    }));
    let found: BTreeMap<String, BillingAccount> = answers
        .await?
        .into_iter()
        .flat_map(|page| page.items)
        .map(|record| (record.basic.id.clone(), record.into()))
        .collect();
    let mut found: Vec<BillingAccount> = found.into_values().collect();
    found.sort_by(|one, other| (&one.name, &one.number).cmp(&(&other.name, &other.number)));
    found.truncate(limit);
    Ok(found)
}

/// Accounts that can be ordered for, a page of them.
pub(super) async fn some_active(http: &Http) -> Result<Vec<BillingAccount>, BillingError> {
    let query = object_query::query(http, "accounts", MOST).with("filter[]", "status.EQ:Active");
    let page = object_query::page::<Record>(http, query, None).await?;
    Ok(page.items.into_iter().map(BillingAccount::from).collect())
}

/// The first letter of each word large, the others as they are.
fn capitalised(text: &str) -> String {
    let mut starts = true;
    text.chars()
        .flat_map(|c| {
            let large = std::mem::replace(&mut starts, c.is_whitespace()) && c.is_lowercase();
            let upper = large.then(|| c.to_uppercase());
            upper.into_iter().flatten().chain((!large).then_some(c))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::capitalised;

    #[test]
    fn words_begin_with_a_capital() {
        assert_eq!(capitalised("harbor point"), "Harbor Point");
        assert_eq!(capitalised("éCLAIR"), "ÉCLAIR");
        assert_eq!(capitalised("PA-1"), "PA-1");
    }
}
