//! Previews: what Zuora works out, in our terms.
//!
//! Zuora is asked twice at once: up to the day on which the order takes effect,
//! for what falls due with it, and up to a period later, for what a whole
//! period costs from then on.

use super::super::{
    BillingError, BillingPeriod, CatalogPlan, ChargeId, ChargeKind, NewOrder, PeriodTotal, Preview,
    PreviewLine, RatePlanId,
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
    charge_number: Option<String>,
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
    pub effective_on: Date,
    /// How often the charges come that the order touches.
    pub periods: BTreeMap<ChargeId, BillingPeriod>,
}

impl Known {
    /// The day up to which a second period begins for all charges; `None`
    /// where none comes again.
    pub(super) fn second_period(&self) -> Option<Date> {
        self.periods.values().filter_map(|period| after(self.effective_on, period)).max()
    }
}

/// Adds the recurring charges of plans of the catalog.
pub(super) fn add_periods<'a>(
    periods: &mut BTreeMap<ChargeId, BillingPeriod>,
    catalog: &[CatalogPlan],
    plans: impl Iterator<Item = &'a RatePlanId>,
) {
    for id in plans {
        let plan = catalog.iter().find(|plan| plan.id == *id);
        for charge in plan.into_iter().flat_map(|plan| &plan.charges) {
            if let (ChargeKind::Recurring, Some(period)) = (charge.kind, &charge.period) {
                periods.insert(charge.id.clone(), period.clone());
            }
        }
    }
}

impl Zuora {
    pub(super) async fn preview_order(&self, order: &NewOrder) -> Result<Preview, BillingError> {
        let plans = || std::iter::once(&order.plan).chain(&order.add_ons);
        let (catalog, currency) =
            tokio::try_join!(self.catalog_with(plans()), self.currency_of(order))?;
        let mut periods = BTreeMap::new();
        add_periods(&mut periods, &catalog, plans().map(|plan| &plan.rate_plan));
        let known = Known { currency, effective_on: order.starts_on, periods };
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
    let now = body(known.effective_on)?;
    let later = known.second_period().map(&body).transpose()?;
    let (lines, later) = tokio::try_join!(ask(http, &now), async {
        match &later {
            Some(later) => ask(http, later).await,
            None => Ok(Vec::new()),
        }
    })?;
    Ok(in_our_terms(known, lines, &later))
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

fn in_our_terms(known: Known, lines: Vec<Line>, later: &[Line]) -> Preview {
    let Known { currency, effective_on, periods } = known;
    let per_period = per_period(currency, effective_on, &periods, later);
    // What fell due before is owed anyway.
    let lines = lines
        .into_iter()
        .filter(|line| line.wire.service_start_date.is_none_or(|from| from.0 >= effective_on));
    let lines: Vec<PreviewLine> = lines.map(|line| line.in_our_terms(currency)).collect();
    let net: Decimal = lines.iter().map(|line| line.net.amount).sum();
    let tax: Decimal = lines.iter().map(|line| line.tax.amount).sum();
    Preview {
        currency,
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

/// What a whole period costs: of each charge the first lines that begin after
/// the day of effect, because those on that day may pay for a part.
fn per_period(
    currency: Currency,
    effective_on: Date,
    periods: &BTreeMap<ChargeId, BillingPeriod>,
    later: &[Line],
) -> Vec<PeriodTotal> {
    let mut first: BTreeMap<&str, Date> = BTreeMap::new();
    let starts = |line: &Line| line.wire.service_start_date.map(|day| day.0);
    let after = later.iter().filter(|line| starts(line).is_some_and(|day| day > effective_on));
    let after: Vec<&Line> = after.collect();
    for line in &after {
        if let (Some(number), Some(day)) = (line.wire.charge_number.as_deref(), starts(line)) {
            first.entry(number).and_modify(|known| *known = day.min(*known)).or_insert(day);
        }
    }
    let mut totals: BTreeMap<BillingPeriod, Decimal> = BTreeMap::new();
    for line in after {
        let number = line.wire.charge_number.as_deref();
        let id = line.wire.product_rate_plan_charge_id.clone().map(ChargeId);
        let Some(period) = id.and_then(|id| periods.get(&id)) else { continue };
        if number.and_then(|number| first.get(number)).copied() == starts(line) {
            *totals.entry(period.clone()).or_default() += line.net + line.tax;
        }
    }
    totals
        .into_iter()
        .map(|(period, total)| PeriodTotal { period, total: Money::new(total, currency) })
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
