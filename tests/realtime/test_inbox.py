"""What heartbeats and `seen` write into the row of their connection."""

from datetime import timedelta

import pytest

from chalicelib.core.clock import now
from chalicelib.models.connection import Connection
from chalicelib.realtime import connections, inbox
from chalicelib.realtime.log import Head
from chalicelib.realtime.read_cursors import highest
from tests.crashes import Crash, at_call, crash
from tests.factories import Business
from tests.world import World


def test_the_last_message_of_a_client_that_has_left_makes_no_row(world: World, gas: Business) -> None:
    row = Connection.get(world.connect(gas.staff), consistent_read=True)
    connections.delete([row.connection_id])
    inbox.declare_seen(row)
    assert Connection.count() == 0


def test_each_heartbeat_acknowledges_the_answer_before_it_also_if_there_is_always_a_new_event(
    world: World, gas: Business
) -> None:
    row = Connection.get(world.connect(gas.staff), consistent_read=True)
    moment = now()
    for cursor in (1, 2, 3):
        inbox.record_receipt(row, Head(cursor, "e"), now=moment)
        row.refresh(consistent_read=True)
        moment += timedelta(seconds=30)
    assert highest(row.tenant_id, row.user_id, {row.session_id}, "e") == 2


def test_a_heartbeat_that_dies_after_its_first_write_is_made_good_by_the_next(world: World, gas: Business) -> None:
    row = Connection.get(world.connect(gas.staff), consistent_read=True)
    moment, head = now(), Head(1, "e")
    inbox.record_receipt(row, head, now=moment)
    moment += timedelta(seconds=30)
    with pytest.raises(Crash), at_call("UpdateItem", 1, "after-call.dynamodb", crash):
        inbox.record_receipt(row, head, now=moment)
    row.refresh(consistent_read=True)
    inbox.record_receipt(row, head, now=moment)
    assert highest(row.tenant_id, row.user_id, {row.session_id}, "e") == 1
