"""A signed-in user's own password, asked for again: an access token alone may be a stolen one."""

from datetime import datetime

from chalicelib.auth.attempts import forget_attempts, reserve_attempt
from chalicelib.auth.passwords import verify_password
from chalicelib.models.user import User


def is_own_password(user: User, password: str, *, now: datetime | None = None) -> bool:
    """Whether it is the user's password. Counts as an attempt to sign in; raises TooFast while the name waits."""
    reserve_attempt(user.username, now=now)
    if not verify_password(user.password_hash, password):
        return False
    forget_attempts(user.username)
    return True
