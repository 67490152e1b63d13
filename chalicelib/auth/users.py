"""Managing a tenant's users."""

from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Final, Literal

import msgspec
from msgspec import UNSET, UnsetType
from pynamodb.expressions.update import Action

from chalicelib.auth.confirmation import is_own_password
from chalicelib.auth.new_names import save_for_admin, save_with_name
from chalicelib.auth.passwords import check_password, hash_password
from chalicelib.auth.principal import ADMIN, CUSTOMER, DRIVER
from chalicelib.auth.usernames import normalise_username
from chalicelib.core import clock, search
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import Conflict, Invalid
from chalicelib.core.fields import Cursor, Id, PageSize, ShortText, WireTime
from chalicelib.core.logs import log
from chalicelib.core.paging import decode_cursor, first_page
from chalicelib.models.base import assign
from chalicelib.models.customer import Customer
from chalicelib.models.driver import Driver
from chalicelib.models.lookup import get_row
from chalicelib.models.tenant import Tenant
from chalicelib.models.user import User
from chalicelib.models.views import view_of
from chalicelib.tenants.tenants import get_tenant

Role = Literal["admin", "office_staff", "driver", "customer"]
Status = Literal["active", "suspended"]

_CHANGEABLE: Final = ("name", "role", "status", "password", "driver_id", "customer_id")


class UserListing(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """Selects users. q: words, each of which must be in the name or the username."""

    q: ShortText | None = None
    status: Status | None = None
    limit: PageSize = 50
    cursor: Cursor | None = None


class NewUser(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A new user. A driver needs the id of a row of `drivers`, a customer one of `customers`; other roles none.

    current_password: the calling admin's own; needed where the new user is an admin.
    """

    username: str
    password: str
    name: ShortText
    role: Role
    driver_id: Id | None = None
    customer_id: Id | None = None
    current_password: str | None = None


class UserChanges(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The fields to change. A new role removes the driver or customer that belongs to the old one.

    current_password: the calling admin's own; needed to make an admin of a user and to set an admin's password.
    """

    name: ShortText | UnsetType = UNSET
    role: Role | UnsetType = UNSET
    status: Status | UnsetType = UNSET
    password: str | UnsetType = UNSET
    driver_id: Id | None | UnsetType = UNSET
    customer_id: Id | None | UnsetType = UNSET
    current_password: str | None = None


class UserView(msgspec.Struct):
    """A user as admins receive it, without the password's hash."""

    id: str
    username: str
    name: str
    role: Role
    status: Status
    driver_id: str | None
    customer_id: str | None
    created_at: WireTime
    updated_at: WireTime


def create_user(
    tenant_id: str,
    new: NewUser,
    *,
    by: str | None = None,
    address: str = "unknown",
    now: datetime | None = None,
) -> User:
    """Creates a user. Raises Invalid, TooFast, or Conflict `username_taken`, also by another tenant.

    by: the admin's user id; the password is then an initial one. None for the operator. address: the key of the
    admin's.
    """
    if by is not None and new.role == ADMIN:
        _confirm(get_user(tenant_id, by), new.current_password, address, now)
    user = new_user(get_tenant(tenant_id), new, initial=by is not None, now=now)
    if by is None:
        save_with_name(user)
    else:
        save_for_admin(user, now=now or clock.now())
    log.info("user_created", extra={"tenant_id": tenant_id, "new_user_id": user.id, "role": user.role})
    return user


def new_user(tenant: Tenant, new: NewUser, *, initial: bool, now: datetime | None = None) -> User:
    """The row of a new user; does not write it. Raises Invalid.

    initial: the password must be changed at the first sign-in (auth/initial_passwords.py).
    """
    try:
        username = normalise_username(new.username)
    except ValueError as error:
        raise Invalid(("username", "neither an email address nor a phone number")) from error
    check_password("password", new.password, names=(username, new.name, tenant.name))
    _check_links(tenant.id, new.role, new.driver_id, new.customer_id)
    created_at = clock.wire(now or clock.now())
    return User(
        tenant.id,
        clock.new_id(),
        username=username,
        name=new.name,
        role=new.role,
        password_hash=hash_password(new.password),
        password_initial=True if initial else None,
        sessions_valid_from=created_at,
        driver_id=new.driver_id,
        customer_id=new.customer_id,
        created_at=created_at,
        updated_at=created_at,
    )


def list_users(tenant_id: str, listing: UserListing) -> tuple[list[User], str | None]:
    """A page of users that match, oldest first, and the cursor of the next one or None. Raises Invalid.

    A search reads users until the page is full, at most all users of the tenant.
    """
    after = None if listing.cursor is None else User.id > decode_cursor(listing.cursor, Id)
    words = search.required_forms(listing.q or "")
    most = listing.limit + 1
    rows = User.query(tenant_id, after, page_size=None if words or listing.status else most, consistent_read=True)
    found = list(islice((row for row in rows if _fits(row, words, listing.status)), most))
    return first_page(found, listing.limit, lambda user: user.id)


def get_user(tenant_id: str, user_id: str) -> User:
    """The user, read strongly consistently. Raises NotFound, also for another tenant's."""
    return get_row(User, tenant_id, user_id, "user")


def change_user(
    tenant_id: str,
    user_id: str,
    changes: UserChanges,
    *,
    by: str,
    address: str = "unknown",
    now: datetime | None = None,
) -> User:
    """Changes a user and returns the row. Suspending and setting a password end the user's sessions.

    by: the admin's user id. address: the key of the admin's. Raises NotFound, Invalid, TooFast, or Conflict: for
    admins who would lock themselves out (`own_account`) or set their own password here (`own_password`), and if
    another request has changed the user.
    """
    user = get_user(tenant_id, user_id)
    if changes.password is not UNSET and user.id == by:
        raise Conflict(code=ErrorCode.OWN_PASSWORD)
    if _gives_admin_access(user, changes):
        _confirm(get_user(tenant_id, by), changes.current_password, address, now)
    actions = _actions(user, changes, by, clock.wire(now or clock.now()))
    if not actions:
        return user
    if not user.update_if(actions, User.updated_at == user.updated_at):
        raise Conflict("The user was changed elsewhere just now. Read it again.")
    changed = [name for name in _CHANGEABLE if getattr(changes, name) is not UNSET]
    log.info("user_changed", extra={"tenant_id": tenant_id, "changed_user_id": user_id, "changed": changed})
    return user


def user_view(user: User) -> UserView:
    """The row for admins."""
    return view_of(UserView, user)


def _fits(user: User, words: Sequence[Sequence[str]], status: Status | None) -> bool:
    if status not in (None, user.status):
        return False
    phone = user.username if user.username.startswith("+") else None
    text = search.folded(user.name, user.username, *search.phone_forms(phone))
    return all(any(form in text for form in forms) for forms in words)


def _gives_admin_access(user: User, changes: UserChanges) -> bool:
    if _or(changes.role, user.role) != ADMIN:
        return False
    return user.role != ADMIN or changes.password is not UNSET


def _confirm(admin: User, password: str | None, address: str, now: datetime | None) -> None:
    """Raises Invalid or TooFast without the admin's own password: a stolen token must not create an admin."""
    if password is None:
        raise Invalid(("current_password", "your own password is needed"), code=ErrorCode.PASSWORD_NEEDED)
    if not is_own_password(admin, password, address=address, now=now):
        log.info("confirmation_refused", extra={"user_id": admin.id, "address": address})
        raise Invalid(("current_password", "wrong"), code=ErrorCode.PASSWORD_WRONG)


def _actions(user: User, changes: UserChanges, by: str, at: str) -> list[Action]:
    role = _or(changes.role, user.role)
    status = _or(changes.status, user.status)
    if user.id == by and (status != "active" or role != ADMIN):
        raise Conflict(code=ErrorCode.OWN_ACCOUNT)
    same_role = role == user.role
    driver_id = _or(changes.driver_id, user.driver_id if same_role else None)
    customer_id = _or(changes.customer_id, user.customer_id if same_role else None)
    if (role, driver_id, customer_id) != (user.role, user.driver_id, user.customer_id):
        _check_links(user.tenant_id, role, driver_id, customer_id)

    new_values = {
        "name": _or(changes.name, user.name),
        "role": role,
        "status": status,
        "driver_id": driver_id,
        "customer_id": customer_id,
    }
    actions = assign(User, {name: value for name, value in new_values.items() if value != getattr(user, name)})
    suspended = status != "active" and user.status == "active"
    if changes.password is not UNSET:
        names = (user.username, new_values["name"], get_tenant(user.tenant_id).name)
        check_password("password", changes.password, names=names)
        actions += [User.password_hash.set(hash_password(changes.password)), User.password_initial.set(True)]
    if suspended or changes.password is not UNSET:
        actions.append(User.sessions_valid_from.set(at))
    if actions:
        actions.append(User.updated_at.set(at))
    return actions


def _check_links(tenant_id: str, role: str, driver_id: str | None, customer_id: str | None) -> None:
    for field, given, role_of_field, model in (
        ("driver_id", driver_id, DRIVER, Driver),
        ("customer_id", customer_id, CUSTOMER, Customer),
    ):
        if role != role_of_field:
            if given is not None:
                raise Invalid((field, f"only for the role {role_of_field}"))
        elif given is None:
            raise Invalid((field, f"the role {role_of_field} needs one"))
        elif model.find(tenant_id, given, consistent_read=True, attributes_to_get=["id"]) is None:
            raise Invalid((field, "not found"))


def _or(change: Any, otherwise: Any) -> Any:
    return otherwise if change is UNSET else change
