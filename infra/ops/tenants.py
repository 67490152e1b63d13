"""The business that a command is about."""

from chalicelib.models.tenant import Tenant
from infra.ops.stage import Refused


def tenant(tenant_id: str) -> Tenant:
    """Raises Refused where there is none."""
    try:
        return Tenant.get(tenant_id, consistent_read=True)
    except Tenant.DoesNotExist as error:
        raise Refused(f"there is no business {tenant_id} on this stage") from error
