"""Known devices: a browser or an app from which its user has signed in before.

    <key id>.<device id>.<end, epoch seconds>.<HMAC-SHA256, 128 bits>

The signature covers the user's id, but the token does not contain it. Nothing is stored. A device token gives no
access: wrong passwords sent with it count for this device, so that guesses from other devices do not lock the user
out. OWASP calls it a device cookie:
https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies
"""

import hmac
from datetime import datetime, timedelta
from typing import Final

from chalicelib.auth.signing_keys import KeyRing, SigningKey, key_ring
from chalicelib.core import clock

# Covers the break between two seasons of a seasonal job. Each sign-in renews it.
LIFETIME: Final = timedelta(days=180)
MAX_LENGTH: Final = 256

_PARTS: Final = 4
# RFC 2104 §5: no fewer than half of the hash's bits.
_SIGNATURE_BYTES: Final = 16


def device_token(user_id: str, earlier_id: str | None, *, now: datetime, keys: KeyRing = key_ring) -> str:
    """A token for the device from which the user has just signed in. earlier_id: its id, if it had a valid token.

    Raises Unavailable.
    """
    key = keys.signing()
    content = f"{key.kid}.{earlier_id or clock.new_id()}.{clock.epoch(now + LIFETIME)}"
    return f"{content}.{_signature(content, user_id, key)}"


def known_device(token: str | None, user_id: str, *, now: datetime, keys: KeyRing = key_ring) -> str | None:
    """The device's id if the token is valid for this user, otherwise None. Raises Unavailable."""
    content, _, signature = (token or "").rpartition(".")
    parts = content.rsplit(".", _PARTS - 2)
    if len(parts) != _PARTS - 1 or not signature.isascii():
        return None
    kid, device_id, end = parts
    key = keys.find(kid)
    if key is None or not hmac.compare_digest(signature, _signature(content, user_id, key)):
        return None
    return device_id if int(end) > clock.epoch(now) else None


def _signature(content: str, user_id: str, key: SigningKey) -> str:
    return key.signature("device", f"{user_id}.{content}", size=_SIGNATURE_BYTES)
