"""Which status changes check the principal's rows. Most rely on the token and the recent revocations."""

from chalicelib.auth.live import verify_live
from chalicelib.auth.principal import Principal
from chalicelib.orders.status import ENDED


def check_access(principal: Principal, status: str, *, notify: bool = True) -> None:
    """Reads the principal's rows before a change to a final status, or a quiet change.

    REST and the WebSocket call it after `verify_recent`. Raises as `verify_live` does.
    """
    if not notify or status in ENDED:
        verify_live(principal)
