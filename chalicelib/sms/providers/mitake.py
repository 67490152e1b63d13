"""Provider `mitake` (三竹), Taiwan's usual gateway; after its HTTP API, version 2.14.

POST <url>/SmSend?CharsetURL=UTF-8   username, password, dstaddr, smbody, clientid, response
POST <url>/SmQuery                   username, password; returns the account's remaining points

It also answers 200 to requests that it refuses, with lines of `name=value`; `statuscode` is the outcome.
"""

from collections.abc import Callable
from typing import Final
from uuid import UUID, uuid5

import requests

from chalicelib.sms.providers import calls
from chalicelib.sms.providers.base import (
    DEDUPES_FOR,
    Outcome,
    OutgoingSms,
    PermanentFailure,
    Sent,
    TemporaryFailure,
)

URL: Final = "https://smsapi.mitake.com.tw/api/mtk"

# An account may have 15 connections at once, and two functions may be sending.
_POOL: Final = 7

# A `clientid` has at most 36 characters and must never be used for another SMS.
_CLIENT_IDS: Final = UUID("5f0c7c3e-9d0b-4c55-8a59-0a5c1c3ad7e4")

_ACCEPTED: Final = frozenset("0124")
# Codes of a refused SMS: content, number, disabled, too late, cancelled; expired, empty, number, too large,
# parameters.
_REFUSED: Final = frozenset("56789tuvxy")
# Codes for a later attempt: suspended, billing, too many connections; and faults of the account, its password, our
# IP address or our permissions, which the operator must correct.
_NOT_NOW: Final = frozenset("abrsl") | frozenset("cdefhkmnp")
_SYSTEM_ERROR: Final = "*"

_COUNTRY: Final = "+886"
_LINE_BREAK: Final = "\x06"
_LONGEST_ID: Final = 64


class MitakeProvider:
    """One tenant's account, with reused connections."""

    name = "mitake"
    dedupes_for = DEDUPES_FOR[name]
    sends_receipts = True

    def __init__(
        self, username: str, password: str, url: str = URL, timeout: float = calls.TIMEOUT_SECONDS
    ) -> None:
        """url: depends on the kind of account; timeout: seconds without a byte."""
        self._url = url.rstrip("/")
        self._account = {"username": username, "password": password}
        self._timeout = calls.patience(timeout)
        self._session = calls.session(_POOL)

    def send(self, message: OutgoingSms) -> Outcome:
        """Sends the SMS; the outcome follows from `statuscode` and is unclear without one."""
        form = {
            **self._account,
            "dstaddr": national(message.phone),
            "smbody": message.text.replace("\r\n", "\n").replace("\n", _LINE_BREAK),
            "clientid": str(uuid5(_CLIENT_IDS, message.id)),
        }
        if message.receipt_url is not None:
            form["response"] = message.receipt_url
        return calls.outcome_of(
            self._post("SmSend?CharsetURL=UTF-8", form), lambda response: outcome(calls.body_of(response))
        )

    def probe(self) -> str | None:
        """Requests the remaining points with `SmQuery`. An account without points is a fault, too."""
        return calls.fault_of(self._post("SmQuery", self._account, calls.PROBE_TIMEOUT), _fault)

    def _post(
        self, method: str, form: dict[str, str], timeout: tuple[float, float] | None = None
    ) -> Callable[[], requests.Response]:
        return lambda: self._session.post(
            f"{self._url}/{method}",
            data=form,
            timeout=timeout or self._timeout,
            allow_redirects=False,
            stream=True,
        )


def national(e164: str) -> str:
    """`+886912345678` in Mitake's form: `0912345678`."""
    return "0" + e164.removeprefix(_COUNTRY) if e164.startswith(_COUNTRY) else e164


def read(body: bytes) -> dict[str, str]:
    """The answer's lines, the first of each name. Error texts may be in Big5; they are not used."""
    found: dict[str, str] = {}
    for line in body.decode("utf-8", errors="replace").splitlines():
        name, sign, value = line.partition("=")
        if sign:
            found.setdefault(name.strip(), value.strip())
    return found


def _fault(response: requests.Response) -> str | None:
    """The fault in an answer to `SmQuery`, or None."""
    if not calls.is_success(response):
        return f"http_{response.status_code}"
    answer = read(calls.body_of(response) or b"")
    points = answer.get("AccountPoint", "")
    if points.isdecimal():
        return None if int(points) > 0 else "no_points"
    code = answer.get("statuscode", "")
    return f"mitake_{code}" if code in _REFUSED | _NOT_NOW | {_SYSTEM_ERROR} else "unreadable_answer"


def outcome(body: bytes | None) -> Outcome:
    """The outcome of an answer with 200. body: None if it was incomplete."""
    answer = read(body or b"")
    code = answer.get("statuscode", "")
    if code in _ACCEPTED:
        return Sent(answer.get("msgid", "").lstrip("#")[:_LONGEST_ID] or None)
    if code in _REFUSED:
        return PermanentFailure(f"mitake_{code}")
    if code in _NOT_NOW:
        return TemporaryFailure(f"mitake_{code}")
    if code == _SYSTEM_ERROR:
        return TemporaryFailure("mitake_*", unclear=True)
    return TemporaryFailure("unreadable_answer", unclear=True)
