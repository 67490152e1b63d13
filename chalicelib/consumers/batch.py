"""A batch of a stream's records: read, followed tenant by tenant, and raised at the end where something failed.

Trouble with one record keeps no other back. A record that no try can help is set aside at once; the others of the
batch go on. Where a failure may pass, all else is done first, then the batch is raised, and Lambda repeats it.
"""

from base64 import b64decode
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Generic, TypeVar

from chalice.app import DynamoDBEvent
from msgspec import Struct

from chalicelib.consumers.dead_letters import set_aside
from chalicelib.consumers.failures import kind_of
from chalicelib.core.logs import log
from chalicelib.core.metrics import measured
from chalicelib.models.base import Table
from chalicelib.models.parsing import Unreadable
from chalicelib.realtime.posts import NotPublished

Row = TypeVar("Row", bound=Table)
Record = Mapping[str, Any]

# A failure of an unknown kind is tried for so long. A fault of ours in one order would else hold up the orders of
# its whole lane of the stream for an hour.
_UNKNOWN_TRIED_FOR: Final = timedelta(minutes=1)


class Change(Struct, Generic[Row], frozen=True):
    """One record that could be read.

    old: the row before; None for a new row, and where the row before cannot be read. repair: the record's id in
    the latter case.
    """

    new: Row
    old: Row | None
    record: Record
    repair: str | None = None

    @property
    def tenant_id(self) -> str:
        """Whose row it is; a tenant's own row is its own."""
        return str(self.new.attribute_values.get("tenant_id") or self.new.attribute_values["id"])


class Batch(Generic[Row]):
    """changes: the records that could be read, in their order.

    raising: where the records were brought by people again, nothing is set aside a second time: all is raised.
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
                self._put_aside(record, error)

    def together(
        self, message: str, changes: Sequence[Change[Row]], follow: Callable[[Sequence[Change[Row]]], object]
    ) -> None:
        """Follows all changes at once, which costs fewest calls; where that fails, as `each_tenant` does.

        Where `follow` raises NotPublished, all tenants but those that it names are followed.
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
        """Follows the changes of each tenant at once; those of one that fails for good one by one.

        follow: bears being repeated. What it raises is logged under `message`.
        """
        for group in _by_tenant(changes).values():
            try:
                follow(group)
            except Exception as error:  # noqa: BLE001 — whatever it is, the others must still be followed
                self._tenant_failed(message, error, group, follow)

    def each(self, message: str, changes: Iterable[Change[Row]], follow: Callable[[Change[Row]], object]) -> None:
        """Follows each change by itself. What `follow` raises is logged under `message`."""
        for change in changes:
            try:
                follow(change)
            except Exception as error:  # noqa: BLE001 — whatever it is, the others must still be followed
                self._failed(message, error, [change])

    @property
    def oldest(self) -> datetime:
        """When the first of the records was written; to the second."""
        return min(map(written_at, self._records))

    @property
    def newest(self) -> datetime:
        """When the last of the records was written; to the second."""
        return max(map(written_at, self._records))

    @property
    def first_number(self) -> str:
        """The sequence number of the first record: a repeated batch begins with the same."""
        return str(self._records[0]["dynamodb"].get("SequenceNumber", ""))

    @property
    def counts(self) -> dict[str, int]:
        """For the log line."""
        return {
            "records": len(self._records),
            "set_aside": len(self._set_aside),
            "failures": len(self._failures),
        }

    def finish(self) -> None:
        """Raises ExceptionGroup where something failed that another try may mend: Lambda repeats the batch."""
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
            self._put_aside(change.record, error)

    def _is_final(self, error: Exception, changes: Sequence[Change[Row]]) -> bool:
        kind = kind_of(error)
        if kind == "unknown":
            first = min(written_at(change.record) for change in changes)
            return self._now - first >= _UNKNOWN_TRIED_FOR
        return kind == "final"

    def _put_aside(self, record: Record, error: Exception) -> None:
        """Once for each record, whatever fails of it."""
        id_ = _id_of(record)
        if self._raising:
            self._failures.append(error)
        elif id_ not in self._set_aside:
            try:
                set_aside(self._stream, id_, record, error)
                self._set_aside.add(id_)
            except Exception as failure:  # noqa: BLE001 — then it comes again with its batch
                log.exception("record_not_set_aside", extra={"stream": self._stream})
                self._failures.append(failure)


def _by_tenant(changes: Iterable[Change[Row]]) -> dict[str, list[Change[Row]]]:
    found: dict[str, list[Change[Row]]] = {}
    for change in changes:
        found.setdefault(change.tenant_id, []).append(change)
    return found


def written_at(record: Record) -> datetime:
    """When a record's change was written; DynamoDB tells it to the second."""
    return datetime.fromtimestamp(record["dynamodb"]["ApproximateCreationDateTime"], UTC)


def parse_image(model: type[Row], image: Mapping[str, Any]) -> Row:
    """A record's image as a row. Raises Unreadable."""
    return model.parse({name: _value(value) for name, value in image.items()})


def _change(model: type[Row], record: Record, *, reads_old: bool) -> Change[Row]:
    images = record["dynamodb"]
    old = images.get("OldImage") if reads_old else None
    # With its keys, which say which row it is about, where there is no image at all.
    new = parse_image(model, images.get("NewImage") or images["Keys"])
    if not old:
        return Change(new, None, record)
    try:
        return Change(new, parse_image(model, old), record)
    except Unreadable as error:
        # The row has been repaired by this very change.
        log.info("old_image_unreadable", extra={"table": error.table, "key": error.key, "reason": error.reason})
        return Change(new, None, record, repair=_id_of(record))


def _id_of(record: Record) -> str:
    """The record's own id, stable under repeats."""
    return str(record.get("eventID") or record["dynamodb"].get("SequenceNumber"))


def _value(value: Mapping[str, Any]) -> Mapping[str, Any]:
    # Lambda's events are JSON, so bytes come as base64; PynamoDB wants them as botocore reads them.
    return {"B": b64decode(value["B"])} if "B" in value else value
