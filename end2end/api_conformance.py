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
