"""Reads the tenant or the user of a command."""

from chalicelib.auth.users import get_user
from chalicelib.core.errors import NotFound
from chalicelib.models.tenant import Tenant
from chalicelib.models.user import User
from infra.ops.stage import Refused


def tenant(tenant_id: str) -> Tenant:
    """The tenant. Raises Refused if it does not exist."""
    tenant = Tenant.find(tenant_id, consistent_read=True)
    if tenant is None:
        raise Refused(f"there is no business {tenant_id} on this stage")
    return tenant


def user(tenant_id: str, user_id: str) -> User:
    """The user. Raises Refused if the user does not exist."""
    try:
        return get_user(tenant_id, user_id)
    except NotFound as error:
        raise Refused(f"business {tenant_id} has no user {user_id}") from error
