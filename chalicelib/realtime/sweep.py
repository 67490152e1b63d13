"""The sweep: checks every connection once a minute, for changes that cause no event."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from chalicelib.core import aws
from chalicelib.core.clock import epoch, wire
from chalicelib.core.logs import log
from chalicelib.core.metrics import measured
from chalicelib.models.connection import Connection
from chalicelib.models.parsing import Item
from chalicelib.realtime import connections
from chalicelib.realtime.closing import close, close_excess
from chalicelib.realtime.gateway import gateway
from chalicelib.realtime.limits import Verdict, deadline, most_connections, verdict
from chalicelib.realtime.posts import Post, encoded
from chalicelib.realtime.server_messages import Reconnect

_PAGE: Final = 200

_Judged = dict[Verdict, list[Connection]]


def sweep(now: datetime) -> Counter[str]:
    """Applies the rules of `limits` to every connection and logs one line; returns the number of each action.

    now: from before the rows are read, so that messages sent since do not make a connection look silent. It reads
    a page of rows at a time and stores only a count per user. If the gateway cannot be reached, the next sweep
    tries again.
    """
    done: Counter[str] = Counter()
    # By tenant, user, and the number of connections that the user may have.
    per_user: Counter[tuple[str, str, int]] = Counter()
    for page in _pages():
        judged, unreadable = _judged(page, now)
        _remove(unreadable, done)
        for rows in judged.values():
            per_user.update((row.tenant_id, row.user_id, most_connections(row)) for row in rows)
        _act(judged, now, done)
    for (*user, most), count in per_user.items():
        if count > most:
            # Connections that were opened while the index was behind were not counted then.
            done["too_many_connections"] += close_excess(*user, now=now)
    counts = {name: count for name, count in sorted(done.items()) if count}
    log.info("connections_swept", extra={**counts, **measured(Connections=done["open"] + done["rollover"])})
    return done


def _pages() -> Iterator[list[Item]]:
    """All connections as raw items: a scan of the model would skip unreadable rows, which have to be deleted."""
    pages = aws.client("dynamodb").get_paginator("scan")
    table = str(Connection.Meta.table_name)
    for page in pages.paginate(TableName=table, ConsistentRead=True, PaginationConfig={"PageSize": _PAGE}):
        yield page["Items"]


def _judged(items: Sequence[Item], now: datetime) -> tuple[_Judged, list[Item]]:
    """The rows by their verdict, and the unreadable items."""
    judged: _Judged = {}
    unreadable = []
    for item in items:
        try:
            row = Connection.parse(item)
            judged.setdefault(verdict(row, now), []).append(row)
        except Exception:  # noqa: BLE001 — whatever is wrong with a row, all others must still be swept
            Connection.unreadable(item).report()
            unreadable.append(item)
    return judged, unreadable


def _remove(items: Sequence[Item], done: Counter[str]) -> None:
    """Ends unreadable connections, which no lookup finds for a suspended user. Their clients connect again."""
    if items:
        gateway().disconnect([item["connection_id"]["S"] for item in items])
        connections.delete_unreadable(items)
        done["unreadable"] += len(items)


def _act(judged: _Judged, now: datetime, done: Counter[str]) -> None:
    done["open"] += len(judged.get("keep", ()))
    ghosts = judged.get("ghost", [])
    connections.delete_rows(ghosts)
    done["ghost"] += len(ghosts)
    closings = [(row, code) for code in ("token_expired", "idle") for row in judged.get(code, ())]
    outcome = close(closings, now=now)
    unreached, gone = set(outcome.failed), set(outcome.gone)
    for row, code in closings:
        reached = "unreached" if row.connection_id in unreached else code
        done["gone" if row.connection_id in gone else reached] += 1
    _send_leave_notice(judged.get("rollover", []), now, done)
    _delete_departed(judged.get("ask_gateway", []), done)


def _delete_departed(rows: Sequence[Connection], done: Counter[str]) -> None:
    """Deletes the connections that API Gateway no longer has. The next sweep repeats unanswered requests."""
    gone = set(gateway().find_gone([row.connection_id for row in rows]))
    connections.delete_rows(row for row in rows if row.connection_id in gone)
    done["gone"] += len(gone)
    done["open"] += len(rows) - len(gone)


def _send_leave_notice(rows: Sequence[Connection], now: datetime, done: Counter[str]) -> None:
    outcome = gateway().post([Post.to(row, encoded(_reconnect_message(row, now))) for row in rows])
    unreached, gone = set(outcome.failed), set(outcome.gone)
    connections.delete_rows(row for row in rows if row.connection_id in gone)
    for row in rows:
        if row.connection_id not in unreached | gone:
            _record_notice(row, now)
            done["rollover"] += 1
    done["gone"] += len(gone)
    done["unreached"] += len(unreached)


def _reconnect_message(row: Connection, now: datetime) -> Reconnect:
    return Reconnect(
        type="reconnect",
        code="rollover",
        message="This connection ends soon. Connect again.",
        deadline=wire(deadline(row)),
        timestamp=wire(now),
    )


def _record_notice(row: Connection, now: datetime) -> None:
    # The condition prevents a new row for a connection that has closed meanwhile.
    row.update_if([Connection.told_to_leave_at.set(epoch(now))], Connection.connection_id.exists())
