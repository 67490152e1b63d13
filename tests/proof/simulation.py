"""A simulation: a prepared business, one flow through the real functions with planned faults, and its clients.

`Simulation.run` begins each time with the same stored state. What fails is repeated as its real caller repeats it:
clients send a request again with the same content, streams and queues deliver again, and time passes meanwhile.
"""

import pickle
from collections.abc import Callable
from time import process_time
from typing import Any
from uuid import uuid4

from chalicelib.models.order import Order
from chalicelib.models.user import User
from chalicelib.realtime.events import Event
from tests.api_client import Answer
from tests.aws_in_process import empty_queues, moto_tables
from tests.crashes import Crash
from tests.factories import Business
from tests.proof.faults import Fault, Injector
from tests.proof.invocations import Invocations
from tests.proof.outside import Client, Outside, SimulatedGateway, SimulatedProvider
from tests.world import World


class Simulation(Invocations):
    """business, other: two tenants. facts: what a flow prepared, by name.

    log, orders: the stored events by channel key, and the orders, once they have been read after the run.
    """

    def __init__(self, world: World, injector: Injector, business: Business, other: Business) -> None:
        self.outside = Outside()
        gateway, provider = SimulatedGateway(injector, []), SimulatedProvider(injector, self.outside.delivered)
        super().__init__(world, injector, gateway, provider)
        self.business, self.other = business, other
        self.facts: dict[str, Any] = {}
        self.log: dict[str, list[tuple[int, Event]]] | None = None
        self.orders: list[Order] | None = None
        self._saved: bytes | None = None
        self._started = process_time()

    @property
    def seconds(self) -> float:
        """Of the processor, since this simulation was made."""
        return process_time() - self._started

    # A run

    def save(self) -> None:
        """Stores the state that every run begins with. Queues must be empty."""
        self._saved = pickle.dumps((dict(moto_tables()), self.outside))

    def run(self, act: Callable[["Simulation"], None], plan: tuple[Fault, ...] = ()) -> list[str]:
        """Runs a flow with faults, delivers all that waits, and lets the clients catch up; the flow's calls."""
        assert self._saved is not None
        stored, self.outside = pickle.loads(self._saved)
        moto_tables().update(stored)
        self.world.restart_streams()
        self.world.functions.take()
        empty_queues()
        self.plan, self.later = plan, []
        self.log = self.orders = None
        self.gateway = SimulatedGateway(self.injector, list(self.outside.clients.values()))
        forgets = bool(self.facts.get("provider forgets"))
        self.provider = SimulatedProvider(self.injector, self.outside.delivered, forgets=forgets)
        self.injector.begin(plan)
        self.start_process()
        act(self)
        self.settle()
        self.deliver_a_day_later()
        calls = list(self.injector.calls)
        self.injector.end()
        clients = self.outside.clients.items()
        self.outside.unasked = {name: each.undisturbed() for name, each in clients if self.gateway.is_open(each)}
        self.catch_up()
        return calls

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
            self.gateway.disconnect([client.connection_id])
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

    def subscribe(self, client: Client, channel: str) -> None:
        """Subscribes from the cursor that the client has."""
        watched = client.model.channels[channel]
        since = {"since": watched.cursor, "epoch": watched.epoch}
        self.ask(client, {"type": "subscribe", "channel": channel, **since})

    def catch_up(self) -> None:
        """Each client sends a heartbeat and subscribes again where it is behind."""
        for client in self.outside.clients.values():
            if not self.gateway.is_open(client):
                self.connect_again(client)
        self.settle()
        for client in self.outside.clients.values():
            heartbeat = self.ask(client, {"type": "heartbeat"})
            for channel in client.model.behind(heartbeat["cursors"]):
                if channel not in client.entitled:
                    # The notice that its access has ended was lost.
                    del client.model.channels[channel]
                    continue
                self.subscribe(client, channel)
