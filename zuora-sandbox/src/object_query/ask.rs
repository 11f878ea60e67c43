//! What a query asks for.

use super::filter::{Filter, bad_query, compare, field};
use crate::refusal::Refusal;
use serde_json::Value;

/// What a query asks for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ask {
    filters: Vec<Filter>,
    /// Field, and whether the largest comes first.
    sorts: Vec<(String, bool)>,
    expands: Vec<String>,
    fields: Vec<String>,
    with_nulls: bool,
}

impl Ask {
    pub(crate) fn read(
        filters: &[&str],
        sorts: &[&str],
        expands: &[&str],
        fields: &[&str],
        with_nulls: bool,
    ) -> Result<Self, Refusal> {
        let sorts = sorts.iter().map(|text| match text.rsplit_once('.') {
            Some((field, direction)) if direction.eq_ignore_ascii_case("DESC") => {
                Ok((field.to_owned(), true))
            }
            Some((field, direction)) if direction.eq_ignore_ascii_case("ASC") => {
                Ok((field.to_owned(), false))
            }
            _ => Err(bad_query(format!(
                "The sort '{text}' is not of the form field.ASC or field.DESC"
            ))),
        });
        Ok(Self {
            filters: filters.iter().map(|text| Filter::read(text)).collect::<Result<_, _>>()?,
            sorts: sorts.collect::<Result<_, _>>()?,
            expands: split(expands),
            fields: split(fields),
            with_nulls,
        })
    }

    /// Checks that the fields of filters and sorts are there in a record. A
    /// custom field need not be.
    pub(super) fn check(&self, record: &Value) -> Result<(), Refusal> {
        let mut names = self
            .filters
            .iter()
            .map(|filter| &filter.field)
            .chain(self.sorts.iter().map(|(name, _)| name));
        match names.find(|name| !name.ends_with("__c") && field(record, name).is_none()) {
            Some(name) => Err(bad_query(format!("The field '{name}' cannot be queried."))),
            None => Ok(()),
        }
    }

    pub(super) fn fits(&self, record: &Value) -> bool {
        self.filters.iter().all(|filter| filter.fits(record))
    }

    pub(super) const fn sorts(&self) -> bool {
        !self.sorts.is_empty()
    }

    pub(super) fn sort(&self, records: &mut [Value]) {
        records.sort_by(|one, other| {
            let orders = self.sorts.iter().map(|(name, largest_first)| {
                let order = compare(field(one, name), field(other, name));
                if *largest_first { order.reverse() } else { order }
            });
            orders.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then)
        });
    }

    pub(super) fn expands(&self) -> &[String] {
        &self.expands
    }

    /// Keeps the fields that were asked for.
    pub(super) fn narrow(&self, record: &mut Value) {
        if let (false, Some(fields)) = (self.fields.is_empty(), record.as_object_mut()) {
            fields.retain(|name, _| {
                name == "id" || self.fields.iter().any(|wanted| wanted.eq_ignore_ascii_case(name))
            });
        }
    }

    /// Leaves out what is null, unless it was asked for.
    pub(super) fn drop_nulls(&self, record: &mut Value) {
        if !self.with_nulls {
            drop_nulls(record);
        }
    }
}

fn split(lists: &[&str]) -> Vec<String> {
    lists
        .iter()
        .flat_map(|list| list.split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        .filter(|name| !name.is_empty())
        .collect()
}

fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, field| !field.is_null());
            fields.values_mut().for_each(drop_nulls);
        }
        Value::Array(entries) => entries.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}
