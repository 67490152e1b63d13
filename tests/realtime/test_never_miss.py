"""Never miss: publishers, crashes, repeats, subscribers, reconnects, lost posts and expiry in any order.

The real log, subscriptions and fan-out on moto; only the gateway is a fake, because it is what loses posts. What
must hold: after catching up, every client has every event of its channels exactly once, in order per channel, or
was told `recovered: false`.
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, multiple, rule

from chalicelib import aws
from chalicelib.auth.principal import Principal
from chalicelib.models.channel_log import ChannelLog, EventClaim
from chalicelib.models.connection import Connection
from chalicelib.realtime import broadcast, connections, log, subscriptions
from chalicelib.realtime.events import Event, Stamped
from chalicelib.realtime.formats import render
from chalicelib.realtime.gateway import Outcome, Post
from chalicelib.realtime.replay import replay
from tests.aws_in_process import aws_in_process
from tests.realtime.client_model import ModelClient, Watched

# Forty random histories take half a minute, and longer where other tests run beside them.
pytestmark = pytest.mark.timeout(300)

TENANT = "t"
START = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
CHANNELS = ("orders", "order:1")
TABLES = {"ChannelLogTable", "EventClaimsTable", "ConnectionsTable", "SubscriptionsTable"}

clients = st.integers(0, 1)
channels = st.sampled_from(CHANNELS)


class LossyGateway:
    """Hands posts to the clients that are connected; loses those to the deaf and tells of the gone.

    delaying: whether posts are kept in `on_their_way` instead, as chunks are whose function has not run yet.
    """

    def __init__(self) -> None:
        self.inboxes: dict[str, ModelClient] = {}
        self.deaf: set[str] = set()
        self.delaying = False
        self.on_their_way: list[Sequence[Post]] = []

    def post(self, posts: Sequence[Post]) -> Outcome:
        outcome = Outcome(answered=True)
        if self.delaying:
            self.on_their_way += [[post] for post in posts]
            return outcome
        for post in posts:
            if post.connection_id not in self.inboxes:
                outcome.gone.append(post.connection_id)
            elif post.connection_id in self.deaf:
                outcome.failed.append(post.connection_id)
            else:
                outcome.sent += 1
                for payload in post.payloads:
                    self.inboxes[post.connection_id].take(json.loads(payload))
        return outcome

    def disconnect(self, connection_ids: Sequence[str]) -> Sequence[str]:
        raise NotImplementedError


class NeverMiss(RuleBasedStateMachine):
    """A batch is a stream's records: it may be appended, delivered, crash in between, and come again."""

    batches = Bundle("batches")
    appended = Bundle("appended")

    @initialize()
    def start(self) -> None:
        self.tables = ExitStack()
        self.tables.enter_context(aws_in_process(aws.client, only=TABLES))
        self.now = START
        self.gateway = LossyGateway()
        self.clients = [ModelClient(), ModelClient()]
        self.rows: list[Connection | None] = [None, None]
        self.published: dict[str, datetime] = {}
        self.connected = 0
        self.catch_up()

    def teardown(self) -> None:
        if not hasattr(self, "tables"):
            return
        with self.tables:
            self.catch_up()
            self.check()

    # Publishers

    @rule(target=batches, wanted=st.lists(st.lists(channels, min_size=1, unique=True), min_size=1, max_size=3))
    def records_arrive(self, wanted: list[list[str]]) -> list[Event]:
        batch = []
        for names in wanted:
            event_id = f"e{len(self.published)}"
            event = Event(
                id=event_id,
                type="changed",
                tenant_id=TENANT,
                channels=tuple(names),
                data={},
                timestamp="2026-11-22T04:00:00.000Z",
            )
            self.published[event_id] = self.now
            batch.append(event)
        return batch

    @rule(wanted=st.lists(st.lists(channels, min_size=1, unique=True), min_size=1, max_size=3))
    def records_arrive_and_all_goes_well(self, wanted: list[list[str]]) -> None:
        self.deliver(self.append(self.records_arrive(wanted)))

    @rule(target=appended, batch=batches)
    def append(self, batch: list[Event]) -> list[Stamped]:
        """Also of a batch that was appended before: its function died, or its records came twice.

        A stream keeps its records for a day; what is older does not come any more.
        """
        fresh = [event for event in batch if self.now - self.published[event.id] < timedelta(hours=24)]
        return log.append(fresh, now=lambda: self.now)

    @rule(stamped=consumes(appended))
    def deliver(self, stamped: list[Stamped]) -> None:
        broadcast.deliver(TENANT, stamped, gateway=self.gateway)

    @rule(stamped=consumes(appended))
    def the_function_dies_before_it_delivers(self, stamped: list[Stamped]) -> None:
        pass

    @rule(delaying=st.booleans())
    def chunks_are_delayed(self, delaying: bool) -> None:
        self.gateway.delaying = delaying

    @rule(dice=st.randoms(use_true_random=False), again=st.booleans())
    def a_chunk_arrives(self, dice: Random, again: bool) -> None:
        """Any of those on their way; maybe once more later, maybe only after its clients have left."""
        on_their_way, delaying = self.gateway.on_their_way, self.gateway.delaying
        if on_their_way:
            chunk = on_their_way.pop(dice.randrange(len(on_their_way)))
            self.gateway.delaying = False
            self.gateway.post(chunk)
            self.gateway.delaying = delaying
            if again:
                on_their_way.append(chunk)

    @rule(target=batches, one=consumes(batches), other=consumes(batches))
    def records_come_in_another_batch(self, one: list[Event], other: list[Event]) -> Any:
        mixed = [*other, *one]
        return multiple(mixed[: len(mixed) // 2] or mixed, mixed[len(mixed) // 2 :])

    # Clients

    @rule(client=clients)
    def connect(self, client: int) -> None:
        self.hang_up(client, tells=True)
        self.connected += 1
        connection_id = f"c{self.connected}"
        principal = Principal(TENANT, "delivery", f"u{client}", "driver", "s", 2**31, driver_id="d")
        self.rows[client] = connections.store(
            principal, connection_id, format_="standard", correlation_id="x", now=self.now
        )
        self.gateway.inboxes[connection_id] = self.clients[client]

    @rule(client=clients, tells=st.booleans())
    def hang_up(self, client: int, tells: bool) -> None:
        """Without telling, its rows stay behind as a ghost's."""
        row, self.rows[client] = self.rows[client], None
        if row is None:
            return
        del self.gateway.inboxes[row.connection_id]
        self.gateway.deaf.discard(row.connection_id)
        for watched in self.clients[client].channels.values():
            watched.subscribing = False
        if tells:
            connections.forget([row.connection_id])

    @rule(client=clients, deaf=st.booleans())
    def posts_get_lost(self, client: int, deaf: bool) -> None:
        row = self.rows[client]
        if row is not None:
            (self.gateway.deaf.add if deaf else self.gateway.deaf.discard)(row.connection_id)

    @rule(client=clients, channel=channels)
    def subscribe_begins(self, client: int, channel: str) -> None:
        row = self.rows[client]
        if row is not None:
            self.clients[client].channels.setdefault(channel, Watched()).subscribing = True
            subscriptions.watch(row, channel)

    @rule(client=clients, channel=channels)
    def subscribe_ends(self, client: int, channel: str) -> None:
        watched = self.clients[client].channels.get(channel)
        if self.rows[client] is None or watched is None or not watched.subscribing:
            return
        recovered = False
        while not recovered:
            found = replay(TENANT, channel, watched.cursor, watched.epoch, now=lambda: self.now)
            for each in found.events:
                message = render(each.event, each.cursors, "standard")
                assert message is not None
                self.clients[client].take(message)
            self.clients[client].subscribed(
                {
                    "channel": channel,
                    "cursor": found.head.cursor,
                    "epoch": found.head.epoch,
                    "recovered": found.recovered,
                }
            )
            recovered = found.recovered

    @rule(client=clients, channel=channels)
    def subscribe(self, client: int, channel: str) -> None:
        self.subscribe_begins(client, channel)
        self.subscribe_ends(client, channel)

    # Time

    @rule(hours=st.sampled_from([13, 13, 25, 24 * 40]), ttl_comes_by=st.booleans())
    def time_passes(self, hours: int, ttl_comes_by: bool) -> None:
        self.now += timedelta(hours=hours)
        # A chunk that could not be sent for five minutes is given up.
        self.gateway.on_their_way.clear()
        if ttl_comes_by:
            for model in (ChannelLog, EventClaim):
                for row in model.scan():
                    if row.expires_at is not None and row.expires_at < self.now.timestamp():
                        row.delete()

    @rule()
    def heads_are_lost(self) -> None:
        """A head stored with an expiry, by a version before this one, goes after 31 days of silence."""
        self.time_passes(24 * 40, ttl_comes_by=True)
        for row in ChannelLog.scan():
            row.delete()

    # What must hold

    def catch_up(self) -> None:
        for client in range(len(self.clients)):
            if self.rows[client] is None:
                self.connect(client)
            for channel in CHANNELS:
                self.subscribe(client, channel)

    def check(self) -> None:
        logged: dict[str, dict[int, str]] = defaultdict(dict)
        for row in ChannelLog.scan():
            if row.seq:
                event = log.decoded(row)
                name = row.channel_key.partition("#")[2]
                assert event.id not in logged[name].values(), "an event has two numbers"
                logged[name][int(row.seq)] = event.id
        for client in self.clients:
            for name, watched in client.channels.items():
                head = log.heads(TENANT, (name,))[name]
                assert watched.cursor == head.cursor
                assert len(watched.got) == watched.cursor - watched.base, "one for each number, no more, no fewer"
                assert len(set(watched.got)) == len(watched.got), "an event came twice"
                for number, event_id in logged[name].items():
                    if number > watched.base:
                        assert watched.got[number - watched.base - 1] == event_id
                assert watched.held == {}


TestNeverMiss = NeverMiss.TestCase
TestNeverMiss.settings = settings(
    max_examples=50,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
