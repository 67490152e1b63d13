"""Codes of an authenticator app as a second factor (TOTP, RFC 6238), and recovery codes.

An app's secret is derived from the stage's key and a random salt in the user's row, so a copy of the table shows
no secret. Each code works once: the step of the last used one is stored (RFC 6238 §5.2), and a recovery code's
hash is removed. A code is counted before it is compared.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError
from msgspec import Struct

from chalicelib.auth.confirmation import is_own_password
from chalicelib.auth.passwords import readable_secret
from chalicelib.auth.principal import ADMIN
from chalicelib.auth.rate_limits import Limit, refund, spend
from chalicelib.auth.rules import rule
from chalicelib.core import aws, clock
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import Conflict, Invalid, Unavailable
from chalicelib.core.logs import log
from chalicelib.models.user import User

if TYPE_CHECKING:
    from pyotp.totp import TOTP

# RFC 4226 §7.3 requires a limit. Three codes of a million are right at a time. With one guess every three minutes
# an attacker who knows the password needs 16 months for an even chance.
PER_USER: Final = Limit(
    "totp", 5, 15 * 60, code=ErrorCode.TOO_FAST, detail="Too many wrong codes. Wait before the next try."
)
RECOVERY_CODES: Final = 10

# The name that apps show beside the code.
_ISSUER: Final = "Lucky Gas"
# 160 bits (RFC 4226 §4): 32 characters, for apps without a camera.
_SECRET_BYTES: Final = 20
# One step of 30 seconds before and after: clocks of phones differ (RFC 6238 §5.2).
_WINDOW: Final = 1

StageKey = Callable[[], bytes]


class Setup(Struct, frozen=True):
    """The input for an authenticator app. secret: base32, to type. uri: `otpauth://`, for a QR code."""

    secret: str
    uri: str


@cache
def stage_key() -> bytes:
    """The key that secrets are derived from. Raises Unavailable."""
    try:
        return aws.read_secret("totp-key").encode()
    except (BotoCoreError, ClientError) as error:
        log.error("totp_key_unreadable", extra={"error": type(error).__name__})
        raise Unavailable("The key for codes cannot be read.") from error


@rule(roles={ADMIN})
def start(user: User, password: str, *, address: str, now: datetime, key: StageKey = stage_key) -> Setup:
    """Stores a new secret, which takes effect when a code confirms it.

    Raises Conflict if codes are on, Invalid `password_wrong`, TooFast.
    """
    if user.totp_salt is not None:
        raise Conflict(code=ErrorCode.TOTP_ON)
    _check_password(user, password, address, now)
    salt = secrets.token_urlsafe(32)
    user.update([User.totp_new_salt.set(salt)], condition=User.id.exists())
    app = _app(user, salt, key)
    return Setup(app.secret, app.provisioning_uri(name=user.username, issuer_name=_ISSUER))


@rule(roles={ADMIN})
def confirm(user: User, code: str, *, now: datetime, key: StageKey = stage_key) -> list[str]:
    """Turns codes on and returns the recovery codes; only their hashes are stored.

    Raises Conflict without a secret to confirm or if another request changed it; Invalid `totp_wrong`, TooFast.
    """
    salt = user.totp_new_salt
    if salt is None:
        raise Conflict(code=ErrorCode.TOTP_NOT_STARTED)
    spend(PER_USER, user.id, now=now)
    step = _step(_app(user, salt, key), code, now)
    if step is None:
        raise _wrong_code()
    refund(PER_USER, user.id, now=now, cost=PER_USER.most)
    codes = [readable_secret() for _ in range(RECOVERY_CODES)]
    if not user.update_if(
        [
            User.totp_salt.set(salt),
            User.totp_new_salt.remove(),
            User.totp_step.set(step),
            User.recovery_hashes.set({_hash(each) for each in codes}),
            User.updated_at.set(clock.wire(now)),
        ],
        (User.totp_new_salt == salt) & User.totp_salt.does_not_exist(),
    ):
        raise Conflict("Codes were changed elsewhere just now.")
    log.info("totp_on", extra={"user_id": user.id})
    return codes


def turn_off(user: User, password: str, code: str, *, address: str, now: datetime) -> None:
    """Removes the secret and the recovery codes.

    Raises Conflict if codes are off, Invalid `password_wrong` or `totp_wrong`, TooFast.
    """
    if user.totp_salt is None:
        raise Conflict(code=ErrorCode.TOTP_OFF)
    _check_password(user, password, address, now)
    if not use_code(user, code, now=now):
        raise _wrong_code()
    remove(user, now=now)


def remove(user: User, *, now: datetime) -> None:
    """Removes the secret and the recovery codes without a check: for `turn_off`, and for the operator."""
    user.update(
        [
            User.totp_salt.remove(),
            User.totp_new_salt.remove(),
            User.totp_step.remove(),
            User.recovery_hashes.remove(),
            User.updated_at.set(clock.wire(now)),
        ],
        condition=User.id.exists(),
    )
    log.info("totp_removed", extra={"of_user_id": user.id})


def use_code(user: User, code: str, *, now: datetime, key: StageKey = stage_key) -> bool:
    """Whether the code is an unused one of the user's app or an unused recovery code. Marks it as used.

    Raises TooFast after too many wrong ones.
    """
    spend(PER_USER, user.id, now=now)
    entered = "".join(code.split())
    is_right = (
        _use_step(user, entered, now, key) if entered.isdecimal() else _use_recovery_code(user, entered.lower())
    )
    if is_right:
        refund(PER_USER, user.id, now=now, cost=PER_USER.most)
    return is_right


def _use_step(user: User, code: str, now: datetime, key: StageKey) -> bool:
    if user.totp_salt is None:
        return False
    step = _step(_app(user, user.totp_salt, key), code, now)
    if step is None:
        return False
    unused = (User.totp_salt == user.totp_salt) & (User.totp_step < step)
    return user.update_if([User.totp_step.set(step)], unused)


def _use_recovery_code(user: User, code: str) -> bool:
    hashed = _hash(code)
    if hashed not in (user.recovery_hashes or ()):
        return False
    used = user.update_if([User.recovery_hashes.delete({hashed})], User.recovery_hashes.contains(hashed))
    if used:
        log.warning("recovery_code_used", extra={"of_user_id": user.id, "left": len(user.recovery_hashes or ())})
    return used


def _check_password(user: User, password: str, address: str, now: datetime) -> None:
    if not is_own_password(user, password, address=address, now=now):
        raise Invalid(("current_password", "wrong"), code=ErrorCode.PASSWORD_WRONG)


def _app(user: User, salt: str, key: StageKey) -> "TOTP":
    # Imported here because few users have a second factor.
    from pyotp.totp import TOTP  # noqa: PLC0415 - see above

    secret = hmac.digest(key(), f"totp {user.tenant_id} {user.id} {salt}".encode(), "sha256")[:_SECRET_BYTES]
    return TOTP(base64.b32encode(secret).decode())


def _step(app: "TOTP", code: str, now: datetime) -> int | None:
    """The step of 30 seconds that the code belongs to, None for a wrong one."""
    from pyotp.exceptions import OTPVerificationError  # noqa: PLC0415 - as above

    try:
        return app.verify_and_get_timecode("".join(code.split()), for_time=now, valid_window=_WINDOW)
    except OTPVerificationError:
        return None


def _hash(code: str) -> str:
    # A fast hash is enough for 78 random bits.
    return hashlib.sha256(code.encode()).hexdigest()


def _wrong_code() -> Invalid:
    return Invalid(("code", "wrong, or used before"), code=ErrorCode.TOTP_WRONG)
