"""A new business with its first admin: without one nobody could ever sign in to make the others."""

from chalicelib.auth.new_names import save_with_name
from chalicelib.auth.principal import ADMIN
from chalicelib.auth.usernames import login_key
from chalicelib.auth.users import NewUser, new_user
from chalicelib.models.login_name import LoginName
from chalicelib.models.tenant import Tenant
from chalicelib.models.user import User
from chalicelib.tenants.tenants import new_tenant

# What the console shows until the admin says who it is.
_ADMIN_NAME = "管理員"


def new_tenant_with_admin(
    name: str, kind: str, username: str, password: str, *, time_zone: str
) -> tuple[Tenant, User]:
    """The business and its admin as they would be; nothing is written. Raises Invalid."""
    tenant = new_tenant(name.strip(), kind, time_zone=time_zone)
    return tenant, new_user(tenant, NewUser(username, password, _ADMIN_NAME, ADMIN), initial=True)


def create_tenant(tenant: Tenant, admin: User) -> None:
    """Writes both at once. Raises Conflict `username_taken`, by whichever tenant; then neither is there."""
    save_with_name(admin, tenant=tenant)


def is_username_taken(username: str) -> bool:
    """Whether somebody of any business signs in by this name."""
    name = LoginName.find(login_key(username), consistent_read=True)
    return name is not None and name.user_id is not None
