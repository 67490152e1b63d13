"""Reads together the rows that decide whether a principal is admitted."""

from collections.abc import Mapping
from typing import Any, TypeVar

from msgspec import Struct

from chalicelib.models.base import Table, batch_get
from chalicelib.models.refresh_token import RefreshToken
from chalicelib.models.tenant import Tenant
from chalicelib.models.user import User

T = TypeVar("T", bound=Table)


class Identity(Struct, frozen=True):
    """The rows read; None for each that does not exist."""

    tenant: Tenant | None
    user: User | None
    session: RefreshToken | None


class Rows(Struct, frozen=True):
    """Raw items by table, at most one of each."""

    items: Mapping[str, Mapping[str, Any]]

    def one(self, model: type[T]) -> T | None:
        """The row of a table, or None. Raises Unreadable."""
        item = self.items.get(_name(model))
        return None if item is None else model.parse(item)


def read_identity(tenant_id: str, user_id: str, session_id: str | None = None) -> Identity:
    """Reads tenant, user and session strongly consistently in one call. Raises Unreadable."""
    keys: dict[type[Table], dict[str, str]] = {
        Tenant: {"id": tenant_id},
        User: {"tenant_id": tenant_id, "id": user_id},
    }
    if session_id is not None:
        keys[RefreshToken] = {"session_id": session_id}
    found = read_rows(keys)
    return Identity(tenant=found.one(Tenant), user=found.one(User), session=found.one(RefreshToken))


def read_rows(keys: Mapping[type[Table], Mapping[str, str]]) -> Rows:
    """Reads a row of each table strongly consistently in one call. keys: by table, the row's key."""
    # BatchGetItem, not TransactGetItems: half the read units, and a row that is being written does not cancel it.
    # Strongly consistent: otherwise a sign-out would take effect some milliseconds later.
    found = batch_get({_name(model): _keys(key) for model, key in keys.items()})
    return Rows({table: items[0] for table, items in found.items() if items})


def _name(model: type[Table]) -> str:
    return str(model.Meta.table_name)


def _keys(key: Mapping[str, str]) -> dict[str, Any]:
    return {"Keys": [{name: {"S": value} for name, value in key.items()}], "ConsistentRead": True}
