//! The stand-in for Zuora, in this process, and what the tests buy from it.

use partners_app::domain::{Currency, OrganisationId, ZuoraAccountId};
use partners_server::billing::{
    Attempt, Attribution, Billing, Change, ChangeOrder, Contact, Effective, EndCustomer,
    IdempotencyKey, NewCustomer, NewOrder, OrderInvoiceOwner, OrderReference, OrderedPlan,
    PlacedOrder, Subscription, SubscriptionNumber, Term, Zuora, ZuoraFields, ZuoraSettings,
    ZuoraTimeouts,
};
use rust_decimal::Decimal;
use std::sync::OnceLock;
use std::time::Duration;
use time::Date;
use time::macros::date;
use uuid::Uuid;
use zuora_sandbox::clock::{Clock, Moment};
use zuora_sandbox::description::{Description, Verdict};
use zuora_sandbox::faults::Fault;
use zuora_sandbox::{Sandbox, Settings, router};

/// The day it is in the stand-in.
pub const TODAY: Date = date!(2026 - 11 - 24);
/// That day, 09:00 UTC.
const START: Moment = Moment(1_795_510_800);

/// Rate plans of its catalog.
pub const STARTER_MONTHLY: &str = "8ad0a1c08f3b5d11018f3b7c00200002";
pub const TEAM_MONTHLY: &str = "8ad0a1c08f3b5d11018f3b7c00200004";
pub const BUSINESS_ANNUAL: &str = "8ad0a1c08f3b5d11018f3b7c00200007";
pub const SUPPORT_MONTHLY: &str = "8ad0a1c08f3b5d11018f3b7c00200008";
pub const ARCHIVE_MONTHLY: &str = "8ad0a1c08f3b5d11018f3b7c0020000e";
/// A reseller in euros, one in dollars.
pub const NORDLICHT: &str = "PA-1001";
pub const HARBOR_POINT: &str = "PA-1002";

pub struct StandIn {
    pub sandbox: Sandbox,
    pub zuora: Zuora,
    pub base: String,
}

pub async fn start() -> StandIn {
    start_with(Settings::default()).await
}

pub async fn start_with(settings: Settings) -> StandIn {
    let clock = Clock::standing(START);
    let sandbox = Sandbox::open(Settings { clock, exchanges: 10_000, ..settings }).expect("fresh");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("its address"));
    let service = router(sandbox.clone());
    tokio::spawn(async move { axum::serve(listener, service).await });
    StandIn { zuora: adapter(&base), sandbox, base }
}

/// The adapter at an address.
pub fn adapter(base: &str) -> Zuora {
    Zuora::new(settings(base)).expect("the adapter")
}

pub fn settings(base: &str) -> ZuoraSettings {
    ZuoraSettings {
        base_url: base.parse().expect("an address"),
        client_id: "0193a5b0-7e6c-7c00-8000-000000000001".to_owned(),
        client_secret: "a-secret".into(),
        entity_ids: None,
        org_ids: None,
        fields: ZuoraFields {
            partner_organisation: Some("PartnerOrganisation__c".to_owned()),
            salesforce_account: Some("PartnerSalesforce__c".to_owned()),
            reference: Some("PartnerReference__c".to_owned()),
        },
        timeouts: ZuoraTimeouts {
            connect: Duration::from_secs(2),
            read: Duration::from_secs(5),
            work: Duration::from_secs(6),
        },
    }
}

impl StandIn {
    /// Another adapter on the same stand-in, as another instance would be.
    pub fn another(&self) -> Zuora {
        adapter(&self.base)
    }

    /// An adapter on it that waits for a fraction of a second.
    pub fn impatient(&self) -> Zuora {
        let mut settings = settings(&self.base);
        settings.timeouts.read = Duration::from_millis(700);
        settings.timeouts.work = Duration::from_millis(900);
        Zuora::new(settings).expect("the adapter")
    }

    /// Switches a fault on.
    pub fn fault(&self, fault: Fault) {
        self.sandbox.add_fault(fault);
    }

    /// How many requests of this kind came: `POST /v1/orders`.
    pub fn calls(&self, method: &str, path: &str) -> usize {
        let exchanges = self.sandbox.exchanges();
        exchanges.iter().filter(|one| one.method == method && one.path == path).count()
    }

    /// How many subscriptions there are.
    pub fn subscriptions(&self) -> usize {
        self.sandbox.read(|state| state.subscriptions.len())
    }

    /// How many accounts there are.
    pub fn accounts(&self) -> usize {
        self.sandbox.read(|state| state.accounts.len())
    }

    /// Places an order that must succeed.
    pub async fn place(&self, order: &NewOrder) -> PlacedOrder {
        self.zuora.place(order, &attempt()).await.expect("placed")
    }

    /// A subscription that must be there.
    pub async fn subscription(&self, number: &SubscriptionNumber) -> Subscription {
        self.zuora.subscription(number).await.expect("an answer").expect("a subscription")
    }

    /// Lets days pass.
    pub fn days_pass(&self, days: i64) {
        self.sandbox.advance(days * 86_400);
    }

    /// Checks everything that went over the wire against Zuora's own
    /// description.
    pub fn check(&self) {
        static DESCRIPTION: OnceLock<Description> = OnceLock::new();
        let description = DESCRIPTION
            .get_or_init(|| Description::from_environment().unwrap_or_else(|why| panic!("{why}")));
        let mut deviations: Vec<String> = Vec::new();
        for exchange in self.sandbox.exchanges() {
            if let Verdict::Checked(found) = description.check(&exchange) {
                deviations.extend(found.iter().map(ToString::to_string));
            }
        }
        deviations.sort();
        deviations.dedup();
        assert!(deviations.is_empty(), "Zuora would not have it:\n{}", deviations.join("\n"));
    }
}

pub fn currency(letters: &str) -> Currency {
    Currency::parse(letters).expect("letters")
}

pub fn account_key(text: &str) -> ZuoraAccountId {
    ZuoraAccountId::parse(text).expect("a key")
}

/// A first attempt under a reference of its own.
pub fn attempt() -> Attempt {
    Attempt { reference: OrderReference::from(Uuid::now_v7()), key: IdempotencyKey::fresh() }
}

/// The next attempt of the same order, after a definite answer.
pub fn again(attempt: &Attempt) -> Attempt {
    Attempt { reference: attempt.reference.clone(), key: IdempotencyKey::fresh() }
}

pub fn attribution() -> Attribution {
    Attribution { organisation: OrganisationId(Uuid::from_u128(7)), salesforce_account: None }
}

/// An end customer in a currency.
pub fn new_customer(name: &str, letters: &str) -> EndCustomer {
    EndCustomer::New(Box::new(NewCustomer {
        name: name.to_owned(),
        currency: currency(letters),
        contact: Contact {
            first_name: "Ada".to_owned(),
            last_name: "Lovelace".to_owned(),
            email: "ada@customer.example".to_owned(),
            address1: "1 Analytical Row".to_owned(),
            city: "London".to_owned(),
            postal_code: "N1 7AA".to_owned(),
            country: "United Kingdom".to_owned(),
            ..Contact::default()
        },
    }))
}

pub fn plan(rate_plan: &str, quantity: Option<i64>) -> OrderedPlan {
    OrderedPlan { rate_plan: rate_plan.into(), quantity: quantity.map(Decimal::from) }
}

/// Seven seats for a new customer, invoiced to the partner in dollars.
pub fn seven_seats() -> NewOrder {
    NewOrder {
        customer: new_customer("Analytical Engines Ltd", "USD"),
        invoice_owner: OrderInvoiceOwner::Partner(account_key(HARBOR_POINT)),
        plan: plan(TEAM_MONTHLY, Some(7)),
        add_ons: Vec::new(),
        ordered_on: TODAY,
        starts_on: TODAY,
        term: Term { months: Some(12), auto_renew: true },
        invoice_now: true,
        attribution: attribution(),
    }
}

/// The same, invoiced to the end customer.
pub fn for_the_customer() -> NewOrder {
    NewOrder { invoice_owner: OrderInvoiceOwner::EndCustomer, ..seven_seats() }
}

/// A change of today.
pub fn change(number: &SubscriptionNumber, change: Change, effective: Effective) -> ChangeOrder {
    ChangeOrder {
        subscription: number.clone(),
        change,
        effective,
        ordered_on: TODAY,
        invoice_now: false,
        attribution: attribution(),
        based_on: None,
    }
}
