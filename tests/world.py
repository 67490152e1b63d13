"""The whole system in one process: real handlers, real stream records, a fake gateway and a fake queue.

Nothing happens by itself: `deliver()` passes the records of streams and queues to their functions, as Lambda's
pollers do. It can repeat or delay them.
"""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from datetime import datetime
from typing import Any
from uuid import uuid4

from chalicelib.consumers import (
    access,
    announcements,
    connections,
    fan_out,
    orders,
    positions,
    routes,
    run_import,
    send_sms,
)
from chalicelib.consumers.dead_letters import sent_ids
from chalicelib.core.settings import settings
from chalicelib.models.user import User
from chalicelib.monitoring import hourly
from chalicelib.monitoring.stream_health import measured_at, record_sources, slowest
from chalicelib.realtime import overdue
from chalicelib.realtime.sweep import sweep
from chalicelib.recurring.due import create_due
from chalicelib.sms.probes import probe_providers
from chalicelib.sms.providers import provider_for as cached_provider_for
from chalicelib.sms.providers.base import Provider
from chalicelib.sms.stats import cached_names
from chalicelib.sockets.connect import websocket_connect
from chalicelib.sockets.disconnect import websocket_disconnect
from chalicelib.sockets.message import websocket_message
from tests.api_client import ApiClient
from tests.aws_in_process import moto_tables, show_hidden, sqs
from tests.calls import running_as
from tests.fake_gateway import FakeGateway
from tests.fake_lambda import FakeLambda
from tests.lambda_events import close_gateway, open_gateway, stream, websocket
from tests.stream_filters import is_selected

# Per table with a stream: its function's name, and the function. What moves orders comes before them.
STREAMS = {
    "driver_positions": ("positions_stream", positions.positions_stream),
    "routes": ("routes_stream", routes.routes_stream),
    "orders": ("orders_stream", orders.orders_stream),
    "connections": ("connections_stream", connections.connections_stream),
    "users": ("users_stream", access.users_stream),
    "tenants": ("tenants_stream", access.tenants_stream),
    "display_tokens": ("display_tokens_stream", access.display_tokens_stream),
    "refresh_tokens": ("sessions_stream", access.sessions_stream),
    "announcements": ("announcements_stream", announcements.announcements_stream),
}


class World:
    """The deployed functions, as the outside sees them."""

    def __init__(self, api: ApiClient, gateway: FakeGateway, functions: FakeLambda) -> None:
        self.api = api
        self.gateway = gateway
        self.functions = functions
        self._taken = dict.fromkeys(STREAMS, 0)

    @classmethod
    @contextmanager
    def running(cls, api: ApiClient, gateway: FakeGateway) -> Iterator["World"]:
        """A world whose functions post to `gateway`."""
        before = os.environ["WS_ENDPOINT"]
        os.environ["WS_ENDPOINT"] = gateway.url
        settings.cache_clear()
        measured_at.cache_clear()
        slowest.cache_clear()
        sent_ids.cache_clear()
        open_gateway()
        cached_names.clear()
        try:
            with FakeLambda.running() as functions:
                yield cls(api, gateway, functions)
        finally:
            close_gateway()
            os.environ["WS_ENDPOINT"] = before
            settings.cache_clear()

    def connect(self, user: User, **query: str) -> str:
        """A client that connects and gets in; the connection's id."""
        return self.connect_with(self.api.token(user), **query)

    def connect_with(self, token: str, **query: str) -> str:
        """A client that connects with this token and gets in; the connection's id."""
        connection_id = f"{uuid4()}="
        answer = self.handshake(connection_id, token=token, **query)
        assert answer["statusCode"] == 200, answer
        return connection_id

    def handshake(self, connection_id: str, **query: str) -> dict[str, Any]:
        """What `$connect` answers."""
        event = websocket(connection_id, "CONNECT", query=query)
        with running_as("websocket_connect"):
            answer: dict[str, Any] = websocket_connect(event, None)
        return answer

    def send(self, connection_id: str, message: Any, **values: Any) -> None:
        """Sends a client's message; a text is sent unchanged."""
        body = message if isinstance(message, str) else json.dumps(message)
        with running_as("websocket_message"):
            websocket_message(websocket(connection_id, "MESSAGE", body=body, **values), None)

    def disconnect(self, connection_id: str) -> None:
        """A client that leaves."""
        with running_as("websocket_disconnect"):
            websocket_disconnect(websocket(connection_id, "DISCONNECT"), None)

    def received(self, connection_id: str, kind: str | None = None) -> list[Any]:
        """What a client was sent, all or of one type."""
        messages = self.gateway.messages(connection_id)
        return [message for message in messages if kind is None or message["type"] == kind]

    def deliver(self, *, times: int = 1) -> None:
        """Hands over what the streams and the SMS queue hold, each batch `times` times."""
        for table in STREAMS:
            records = self.take(table)
            for _ in range(times):
                self.follow(table, records)
        self.deliver_chunks(times=times)
        self.deliver_sms(times=times)
        self.deliver_imports(times=times)

    def deliver_chunks(self, *, times: int = 1) -> None:
        """Runs `fan_out` for the chunks that were handed over."""
        for name, event in self.functions.take():
            for _ in range(times):
                self.run_chunk(name, event)

    def run_chunk(self, name: str, event: Any) -> None:
        """Runs `fan_out` for one chunk. name: of the function that was invoked."""
        assert name == settings().fan_out_function
        with running_as("fan_out"):
            fan_out.fan_out(event, None)

    def follow(self, table: str, records: list[dict[str, Any]]) -> None:
        """Hands a batch of records to the function of their stream."""
        if records:
            name, function = STREAMS[table]
            with running_as(name):
                function(stream(records), None)

    def sweep(self, now: datetime) -> Counter[str]:
        """The sweep as if it were now; how often it did what."""
        with running_as("sweep_connections"):
            record_sources(now)
            return sweep(now)

    def probe_providers(self, now: datetime) -> None:
        """The probe of the providers as if it were now."""
        with running_as("probe_sms_providers"):
            probe_providers(now)

    def create_due_orders(self, now: datetime) -> Counter[str]:
        """The schedule's orders as if it were now; how many of what."""
        with running_as("create_due_orders"):
            return create_due(now, correlation_id="schedule")

    def notify_overdue(self, now: datetime, **options: Any) -> Counter[str]:
        """The look for overdue orders as if it were now; how many notifications."""
        with running_as("notify_overdue"):
            return overdue.notify(now, correlation_id="schedule", **options)

    def record_metrics(self, now: datetime) -> None:
        """The hour's figures as if it were now."""
        with running_as("record_metrics"):
            hourly.record(now)

    def make_queue_visible(self) -> None:
        """Ends every waiting time of the SMS queue, as if it had passed."""
        show_hidden(_name(settings().sms_queue_url))

    def take(self, table: str) -> list[dict[str, Any]]:
        """The records of a table's stream since the last time, as far as its function is run for them."""
        written = moto_tables()[settings().table_prefix + table].stream_shard.items
        # Copies: moto's records share parts with the rows, which go on changing.
        records = [deepcopy(each.to_json()) for each in written[self._taken[table] :]]
        self._taken[table] = len(written)
        records = [record for record in records if not _is_half_made(record)]
        return [record for record in records if is_selected(STREAMS[table][0], record)]

    def restart_streams(self) -> None:
        """Regards all that streams and queues hold now as delivered."""
        for table in STREAMS:
            self._taken[table] = len(moto_tables()[settings().table_prefix + table].stream_shard.items)
        self.functions.take()

    def deliver_sms(self, *, times: int = 1, provider_for: Callable[[str], Provider] = cached_provider_for) -> Any:
        """Hands the SMS queue's messages to their function. Returns its answer, or None if the queue is empty.

        What the function dies of is raised, and its messages stay in flight.
        """
        queue = _name(settings().sms_queue_url)
        messages = _received(queue, 10)
        if not messages:
            return None
        event = {"Records": messages}
        failed = {message["messageId"] for message in messages}
        try:
            for _ in range(times):
                with running_as("send_sms"):
                    answer = send_sms.handle(event, provider_for=provider_for)
            failed = {item["itemIdentifier"] for item in answer["batchItemFailures"]}
        finally:
            for message in messages:
                if message["messageId"] not in failed:
                    sqs().delete_message(queue, message["receiptHandle"])
        return answer

    def deliver_imports(self, *, times: int = 1, most: int = 1_000, rows_per_part: int | None = None) -> int:
        """Runs `run_import` until its queue is empty, each message `times` times; how many messages there were.

        most: messages to deliver at most, so that a test can stop in the middle. What the function dies of
        is raised, and its message is on the queue again.
        """
        queue = _name(settings().import_queue_url)
        for delivered in range(most):
            messages = _received(queue, 1)
            if not messages:
                return delivered
            finished = False
            try:
                for _ in range(times):
                    with running_as("run_import"):
                        answer = run_import.handle({"Records": messages}, rows_per_part=rows_per_part)
                finished = not answer["batchItemFailures"]
            finally:
                if finished or _is_parked(messages[0]):
                    sqs().delete_message(queue, messages[0]["receiptHandle"])
                else:
                    # At once, instead of after the queue's waiting time.
                    show_hidden(queue)
        return most


def _is_parked(message: dict[str, Any]) -> bool:
    """Whether the queue of imports puts it aside after this, among its dead letters."""
    return int(message["attributes"]["ApproximateReceiveCount"]) > run_import.MAX_TRIES


def _name(url: str) -> str:
    """Of the queue with this URL."""
    return url.rpartition("/")[2]


def _received(queue: str, most: int) -> list[dict[str, Any]]:
    """A queue's messages as Lambda gets them."""
    messages = sqs().receive_message(queue, most, 0, sqs().get_queue(queue).visibility_timeout)
    return [
        {
            "messageId": message.id,
            "receiptHandle": message.receipt_handle,
            "body": message.body,
            "attributes": {
                "ApproximateReceiveCount": str(message.approximate_receive_count),
                "SentTimestamp": str(message.sent_timestamp),
            },
            "eventSource": "aws:sqs",
            "eventSourceARN": f"arn:aws:sqs:ap-northeast-1:123456789012:{queue}",
        }
        for message in messages
    ]


def _is_half_made(record: dict[str, Any]) -> bool:
    """Whether this is moto's first of two records of a row that UpdateItem makes: its keys. AWS has one record."""
    change = record["dynamodb"]
    return record["eventName"] == "INSERT" and change.get("NewImage") == change["Keys"]
