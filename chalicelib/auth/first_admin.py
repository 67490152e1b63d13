"""Creates a tenant with its first admin, who then creates the other users."""

from chalicelib.auth.new_names import save_with_name
from chalicelib.auth.principal import ADMIN
from chalicelib.auth.usernames import login_key
from chalicelib.auth.users import NewUser, new_user
from chalicelib.models.login_name import LoginName
from chalicelib.models.tenant import Tenant
from chalicelib.models.user import User
from chalicelib.tenants.tenants import new_tenant

# The console shows it until the admin enters a name.
_ADMIN_NAME = "管理員"


def new_tenant_with_admin(
    name: str, kind: str, username: str, password: str, *, time_zone: str
) -> tuple[Tenant, User]:
    """The rows of a new tenant and its admin; writes nothing. Raises Invalid."""
    tenant = new_tenant(name.strip(), kind, time_zone=time_zone)
    return tenant, new_user(tenant, NewUser(username, password, _ADMIN_NAME, ADMIN), initial=True)


def create_tenant(tenant: Tenant, admin: User) -> None:
    """Writes both rows in one transaction. Raises Conflict `username_taken`, also for another tenant's user."""
    save_with_name(admin, tenant=tenant)


def is_username_taken(username: str) -> bool:
    """Whether a user of any tenant has this name."""
    name = LoginName.find(login_key(username), consistent_read=True)
    return name is not None and name.user_id is not None
