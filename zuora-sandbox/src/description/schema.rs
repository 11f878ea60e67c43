//! Makes JSON Schema 2020-12 of the description's OpenAPI 3.0 schemas.

use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Keywords that mean the same in both.
const KEPT: [&str; 10] = [
    "maxLength",
    "minLength",
    "maximum",
    "minimum",
    "maxItems",
    "minItems",
    "maxProperties",
    "minProperties",
    "uniqueItems",
    "multipleOf",
];
const PREFIX: &str = "#/components/schemas/";

/// A schema of the description together with all that it refers to.
pub(super) fn with_definitions(schema: &Value, components: &Value) -> Value {
    let mut names = BTreeSet::new();
    collect(schema, components, &mut names);
    let definitions: Map<String, Value> =
        names.iter().map(|name| (name.clone(), convert(&components[name]))).collect();
    let mut root = convert(schema);
    if let Some(fields) = root.as_object_mut() {
        fields.insert("$defs".to_owned(), Value::Object(definitions));
        fields.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
    }
    root
}

fn collect(value: &Value, components: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            let name = fields.get("$ref").and_then(Value::as_str);
            if let Some(name) = name.and_then(|path| path.strip_prefix(PREFIX))
                && names.insert(name.to_owned())
            {
                collect(&components[name], components, names);
            }
            fields.values().for_each(|field| collect(field, components, names));
        }
        Value::Array(entries) => entries.iter().for_each(|entry| collect(entry, components, names)),
        _ => {}
    }
}

fn convert(schema: &Value) -> Value {
    let Some(fields) = schema.as_object() else { return json!(true) };
    let mut converted = Map::new();
    if let Some(path) = fields.get("$ref").and_then(Value::as_str) {
        let name = path.strip_prefix(PREFIX).unwrap_or(path);
        converted.insert("$ref".to_owned(), json!(format!("#/$defs/{name}")));
        return Value::Object(converted);
    }
    for name in KEPT {
        // A few schemas give numbers a least length; they mean a least value.
        if let Some(value) = fields.get(name).filter(|value| value.is_number()) {
            converted.insert(name.to_owned(), value.clone());
        }
    }
    types(fields, &mut converted);
    if let Some(required) = fields.get("required").filter(|required| required.is_array()) {
        converted.insert("required".to_owned(), required.clone());
    }
    for name in ["allOf", "anyOf", "oneOf"] {
        if let Some(branches) = fields.get(name).and_then(Value::as_array) {
            let branches: Vec<Value> = branches.iter().map(convert).collect();
            converted.insert(name.to_owned(), json!(branches));
        }
    }
    if let Some(properties) = fields.get("properties").and_then(Value::as_object) {
        let properties: Map<String, Value> =
            properties.iter().map(|(name, value)| (name.clone(), convert(value))).collect();
        converted.insert("properties".to_owned(), Value::Object(properties));
    }
    if let Some(items) = fields.get("items") {
        converted.insert("items".to_owned(), convert(items));
    }
    Value::Object(converted)
}

fn types(fields: &Map<String, Value>, converted: &mut Map<String, Value>) {
    let format = fields.get("format").and_then(Value::as_str).unwrap_or_default();
    let nullable = fields.get("nullable") == Some(&json!(true));
    let mut kinds: Vec<&str> = match fields.get("type").and_then(Value::as_str) {
        // `string <decimal>` is how the reference writes JSON numbers: its own
        // examples have numbers there.
        Some("string") if format == "decimal" => vec!["string", "number"],
        Some(kind) => vec![kind],
        None => return,
    };
    if nullable {
        kinds.push("null");
    }
    converted.insert("type".to_owned(), json!(kinds));
    if format == "date" {
        converted.insert("format".to_owned(), json!(format));
    }
    if let Some(words) = fields.get("enum").and_then(Value::as_array) {
        let mut words = words.clone();
        if nullable && !words.contains(&Value::Null) {
            words.push(Value::Null);
        }
        converted.insert("enum".to_owned(), Value::Array(words));
    }
}
