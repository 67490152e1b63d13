"""Wrong passwords: how many are allowed, by whom and where.

A guess is counted before its password is compared and given back when the password was right. So guesses of the
same moment count like guesses one after another. Names that no user has are counted the same way.

A stranger's guesses count for the name and the address together, for the address, and for the name. The first two
stop one attacker: with one name, and with many. The third stops many addresses that guess at one name; it is high,
because it locks the name's owner out as well. A device from which the user has signed in before is counted for
itself, and no stranger's guesses lock it out.
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
# Only failures count: an office behind one address may have that many who mistype on the same morning.
PER_ADDRESS: Final = Limit(
    "sign_in_address",
    30,
    _WINDOW,
    code=ErrorCode.TOO_MANY_SIGN_INS,
    detail="Too many sign-ins have failed from this network. Wait before the next try.",
)
# With a new guess each 18 seconds the ten thousand commonest passwords take two days.
PER_NAME: Final = Limit("sign_in_name", 50, _WINDOW, code=ErrorCode.TOO_FAST, detail=_DETAIL)
PER_DEVICE: Final = Limit("sign_in_device", 5, _WINDOW, code=ErrorCode.TOO_FAST, detail=_DETAIL)
# An attacker who knew the password once may have made many devices known.
PER_USERS_DEVICES: Final = Limit("sign_in_devices", 50, _WINDOW, code=ErrorCode.TOO_FAST, detail=_DETAIL)
# A guess at the own password by a user who is signed in, with a stolen access token perhaps.
PER_USER: Final = Limit("own_password", 5, _WINDOW, code=ErrorCode.TOO_FAST, detail=_DETAIL)


class Attempt(Struct, frozen=True):
    """A guess that has been counted. spent: (limit, subject), the narrowest first."""

    spent: tuple[tuple[Limit, str], ...]

    def was_right(self, now: datetime) -> None:
        """Gives the guess back, and forgives the wrong ones that this device or address made before it."""
        for number, (limit, subject) in enumerate(self.spent):
            refund(limit, subject, now=now, cost=limit.most if number == 0 else 1)


def check_address(address: str, *, now: datetime) -> None:
    """Raises TooFast where this process has refused strangers from the address just now; without a call."""
    with _logged(address):
        check(PER_ADDRESS, address, now=now)


def reserve_as_stranger(username: str, address: str, *, now: datetime, keys: KeyRing = key_ring) -> Attempt:
    """Counts a guess at a name. username: normalised. address: its key. Raises TooFast, which counts nothing."""
    name = _hashed(username, keys)
    return _reserve(
        ((PER_NAME_AND_ADDRESS, f"{name}.{address}"), (PER_ADDRESS, address), (PER_NAME, name)), address, now
    )


def reserve_from_device(device_id: str, user_id: str, address: str, *, now: datetime) -> Attempt:
    """Counts a guess from a known device of the user. Raises TooFast, and then counts nothing."""
    return _reserve(((PER_DEVICE, device_id), (PER_USERS_DEVICES, user_id)), address, now)


def reserve_by_user(user_id: str, address: str, *, now: datetime) -> Attempt:
    """Counts a guess of a signed-in user at the own password. Raises TooFast, and then counts nothing."""
    return _reserve(((PER_USER, user_id),), address, now)


def _reserve(spendings: tuple[tuple[Limit, str], ...], address: str, now: datetime) -> Attempt:
    with _logged(address):
        # All or none: otherwise an address that is refused would go on to use up the limits of names.
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
    # People type passwords into the field of the name, and phone numbers are short: no plain text, no plain hash.
    return hmac.digest(keys.signing().derived("login name"), username.encode(), "sha256")[:16].hex()
