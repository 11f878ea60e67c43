//! Makes true what an order has come to.

use super::work::{Change, Head, Work};
use crate::billing;
use crate::clock::Moment;
use crate::day::Day;
use crate::fields::Fields;
use crate::money::number;
use crate::refusal::Refusal;
use crate::state::{
    AccountStatus, Document, DocumentKind, Order, OrderSubscription, State, Subscription,
};
use rust_decimal::Decimal;
use serde_json::{Value, json};

/// What is to happen after the order, as `processingOptions` has it.
struct Processing {
    bill: bool,
    collect: bool,
    target: Option<Day>,
    document_date: Option<Day>,
}

impl Processing {
    fn read(body: &Fields<'_>) -> Result<Self, Refusal> {
        let options = body.object("processingOptions")?;
        let billing = match &options {
            Some(options) => options.object("billingOptions")?,
            None => None,
        };
        let flag = |name| match &options {
            Some(options) => options.flag(name).map(Option::unwrap_or_default),
            None => Ok(false),
        };
        let day = |name| match &billing {
            Some(billing) => billing.day(name),
            None => Ok(None),
        };
        Ok(Self {
            bill: flag("runBilling")?,
            collect: flag("collectPayment")?,
            target: day("targetDate")?,
            document_date: day("documentDate")?,
        })
    }
}

/// Places the order and gives Zuora's answer.
///
/// # Errors
/// With the first thing that stands against it; then nothing has changed.
pub fn commit(
    state: &mut State,
    now: Moment,
    body: &Fields<'_>,
    return_ids: bool,
) -> Result<Value, Refusal> {
    let processing = Processing::read(body)?;
    let mut work = Work::new(state, now);
    let head = super::run(&mut work, body)?;
    let order_number = match &head.number {
        Some(number) => number.clone(),
        None => loop {
            let number = work.sequences.order();
            if !work.state.orders.contains_key(&number) {
                break number;
            }
        },
    };
    let order_id = work.sequences.id();
    let Work { mut sequences, accounts, mut changes, .. } = work;

    let mut lines = Vec::new();
    if processing.bill {
        let target = processing.target.unwrap_or_else(|| now.day());
        for change in &mut changes {
            lines.extend(billing::rate(&mut change.next, target));
        }
    }
    let account = |id: &str| {
        accounts.iter().find(|account| account.id == id).or_else(|| state.accounts.get(id)).cloned()
    };
    let mut documents = billing::make_documents(
        &mut sequences,
        account,
        lines,
        processing.document_date.unwrap_or_else(|| now.day()),
        processing.target.unwrap_or_else(|| now.day()),
        Some(&order_number),
        now,
    );
    let paid = if processing.collect { pay(&mut documents) } else { Decimal::ZERO };

    let order = order(state, &head, order_id, order_number, &changes, &documents, now);
    let answer = answer(&head, &order, &changes, &documents, &account, paid, return_ids);

    state.sequences = sequences;
    for account in accounts {
        state.put_account(account);
    }
    for change in changes {
        for id in [&change.next.account_id, &change.next.invoice_owner_id] {
            if let Some(account) = state.accounts.get_mut(id) {
                account.status = AccountStatus::Active;
            }
        }
        state.put_version(Subscription { order_number: Some(order.number.clone()), ..change.next });
    }
    for document in documents {
        state.put_document(document);
    }
    state.orders.insert(order.number.clone(), order);
    Ok(answer)
}

fn pay(documents: &mut [Document]) -> Decimal {
    let mut paid = Decimal::ZERO;
    for document in documents.iter_mut().filter(|document| document.kind == DocumentKind::Invoice) {
        paid += std::mem::take(&mut document.balance);
    }
    paid
}

fn order(
    state: &State,
    head: &Head,
    id: String,
    number: String,
    changes: &[Change],
    documents: &[Document],
    now: Moment,
) -> Order {
    Order {
        id,
        number,
        account_id: head.account.id.clone(),
        date: head.date,
        currency: head.account.currency.clone(),
        description: head.description.clone(),
        custom: head.custom.clone(),
        subscriptions: changes
            .iter()
            .map(|change| OrderSubscription {
                number: change.next.number.clone(),
                owner_id: change.next.account_id.clone(),
                invoice_owner_id: change.next.invoice_owner_id.clone(),
                base_version: change.base.as_ref().map(|base| base.version),
                new_version: change.next.version,
                custom: change.custom.clone(),
                actions: change.actions.clone(),
            })
            .collect(),
        documents: documents.iter().map(|document| document.id.clone()).collect(),
        created: now,
        place: state.orders.values().map(|order| order.place).max().unwrap_or_default() + 1,
    }
}

fn answer(
    head: &Head,
    order: &Order,
    changes: &[Change],
    documents: &[Document],
    account: &impl Fn(&str) -> Option<crate::state::Account>,
    paid: Decimal,
    return_ids: bool,
) -> Value {
    let of = |kind| documents.iter().filter(move |document| document.kind == kind);
    let numbers = |kind| of(kind).map(|document| &document.number).collect::<Vec<_>>();
    let ids = |kind| of(kind).map(|document| &document.id).collect::<Vec<_>>();
    let subscriptions = changes.iter().map(|change| {
        let owner = account(&change.next.account_id);
        let mut entry = json!({
            "subscriptionNumber": change.next.number,
            "subscriptionOwnerId": change.next.account_id,
            "subscriptionOwnerNumber": owner.map(|owner| owner.number),
            "status": change.next.status.word(),
        });
        if return_ids {
            entry["subscriptionId"] = json!(change.next.id);
        }
        entry
    });
    let mut answer = json!({
        "success": true,
        "orderNumber": order.number,
        "accountNumber": head.account.number,
        "status": "Completed",
        "subscriptions": subscriptions.collect::<Vec<_>>(),
    });
    if !documents.is_empty() {
        answer["invoiceNumbers"] = json!(numbers(DocumentKind::Invoice));
        answer["creditMemoNumbers"] = json!(numbers(DocumentKind::CreditMemo));
    }
    if !paid.is_zero() {
        answer["paidAmount"] = number(paid);
    }
    if return_ids {
        answer["orderId"] = json!(order.id);
        answer["accountId"] = json!(head.account.id);
        answer["subscriptionIds"] =
            json!(changes.iter().map(|change| &change.next.id).collect::<Vec<_>>());
        if !documents.is_empty() {
            answer["invoiceIds"] = json!(ids(DocumentKind::Invoice));
            answer["creditMemoIds"] = json!(ids(DocumentKind::CreditMemo));
        }
    }
    answer
}
