//! `POST /v1/orders/preview`: what an order would come to, without placing it.

use crate::billing::{Line, Metrics, metrics_of, period_start_after, rate};
use crate::clock::Moment;
use crate::day::Day;
use crate::fields::Fields;
use crate::money::number;
use crate::orders::{self, Change, Work};
use crate::refusal::Refusal;
use crate::state::{State, Subscription};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const TYPES: [&str; 5] =
    ["BillingDocs", "ChargeMetrics", "OrderMetrics", "OrderDeltaMetrics", "RampMetrics"];

/// Up to when documents are previewed.
enum Through {
    Day(Day),
    TermEnd,
    Periods(u32),
}

/// Works out what the order would come to.
///
/// # Errors
/// As placing it would fail, and when the options are wrong.
pub(crate) fn preview(state: &State, now: Moment, body: &Fields<'_>) -> Result<Value, Refusal> {
    let options = body.need_object("previewOptions")?;
    let through = through(&options)?;
    let types = types(&options)?;
    let mut work = Work::new(state, now);
    let head = orders::run(&mut work, body)?;
    let mut result = Map::new();
    if types.iter().any(|name| name == "BillingDocs") {
        let mut lines = Vec::new();
        for change in &mut work.changes {
            let target = target(&change.next, &through, head.date)?;
            lines.extend(rate(&mut change.next, target));
        }
        let (invoices, memos) = documents(lines, head.date);
        result.insert("invoices".to_owned(), json!(invoices));
        result.insert("creditMemos".to_owned(), json!(memos));
    }
    if types.iter().any(|name| name == "ChargeMetrics") {
        let metrics: Vec<Value> = work.changes.iter().map(charge_metrics).collect();
        result.insert("chargeMetrics".to_owned(), json!(metrics));
    }
    Ok(json!({ "success": true, "previewResult": result }))
}

fn through(options: &Fields<'_>) -> Result<Through, Refusal> {
    let words = ["SpecificDate", "TermEnd", "NumberOfPeriods"];
    match options.word("previewThruType", &words)?.as_deref() {
        Some("TermEnd") => Ok(Through::TermEnd),
        Some("NumberOfPeriods") => {
            let count = options.count("previewNumberOfPeriods")?.filter(|count| *count > 0);
            count
                .map(Through::Periods)
                .ok_or_else(|| Refusal::missing(&options.name("previewNumberOfPeriods")))
        }
        _ => options
            .day("specificPreviewThruDate")?
            .map(Through::Day)
            .ok_or_else(|| Refusal::missing(&options.name("specificPreviewThruDate"))),
    }
}

fn types(options: &Fields<'_>) -> Result<Vec<String>, Refusal> {
    let Some(Value::Array(entries)) = options.value("previewTypes") else {
        return Ok(vec!["BillingDocs".to_owned()]);
    };
    entries
        .iter()
        .map(|entry| match entry.as_str() {
            Some(name) if TYPES.contains(&name) => Ok(name.to_owned()),
            _ => Err(Refusal::value(format!(
                "'{}' value should be one of: {}",
                options.name("previewTypes"),
                TYPES.join(", ")
            ))),
        })
        .collect()
}

fn target(subscription: &Subscription, through: &Through, order_date: Day) -> Result<Day, Refusal> {
    match through {
        Through::Day(day) => Ok(*day),
        Through::TermEnd => {
            subscription.term.end.map(|end| end.plus_days(-1)).ok_or_else(|| {
                Refusal::rule("'TermEnd' is invalid when a subscription is evergreen.")
            })
        }
        Through::Periods(count) => {
            let charges = subscription.rate_plans.iter().flat_map(|plan| &plan.charges);
            let months = charges.map(|charge| charge.period.months()).max().unwrap_or(1);
            let mut day = order_date.max(subscription.start);
            for _ in 1..*count {
                day = period_start_after(subscription.start, months, day);
            }
            Ok(day)
        }
    }
}

/// A document for each day on which something falls due, the order's day the
/// first; what falls due before is on that one. Sums below nought are credit
/// memos.
fn documents(lines: Vec<Line>, order_date: Day) -> (Vec<Value>, Vec<Value>) {
    let mut days: BTreeMap<(Day, Option<String>), Vec<Line>> = BTreeMap::new();
    for line in lines {
        let own = line.separately.then(|| line.subscription_number.clone());
        days.entry((line.from.max(order_date), own)).or_default().push(line);
    }
    let (mut invoices, mut memos) = (Vec::new(), Vec::new());
    for ((day, _), lines) in days {
        let total: Decimal = lines.iter().map(|line| line.amount).sum();
        let is_memo = total < Decimal::ZERO;
        let sign = if is_memo { -Decimal::ONE } else { Decimal::ONE };
        let items: Vec<Value> = lines.iter().map(|line| item(line, sign)).collect();
        let mut document = json!({
            "amount": number(total * sign),
            "amountWithoutTax": number(total * sign),
            "taxAmount": 0,
            "targetDate": day,
        });
        if is_memo {
            document["creditMemoItems"] = json!(items);
            memos.push(document);
        } else {
            document["invoiceItems"] = json!(items);
            invoices.push(document);
        }
    }
    (invoices, memos)
}

fn item(line: &Line, sign: Decimal) -> Value {
    json!({
        "serviceStartDate": line.from,
        "serviceEndDate": line.through,
        "amountWithoutTax": number(line.amount * sign),
        "taxAmount": 0,
        "chargeDescription": "",
        "chargeName": line.charge_name,
        "chargeNumber": line.charge_number,
        "processingType": "Charge",
        "productName": line.product_name,
        "productRatePlanChargeId": line.product_charge_id,
        "unitPrice": number(line.unit_price),
        "subscriptionNumber": line.subscription_number,
        "additionalInfo": {
            "quantity": number(line.quantity),
            "unitOfMeasure": line.uom.clone().unwrap_or_default(),
        },
    })
}

fn charge_metrics(change: &Change) -> Value {
    let charges = change.next.rate_plans.iter().flat_map(|plan| {
        plan.charges.iter().map(move |charge| {
            let now = metrics_of(&change.next, &charge.number).unwrap_or_default();
            let before = change.base.as_ref();
            let before =
                before.and_then(|base| metrics_of(base, &charge.number)).unwrap_or_default();
            json!({
                "chargeNumber": charge.number,
                "originRatePlanId": plan.original_id,
                "productRatePlanChargeId": charge.product_charge_id,
                "productRatePlanId": plan.product_rate_plan_id,
                "cmrr": pair(now, before, |metrics| metrics.monthly),
                "tcb": pair(now, before, |metrics| metrics.total),
                "tcv": pair(now, before, |metrics| metrics.total),
                "tax": pair(Metrics::default(), Metrics::default(), |metrics| metrics.total),
            })
        })
    });
    json!({
        "subscriptionNumber": change.next.number,
        "charges": charges.collect::<Vec<_>>(),
    })
}

fn pair(now: Metrics, before: Metrics, of: impl Fn(Metrics) -> Decimal) -> Value {
    json!({
        "discount": 0,
        "discountDelta": 0,
        "regular": number(of(now)),
        "regularDelta": number(of(now) - of(before)),
    })
}
