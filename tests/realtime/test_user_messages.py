"""Messages to one user: published, received, reloaded, seen, repeated and expired in any order, on three devices.

The real log, subscriptions, fan-out, welcomes and answers on moto; eventually consistent reads are a write behind.
Two devices have a client that sends `seen`; the third has one of an older guide, which shows what comes and sends
heartbeats.

What must hold at any time: a connection receives with its welcome what is stored and not seen, whole and in order;
a page shows no message twice, those of our client in order; an open page has all that was published since.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from random import Random
from typing import Any

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from chalicelib.auth.principal import DRIVER, Principal
from chalicelib.core import aws
from chalicelib.core.clock import now
from chalicelib.models.channel_log import ChannelLog, EventClaim
from chalicelib.models.connection import Connection
from chalicelib.models.read_cursor import ReadCursor
from chalicelib.realtime import broadcast, connections
from chalicelib.realtime.channel_access import channels_at_connect
from chalicelib.realtime.events import Event
from chalicelib.realtime.posts import Outcome, Post
from chalicelib.realtime.welcomes import first_payloads
from chalicelib.sockets.answers import ANSWERS, ClientMessage
from chalicelib.sockets.client_messages import Nothing, Seen
from tests.aws_in_process import aws_in_process
from tests.calls import before_call
from tests.realtime.expiry import let_time_pass
from tests.stale_reads import stale_reads

# Random histories take some seconds, and minutes on a machine where other tests run.

TABLES = {"ChannelLogTable", "EventClaimsTable", "ConnectionsTable", "SubscriptionsTable", "ReadCursorsTable"}
CHANNEL = "user:u"
WEEK_HOURS = 7 * 24
OLDER_CLIENT = 2

devices = st.integers(0, 2)
# Before which call to DynamoDB of a welcome a message is published.
meanwhile = st.none() | st.integers(0, 4)


class Page:
    """The state of a client between two reloads. cursor: None before the first welcome.

    passed: numbers before a welcome's cursor, which the client skips.
    """

    def __init__(self, *, is_older: bool) -> None:
        self.is_older = is_older
        self.cursor: int | None = None
        self.held: dict[int, str] = {}
        self.shown: list[int] = []
        self.passed: set[int] = set()
        self.ids: set[str] = set()

    def welcome(self, since: int) -> None:
        if self.cursor is not None:
            self.passed |= set(range(self.cursor + 1, since + 1))
        self.cursor = max(self.cursor or 0, since)
        self._advance()

    def take(self, message: dict[str, Any]) -> None:
        if message["id"] in self.ids:
            return
        number = message["cursors"][CHANNEL]
        if self.is_older:
            self.ids.add(message["id"])
            self.shown.append(number)
        else:
            self.held[number] = message["id"]
            self._advance()

    def _advance(self) -> None:
        while self.cursor is not None and (id_ := self.held.pop(self.cursor + 1, None)):
            self.cursor += 1
            self.ids.add(id_)
            self.shown.append(self.cursor)


class Pages:
    """A gateway whose posts reach the pages of open connections."""

    def __init__(self) -> None:
        self.open: dict[str, Page] = {}

    def post(self, posts: Sequence[Post]) -> Outcome:
        outcome = Outcome(answered=True)
        for post in posts:
            page = self.open.get(post.connection_id)
            if page is None:
                outcome.gone.append(post.connection_id)
                continue
            outcome.sent += 1
            for payload in post.payloads:
                page.take(msgspec.json.decode(payload))
        return outcome

    def find_gone(self, connection_ids: Sequence[str]) -> Sequence[str]:
        return [connection_id for connection_id in connection_ids if connection_id not in self.open]

    def disconnect(self, connection_ids: Sequence[str]) -> Sequence[str]:
        return connection_ids


class UserMessages(RuleBasedStateMachine):
    """published: (event, the hour of its publication), by number from 1 on. ever: numbers that devices showed."""

    @initialize()
    def start(self) -> None:
        self.world = ExitStack()
        self.world.enter_context(aws_in_process(aws.client, only=TABLES))
        self.world.enter_context(stale_reads())
        self.gateway = Pages()
        self.pages = [Page(is_older=n == OLDER_CLIENT) for n in range(3)]
        self.connection_ids: list[str | None] = [None] * 3
        self.connected = self.hours = self.seen = 0
        self.published: list[tuple[Event, int]] = []
        self.ever: list[set[int]] = [set() for _ in range(3)]

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.world.close()

    # What happens

    @rule(count=st.integers(1, 3))
    def messages_are_sent(self, count: int) -> None:
        events = [
            Event(
                id=f"m{len(self.published) + n + 1}",
                type="personal_message",
                tenant_id="t",
                channels=(CHANNEL,),
                data={},
                timestamp="2026-11-22T04:00:00.000Z",
            )
            for n in range(count)
        ]
        self.published += [(event, self.hours) for event in events]
        broadcast.publish(events, gateway=self.gateway)

    @rule(dice=st.randoms(use_true_random=False))
    def a_record_is_repeated(self, dice: Random) -> None:
        """A stream stores its records for a day."""
        if fresh := [event for event, hour in self.published if self.hours - hour < 24]:
            broadcast.publish([dice.choice(fresh)], gateway=self.gateway)

    @rule(device=devices, between=meanwhile)
    def connect(self, device: int, between: int | None) -> None:
        self.leave(device, tells=True)
        connection_id = f"c{self.connected}"
        self.connected += 1
        principal = Principal("t", "delivery", "u", DRIVER, f"session{device}", 2**31, driver_id="1")
        page = self.pages[device]
        row = connections.store(
            principal,
            connection_id,
            channels_at_connect(principal),
            format_="standard",
            correlation_id="x",
            now=now(),
        )
        self.connection_ids[device], self.gateway.open[connection_id] = connection_id, page
        with ExitStack() if between is None else before_call(between, lambda: self.messages_are_sent(1)):
            payloads = first_payloads(row, now=now())
        welcome, *stored = [msgspec.json.decode(payload) for payload in payloads]
        since, head = welcome["data"]["seen"][CHANNEL], welcome["data"]["cursors"].get(CHANNEL, 0)
        self.check_delivery(device, since, head, [message["cursors"][CHANNEL] for message in stored])
        page.welcome(since)
        for message in stored:
            assert message["id"] == self.published[message["cursors"][CHANNEL] - 1][0].id
            page.take(message)
        if device != OLDER_CLIENT:
            # As our client does: it declares that its heartbeats are no receipts.
            assert self.send_seen(device, since) == max(self.seen, since)
            self.seen = max(self.seen, since)

    def check_delivery(self, device: int, since: int, head: int, numbers: list[int]) -> None:
        """What a welcome delivers is what it must; what an older client does not receive again it has shown."""
        due = [n for n in range(self.seen + 1, head + 1) if self.is_stored(n)]
        if device == OLDER_CLIENT:
            left_out = due[: len(due) - len(numbers)]
            assert self.ever[device].issuperset(left_out), "left out and never shown"
            due = due[len(left_out) :]
        assert numbers == due
        assert since == (due[0] - 1 if due else head)

    def is_stored(self, number: int) -> bool:
        return self.hours - self.published[number - 1][1] < WEEK_HOURS

    @rule(device=devices, between=meanwhile)
    def reload(self, device: int, between: int | None) -> None:
        """What was shown and not dismissed is gone with the page."""
        self.leave(device, tells=True)
        self.ever[device].update(self.pages[device].shown)
        self.pages[device] = Page(is_older=device == OLDER_CLIENT)
        self.connect(device, between)

    @rule(device=devices, tells=st.booleans())
    def leave(self, device: int, tells: bool) -> None:
        """Without telling, its rows stay behind as a ghost's."""
        connection_id, self.connection_ids[device] = self.connection_ids[device], None
        if connection_id is not None:
            del self.gateway.open[connection_id]
            if tells:
                connections.delete([connection_id])

    @rule(device=st.integers(0, 1), dice=st.randoms(use_true_random=False))
    def see(self, device: int, dice: Random) -> None:
        """A message is dismissed that this page shows; maybe an earlier one than another device has dismissed."""
        if self.connection_ids[device] is not None and self.pages[device].shown:
            number = dice.choice(self.pages[device].shown)
            self.seen = max(self.seen, number)
            assert self.send_seen(device, number) == self.seen

    def send_seen(self, device: int, cursor: int) -> int:
        [answer] = ANSWERS["seen"].make(ClientMessage(self.row(device), "x", Seen(CHANNEL, cursor)))
        number: int = answer["cursor"]
        return number

    @rule(device=devices)
    def heartbeat(self, device: int) -> None:
        """Half a minute after the one before."""
        if self.connection_ids[device] is not None:
            row = self.row(device)
            if row.answered_at is not None:
                row.update([Connection.answered_at.set(row.answered_at - 30)])
            ANSWERS["heartbeat"].make(ClientMessage(self.row(device), "x", Nothing()))

    @rule()
    def an_older_client_that_has_sent_heartbeats_for_a_minute_receives_nothing_again(self) -> None:
        if self.connection_ids[OLDER_CLIENT] is None:
            self.connect(OLDER_CLIENT, None)
        # Heartbeats read heads a write behind, so another channel's must be the last.
        ChannelLog("t#system", 0, cursor=0, epoch="e").save()
        for _ in range(2):
            self.heartbeat(OLDER_CLIENT)
        self.reload(OLDER_CLIENT, None)
        assert self.pages[OLDER_CLIENT].shown == []

    def row(self, device: int) -> Connection:
        return Connection.get(self.connection_ids[device], consistent_read=True)

    @rule(hours=st.sampled_from([1, 13, 71, 100, 24 * 40]), ttl_comes_by=st.booleans())
    def time_passes(self, hours: int, ttl_comes_by: bool) -> None:
        """Everybody leaves meanwhile: no connection is open for so long."""
        self.hours += hours
        for device in range(3):
            self.leave(device, tells=False)
        let_time_pass((ChannelLog, EventClaim, ReadCursor), hours, delete_expired=ttl_comes_by)

    # What must hold

    @invariant()
    def pages_show_each_message_once_and_open_ones_have_all(self) -> None:
        for device, page in enumerate(self.pages if hasattr(self, "pages") else ()):
            assert len(set(page.shown)) == len(page.shown)
            self.ever[device].update(page.shown)
            if page.is_older or self.connection_ids[device] is None:
                continue
            assert page.shown == sorted(page.shown)
            assert page.cursor == len(self.published)
            if page.shown:
                since_first = set(range(page.shown[0], len(self.published) + 1))
                assert since_first <= {*page.shown, *page.passed}


TestUserMessages = UserMessages.TestCase
TestUserMessages.settings = settings(
    max_examples=15,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
