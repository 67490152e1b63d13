"""Passwords: how they are kept, how they are compared, how long they are."""

from functools import cache
from typing import TYPE_CHECKING, Final

from chalicelib.errors import Invalid

if TYPE_CHECKING:
    from argon2 import PasswordHasher

# NIST SP 800-63B: length is what counts, so no rules about character classes. The upper bound keeps the cost of
# hashing independent of what is sent.
MIN_LENGTH: Final = 8
MAX_LENGTH: Final = 128


@cache
def _hasher() -> "PasswordHasher":
    # Imported where it is used: most functions verify tokens and never see a password.
    from argon2 import PasswordHasher  # noqa: PLC0415 - see above

    # OWASP Password Storage Cheat Sheet, the smallest of its equivalent Argon2id settings: 19 MiB, two passes,
    # one lane. 40 ms on two cores; the API's function has room for it beside everything else.
    return PasswordHasher(memory_cost=19456, time_cost=2, parallelism=1)


@cache
def _nobodys_hash() -> str:
    return _hasher().hash("what an unknown user's password is compared with")


def check_password(field: str, password: str) -> str:
    """The password, if somebody may choose it. Raises Invalid for the field."""
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise Invalid((field, f"must have {MIN_LENGTH} to {MAX_LENGTH} characters"))
    return password


def hash_password(password: str) -> str:
    """An Argon2id hash in PHC format, with its own salt and parameters."""
    return _hasher().hash(password)


def verify_password(password_hash: str | None, password: str) -> bool:
    """Whether this is the password. Without a hash, for a user that is not there, it is as slow and says no."""
    from argon2.exceptions import InvalidHashError, VerifyMismatchError  # noqa: PLC0415 - as above

    # Nobody has a password this long; comparing a cut one costs the same as any other.
    too_long = len(password) > MAX_LENGTH
    try:
        _hasher().verify(password_hash or _nobodys_hash(), password[:MAX_LENGTH])
    except (VerifyMismatchError, InvalidHashError):
        # A hash that is none is nobody's password.
        return False
    return password_hash is not None and not too_long


def needs_rehash(password_hash: str) -> bool:
    """Whether the hash was made with other parameters than those of today."""
    return _hasher().check_needs_rehash(password_hash)
