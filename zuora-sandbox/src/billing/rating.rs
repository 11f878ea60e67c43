//! Works out what is to be billed on a subscription up to a day.

use crate::day::Day;
use crate::money::cents;
use crate::state::{Charge, ChargeKind, Span, Subscription};
use rust_decimal::Decimal;

/// A line that is to be billed.
#[derive(Clone, Debug)]
pub struct Line {
    /// The subscription.
    pub subscription_number: String,
    /// Who pays it, by identifier.
    pub invoice_owner_id: String,
    /// Whether the subscription gets invoices of its own.
    pub separately: bool,
    /// The currency.
    pub currency: String,
    /// The charge's number.
    pub charge_number: String,
    /// The product charge.
    pub product_charge_id: String,
    /// The charge's name.
    pub charge_name: String,
    /// The product's name.
    pub product_name: String,
    /// How many.
    pub quantity: Decimal,
    /// What the quantity counts.
    pub uom: Option<String>,
    /// What one costs for a whole period.
    pub unit_price: Decimal,
    /// The first day it is for; it falls due on that day.
    pub from: Day,
    /// The last day it is for.
    pub through: Day,
    /// What it comes to; negative for what is given back.
    pub amount: Decimal,
}

/// The first day after `day` on which a period of `months` starts that are
/// counted from `anchor`.
#[must_use]
pub fn period_start_after(anchor: Day, months: u32, day: Day) -> Day {
    let mut count = 0;
    loop {
        let start = anchor.plus_months(months * count);
        if start > day {
            return start;
        }
        count += 1;
    }
}

/// Bills everything that falls due up to `target` (including it), and remembers
/// it in the subscription.
pub fn rate(subscription: &mut Subscription, target: Day) -> Vec<Line> {
    let end = subscription.end();
    let anchor = subscription.start;
    let mut lines = Vec::new();
    let mut plans = std::mem::take(&mut subscription.rate_plans);
    for plan in &mut plans {
        let product_name = plan.product_name.clone();
        for charge in &mut plan.charges {
            let parts = match charge.kind {
                ChargeKind::OneTime => one_time(charge, target),
                ChargeKind::Recurring => recurring(charge, anchor, end, target),
            };
            lines.extend(parts.into_iter().map(|part| Line {
                subscription_number: subscription.number.clone(),
                invoice_owner_id: subscription.invoice_owner_id.clone(),
                separately: subscription.invoice_separately,
                currency: subscription.currency.clone(),
                charge_number: charge.number.clone(),
                product_charge_id: charge.product_charge_id.clone(),
                charge_name: charge.name.clone(),
                product_name: product_name.clone(),
                quantity: part.span.quantity,
                uom: charge.uom.clone(),
                unit_price: part.span.price,
                from: part.span.from,
                through: part.span.to.plus_days(-1).max(part.span.from),
                amount: part.amount,
            }));
        }
    }
    subscription.rate_plans = plans;
    lines
}

struct Part {
    span: Span,
    amount: Decimal,
}

fn one_time(charge: &mut Charge, target: Day) -> Vec<Part> {
    let Some(segment) = charge.segments.first() else { return Vec::new() };
    if !charge.billed.is_empty() || segment.from > target {
        return Vec::new();
    }
    let span = Span {
        from: segment.from,
        to: segment.from,
        quantity: segment.quantity,
        price: segment.price,
    };
    let amount = cents(charge.full_amount(span.price, span.quantity));
    charge.billed.push(span.clone());
    vec![Part { span, amount }]
}

/// A stretch of days within one period on which nothing changes.
struct Stretch {
    from: Day,
    to: Day,
    period: (Day, Day),
    billed: Option<(Decimal, Decimal)>,
    wanted: Option<(Decimal, Decimal)>,
}

fn recurring(charge: &mut Charge, anchor: Day, end: Option<Day>, target: Day) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut ledger: Vec<Span> = Vec::new();
    for stretch in stretches(charge, anchor, end, target) {
        let due = stretch.from <= target;
        let keeps = !due || stretch.billed == stretch.wanted;
        if !keeps {
            for (rate, sign) in [(stretch.billed, -1), (stretch.wanted, 1)] {
                let Some((quantity, price)) = rate else { continue };
                let share = share(charge.full_amount(price, quantity), &stretch);
                if share.is_zero() {
                    continue;
                }
                let span = Span { from: stretch.from, to: stretch.to, quantity, price };
                parts.push(Part { span, amount: share * Decimal::from(sign) });
            }
        }
        let now = if keeps { stretch.billed } else { stretch.wanted };
        if let Some((quantity, price)) = now {
            remember(&mut ledger, Span { from: stretch.from, to: stretch.to, quantity, price });
        }
    }
    charge.billed = ledger;
    parts
}

fn remember(ledger: &mut Vec<Span>, span: Span) {
    match ledger.last_mut() {
        Some(last)
            if last.to == span.from
                && last.quantity == span.quantity
                && last.price == span.price =>
        {
            last.to = span.to;
        }
        _ => ledger.push(span),
    }
}

fn share(full: Decimal, stretch: &Stretch) -> Decimal {
    let (start, end) = stretch.period;
    let days = |from: Day, to: Day| Decimal::from(from.days_until(to).max(0));
    let whole = days(start, end);
    if whole.is_zero() {
        return Decimal::ZERO;
    }
    cents(full * days(stretch.from, stretch.to) / whole)
}

fn stretches(charge: &Charge, anchor: Day, end: Option<Day>, target: Day) -> Vec<Stretch> {
    let months = charge.period.months();
    let billed_to = charge.charged_through();
    let first = charge.segments.iter().map(|segment| segment.from).min();
    let first = first.into_iter().chain(charge.billed.first().map(|span| span.from)).min();
    let mut found: Vec<Stretch> = Vec::new();
    let mut count = 0;
    loop {
        let start = anchor.plus_months(months * count);
        let stop = anchor.plus_months(months * (count + 1));
        count += 1;
        if start > target && billed_to.is_none_or(|to| start >= to) {
            return found;
        }
        if first.is_none_or(|first| stop <= first) {
            if first.is_none() {
                return found;
            }
            continue;
        }
        let mut cuts = vec![start, stop];
        cuts.extend(
            charge.segments.iter().flat_map(|segment| [Some(segment.from), segment.to]).flatten(),
        );
        cuts.extend(charge.billed.iter().flat_map(|span| [span.from, span.to]));
        cuts.extend(end);
        cuts.retain(|cut| (start..=stop).contains(cut));
        cuts.sort_unstable();
        cuts.dedup();
        for pair in cuts.windows(2) {
            let [from, to] = [pair[0], pair[1]];
            let stretch = Stretch {
                from,
                to,
                period: (start, stop),
                billed: billed_on(charge, from),
                wanted: end.is_none_or(|end| from < end).then(|| wanted_on(charge, from)).flatten(),
            };
            match found.last_mut() {
                Some(last)
                    if last.to == stretch.from
                        && last.period == stretch.period
                        && last.billed == stretch.billed
                        && last.wanted == stretch.wanted =>
                {
                    last.to = stretch.to;
                }
                _ => found.push(stretch),
            }
        }
    }
}

fn billed_on(charge: &Charge, day: Day) -> Option<(Decimal, Decimal)> {
    charge
        .billed
        .iter()
        .find(|span| span.from <= day && day < span.to)
        .map(|span| (span.quantity, span.price))
}

fn wanted_on(charge: &Charge, day: Day) -> Option<(Decimal, Decimal)> {
    charge
        .segments
        .iter()
        .find(|segment| segment.from <= day && segment.to.is_none_or(|to| day < to))
        .map(|segment| (segment.quantity, segment.price))
}

#[cfg(test)]
mod tests {
    use super::{Charge, ChargeKind, Day, Decimal, Span, recurring};
    use crate::state::{BillingPeriod, ChargeModel, Segment};

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn charge(period: BillingPeriod, segments: &[(Day, Option<Day>, u32)]) -> Charge {
        let segment = |(from, to, quantity): &(Day, Option<Day>, u32)| Segment {
            id: String::new(),
            number: 1,
            from: *from,
            to: *to,
            quantity: Decimal::from(*quantity),
            price: Decimal::new(1999, 2),
        };
        Charge {
            original_id: String::new(),
            number: "C-1".to_owned(),
            product_charge_id: String::new(),
            name: String::new(),
            kind: ChargeKind::Recurring,
            model: ChargeModel::PerUnit,
            period,
            uom: None,
            segments: segments.iter().map(segment).collect(),
            billed: Vec::new(),
        }
    }

    fn bill(charge: &mut Charge, end: Option<Day>, target: Day) -> Decimal {
        recurring(charge, day("2026-01-31"), end, target).iter().map(|part| part.amount).sum()
    }

    #[test]
    fn whole_periods_cost_the_whole_price_whatever_their_days() {
        let mut charge = charge(BillingPeriod::Month, &[(day("2026-01-31"), None, 1)]);
        let end = Some(day("2027-01-31"));
        assert_eq!(bill(&mut charge, end, day("2026-01-30")), Decimal::ZERO);
        assert_eq!(bill(&mut charge, end, day("2026-01-31")), Decimal::new(1999, 2));
        assert_eq!(bill(&mut charge, end, day("2026-02-27")), Decimal::ZERO);
        assert_eq!(bill(&mut charge, end, day("2030-01-01")), Decimal::new(11 * 1999, 2));
        assert_eq!(
            charge.billed,
            [Span {
                from: day("2026-01-31"),
                to: day("2027-01-31"),
                quantity: Decimal::ONE,
                price: Decimal::new(1999, 2),
            }]
        );
    }

    #[test]
    fn an_early_end_gives_back_what_was_billed_beyond_it() {
        let mut charge = charge(BillingPeriod::Annual, &[(day("2026-01-31"), None, 10)]);
        let full = bill(&mut charge, Some(day("2027-01-31")), day("2026-01-31"));
        assert_eq!(full, Decimal::new(19990, 2));
        let back = bill(&mut charge, Some(day("2026-04-14")), day("2026-04-14"));
        // 292 of 365 days.
        assert_eq!(back, Decimal::new(-15992, 2));
    }

    /// However often and whenever it is billed in between, in the end what was
    /// billed is what is true, to a cent for each line.
    #[test]
    fn what_is_billed_step_by_step_is_what_is_billed_at_once() {
        let start = day("2026-01-31");
        let end = Some(day("2027-01-31"));
        let mut seed = 42_u64;
        let mut random = |below: u32| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            u32::try_from(seed >> 33).unwrap() % below
        };
        for _ in 0..200 {
            let period = if random(2) == 0 { BillingPeriod::Month } else { BillingPeriod::Annual };
            let mut stepwise = charge(period, &[(start, None, 1 + random(9))]);
            let (mut total, mut lines, mut today) = (Decimal::ZERO, 0, start);
            for _ in 0..4 {
                let parts = recurring(&mut stepwise, start, end, today);
                total += parts.iter().map(|part| part.amount).sum::<Decimal>();
                lines += parts.len();
                today = today.plus_days(i64::from(1 + random(80)));
                // A change from a day on: a new quantity, as an order makes it.
                let last = stepwise.segments.last_mut().unwrap();
                last.to = Some(today);
                let next = Segment {
                    from: today,
                    to: None,
                    quantity: Decimal::from(random(9)),
                    ..last.clone()
                };
                stepwise.segments.push(next);
            }
            let parts = recurring(&mut stepwise, start, end, day("2027-01-31"));
            total += parts.iter().map(|part| part.amount).sum::<Decimal>();
            lines += parts.len();
            let mut at_once = stepwise.clone();
            at_once.billed.clear();
            let parts = recurring(&mut at_once, start, end, day("2027-01-31"));
            let wanted: Decimal = parts.iter().map(|part| part.amount).sum();
            let cents = Decimal::new(i64::try_from(lines + parts.len()).unwrap(), 2);
            assert!((total - wanted).abs() <= cents, "{total} is not {wanted}");
            let spans = |charge: &Charge| -> Vec<Span> {
                let billed = charge.billed.iter().filter(|span| !span.quantity.is_zero());
                billed.cloned().collect()
            };
            assert_eq!(spans(&stepwise), spans(&at_once));
        }
    }
}
