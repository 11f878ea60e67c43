//! How a reader writes numbers and money.

use super::money::Money;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

const NO_BREAK: &str = "\u{a0}";
const NARROW_NO_BREAK: &str = "\u{202f}";

/// How a reader writes numbers and money. The separators and the place of the
/// currency are those of Unicode's CLDR 46 (`numbers/standard`); a table of a
/// few lines instead of a library, because browsers load it with every page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Locale {
    /// `€1,234.50`, dollars as `US$`.
    #[default]
    English,
    /// `€1,234.50`, dollars as `$`.
    AmericanEnglish,
    /// `1.234,50 €`: German, Spanish, Italian, Danish, Portuguese and others.
    Continental,
    /// `€ 1.234,50`: Dutch.
    Dutch,
    /// `1 234,50 €` with a narrow space: French.
    French,
    /// `1 234,50 €`: Swedish, Norwegian, Finnish, Polish, Czech and others.
    Spaced,
    /// `EUR 1’234.50`: Switzerland.
    Swiss,
}

impl Locale {
    /// The locale of the first language of an `Accept-Language` header
    /// (RFC 9110, section 12.5.4) that is known here.
    #[must_use]
    pub fn of_accept_language(header: &str) -> Self {
        let mut wanted: Vec<(&str, f32)> = header
            .split(',')
            .filter_map(|part| {
                let (tag, weight) = part.split_once(';').unwrap_or((part, "q=1"));
                let weight = weight.trim().strip_prefix("q=").and_then(|q| q.parse().ok());
                Some((tag.trim(), weight?)).filter(|(_, weight)| *weight > 0.0)
            })
            .collect();
        wanted.sort_by(|(_, one), (_, other)| other.total_cmp(one));
        wanted.into_iter().find_map(|(tag, _)| Self::of_tag(tag)).unwrap_or_default()
    }

    fn of_tag(tag: &str) -> Option<Self> {
        let tag = tag.to_ascii_lowercase();
        let mut parts = tag.split('-');
        let language = parts.next()?;
        let region = parts.find(|part| part.len() == 2);
        if matches!(region, Some("ch" | "li")) {
            return Some(Self::Swiss);
        }
        match language {
            "en" if matches!(region, None | Some("us")) => Some(Self::AmericanEnglish),
            "en" | "ja" | "zh" | "ko" | "th" | "he" => Some(Self::English),
            "de" | "es" | "it" | "da" | "pt" | "el" | "tr" | "id" | "ro" | "hr" | "sl" | "ca" => {
                Some(Self::Continental)
            }
            "nl" => Some(Self::Dutch),
            "fr" => Some(Self::French),
            "sv" | "nb" | "nn" | "no" | "fi" | "pl" | "cs" | "sk" | "hu" | "bg" | "uk" | "ru"
            | "et" | "lv" | "lt" => Some(Self::Spaced),
            _ => None,
        }
    }

    const fn separators(self) -> (&'static str, &'static str) {
        match self {
            Self::English | Self::AmericanEnglish => (",", "."),
            Self::Continental | Self::Dutch => (".", ","),
            Self::French => (NARROW_NO_BREAK, ","),
            Self::Spaced => (NO_BREAK, ","),
            Self::Swiss => ("’", "."),
        }
    }

    fn symbol(self, money: &Money) -> &str {
        match money.currency.as_str() {
            code if self == Self::Swiss => code,
            "USD" if self == Self::AmericanEnglish => "$",
            // A lone dollar sign says least where dollars are foreign.
            "USD" => "US$",
            "EUR" => "€",
            "GBP" => "£",
            "JPY" => "¥",
            code => code,
        }
    }

    /// A number as the reader writes it: `1,234.5`.
    #[must_use]
    pub fn number(self, number: Decimal) -> String {
        self.digits(&number.normalize().to_string())
    }

    /// Money as the reader writes it: `€1,234.50`.
    #[must_use]
    pub fn money(self, money: &Money) -> String {
        let digits = money.digits();
        let (sign, digits) = match digits.strip_prefix('-') {
            Some(digits) => ("−", digits),
            None => ("", digits.as_str()),
        };
        let digits = self.digits(digits);
        let symbol = self.symbol(money);
        let is_word = symbol.bytes().all(|byte| byte.is_ascii_alphabetic());
        match self {
            Self::English | Self::AmericanEnglish if !is_word => format!("{sign}{symbol}{digits}"),
            Self::English | Self::AmericanEnglish | Self::Dutch | Self::Swiss => {
                format!("{sign}{symbol}{NO_BREAK}{digits}")
            }
            Self::Continental | Self::French | Self::Spaced => {
                format!("{sign}{digits}{NO_BREAK}{symbol}")
            }
        }
    }

    fn digits(self, plain: &str) -> String {
        let (group, point) = self.separators();
        let (sign, plain) = plain.strip_prefix('-').map_or(("", plain), |rest| ("−", rest));
        let (whole, fraction) = plain.split_once('.').unwrap_or((plain, ""));
        let mut text = String::from(sign);
        for (place, digit) in whole.chars().enumerate() {
            if place > 0 && (whole.len() - place) % 3 == 0 {
                text.push_str(group);
            }
            text.push(digit);
        }
        if !fraction.is_empty() {
            text.push_str(point);
            text.push_str(fraction);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Currency;

    fn money(amount: &str, currency: &str) -> Money {
        Money::new(amount.parse().expect("digits"), Currency::parse(currency).expect("letters"))
    }

    #[test]
    fn the_reader_s_language_decides() {
        for (header, shown) in [
            ("en-US,en;q=0.9", "$1,234.50"),
            ("en-GB", "US$1,234.50"),
            ("de-DE,de;q=0.9,en;q=0.8", "1.234,50\u{a0}US$"),
            ("de-CH", "USD\u{a0}1’234.50"),
            ("fr", "1\u{202f}234,50\u{a0}US$"),
            ("sv", "1\u{a0}234,50\u{a0}US$"),
            ("nl-BE", "US$\u{a0}1.234,50"),
            ("xx, de;q=0.1", "1.234,50\u{a0}US$"),
            ("de;q=0.2, en-GB;q=0.7", "US$1,234.50"),
            ("", "US$1,234.50"),
            (";;q=,*;q=x", "US$1,234.50"),
        ] {
            let locale = Locale::of_accept_language(header);
            assert_eq!(locale.money(&money("1234.5", "USD")), shown, "{header}");
        }
    }

    #[test]
    fn amounts_keep_every_digit_and_their_sign() {
        let english = Locale::English;
        assert_eq!(english.money(&money("-3.5", "EUR")), "−€3.50");
        assert_eq!(english.money(&money("0.125", "EUR")), "€0.125");
        assert_eq!(english.money(&money("1234567", "JPY")), "¥1,234,567");
        assert_eq!(english.money(&money("12", "SEK")), "SEK\u{a0}12.00");
        assert_eq!(english.number("-1234567.50".parse().expect("digits")), "−1,234,567.5");
        assert_eq!(english.number("100".parse().expect("digits")), "100");
    }
}
