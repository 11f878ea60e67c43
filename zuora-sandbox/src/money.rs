//! Amounts between JSON's numbers and decimals.
//!
//! A number's digits are taken as they are written, never through the
//! arithmetic of a binary fraction. (`serde_json` keeps 15 significant digits
//! exactly, and all of them where `arbitrary_precision` is on.)

use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Number, Value};
use std::str::FromStr;

/// The amount as a JSON number: `19.99`, `100`.
#[must_use]
pub fn number(amount: Decimal) -> Value {
    Number::from_str(&amount.normalize().to_string()).map_or(Value::Null, Value::Number)
}

/// The decimal that a JSON number, or a string of digits, writes.
#[must_use]
pub fn decimal(value: &Value) -> Option<Decimal> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        _ => return None,
    };
    Decimal::from_str(&text).or_else(|_| Decimal::from_scientific(&text)).ok()
}

/// Rounded to the cent, halves away from nought, as Zuora's default is.
#[must_use]
pub fn cents(amount: Decimal) -> Decimal {
    amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

#[cfg(test)]
mod tests {
    use super::{cents, decimal, number};
    use serde_json::json;

    #[test]
    fn digits_survive_the_way_through_json() {
        for text in ["0.1", "19.99", "1234567890.12", "-0.07", "100"] {
            let value: serde_json::Value = serde_json::from_str(text).unwrap();
            let read = decimal(&value).unwrap();
            assert_eq!(read.to_string(), text);
            assert_eq!(number(read).to_string(), text);
        }
        assert_eq!(decimal(&json!("12.50")).unwrap().to_string(), "12.50");
        assert_eq!(decimal(&json!(true)), None);
    }

    #[test]
    fn halves_are_rounded_away_from_nought() {
        assert_eq!(cents(decimal(&json!("1.005")).unwrap()).to_string(), "1.01");
        assert_eq!(cents(decimal(&json!("-1.005")).unwrap()).to_string(), "-1.01");
    }
}
