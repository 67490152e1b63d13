"""`@stream`: declares a function that consumes a table's stream, with its settings and permissions.

    @stream(bp, Order, name="orders_stream", batch_size=16, memory_mb=1024, permissions=PUBLISH)
    def orders_stream(batch: Batch[Order]) -> None: ...

infra/ derives the event source, the IAM policy and the alarms from the declaration. The decorator parses the
records, sends those that it cannot parse to the dead-letter queue, stores the stream's position, logs one line,
and raises failures at the end.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from chalice.app import Blueprint, DynamoDBEvent
from msgspec import Struct

from chalicelib.consumers.batch import Batch
from chalicelib.consumers.permissions import Permissions
from chalicelib.core.clock import now
from chalicelib.core.logs import bind, log
from chalicelib.core.metrics import measured
from chalicelib.models.base import Table, TableName
from chalicelib.monitoring.stream_health import clear_pending, record_followed, record_pending

Row = TypeVar("Row", bound=Table)
Handler = Callable[[Batch[Row]], Mapping[str, Any] | None]

# The template replaces it with the table's stream; Chalice needs a literal.
_STREAM_ARN: Final = "arn:aws:dynamodb:us-east-1:000000000000:table/{}/stream/from-template"
# Lambda repeats a failing batch, and its halves, until its records are so old. Handlers are idempotent.
_MAX_AGE_SECONDS: Final = 3600
# Batches in parallel, by partition key, so that a tenant's changes stay in order.
_LANES: Final = 4


class Stream(Struct, frozen=True):
    """A declared stream function.

    where: a filter on the new image, in EventBridge's pattern language; only matching records invoke the function.
    max_age_seconds: how long a failing record is retried. lanes: how many batches of different partition keys are
    handled in parallel. window_seconds: how long Lambda collects a batch.
    """

    name: str
    model: type[Table]
    batch_size: int
    memory_mb: int
    permissions: Permissions
    events: tuple[str, ...]
    where: Mapping[str, Any] = {}
    max_age_seconds: int = _MAX_AGE_SECONDS
    lanes: int = _LANES
    window_seconds: int = 0

    @property
    def table(self) -> str:
        """The table's name without the stage's prefix."""
        name = self.model.Meta.__dict__["table_name"]
        assert isinstance(name, TableName)  # noqa: S101 — every model's
        return name.name


# By the function's name. Importing a handler's module adds its entry.
STREAMS: Final[dict[str, Stream]] = {}


def stream(
    bp: Blueprint,
    model: type[Row],
    *,
    name: str,
    batch_size: int,
    memory_mb: int,
    permissions: Permissions,
    events: tuple[str, ...] = ("INSERT", "MODIFY"),
    reads_old: bool = False,
    **settings: Any,
) -> Callable[[Handler[Row]], Callable[..., None]]:
    """Registers the function that consumes the stream of the model's table.

    The handler receives the parsed records and may return fields for the log line. reads_old: whether it needs the
    rows before the change. settings: further fields of `Stream`.
    """
    declared = Stream(name, model, batch_size, memory_mb, permissions, events, **settings)
    STREAMS[name] = declared
    table = declared.table

    def register(handler: Handler[Row]) -> Callable[..., None]:
        def run(event: DynamoDBEvent) -> None:
            bind("several")
            moment = now()
            batch = Batch(name, model, event, moment, reads_old=reads_old)
            record_pending(table, batch.first_number, batch.oldest, moment)
            fields = (handler(batch) or {}) if batch.changes else {}
            lag_ms = record_followed(table, batch.newest, now())
            bind("several")
            lag = {"lag_ms": lag_ms, **measured(StreamLagMs=lag_ms)}
            log.info("stream_batch_done", extra={"stream": name, **batch.counts, **fields, **lag})
            batch.finish()
            clear_pending(table, batch.first_number, batch.oldest, moment)

        run.__name__ = name
        run.__doc__ = handler.__doc__
        arn = _STREAM_ARN.format(table)
        decorated: Callable[..., None] = bp.on_dynamodb_record(stream_arn=arn, name=name, batch_size=batch_size)(
            run
        )
        return decorated

    return register
