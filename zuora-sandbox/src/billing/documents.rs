//! Makes invoices and credit memos of lines.

use super::rating::Line;
use crate::clock::Moment;
use crate::day::Day;
use crate::ids::Sequences;
use crate::state::{Account, Document, DocumentKind, Item};
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// Makes the documents for these lines on this day: one for each invoice
/// owner, and one for each subscription that is invoiced separately. A sum
/// below nought makes a credit memo, which is not set against anything.
pub fn make(
    sequences: &mut Sequences,
    account: impl Fn(&str) -> Option<Account>,
    lines: Vec<Line>,
    date: Day,
    target: Day,
    order_number: Option<&str>,
    now: Moment,
) -> Vec<Document> {
    let mut groups: BTreeMap<(String, Option<String>), Vec<Line>> = BTreeMap::new();
    for line in lines {
        let own = line.separately.then(|| line.subscription_number.clone());
        groups.entry((line.invoice_owner_id.clone(), own)).or_default().push(line);
    }
    let mut documents = Vec::new();
    for ((account_id, _), lines) in groups {
        let total: Decimal = lines.iter().map(|line| line.amount).sum();
        let kind =
            if total < Decimal::ZERO { DocumentKind::CreditMemo } else { DocumentKind::Invoice };
        let sign = if kind == DocumentKind::CreditMemo { -Decimal::ONE } else { Decimal::ONE };
        let number = match kind {
            DocumentKind::Invoice => sequences.invoice(),
            DocumentKind::CreditMemo => sequences.credit_memo(),
        };
        let days = account(&account_id).map_or(0, |account| account.days_to_pay());
        documents.push(Document {
            id: sequences.id(),
            kind,
            number,
            currency: lines.first().map(|line| line.currency.clone()).unwrap_or_default(),
            account_id,
            date,
            due: date.plus_days(days),
            target,
            amount: total * sign,
            balance: total * sign,
            items: lines.into_iter().map(|line| item(sequences, line, sign)).collect(),
            order_number: order_number.map(str::to_owned),
            file_id: sequences.id(),
            created: now,
        });
    }
    documents
}

fn item(sequences: &mut Sequences, line: Line, sign: Decimal) -> Item {
    Item {
        id: sequences.id(),
        subscription_number: line.subscription_number,
        charge_number: line.charge_number,
        product_charge_id: line.product_charge_id,
        charge_name: line.charge_name,
        product_name: line.product_name,
        quantity: line.quantity,
        uom: line.uom,
        unit_price: line.unit_price,
        from: line.from,
        through: line.through,
        amount: line.amount * sign,
    }
}
