"""The outside of a simulation: clients on sockets, the gateway between, and the customers' phones."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from chalicelib.realtime.posts import Outcome, Post
from chalicelib.sms.providers.base import Outcome as SmsOutcome
from chalicelib.sms.providers.base import OutgoingSms, TemporaryFailure
from tests.proof.faults import Injector
from tests.realtime.client_model import ModelClient, Watched
from tests.sms.fakes import FakeProvider

# Positions are not in a log.
_EVENTLESS = ("connected", "heartbeat", "subscribed", "authenticated", "error", "closing", "driver_location")


@dataclass
class Client:
    """A client that follows docs/protocol.md. entitled: its channels. received: all messages."""

    tenant_id: str
    token: str
    entitled: frozenset[str]
    connection_id: str = ""
    model: ModelClient = field(default_factory=ModelClient)
    received: list[dict[str, Any]] = field(default_factory=list)

    def take(self, payload: bytes) -> None:
        message = json.loads(payload)
        self.received.append(message)
        if message["type"] == "connected":
            self._begin(message["data"])
        elif message["type"] == "subscribed":
            self.model.subscribed(message)
        elif message["type"] not in _EVENTLESS:
            self.model.take(message)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [message for message in self.received if message["type"] not in _EVENTLESS]

    @property
    def positions(self) -> list[dict[str, Any]]:
        return [message for message in self.received if message["type"] == "driver_location"]

    def _begin(self, welcome: dict[str, Any]) -> None:
        for channel, cursor in welcome["cursors"].items():
            fresh = Watched(cursor, welcome["epochs"][channel], cursor)
            self.model.channels.setdefault(channel, fresh)


class SimulatedGateway:
    """Posts to the clients; each call is one that faults may meet."""

    def __init__(self, injector: Injector, clients: Sequence[Client]) -> None:
        self._injector = injector
        self._clients = {client.connection_id: client for client in clients}

    def admit(self, client: Client) -> None:
        self._clients[client.connection_id] = client

    def is_open(self, client: Client) -> bool:
        return client.connection_id in self._clients

    def post(self, posts: Sequence[Post]) -> Outcome:
        fault = self._injector.at_call("gateway.post")
        ids = [post.connection_id for post in posts]
        gone = [id_ for id_ in ids if id_ not in self._clients]
        here = [post for post in posts if post.connection_id in self._clients]
        here_ids = [post.connection_id for post in here]
        if fault == "throttle":
            return Outcome(answered=True, gone=gone, failed=here_ids, again=here, refused=len(here))
        for post in here:
            for payload in post.payloads:
                self._clients[post.connection_id].take(payload)
        if fault == "die after":
            self._injector.die()
        if fault == "lose":
            return Outcome(answered=bool(gone), gone=gone, failed=here_ids, again=here, silent=here_ids)
        return Outcome(sent=len(here), answered=True, gone=gone)

    def find_gone(self, connection_ids: Sequence[str]) -> list[str]:
        return [id_ for id_ in connection_ids if id_ not in self._clients]

    def disconnect(self, connection_ids: Sequence[str]) -> Sequence[str]:
        for id_ in connection_ids:
            self._clients.pop(id_, None)
        return connection_ids

    def close(self) -> None:
        """As the process's own gateways."""


class SimulatedProvider(FakeProvider):
    """An SMS provider whose answers may be lost. delivered: what the phones show already."""

    def __init__(self, injector: Injector, delivered: dict[str, OutgoingSms]) -> None:
        super().__init__()
        self._injector, self.delivered = injector, delivered

    def send(self, message: OutgoingSms) -> SmsOutcome:
        fault = self._injector.at_call("provider.send")
        if fault == "throttle":
            return TemporaryFailure("slow down")
        answer = super().send(message)
        return TemporaryFailure("timeout", unclear=True) if fault == "lose" else answer
