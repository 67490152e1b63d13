"""Usernames of new users: unique across tenants, with a limit for taken names that an admin may find.

The refusal of a name reveals that another tenant has such a user, so an admin who tries many is stopped.
"""

from datetime import datetime
from typing import Final

from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from chalicelib.auth.rate_limits import Limit, refund, spend
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import Conflict, Unavailable
from chalicelib.core.logs import log
from chalicelib.core.transactions import failed_conditions, is_conflict
from chalicelib.models.base import connection
from chalicelib.models.login_name import LoginName
from chalicelib.models.tenant import Tenant
from chalicelib.models.user import User

# 30 taken names at once, then one every two minutes. A free name costs a tenth: 291 new users at once.
NEW_NAMES: Final = Limit(
    "new_names", 300, 3600, code=ErrorCode.TOO_FAST, detail="Too many new usernames. Wait before the next one."
)
_TAKEN_COST: Final = 10
_FREE_COST: Final = 1
_TRIES: Final = 3


def save_for_admin(user: User, *, now: datetime) -> None:
    """Writes the user and the name. Raises as `save_with_name`, and TooFast, whether the name is taken or free."""
    spend(NEW_NAMES, user.tenant_id, now=now, cost=_TAKEN_COST)
    try:
        save_with_name(user)
    except Conflict:
        log.warning("usernames_taken", extra={"tenant_id": user.tenant_id, "count": 1})
        raise
    refund(NEW_NAMES, user.tenant_id, now=now, cost=_TAKEN_COST - _FREE_COST)


def report_taken(tenant_id: str, count: int, *, now: datetime) -> None:
    """Counts the taken usernames that an import's report shows. Raises TooFast; then it must not show them."""
    log.warning("usernames_taken", extra={"tenant_id": tenant_id, "count": count})
    spend(NEW_NAMES, tenant_id, now=now, cost=_TAKEN_COST * count)


def save_with_name(user: User, *, tenant: Tenant | None = None) -> None:
    """Writes the user, the name and, if given, the new tenant in one transaction.

    Raises Conflict `username_taken`, or Unavailable.
    """
    name = LoginName(user.username, tenant_id=user.tenant_id, user_id=user.id)
    for _ in range(_TRIES):
        try:
            with TransactWrite(connection=connection()) as transaction:
                transaction.save(user, condition=User.id.does_not_exist())
                # A row without `user_id` is left from an earlier version.
                transaction.save(name, condition=LoginName.user_id.does_not_exist())
                if tenant is not None:
                    transaction.save(tenant, condition=Tenant.id.does_not_exist())
        except TransactWriteError as error:
            if any(failed_conditions(error)):
                raise Conflict(code=ErrorCode.USERNAME_TAKEN) from error
            if not is_conflict(error):
                raise Unavailable("The database does not answer. Try again soon.") from error
            # Another request is claiming the name: read it again.
        else:
            return
    raise Unavailable("Too many want this username at once. Try again soon.")
