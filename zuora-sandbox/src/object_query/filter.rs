//! `filter[]=status.EQ:Active`.

use crate::money::decimal;
use crate::refusal::{Category, Refusal};
use http::StatusCode;
use serde_json::Value;
use std::cmp::Ordering;

/// How a field is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Less,
    Greater,
    LessOrEqual,
    GreaterOrEqual,
    StartsWith,
    In,
}

impl Operator {
    fn of(word: &str) -> Option<Self> {
        Some(match word.to_ascii_uppercase().as_str() {
            "EQ" => Self::Equal,
            "NE" => Self::NotEqual,
            "LT" => Self::Less,
            "GT" => Self::Greater,
            "LE" => Self::LessOrEqual,
            "GE" => Self::GreaterOrEqual,
            "SW" => Self::StartsWith,
            "IN" => Self::In,
            _ => return None,
        })
    }
}

/// A condition on a field.
#[derive(Clone, Debug)]
pub(super) struct Filter {
    /// The field's name as it was written.
    pub field: String,
    operator: Operator,
    values: Vec<String>,
}

pub(super) fn bad_query(message: impl Into<String>) -> Refusal {
    Refusal::new(Category::BadQuery, message).with_status(StatusCode::BAD_REQUEST)
}

/// A record's field, whatever the case of its name.
pub(super) fn field<'a>(record: &'a Value, name: &str) -> Option<&'a Value> {
    record
        .as_object()?
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}

impl Filter {
    /// Reads `status.EQ:Active` or `status.IN:[Active,Draft]`.
    pub(super) fn read(text: &str) -> Result<Self, Refusal> {
        let parts = text.split_once(':').and_then(|(left, value)| {
            let (field, operator) = left.rsplit_once('.')?;
            Some((field, Operator::of(operator)?, value))
        });
        let Some((field, operator, value)) = parts else {
            return Err(bad_query(format!(
                "The filter '{text}' is not of the form field.OP:value"
            )));
        };
        let values = if operator == Operator::In {
            let inner = value.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
            inner.unwrap_or(value).split(',').map(|value| value.trim().to_owned()).collect()
        } else {
            vec![value.to_owned()]
        };
        Ok(Self { field: field.to_owned(), operator, values })
    }

    /// Whether a record fits.
    pub(super) fn fits(&self, record: &Value) -> bool {
        let value = field(record, &self.field).unwrap_or(&Value::Null);
        let orders = |text: &String| compare_text(value, text);
        let first = self.values.first();
        let first_order = first.and_then(orders);
        match self.operator {
            Operator::Equal => first_order == Some(Ordering::Equal),
            Operator::NotEqual => first_order != Some(Ordering::Equal),
            Operator::Less => first_order == Some(Ordering::Less),
            Operator::Greater => first_order == Some(Ordering::Greater),
            Operator::LessOrEqual => first_order.is_some_and(Ordering::is_le),
            Operator::GreaterOrEqual => first_order.is_some_and(Ordering::is_ge),
            Operator::StartsWith => {
                value.as_str().zip(first).is_some_and(|(text, start)| text.starts_with(start))
            }
            Operator::In => self.values.iter().filter_map(orders).any(Ordering::is_eq),
        }
    }
}

fn compare_text(value: &Value, text: &str) -> Option<Ordering> {
    match value {
        Value::Null => (text == "null").then_some(Ordering::Equal),
        Value::Bool(flag) => Some(flag.to_string().as_str().cmp(text)),
        Value::Number(_) => {
            let wanted = decimal(&Value::String(text.to_owned()))?;
            Some(decimal(value)?.cmp(&wanted))
        }
        Value::String(own) => Some(own.as_str().cmp(text)),
        _ => None,
    }
}

/// Orders two values of a field; what is not there comes first.
pub(super) fn compare(one: Option<&Value>, other: Option<&Value>) -> Ordering {
    let rank = |value: Option<&Value>| match value {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some((None, text.clone())),
        Some(value @ Value::Number(_)) => Some((decimal(value), String::new())),
        Some(value) => Some((None, value.to_string())),
    };
    rank(one).cmp(&rank(other))
}

#[cfg(test)]
mod tests {
    use super::Filter;
    use serde_json::json;

    #[test]
    fn fields_are_compared_as_what_they_are() {
        let record =
            json!({ "name": "Nordlicht", "balance": 9.5, "autoPay": false, "crmId": null });
        for (filter, fits) in [
            ("NAME.EQ:Nordlicht", true),
            ("name.SW:Nord", true),
            ("name.SW:nord", false),
            ("name.IN:[A,Nordlicht]", true),
            ("balance.GT:10", false),
            ("balance.LE:9.50", true),
            ("autopay.EQ:false", true),
            ("crmid.EQ:null", true),
            ("crmid.NE:001", true),
        ] {
            assert_eq!(Filter::read(filter).unwrap().fits(&record), fits, "{filter}");
        }
        assert!(Filter::read("name=Nordlicht").is_err());
        assert!(Filter::read("name.LIKE:Nord").is_err());
    }
}
