//! Finds the fields that the description does not name. (JSON Schema allows
//! what it does not forbid, and the description forbids next to nothing.)

use serde_json::{Map, Value};

/// The fields in `body` that `schema` does not name, as paths with `*` for
/// entries of lists.
pub(super) fn unknown(document: &Value, schema: &Value, body: &Value) -> Vec<String> {
    let mut found = Vec::new();
    walk(document, &[schema], body, "", &mut found);
    found
}

fn walk(document: &Value, schemas: &[&Value], body: &Value, at: &str, found: &mut Vec<String>) {
    let mut parts = Vec::new();
    for schema in schemas {
        gather(document, schema, &mut parts, 0);
    }
    match body {
        Value::Object(fields) => {
            if parts.iter().any(|part| is_open(part)) {
                return;
            }
            let names_any = parts.iter().any(|part| part.contains_key("properties"));
            let has_custom = parts.iter().any(|part| has_custom_fields(part));
            if !names_any && !has_custom {
                return;
            }
            for (name, value) in fields {
                let here = format!("{at}/{name}");
                let named: Vec<&Value> =
                    parts.iter().filter_map(|part| part.get("properties")?.get(name)).collect();
                if !named.is_empty() {
                    walk(document, &named, value, &here, found);
                } else if !(has_custom && name.ends_with("__c")) {
                    found.push(here);
                }
            }
        }
        Value::Array(entries) => {
            let items: Vec<&Value> = parts.iter().filter_map(|part| part.get("items")).collect();
            for entry in entries {
                walk(document, &items, entry, &format!("{at}/*"), found);
            }
        }
        _ => {}
    }
}

/// The schema and all that it is made of.
fn gather<'a>(
    document: &'a Value,
    schema: &'a Value,
    parts: &mut Vec<&'a Map<String, Value>>,
    depth: usize,
) {
    let Some(fields) = schema.as_object().filter(|_| depth < 32) else { return };
    if let Some(path) = fields.get("$ref").and_then(Value::as_str) {
        if let Some(target) = path.strip_prefix('#').and_then(|path| document.pointer(path)) {
            gather(document, target, parts, depth + 1);
        }
        return;
    }
    parts.push(fields);
    for name in ["allOf", "anyOf", "oneOf"] {
        for branch in fields.get(name).and_then(Value::as_array).into_iter().flatten() {
            gather(document, branch, parts, depth + 1);
        }
    }
}

/// Whether any name may be in it.
fn is_open(part: &Map<String, Value>) -> bool {
    match part.get("additionalProperties") {
        Some(Value::Object(_)) => !has_custom_fields(part),
        Some(Value::Bool(open)) => *open,
        _ => false,
    }
}

/// Custom fields are "additional properties" in the description; that their
/// names end in `__c` is said in words only.
fn has_custom_fields(part: &Map<String, Value>) -> bool {
    part.get("additionalProperties")
        .and_then(|schema| schema.get("description"))
        .and_then(Value::as_str)
        .is_some_and(|words| words.contains("__c"))
}

#[cfg(test)]
mod tests {
    use super::unknown;
    use serde_json::json;

    #[test]
    fn what_is_not_named_is_found_and_custom_fields_are_not() {
        let document = json!({ "components": { "schemas": {
            "Named": { "properties": { "name": { "type": "string" } } },
            "Custom": { "additionalProperties": { "description": "names end in __c" } },
        } } });
        let schema = json!({ "allOf": [
            { "$ref": "#/components/schemas/Named" },
            { "$ref": "#/components/schemas/Custom" },
            { "properties": { "lines": { "items": { "properties": { "amount": {} } } } } },
        ] });
        let body = json!({
            "name": "A", "nam": "B", "Own__c": 1, "lines": [{ "amount": 1 }, { "amont": 1 }],
        });
        assert_eq!(unknown(&document, &schema, &body), ["/lines/*/amont", "/nam"]);
    }
}
