"""A simulation: a prepared business, one flow through the real functions with planned faults, and its clients.

`Simulation.run` begins each time with the same stored state. What fails is repeated as its real caller repeats it:
clients send a request again with the same content, streams and queues deliver again, and time passes meanwhile.
"""

import pickle
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, TypeVar
from uuid import uuid4

from chalicelib.auth.rate_limits import refusals
from chalicelib.auth.revocations import revocations
from chalicelib.consumers.dead_letters import sent_ids
from chalicelib.models.notification import Notification
from chalicelib.models.order import Order
from chalicelib.models.user import User
from chalicelib.monitoring.stream_health import measured_at, slowest
from chalicelib.realtime.backlog import backlog
from chalicelib.realtime.events import Event
from chalicelib.realtime.gateway import posters
from chalicelib.realtime.pace import senders
from chalicelib.realtime.posts import BRIEF, FIRST_ROUND, PATIENT
from chalicelib.realtime.slow import slow_connections
from chalicelib.sms.claims import LEASE
from chalicelib.sms.providers import cached_providers
from chalicelib.sms.providers.base import OutgoingSms
from chalicelib.sms.stats import cached_names
from tests.api_client import Answer
from tests.aws_in_process import empty_queues, moto_tables
from tests.crashes import Crash
from tests.factories import Business
from tests.proof.faults import Fault, Injector
from tests.proof.outside import Client, SimulatedGateway, SimulatedProvider
from tests.sms.fakes import always
from tests.world import STREAMS, World

Result = TypeVar("Result")
# So that small files have several parts.
ROWS_PER_PART: Final = 2
# A round delivers all that waits; what it causes comes in the next round.
MOST_ROUNDS: Final = 20
# The outcome of an invocation that died or raised.
FAILED: Final = object()


class WaitsForEver(AssertionError):
    """Work that no attempt finishes."""


@dataclass
class Outside:
    """What is not stored in AWS: the clients, and what they have asked for.

    statuses: acknowledged changes, as (order, status). requested: how many orders clients asked for.
    delivered: the SMS on customers' phones, by idempotency key. imports: the rows of finished imports' files.
    customer_notes: acknowledged notes by customer. sign_ins: how often a client asked for a session.
    refresh_tokens: those of its session, oldest first. published: ids of acknowledged announcements. unasked: by
    client, its cursors before the heartbeats.
    """

    clients: dict[str, Client] = field(default_factory=dict)
    statuses: list[tuple[str, str]] = field(default_factory=list)
    requested: int = 0
    delivered: dict[str, OutgoingSms] = field(default_factory=dict)
    imports: dict[str, Sequence[Sequence[str]]] = field(default_factory=dict)
    customer_notes: dict[str, str] = field(default_factory=dict)
    sign_ins: int = 0
    refresh_tokens: list[str] = field(default_factory=list)
    published: list[str] = field(default_factory=list)
    unasked: dict[str, dict[str, int]] = field(default_factory=dict)


class Simulation:
    """business, other: two tenants. facts: what a flow prepared, by name. plan: the faults of this run.

    log, orders: the stored events by channel key, and the orders, once they have been read after the run.
    """

    def __init__(self, world: World, injector: Injector, business: Business, other: Business) -> None:
        self.world, self.injector, self.business, self.other = world, injector, business, other
        self.facts: dict[str, Any] = {}
        self.outside = Outside()
        self.log: dict[str, list[tuple[int, Event]]] | None = None
        self.orders: list[Order] | None = None
        self.plan: tuple[Fault, ...] = ()
        self.gateway = SimulatedGateway(injector, [])
        self.provider = SimulatedProvider(injector, self.outside.delivered)
        self._saved: tuple[bytes, Outside] | None = None
        self.start_process()

    # A run

    def save(self) -> None:
        """Stores the state that every run begins with. Queues must be empty."""
        self._saved = pickle.dumps(dict(moto_tables())), deepcopy(self.outside)

    def run(self, act: Callable[["Simulation"], None], plan: tuple[Fault, ...] = ()) -> list[str]:
        """Runs a flow with faults, delivers all that waits, and lets the clients catch up; the flow's calls."""
        assert self._saved is not None
        stored, outside = self._saved
        moto_tables().update(pickle.loads(stored))
        self.world.restart_streams()
        self.world.functions.take()
        empty_queues()
        self.outside, self.plan = deepcopy(outside), plan
        self.log = self.orders = None
        self.gateway = SimulatedGateway(self.injector, list(self.outside.clients.values()))
        forgets = bool(self.facts.get("provider forgets"))
        self.provider = SimulatedProvider(self.injector, self.outside.delivered, forgets=forgets)
        self.injector.begin(plan)
        self.start_process()
        act(self)
        self.settle()
        calls = list(self.injector.calls)
        self.injector.end()
        clients = self.outside.clients.items()
        self.outside.unasked = {name: each.undisturbed() for name, each in clients if self.gateway.is_open(each)}
        self.catch_up()
        return calls

    def start_process(self) -> None:
        """A new process: nothing is cached."""
        self.injector.start_process()
        for cache in (revocations, refusals, senders, cached_providers, cached_names):
            cache.clear()
        for memory in (slow_connections, backlog, sent_ids, measured_at, slowest):
            memory.cache_clear()
        for each in posters().values():
            each.close()
        for patience in (FIRST_ROUND, BRIEF, PATIENT):
            posters()[patience] = self.gateway  # type: ignore[assignment] # it does what they do

    def repeat(self, invoke: Callable[[], Result]) -> Result:
        """Invokes until it succeeds, as streams and queues do. Each fault may cost one attempt."""
        failure: BaseException | None = None
        for _ in range(len(self.plan) + 1):
            try:
                return invoke()
            except Crash as death:
                failure = death
                self.start_process()
            except Exception as error:  # noqa: BLE001 — AWS invokes it again, whatever it was
                failure = error
            self.pass_time()
        raise WaitsForEver("every attempt fails") from failure

    # Clients

    def request(self, send: Callable[[], Answer]) -> Answer:
        """A request and its final answer: the client repeats it while it gets none, or is asked to repeat it."""

        def attempt() -> Answer:
            answer = send()
            if answer.status >= 500 or answer.status == 429:
                raise ConnectionError(answer.body)
            return answer

        return self.repeat(attempt)

    def connect(self, name: str, user: User, *channels: str) -> None:
        """A client that connects, and has its welcome after `settle`. channels: those it is entitled to."""
        self.connect_with(name, user, self.world.api.token(user), *channels)

    def connect_with(self, name: str, user: User, token: str, *channels: str) -> None:
        """A client with this token."""
        entitled = frozenset({*channels, f"user:{user.id}", "system"})
        client = self.outside.clients[name] = Client(user.tenant_id, token, entitled)
        self.connect_again(client)

    def connect_again(self, client: Client) -> None:
        def attempt() -> None:
            client.connected(f"{uuid4()}=")
            self.gateway.admit(client)
            answer = self.world.handshake(client.connection_id, token=client.token, format="standard")
            if answer["statusCode"] != 200:
                raise ConnectionError(answer)

        self.repeat(attempt)

    def ask(self, client: Client, message: dict[str, Any]) -> dict[str, Any]:
        """The answer to a client's message. A client that gets none connects again."""

        def attempt() -> dict[str, Any]:
            before = len(client.received)
            try:
                self.world.send(client.connection_id, message)
            except Crash:
                self.start_process()
            answers = [each for each in client.received[before:] if each["type"] not in ("error", "closing")]
            if answers:
                return answers[-1]
            self.gateway.disconnect([client.connection_id])
            self.connect_again(client)
            raise ConnectionError("no answer")

        return self.repeat(attempt)

    def catch_up(self) -> None:
        """Each client sends a heartbeat and subscribes again where it is behind."""
        for client in self.outside.clients.values():
            if not self.gateway.is_open(client):
                self.connect_again(client)
        self.settle()
        for client in self.outside.clients.values():
            heartbeat = self.ask(client, {"type": "heartbeat"})
            for channel in client.model.behind(heartbeat["cursors"]):
                watched = client.model.channels[channel]
                since = {"since": watched.cursor, "epoch": watched.epoch}
                self.ask(client, {"type": "subscribe", "channel": channel, **since})

    # Streams and queues

    def settle(self) -> None:
        """Delivers until nothing waits. Raises WaitsForEver."""
        for _ in range(MOST_ROUNDS):
            if not self._deliver_round():
                return
        raise WaitsForEver(f"after {MOST_ROUNDS} rounds")

    def pass_time(self) -> None:
        """Longer than a claim of an SMS lasts and than a queue hides a message."""
        self.world.make_queue_visible()
        seconds = (LEASE + timedelta(minutes=1)).seconds
        for row in Notification.query(self.business.tenant.id):
            if row.sending_since is not None:
                row.update([Notification.sending_since.set(Notification.sending_since - seconds)])

    def _deliver_round(self) -> bool:
        is_busy = False
        for table in STREAMS:
            if records := self.world.take(table):
                is_busy = True
                self.repeat(lambda table=table, records=records: self.world.follow(table, records))  # type: ignore[misc]
        for invoked in self.world.functions.take():
            is_busy = True
            self.repeat(lambda invoked=invoked: self.world.run_chunk(*invoked))  # type: ignore[misc]
        return self._send_sms() or self._import() or is_busy

    def _send_sms(self) -> bool:
        answer = self._invoke_once(lambda: self.world.deliver_sms(provider_for=always(self.provider)))
        if answer is FAILED or (answer is not None and answer["batchItemFailures"]):
            self.pass_time()
        return answer is not None

    def _import(self) -> bool:
        return bool(self._invoke_once(lambda: self.world.deliver_imports(rows_per_part=ROWS_PER_PART)))

    def _invoke_once(self, invoke: Callable[[], Any]) -> Any:
        """The answer of a queue's function, or FAILED: then the queue delivers its messages again."""
        try:
            return invoke()
        except Crash:
            self.start_process()
            return FAILED
        except Exception:  # noqa: BLE001 — as Lambda does, whatever it was
            return FAILED
