"""Tokens for schemathesis, of the management client and of a partner's, and
things that there are to ask about."""

import itertools
import os

import requests
import schemathesis

BASE = os.environ["BASE_URL"]


def whose(case, _context):
    return "PARTNER" if case.path.startswith("/api/partner/") else "MANAGEMENT"


@schemathesis.auth(cache_by_key=whose, refresh_interval=600)
class Tokens:
    def get(self, case, context):
        client = whose(case, context)
        answer = requests.post(
            f"{BASE}/oauth2/token",
            data={"grant_type": "client_credentials"},
            auth=(os.environ[f"{client}_CLIENT_ID"], os.environ[f"{client}_CLIENT_SECRET"]),
            timeout=10,
        )
        answer.raise_for_status()
        return answer.json()["access_token"]

    def set(self, case, data, context):
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {data}"}


# Every second call is about what there is. Whoever deletes the user would leave
# the others without one.
EXISTING = {
    "partnerOrganisationId": os.environ["ORGANISATION_ID"],
    "partnerUserId": os.environ["USER_ID"],
    "offerId": os.environ["OFFER_ID"],
    "orderId": os.environ["ORDER_ID"],
    "customerId": os.environ["CUSTOMER_ID"],
    "subscriptionNumber": os.environ["SUBSCRIPTION_NUMBER"],
    "invoiceId": os.environ["INVOICE_ID"],
}
turns = itertools.cycle([True, False])


@schemathesis.hook
def before_call(_context, case, _kwargs):
    method, parameters = case.method.upper(), case.path_parameters or {}
    if method != "DELETE" and next(turns):
        for name in parameters.keys() & EXISTING.keys():
            parameters[name] = EXISTING[name]
        # The one that sells has it.
        if method == "GET" and {"partnerOrganisationId", "subscriptionNumber"} <= parameters.keys():
            parameters["partnerOrganisationId"] = os.environ["PARTNER_ID"]
    # schemathesis finds this one in lists. Suspended or deleted, it would have
    # no token any more.
    if method != "GET" and parameters.get("partnerOrganisationId") == os.environ["PARTNER_ID"]:
        parameters["partnerOrganisationId"] = os.environ["ORGANISATION_ID"]
