"""Provider `http`: any gateway that accepts a JSON POST with a bearer key and an idempotency header.

POST <url>  Authorization: Bearer <key>  Idempotency-Key: <notification id>
            {"phone": "+886912345678", "message": "…", "sender": "…"}
GET <url>/health
"""

import json
from typing import Final

import requests

from chalicelib.sms.providers import calls
from chalicelib.sms.providers.base import DEDUPES_FOR, Outcome, OutgoingSms, Sent

_POOL: Final = 10
_LONGEST_ID: Final = 200
_KEY_REFUSED: Final = frozenset({401, 403})
_SERVER_ERROR: Final = 500


class HttpProvider:
    """One tenant's account at a gateway, with reused connections."""

    name = "http"
    dedupes_for = DEDUPES_FOR[name]
    sends_receipts = False

    def __init__(self, url: str, sender: str, key: str, timeout: float = calls.TIMEOUT_SECONDS) -> None:
        """url: for posting SMS; timeout: seconds without a byte."""
        self._url = url
        self._sender = sender
        self._authorization = {"Authorization": f"Bearer {key}"}
        self._timeout = calls.patience(timeout)
        self._session = calls.session(_POOL)

    def send(self, message: OutgoingSms) -> Outcome:
        """Posts the SMS. 2xx means sent, whatever the body."""

        def post() -> requests.Response:
            # Redirects are not followed, because another host would receive the key and the customer's number.
            return self._session.post(
                self._url,
                json={"phone": message.phone, "message": message.text, "sender": self._sender},
                headers={**self._authorization, "Idempotency-Key": message.id},
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
            )

        return calls.outcome_of(post, lambda response: Sent(_message_id(response)))

    def probe(self) -> str | None:
        """Requests `GET <url>/health`. A fault is no answer, 5xx, or a refused key.

        Any other status is fine: a gateway without such a page answers 404.
        """

        def get() -> requests.Response:
            return self._session.get(
                f"{self._url.rstrip('/')}/health",
                headers=self._authorization,
                timeout=calls.PROBE_TIMEOUT,
                allow_redirects=False,
                stream=True,
            )

        return calls.fault_of(get, lambda response: _fault(response.status_code))


def _fault(status: int) -> str | None:
    return f"http_{status}" if status in _KEY_REFUSED or status >= _SERVER_ERROR else None


def _message_id(response: requests.Response) -> str | None:
    # The status shows that the SMS was accepted; an invalid body does not change that.
    try:
        answer = json.loads(calls.body_of(response) or b"null")
    except (ValueError, RecursionError):
        return None
    found = answer.get("message_id", answer.get("id")) if isinstance(answer, dict) else None
    return str(found)[:_LONGEST_ID] if isinstance(found, str | int) else None
