"""Limits how fast a connection may send: 20 messages in 10 seconds, with one number in its row.

A burst of 20, then one every half second: the generic cell rate algorithm, which needs one conditional write per
message. The process refuses a connection that has used up its burst without a call until its next message is due.
"""

from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.update import Action

from chalicelib.core.clock import epoch, epoch_ms
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import TooFast
from chalicelib.core.recent import Recent
from chalicelib.models.base import refused_item
from chalicelib.models.connection import Connection
from chalicelib.models.parsing import Item
from chalicelib.realtime.limits import MOST_REFUSED

_SPACING_MS: Final = 500
_BURST_MS: Final = 19 * _SPACING_MS
# The period in which refused messages are counted.
_REFUSALS_WITHIN: Final = timedelta(minutes=1)
# With more concurrent floods than this, a process asks DynamoDB more often.
_MOST_REMEMBERED: Final = 1000


class TooManyMessages(TooFast):
    """A message above the allowed rate was not handled.

    row: its connection, None if it is unreadable. refused: how many were refused within a minute, including this
    one; 0 if the connection is gone. reaches_most: whether the number has just reached MOST_REFUSED or a multiple
    of it.
    """

    code = ErrorCode.RATE_LIMITED

    def __init__(self, row: Connection | None, refused: int, *, reaches_most: bool = False) -> None:
        super().__init__("More than 20 messages in 10 seconds.", retry_after=1)
        self.row = row
        self.refused = refused
        self.reaches_most = reaches_most


class _Sender(Struct):
    """A connection that has used up its burst.

    due: its `next_message_at`, or an earlier one. since: `refused_since`, 0 without refusals.
    counted: `refused_count`. uncounted: refusals that are not stored yet.
    """

    row: Connection | None
    due: int
    since: int
    counted: int
    uncounted: int = 0

    def counts_at(self, now: datetime) -> bool:
        """Whether the period in which refusals are counted is not over."""
        return epoch(now) - self.since < _REFUSALS_WITHIN.total_seconds()


# By connection_id. When a process ends, it loses the refusals of half a second.
senders: Final[Recent[str, _Sender]] = Recent(_MOST_REMEMBERED)


def touch(connection_id: str, now: datetime, *, is_heartbeat: bool = False) -> Connection | None:
    """Records that a client has sent a message and returns its connection; None for an unknown connection.

    is_heartbeat: the message is a `heartbeat` or `ping`; from then on a minute of silence closes the connection.

    Returns None also if the row is unreadable: the client connects again and gets a new row. One write, unless
    messages come in quick succession. Raises TooManyMessages: the first refusal costs a failed write and one that
    counts it; those of the next half second cost nothing, and the next accepted message stores their number.
    """
    sender, moment = senders.get(connection_id), epoch_ms(now)
    if sender is not None and sender.counts_at(now) and sender.due > moment + _BURST_MS:
        sender.uncounted += 1
        refused = sender.counted + sender.uncounted
        if refused % MOST_REFUSED:
            raise TooManyMessages(sender.row, refused)
        raise _count_refusals(connection_id, sender, sender.uncounted, now)
    due = Connection.next_message_at
    steps = (
        (due.set(moment + _SPACING_MS), due <= moment),
        (due.set(due + _SPACING_MS), (due > moment) & (due <= moment + _BURST_MS)),
    )
    row = Connection(connection_id)
    uncounted = sender.uncounted if sender is not None and sender.counts_at(now) else 0
    seen: list[Action] = [Connection.last_seen_at.set(epoch(now))]
    if is_heartbeat:
        seen.append(Connection.sends_heartbeats.set(True))
    if uncounted:
        seen.append(Connection.refused_count.add(uncounted))
    item: Item = {}
    for step, condition in steps:
        try:
            written: Item = row.update(actions=[step, *seen], condition=condition)["Attributes"]
        except UpdateError as error:
            # DynamoDB returns the row, so it need not be read.
            refused_row = refused_item(error)
            if refused_row is None:
                raise
            item = refused_row
            if "N" not in item.get("next_message_at", {}):
                return None
            if int(item["next_message_at"]["N"]) > moment + _BURST_MS:
                break
        else:
            return _accepted(connection_id, written, uncounted, now)
    raise _count_refusals(connection_id, _sender(item), uncounted + 1, now)


def _accepted(connection_id: str, item: Item, uncounted: int, now: datetime) -> Connection | None:
    sender = _sender(item)
    if sender.due > epoch_ms(now) + _BURST_MS:
        senders[connection_id] = sender
    else:
        senders.pop(connection_id, None)
    if _reaches_most(sender.counted, uncounted):
        raise TooManyMessages(sender.row, sender.counted, reaches_most=True)
    return sender.row


def _count_refusals(connection_id: str, sender: _Sender, added: int, now: datetime) -> TooManyMessages:
    """Adds refused messages to the row. sender: as DynamoDB returned it."""
    since, count = Connection.refused_since, Connection.refused_count
    goes_on = sender.counts_at(now)
    row = Connection(connection_id)
    if not row.update_if(
        [count.add(added)] if goes_on else [since.set(epoch(now)), count.set(added)],
        Connection.connection_id.exists(),
    ):
        senders.pop(connection_id, None)
        return TooManyMessages(sender.row, 0)
    refused = int(row.refused_count or 0)
    senders[connection_id] = _Sender(sender.row, sender.due, sender.since if goes_on else epoch(now), refused)
    return TooManyMessages(sender.row, refused, reaches_most=_reaches_most(refused, added))


def _sender(item: Item) -> _Sender:
    def number(name: str) -> int:
        return int(item.get(name, {}).get("N", 0))

    row = next(Connection.readable([item]), None)
    return _Sender(row, number("next_message_at"), number("refused_since"), number("refused_count"))


def _reaches_most(refused: int, added: int) -> bool:
    return (refused - added) // MOST_REFUSED < refused // MOST_REFUSED
