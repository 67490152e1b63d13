"""Common code of providers with an HTTP API: the session, and the outcomes of statuses and errors."""

from collections.abc import Callable
from http.cookiejar import DefaultCookiePolicy
from typing import Final

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import NewConnectionError

from chalicelib.sms.providers.base import Outcome, PermanentFailure, TemporaryFailure

TIMEOUT_SECONDS: Final = 10.0
# Seconds to connect, and without a byte. A provider that takes longer counts as down.
PROBE_TIMEOUT: Final = (2.0, 2.0)
# A host that has not accepted a connection by then is down; a longer wait would use up the batch's time.
_CONNECT_SECONDS: Final = 3.0

_NOT_NOW: Final = frozenset({408, 429})
_LARGEST_BODY: Final = 64 * 1024


def session(pool: int) -> requests.Session:
    """A session with at most `pool` connections, which it reuses; threads may share it."""
    made = requests.Session()
    # Ignores the environment's proxies and .netrc, which would replace the Authorization header.
    made.trust_env = False
    # Without cookies its only state is the connection pool, so threads can share it.
    made.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    for scheme in ("http://", "https://"):
        made.mount(scheme, HTTPAdapter(pool_connections=1, pool_maxsize=pool, pool_block=True))
    return made


def patience(timeout: float) -> tuple[float, float]:
    """Seconds to connect, and without a byte."""
    return min(_CONNECT_SECONDS, timeout), timeout


def outcome_of(call: Callable[[], requests.Response], read: Callable[[requests.Response], Outcome]) -> Outcome:
    """The outcome of a call; `read` decides for 2xx. Never raises because of the provider.

    4xx is a permanent failure; 5xx, 408, 429, redirects and no answer are temporary ones.
    """
    try:
        with call() as response:
            return read(response) if is_success(response) else _failure(response.status_code)
    except requests.RequestException as error:
        return _no_answer(error)


def fault_of(call: Callable[[], requests.Response], read: Callable[[requests.Response], str | None]) -> str | None:
    """The fault that `read` finds in the answer to a probe, or why there is none. Never raises because of it."""
    try:
        with call() as response:
            return read(response)
    except requests.RequestException as error:
        return _no_answer(error).reason


def is_success(response: requests.Response) -> bool:
    """Whether the status is 2xx."""
    return 200 <= response.status_code < 300  # noqa: PLR2004


def body_of(response: requests.Response) -> bytes | None:
    """The body; None if it is too large or incomplete."""
    body = b""
    try:
        for chunk in response.iter_content(4096):
            body += chunk
            if len(body) > _LARGEST_BODY:
                return None
    except requests.RequestException:
        return None
    return body


def _no_answer(error: requests.RequestException) -> TemporaryFailure:
    if isinstance(error, requests.ConnectTimeout):
        return TemporaryFailure("connect_timeout")
    if isinstance(error, requests.Timeout):
        return TemporaryFailure("timeout", unclear=True)
    if isinstance(error, requests.ConnectionError):
        return TemporaryFailure("connection_error", unclear=not _never_connected(error))
    # An invalid URL or key. Temporary, because the SMS can be redriven after the settings are corrected.
    return TemporaryFailure(f"unusable_settings: {type(error).__name__}")


def _failure(status: int) -> Outcome:
    reason = f"http_{status}"
    if 400 <= status < 500 and status not in _NOT_NOW:  # noqa: PLR2004
        return PermanentFailure(reason)
    return TemporaryFailure(reason, unclear=status >= 500)  # noqa: PLR2004


def _never_connected(error: requests.ConnectionError) -> bool:
    cause = error.args[0] if error.args else None
    return isinstance(getattr(cause, "reason", None), NewConnectionError)
