//! A sandbox on a port of its own, and a client that checks all it exchanges.

use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::OnceLock;
use zuora_sandbox::clock::{Clock, Moment};
use zuora_sandbox::description::{Description, Verdict};
use zuora_sandbox::{Sandbox, Settings, start};

/// 2026-11-24, 09:00 UTC.
pub const START: Moment = Moment(1_795_510_800);
pub const TODAY: &str = "2026-11-24";

/// What Zuora has and its published description has not.
const NOT_DESCRIBED: [&str; 3] = ["/object-query/", "/v1/products/", "/v1/describe/"];

/// Rate plans of the seeded catalog.
pub const STARTER_MONTHLY: &str = "8ad0a1c08f3b5d11018f3b7c00200002";
pub const TEAM_MONTHLY: &str = "8ad0a1c08f3b5d11018f3b7c00200004";
pub const TEAM_SEATS: &str = "8ad0a1c08f3b5d11018f3b7c00300010";
pub const BUSINESS_ANNUAL: &str = "8ad0a1c08f3b5d11018f3b7c00200007";
pub const SUPPORT_MONTHLY: &str = "8ad0a1c08f3b5d11018f3b7c00200008";
pub const ARCHIVE_MONTHLY: &str = "8ad0a1c08f3b5d11018f3b7c0020000e";
pub const ONBOARDING: &str = "8ad0a1c08f3b5d11018f3b7c00200010";

/// An answer.
#[derive(Debug)]
pub struct Got {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: Value,
}

/// A running sandbox and a client with a token.
pub struct Zuora {
    pub sandbox: Sandbox,
    pub base: String,
    http: reqwest::Client,
    token: String,
}

impl Zuora {
    pub async fn start() -> Self {
        Self::start_with(Settings::default()).await
    }

    pub async fn start_with(settings: Settings) -> Self {
        let clock = Clock::standing(START);
        let sandbox = Sandbox::open(Settings { clock, exchanges: 10_000, ..settings }).unwrap();
        let base = format!("http://{}", start(sandbox.clone()).await.unwrap());
        let mut zuora = Self { sandbox, base, http: reqwest::Client::new(), token: String::new() };
        zuora.sign_in().await;
        zuora
    }

    /// Fetches a token.
    pub async fn sign_in(&mut self) {
        let form = [
            ("client_id", "0193a5b0-7e6c-7c00-8000-000000000001"),
            ("client_secret", "a-secret"),
            ("grant_type", "client_credentials"),
        ];
        let request = self.http.post(format!("{}/oauth/token", self.base)).form(&form);
        let body: Value = request.send().await.unwrap().json().await.unwrap();
        self.token = body["access_token"].as_str().unwrap().to_owned();
    }

    /// A request with the token.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base)).bearer_auth(&self.token)
    }

    pub async fn send(request: reqwest::RequestBuilder) -> Got {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await.unwrap();
        Got { status, headers, body: serde_json::from_slice(&bytes).unwrap_or(Value::Null) }
    }

    pub async fn get(&self, path: &str) -> Value {
        Self::send(self.request(Method::GET, path)).await.body
    }

    pub async fn post(&self, path: &str, body: &Value) -> Value {
        Self::send(self.request(Method::POST, path).json(body)).await.body
    }

    /// Posts what must succeed.
    pub async fn good(&self, path: &str, body: &Value) -> Value {
        let answer = self.post(path, body).await;
        assert_eq!(answer["success"], true, "{path}: {answer}");
        answer
    }

    /// Posts what must be refused; gives the code and the message.
    pub async fn refused(&self, path: &str, body: &Value) -> (u64, String) {
        let answer = self.post(path, body).await;
        assert_eq!(answer["success"], false, "{path}: {answer}");
        let reason = &answer["reasons"][0];
        (reason["code"].as_u64().unwrap(), reason["message"].as_str().unwrap().to_owned())
    }

    /// Lets days pass, and fetches a token for the day after.
    pub async fn days_pass(&mut self, days: u32) {
        self.sandbox.advance(i64::from(days) * 86_400);
        self.sign_in().await;
    }

    /// Checks everything that went over the wire against Zuora's description.
    pub fn check(&self) {
        static DESCRIPTION: OnceLock<Description> = OnceLock::new();
        let description = DESCRIPTION
            .get_or_init(|| Description::from_environment().unwrap_or_else(|why| panic!("{why}")));
        let mut deviations = BTreeSet::new();
        for exchange in self.sandbox.exchanges() {
            match description.check(&exchange) {
                Verdict::Checked(found) => {
                    deviations.extend(found.iter().map(ToString::to_string));
                }
                Verdict::NotDescribed => {
                    let path = &exchange.path;
                    let known = NOT_DESCRIBED.iter().any(|start| path.starts_with(start));
                    assert!(known, "{path} is not in Zuora's description, nor known not to be");
                }
            }
        }
        let lines: Vec<String> = deviations.into_iter().collect();
        assert!(lines.is_empty(), "Zuora's description does not allow:\n{}", lines.join("\n"));
    }
}

/// A customer's account as orders and accounts take it.
pub fn customer(name: &str, currency: &str) -> Value {
    json!({
        "name": name,
        "currency": currency,
        "billCycleDay": 1,
        "billToContact": {
            "firstName": "Ada",
            "lastName": "Lovelace",
            "workEmail": "ada@customer.example",
            "address1": "1 Analytical Row",
            "city": "London",
            "country": "United Kingdom",
        },
    })
}

/// Terms of a year that renew.
pub fn a_year() -> Value {
    json!({
        "initialTerm": { "period": 12, "periodType": "Month", "termType": "TERMED" },
        "renewalTerms": [{ "period": 12, "periodType": "Month" }],
        "renewalSetting": "RENEW_WITH_SPECIFIC_TERM",
        "autoRenew": true,
    })
}

/// An order of one new subscription for an account.
pub fn new_subscription(account: &str, rate_plan: &str, owner: Value) -> Value {
    let mut create = json!({
        "terms": a_year(),
        "subscribeToRatePlans": [{ "productRatePlanId": rate_plan }],
    });
    if let (Some(create), Value::Object(owner)) = (create.as_object_mut(), owner) {
        create.extend(owner);
    }
    json!({
        "orderDate": TODAY,
        "existingAccountNumber": account,
        "subscriptions": [{
            "orderActions": [{ "type": "CreateSubscription", "createSubscription": create }],
        }],
        "processingOptions": { "runBilling": true, "billingOptions": { "targetDate": TODAY } },
    })
}

/// An order of one action on a subscription.
pub fn change(account: &str, subscription: &str, day: &str, action: Value) -> Value {
    let mut action = action;
    action["triggerDates"] = json!([{ "name": "ContractEffective", "triggerDate": day }]);
    json!({
        "orderDate": TODAY,
        "existingAccountNumber": account,
        "subscriptions": [{ "subscriptionNumber": subscription, "orderActions": [action] }],
    })
}

/// An order as a preview of it.
pub fn preview(order: &Value, through: &str) -> Value {
    let mut preview = order.clone();
    if let Some(fields) = preview.as_object_mut() {
        fields.remove("processingOptions");
        fields.remove("orderNumber");
    }
    preview["previewOptions"] = json!({
        "previewThruType": "SpecificDate",
        "specificPreviewThruDate": through,
        "previewTypes": ["BillingDocs", "ChargeMetrics"],
    });
    preview
}
