"""Initial passwords: those that an admin or the operator chose for the user.

Office staff and admins must change theirs before anything else. Drivers and customers are only advised to: their
apps may lack a form for it, and a driver without access cannot deliver.
"""

from typing import Literal

from chalicelib.auth.principal import STAFF
from chalicelib.models.user import User

PasswordChange = Literal["required", "advised"]


def password_change(user: User) -> PasswordChange | None:
    """Whether the user must or should change the password; None for one that the user chose."""
    if not user.password_initial:
        return None
    return "required" if user.role in STAFF else "advised"
