"""Provider `http`: any gateway that takes a JSON POST with a bearer key and an idempotency header.

POST <url>  Authorization: Bearer <key>  Idempotency-Key: <notification id>
            {"phone": "+886912345678", "message": "…", "sender": "…"}
GET <url>/health
"""

import json
from datetime import timedelta
from http.cookiejar import DefaultCookiePolicy
from typing import Final

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import NewConnectionError

from chalicelib.sms.providers.base import Outcome, OutgoingSms, PermanentFailure, Sent, TemporaryFailure

TIMEOUT_SECONDS: Final = 10.0
# A host that has not accepted a connection by then is down; waiting longer would only use up the batch's time.
_CONNECT_SECONDS: Final = 3.0
_POOL: Final = 10

_NOT_NOW: Final = frozenset({408, 429})
_LARGEST_BODY: Final = 64 * 1024
_LONGEST_ID: Final = 200


class HttpProvider:
    """One tenant's account at a gateway; its connections are kept."""

    name = "http"
    # As long as gateways usually keep idempotency keys.
    dedupes_for = timedelta(hours=24)
    sends_receipts = False

    def __init__(self, url: str, sender: str, key: str, timeout: float = TIMEOUT_SECONDS) -> None:
        """url: where texts are posted; timeout: seconds without a byte."""
        self._url = url
        self._sender = sender
        self._authorization = {"Authorization": f"Bearer {key}"}
        self._timeout = (min(_CONNECT_SECONDS, timeout), timeout)
        self._session = requests.Session()
        # Not the environment's proxies, and no .netrc, which would replace the Authorization header.
        self._session.trust_env = False
        # Threads share the session; without cookies it holds no state but the connection pool.
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(pool_connections=1, pool_maxsize=_POOL))

    def send(self, message: OutgoingSms) -> Outcome:
        """2xx sent, whatever the body; 4xx final; 5xx, 408, 429, redirects and no answer are for later."""
        try:
            # Redirects are not followed: the key and the customer's number would go to somebody else.
            with self._session.post(
                self._url,
                json={"phone": message.phone, "message": message.text, "sender": self._sender},
                headers={**self._authorization, "Idempotency-Key": message.id},
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
            ) as response:
                return _outcome(response)
        except requests.ConnectTimeout:
            return TemporaryFailure("connect_timeout")
        except requests.Timeout:
            return TemporaryFailure("timeout", unclear=True)
        except requests.ConnectionError as error:
            return TemporaryFailure("connection_error", unclear=not _never_connected(error))
        except requests.RequestException as error:
            # A URL or key that cannot be used. Not final: once it is put right, the text can be redriven.
            return TemporaryFailure(f"unusable_settings: {type(error).__name__}")

    def health(self) -> bool:
        """Whether `GET <url>/health` answers 2xx."""
        try:
            with self._session.get(
                f"{self._url.rstrip('/')}/health",
                headers=self._authorization,
                timeout=self._timeout,
                allow_redirects=False,
            ) as response:
                return _is_success(response.status_code)
        except requests.RequestException:
            return False


def _outcome(response: requests.Response) -> Outcome:
    status = response.status_code
    reason = f"http_{status}"
    if _is_success(status):
        return Sent(_message_id(response))
    if 400 <= status < 500 and status not in _NOT_NOW:  # noqa: PLR2004
        return PermanentFailure(reason)
    return TemporaryFailure(reason, unclear=status >= 500)  # noqa: PLR2004


def _is_success(status: int) -> bool:
    return 200 <= status < 300  # noqa: PLR2004


def _message_id(response: requests.Response) -> str | None:
    # The status has said that the text was taken; nothing in the body, or wrong with it, can change that.
    body = b""
    try:
        for chunk in response.iter_content(4096):
            body += chunk
            if len(body) > _LARGEST_BODY:
                return None
        answer = json.loads(body)
    except (requests.RequestException, ValueError, RecursionError):
        return None
    found = answer.get("message_id", answer.get("id")) if isinstance(answer, dict) else None
    return str(found)[:_LONGEST_ID] if isinstance(found, str | int) else None


def _never_connected(error: requests.ConnectionError) -> bool:
    cause = error.args[0] if error.args else None
    return isinstance(getattr(cause, "reason", None), NewConnectionError)
