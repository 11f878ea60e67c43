//! Zuora's words about charges, of the catalog and of subscriptions.

use super::super::{BillingPeriod, ChargeKind, ChargeModel};
use partners_app::domain::{Currency, Money};
use rust_decimal::{Decimal, RoundingStrategy};

/// `Recurring`, `OneTime`, `Usage`.
pub(super) fn kind(word: &str) -> ChargeKind {
    match word {
        "Recurring" => ChargeKind::Recurring,
        "Usage" => ChargeKind::Usage,
        _ => ChargeKind::OneTime,
    }
}

/// `FlatFee`, or `Flat Fee Pricing` in object queries.
pub(super) fn model(word: &str) -> ChargeModel {
    let plain: String = word.chars().filter(char::is_ascii_alphanumeric).collect();
    match plain.strip_suffix("Pricing").unwrap_or(&plain) {
        "FlatFee" => ChargeModel::FlatFee,
        "PerUnit" => ChargeModel::PerUnit,
        "Tiered" => ChargeModel::Tiered,
        "Volume" => ChargeModel::Volume,
        _ => ChargeModel::Other(word.to_owned()),
    }
}

/// `Month`, `Annual`, `Specific_Months` with their count, and so on; object
/// queries write blanks and hyphens where others write `_`.
pub(super) fn period(word: &str, count: Option<u32>) -> BillingPeriod {
    let plain: String = word.chars().filter(char::is_ascii_alphanumeric).collect();
    let months = match (plain.as_str(), count) {
        ("Month", _) => 1,
        ("Quarter", _) => 3,
        ("SemiAnnual", _) => 6,
        ("Annual", _) => 12,
        ("EighteenMonths", _) => 18,
        ("TwoYears", _) => 24,
        ("ThreeYears", _) => 36,
        ("FiveYears", _) => 60,
        ("SpecificMonths", Some(count)) => count,
        ("Week", _) => return BillingPeriod::Weeks(1),
        ("SpecificWeeks", Some(count)) => return BillingPeriod::Weeks(count),
        _ => return BillingPeriod::Other(word.replace('_', " ").to_lowercase()),
    };
    BillingPeriod::Months(months)
}

/// A price for a whole period, where Zuora's `listPriceBase` states it for
/// another span; rounded to the currency's digits where it does not come out
/// even.
pub(super) fn per_period(
    price: Decimal,
    currency: Currency,
    period: Option<&BillingPeriod>,
    base: Option<&str>,
) -> Money {
    let base = match base.map(|base| base.replace([' ', '_'], "")).as_deref() {
        Some("PerMonth") => Some(1),
        Some("PerYear") => Some(12),
        _ => None,
    };
    let amount = match (period, base) {
        (Some(BillingPeriod::Months(months)), Some(base)) if *months != base => {
            let whole = price.checked_mul(Decimal::from(*months));
            whole.and_then(|whole| whole.checked_div(Decimal::from(base))).map_or(price, |exact| {
                if months % base == 0 {
                    exact.normalize()
                } else {
                    let digits = currency.minor_digits();
                    exact.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero)
                }
            })
        }
        _ => price,
    };
    Money::new(amount, currency)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_are_understood() {
        for (short, long, expected) in [
            ("FlatFee", "Flat Fee Pricing", ChargeModel::FlatFee),
            ("PerUnit", "Per Unit Pricing", ChargeModel::PerUnit),
            ("Tiered", "Tiered Pricing", ChargeModel::Tiered),
            ("Volume", "Volume Pricing", ChargeModel::Volume),
        ] {
            assert_eq!((model(short), model(long)), (expected.clone(), expected));
        }
        assert_eq!(period("Semi_Annual", None), period("Semi-Annual", None));
        assert_eq!(period("Specific_Months", Some(2)), BillingPeriod::Months(2));
        assert_eq!(
            period("Subscription_Term", None),
            BillingPeriod::Other("subscription term".to_owned())
        );
    }

    #[test]
    fn prices_are_for_a_whole_period() {
        let euros = Currency::parse("EUR").expect("letters");
        let price = |digits: &str, months, base| {
            let price = digits.parse().expect("digits");
            per_period(price, euros, Some(&BillingPeriod::Months(months)), base).to_string()
        };
        assert_eq!(price("10.05", 12, Some("Per_Month")), "120.60 EUR");
        assert_eq!(price("100", 1, Some("Per_Year")), "8.33 EUR");
        assert_eq!(price("100", 12, Some("Per_Billing_Period")), "100.00 EUR");
        assert_eq!(price("100", 12, None), "100.00 EUR");
    }
}
