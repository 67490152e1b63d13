"""The whole system in one process: real handlers, real stream records, a gateway and a queue of our own.

Nothing happens by itself: `deliver()` hands what lies in the streams and queues to their functions, as Lambda's
pollers do, and can be told to repeat or to hold back.
"""

import json
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import uuid4

import app as application
from chalicelib import aws
from chalicelib.models.user import User
from chalicelib.realtime.sweep import sweep
from chalicelib.settings import settings
from chalicelib.sms.stats import kept_names
from chalicelib.streams import access, announcements, connections, fan_out, orders, send_sms
from chalicelib.streams.lag import noted_at
from tests.api_client import ApiClient
from tests.calls import running_as
from tests.fake_gateway import FakeGateway
from tests.fake_lambda import FakeLambda
from tests.lambda_events import close_gateway, stream, websocket
from tests.stream_filters import wanted

# Per table with a stream: its function's name, and the function.
STREAMS = {
    "orders": ("orders_stream", orders.orders_stream),
    "connections": ("connections_stream", connections.connections_stream),
    "users": ("users_stream", access.users_stream),
    "tenants": ("tenants_stream", access.tenants_stream),
    "refresh_tokens": ("sessions_stream", access.sessions_stream),
    "announcements": ("announcements_stream", announcements.announcements_stream),
}


class World:
    """The deployed functions, as the outside sees them."""

    def __init__(self, api: ApiClient, gateway: FakeGateway, functions: FakeLambda) -> None:
        self.api = api
        self.gateway = gateway
        self.functions = functions
        self._iterators: dict[str, str] = {}
        self._in_flight: list[str] = []

    @classmethod
    @contextmanager
    def running(cls, api: ApiClient, gateway: FakeGateway) -> Iterator["World"]:
        """A world whose functions post to `gateway`."""
        before = os.environ["WS_ENDPOINT"]
        os.environ["WS_ENDPOINT"] = gateway.url
        settings.cache_clear()
        noted_at.cache_clear()
        kept_names.clear()
        try:
            with FakeLambda.running() as functions:
                world = cls(api, gateway, functions)
                for table in STREAMS:
                    world._iterators[table] = _newest(table)
                yield world
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
            answer: dict[str, Any] = application.websocket_connect(event, None)
        return answer

    def say(self, connection_id: str, message: Any, **values: Any) -> None:
        """A client's message; text goes as it is."""
        body = message if isinstance(message, str) else json.dumps(message)
        with running_as("websocket_message"):
            application.websocket_message(websocket(connection_id, "MESSAGE", body=body, **values), None)

    def disconnect(self, connection_id: str) -> None:
        """A client that leaves."""
        with running_as("websocket_disconnect"):
            application.websocket_disconnect(websocket(connection_id, "DISCONNECT"), None)

    def heard(self, connection_id: str, kind: str | None = None) -> list[Any]:
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

    def deliver_chunks(self, *, times: int = 1) -> None:
        """Runs `fan_out` for the chunks that were handed over."""
        for name, event in self.functions.take():
            assert name == settings().fan_out_function
            for _ in range(times):
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
            return sweep(now)

    def make_queue_visible(self) -> None:
        """Ends every waiting time of the SMS queue, as if it had passed."""
        sqs, url = aws.client("sqs"), settings().sms_queue_url
        for handle in self._in_flight:
            sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)
        self._in_flight.clear()

    def take(self, table: str) -> list[dict[str, Any]]:
        """The records of a table's stream since the last time, as far as its function is run for them."""
        answer = _streams().get_records(ShardIterator=self._iterators[table])
        self._iterators[table] = answer["NextShardIterator"]
        return [record for record in answer["Records"] if wanted(STREAMS[table][0], record)]

    def deliver_sms(self, *, times: int = 1) -> Any:
        """Hands the SMS queue's messages to their function; the function's answer, None for an empty queue."""
        sqs, url = aws.client("sqs"), settings().sms_queue_url
        names = ["ApproximateReceiveCount", "SentTimestamp"]
        found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=names)
        messages = found.get("Messages", [])
        if not messages:
            return None
        event = {
            "Records": [
                {
                    "messageId": message["MessageId"],
                    "receiptHandle": message["ReceiptHandle"],
                    "body": message["Body"],
                    "attributes": message["Attributes"],
                    "eventSource": "aws:sqs",
                    "eventSourceARN": "arn:aws:sqs:ap-northeast-1:123456789012:luckygas-test-sms",
                }
                for message in messages
            ]
        }
        answer = None
        for _ in range(times):
            with running_as("send_sms"):
                answer = send_sms.send_sms(event, None)
        failed = {item["itemIdentifier"] for item in (answer or {}).get("batchItemFailures", [])}
        for message in messages:
            if message["MessageId"] not in failed:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            else:
                self._in_flight.append(message["ReceiptHandle"])
        return answer


def _streams() -> Any:
    return aws.client("dynamodbstreams")


def _newest(table: str) -> str:
    name = settings().table_prefix + table
    arn = aws.client("dynamodb").describe_table(TableName=name)["Table"]["LatestStreamArn"]
    shard = _streams().describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator: str = _streams().get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")[
        "ShardIterator"
    ]
    return iterator
