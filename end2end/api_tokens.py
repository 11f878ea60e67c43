"""Tokens for schemathesis: of the management client, and of a partner's."""

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
