//! Records as object queries give them. Fields that Zuora has and that are
//! filtered on are there even when they are null.

use crate::money::{cents, number};
use crate::state::{
    Account, Charge, ChargeKind, Contact, Document, DocumentKind, Item, Order, Product,
    ProductCharge, ProductRatePlan, RatePlan, Segment, State, Subscription, extend,
};
use rust_decimal::Decimal;
use serde_json::{Value, json};

const USER: &str = "8ad0a1c08f3b5d11018f3b7c00500001";

fn text(text: &str) -> Value {
    if text.is_empty() { Value::Null } else { json!(text) }
}

pub(super) fn account(state: &State, account: &Account) -> Value {
    let owed = state.invoice_balance(&account.id);
    let credit = state.credit_balance(&account.id);
    let last = state.documents_of(&account.id, DocumentKind::Invoice).map(|invoice| invoice.date);
    let mut record = json!({
        "id": account.id,
        "createdById": USER,
        "createdDate": account.created.to_string(),
        "updatedById": USER,
        "updatedDate": account.updated.to_string(),
        "accountNumber": account.number,
        "allowInvoiceEdit": false,
        "autoPay": account.auto_pay,
        "balance": number(owed - credit),
        "batch": account.batch,
        "billCycleDay": account.bill_cycle_day,
        "billToId": account.bill_to.id,
        "crmId": text(&account.crm_id),
        "currency": account.currency,
        "invoiceDeliveryPrefsEmail": true,
        "invoiceDeliveryPrefsPrint": false,
        "lastInvoiceDate": last.max(),
        "name": account.name,
        "notes": text(&account.notes),
        "parentId": account.parent_id,
        "partnerAccount": account.partner_account,
        "paymentTerm": account.payment_term,
        "soldToId": account.sold_to.id,
        "status": account.status.word(),
        "totalInvoiceBalance": number(owed),
        "unappliedCreditMemoAmount": number(credit),
    });
    extend(&mut record, &account.custom);
    record
}

pub(super) fn contact(account_id: &str, contact: &Contact) -> Value {
    let mut record = json!({
        "id": contact.id,
        "accountId": account_id,
        "firstName": contact.first_name,
        "lastName": contact.last_name,
        "address1": text(&contact.address1),
        "address2": text(&contact.address2),
        "city": text(&contact.city),
        "state": text(&contact.state),
        "county": text(&contact.county),
        "postalCode": text(&contact.postal_code),
        "country": contact.country,
        "workEmail": text(&contact.work_email),
        "personalEmail": text(&contact.personal_email),
        "workPhone": text(&contact.work_phone),
        "mobilePhone": text(&contact.mobile_phone),
        "otherPhone": text(&contact.other_phone),
    });
    extend(&mut record, &contact.custom);
    record
}

pub(super) fn subscription(state: &State, subscription: &Subscription) -> Value {
    let latest = state.subscriptions.get(&subscription.number).and_then(|versions| versions.last());
    let term = &subscription.term;
    let mut record = json!({
        "id": subscription.id,
        "createdById": USER,
        "createdDate": subscription.created.to_string(),
        "updatedById": USER,
        "updatedDate": subscription.created.to_string(),
        "accountId": subscription.account_id,
        "autoRenew": term.auto_renew,
        "cancelledDate": subscription.cancelled_on,
        "contractAcceptanceDate": subscription.customer_acceptance,
        "contractEffectiveDate": subscription.contract_effective,
        "creatorAccountId": subscription.account_id,
        "creatorInvoiceOwnerId": subscription.invoice_owner_id,
        "currency": subscription.currency,
        "currentTerm": term.current.count,
        "currentTermPeriodType": term.current.unit.word(),
        "initialTerm": term.initial.count,
        "initialTermPeriodType": term.initial.unit.word(),
        "invoiceOwnerId": subscription.invoice_owner_id,
        "isInvoiceSeparate": subscription.invoice_separately,
        "isLatestVersion": latest.is_some_and(|latest| latest.id == subscription.id),
        "name": subscription.number,
        "notes": text(&subscription.notes),
        "orderId": subscription
            .order_number
            .as_deref()
            .and_then(|number| state.orders.get(number))
            .map(|order| order.id.as_str()),
        "originalCreatedDate": subscription.original_created.to_string(),
        "originalId": subscription.original_id,
        "previousSubscriptionId": subscription.previous_id,
        "renewalSetting": term.renewal_setting(),
        "renewalTerm": term.renewal.count,
        "renewalTermPeriodType": term.renewal.unit.word(),
        "revision": format!("{}.0", subscription.version),
        "serviceActivationDate": subscription.service_activation,
        "status": subscription.status.word(),
        "subscriptionEndDate": subscription.end(),
        "subscriptionStartDate": subscription.start,
        "termEndDate": term.end,
        "termStartDate": term.start,
        "termType": term.kind(),
        "version": subscription.version,
        "cMRR": number(crate::http_api::monthly(subscription)),
    });
    extend(&mut record, &subscription.custom);
    record
}

pub(super) fn rate_plan(subscription: &Subscription, plan: &RatePlan, charges: bool) -> Value {
    let mut record = json!({
        "id": plan.id,
        "originalRatePlanId": plan.original_id,
        "subscriptionRatePlanNumber": plan.number,
        "name": plan.name,
        "amendmentType": plan_change(plan),
        "productId": plan.product_id,
        "productRatePlanId": plan.product_rate_plan_id,
        "subscriptionId": subscription.id,
        "subscriptionOwnerId": subscription.account_id,
        "invoiceOwnerId": subscription.invoice_owner_id,
    });
    if charges {
        let segments = plan.charges.iter().flat_map(|charge| {
            charge
                .segments
                .iter()
                .map(|segment| segment_record(subscription, plan, charge, segment))
        });
        record["ratePlanCharges"] = segments.collect();
    }
    extend(&mut record, &plan.custom);
    record
}

fn plan_change(plan: &RatePlan) -> Option<&'static str> {
    match plan.last_change.as_str() {
        "Add" => Some("NewProduct"),
        "Update" => Some("UpdateProduct"),
        "Remove" => Some("RemoveProduct"),
        _ => None,
    }
}

fn segment_record(
    subscription: &Subscription,
    plan: &RatePlan,
    charge: &Charge,
    segment: &Segment,
) -> Value {
    let recurring = charge.kind == ChargeKind::Recurring;
    let full = charge.full_amount(segment.price, segment.quantity);
    let last = charge.segments.last().is_some_and(|last| last.id == segment.id);
    json!({
        "id": segment.id,
        "originalId": charge.original_id,
        "ratePlanId": plan.id,
        "productRatePlanChargeId": charge.product_charge_id,
        "chargeNumber": charge.number,
        "name": charge.name,
        "chargeType": charge.kind.word(),
        "chargeModel": charge.model.long_word(),
        "billingPeriod": recurring.then(|| charge.period.word()),
        "billingTiming": recurring.then_some("IN_ADVANCE"),
        "quantity": number(segment.quantity),
        "salesPrice": number(segment.price),
        "uOM": charge.uom,
        "segment": segment.number,
        "version": segment.number,
        "isLastSegment": last,
        "effectiveStartDate": segment.from,
        "effectiveEndDate": segment.to.or_else(|| subscription.end()),
        "chargedThroughDate": charge.charged_through().filter(|_| recurring),
        "mRR": if recurring {
            number(cents(full / Decimal::from(charge.period.months())))
        } else {
            json!(0)
        },
        "subscriptionId": subscription.id,
        "subscriptionOwnerId": subscription.account_id,
        "invoiceOwnerId": subscription.invoice_owner_id,
    })
}

pub(super) fn document(document: &Document) -> Value {
    let mut record = json!({
        "id": document.id,
        "createdById": USER,
        "createdDate": document.created.to_string(),
        "updatedById": USER,
        "updatedDate": document.created.to_string(),
        "accountId": document.account_id,
        "amount": number(document.amount),
        "amountWithoutTax": number(document.amount),
        "balance": number(document.balance),
        "currency": document.currency,
        "postedDate": document.created.to_string(),
        "reversed": false,
        "source": if document.order_number.is_some() { "API" } else { "BillRun" },
        "status": "Posted",
        "targetDate": document.target,
        "taxAmount": 0,
    });
    match document.kind {
        DocumentKind::Invoice => {
            record["invoiceNumber"] = json!(document.number);
            record["invoiceDate"] = json!(document.date);
            record["dueDate"] = json!(document.due);
            record["paymentAmount"] = number(document.amount - document.balance);
            record["sourceType"] = json!("Subscription");
        }
        DocumentKind::CreditMemo => {
            record["memoNumber"] = json!(document.number);
            record["memoDate"] = json!(document.date);
            record["totalAmount"] = number(document.amount);
        }
    }
    record
}

pub(super) fn invoice_item(state: &State, document: &Document, item: &Item) -> Value {
    let subscription = state.subscription(&item.subscription_number).ok();
    json!({
        "id": item.id,
        "invoiceId": document.id,
        "accountId": document.account_id,
        "chargeAmount": number(item.amount),
        "chargeName": item.charge_name,
        "chargeNumber": item.charge_number,
        "productRatePlanChargeId": item.product_charge_id,
        "quantity": number(item.quantity),
        "unitPrice": number(item.unit_price),
        "uOM": item.uom,
        "serviceStartDate": item.from,
        "serviceEndDate": item.through,
        "subscriptionId": subscription.map(|subscription| subscription.id.as_str()),
        "subscriptionNumber": item.subscription_number,
        "taxAmount": 0,
    })
}

pub(super) fn order(order: &Order) -> Value {
    let mut record = json!({
        "id": order.id,
        "createdById": USER,
        "createdDate": order.created.to_string(),
        "updatedById": USER,
        "updatedDate": order.created.to_string(),
        "orderNumber": order.number,
        "orderDate": order.date,
        "accountId": order.account_id,
        "status": "Completed",
        "state": "Complete",
        "category": "NewSales",
    });
    extend(&mut record, &order.custom);
    record
}

pub(super) fn order_actions(state: &State, order: &Order) -> Value {
    let actions = order.subscriptions.iter().flat_map(|entry| {
        let version = state
            .subscriptions
            .get(&entry.number)
            .and_then(|versions| versions.iter().find(|found| found.version == entry.new_version));
        entry.actions.iter().map(move |action| {
            json!({
                "id": format!("{}{:02x}", order.id.get(..30).unwrap_or_default(), action["sequence"].as_u64().unwrap_or_default()),
                "type": action["type"],
                "sequence": action["sequence"],
                "contractEffectiveDate": action["triggerDates"][0]["triggerDate"],
                "orderId": order.id,
                "subscriptionId": version.map(|version| version.id.as_str()),
                "subscriptionNumber": entry.number,
            })
        })
    });
    actions.collect()
}

pub(super) fn product(product: &Product) -> Value {
    json!({
        "id": product.id,
        "productNumber": product.number,
        "name": product.name,
        "sKU": product.sku,
        "category": product.category,
        "effectiveStartDate": product.start,
        "effectiveEndDate": product.end,
        "allowFeatureChanges": false,
    })
}

pub(super) fn product_rate_plan(product: &Product, plan: &ProductRatePlan) -> Value {
    json!({
        "id": plan.id,
        "productId": product.id,
        "productRatePlanNumber": plan.number,
        "name": plan.name,
        "grade": plan.grade,
        "effectiveStartDate": plan.start,
        "effectiveEndDate": plan.end,
    })
}

pub(super) fn product_charge(plan: &ProductRatePlan, charge: &ProductCharge) -> Value {
    let recurring = charge.kind == ChargeKind::Recurring;
    json!({
        "id": charge.id,
        "productRatePlanId": plan.id,
        "productRatePlanChargeNumber": charge.number,
        "name": charge.name,
        "chargeType": charge.kind.word(),
        "chargeModel": charge.model.long_word(),
        "billingPeriod": recurring.then(|| charge.period.word()),
        "billingTiming": recurring.then_some("IN_ADVANCE"),
        "listPriceBase": recurring.then_some("Per Billing Period"),
        "defaultQuantity": charge.uom.is_some().then(|| number(charge.default_quantity)),
        "uOM": charge.uom,
        "taxable": false,
        "triggerEvent": "ContractEffective",
        "endDateCondition": if recurring { "SubscriptionEnd" } else { "OneTime" },
    })
}

pub(super) fn product_charges(plan: &ProductRatePlan, tiers: bool) -> Value {
    let charges = plan.charges.iter().map(|charge| {
        let mut record = product_charge(plan, charge);
        if tiers {
            record["productRatePlanChargeTiers"] = charge_tiers(charge);
        }
        record
    });
    charges.collect()
}

fn charge_tiers(charge: &ProductCharge) -> Value {
    let tiers = charge.prices.iter().zip(1_u32..).map(|((currency, price), place)| {
        json!({
            "id": format!("{}{place:02x}", charge.id.get(..30).unwrap_or_default()),
            "productRatePlanChargeId": charge.id,
            "active": true,
            "currency": currency,
            "price": number(*price),
            "priceFormat": "Per Unit",
            "tier": 1,
            "startingUnit": 0,
        })
    });
    tiers.collect()
}
