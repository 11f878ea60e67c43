//! Previews: what Zuora works out, in our terms.
//!
//! Zuora is asked up to the day on which the order takes effect, for what falls
//! due with it. Where that pays for a part of a period only, Zuora is asked
//! again up to a period later, for what a whole one costs.

use super::super::{
    BillingError, BillingPeriod, CatalogPlan, ChargeId, ChargeKind, NewOrder, OrderedPlan,
    PeriodTotal, Preview, PreviewLine,
};
use super::Zuora;
use super::compose::{self, For};
use super::http::Http;
use super::number::{Day, Number, text};
use super::order_body::OrderBody;
use partners_app::domain::{Currency, Money};
use rust_decimal::Decimal;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use time::{Date, Duration, Month};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    preview_result: Documents,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Documents {
    #[serde(default)]
    invoices: Option<Vec<WireInvoice>>,
    #[serde(default)]
    credit_memos: Option<Vec<WireMemo>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireInvoice {
    #[serde(default)]
    invoice_items: Vec<WireLine>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireMemo {
    #[serde(default)]
    credit_memo_items: Vec<WireLine>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireLine {
    #[serde(default)]
    product_rate_plan_charge_id: Option<String>,
    #[serde(default)]
    charge_name: Option<String>,
    #[serde(default)]
    product_name: Option<String>,
    #[serde(default)]
    service_start_date: Option<Day>,
    #[serde(default)]
    service_end_date: Option<Day>,
    amount_without_tax: Number,
    #[serde(default)]
    tax_amount: Option<Number>,
    #[serde(default)]
    processing_type: Option<String>,
    #[serde(default)]
    additional_info: Option<WireQuantity>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireQuantity {
    #[serde(default)]
    quantity: Option<Number>,
    #[serde(default)]
    unit_of_measure: Option<String>,
}

/// What a preview needs to know beside Zuora's answer.
pub(super) struct Known {
    pub currency: Currency,
    pub ordered_on: Date,
    pub effective_on: Date,
    /// The charges that come again, of what the order touches.
    pub recurring: BTreeMap<ChargeId, Recurring>,
}

/// A charge that comes again.
pub(super) struct Recurring {
    pub period: BillingPeriod,
    /// What a period costs by the price list, where it says so.
    pub listed: Option<Money>,
}

impl Known {
    /// The day up to which a whole period of every charge has begun; `None`
    /// where none comes again.
    fn second_period(&self) -> Option<Date> {
        let periods = self.recurring.values().map(|charge| &charge.period);
        periods.filter_map(|period| after(self.effective_on, period)).max()
    }
}

/// The recurring charges of plans to be bought.
pub(super) fn recurring<'a>(
    catalog: &[CatalogPlan],
    plans: impl Iterator<Item = &'a OrderedPlan>,
    currency: Currency,
) -> BTreeMap<ChargeId, Recurring> {
    let mut found = BTreeMap::new();
    for ordered in plans {
        let plan = catalog.iter().find(|plan| plan.id == ordered.rate_plan);
        for charge in plan.into_iter().flat_map(|plan| &plan.charges) {
            if let (ChargeKind::Recurring, Some(period)) = (charge.kind, charge.period.clone()) {
                let listed = charge.amount(currency, ordered.quantity);
                found.insert(charge.id.clone(), Recurring { period, listed });
            }
        }
    }
    found
}

impl Zuora {
    pub(super) async fn preview_order(&self, order: &NewOrder) -> Result<Preview, BillingError> {
        let plans = || std::iter::once(&order.plan).chain(&order.add_ons);
        let (catalog, currency) =
            tokio::try_join!(self.catalog_with(plans()), self.currency_of(order))?;
        let recurring = recurring(&catalog, plans(), currency);
        let (ordered_on, effective_on) = (order.ordered_on, order.starts_on);
        let known = Known { currency, ordered_on, effective_on, recurring };
        let fields = &self.http.settings().fields;
        let body =
            |through| compose::new_subscription(order, &catalog, fields, For::Preview(through));
        work_out(&self.http, known, body).await
    }
}

/// Asks Zuora what an order would cost.
pub(super) async fn work_out(
    http: &Http,
    known: Known,
    body: impl Fn(Date) -> Result<OrderBody, BillingError>,
) -> Result<Preview, BillingError> {
    let lines = ask(http, &body(known.effective_on)?).await?;
    let mut whole = whole_periods(&known, &lines);
    let all_known = known.recurring.keys().all(|id| whole.contains_key(id));
    if let (false, Some(through)) = (all_known, known.second_period()) {
        for (id, amount) in whole_periods(&known, &ask(http, &body(through)?).await?) {
            whole.entry(id).or_insert(amount);
        }
    }
    Ok(in_our_terms(&known, lines, &whole))
}

/// A line with the sign that it has for who is invoiced.
struct Line {
    wire: WireLine,
    net: Decimal,
    tax: Decimal,
}

async fn ask(http: &Http, body: &OrderBody) -> Result<Vec<Line>, BillingError> {
    let answer: Answer = http.json(http.work_out(&["v1", "orders", "preview"], body)).await?;
    let Documents { invoices, credit_memos } = answer.preview_result;
    let invoices = invoices.unwrap_or_default().into_iter().flat_map(|one| one.invoice_items);
    let memos = credit_memos.unwrap_or_default().into_iter().flat_map(|one| one.credit_memo_items);
    let charges = invoices.map(|wire| (wire, Decimal::ONE));
    let credits = memos.map(|wire| (wire, Decimal::NEGATIVE_ONE));
    Ok(charges
        .chain(credits)
        .map(|(wire, sign)| {
            let tax = wire.tax_amount.map_or(Decimal::ZERO, |tax| tax.0);
            Line { net: wire.amount_without_tax.0 * sign, tax: tax * sign, wire }
        })
        .collect())
}

fn in_our_terms(known: &Known, lines: Vec<Line>, whole: &BTreeMap<ChargeId, Decimal>) -> Preview {
    let Known { currency, ordered_on, effective_on, .. } = *known;
    let per_period = per_period(known, whole);
    // What fell due before is owed anyway.
    let lines = lines
        .into_iter()
        .filter(|line| line.wire.service_start_date.is_none_or(|from| from.0 >= effective_on));
    let lines: Vec<PreviewLine> = lines.map(|line| line.in_our_terms(currency)).collect();
    let net: Decimal = lines.iter().map(|line| line.net.amount).sum();
    let tax: Decimal = lines.iter().map(|line| line.tax.amount).sum();
    Preview {
        currency,
        ordered_on,
        effective_on,
        net: Money::new(net, currency),
        tax: Money::new(tax, currency),
        total: Money::new(net + tax, currency),
        lines,
        per_period,
    }
}

impl Line {
    fn in_our_terms(self, currency: Currency) -> PreviewLine {
        let (quantity, unit) = match self.wire.additional_info {
            Some(info) => (info.quantity.map(|number| number.0), text(info.unit_of_measure)),
            None => (None, None),
        };
        PreviewLine {
            charge: self.wire.product_rate_plan_charge_id.map(ChargeId),
            product: self.wire.product_name.unwrap_or_default(),
            name: self.wire.charge_name.unwrap_or_default(),
            quantity,
            unit,
            from: self.wire.service_start_date.map(|day| day.0),
            through: self.wire.service_end_date.map(|day| day.0),
            net: Money::new(self.net, currency),
            tax: Money::new(self.tax, currency),
        }
    }
}

/// What a whole period of each charge costs, tax included: its first lines from
/// the day of effect on that pay for one. Credits are for what was before,
/// unless they are discounts.
fn whole_periods(known: &Known, lines: &[Line]) -> BTreeMap<ChargeId, Decimal> {
    let mut found: BTreeMap<ChargeId, (Date, Decimal)> = BTreeMap::new();
    for Line { wire, net, tax } in lines {
        let id = wire.product_rate_plan_charge_id.clone().map(ChargeId);
        let (Some(id), Some(Day(from)), Some(Day(through))) =
            (id, wire.service_start_date, wire.service_end_date)
        else {
            continue;
        };
        let is_discount = wire.processing_type.as_deref() == Some("Discount");
        let is_whole = known.recurring.get(&id).is_some_and(|charge| {
            from >= known.effective_on && through.next_day() == after(from, &charge.period)
        });
        if !is_whole || net.is_sign_negative() && !is_discount {
            continue;
        }
        match found.entry(id) {
            Entry::Vacant(entry) => {
                entry.insert((from, net + tax));
            }
            Entry::Occupied(mut entry) => {
                let (first, amount) = entry.get_mut();
                if from < *first {
                    (*first, *amount) = (from, net + tax);
                } else if from == *first {
                    *amount += net + tax;
                }
            }
        }
    }
    found.into_iter().map(|(id, (_, amount))| (id, amount)).collect()
}

/// What whole periods cost, summed by their length; by the price list where
/// Zuora's preview does not reach a whole one.
fn per_period(known: &Known, whole: &BTreeMap<ChargeId, Decimal>) -> Vec<PeriodTotal> {
    let mut totals: BTreeMap<&BillingPeriod, Decimal> = BTreeMap::new();
    for (id, charge) in &known.recurring {
        let listed = || charge.listed.map(|money| money.amount);
        if let Some(amount) = whole.get(id).copied().or_else(listed) {
            *totals.entry(&charge.period).or_default() += amount;
        }
    }
    let total = |amount| Money::new(amount, known.currency);
    totals
        .into_iter()
        .map(|(period, amount)| PeriodTotal { period: period.clone(), total: total(amount) })
        .collect()
}

/// The first day of the period after the one that begins on a day.
fn after(day: Date, period: &BillingPeriod) -> Option<Date> {
    match period {
        BillingPeriod::Weeks(weeks) => day.checked_add(Duration::weeks(i64::from(*weeks))),
        BillingPeriod::Months(months) => {
            let months = i32::try_from(*months).ok()? + i32::from(u8::from(day.month())) - 1;
            let year = day.year() + months.div_euclid(12);
            let month = Month::try_from(u8::try_from(months.rem_euclid(12)).ok()? + 1).ok()?;
            let day = day.day().min(month.length(year));
            Date::from_calendar_date(year, month, day).ok()
        }
        BillingPeriod::Other(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn periods_end_with_short_months() {
        let months = |count| after(date!(2027 - 12 - 31), &BillingPeriod::Months(count));
        assert_eq!(months(1), Some(date!(2028 - 01 - 31)));
        assert_eq!(months(2), Some(date!(2028 - 02 - 29)));
        assert_eq!(months(14), Some(date!(2029 - 02 - 28)));
        assert_eq!(
            after(date!(2026 - 11 - 24), &BillingPeriod::Weeks(1)),
            Some(date!(2026 - 12 - 01))
        );
    }
}
