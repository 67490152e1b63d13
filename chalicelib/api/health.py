"""`/v1/health…`: for monitors and the operators on call. Totals of the platform, no data of one tenant.

A request without a token receives the status only. Load and versions would help an attacker, so only staff
receive them.
"""

import platform
from typing import Annotated, Final, Literal

import chalice
from chalice.app import Blueprint
from msgspec import UNSET, Struct, UnsetType

from chalicelib.api.http import Answer, endpoint
from chalicelib.api.request import ApiRequest
from chalicelib.auth.principal import STAFF
from chalicelib.core import aws
from chalicelib.core.clock import now
from chalicelib.core.fields import WireTime, one_of
from chalicelib.core.settings import settings
from chalicelib.models.system_metric import SystemMetric
from chalicelib.monitoring import hourly
from chalicelib.monitoring.figures import Figures
from chalicelib.monitoring.stream_health import StreamState, stream_states
from chalicelib.realtime import connections
from chalicelib.sms import circuit, probes, stats

bp = Blueprint(__name__)

_QUEUE_LIMIT: Final = 500
# Two days, so that an hour can be compared with the same hour of the day before.
_HOURS: Final = 48


Status = Literal["healthy", "degraded"]


class StreamHealth(Struct):
    """lag_ms: the age of the oldest change known to wait; without one, how far behind the last batch was.

    noted_at: when a batch was last measured, null if not within a day. source: the state of Lambda's event source,
    `ok`, `failing`, `stopped`, or `unknown` without a recent answer of Lambda; source_since: since when.
    """

    lag_ms: int
    noted_at: WireTime | None
    source: Annotated[str, one_of(["failing", "ok", "stopped", "unknown"])]
    source_since: WireTime | None


class Health(Struct):
    """Only staff receive more than status and database.

    streams: by table. queues: messages waiting; stream_dead_letters: failed stream records.
    """

    status: Status
    database: Status
    streams: dict[str, StreamHealth] | UnsetType = UNSET
    queues: dict[str, int] | UnsetType = UNSET
    versions: dict[str, str] | UnsetType = UNSET


class WebSocketHealth(Struct):
    """connections: of all tenants; for staff only."""

    status: Status
    connections: int | UnsetType = UNSET


class HourMetrics(Struct):
    """The metrics of an hour; null where there was nothing to measure.

    seconds: the part of the hour that is covered. connections: the most that were open at once. connected: how
    many were opened; reconnected: how many of those by clients that had lost one; refused: how many were not
    opened. Messages are from clients, posts to clients. connection_seconds: the median duration of the
    connections that ended. errors: failures on our side. fan_out_size: connections per batch of events, the mean.
    fan_out_ms: the median; fan_out_slowest_ms: the slowest batch. stream_lag_ms: by table, the longest delay.
    """

    seconds: float
    connections: int
    connected: int
    reconnected: int
    refused: int
    messages_per_second: float
    posts_per_second: float
    connection_seconds: float | None
    errors: int
    fan_out_size: float | None
    fan_out_ms: float | None
    fan_out_slowest_ms: float | None
    stream_lag_ms: dict[str, int]


class Hour(Struct):
    """at: its start, UTC. connections: open when it was stored. sent, failed: SMS of that day until then."""

    at: WireTime
    connections: int
    sent: int
    failed: int
    metrics: HourMetrics | None


class Hours(Struct):
    """The latest hours, oldest first."""

    items: list[Hour]


class NotificationsHealth(Struct):
    """Only staff receive more than status. sms_provider: those in use.

    providers_down: tenants whose provider failed the last probe, or to which sending is paused.
    provider_checked_at: when a provider was last probed, null if none is.
    """

    status: Status
    sms_provider: str | UnsetType | None = UNSET
    sent_today: int | UnsetType = UNSET
    failed_today: int | UnsetType = UNSET
    providers_down: int | UnsetType = UNSET
    provider_checked_at: WireTime | UnsetType | None = UNSET
    queued: int | UnsetType = UNSET
    dead_letters: int | UnsetType = UNSET


@endpoint(bp, "/v1/health", "GET", roles=None)
def health(request: ApiRequest) -> Answer[Health]:
    """Whether the API and its database work: 503 without the database."""
    states = stream_states(now())
    queues = {
        "sms": _depth(settings().sms_queue_url),
        "sms_dead_letters": _depth(settings().sms_dead_letter_queue_url),
        "stream_dead_letters": _depth(settings().stream_dead_letter_queue_url),
    }
    is_behind = any(state.is_behind for state in states.values())
    given_up = queues["sms_dead_letters"] or queues["stream_dead_letters"]
    status: Status = "degraded" if is_behind or given_up or queues["sms"] > _QUEUE_LIMIT else "healthy"
    if not request.is_from_staff():
        return Answer(Health(status, "healthy"))
    return Answer(
        Health(
            status=status,
            database="healthy",
            streams={table: _stream_health(state) for table, state in states.items()},
            queues=queues,
            versions={
                "app": settings().version,
                "chalice": chalice.__version__,
                "python": platform.python_version(),
            },
        )
    )


@endpoint(bp, "/v1/health/websocket", "GET", roles=None)
def websocket(request: ApiRequest) -> Answer[WebSocketHealth]:
    """The number of connections of all tenants."""
    return Answer(WebSocketHealth("healthy", connections.count() if request.is_from_staff() else UNSET))


@endpoint(bp, "/v1/health/hours", "GET", roles=STAFF)
def hours(request: ApiRequest) -> Answer[Hours]:
    """The totals of the last 48 hours, over all tenants."""
    return Answer(Hours([_hour(row) for row in hourly.latest(request.principal, most=_HOURS)]))


@endpoint(bp, "/v1/health/notifications", "GET", roles=None)
def notifications(request: ApiRequest) -> Answer[NotificationsHealth]:
    """The outcomes of today's SMS, over all tenants."""
    today = stats.today()
    dead = _depth(settings().sms_dead_letter_queue_url)
    probed = probes.latest(now())
    down = probed.down | circuit.open_circuits(now())
    status: Status = "degraded" if dead or down or today.failed > today.sent else "healthy"
    if not request.is_from_staff():
        return Answer(NotificationsHealth(status))
    return Answer(
        NotificationsHealth(
            status=status,
            sms_provider=",".join(stats.providers_in_use()) or None,
            sent_today=today.sent,
            failed_today=today.failed,
            providers_down=len(down),
            provider_checked_at=probed.checked_at,
            queued=_depth(settings().sms_queue_url),
            dead_letters=dead,
        )
    )


def _stream_health(state: StreamState) -> StreamHealth:
    return StreamHealth(state.lag_ms, state.noted_at, state.source.state, state.source.since)


def _hour(row: SystemMetric) -> Hour:
    figures = hourly.figures_of(row)
    metrics = None if figures is None else _metrics(figures)
    # Rows are stored under an hour without seconds; a date-time must have them (RFC 3339).
    return Hour(
        row.at.replace("Z", ":00Z"), int(row.connections or 0), int(row.sent or 0), int(row.failed or 0), metrics
    )


def _metrics(figures: Figures) -> HourMetrics:
    return HourMetrics(
        seconds=figures.seconds,
        connections=figures.connections,
        connected=figures.connected,
        reconnected=figures.reconnected,
        refused=figures.refused,
        messages_per_second=figures.per_second(figures.messages),
        posts_per_second=figures.per_second(figures.posts),
        connection_seconds=figures.connection_seconds,
        errors=figures.errors,
        fan_out_size=figures.fan_out_size,
        fan_out_ms=figures.fan_out_ms,
        fan_out_slowest_ms=figures.fan_out_slowest_ms,
        stream_lag_ms=figures.stream_lag_ms,
    )


def _depth(queue_url: str) -> int:
    """Messages waiting or being worked on; approximate, as SQS counts."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    answer = aws.client("sqs").get_queue_attributes(QueueUrl=queue_url, AttributeNames=names)
    return sum(int(answer["Attributes"].get(name, 0)) for name in names)
