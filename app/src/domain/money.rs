//! Money: an exact amount in a currency.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A currency's three letters (ISO 4217), such as `EUR`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

/// The currencies whose amounts do not have two digits after the point
/// (ISO 4217, list one, "minor unit").
const OTHER_MINOR_DIGITS: [(&[u8; 3], u32); 26] = [
    (b"BHD", 3),
    (b"BIF", 0),
    (b"CLF", 4),
    (b"CLP", 0),
    (b"DJF", 0),
    (b"GNF", 0),
    (b"IQD", 3),
    (b"ISK", 0),
    (b"JOD", 3),
    (b"JPY", 0),
    (b"KMF", 0),
    (b"KRW", 0),
    (b"KWD", 3),
    (b"LYD", 3),
    (b"OMR", 3),
    (b"PYG", 0),
    (b"RWF", 0),
    (b"TND", 3),
    (b"UGX", 0),
    (b"UYI", 0),
    (b"UYW", 4),
    (b"VND", 0),
    (b"VUV", 0),
    (b"XAF", 0),
    (b"XOF", 0),
    (b"XPF", 0),
];

impl Currency {
    /// Reads three letters, in any case.
    ///
    /// # Errors
    /// A sentence for the person who typed it.
    pub fn parse(raw: &str) -> Result<Self, String> {
        match *raw.trim().as_bytes() {
            [a, b, c] if [a, b, c].iter().all(u8::is_ascii_alphabetic) => {
                Ok(Self([a, b, c].map(|letter| letter.to_ascii_uppercase())))
            }
            _ => Err("Enter the currency’s three letters, such as EUR.".to_owned()),
        }
    }

    /// The three letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// How many digits amounts have after the point.
    #[must_use]
    pub fn minor_digits(self) -> u32 {
        let other = OTHER_MINOR_DIGITS.iter().find(|(code, _)| **code == self.0);
        other.map_or(2, |(_, digits)| *digits)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl TryFrom<String> for Currency {
    type Error = String;

    fn try_from(raw: String) -> Result<Self, Self::Error> {
        Self::parse(&raw)
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.as_str().to_owned()
    }
}

/// An amount in a currency. Exact: never a binary fraction, also not on the
/// way to the browser, where the amount travels as a string of digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// The amount; negative for a credit.
    #[serde(with = "rust_decimal::serde::str")]
    pub amount: Decimal,
    /// Its currency.
    pub currency: Currency,
}

impl Money {
    /// An amount in a currency.
    #[must_use]
    pub const fn new(amount: Decimal, currency: Currency) -> Self {
        Self { amount, currency }
    }

    /// Nothing, in a currency.
    #[must_use]
    pub const fn zero(currency: Currency) -> Self {
        Self::new(Decimal::ZERO, currency)
    }

    /// The sum; `None` for two currencies, or beyond 28 digits.
    #[must_use]
    pub fn plus(self, other: Self) -> Option<Self> {
        (self.currency == other.currency)
            .then(|| self.amount.checked_add(other.amount))
            .flatten()
            .map(|amount| Self::new(amount, self.currency))
    }

    /// The amount with at least the digits after the point that the currency
    /// has, for machines: `29.00`, `0.125`, `1200` yen.
    #[must_use]
    pub fn digits(&self) -> String {
        let mut amount = self.amount.normalize();
        if amount.scale() < self.currency.minor_digits() {
            amount.rescale(self.currency.minor_digits());
        }
        amount.to_string()
    }
}

impl fmt::Display for Money {
    /// `29.00 EUR`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.digits(), self.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(amount: &str, currency: &str) -> Money {
        Money::new(amount.parse().expect("digits"), Currency::parse(currency).expect("letters"))
    }

    #[test]
    fn a_currency_has_three_letters() {
        assert_eq!(Currency::parse(" eur ").expect("letters").as_str(), "EUR");
        for wrong in ["", "EU", "EURO", "E1R", "€", "ÄÖ"] {
            assert!(Currency::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn amounts_show_the_digits_of_their_currency() {
        for (amount, currency, shown) in [
            ("29", "EUR", "29.00 EUR"),
            ("0.1250", "EUR", "0.125 EUR"),
            ("1200", "JPY", "1200 JPY"),
            ("-3.5", "KWD", "-3.500 KWD"),
            ("1200", "XOF", "1200 XOF"),
            ("12.5", "UYW", "12.5000 UYW"),
        ] {
            assert_eq!(money(amount, currency).to_string(), shown);
        }
    }

    #[test]
    fn sums_are_exact_and_of_one_currency() {
        let sum = (0..10).try_fold(money("0", "EUR"), |sum, _| sum.plus(money("0.1", "EUR")));
        assert_eq!(sum, Some(money("1", "EUR")));
        assert_eq!(money("1", "EUR").plus(money("1", "USD")), None);
    }

    #[test]
    fn it_travels_as_digits() {
        let all = money("1234567890123456789.01", "USD");
        let text = serde_json::to_string(&all).expect("JSON");
        assert_eq!(text, r#"{"amount":"1234567890123456789.01","currency":"USD"}"#);
        assert_eq!(serde_json::from_str::<Money>(&text).expect("money"), all);
    }
}
