"""Limits for wrong passwords, by username, address and device.

A guess is counted before its password is compared, and refunded if the password was right. So simultaneous guesses
count like successive ones. Unknown usernames are counted in the same way.

Guesses from an unknown device count for the name and the address together, for the address, and for the name. The
first two limits stop one attacker, with one name or with many. The third stops many addresses that guess at one
name; it is high, because it also locks out the name's owner. Guesses from a device on which the user has signed in
before count for that device only, so guesses from elsewhere do not lock it out.
"""

import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from msgspec import Struct

from chalicelib.auth.rate_limits import Limit, check, refund, spend_all
from chalicelib.auth.signing_keys import KeyRing, key_ring
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import TooFast
from chalicelib.core.logs import log
from chalicelib.core.metrics import measured

_WINDOW: Final = 15 * 60
_DETAIL: Final = "Too many wrong passwords. Wait before the next try."

# Five in fifteen minutes: OWASP ASVS 4.0.3, 2.2.1 allows 100 an hour.
PER_NAME_AND_ADDRESS: Final = Limit("sign_in_pair", 5, _WINDOW, code=ErrorCode.TOO_FAST, detail=_DETAIL)
# Only wrong passwords count. A large office behind one address may have so many on one morning.
PER_ADDRESS: Final = Limit(
    "sign_in_address",
    30,
    _WINDOW,
    code=ErrorCode.TOO_MANY_SIGN_INS,
    detail="Too many sign-ins have failed from this network. Wait before the next try.",
)
# With one guess every 18 seconds, trying the ten thousand most common passwords takes two days.
PER_NAME: Final = Limit("sign_in_name", 50, _WINDOW, code=ErrorCode.TOO_FAST, detail=_DETAIL)
PER_DEVICE: Final = Limit("sign_in_device", 5, _WINDOW, code=ErrorCode.TOO_FAST, detail=_DETAIL)
# An attacker who once knew the password may have signed in from many devices.
PER_USERS_DEVICES: Final = Limit("sign_in_devices", 50, _WINDOW, code=ErrorCode.TOO_FAST, detail=_DETAIL)
# A signed-in user enters their own password again; an attacker may do so with a stolen access token.
PER_USER: Final = Limit("own_password", 5, _WINDOW, code=ErrorCode.TOO_FAST, detail=_DETAIL)


class Attempt(Struct, frozen=True):
    """A guess that has been counted. spent: (limit, subject), the narrowest first."""

    spent: tuple[tuple[Limit, str], ...]

    def record_success(self, now: datetime) -> None:
        """Refunds the guess and all earlier wrong guesses of this device, or of this name from this address."""
        for number, (limit, subject) in enumerate(self.spent):
            refund(limit, subject, now=now, cost=limit.most if number == 0 else 1)


def check_address(address: str, *, now: datetime) -> None:
    """Raises TooFast if this process has just refused guesses from the address; makes no call."""
    with _logged(address):
        check(PER_ADDRESS, address, now=now)


def reserve_as_stranger(username: str, address: str, *, now: datetime, keys: KeyRing = key_ring) -> Attempt:
    """Counts a guess from an unknown device. username: normalised. address: its key.

    Raises TooFast, and then counts nothing.
    """
    name = _hashed(username, keys)
    return _reserve(
        ((PER_NAME_AND_ADDRESS, f"{name}.{address}"), (PER_ADDRESS, address), (PER_NAME, name)), address, now
    )


def reserve_from_device(device_id: str, user_id: str, address: str, *, now: datetime) -> Attempt:
    """Counts a guess from a known device of the user. Raises TooFast, and then counts nothing."""
    return _reserve(((PER_DEVICE, device_id), (PER_USERS_DEVICES, user_id)), address, now)


def reserve_by_user(user_id: str, address: str, *, now: datetime) -> Attempt:
    """Counts a guess of a signed-in user at their own password. Raises TooFast, and then counts nothing."""
    return _reserve(((PER_USER, user_id),), address, now)


def _reserve(spendings: tuple[tuple[Limit, str], ...], address: str, now: datetime) -> Attempt:
    with _logged(address):
        # All or none. Otherwise an address that is refused would still use up the limits of names.
        spend_all(spendings, now=now)
    return Attempt(spendings)


@contextmanager
def _logged(address: str) -> Iterator[None]:
    try:
        yield
    except TooFast as refusal:
        log.info(
            "sign_in_refused", extra={"reason": refusal.code, "address": address, **measured(SignInsRefused=1)}
        )
        raise


def _hashed(username: str, keys: KeyRing) -> str:
    # A keyed hash: people type passwords into the name field, and short phone numbers can be found from a plain
    # hash.
    return hmac.digest(keys.signing().derived("login name"), username.encode(), "sha256")[:16].hex()
