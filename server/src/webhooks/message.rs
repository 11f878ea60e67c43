//! What endpoints are told of an event: its type, when it was, and the least
//! that one needs to find what it is about, in the words of the REST API.

use crate::store::webhook_work::{Happened, HappenedOrder};
use partners_app::domain::{Timestamp, WebhookEvent};
use serde::Serialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// What is sent, before it is text.
#[derive(Serialize)]
struct Envelope<'a> {
    #[serde(rename = "type")]
    event_type: &'static str,
    timestamp: String,
    data: &'a Map<String, Value>,
}

/// What an event is to endpoints; `None` for what they are not told.
#[must_use]
pub fn event_of(happened: &Happened) -> Option<WebhookEvent> {
    Some(match happened.action.as_str() {
        "organisation.created" => WebhookEvent::OrganisationCreated,
        "organisation.changed" => WebhookEvent::OrganisationUpdated,
        "organisation.suspended" => WebhookEvent::OrganisationSuspended,
        "organisation.reactivated" => WebhookEvent::OrganisationReactivated,
        "organisation.deleted" => WebhookEvent::OrganisationDeleted,
        "partner_user.created" => WebhookEvent::UserCreated,
        "partner_user.renamed" | "partner_user.role_changed" => WebhookEvent::UserUpdated,
        "partner_user.disabled" => WebhookEvent::UserDisabled,
        "partner_user.enabled" => WebhookEvent::UserEnabled,
        "partner_user.deleted" => WebhookEvent::UserDeleted,
        "order.placed" => WebhookEvent::OrderPlaced,
        "order.refused" => WebhookEvent::OrderRefused,
        "subscription.changed" => WebhookEvent::SubscriptionChanged,
        "webhook.tested" => WebhookEvent::Test,
        _ => return None,
    })
}

/// What is sent of an event.
#[must_use]
pub fn body(event: WebhookEvent, happened: &Happened) -> String {
    let data = match event {
        WebhookEvent::OrganisationCreated
        | WebhookEvent::OrganisationUpdated
        | WebhookEvent::OrganisationSuspended
        | WebhookEvent::OrganisationReactivated
        | WebhookEvent::OrganisationDeleted => organisation(event, happened),
        WebhookEvent::UserCreated
        | WebhookEvent::UserUpdated
        | WebhookEvent::UserDisabled
        | WebhookEvent::UserEnabled
        | WebhookEvent::UserDeleted => user(event, happened),
        WebhookEvent::OrderPlaced | WebhookEvent::OrderRefused => order(event, happened),
        WebhookEvent::SubscriptionChanged => subscription(happened),
        WebhookEvent::Test => Data::default().text("webhook", happened.subject.map(text)),
    };
    envelope(event, happened.at, &data.0)
}

fn envelope(event: WebhookEvent, at: Timestamp, data: &Map<String, Value>) -> String {
    let envelope = Envelope { event_type: event.as_str(), timestamp: at.iso(), data };
    // Maps with texts for keys are always JSON.
    serde_json::to_string(&envelope).unwrap_or_default()
}

fn text(id: Uuid) -> String {
    id.hyphenated().to_string()
}

/// The fields of what happened; what is not known is left out.
#[derive(Default)]
struct Data(Map<String, Value>);

impl Data {
    fn text(mut self, name: &str, value: Option<String>) -> Self {
        if let Some(value) = value {
            self.0.insert(name.to_owned(), value.into());
        }
        self
    }

    fn value(mut self, name: &str, value: Value) -> Self {
        self.0.insert(name.to_owned(), value);
        self
    }
}

impl Happened {
    /// What a field became; where it has become nothing, what it was.
    fn told(&self, field: &str) -> Option<String> {
        let told = self.changes.get(field)?;
        let told = match told.as_array().map(Vec::as_slice) {
            Some([before, after]) => {
                if after.is_null() {
                    before
                } else {
                    after
                }
            }
            _ => told,
        };
        told.as_str().map(str::to_owned)
    }

    /// What a field became.
    fn became(&self, field: &str) -> Option<&Value> {
        self.changes.get(field)?.as_array()?.get(1)
    }
}

fn organisation(event: WebhookEvent, happened: &Happened) -> Data {
    let name = happened.told("name").or_else(|| happened.organisation_name.clone());
    let data =
        Data::default().text("id", happened.organisation.map(|id| text(id.0))).text("name", name);
    match event {
        WebhookEvent::OrganisationCreated => data
            .text("zuoraAccountId", happened.told("zuora_account_id"))
            .value(
                "isZuoraInvoiceOwner",
                (happened.told("invoice_owner").as_deref() == Some("partner")).into(),
            )
            .text("salesforceAccountId", happened.told("salesforce_account_id"))
            .text("logo", happened.told("logo")),
        WebhookEvent::OrganisationUpdated => {
            let data = match happened.became("logo") {
                Some(logo) => data.value("logo", logo.clone()),
                None => data,
            };
            changed(data, happened)
        }
        WebhookEvent::OrganisationSuspended => data.value("suspended", true.into()),
        WebhookEvent::OrganisationReactivated => data.value("suspended", false.into()),
        _ => data,
    }
}

/// The names of the fields that have changed.
fn changed(data: Data, happened: &Happened) -> Data {
    let fields: Vec<_> = happened.changes.as_object().into_iter().flat_map(Map::keys).collect();
    data.value("changed", json!(fields))
}

fn user(event: WebhookEvent, happened: &Happened) -> Data {
    let (name, email) = happened.user.clone().unzip();
    let data = Data::default()
        .text("id", happened.subject.map(text))
        .text("partnerOrg", happened.organisation.map(|id| text(id.0)))
        .text("name", happened.told("name").or(name))
        .text("email", happened.told("email").or(email))
        .text("role", happened.told("role"));
    match event {
        WebhookEvent::UserUpdated => changed(data, happened),
        WebhookEvent::UserDisabled => data.value("enabled", false.into()),
        WebhookEvent::UserEnabled => data.value("enabled", true.into()),
        _ => data,
    }
}

fn order(event: WebhookEvent, happened: &Happened) -> Data {
    let order = happened.order.as_ref();
    let made = happened.told("subscription");
    let subscription = made.or_else(|| order.and_then(|order| order.subscription.clone()));
    let status = if event == WebhookEvent::OrderPlaced { "complete" } else { "failed" };
    Data::default()
        .text("id", happened.subject.map(text))
        .text("partnerOrg", happened.organisation.map(|id| text(id.0)))
        .text("orderReference", order.map(|order| order.reference.clone()))
        .text("orderType", order.map(|order| order_type(order).to_owned()))
        .value("status", status.into())
        .text("reason", happened.told("reason"))
        .text("subscriptionReference", subscription)
        .text("owner", order.and_then(|order| order.customer).map(text))
}

const fn order_type(order: &HappenedOrder) -> &'static str {
    // As the REST API tells them apart.
    if matches!(order.kind.as_bytes(), b"purchase") { "new" } else { "update_subscription" }
}

fn subscription(happened: &Happened) -> Data {
    Data::default()
        .text("subscriptionReference", happened.told("subscription"))
        .text("partnerOrg", happened.organisation.map(|id| text(id.0)))
        .text("order", happened.subject.map(text))
        .text("owner", happened.order.as_ref().and_then(|order| order.customer).map(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use partners_app::domain::OrganisationId;

    fn happened(action: &str, changes: Value) -> Happened {
        Happened {
            seq: 7,
            id: Uuid::from_u128(1),
            at: Timestamp::from_millis(1_794_492_187_042),
            action: action.to_owned(),
            organisation: Some(OrganisationId(Uuid::from_u128(2))),
            subject: Some(Uuid::from_u128(3)),
            changes,
            organisation_name: Some("Acme".to_owned()),
            user: None,
            order: None,
        }
    }

    fn told(happened: &Happened) -> Value {
        let event = event_of(happened).expect("an event");
        serde_json::from_str(&body(event, happened)).expect("JSON")
    }

    #[test]
    fn an_organisation_is_told_as_the_api_spells_it() {
        let created = json!({
            "name": [null, "Acme Resellers"],
            "logo": [null, null],
            "zuora_account_id": [null, "A1"],
            "salesforce_account_id": [null, null],
            "invoice_owner": [null, "partner"],
        });
        assert_eq!(
            told(&happened("organisation.created", created)),
            json!({
                "type": "partner_organisation.created",
                "timestamp": "2026-11-12T14:03:07.042Z",
                "data": {
                    "id": "00000000-0000-0000-0000-000000000002",
                    "name": "Acme Resellers",
                    "zuoraAccountId": "A1",
                    "isZuoraInvoiceOwner": true,
                },
            })
        );
        let changed = json!({ "logo": ["https://cdn.example/a.png", null] });
        let data = &told(&happened("organisation.changed", changed))["data"];
        assert_eq!((&data["logo"], &data["changed"]), (&Value::Null, &json!(["logo"])));
        assert_eq!(data["name"], "Acme");
        let data = &told(&happened("organisation.suspended", json!({"suspended": [false, true]})));
        assert_eq!(data["data"]["suspended"], true);
        let deleted = happened("organisation.deleted", json!({ "name": ["Acme", null] }));
        assert_eq!(told(&deleted)["data"]["name"], "Acme");
    }

    #[test]
    fn an_order_is_told_with_its_reference() {
        let mut refused = happened(
            "order.refused",
            json!({ "state": ["placing", "refused"], "reason": "The card was declined." }),
        );
        refused.order = Some(HappenedOrder {
            kind: "purchase".to_owned(),
            reference: "P-1".to_owned(),
            subscription: None,
            customer: None,
        });
        let data = &told(&refused)["data"];
        assert_eq!(data["orderReference"], "P-1");
        assert_eq!((&data["orderType"], &data["status"]), (&json!("new"), &json!("failed")));
        assert_eq!(data["reason"], "The card was declined.");
    }

    #[test]
    fn what_is_nobody_elses_business_is_not_told() {
        for action in ["session.opened", "password.reset", "api_client.created", "webhook.created"]
        {
            assert_eq!(event_of(&happened(action, json!({}))), None, "{action}");
        }
    }
}
