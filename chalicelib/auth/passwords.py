"""Passwords: their strength, hashing and comparison.

A password is hashed in Unicode's NFKC, so that full-width digits of an input method equal ASCII digits (NIST SP
800-63B §5.1.1.2). Spaces count like any other character, also at the ends.
"""

import re
import secrets
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Final
from unicodedata import normalize

from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import Invalid

if TYPE_CHECKING:
    from argon2 import PasswordHasher

# NIST SP 800-63B: a minimum length instead of character classes. The upper bound limits the cost of hashing.
MIN_LENGTH: Final = 8
MAX_LENGTH: Final = 128

# zxcvbn's score of "somewhat guessable": a million guesses. It knows the 30,000 most common passwords, words,
# names, keyboard rows, repeats, sequences and dates. Sign-ins allow 200 guesses an hour under one name.
_LEAST_GUESSES: Final = 10**6
# zxcvbn's work grows with the square of the length, and this many characters decide.
_MEASURED: Final = 72
# Shorter parts of a name are ignored: `a` and `tw` are in many passwords.
_LEAST_PART: Final = 3

# Without letters and digits that look alike.
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP = 4, 4


def readable_secret() -> str:
    """A random text to copy by hand, 78 bits in four groups of four: `k7mp-q2xv-…`."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))


@cache
def _hasher() -> "PasswordHasher":
    # Imported here because most Lambda functions verify tokens and receive no password.
    from argon2 import PasswordHasher  # noqa: PLC0415 - see above

    # OWASP Password Storage Cheat Sheet, the smallest of its equivalent Argon2id settings: 19 MiB, two passes,
    # one lane. It takes 40 ms on two cores, and the API's function has enough memory for it.
    return PasswordHasher(memory_cost=19456, time_cost=2, parallelism=1)


@cache
def _dummy_hash() -> str:
    return _hasher().hash("what an unknown user's password is compared with")


def check_password(field: str, password: str, *, names: Iterable[str]) -> str:
    """The password, if it may be set. Raises Invalid for the field; `password_weak` where it is easy to guess.

    names: of the user and the shop; a password that consists of them is easy to guess.
    """
    normalised = _normalised(password)
    if not MIN_LENGTH <= len(normalised) <= MAX_LENGTH:
        raise Invalid((field, f"must have {MIN_LENGTH} to {MAX_LENGTH} characters"))
    # Imported here because its dictionaries take 45 ms, and few requests set a password.
    from zxcvbn import zxcvbn  # noqa: PLC0415 - see above

    found = zxcvbn(normalised[:_MEASURED], user_inputs=_parts(names))
    if found["guesses"] < _LEAST_GUESSES:
        raise Invalid((field, "too easy to guess"), code=ErrorCode.PASSWORD_WEAK)
    return password


def _parts(names: Iterable[str]) -> list[str]:
    """The names and their words, phone numbers in both forms: `mei@example.com` is also `mei` and `example`."""
    parts: dict[str, None] = {}
    for name in map(_normalised, names):
        phone = name.replace("+886", "0", 1)
        for part in (name, phone, *re.split(r"[\W_]+", name)):
            if len(part) >= _LEAST_PART:
                parts[part] = None
    return list(parts)


def _normalised(password: str) -> str:
    return normalize("NFKC", password)


def hash_password(password: str) -> str:
    """An Argon2id hash in PHC format, with its own salt and parameters."""
    return _hasher().hash(_normalised(password))


def verify_password(password_hash: str | None, password: str) -> bool:
    """Whether this is the password. Without a hash, for an unknown user: False, after the same time."""
    # A stored password is never this long. Comparing a shortened one takes the usual time.
    too_long = len(password) > MAX_LENGTH
    sent = password[:MAX_LENGTH]
    # Older hashes are of the password as it was typed. The number of forms depends on the sent text only.
    matches = [_matches(password_hash or _dummy_hash(), form) for form in {_normalised(sent), sent}]
    return password_hash is not None and not too_long and any(matches)


def _matches(password_hash: str, password: str) -> bool:
    from argon2.exceptions import InvalidHashError, VerifyMismatchError  # noqa: PLC0415 - as above

    try:
        return _hasher().verify(password_hash, password)
    except (VerifyMismatchError, InvalidHashError):
        # An invalid hash matches no password.
        return False


def needs_rehash(password_hash: str) -> bool:
    """Whether the hash was made with other parameters than the current ones."""
    return _hasher().check_needs_rehash(password_hash)
