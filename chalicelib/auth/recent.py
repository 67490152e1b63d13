"""Checks that a token's user still has access, for the paths that must cost one DynamoDB call."""

from chalicelib.auth.live import verify_live
from chalicelib.auth.principal import ROLES, Principal
from chalicelib.auth.revocations import revocations


def verify_recent(principal: Principal) -> None:
    """Refuses the same principals as `verify_live`, up to some seconds later.

    Makes no call if the process has read the revocations within five seconds. For guests and displays, who use
    these paths rarely, it always reads the rows. Raises Unauthenticated, Forbidden or Unavailable.
    """
    if principal.role not in ROLES or revocations.concern(principal):
        verify_live(principal)
