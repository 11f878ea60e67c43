//! What a plan is worth at list price, to tell an upgrade from a downgrade.

use crate::billing::{BillingPeriod, CatalogCharge, CatalogPlan, ChargeKind, ChargeModel, Tier};
use partners_app::domain::Currency;
use rust_decimal::Decimal;

/// What a plan costs in a month at list price, without tax and without what
/// comes once or by use; `None` where its prices do not say.
#[must_use]
pub fn a_month(
    plan: &CatalogPlan,
    currency: Currency,
    quantity: Option<Decimal>,
) -> Option<Decimal> {
    let recurring = plan.charges.iter().filter(|charge| charge.kind == ChargeKind::Recurring);
    recurring.map(|charge| of_charge(charge, currency, quantity)).sum()
}

fn of_charge(
    charge: &CatalogCharge,
    currency: Currency,
    quantity: Option<Decimal>,
) -> Option<Decimal> {
    let tiers = &charge.price_in(currency)?.tiers;
    let units = quantity.or(charge.default_quantity).unwrap_or(Decimal::ONE);
    let amount = match charge.model {
        ChargeModel::Tiered => tiered(tiers, units)?,
        ChargeModel::Volume => volume(tiers, units)?,
        _ => charge.amount(currency, Some(units))?.amount,
    };
    amount.checked_div(months(charge.period.as_ref()?)?)
}

fn months(period: &BillingPeriod) -> Option<Decimal> {
    match period {
        BillingPeriod::Months(months) => Some(Decimal::from(*months)),
        BillingPeriod::Weeks(weeks) => {
            Decimal::from(*weeks).checked_mul(12.into())?.checked_div(52.into())
        }
        BillingPeriod::Other(_) => None,
    }
}

/// Each unit at its tier's price.
fn tiered(tiers: &[Tier], units: Decimal) -> Option<Decimal> {
    let mut below = Decimal::ZERO;
    let mut sum = Decimal::ZERO;
    for tier in tiers {
        let up_to = tier.to.unwrap_or(units).min(units);
        let within = up_to.checked_sub(below)?;
        if within <= Decimal::ZERO {
            break;
        }
        let count = if tier.is_flat { Decimal::ONE } else { within };
        sum = sum.checked_add(tier.price.amount.checked_mul(count)?)?;
        below = up_to;
    }
    (!tiers.is_empty()).then_some(sum)
}

/// All units at the price of the tier they reach.
fn volume(tiers: &[Tier], units: Decimal) -> Option<Decimal> {
    let tier = tiers.iter().find(|tier| tier.to.is_none_or(|to| units <= to))?;
    let count = if tier.is_flat { Decimal::ONE } else { units };
    tier.price.amount.checked_mul(count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::billing::{ChargeId, Price, RatePlanId};
    use partners_app::domain::Money;

    fn euros(amount: i64) -> Money {
        Money::new(amount.into(), currency())
    }

    fn currency() -> Currency {
        Currency::parse("EUR").expect("letters")
    }

    fn charge(model: ChargeModel, months: u32, price: i64, tiers: &[(i64, bool)]) -> CatalogCharge {
        let tiers = tiers.iter().zip(0_i64..).map(|((price, is_flat), place)| Tier {
            from: (place * 10 + 1).into(),
            to: (place < 1).then(|| (place * 10 + 10).into()),
            price: euros(*price),
            is_flat: *is_flat,
        });
        CatalogCharge {
            id: ChargeId::from("charge"),
            name: String::new(),
            kind: ChargeKind::Recurring,
            model,
            period: Some(BillingPeriod::Months(months)),
            unit: None,
            default_quantity: Some(5.into()),
            prices: vec![Price {
                currency: currency(),
                price: Some(euros(price)),
                tiers: tiers.collect(),
            }],
        }
    }

    fn plan(charges: Vec<CatalogCharge>) -> CatalogPlan {
        CatalogPlan {
            id: RatePlanId::from("plan"),
            name: String::new(),
            product: String::new(),
            sku: None,
            category: None,
            from: None,
            until: None,
            charges,
        }
    }

    fn worth(charges: Vec<CatalogCharge>, units: Option<i64>) -> Option<Decimal> {
        a_month(&plan(charges), currency(), units.map(Decimal::from))
    }

    #[test]
    fn months_and_years_are_compared_by_the_month() {
        let flat = |months, price| charge(ChargeModel::FlatFee, months, price, &[]);
        assert_eq!(worth(vec![flat(1, 29)], None), Some(29.into()));
        assert_eq!(worth(vec![flat(12, 240), flat(1, 9)], Some(3)), Some(29.into()));
        let seats = || vec![charge(ChargeModel::PerUnit, 1, 12, &[])];
        assert_eq!(worth(seats(), Some(7)), Some(84.into()));
        assert_eq!(worth(seats(), None), Some(60.into()));
    }

    #[test]
    fn tiers_count() {
        let tiered = |tiers: &[(i64, bool)]| vec![charge(ChargeModel::Tiered, 1, 0, tiers)];
        assert_eq!(worth(tiered(&[(10, false), (8, false)]), Some(12)), Some(116.into()));
        assert_eq!(worth(tiered(&[(50, true), (8, false)]), Some(12)), Some(66.into()));
        assert_eq!(worth(tiered(&[(50, true), (8, false)]), Some(10)), Some(50.into()));
        let volume = |units| {
            worth(vec![charge(ChargeModel::Volume, 1, 0, &[(10, false), (8, false)])], Some(units))
        };
        assert_eq!((volume(10), volume(11)), (Some(100.into()), Some(88.into())));
    }

    #[test]
    fn what_prices_do_not_say_is_not_made_up() {
        let other = charge(ChargeModel::Other("Overage".to_owned()), 1, 3, &[]);
        assert_eq!(worth(vec![other], None), None);
        let usd = Currency::parse("USD").expect("letters");
        let flat = plan(vec![charge(ChargeModel::FlatFee, 1, 3, &[])]);
        assert_eq!(a_month(&flat, usd, None), None);
    }
}
