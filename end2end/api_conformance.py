"""Compares the API with its own description: schemathesis asks everything that
the description allows, and much that it does not.

Usage: api_conformance.py BINARY, with BASE_URL and the server's own
configuration in the environment.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

import requests

BINARY = sys.argv[1]
BASE = os.environ["BASE_URL"]
HERE = Path(__file__).parent


def client(*arguments):
    command = [BINARY, "api-client", "create", *arguments, "--json"]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def token(made):
    answer = requests.post(
        f"{BASE}/oauth2/token",
        data={"grant_type": "client_credentials"},
        auth=(made["client_id"], made["client_secret"]),
        timeout=10,
    )
    answer.raise_for_status()
    return answer.json()["access_token"]


def create(management, path, body):
    answer = requests.post(
        f"{BASE}/api/{path}",
        json=body,
        # The browser's tests have made other organisations with that account.
        params={"acceptDuplicates": "true"} if path == "partner-organisation" else {},
        headers={"Authorization": f"Bearer {management}"},
        timeout=30,
    )
    answer.raise_for_status()
    return answer.json()["id"]


def offer(organisation):
    """Has an admin offer a plan over the API, to this organisation alone."""
    admin = requests.Session()
    admin.headers.update({"Origin": BASE})
    who = {
        "email": os.environ["PARTNERS_ADMIN_EMAIL"],
        "password": os.environ["PARTNERS_ADMIN_PASSWORD"],
    }

    def act(action, **body):
        answer = admin.post(f"{BASE}/actions/{action}", **body, allow_redirects=False, timeout=30)
        answer.raise_for_status()
        return answer

    act("sign-in", data=who)
    plans = act("offers/catalog", json={}).json()["plans"]
    form = {
        "creation_key": str(uuid.uuid4()),
        "version": "0",
        "rate_plan": next(one["id"] for one in plans if one["name"] == "Cadence Team Monthly"),
        "kind": "plan",
        "name": f"Team over the API {uuid.uuid4()}",
        "description": "",
        "features": "",
        "labels": "",
        "channels[0]": "api",
        "eligible": "chosen",
        "partners[0]": organisation,
        "term_months": "12",
        "auto_renew": "true",
        "state": "published",
    }
    act("offers/save", data=form)
    made = act("offers/list", json={}).json()
    return next(one["id"] for one in made if one["content"]["name"] == form["name"])


def sell(partner, plan):
    """Sells the plan; returns the IDs of all that comes of it."""
    headers = {"Authorization": f"Bearer {token(partner)}"}
    order = {
        "order_type": "new",
        "orderItems": [{"offer": {"id": plan}, "quantity": 7}],
        "billingDetails": {
            "firstName": "Ada",
            "lastName": "Lovelace",
            "email": "ada@engines.example",
            "company": "Analytical Engines Ltd",
            "address1": "1 St James’s Square",
            "city": "London",
            "postalCode": "SW1Y 4LB",
        },
        "country": "GB",
    }

    def ask(path):
        answer = requests.get(f"{BASE}/api/partner/{path}", headers=headers, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def until(found):
        deadline = time.monotonic() + 60
        while not (thing := found()):
            if time.monotonic() > deadline:
                sys.exit("What was sold is not there.")
            time.sleep(0.5)
        return thing

    placed = requests.post(f"{BASE}/api/partner/order", json=order, headers=headers, timeout=30)
    placed.raise_for_status()
    path = f"order/{placed.json()['id']}"
    until(lambda: ask(path)["status"] == "complete")
    sold = ask(path)
    invoice = until(lambda: ask("invoice")["items"])[0]
    return {
        "OFFER_ID": plan,
        "ORDER_ID": sold["id"],
        "CUSTOMER_ID": sold["owner"],
        "SUBSCRIPTION_NUMBER": sold["subscriptionReference"],
        "INVOICE_ID": invoice["id"],
    }


def main():
    management = client("Schemathesis")
    access = token(management)
    organisation = {
        "name": "Schemathesis",
        "zuoraAccountId": "PA-1002",
        "isZuoraInvoiceOwner": True,
    }
    partners = create(access, "partner-organisation", organisation)
    partner = client("Schemathesis of a partner", "--organisation", partners)
    # Another one to be suspended, renamed and so on.
    other = create(access, "partner-organisation", {**organisation, "name": "Schemathesis, too"})
    user = create(
        access, f"partner-organisation/{other}", {"email": f"ann-{other}@schemathesis.example"}
    )
    environment = {
        **os.environ,
        **sell(partner, offer(partners)),
        "SCHEMATHESIS_HOOKS": "api_tokens",
        "PYTHONPATH": str(HERE),
        "PYTHONDONTWRITEBYTECODE": "1",
        "MANAGEMENT_CLIENT_ID": management["client_id"],
        "MANAGEMENT_CLIENT_SECRET": management["client_secret"],
        "ORGANISATION_ID": other,
        "USER_ID": user,
        "PARTNER_ID": partners,
        "PARTNER_CLIENT_ID": partner["client_id"],
        "PARTNER_CLIENT_SECRET": partner["client_secret"],
    }
    run = [
        Path(sys.executable).with_name("schemathesis"),
        "run",
        f"{BASE}/api/openapi.json",
        "--checks=not_a_server_error,status_code_conformance,content_type_conformance,"
        "response_schema_conformance,response_headers_conformance,ignored_auth",
        "--phases=examples,coverage,fuzzing",
        "--rate-limit=auto",
        # A machine that is slow for a moment is no fault of the API's.
        "--request-timeout=60",
        "--max-examples=25",
        "--seed=1",
        "--continue-on-failure",
        "--suppress-health-check=all",
    ]
    # What it keeps between runs is not wanted.
    with tempfile.TemporaryDirectory() as folder:
        return subprocess.run(run, env=environment, cwd=folder).returncode


sys.exit(main())
