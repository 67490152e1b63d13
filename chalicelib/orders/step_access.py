"""Which steps need the principal's rows: most trust the token and the revocations of the last seconds."""

from chalicelib.auth.live import verify_live
from chalicelib.auth.principal import Principal
from chalicelib.orders.status import ENDED


def check_access(principal: Principal, status: str, *, notify: bool = True) -> None:
    """Reads the principal's rows for a step to `status` that cannot be taken back, or that is quiet.

    For the edges, after `verify_recent`. Raises as `verify_live` does.
    """
    if not notify or status in ENDED:
        verify_live(principal)
