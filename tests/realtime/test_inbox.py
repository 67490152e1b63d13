"""What heartbeats and `seen` write into the row of their connection."""

from chalicelib.models.connection import Connection
from chalicelib.realtime import connections, inbox
from tests.factories import Business
from tests.world import World


def test_the_last_message_of_a_client_that_has_left_makes_no_row(world: World, gas: Business) -> None:
    row = Connection.get(world.connect(gas.staff), consistent_read=True)
    connections.delete([row.connection_id])
    inbox.declare_seen(row)
    assert Connection.count() == 0
