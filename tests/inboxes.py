"""Users, their messages and their devices, for the tests of stored messages."""

from typing import Any

from chalicelib.auth.sessions import open_session
from chalicelib.core.clock import now
from chalicelib.models.connection import Connection
from chalicelib.models.user import User
from tests.factories import Business
from tests.sockets.test_subscribe import sent
from tests.world import World


def send(world: World, business: Business, user: User, *contents: str) -> None:
    """Personal messages of the office, through their stream."""
    for content in contents:
        body = {"type": "personal_message", "data": {"content": content}}
        assert world.api.post(f"/v1/realtime/users/{user.id}/send", body, as_=business.staff).status == 202
    world.deliver()


def connect(world: World, token: str, **query: str) -> str:
    """A connection that has its welcome."""
    connection_id = world.connect_with(token, **query)
    world.deliver()
    return connection_id


def contents(world: World, connection_id: str) -> list[str]:
    """The personal messages that a connection has received, in their order."""
    messages = world.received(connection_id, "personal_message")
    return [message.get("data", message)["content"] for message in messages]


def welcome(world: World, connection_id: str) -> dict[str, Any]:
    (message,) = world.received(connection_id, "connected")
    data: dict[str, Any] = message["data"]
    return data


def seen(world: World, connection_id: str, user: User, cursor: int, **values: Any) -> dict[str, Any]:
    return sent(world, connection_id, {"type": "seen", "channel": f"user:{user.id}", "cursor": cursor, **values})


def heartbeat(world: World, connection_id: str, *, seconds: int = 30) -> None:
    """A heartbeat so many seconds after the one before."""
    row = Connection.get(connection_id)
    past = [Connection.next_message_at.set(0)]
    if row.answered_at is not None:
        past.append(Connection.answered_at.set(Connection.answered_at - seconds))
    row.update(past)
    assert sent(world, connection_id, {"type": "heartbeat"})["type"] == "heartbeat"


def other_device(business: Business, user: User) -> str:
    """A token of one more session."""
    return open_session(business.tenant, user, signed_in_at=now(), now=now()).access_token
