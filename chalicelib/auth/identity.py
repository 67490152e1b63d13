"""The rows that decide whether somebody may come in, read together."""

from typing import Any, TypeVar

from msgspec import Struct

from chalicelib.models.base import Table, batch_get
from chalicelib.models.refresh_token import RefreshToken
from chalicelib.models.tenant import Tenant
from chalicelib.models.user import User

T = TypeVar("T", bound=Table)


class Identity(Struct, frozen=True):
    """What was found; None is what is not there."""

    tenant: Tenant | None
    user: User | None
    session: RefreshToken | None


def read_identity(tenant_id: str, user_id: str, session_id: str | None = None) -> Identity:
    """Tenant, user and session as of now, in one round trip. Raises Unreadable."""
    # BatchGetItem, not TransactGetItems: half the read units, and a row that is being written does not cancel it.
    # Strongly consistent, or a sign-out would count only some milliseconds later.
    wanted: dict[str, Any] = {
        _name(Tenant): _keys({"id": tenant_id}),
        _name(User): _keys({"tenant_id": tenant_id, "id": user_id}),
    }
    if session_id is not None:
        wanted[_name(RefreshToken)] = _keys({"session_id": session_id})
    found = {table: items[0] for table, items in batch_get(wanted).items() if items}
    return Identity(tenant=_row(Tenant, found), user=_row(User, found), session=_row(RefreshToken, found))


def _name(model: type[Table]) -> str:
    return str(model.Meta.table_name)


def _keys(key: dict[str, str]) -> dict[str, Any]:
    return {"Keys": [{name: {"S": value} for name, value in key.items()}], "ConsistentRead": True}


def _row(model: type[T], found: dict[str, dict[str, Any]]) -> T | None:
    item = found.get(_name(model))
    return None if item is None else model.parse(item)
