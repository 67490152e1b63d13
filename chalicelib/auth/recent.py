"""Whether a token's bearer still has access, for the paths that must cost one DynamoDB call."""

from chalicelib.auth.live import verify_live
from chalicelib.auth.principal import ROLES, Principal
from chalicelib.auth.revocations import revocations


def verify_recent(principal: Principal) -> None:
    """Refuses those whom `verify_live` refuses, but some seconds later.

    No call where the process read the revocations within five seconds. Guests and displays send little here, so
    their rows are always read. Raises Unauthenticated, Forbidden or Unavailable.
    """
    if principal.role not in ROLES or revocations.concern(principal):
        verify_live(principal)
