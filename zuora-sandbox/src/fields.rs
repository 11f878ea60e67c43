//! Reads a request's fields, and says which one is wrong.

use crate::day::Day;
use crate::money;
use crate::refusal::Refusal;
use rust_decimal::Decimal;
use serde_json::{Map, Value};

/// Custom fields: names that end in `__c`, with whatever they hold.
pub type Custom = Map<String, Value>;

/// A JSON object of a request, and where it stands there.
#[derive(Clone, Debug)]
pub struct Fields<'a> {
    object: &'a Map<String, Value>,
    path: String,
}

impl<'a> Fields<'a> {
    /// The request's body.
    ///
    /// # Errors
    /// When it is not a JSON object.
    pub fn of(body: &'a Value) -> Result<Self, Refusal> {
        match body {
            Value::Object(object) => Ok(Self { object, path: String::new() }),
            _ => Err(Refusal::value("the request body must be a JSON object")),
        }
    }

    /// The name of a field with the way to it: `subscriptions[0].orderActions`.
    #[must_use]
    pub fn name(&self, field: &str) -> String {
        if self.path.is_empty() { field.to_owned() } else { format!("{}.{field}", self.path) }
    }

    /// The value, unless it is absent or null.
    #[must_use]
    pub fn value(&self, field: &str) -> Option<&'a Value> {
        self.object.get(field).filter(|value| !value.is_null())
    }

    /// Whether the field is there at all.
    #[must_use]
    pub fn has(&self, field: &str) -> bool {
        self.value(field).is_some()
    }

    /// A text; numbers are taken as text, as Zuora takes them.
    ///
    /// # Errors
    /// When it is something else, or longer than `most` characters.
    pub fn text(&self, field: &str, most: usize) -> Result<Option<String>, Refusal> {
        let text = match self.value(field) {
            None => return Ok(None),
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            Some(_) => {
                return Err(Refusal::value(format!("'{}' should be a string", self.name(field))));
            }
        };
        if text.chars().count() > most {
            return Err(Refusal::value(format!(
                "'{}' should not exceed {most} characters",
                self.name(field)
            )));
        }
        Ok(Some(text).filter(|text| !text.is_empty()))
    }

    /// A text that must be there.
    ///
    /// # Errors
    /// As [`Fields::text`], and when it is absent or empty.
    pub fn need_text(&self, field: &str, most: usize) -> Result<String, Refusal> {
        self.text(field, most)?.ok_or_else(|| Refusal::missing(&self.name(field)))
    }

    /// One of a few words.
    ///
    /// # Errors
    /// When it is another one.
    pub fn word(&self, field: &str, words: &[&str]) -> Result<Option<String>, Refusal> {
        let word = self.text(field, 255)?;
        match &word {
            Some(given) if !words.contains(&given.as_str()) => Err(Refusal::value(format!(
                "'{}' value should be one of: {}",
                self.name(field),
                words.join(", ")
            ))),
            _ => Ok(word),
        }
    }

    /// A number that an account, order or subscription shall bear. Zuora
    /// forbids `#`, `?` and `/` in it.
    ///
    /// # Errors
    /// As [`Fields::text`], and for those characters.
    pub fn own_number(&self, field: &str, most: usize) -> Result<Option<String>, Refusal> {
        let number = self.text(field, most)?;
        if number.as_deref().is_some_and(|number| number.contains(['#', '?', '/'])) {
            return Err(Refusal::value(format!(
                "'{}' should not contain any of the characters # ? /",
                self.name(field)
            )));
        }
        Ok(number)
    }

    /// A day.
    ///
    /// # Errors
    /// When it is not written `yyyy-mm-dd`.
    pub fn day(&self, field: &str) -> Result<Option<Day>, Refusal> {
        let Some(text) = self.text(field, 64)? else { return Ok(None) };
        text.parse().map(Some).map_err(|_| {
            Refusal::value(format!("'{}' should be a date in format yyyy-mm-dd", self.name(field)))
        })
    }

    /// A decimal number.
    ///
    /// # Errors
    /// When it is no number.
    pub fn decimal(&self, field: &str) -> Result<Option<Decimal>, Refusal> {
        match self.value(field) {
            None => Ok(None),
            Some(value) => money::decimal(value).map(Some).ok_or_else(|| {
                Refusal::value(format!("'{}' should be a number", self.name(field)))
            }),
        }
    }

    /// A whole number, not negative.
    ///
    /// # Errors
    /// When it is something else.
    pub fn count(&self, field: &str) -> Result<Option<u32>, Refusal> {
        match self.value(field) {
            None => Ok(None),
            Some(value) => value
                .as_u64()
                .or_else(|| value.as_str().and_then(|text| text.parse().ok()))
                .and_then(|count| u32::try_from(count).ok())
                .map(Some)
                .ok_or_else(|| {
                    Refusal::value(format!("'{}' should be an integer", self.name(field)))
                }),
        }
    }

    /// Yes or no.
    ///
    /// # Errors
    /// When it is something else.
    pub fn flag(&self, field: &str) -> Result<Option<bool>, Refusal> {
        match self.value(field) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(Value::String(text)) if text == "true" || text == "false" => {
                Ok(Some(text == "true"))
            }
            Some(_) => Err(Refusal::value(format!("'{}' should be a boolean", self.name(field)))),
        }
    }

    /// An object.
    ///
    /// # Errors
    /// When it is something else.
    pub fn object(&self, field: &str) -> Result<Option<Self>, Refusal> {
        match self.value(field) {
            None => Ok(None),
            Some(Value::Object(object)) => Ok(Some(Self { object, path: self.name(field) })),
            Some(_) => Err(Refusal::value(format!("'{}' should be an object", self.name(field)))),
        }
    }

    /// An object that must be there.
    ///
    /// # Errors
    /// As [`Fields::object`], and when it is absent.
    pub fn need_object(&self, field: &str) -> Result<Self, Refusal> {
        self.object(field)?.ok_or_else(|| Refusal::missing(&self.name(field)))
    }

    /// A list of objects; none when it is absent.
    ///
    /// # Errors
    /// When it is something else.
    pub fn objects(&self, field: &str) -> Result<Vec<Self>, Refusal> {
        let wrong = || Refusal::value(format!("'{}' should be an array", self.name(field)));
        match self.value(field) {
            None => Ok(Vec::new()),
            Some(Value::Array(entries)) => entries
                .iter()
                .enumerate()
                .map(|(index, entry)| match entry {
                    Value::Object(object) => {
                        Ok(Self { object, path: format!("{}[{index}]", self.name(field)) })
                    }
                    _ => Err(wrong()),
                })
                .collect(),
            Some(_) => Err(wrong()),
        }
    }

    /// The custom fields among this object's own fields.
    #[must_use]
    pub fn custom_here(&self) -> Custom {
        self.object
            .iter()
            .filter(|(name, _)| name.ends_with("__c"))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }

    /// The custom fields under `customFields`, as orders carry them.
    ///
    /// # Errors
    /// When a name does not end in `__c`.
    pub fn custom(&self) -> Result<Custom, Refusal> {
        let Some(fields) = self.object("customFields")? else { return Ok(Custom::new()) };
        match fields.object.keys().find(|name| !name.ends_with("__c")) {
            Some(name) => Err(Refusal::new(
                crate::refusal::Category::UnknownField,
                format!("'{}' is not a valid custom field", fields.name(name)),
            )),
            None => Ok(fields.object.clone()),
        }
    }

    /// The object as it was sent.
    #[must_use]
    pub fn raw(&self) -> &'a Map<String, Value> {
        self.object
    }
}
