//! Where the stand-in knowingly differs from the description.

use super::{Deviation, Part};

/// A deviation that is meant.
struct Explained {
    /// `POST /v1/orders`, or `*` for every operation.
    operation: &'static str,
    part: Part,
    /// Where: names between slashes, `*` for every entry of a list, `**` at the
    /// start for anything before.
    at: &'static str,
    /// Why.
    #[expect(dead_code, reason = "for readers of the list, and for the README")]
    why: &'static str,
}

const fn response(operation: &'static str, at: &'static str, why: &'static str) -> Explained {
    Explained { operation, part: Part::Response, at, why }
}

const fn request(operation: &'static str, at: &'static str, why: &'static str) -> Explained {
    Explained { operation, part: Part::Request, at, why }
}

const NEWER: &str = "in Zuora's description of May 2026, later than the one that is published";

const EXPLAINED: &[Explained] = &[
    response("*", "/reasons/*/code", "a number in Zuora's answers and in its guide to errors"),
    response("*", "/requestId", "in Zuora's answers; in its description of May 2026"),
    response("POST /v1/orders", "/subscriptions/*/subscriptionOwnerId", NEWER),
    response("POST /v1/orders", "/subscriptions/*/subscriptionOwnerNumber", NEWER),
    response("POST /v1/orders/preview", "**/unitPrice", NEWER),
    response("GET /v1/accounts/{account-key}", "/basicInfo/partnerAccount", NEWER),
    response("GET /v1/accounts/{account-key}", "/billToContact/id", NEWER),
    response("GET /v1/accounts/{account-key}", "/soldToContact/id", NEWER),
    response("GET /v1/accounts/{account-key}", "/billingAndPayment/autoPay", NEWER),
    response("GET /v1/accounts/{account-key}/summary", "/basicInfo/partnerAccount", NEWER),
    response("*", "**/subscriptionRatePlanNumber", NEWER),
    request("POST /v1/orders", "**/createSubscription/invoiceOwnerAccountNumber", NEWER),
];

/// Whether a deviation is on the list.
pub(super) fn is_explained(deviation: &Deviation) -> bool {
    EXPLAINED.iter().any(|entry| {
        (entry.operation == "*" || entry.operation == deviation.operation)
            && entry.part == deviation.part
            && match entry.at.strip_prefix("**") {
                Some(end) => deviation.at.ends_with(end),
                None => entry.at == deviation.at,
            }
    })
}
