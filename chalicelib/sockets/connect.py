"""`$connect`: authenticates the client, then stores the connection or refuses it with a status."""

from typing import Any, Final

# Every handshake has a token. Imported at the start, where Lambda gives a function more CPU.
import jwt  # noqa: F401
from chalice.app import Blueprint, Response, WebsocketEvent

from chalicelib.auth.live import verify_live, verify_token
from chalicelib.auth.principal import CUSTOMER, DRIVER, STAFF, Principal
from chalicelib.auth.source import client_fields
from chalicelib.core.aws import time_budget
from chalicelib.core.clock import now
from chalicelib.core.errors import BadRequest, Forbidden, Refusal, Unauthenticated, Unavailable
from chalicelib.core.logs import bind, log
from chalicelib.core.metrics import measured
from chalicelib.core.outages import is_outage, unavailable
from chalicelib.models.parsing import Unreadable
from chalicelib.realtime import connections
from chalicelib.realtime.admission import admit, check_pace
from chalicelib.realtime.channel_access import channels_at_connect
from chalicelib.realtime.formats import FORMATS, default_format, stored_format

bp = Blueprint(__name__)

# The endpoints of an older guide, and their roles.
CLIENTS: Final = {"office": STAFF, "driver": frozenset({DRIVER}), "customer": frozenset({CUSTOMER})}


# Chalice calls a blueprint's handlers with API Gateway's unchanged event and Lambda's context.
@bp.on_ws_connect(name="websocket_connect")
def websocket_connect(event: dict[str, Any], context: object) -> dict[str, Any]:
    answer: dict[str, Any] = handle(WebsocketEvent(event, context)).to_dict()
    return answer


@time_budget()
def handle(event: WebsocketEvent) -> Response:
    """The answer to API Gateway: 200 admits the client; any other status is that of the handshake."""
    raw: dict[str, Any] = event.to_dict()
    correlation_id = raw["requestContext"]["requestId"]
    client = client_fields(raw["requestContext"], raw.get("headers"))
    bind(correlation_id, connection_id=event.connection_id, **client)
    query = raw.get("queryStringParameters") or {}
    try:
        principal, format_ = _admitted(query)
        admit(principal, now())
        connections.store(
            principal,
            event.connection_id,
            channels_at_connect(principal),
            format_=format_,
            correlation_id=correlation_id,
            now=now(),
        )
    except Refusal as refusal:
        if isinstance(refusal, Unreadable):
            refusal.report()
        return _refused(refusal)
    except Exception as error:
        # Any other error becomes API Gateway's 500 and counts as the function's error.
        if not is_outage(error):
            raise
        log.exception("storage_unavailable")
        return _refused(unavailable())
    log.info(
        "connected",
        extra={
            "tenant_id": principal.tenant_id,
            "user_id": principal.user_id,
            "role": principal.role,
            **measured(Connected=1, Reconnected=int(query.get("reconnect") == "1")),
        },
    )
    return Response(body="", status_code=200)


def _refused(refusal: Refusal) -> Response:
    why = {"status": refusal.status, "code": refusal.code}
    failures = {"SocketFailures": 1} if isinstance(refusal, Unavailable) else {}
    log.info("connect_refused", extra={**why, **measured(ConnectionsRefused=1, **failures)})
    return Response(body=refusal.problem(), status_code=refusal.status)


def _admitted(query: dict[str, str]) -> tuple[Principal, str]:
    """The principal and the requested format."""
    if not query.get("token"):
        raise Unauthenticated("Connect with ?token=<access token>.")
    principal = verify_token(query["token"])
    check_pace(principal, now())
    verify_live(principal)
    client, format_ = query.get("client"), query.get("format") or default_format(principal.kind)
    if client is not None and principal.role not in CLIENTS.get(client, frozenset()):
        raise Forbidden(f"The role {principal.role} may not connect as this client.")
    if format_ not in FORMATS:
        raise BadRequest(f"format is one of {', '.join(sorted(FORMATS))}.")
    return principal, stored_format(format_, principal.role)
