//! What is done with one order, and what is noted of how that ended.

use super::{OrderContent, Orders, owners, told, words};
use crate::billing::{
    Attempt, Billing, BillingError, Effective, EndCustomer, IdempotencyKey, OrderReference,
    PlacedOrder, Subscription, SubscriptionNumber,
};
use crate::reconcile::backoff;
use crate::store::audit::{self, Actor, Event};
use crate::store::order_work::{self, Doubt, Due, Known, Outcome, Postponement, Stop};
use crate::store::{StoreError, StoreResult, Writer, customers, plan_names};
use partners_app::domain::{CustomerId, OrderKind, day};
use serde_json::{Map, Value, json};
use std::time::Duration;
use tokio::time::timeout;

/// How long an undo that was done waits to see what came of it.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long what was sent may still be carried out, at the most: until then nobody
/// gives it up.
const IN_FLIGHT: Duration = Duration::from_secs(5 * 60);

/// How long an order is tried before an admin is asked to look.
const PERSISTENCE: Duration = Duration::from_secs(3 * 24 * 60 * 60);

/// How often it is tried at least before that, a minute or so: when the server
/// or an admin has only just taken it up again, three days may have passed
/// without a try.
const LEAST_ATTEMPTS: i64 = 8;

/// Waits grow to a quarter of a minute: somebody is waiting for an order, and
/// few are on their way at once.
const MOST_DOUBLINGS: i64 = 6;

/// How an attempt ended.
enum End {
    /// The billing system has carried it out, and has its owners right.
    Placed(PlacedOrder, Box<Became>),
    /// The change that was pending does not happen. Nobody knows how the
    /// subscription is now where it could not be read.
    TakenBack(SubscriptionNumber, Option<Box<Became>>),
    /// Nothing was done. In words for the partner.
    Refused(String),
    /// An admin has to look. In words for the admin.
    Stopped { reason: String, answer_is_lost: bool, placed: Option<PlacedOrder> },
    /// To be tried again.
    Later { error: BillingError, doubt: Doubt },
}

/// What an order made of a subscription.
struct Became {
    /// As it was right before; `None` where nobody knows.
    before: Option<Subscription>,
    /// As it is now.
    after: Subscription,
}

/// An attempt that may be sent.
struct Ready {
    attempt: Attempt,
    /// The subscription that it is to change, as it is.
    before: Option<Subscription>,
}

impl End {
    /// After an error of what changes something: every one but a lost answer and
    /// a break says that nothing was done.
    fn after(error: BillingError, content: &OrderContent) -> Self {
        match error {
            BillingError::Refused(reason) => Self::Refused(words::refused(content, &reason)),
            BillingError::NotFound(reason) => Self::Refused(words::missing(content, &reason)),
            BillingError::Misconfigured(reason) => {
                Self::Stopped { reason, answer_is_lost: false, placed: None }
            }
            BillingError::AnswerLost { .. } => Self::Later { error, doubt: Doubt::AsBefore },
            BillingError::Broken { .. } => Self::Later { error, doubt: Doubt::Broken },
            BillingError::TryAgain { .. } => Self::Later { error, doubt: Doubt::Undone },
        }
    }

    /// After an error of a look at what was done: that is still not known.
    fn unknown(error: BillingError, placed: Option<PlacedOrder>) -> Self {
        match error {
            BillingError::Misconfigured(reason) => {
                Self::Stopped { reason, answer_is_lost: true, placed }
            }
            error => Self::Later { error, doubt: Doubt::AsBefore },
        }
    }
}

impl Orders {
    pub(super) async fn carry_on(&self, billing: &dyn Billing, due: &Due) -> StoreResult<()> {
        match self.attempt(billing, due).await? {
            End::Placed(placed, became) => self.placed(due, placed, *became).await,
            End::TakenBack(number, became) => {
                self.taken_back(due, number, became.map(|became| *became)).await
            }
            End::Refused(reason) => self.refused(due, &reason).await,
            End::Stopped { reason, answer_is_lost, placed } => {
                self.stopped(due, &reason, answer_is_lost, placed).await
            }
            End::Later { error, doubt } => self.postponed(due, &error, doubt).await,
        }
    }

    async fn attempt(&self, billing: &dyn Billing, due: &Due) -> StoreResult<End> {
        match &due.content {
            OrderContent::Purchase(order) => match self.begin(billing, due).await? {
                Ok(Ready { attempt, before }) => {
                    let answer = billing.place(order, &attempt).await;
                    Ok(self.understand(billing, due, answer, before).await)
                }
                Err(end) => Ok(*end),
            },
            OrderContent::Change(change) => match self.begin(billing, due).await? {
                Ok(Ready { attempt, before }) => {
                    let answer = billing.change(change, &attempt).await;
                    Ok(self.understand(billing, due, answer, before).await)
                }
                Err(end) => Ok(*end),
            },
            // What has been taken back is not there any more: this may be repeated.
            OrderContent::Undo { order, subscription } => {
                let before = match billing.subscription(subscription).await {
                    // The day has come meanwhile: taking it back now would bring
                    // back what has ended.
                    Ok(Some(now))
                        if now.latest_order.as_ref() == Some(order)
                            && now.pending(self.clock.today()).is_none() =>
                    {
                        return Ok(End::Refused(words::TAKEN_EFFECT.to_owned()));
                    }
                    // With another latest order it has been taken back already.
                    Ok(now) => now.filter(|now| now.latest_order.as_ref() == Some(order)),
                    Err(error) => return Ok(End::after(error, &due.content)),
                };
                Ok(match billing.undo(order).await {
                    Ok(()) => {
                        let read = timeout(PATIENCE, billing.subscription(subscription)).await;
                        let after = read.ok().and_then(Result::ok).flatten();
                        let became = after.map(|after| Box::new(Became { before, after }));
                        End::TakenBack(subscription.clone(), became)
                    }
                    Err(error) => End::after(error, &due.content),
                })
            }
        }
    }

    /// Looks first whether an attempt whose answer never came was carried out,
    /// and commits the next one's key before anything is sent.
    async fn begin(
        &self,
        billing: &dyn Billing,
        due: &Due,
    ) -> StoreResult<Result<Ready, Box<End>>> {
        let reference = OrderReference::parse(&due.reference).ok_or_else(|| {
            StoreError::Unreadable(format!("order {} has a bad reference", due.id))
        })?;
        if due.last != Known::Nothing {
            match billing.find_order(&reference).await {
                Ok(Some(placed)) => {
                    return Ok(Err(Box::new(self.read_back(billing, due, placed, None).await)));
                }
                Ok(None) => {}
                Err(error) => return Ok(Err(Box::new(End::unknown(error, None)))),
            }
        }
        let before = match self.in_the_way(billing, due, &reference).await {
            Ok(before) => before,
            Err(end) => return Ok(Err(Box::new(end))),
        };
        let key = match due.last {
            // While the answer to a key is missing, the same key may bring it.
            Known::Unanswered(key) => IdempotencyKey(key),
            Known::Nothing | Known::Broken => IdempotencyKey::fresh(),
        };
        let mut writer = self.store.write().await?;
        order_work::sending(writer.connection(), due.id, key.0).await?;
        writer.commit().await?;
        Ok(Ok(Ready { attempt: Attempt { reference, key }, before }))
    }

    async fn understand(
        &self,
        billing: &dyn Billing,
        due: &Due,
        answer: Result<PlacedOrder, BillingError>,
        before: Option<Subscription>,
    ) -> End {
        match answer {
            Ok(placed) => self.read_back(billing, due, placed, before).await,
            Err(error) => End::after(error, &due.content),
        }
    }

    /// The subscription that is to be changed, as it is; `None` where it is not to be
    /// found, or for a purchase.
    ///
    /// # Errors
    /// What keeps a change from being sent: one that came before it.
    async fn in_the_way(
        &self,
        billing: &dyn Billing,
        due: &Due,
        reference: &OrderReference,
    ) -> Result<Option<Subscription>, End> {
        let OrderContent::Change(change) = &due.content else { return Ok(None) };
        let end_of = |error| match due.last {
            Known::Nothing => End::after(error, &due.content),
            Known::Broken | Known::Unanswered(_) => End::unknown(error, None),
        };
        let subscription = match billing.subscription(&change.subscription).await {
            Ok(Some(subscription)) => subscription,
            Ok(None) => return Ok(None),
            Err(error) => return Err(end_of(error)),
        };
        // While its answer is missing, it may be its own latest order that is another one.
        let is_changed = !matches!(due.last, Known::Unanswered(_))
            && change.based_on.is_some()
            && change.based_on != subscription.latest_order;
        let reason = words::blocked(&subscription, self.clock.today())
            .or_else(|| is_changed.then(|| words::CHANGED_SINCE.to_owned()));
        let Some(reason) = reason else { return Ok(Some(subscription)) };
        // What is in the way may be this very order.
        Err(match billing.find_order(reference).await {
            Ok(Some(placed)) => self.read_back(billing, due, placed, None).await,
            Ok(None) => End::Refused(reason),
            Err(error) => end_of(error),
        })
    }

    /// Looks whose the subscription has become, and who is invoiced for it.
    async fn read_back(
        &self,
        billing: &dyn Billing,
        due: &Due,
        placed: PlacedOrder,
        before: Option<Subscription>,
    ) -> End {
        let subscription = match billing.subscription(&placed.subscription).await {
            Ok(Some(subscription)) => subscription,
            Ok(None) => {
                let message = format!("{} cannot be read yet.", placed.subscription);
                let error = BillingError::AnswerLost { after: None, message };
                return End::unknown(error, Some(placed));
            }
            Err(error) => return End::unknown(error, Some(placed)),
        };
        let wrong = match &due.content {
            OrderContent::Purchase(order) => owners::wrong(order, &placed, &subscription),
            OrderContent::Change(_) | OrderContent::Undo { .. } => None,
        };
        match wrong {
            None => End::Placed(placed, Box::new(Became { before, after: subscription })),
            Some(reason) => End::Stopped { reason, answer_is_lost: true, placed: Some(placed) },
        }
    }

    async fn placed(&self, due: &Due, placed: PlacedOrder, became: Became) -> StoreResult<()> {
        let mut writer = self.store.write().await?;
        // Whoever learns that it is placed finds the subscription here.
        self.projection.want(&mut writer, due.organisation).await?;
        let customer = self.customer(&mut writer, due, &placed, &became.after).await?;
        let changed = self.changed(&mut writer, due, &became).await?;
        self.projection.write_down(&mut writer, due.organisation, became.after).await?;
        let outcome = Outcome {
            order: Some(placed.order),
            subscription: placed.subscription,
            customer: Some(customer),
        };
        self.settle(writer, due, &outcome, changed).await?;
        self.projection.wake();
        Ok(())
    }

    async fn taken_back(
        &self,
        due: &Due,
        number: SubscriptionNumber,
        became: Option<Became>,
    ) -> StoreResult<()> {
        let outcome = Outcome { order: None, subscription: number, customer: None };
        let mut writer = self.store.write().await?;
        self.projection.want(&mut writer, due.organisation).await?;
        let changed = match became {
            Some(became) => {
                let changed = self.changed(&mut writer, due, &became).await?;
                self.projection.write_down(&mut writer, due.organisation, became.after).await?;
                changed
            }
            None => Map::new(),
        };
        self.settle(writer, due, &outcome, changed).await?;
        self.projection.wake();
        Ok(())
    }

    /// What a change made of its subscription, as the audit trail has it.
    async fn changed(
        &self,
        writer: &mut Writer,
        due: &Due,
        became: &Became,
    ) -> StoreResult<Map<String, Value>> {
        if due.content.kind() == OrderKind::Purchase {
            return Ok(Map::new());
        }
        let names = plan_names::read(writer.connection(), due.organisation).await?;
        let mut changed = told::difference(became.before.as_ref(), &became.after, &names);
        if let OrderContent::Change(change) = &due.content {
            let day = match change.effective {
                Effective::On(day) => Some(day),
                Effective::TermEnd => became.after.term_ends_on,
            };
            changed.insert("effective_on".to_owned(), json!(day.map(day::iso)));
        }
        Ok(changed)
    }

    /// The end customer, written down where it is new here.
    async fn customer(
        &self,
        writer: &mut Writer,
        due: &Due,
        placed: &PlacedOrder,
        subscription: &Subscription,
    ) -> StoreResult<CustomerId> {
        let now = self.clock.now();
        let email = match &due.content {
            OrderContent::Purchase(order) => match &order.customer {
                EndCustomer::New(new) => Some(new.contact.email.clone()),
                EndCustomer::Existing(_) => None,
            },
            OrderContent::Change(_) | OrderContent::Undo { .. } => None,
        };
        let known = customers::Known {
            account_id: Some(subscription.owner.id.clone()),
            name: due.customer_name.clone(),
            is_named_so_now: false,
            email,
            currency: subscription.currency,
        };
        let (organisation, account) = (due.organisation, &placed.customer);
        let id = customers::ensure(writer.connection(), organisation, account, known, now).await?;
        customers::ordered(writer.connection(), id, now).await?;
        Ok(id)
    }

    async fn settle(
        &self,
        mut writer: Writer,
        due: &Due,
        outcome: &Outcome,
        mut changed: Map<String, Value>,
    ) -> StoreResult<()> {
        let now = self.clock.now();
        if order_work::placed(writer.connection(), due.id, outcome, now).await? {
            let changes = json!({
                "state": ["placing", "placed"],
                "subscription": outcome.subscription,
            });
            self.record(&mut writer, due, "order.placed", changes).await?;
            if due.content.kind() != OrderKind::Purchase {
                changed.extend([
                    ("subscription".to_owned(), json!(outcome.subscription)),
                    ("order".to_owned(), json!(outcome.order)),
                    ("reference".to_owned(), json!(due.reference)),
                ]);
                self.record(&mut writer, due, "subscription.changed", changed.into()).await?;
            }
        }
        writer.commit().await?;
        tracing::info!(order.id = %due.id, subscription = %outcome.subscription, "an order was placed");
        Ok(())
    }

    async fn refused(&self, due: &Due, reason: &str) -> StoreResult<()> {
        let mut writer = self.store.write().await?;
        if order_work::refused(writer.connection(), due.id, reason, self.clock.now()).await? {
            let changes = json!({ "state": ["placing", "refused"], "reason": reason });
            self.record(&mut writer, due, "order.refused", changes).await?;
        }
        writer.commit().await?;
        tracing::info!(order.id = %due.id, reason, "an order was refused");
        Ok(())
    }

    async fn stopped(
        &self,
        due: &Due,
        reason: &str,
        answer_is_lost: bool,
        placed: Option<PlacedOrder>,
    ) -> StoreResult<()> {
        let outcome = placed.map(|placed| Outcome {
            order: Some(placed.order),
            subscription: placed.subscription,
            customer: None,
        });
        let mut writer = self.store.write().await?;
        let stop = Stop {
            reason,
            answer_is_lost,
            in_flight_until: self.clock.now().plus(IN_FLIGHT),
            outcome: outcome.as_ref(),
        };
        if order_work::stopped(writer.connection(), due.id, &stop).await? {
            let changes = json!({ "state": ["placing", "needs_attention"], "reason": reason });
            self.record(&mut writer, due, "order.stopped", changes).await?;
        }
        writer.commit().await?;
        tracing::error!(order.id = %due.id, reason, "an order needs attention");
        Ok(())
    }

    async fn postponed(&self, due: &Due, error: &BillingError, doubt: Doubt) -> StoreResult<()> {
        let now = self.clock.now();
        let wait = backoff(due.attempts.min(MOST_DOUBLINGS));
        let wait = wait.max(error.retry_after().unwrap_or_default());
        let postponement = Postponement {
            until: now.plus(wait),
            doubt,
            delay: words::delay(error, due.attempts + 1),
        };
        let mut writer = self.store.write().await?;
        order_work::postponed(writer.connection(), due.id, &postponement).await?;
        writer.commit().await?;
        if due.since.plus(PERSISTENCE) < now && due.attempts + 1 >= LEAST_ATTEMPTS {
            let answer_is_lost = doubt != Doubt::Undone;
            return self.stopped(due, &words::stuck(error), answer_is_lost, None).await;
        }
        tracing::warn!(%error, order.id = %due.id, attempts = due.attempts + 1, "an order could not be placed yet");
        Ok(())
    }

    async fn record(
        &self,
        writer: &mut Writer,
        due: &Due,
        action: &'static str,
        changes: Value,
    ) -> StoreResult<()> {
        let event = Event {
            action,
            organisation: Some(due.organisation),
            subject: Some(due.id.0),
            changes,
        };
        audit::record(writer.connection(), self.clock.now(), &Actor::partners(), &event).await
    }
}
