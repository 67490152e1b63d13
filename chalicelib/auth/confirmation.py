"""Checks a signed-in user's own password again, because the access token may be stolen."""

from datetime import datetime

from chalicelib.auth.attempts import reserve_by_user
from chalicelib.auth.passwords import verify_password
from chalicelib.core import clock
from chalicelib.models.user import User


def is_own_password(user: User, password: str, *, address: str, now: datetime | None = None) -> bool:
    """Whether it is the user's password. address: the key of the client's.

    Raises TooFast after too many wrong ones.
    """
    attempt = reserve_by_user(user.id, address, now=now or clock.now())
    if not verify_password(user.password_hash, password):
        return False
    attempt.record_success(now or clock.now())
    return True
