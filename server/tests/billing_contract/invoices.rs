//! Invoices fall to the right account, and their documents are streamed.

use crate::responder::{self, json};
use crate::stand_in::{
    self, HARBOR_POINT, StandIn, TODAY, account_key, for_the_customer, seven_seats,
};
use futures::TryStreamExt;
use partners_server::billing::{AccountId, Billing, BillingError, Invoice, Pdf};
use time::Duration;

async fn account(it: &StandIn, number: &str) -> AccountId {
    let found = it.zuora.account(&account_key(number)).await.expect("an answer");
    found.expect("an account").id
}

async fn invoices(it: &StandIn, accounts: &[AccountId]) -> Vec<Invoice> {
    let mut found = Vec::new();
    let mut page = None;
    loop {
        let portion = it.zuora.invoices(accounts, page.as_ref()).await.expect("a page");
        found.extend(portion.items);
        match portion.next {
            Some(next) => page = Some(next),
            None => return found,
        }
    }
}

async fn whole(pdf: Pdf) -> Result<Vec<u8>, BillingError> {
    let pieces: Vec<_> = pdf.pieces.try_collect().await?;
    Ok(pieces.concat())
}

#[tokio::test]
async fn each_setting_invoices_its_own_owner() {
    let it = stand_in::start().await;
    let partner = account(&it, HARBOR_POINT).await;
    let for_partner = it.place(&seven_seats()).await;
    let for_customer = it.place(&for_the_customer()).await;
    let theirs = account(&it, for_customer.customer.as_str()).await;
    for (account, count) in
        [(&partner, 1), (&theirs, 1), (&account(&it, for_partner.customer.as_str()).await, 0)]
    {
        let found = invoices(&it, std::slice::from_ref(account)).await;
        assert_eq!(found.len(), count);
        for invoice in found {
            assert_eq!(&invoice.account, account);
            assert_eq!(invoice.amount.to_string(), "84.00 USD");
            assert_eq!((invoice.date, invoice.balance), (TODAY, invoice.amount));
            assert!(!invoice.is_paid());
            let due = invoice.due.expect("a day");
            assert!(!invoice.is_overdue(due) && invoice.is_overdue(due + Duration::DAY));
            let items = it.zuora.invoice_items(std::slice::from_ref(&invoice.id), None).await;
            let item = items.expect("a page").items.remove(0);
            let subscription = if account == &partner { &for_partner } else { &for_customer };
            assert_eq!(
                (&item.invoice, item.subscription.as_ref()),
                (&invoice.id, Some(&subscription.subscription))
            );
            let read = it.zuora.invoice(&invoice.id).await.expect("an answer");
            assert_eq!(read, Some(invoice));
        }
    }
    assert_eq!(invoices(&it, &[partner, theirs]).await.len(), 2);
    it.check();
}

#[tokio::test]
async fn many_invoices_come_newest_first_page_by_page() {
    let it = stand_in::start().await;
    let partner = account(&it, HARBOR_POINT).await;
    for _ in 0..120 {
        it.place(&seven_seats()).await;
    }
    it.days_pass(31);
    let found = invoices(&it, std::slice::from_ref(&partner)).await;
    assert!(found.len() > 120, "{}", found.len());
    assert!(found.is_sorted_by(|one, next| one.date >= next.date));
    let mut ids: Vec<_> = found.iter().map(|one| &one.id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), found.len());
}

#[tokio::test]
async fn a_document_is_streamed() {
    let it = stand_in::start().await;
    let partner = account(&it, HARBOR_POINT).await;
    it.place(&seven_seats()).await;
    let invoice = invoices(&it, std::slice::from_ref(&partner)).await.remove(0);
    let pdf = it.zuora.invoice_pdf(&invoice.id).await.expect("an answer").expect("a document");
    let length = pdf.length;
    let bytes = whole(pdf).await.expect("a document");
    assert!(bytes.starts_with(b"%PDF-"));
    assert_eq!(length, u64::try_from(bytes.len()).ok());
    it.check();
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let it = stand_in::start().await;
    let nothing = "0123456789abcdef0123456789abcdef".into();
    assert_eq!(it.zuora.invoice(&nothing).await.expect("an answer"), None);
    assert!(it.zuora.invoice_pdf(&nothing).await.expect("an answer").is_none());
}

#[tokio::test]
async fn a_document_that_is_not_made_yet_is_not_there_and_another_answer_is_none() {
    let it = responder::start(|call| match call.line.as_str() {
        "GET /v1/invoices/none/files" => json(200, r#"{"invoiceFiles":[],"success":true}"#),
        "GET /v1/invoices/odd/files" => json(
            200,
            r#"{"invoiceFiles":[{"id":"f1","pdfFileUrl":"https://elsewhere.example/f1"}],"success":true}"#,
        ),
        _ => json(200, r#"{"success":false,"reasons":[{"code":50000040,"message":"No."}]}"#),
    })
    .await;
    let zuora = it.zuora();
    assert!(zuora.invoice_pdf(&"none".into()).await.expect("an answer").is_none());
    let error = zuora.invoice_pdf(&"odd".into()).await.err().expect("no PDF");
    assert!(matches!(error, BillingError::TryAgain { .. }), "{error:?}");
    assert_eq!(
        it.calls().last().map(|call| call.line.clone()).as_deref(),
        Some("GET /v1/files/f1")
    );
}
