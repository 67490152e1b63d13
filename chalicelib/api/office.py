"""Notifications to the office about changes that a request made."""

from pynamodb.exceptions import PutError

from chalicelib.api.request import ApiRequest
from chalicelib.core.clock import now
from chalicelib.core.logs import log
from chalicelib.realtime.announcements import announce_change


def notify_office(request: ApiRequest, type_: str, **ids: str) -> None:
    """Notifies the office that a customer or an SMS changed. The event has ids only, no personal data.

    Not from a stream of `customers`: an import of ten thousand would be ten thousand events. Does not raise if the
    announcement cannot be stored: the change is already written, and an office that misses the event sees the
    change when it next loads the page.
    """
    try:
        announce_change(request.principal, type_, ids, correlation_id=request.correlation_id, now=now())
    except PutError:
        log.exception("change_not_announced", extra={"type": type_, **ids})
