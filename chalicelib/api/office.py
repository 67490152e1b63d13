"""What a request tells the office beside its answer."""

from pynamodb.exceptions import PutError

from chalicelib.api.request import ApiRequest
from chalicelib.core.clock import now
from chalicelib.core.logs import log
from chalicelib.realtime.announcements import announce_change


def notify_office(request: ApiRequest, type_: str, **ids: str) -> None:
    """Has the office look at a customer or a text again. Ids alone: who they are stays out of the log.

    Not a stream of `customers`: an import of ten thousand would be ten thousand events. Does not raise where the
    announcement cannot be stored: the change is written, and whoever misses this sees it with the next look.
    """
    try:
        announce_change(request.principal, type_, ids, correlation_id=request.correlation_id, now=now())
    except PutError:
        log.exception("change_untold", extra={"type": type_, **ids})
