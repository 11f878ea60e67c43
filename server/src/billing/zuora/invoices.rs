//! Invoices and their documents.

use super::super::{
    AccountId, BillingError, Invoice, InvoiceId, InvoiceItem, MOST_INVOICES, PageToken, Pdf,
    Portion, SubscriptionNumber,
};
use super::http::Http;
use super::number::{Day, Number};
use super::object_query::{self, MOST};
use super::pages;
use futures::{StreamExt, stream};
use partners_app::domain::{Currency, Money};
use reqwest::header::CONTENT_TYPE;
use serde::Deserialize;

/// An invoice, in object queries and by itself.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    id: String,
    invoice_number: String,
    account_id: String,
    invoice_date: Day,
    #[serde(default)]
    due_date: Option<Day>,
    amount: Number,
    balance: Number,
    #[serde(default)]
    currency: Option<Currency>,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    account: Option<Account>,
}

#[derive(Deserialize)]
struct Account {
    currency: Currency,
}

#[derive(Deserialize)]
struct File {
    id: String,
}

impl Record {
    fn in_our_terms(self) -> Result<Invoice, BillingError> {
        let currency = self.currency.or_else(|| self.account.map(|account| account.currency));
        let currency = currency.ok_or_else(|| {
            BillingError::unavailable(format!(
                "Zuora does not say in which currency invoice {} is.",
                self.invoice_number
            ))
        })?;
        Ok(Invoice {
            id: InvoiceId(self.id),
            number: self.invoice_number,
            account: AccountId(self.account_id),
            date: self.invoice_date.0,
            due: self.due_date.map(|day| day.0),
            amount: Money::new(self.amount.0, currency),
            balance: Money::new(self.balance.0, currency),
        })
    }
}

/// A page of these accounts' posted invoices, newest first.
pub(super) async fn list(
    http: &Http,
    accounts: &[AccountId],
    page: Option<&PageToken>,
) -> Result<Portion<Invoice>, BillingError> {
    let Some(filter) = object_query::of_accounts("accountid", accounts)? else {
        return Ok(Portion { items: Vec::new(), next: None });
    };
    let query = object_query::query(http, "invoices", MOST)
        .with("filter[]", &filter)
        .with("filter[]", "status.EQ:Posted")
        .with("sort[]", "invoicedate.DESC")
        .with("expand[]", "account");
    let Portion { items, next } = object_query::page::<Record>(http, query, page).await?;
    let items = items.into_iter().map(Record::in_our_terms).collect::<Result<_, _>>()?;
    Ok(Portion { items, next })
}

/// An item, in object queries.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ItemRecord {
    invoice_id: String,
    #[serde(default)]
    subscription_number: Option<String>,
}

impl From<ItemRecord> for InvoiceItem {
    fn from(record: ItemRecord) -> Self {
        let subscription = record.subscription_number.filter(|number| !number.is_empty());
        Self {
            invoice: InvoiceId(record.invoice_id),
            subscription: subscription.map(SubscriptionNumber),
        }
    }
}

/// A page of these invoices' items. By themselves, because how many of them an
/// expanded invoice holds is not said.
pub(super) async fn items(
    http: &Http,
    invoices: &[InvoiceId],
    page: Option<&PageToken>,
) -> Result<Portion<InvoiceItem>, BillingError> {
    let ids: Vec<&str> = invoices.iter().map(InvoiceId::as_str).collect();
    let Some(filter) = object_query::one_of("invoiceid", &ids, MOST_INVOICES)? else {
        return Ok(Portion { items: Vec::new(), next: None });
    };
    let query = object_query::query(http, "invoice-items", MOST).with("filter[]", &filter);
    let Portion { items, next } = object_query::page::<ItemRecord>(http, query, page).await?;
    Ok(Portion { items: items.into_iter().map(InvoiceItem::from).collect(), next })
}

/// The posted invoice with this ID.
pub(super) async fn find(http: &Http, id: &InvoiceId) -> Result<Option<Invoice>, BillingError> {
    let request = http.get(&["object-query", "invoices", id.as_str()]).with("expand[]", "account");
    let found: Option<Record> = http.json_if_there(request).await?;
    found
        .filter(|record| record.status.as_deref().is_none_or(|status| status == "Posted"))
        .map(Record::in_our_terms)
        .transpose()
}

/// An invoice's newest document.
pub(super) async fn pdf(http: &Http, id: &InvoiceId) -> Result<Option<Pdf>, BillingError> {
    let request = http.get(&["v1", "invoices", id.as_str(), "files"]);
    let (files, _) = match pages::one::<File>(http, request, "invoiceFiles").await {
        Err(BillingError::NotFound(_)) => return Ok(None),
        files => files?,
    };
    // Newest first; by its ID, because the link's host need not be ours.
    let Some(file) = files.into_iter().next() else { return Ok(None) };
    let answer = http.answer(&http.get(&["v1", "files", &file.id]).lasting()).await?;
    let kind = answer.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if !kind.is_some_and(|kind| kind.starts_with("application/pdf")) {
        return Err(BillingError::unavailable("Zuora sent something else than a PDF."));
    }
    let length = answer.content_length();
    let pieces = stream::try_unfold(answer, |mut answer| async move {
        let piece = answer.chunk().await.map_err(|_| {
            BillingError::unavailable("The connection ended before the invoice’s document did.")
        })?;
        Ok(piece.map(|piece| (piece, answer)))
    });
    Ok(Some(Pdf { length, pieces: pieces.boxed() }))
}
