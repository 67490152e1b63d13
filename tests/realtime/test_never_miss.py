"""Never miss: publishers, deaths, repeats, listeners, faulty connections and expiry in any order.

The real log, subscriptions and fan-out on moto, with eventually consistent reads that are behind; only the gateway
is a fake, because it loses posts. Two tenants have channels of the same names, and events in the same batches.

What must hold at any time: an event never reaches another tenant, or a client that may not watch its channel; a
listener on a connection without faults has every event that was published since its `subscribed`.
What must hold when the faults are over, the streams have been read and each client has had a heartbeat: every
listener has every event of its channels exactly once, in order per channel, or has received `recovered: false`.
"""

from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from chalicelib.auth.principal import Principal
from chalicelib.core import aws
from chalicelib.core.clock import now
from chalicelib.core.errors import Forbidden, NotFound
from chalicelib.models.channel_log import ChannelLog, EventClaim
from chalicelib.models.connection import Connection, Subscription
from chalicelib.realtime import broadcast, chunks, connections, log, subscriptions
from chalicelib.realtime.backlog import backlog
from chalicelib.realtime.channel_access import channels_at_connect
from chalicelib.realtime.events import Event
from chalicelib.realtime.formats import render
from chalicelib.realtime.posts import GatewayDown
from chalicelib.realtime.replay import Replay
from chalicelib.realtime.slow import slow_connections
from chalicelib.sockets.answers import ANSWERS, ClientMessage
from chalicelib.sockets.client_messages import Nothing
from tests.aws_in_process import aws_in_process
from tests.calls import before_call
from tests.fake_lambda import FakeLambda
from tests.realtime.client_model import ModelClient, Watched
from tests.realtime.expiry import let_time_pass
from tests.realtime.faulty_gateway import FAULTS, FaultyGateway, Inbox
from tests.stale_reads import stale_reads

# Forty random histories take 10 seconds, and minutes on a machine where other tests run.

CHANNELS = ("orders", "driver:1")
TABLES = {"ChannelLogTable", "EventClaimsTable", "ConnectionsTable", "SubscriptionsTable"}
OFFICE, DRIVER = frozenset(CHANNELS), frozenset({"driver:1"})
# Tenant, role, and which of the channels the client may watch.
PEOPLE = (("t", "office_staff", OFFICE), ("t", "driver", DRIVER), ("u", "office_staff", OFFICE))

clients = st.integers(0, len(PEOPLE) - 1)
channels = st.sampled_from(CHANNELS)
happened = st.lists(
    st.tuples(st.sampled_from("tu"), st.lists(channels, min_size=1, unique=True)), min_size=1, max_size=4
)
# What happens in the middle of a function, and before which of its calls to DynamoDB.
meanwhile = st.none() | st.tuples(
    st.integers(0, 6),
    st.sampled_from(["dies", "publish", "connect", "leave", "subscribe", "unsubscribe"]),
    clients,
    channels,
)
Meanwhile = tuple[int, str, int, str] | None


class Died(BaseException):
    """The function ends here: out of time, out of memory, or its machine is gone."""


class NeverMiss(RuleBasedStateMachine):
    """due: batches of stream records still to be published. seen: published ones, which may come again.

    whole: per client the channels of which it must have everything. late: how many batches were posted late.
    """

    @initialize()
    def start(self) -> None:
        self.world = ExitStack()
        self.world.enter_context(aws_in_process(aws.client, only=TABLES))
        self.functions = self.world.enter_context(FakeLambda.running())
        self.stale = self.world.enter_context(ExitStack())
        self.stale.enter_context(stale_reads())
        # What a process remembers of connections that were slow; each history begins with a new process.
        slow_connections.cache_clear()
        backlog.cache_clear()
        self.gateway = FaultyGateway()
        self.clients = [ModelClient() for _ in PEOPLE]
        self.rows: list[Connection | None] = [None for _ in PEOPLE]
        self.inboxes: list[Inbox] = []
        self.whole: list[set[str]] = [set() for _ in PEOPLE]
        self.late = 0
        self.publishing = 0
        self.hours = 0
        self.published: dict[str, tuple[Event, int]] = {}
        self.due: list[list[Event]] = []
        self.seen: list[list[Event]] = []
        for client in range(len(PEOPLE)):
            self.connect(client)
            self.subscribe(client, "driver:1", None)

    def teardown(self) -> None:
        if hasattr(self, "world"):
            with self.world:
                self.recover()
                self.check()

    # Publishers

    @rule(happened=happened)
    def records_arrive(self, happened: list[tuple[str, list[str]]]) -> None:
        batch = []
        for tenant_id, names in happened:
            event = Event(
                id=f"{tenant_id}-{len(self.published)}",
                type="changed",
                tenant_id=tenant_id,
                channels=tuple(names),
                data={},
                timestamp="2026-11-22T04:00:00.000Z",
            )
            self.published[event.id] = event, self.hours
            batch.append(event)
        self.due.append(batch)

    @rule(happened=happened, between=meanwhile)
    def records_arrive_and_are_published(self, happened: list[tuple[str, list[str]]], between: Meanwhile) -> None:
        self.records_arrive(happened)
        self.publish(self.due.pop(), between)

    @rule(dice=st.randoms(use_true_random=False), again=st.booleans(), between=meanwhile)
    def a_batch_comes(self, dice: Random, again: bool, between: Meanwhile) -> None:
        """A batch that is due, or one that was finished already; in any order."""
        batches = self.seen if again else self.due
        if batches:
            self.publish(batches.pop(dice.randrange(len(batches))), between)

    @rule()
    def records_come_in_other_batches(self) -> None:
        if len(self.due) > 1:
            mixed = [*self.due.pop(), *self.due.pop()]
            self.due += [mixed[: len(mixed) // 2], mixed[len(mixed) // 2 :]]

    def publish(self, batch: list[Event], between: Meanwhile) -> None:
        """A stream stores its records for a day; older ones do not come again."""
        fresh = [event for event in batch if self.hours - self.published[event.id][1] < 24]
        self.publishing += 1
        try:
            with self.interrupted(between):
                broadcast.publish(fresh, gateway=self.gateway)
        except (Died, ExceptionGroup) as failure:
            if isinstance(failure, ExceptionGroup) and (other := failure.split(GatewayDown)[1]):
                raise other from failure
            self.due.append(fresh)
            self.is_late(fresh)
        else:
            self.seen.append(fresh)
            if self.gateway.delaying:
                self.is_late(fresh)
        finally:
            self.publishing -= 1
        self.check_whole({event.tenant_id for event in fresh})

    def is_late(self, batch: list[Event]) -> None:
        """Its events may be in the log, and listeners do not have them yet."""
        self.late += 1
        tenant_ids = {event.tenant_id for event in batch}
        for (tenant_id, _, _), channels in zip(PEOPLE, self.whole, strict=True):
            if tenant_id in tenant_ids:
                channels.clear()

    def interrupted(self, between: Meanwhile) -> Any:
        if between is None:
            return ExitStack()
        number, what, client, channel = between
        does: dict[str, Callable[[], None]] = {
            "dies": self.die,
            "publish": lambda: self.records_arrive_and_are_published([("t", [channel]), ("u", [channel])], None),
            "connect": lambda: self.connect(client),
            "leave": lambda: self.leave(client, tells=True),
            "subscribe": lambda: self.subscribe(client, channel, None),
            "unsubscribe": lambda: self.unsubscribe(client, channel),
        }
        return before_call(number, does[what])

    def die(self) -> None:
        raise Died

    # The gateway

    @rule(client=clients, fault=st.sampled_from([None, *FAULTS]))
    def a_connection_is_faulty(self, client: int, fault: str | None) -> None:
        row = self.rows[client]
        if row is not None:
            self.gateway.faults.pop(row.connection_id, None)
            if fault is not None:
                self.whole[client].clear()
                self.gateway.faults[row.connection_id] = fault

    @rule(delaying=st.booleans())
    def chunks_are_delayed(self, delaying: bool) -> None:
        self.gateway.delaying = delaying

    @rule(dice=st.randoms(use_true_random=False), again=st.booleans())
    def a_chunk_arrives(self, dice: Random, again: bool) -> None:
        """Any of those on their way; maybe once more later, maybe only after its clients have left."""
        self.gateway.on_their_way += [chunks.decoded(event["chunk"]).posts for _, event in self.functions.take()]
        on_their_way, delaying = self.gateway.on_their_way, self.gateway.delaying
        if on_their_way:
            chunk = on_their_way.pop(dice.randrange(len(on_their_way)))
            self.gateway.delaying = False
            self.gateway.post(chunk)
            self.gateway.delaying = delaying
            if again:
                on_their_way.append(chunk)

    # Clients

    @rule(client=clients)
    def connect(self, client: int) -> None:
        """Connects again and resumes at the client's cursor."""
        self.leave(client, tells=True)
        tenant_id, role, may_watch = PEOPLE[client]
        principal = Principal(
            tenant_id,
            "delivery",
            f"user{client}",
            role,
            "s",
            2**31,
            driver_id="1" if role == "driver" else None,
        )
        inbox = Inbox(self.clients[client], tenant_id, may_watch)
        connection_id = f"c{len(self.inboxes)}"
        self.inboxes.append(inbox)
        self.rows[client] = connections.store(
            principal,
            connection_id,
            channels_at_connect(principal),
            format_="standard",
            correlation_id="x",
            now=now(),
        )
        self.gateway.inboxes[connection_id] = inbox
        for channel in list(self.clients[client].channels):
            self.subscribe(client, channel, None)

    @rule(client=clients, tells=st.booleans())
    def leave(self, client: int, tells: bool) -> None:
        """Without telling, its rows stay behind as a ghost's."""
        row, self.rows[client] = self.rows[client], None
        self.whole[client].clear()
        if row is not None:
            self.gateway.disconnect([row.connection_id])
            if tells:
                connections.delete([row.connection_id])

    @rule(client=clients, channel=channels, between=meanwhile)
    def subscribe(self, client: int, channel: str, between: Meanwhile) -> None:
        """Subscribes until the answer is `recovered`: with its own cursor, then with that of the reloaded list."""
        row = self.rows[client]
        if row is None:
            return
        if channel not in PEOPLE[client][2]:
            with pytest.raises(Forbidden):
                subscriptions.subscribe(row, channel, 0, None)
            return
        watched = self.clients[client].channels.setdefault(channel, Watched())
        late, recovered = self.late, False
        while not recovered:
            try:
                with self.interrupted(between):
                    found = subscriptions.subscribe(row, channel, watched.cursor, watched.epoch)
            except (Died, NotFound):
                return  # no answer: the function died, or the connection has been closed
            if self.rows[client] is not row or self.clients[client].channels.get(channel) is not watched:
                return  # the client that asked has left, or has given the channel up
            *replayed, answer = _messages(channel, found)
            for message in replayed:
                self.clients[client].take(message)
            self.clients[client].subscribed(answer)
            recovered, between = found.recovered, None
        if row.connection_id not in self.gateway.faults and late == self.late:
            self.whole[client].add(channel)
        self.check_whole({PEOPLE[client][0]})

    @rule(client=clients, channel=channels)
    def unsubscribe(self, client: int, channel: str) -> None:
        row = self.rows[client]
        if row is not None:
            self.whole[client].discard(channel)
            self.clients[client].channels.pop(channel, None)
            subscriptions.unsubscribe(row, channel)

    @rule(client=clients)
    def heartbeat(self, client: int) -> None:
        """A client subscribes again from its cursor; a client whose connection was deleted connects again."""
        row = self.rows[client]
        known = row and next(iter(Connection.query(row.connection_id, consistent_read=True)), None)
        if known is None:
            self.connect(client)
            return
        [answer] = ANSWERS["heartbeat"].make(ClientMessage(known, "x", Nothing()))
        for channel in self.clients[client].behind(answer["cursors"]):
            self.subscribe(client, channel, None)

    # Time

    @rule(hours=st.sampled_from([13, 13, 25, 24 * 40]), ttl_comes_by=st.booleans())
    def time_passes(self, hours: int, ttl_comes_by: bool) -> None:
        """Longer than a connection lives, and than Lambda repeats a chunk."""
        self.hours += hours
        self.gateway.on_their_way.clear()
        self.functions.take()
        for client in range(len(PEOPLE)):
            self.leave(client, tells=False)
        let_time_pass((ChannelLog, EventClaim, Connection, Subscription), hours, delete_expired=ttl_comes_by)

    @rule()
    def heads_are_lost(self) -> None:
        """A head stored with an expiry, by a version before this one, goes after 31 days of silence."""
        self.time_passes(24 * 40, ttl_comes_by=True)
        for row in ChannelLog.scan():
            row.delete()

    # What must hold

    def check_whole(self, tenant_ids: set[str]) -> None:
        """Not while another function is between its append and its posts."""
        if self.publishing:
            return
        for tenant_id in tenant_ids:
            heads = log.heads(tenant_id, CHANNELS)
            for (of, _, _), client, names in zip(PEOPLE, self.clients, self.whole, strict=True):
                if of == tenant_id:
                    assert {name: client.channels[name].cursor for name in names} == {
                        name: heads[name].cursor for name in names
                    }

    def recover(self) -> None:
        self.stale.close()
        self.gateway.faults.clear()
        self.gateway.delaying = False
        while self.due:
            self.publish(self.due.pop(), None)
        for client in range(len(PEOPLE)):
            self.heartbeat(client)

    def check(self) -> None:
        assert [inbox.crossed for inbox in self.inboxes if inbox.crossed] == []
        logged: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
        for row in ChannelLog.scan():
            if row.seq:
                event = log.decoded(row)
                name = row.channel_key.partition("#")[2]
                assert event.id not in logged[event.tenant_id, name], "an event has two numbers"
                logged[event.tenant_id, name][event.id] = int(row.seq)
        for event, hours in self.published.values():
            if self.hours - hours < 24:
                assert all(event.id in logged[event.tenant_id, name] for name in event.channels)
        for (tenant_id, _, _), client in zip(PEOPLE, self.clients, strict=True):
            for name, watched in client.channels.items():
                head = log.heads(tenant_id, (name,))[name]
                assert watched.cursor == head.cursor
                assert len(watched.got) == watched.cursor - watched.base, "one for each number, no more, no fewer"
                assert len(set(watched.got)) == len(watched.got), "an event came twice"
                for event_id, number in logged[tenant_id, name].items():
                    if number > watched.base:
                        assert watched.got[number - watched.base - 1] == event_id
                assert watched.held == {}


def _messages(channel: str, found: Replay) -> list[dict[str, Any]]:
    """What a client is sent of a replay."""
    replayed = [render(each.event, each.cursors, "standard") or {} for each in found.events]
    head = {"channel": channel, "cursor": found.head.cursor, "epoch": found.head.epoch}
    return [*replayed, {**head, "recovered": found.recovered}]


TestNeverMiss = NeverMiss.TestCase
TestNeverMiss.settings = settings(
    max_examples=35,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
