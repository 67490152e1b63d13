"""A `Gateway` in process: delivers to model clients, and fails per connection as API Gateway does."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from chalicelib.realtime.posts import Outcome, Post
from tests.realtime.client_model import ModelClient

# What a connection may do instead of receiving its posts. hangs: no answer; throttled: 429; refused: 413 for the
# first payload; gone: 410 although its client is there; unheard: it receives them, and the answer is lost.
FAULTS = ("hangs", "throttled", "refused", "gone", "unheard")


@dataclass
class Inbox:
    """The client's end of a connection. crossed: messages of another tenant, or of a channel not in `channels`."""

    client: ModelClient
    tenant_id: str
    channels: frozenset[str]
    crossed: list[Any] = field(default_factory=list)

    def take(self, payload: bytes) -> None:
        message = json.loads(payload)
        if not message["id"].startswith(f"{self.tenant_id}-") or not self.channels.issuperset(message["cursors"]):
            self.crossed.append(message)
        self.client.take(message)


class FaultyGateway:
    """Posts to the inboxes; a connection without one is gone.

    faults: by connection id, one of FAULTS. delaying: posts are collected in `on_their_way` instead, like chunks
    whose function has not run yet.
    """

    def __init__(self) -> None:
        self.inboxes: dict[str, Inbox] = {}
        self.faults: dict[str, str] = {}
        self.delaying = False
        self.on_their_way: list[Sequence[Post]] = []

    def post(self, posts: Sequence[Post]) -> Outcome:
        if self.delaying:
            self.on_their_way += [[post] for post in posts]
            return Outcome(answered=True)
        outcome = Outcome()
        for post in posts:
            self._post(post, outcome)
        return outcome

    def find_gone(self, connection_ids: Sequence[str]) -> list[str]:
        return [connection_id for connection_id in connection_ids if connection_id not in self.inboxes]

    def _post(self, post: Post, outcome: Outcome) -> None:
        inbox, fault = self.inboxes.get(post.connection_id), self.faults.get(post.connection_id)
        outcome.answered = outcome.answered or fault not in ("hangs", "unheard")
        if inbox is None or fault == "gone":
            outcome.gone.append(post.connection_id)
            return
        if fault is None:
            outcome.sent += 1
        else:
            outcome.failed.append(post.connection_id)
            outcome.refused += fault == "throttled"
            if fault in ("hangs", "unheard"):
                outcome.silent.append(post.connection_id)
            if fault != "refused":
                outcome.again.append(post)
        received = {"hangs": (), "throttled": (), "refused": post.payloads[1:]}.get(fault or "", post.payloads)
        for payload in received:
            inbox.take(payload)

    def disconnect(self, connection_ids: Sequence[str]) -> Sequence[str]:
        for connection_id in connection_ids:
            self.inboxes.pop(connection_id, None)
        return connection_ids
