"""Connections and sessions that the server ends, and published events, on a real local stack."""

from contextlib import ExitStack
from uuid import uuid4

import boto3
import pytest
from websockets.exceptions import ConnectionClosed

from tests.e2e.client import Client, Listener, create_user
from tests.e2e.stack import LocalStack
from tests.patience import CLOCKED_SECONDS, SECONDS

PASSWORD = "correct horse battery"


@pytest.fixture
def admin(stack: LocalStack) -> Client:
    return Client(stack, "admin")


@pytest.fixture
def newcomer(stack: LocalStack, admin: Client) -> Client:
    """An office user whom no other test uses."""
    username = f"{uuid4()}@example.com"
    create_user(admin, stack, {"username": username, "password": PASSWORD})
    return Client.signing_in(stack, username, PASSWORD)


def closed_for(listener: Listener) -> str:
    """Why a socket is closed: the code of its last message."""
    closing = listener.until("closing", patience=CLOCKED_SECONDS)
    with pytest.raises(ConnectionClosed):
        listener.socket.recv(timeout=SECONDS)
    code: str = closing["code"]
    return code


def test_a_sixth_connection_closes_the_first_with_a_reason(newcomer: Client) -> None:
    with ExitStack() as sockets:
        first, second, *_ = [sockets.enter_context(newcomer.listen()) for _ in range(5)]
        sockets.enter_context(newcomer.listen())
        assert closed_for(first) == "too_many_connections"
        second.send({"type": "ping"})
        second.until("pong")


def test_suspending_a_user_closes_their_socket(admin: Client, newcomer: Client) -> None:
    user_id = newcomer.get("/v1/auth/me").json()["id"]
    with newcomer.listen() as socket:
        assert admin.patch(f"/v1/users/{user_id}", {"status": "suspended"}).status_code == 200
        assert closed_for(socket) == "user_suspended"


def test_signing_out_closes_the_socket(newcomer: Client) -> None:
    with newcomer.listen() as socket:
        assert newcomer.post("/v1/auth/logout").status_code == 204
        assert closed_for(socket) == "session_revoked"


def test_a_published_event_reaches_the_sockets_and_the_log(admin: Client, newcomer: Client) -> None:
    user_id = newcomer.get("/v1/auth/me").json()["id"]
    with newcomer.listen() as socket:
        alert = {"type": "maintenance", "data": {"message": "今晚十點維護"}}
        answer = admin.post("/v1/realtime/publish", {"channel": "system", **alert})
        assert answer.status_code == 202
        received = socket.until("maintenance")
        assert (received["id"], received["data"]) == (answer.json()["id"], alert["data"])
        answer = admin.post(f"/v1/realtime/users/{user_id}/send", {"type": "call_back", "data": {}})
        assert socket.until("call_back")["id"] == answer.json()["id"]
        since = received["cursors"]["system"] - 1
        polled = newcomer.get("/v1/events", channel="system", since=since).json()
        assert polled["items"][0] == received
        status = admin.get("/v1/realtime/status").json()
        assert status["by_role"]["office_staff"] >= 1


@pytest.mark.takes(150)
def test_the_schedule_closes_silent_connections(stack: LocalStack, newcomer: Client) -> None:
    with newcomer.listen() as socket:
        socket.send({"type": "heartbeat"})
        socket.until("heartbeat")
        tables = boto3.client(
            "dynamodb",
            endpoint_url=stack.info["emulator_url"],
            region_name=stack.environment["AWS_REGION"],
            aws_access_key_id=stack.environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=stack.environment["AWS_SECRET_ACCESS_KEY"],
        )
        tables.update_item(
            TableName=stack.environment["TABLE_PREFIX"] + "connections",
            Key={"connection_id": {"S": socket.welcome["data"]["connection_id"]}},
            UpdateExpression="SET last_seen_at = :long_ago",
            ExpressionAttributeValues={":long_ago": {"N": "0"}},
        )
        assert closed_for(socket) == "idle"


def test_a_client_that_floods_is_notified_and_closed(newcomer: Client) -> None:
    with newcomer.listen() as socket:
        for number in range(400):
            try:
                socket.send({"type": "ping", "ref": number})
            except ConnectionClosed:
                break
        assert closed_for(socket) == "too_many_refusals"
    # Others are not held up, and neither is this user's next connection.
    with newcomer.listen() as socket:
        socket.send({"type": "ping"})
        socket.until("pong")
