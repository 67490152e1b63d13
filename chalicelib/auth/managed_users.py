"""Rules for admins who manage their tenant's users. The operator is no principal and calls auth/users.py."""

from chalicelib.auth import users
from chalicelib.auth.principal import ADMIN, Principal
from chalicelib.auth.rules import rule
from chalicelib.auth.users import NewUser, UserChanges, UserListing
from chalicelib.models.user import User


@rule(roles={ADMIN})
def list_users(principal: Principal, listing: UserListing) -> tuple[list[User], str | None]:
    """As `users.list_users`."""
    return users.list_users(principal.tenant_id, listing)


@rule(roles={ADMIN})
def visible_user(principal: Principal, user_id: str) -> User:
    """The user, read strongly consistently. Raises NotFound, also for another tenant's."""
    return users.get_user(principal.tenant_id, user_id)


@rule(roles={ADMIN})
def create_user(principal: Principal, new: NewUser, *, address: str) -> User:
    """As `users.create_user`, by the principal. address: the request's, see `ApiRequest.address`."""
    return users.create_user(principal.tenant_id, new, by=principal.user_id, address=address)


@rule(roles={ADMIN})
def change_user(principal: Principal, user_id: str, changes: UserChanges, *, address: str) -> User:
    """As `users.change_user`, by the principal. address: as above."""
    return users.change_user(principal.tenant_id, user_id, changes, by=principal.user_id, address=address)
