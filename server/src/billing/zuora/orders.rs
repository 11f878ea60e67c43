//! Orders: placed, found again, and remembered.

use super::super::{
    AccountNumber, Attempt, BillingError, NewOrder, OrderNumber, OrderReference, PastAction,
    PastActionKind, PastOrder, PlacedOrder, SubscriptionNumber,
};
use super::Zuora;
use super::compose::{self, For};
use super::number::Day;
use super::order_body::OrderBody;
use super::{pages, subscriptions};
use serde::Deserialize;
use std::sync::Arc;

/// What `POST /v1/orders` answers.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Placed {
    order_number: String,
    #[serde(default)]
    subscriptions: Vec<PlacedSubscription>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PlacedSubscription {
    subscription_number: String,
    /// Not in older tenants.
    #[serde(default)]
    subscription_owner_number: Option<String>,
}

/// What `GET /v1/orders/{number}` answers.
#[derive(Deserialize)]
struct Found {
    order: WireOrder,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireOrder {
    order_number: String,
    #[serde(default)]
    order_date: Option<Day>,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    subscriptions: Vec<WireEntry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireEntry {
    subscription_number: String,
    #[serde(default)]
    order_actions: Vec<WireAction>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireAction {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    trigger_dates: Vec<WireTrigger>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireTrigger {
    name: String,
    #[serde(default)]
    trigger_date: Option<Day>,
}

impl Zuora {
    pub(super) async fn place_order(
        &self,
        order: &NewOrder,
        attempt: &Attempt,
    ) -> Result<PlacedOrder, BillingError> {
        let mut plans = std::iter::once(&order.plan).chain(&order.add_ons);
        let catalog = if plans.clone().any(|plan| plan.quantity.is_some()) {
            self.catalog_with(&mut plans).await?
        } else {
            Arc::default()
        };
        let fields = &self.http.settings().fields;
        let purpose = For::Placing(&attempt.reference);
        let body = compose::new_subscription(order, &catalog, fields, purpose)?;
        self.carry_out(&body, attempt).await
    }

    /// Sends an order under our reference as its number. An order with that
    /// number is ours: where Zuora refuses a second one, the first is the
    /// answer.
    pub(super) async fn carry_out(
        &self,
        body: &OrderBody,
        attempt: &Attempt,
    ) -> Result<PlacedOrder, BillingError> {
        let request = self.http.post(&["v1", "orders"], &attempt.key, body);
        let placed: Placed = match self.http.json(request).await {
            Ok(placed) => placed,
            Err(error) if error.is_temporary() => return Err(error),
            Err(refusal) => {
                return match self.find(&attempt.reference).await {
                    Ok(Some(before)) => Ok(before),
                    // Whether it is the second one is not known.
                    Err(error) if error.is_temporary() => Err(BillingError::AnswerLost {
                        after: error.retry_after(),
                        message: format!("{refusal} {error}"),
                    }),
                    Ok(None) | Err(_) => Err(refusal),
                };
            }
        };
        let lost = |message: String| BillingError::AnswerLost { after: None, message };
        let entry = placed.subscriptions.into_iter().next();
        let entry = entry.ok_or_else(|| lost("Zuora’s order has no subscription.".to_owned()))?;
        let subscription = SubscriptionNumber(entry.subscription_number);
        let customer = match entry.subscription_owner_number {
            Some(number) => AccountNumber(number),
            None => self.owner(&subscription).await.map_err(|error| lost(error.to_string()))?,
        };
        Ok(PlacedOrder { order: OrderNumber(placed.order_number), subscription, customer })
    }

    pub(super) async fn find(
        &self,
        reference: &OrderReference,
    ) -> Result<Option<PlacedOrder>, BillingError> {
        let request = self.http.get(&["v1", "orders", reference.as_str()]);
        let found: Option<Found> = self.http.json_if_there(request).await?;
        let Some(Found { order }) = found else { return Ok(None) };
        if matches!(order.status.as_deref(), Some("Cancelled")) {
            return Ok(None);
        }
        let entry = order.subscriptions.into_iter().next();
        let entry = entry.ok_or_else(|| {
            BillingError::unavailable(format!("Zuora’s order {reference} has no subscription."))
        })?;
        let subscription = SubscriptionNumber(entry.subscription_number);
        let customer = self.owner(&subscription).await?;
        Ok(Some(PlacedOrder { order: OrderNumber(order.order_number), subscription, customer }))
    }

    async fn owner(&self, number: &SubscriptionNumber) -> Result<AccountNumber, BillingError> {
        let found = subscriptions::find(&self.http, number).await?;
        found.and_then(|subscription| subscription.owner.number).ok_or_else(|| {
            BillingError::unavailable(format!("Zuora does not say who owns {number}."))
        })
    }

    pub(super) async fn orders_of(
        &self,
        number: &SubscriptionNumber,
    ) -> Result<Vec<PastOrder>, BillingError> {
        let request = self.http.get(&["v1", "orders", "subscription", number.as_str()]);
        let request = request.with("pageSize", pages::MOST);
        let (orders, _) = pages::one::<WireOrder>(&self.http, request, "orders").await?;
        Ok(orders.into_iter().map(|order| order.in_our_terms(number)).collect())
    }

    pub(super) async fn take_back(&self, order: &OrderNumber) -> Result<(), BillingError> {
        let request = self.http.delete(&["v1", "orders", order.as_str()]);
        let _: Option<serde::de::IgnoredAny> = self.http.json_if_there(request).await?;
        Ok(())
    }
}

impl WireOrder {
    fn in_our_terms(self, number: &SubscriptionNumber) -> PastOrder {
        let entries = self.subscriptions.into_iter();
        let actions = entries
            .filter(|entry| entry.subscription_number == number.0)
            .flat_map(|entry| entry.order_actions)
            .map(|action| PastAction {
                effective_on: action
                    .trigger_dates
                    .iter()
                    .find(|trigger| trigger.name == "ContractEffective")
                    .and_then(|trigger| trigger.trigger_date)
                    .map(|day| day.0),
                kind: action_kind(action.kind),
            });
        PastOrder {
            actions: actions.collect(),
            order: OrderNumber(self.order_number),
            ordered_on: self.order_date.map(|day| day.0),
        }
    }
}

fn action_kind(word: String) -> PastActionKind {
    match word.as_str() {
        "CreateSubscription" => PastActionKind::Created,
        "AddProduct" => PastActionKind::PlanAdded,
        "RemoveProduct" => PastActionKind::PlanRemoved,
        "UpdateProduct" => PastActionKind::PlanUpdated,
        "ChangePlan" => PastActionKind::PlanChanged,
        "TermsAndConditions" => PastActionKind::TermsChanged,
        "RenewSubscription" => PastActionKind::Renewed,
        "CancelSubscription" => PastActionKind::Cancelled,
        "OwnerTransfer" => PastActionKind::Transferred,
        _ => PastActionKind::Other(word),
    }
}
