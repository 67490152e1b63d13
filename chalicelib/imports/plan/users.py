"""Users from the replaced system. They cannot sign in until an admin sets a password for them.

Passwords of the file are ignored; there is no such field. A new user is suspended and has the hash of a random
text as password. For an existing user only the name is imported, so that a file does not undo a role, a password
or a suspension that was set here.
"""

import secrets
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

from msgspec import Struct
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from chalicelib.auth.passwords import hash_password
from chalicelib.auth.principal import ADMIN, CUSTOMER, DRIVER, OFFICE_STAFF
from chalicelib.auth.usernames import normalise_username
from chalicelib.core.clock import new_id, wire
from chalicelib.core.errors import Invalid, TooFast
from chalicelib.core.fields import ShortText
from chalicelib.imports.map.cells import drafted, plain_word, word
from chalicelib.imports.map.rows import Row
from chalicelib.imports.plan.planning import Context, RowPlan, RowPlanner, Skipped
from chalicelib.imports.plan.references import References
from chalicelib.models.customer import Customer
from chalicelib.models.driver import Driver
from chalicelib.models.login_name import LoginName
from chalicelib.models.user import User

NOTE: Final = "suspended and without a usable password: an admin sets one and makes the user active"

_ROLES: Final[Mapping[str, str]] = {
    **{plain_word(role): role for role in (ADMIN, OFFICE_STAFF, DRIVER, CUSTOMER)},
    "super admin": ADMIN,
    "administrator": ADMIN,
    "管理員": ADMIN,
    "office": OFFICE_STAFF,
    "staff": OFFICE_STAFF,
    "manager": OFFICE_STAFF,
    "辦公室": OFFICE_STAFF,
    "客服": OFFICE_STAFF,
    "司機": DRIVER,
    "客戶": CUSTOMER,
}


class _Named(Struct, frozen=True):
    name: ShortText


class _Draft(Struct, frozen=True):
    username: str
    name: str
    role: str
    links: dict[str, str]


class Users(RowPlanner):
    """Roles driver and customer need the other system's id of a driver or customer that was imported before."""

    model = User
    note = NOTE

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._names: dict[str, LoginName] = {}
        self._is_limited = False

    def look_up(self, rows: Sequence[Row]) -> None:
        tenant_id, source = self.context.tenant.id, self.context.source
        self._drivers = References(Driver, "drivers", "driver_id", tenant_id, source, rows)
        self._customers = References(Customer, "customers", "customer_id", tenant_id, source, rows)
        names = {name for row in rows if (name := _username(row))}
        found = LoginName.batch_get(names, consistent_read=True)
        self._names = {name.username: name for name in found if name.user_id is not None}
        taken = sum(name.tenant_id != tenant_id for name in self._names.values())
        self._is_limited = taken > 0 and self._is_too_much(taken)

    def draft(self, row: Row) -> _Draft:
        username = _username(row)
        if username is None:
            raise Invalid(("username", "neither an email address nor a phone number"))
        role = word("role", row.values.get("role", ""), _ROLES)
        named = drafted({name: row.values[name] for name in ("name",) if name in row.values}, _Named)
        links = {}
        for role_of_field, field, references in (
            (DRIVER, "driver_id", self._drivers),
            (CUSTOMER, "customer_id", self._customers),
        ):
            if role == role_of_field:
                record = references.of(row)
                if record is None:
                    raise Skipped(f"the role {role} needs a {field}: make this user under /v1/users")
                links[field] = record.id
        return _Draft(username, named.name, role, links)

    def present(self, row: Row, draft: _Draft) -> str | None:
        name = self._names.get(draft.username)
        if name is not None and name.tenant_id == self.context.tenant.id:
            return str(name.user_id)
        if self._is_limited:
            # Also for free names: otherwise the report would show which ones are taken.
            raise Invalid(("username", "too many are taken: try again in an hour"))
        if name is not None:
            raise Invalid(("username", "taken"))
        return None

    def _is_too_much(self, taken: int) -> bool:
        # Imported here because few files are of users.
        from chalicelib.auth.new_names import report_taken  # noqa: PLC0415 - see above

        try:
            report_taken(self.context.tenant.id, taken, now=self.context.now)
        except TooFast:
            return True
        return False

    def new(self, draft: _Draft) -> User:
        at = wire(self.context.now)
        return User(
            self.context.tenant.id,
            new_id(),
            username=draft.username,
            name=draft.name,
            role=draft.role,
            status="suspended",
            password_hash=_unusable_password_hash(),
            sessions_valid_from=at,
            created_at=at,
            updated_at=at,
            driver_id=draft.links.get("driver_id"),
            customer_id=draft.links.get("customer_id"),
        )

    def changes(self, record: User, draft: _Draft) -> dict[str, Any]:
        return {"name": draft.name}

    def unseen(self, record: User) -> Condition:
        return User.updated_at == record.updated_at

    def stamp(self, record: User) -> dict[str, Any]:
        return {"updated_at": wire(self.context.now)}

    def write_along(self, write: TransactWrite, plan: RowPlan) -> None:
        if plan.outcome != "created":
            return
        record: User = plan.record
        name = LoginName(record.username, tenant_id=record.tenant_id, user_id=record.id)
        write.save(name, condition=LoginName.user_id.does_not_exist())


def _username(row: Row) -> str | None:
    try:
        return normalise_username(row.values.get("username", ""))
    except ValueError:
        return None


@cache
def _unusable_password_hash() -> str:
    # One hash for all users: 40 ms for each would take minutes per file, and the random text is discarded.
    return hash_password(secrets.token_urlsafe(32))
