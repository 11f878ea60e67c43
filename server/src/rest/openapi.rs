//! The API's description (OpenAPI 3.1), made from the code.

use super::{limit, with_token, without_token};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

const DESCRIPTION: &str = "\
Partner organisations, their users, what they sell, and what came of it, for programs.

## Begin

1. Make an API client: *Settings › API clients*, or `partners api-client create NAME`.
2. Ask for a token with its ID and secret: `POST /oauth2/token`.
3. Send the token with each request: `Authorization: Bearer …`.

A client for management has the scopes `organisations:read`, `organisations:write` and \
`audit:read`, or some of them. A partner organisation’s client has the scope `partner`: it sees \
what is the organisation’s own, and to it there is nothing else.

## Sent once, done once

Send an `Idempotency-Key` with a POST, such as a new UUID. The same request with the same key is \
answered as before for 24 hours, with the header `Idempotency-Replayed: true`, and done once. \
While the first is still running the answer is 409; where the key came with another request it \
is 422. Answers 401, 403, 408, 423, 429 and those from 500 on are not kept: send the request \
again, with the same key. `POST /oauth2/token` takes no key: a token that was answered a day ago \
would have ended, and asked again it is only another one.

## Limits

Each client may send 600 requests a minute: `RateLimit-Limit`, `RateLimit-Remaining` and \
`RateLimit-Reset` (in seconds) say how it stands, and 429 comes with `Retry-After`. From one \
address 120 tokens a minute may be asked for, with the same headers. A request has at most \
65,536 bytes. Each answer has an `X-Request-Id`, which is in the server’s log.

## Lists

Lists have `items` and, where there is more, `queryMore` (invoices: `cursor`), to be sent back \
as it is for the next page.

## Errors

`{\"message\": …, \"errors\": [{\"field\": …, \"message\": …}]}`, where `errors` is left out when no \
field is to blame. 400: the request cannot be understood, or has a field that is not known. 401: \
no token, or one that does not count. 403: the token lacks the scope. 404: there is nothing, or \
not for this client; the two are told apart nowhere. 409: it clashes with what there is. 412: it \
has changed since. 422: a value is not accepted. 423: a change of the subscription is to come \
already. 502: Zuora does not answer. 503: the database or \
the identity provider does not.

## Where this differs from the API it follows

Limio’s Partner Portal API has the same paths, names and shapes where they are published. These \
are `GET /partner-organisations`, `POST /partner-organisation`, \
`POST /partner-organisation/{partnerOrganisationId}` and `GET /partner/customer`, the bodies \
of orders, and `POST /oauth2/token`.

Paths of ours, in its style, because it does not publish them:

- Everything else about one organisation and its users: get, `PATCH`, `DELETE`, `suspend`, \
`reactivate`, `users`, `user/{partnerUserId}` with `disable`, `enable` and `resend`.
- `/partner/order`, `/partner/order/preview` and `/partner/invoice`: it publishes that they \
exist and what they take, and not where. `/partner/order/{orderId}`, \
`/partner/customer/{customerId}`, `/partner/invoice/{invoiceId}/file`, `/partner/subscription`, \
`/partner/offer`, an organisation’s subscriptions, and the audit events.
- Fields of records where its publication breaks off: `status` and `suspendedAt` of an \
organisation, everything in `data` of a user and an end customer, and all of an invoice.

Statuses and errors:

- A value that is not accepted is answered with 422, not 502; 502 says that Zuora does not answer.
- An order that is malformed is answered with 400 where it cannot be read, and 422 where a value \
is not accepted; Limio answers 400 for both.
- Beside `message` an error has `errors` with the fields that are to blame.
- Unknown fields and parameters are refused with 400, so that a slip of the pen is noticed.
- A partner organisation that has the name or Zuora account of another is answered with 409 \
unless `acceptDuplicates` is sent.
- An email address that is another partner user’s is answered with 422, whatever the organisation.
- `/partner/customer` and `/partner/invoice` are answered from what was last read of Zuora, and so \
never with 502.
- Deleting is answered with 204 and no body.

Fields:

- `service` is `partners`; IDs are UUIDs; an order’s `id` has no prefix, and `owner` is the \
end customer’s ID without one.
- `salesforceAccountId` is required where the installation uses Salesforce. `logo` has to begin \
with `https://`.
- `POST /partner-organisation/{partnerOrganisationId}` takes a `name`; left out, it is the \
email address, as with Limio. It takes a `role`, too. Where no mail is sent, the answer has a \
temporary password. A user has no `modified`.
- `limit` is at most 100, and 20 where it is left out for organisations. `filter` finds \
organisations, too. `hits` is 1001 for any number above 1,000. `queryMore` is left out on \
the last page.
- Amounts are strings of digits.

Orders:

- `order_type` is `new` or `update_subscription`. Cancelling is an update, too: `change` says \
which, and the rest of its body is ours. Limio’s basket of changes with its cookie and \
reCAPTCHA (`/partner/checkout/subscription`) is not here; its 423, where a change is to come \
already, is.
- `billingDetails` may be left out where `customerId` names a known end customer. `currency` is \
that of a new one, and `orderDate` is the subscription’s first day.
- `payment`, `checkoutId`, `source`, `initiated_source`, `process_immediately` and an offer’s \
`version` are taken and not used, `payment` and `checkoutId` not required: invoices are paid to \
whoever sends them. Discounts and another delivery address are refused.
- Orders of several plans at once are refused: one plan, with its add-ons.
- `status` is `processing`, `complete`, `failed` or `needs_attention`. An order is never only \
queued: `process_immediately` is always `true`.
- An order belongs to the organisation whose client sends it. `POST /order` for programs of the \
business, which names an organisation, is not here.

Access:

- Credentials come from *Settings › API clients*, not from a support desk. Scopes of management \
are words of ours; `partner` is Limio’s. There is no code grant, and no publishable key.
- `Idempotency-Key`, `ETag` and `If-Match`, the limits and `X-Request-Id` are additions.";

#[derive(OpenApi)]
#[openapi(
    info(title = "Partners API", version = "1.0.0", description = DESCRIPTION),
    tags(
        (name = "Token", description = "Access to all of this"),
        (name = "Partner management", description = "For the business: partner organisations and their users"),
        (name = "Audit", description = "For the business: who did what"),
        (name = "Partner objects", description = "For a partner organisation: its end customers, subscriptions and invoices"),
        (name = "Partner orders", description = "For a partner organisation: what it orders"),
    ),
)]
struct Described;

/// One line of text that says something, without control characters.
const LINE: &str =
    "^[^\\x00-\\x1f\\x7f-\\x9f]*[^\\s\\x00-\\x1f\\x7f-\\x9f][^\\x00-\\x1f\\x7f-\\x9f]*$";
/// The fields that are such a line.
const LINES: [(&str, &str); 8] = [
    ("CreatePartnerOrganisation", "name"),
    ("UpdatePartnerOrganisation", "name"),
    ("CreatePartnerUser", "name"),
    ("UpdatePartnerUser", "name"),
    ("Address", "firstName"),
    ("Address", "lastName"),
    ("Address", "address1"),
    ("Address", "city"),
];

/// The description, as JSON.
#[must_use]
pub fn document() -> Value {
    let mut described = Described::openapi();
    // utoipa names the licence of the crate, which is not the API's.
    described.info.license = None;
    let all = OpenApiRouter::with_openapi(described)
        .merge(without_token())
        .merge(with_token())
        .into_openapi();
    let mut document = serde_json::to_value(all).unwrap_or_default();
    if let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) {
        for (path, item) in paths {
            for (method, operation) in item.as_object_mut().into_iter().flatten() {
                if let Some(operation) = operation.as_object_mut() {
                    complete(path, method, operation);
                }
            }
        }
    }
    for (schema, field) in LINES {
        document["components"]["schemas"][schema]["properties"][field]["pattern"] = LINE.into();
    }
    if let Some(components) = document.get_mut("components").and_then(Value::as_object_mut) {
        components.insert("securitySchemes".to_owned(), security());
        components.insert("headers".to_owned(), headers());
    }
    document
}

/// Adds what holds for all operations.
fn complete(path: &str, method: &str, operation: &mut Map<String, Value>) {
    let has_token = operation.contains_key("security");
    let has_body = operation.contains_key("requestBody");
    let has_parameters = operation.contains_key("parameters");
    for parameter in
        operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten()
    {
        never_null(&mut parameter["schema"]);
    }
    if method == "post" && has_token {
        let parameters = operation.entry("parameters").or_insert_with(|| json!([]));
        if let Some(parameters) = parameters.as_array_mut() {
            parameters.push(idempotency_key());
        }
    }
    let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else {
        return;
    };
    let mut add = |status: &str, description: &str| {
        let response = json!({
            "description": description,
            "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Error" } } },
        });
        responses.entry(status).or_insert(response);
    };
    if has_token {
        add("401", "No token, or one that does not count");
        add("403", "The token does not have the scope, or this is closed to the organisation");
    }
    if has_token && (has_parameters || method == "post") {
        add("400", "The request cannot be understood");
    }
    if has_token && matches!(method, "post" | "patch") {
        add(
            "409",
            "It clashes with what there is, or the first request with the key is still running",
        );
        add("422", "A value is not accepted, or the key came with another request");
    }
    if has_token || has_body {
        add("408", "The request did not arrive in time");
        add("413", "The request is too large");
    }
    if has_body && has_token {
        add("415", "The body is not JSON");
    }
    if has_token || path == "/oauth2/token" {
        add("429", "Too many requests");
    }
    add("500", "The fault is on our side");
    add("503", "The database or the identity provider does not answer");
    for (status, response) in responses.iter_mut() {
        let Some(response) = response.as_object_mut() else { continue };
        let headers = response.entry("headers").or_insert_with(|| json!({}));
        let Some(headers) = headers.as_object_mut() else { continue };
        let mut names = vec!["X-Request-Id"];
        let is_counted = if has_token { status != "401" } else { path == "/oauth2/token" };
        if is_counted && status != "500" && status != "503" {
            names.extend(["RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"]);
        }
        if status == "429" {
            names.push("Retry-After");
        }
        for name in names {
            let reference = json!({ "$ref": format!("#/components/headers/{name}") });
            headers.insert(name.to_owned(), reference);
        }
    }
}

/// A parameter that is left out is not there; none is `null`.
fn never_null(schema: &mut Value) {
    if let Some(types) = schema.get_mut("type").and_then(Value::as_array_mut) {
        types.retain(|kind| kind != "null");
        if let [only] = types.as_slice() {
            schema["type"] = only.clone();
        }
    }
}

fn idempotency_key() -> Value {
    json!({
        "name": "Idempotency-Key",
        "in": "header",
        "required": false,
        "description": "The same request with the same key is done once",
        "schema": { "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$" },
    })
}

fn headers() -> Value {
    let number = |description: &str| json!({ "description": description, "required": true, "schema": { "type": "integer" } });
    json!({
        "X-Request-Id": {
            "description": "The request’s reference, which is in the server’s log",
            "required": true,
            "schema": { "type": "string" },
        },
        "RateLimit-Limit": number(&format!(
            "How many requests a minute: {}, and {} for tokens",
            limit::OF_CLIENT,
            limit::OF_ADDRESS
        )),
        "RateLimit-Remaining": number("How many more in this minute"),
        "RateLimit-Reset": number("In how many seconds the next minute begins"),
        "Retry-After": number("After how many seconds to try again"),
    })
}

fn security() -> Value {
    json!({
        "bearerAuth": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "A token of `POST /oauth2/token`",
        },
    })
}

/// `GET /api/openapi.json`
pub(super) async fn serve(document: Arc<str>) -> Response {
    ([(CONTENT_TYPE, "application/json")], document.to_string()).into_response()
}
