"""The outside of a simulation: clients on sockets, the gateway between, and the customers' phones."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from msgspec import structs

from chalicelib.realtime.posts import Outcome, Post
from chalicelib.sms.providers.base import Outcome as SmsOutcome
from chalicelib.sms.providers.base import OutgoingSms, TemporaryFailure
from tests.proof.faults import Injector
from tests.realtime.client_model import ModelClient, Watched
from tests.sms.fakes import FakeProvider

# Positions are not in a log.
_EVENTLESS = (
    "connected",
    "heartbeat",
    "subscribed",
    "unsubscribed",
    "authenticated",
    "error",
    "closing",
    "driver_location",
)


@dataclass
class Client:
    """A client that follows docs/protocol.md. entitled: its channels. received: all messages.

    lost: by channel, the posts with its events that were refused, until they come or the client subscribes again.
    unsubscribed: the channels to which it has not subscribed again on this connection.
    """

    tenant_id: str
    token: str
    entitled: frozenset[str]
    connection_id: str = ""
    model: ModelClient = field(default_factory=ModelClient)
    received: list[dict[str, Any]] = field(default_factory=list)
    lost: dict[str, set[bytes]] = field(default_factory=dict)
    unsubscribed: set[str] = field(default_factory=set)

    def connected(self, connection_id: str) -> None:
        self.connection_id, self.unsubscribed = connection_id, set(self.model.channels)

    def lose(self, payload: bytes) -> None:
        message = json.loads(payload)
        for channel in message.get("cursors") or (message.get("channel", "none"),):
            self.lost.setdefault(channel, set()).add(payload)

    def undisturbed(self) -> dict[str, int]:
        """The cursors of the channels in which it needs no request to have each event."""
        return {
            channel: watched.cursor
            for channel, watched in self.model.channels.items()
            if channel not in self.unsubscribed and not self.lost.get(channel)
        }

    def take(self, payload: bytes) -> None:
        message = json.loads(payload)
        self.received.append(message)
        for lost in self.lost.values():
            lost.discard(payload)
        if message["type"] == "connected":
            self._begin(message["data"])
        elif message["type"] == "unsubscribed":
            self.model.channels.pop(message["channel"], None)
        elif message["type"] == "subscribed":
            self.model.subscribed(message)
            self.lost.pop(message["channel"], None)
            self.unsubscribed.discard(message["channel"])
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
            if channel.startswith("user:"):
                # Its stored messages follow.
                self.unsubscribed.discard(channel)


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
            for post in here:
                for payload in post.payloads:
                    self._clients[post.connection_id].lose(payload)
            return Outcome(answered=True, gone=gone, failed=here_ids, again=here, refused=len(here))
        for post in here:
            for payload in post.payloads:
                self._clients[post.connection_id].take(payload)
        self._injector.after(fault)
        if fault == "lose":
            return Outcome(answered=bool(gone), gone=gone, failed=here_ids, again=here, silent=here_ids)
        return Outcome(sent=len(here), answered=True, gone=gone)

    def find_gone(self, connection_ids: Sequence[str]) -> list[str]:
        return [id_ for id_ in connection_ids if id_ not in self._clients]

    def disconnect(self, connection_ids: Sequence[str]) -> Sequence[str]:
        for id_ in connection_ids:
            self._clients.pop(id_, None)
        return connection_ids

    def disconnect_all(self) -> None:
        self._clients.clear()

    def close(self) -> None:
        """As the process's own gateways."""


class SimulatedProvider(FakeProvider):
    """An SMS provider whose answers may be lost. delivered: what the phones show already.

    forgets: it does not recognise a repeat, and delivers it again.
    """

    def __init__(self, injector: Injector, delivered: dict[str, OutgoingSms], *, forgets: bool = False) -> None:
        super().__init__(**({"dedupes_for": timedelta(0)} if forgets else {}))
        self._injector, self.delivered, self._forgets = injector, delivered, forgets

    def send(self, message: OutgoingSms) -> SmsOutcome:
        fault = self._injector.at_call("provider.send")
        if fault == "throttle":
            return TemporaryFailure("slow down")
        known = structs.replace(message, id=f"{message.id} {len(self.delivered)}") if self._forgets else message
        answer = super().send(known)
        self._injector.after(fault)
        return TemporaryFailure("timeout", unclear=True) if fault == "lose" else answer


@dataclass
class Outside:
    """What is not stored in AWS: the clients, and what they have asked for.

    statuses: acknowledged changes, as (order, status). requested: how many orders clients asked for.
    delivered: the SMS on customers' phones, by idempotency key. imports: per finished import, the customers of
    its file in order, with what happened to each. customer_notes: acknowledged notes by customer. sign_ins: how
    often a client asked for a session. refresh_tokens: those of its session, oldest first. published: ids of
    acknowledged announcements. unasked: by client, its cursors before the heartbeats.
    """

    clients: dict[str, Client] = field(default_factory=dict)
    statuses: list[tuple[str, str]] = field(default_factory=list)
    requested: int = 0
    delivered: dict[str, OutgoingSms] = field(default_factory=dict)
    imports: dict[str, dict[str, str]] = field(default_factory=dict)
    customer_notes: dict[str, str] = field(default_factory=dict)
    sign_ins: int = 0
    refresh_tokens: list[str] = field(default_factory=list)
    published: list[str] = field(default_factory=list)
    unasked: dict[str, dict[str, int]] = field(default_factory=dict)
