"""A batch of a stream's records: parses them, handles them by tenant, and raises the failures at the end.

A failing record does not delay the others. A record that no attempt can handle goes to the dead-letter queue at
once. If another attempt may succeed, the batch first handles all other records and then raises, so that Lambda
repeats it.
"""

from base64 import b64decode
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Generic, TypeVar

from chalice.app import DynamoDBEvent
from msgspec import Struct

from chalicelib.consumers.dead_letters import send_dead_letter
from chalicelib.consumers.failures import kind_of
from chalicelib.core.groups import grouped
from chalicelib.core.logs import log
from chalicelib.core.metrics import measured
from chalicelib.models.base import Table
from chalicelib.models.parsing import Unreadable
from chalicelib.realtime.posts import NotPublished

Row = TypeVar("Row", bound=Table)
Record = Mapping[str, Any]

# How long a failure of an unknown kind is retried. Otherwise a fault of ours in one order would delay all orders
# of its lane of the stream for an hour.
_UNKNOWN_TRIED_FOR: Final = timedelta(minutes=1)


class Change(Struct, Generic[Row], frozen=True):
    """A record that could be parsed.

    old: the row before the change; None for a new row, and if that row cannot be parsed. repair: the record's id
    in the latter case.
    """

    new: Row
    old: Row | None
    record: Record
    repair: str | None = None

    @property
    def tenant_id(self) -> str:
        """The tenant of the row; for a row of `tenants`, its id."""
        return str(self.new.attribute_values.get("tenant_id") or self.new.attribute_values["id"])


class Batch(Generic[Row]):
    """changes: the records that could be parsed, in their order.

    raising: raise all failures instead of sending records to the dead-letter queue; for records that the operator
    redrives from there.
    """

    def __init__(
        self, stream: str, model: type[Row], event: DynamoDBEvent, now: datetime, *, reads_old: bool
    ) -> None:
        raw = event.to_dict()
        self._stream = stream
        self._now = now
        self._raising = bool(raw.get("redrive"))
        self._records: Sequence[Record] = raw["Records"]
        self._failures: list[Exception] = []
        self._set_aside: set[str] = set()
        self.changes: list[Change[Row]] = []
        for record in self._records:
            try:
                self.changes.append(_change(model, record, reads_old=reads_old))
            except Unreadable as error:
                why = {"table": error.table, "key": error.key, "reason": error.reason}
                log.error("record_unreadable", extra={**why, **measured(RecordsSetAside=1)})
                self._send_dead_letter(record, error)

    def together(
        self, message: str, changes: Sequence[Change[Row]], follow: Callable[[Sequence[Change[Row]]], object]
    ) -> None:
        """Handles all changes at once, with the fewest calls; if that fails, does as `each_tenant`.

        If `follow` raises NotPublished, the changes of all tenants except those that it names count as handled.
        """
        try:
            follow(changes)
        except NotPublished as error:
            for tenant_id, group in _by_tenant(changes).items():
                if tenant_id in error.by_tenant:
                    self._tenant_failed(message, error.by_tenant[tenant_id], group, follow)
        except Exception:  # noqa: BLE001 — whose trouble it is shows when they are tried apart
            log.warning(message, exc_info=True)
            self.each_tenant(message, changes, follow)

    def each_tenant(
        self, message: str, changes: Sequence[Change[Row]], follow: Callable[[Sequence[Change[Row]]], object]
    ) -> None:
        """Handles the changes of each tenant at once; after a final failure, the changes of that tenant one by
        one.

        follow: must be idempotent. Its exceptions are logged as `message`.
        """
        for group in _by_tenant(changes).values():
            try:
                follow(group)
            except Exception as error:  # noqa: BLE001 — whatever it is, the others must still be followed
                self._tenant_failed(message, error, group, follow)

    def each(self, message: str, changes: Iterable[Change[Row]], follow: Callable[[Change[Row]], object]) -> None:
        """Handles each change by itself. Exceptions of `follow` are logged as `message`."""
        for change in changes:
            try:
                follow(change)
            except Exception as error:  # noqa: BLE001 — whatever it is, the others must still be followed
                self._failed(message, error, [change])

    @property
    def oldest(self) -> datetime:
        """When the first record was written, to the second."""
        return min(map(written_at, self._records))

    @property
    def newest(self) -> datetime:
        """When the last record was written, to the second."""
        return max(map(written_at, self._records))

    @property
    def first_number(self) -> str:
        """The sequence number of the first record, which is the same in a repeated batch."""
        return str(self._records[0]["dynamodb"].get("SequenceNumber", ""))

    @property
    def counts(self) -> dict[str, int]:
        """Fields for the log line."""
        return {
            "records": len(self._records),
            "set_aside": len(self._set_aside),
            "failures": len(self._failures),
        }

    def finish(self) -> None:
        """Raises ExceptionGroup after failures that another attempt may mend, so that Lambda repeats the batch."""
        if self._failures:
            raise ExceptionGroup("records to be repeated", self._failures)

    def _tenant_failed(
        self,
        message: str,
        error: Exception,
        group: Sequence[Change[Row]],
        follow: Callable[[Sequence[Change[Row]]], object],
    ) -> None:
        if len(group) > 1 and self._is_final(error, group):
            self.each(message, group, lambda change: follow([change]))
        else:
            self._failed(message, error, group)

    def _failed(self, message: str, error: Exception, changes: Sequence[Change[Row]]) -> None:
        log.error(message, exc_info=error, extra={"failure": kind_of(error)})
        if not self._is_final(error, changes):
            self._failures.append(error)
            return
        for change in changes:
            self._send_dead_letter(change.record, error)

    def _is_final(self, error: Exception, changes: Sequence[Change[Row]]) -> bool:
        kind = kind_of(error)
        if kind == "unknown":
            first = min(written_at(change.record) for change in changes)
            return self._now - first >= _UNKNOWN_TRIED_FOR
        return kind == "final"

    def _send_dead_letter(self, record: Record, error: Exception) -> None:
        """Sends the record to the dead-letter queue, once however often it fails."""
        id_ = _id_of(record)
        if self._raising:
            self._failures.append(error)
        elif id_ not in self._set_aside:
            try:
                send_dead_letter(self._stream, id_, record, error)
                self._set_aside.add(id_)
            except Exception as failure:  # noqa: BLE001 — then it comes again with its batch
                log.exception("record_not_set_aside", extra={"stream": self._stream})
                self._failures.append(failure)


def _by_tenant(changes: Iterable[Change[Row]]) -> dict[str, list[Change[Row]]]:
    return grouped(changes, lambda change: change.tenant_id)


def written_at(record: Record) -> datetime:
    """When a record's change was written, to the second."""
    return datetime.fromtimestamp(record["dynamodb"]["ApproximateCreationDateTime"], UTC)


def parse_image(model: type[Row], image: Mapping[str, Any]) -> Row:
    """A record's image as a row. Raises Unreadable."""
    return model.parse({name: _value(value) for name, value in image.items()})


def _change(model: type[Row], record: Record, *, reads_old: bool) -> Change[Row]:
    images = record["dynamodb"]
    old = images.get("OldImage") if reads_old else None
    # Without an image the keys alone, so that the error names the row.
    new = parse_image(model, images.get("NewImage") or images["Keys"])
    if not old:
        return Change(new, None, record)
    try:
        return Change(new, parse_image(model, old), record)
    except Unreadable as error:
        # This change has repaired the row.
        log.info("old_image_unreadable", extra={"table": error.table, "key": error.key, "reason": error.reason})
        return Change(new, None, record, repair=_id_of(record))


def _id_of(record: Record) -> str:
    """The record's id, which is the same in a repeated batch."""
    return str(record.get("eventID") or record["dynamodb"].get("SequenceNumber"))


def _value(value: Mapping[str, Any]) -> Mapping[str, Any]:
    # Lambda's events are JSON with bytes as base64; PynamoDB needs them decoded.
    return {"B": b64decode(value["B"])} if "B" in value else value
