"""What Lambda does in a simulation: it invokes functions for streams and queues, and again when they fail."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, TypeVar
from uuid import uuid4

from chalicelib.auth.rate_limits import refusals
from chalicelib.auth.revocations import revocations
from chalicelib.consumers.dead_letters import sent_ids
from chalicelib.core.clock import epoch, now
from chalicelib.models.notification import Notification
from chalicelib.monitoring.stream_health import measured_at, slowest
from chalicelib.realtime.backlog import backlog
from chalicelib.realtime.gateway import posters
from chalicelib.realtime.pace import senders
from chalicelib.realtime.posts import BRIEF, FIRST_ROUND, PATIENT
from chalicelib.realtime.slow import slow_connections
from chalicelib.sms.claims import LEASE
from chalicelib.sms.providers import cached_providers
from chalicelib.sms.stats import cached_names
from tests.aws_in_process import empty_queues, moto_tables, queued_messages
from tests.calls import outside_of_functions, running_as
from tests.crashes import Crash
from tests.proof.faults import Fault, Injector
from tests.proof.outside import SimulatedGateway, SimulatedProvider
from tests.sms.fakes import always
from tests.world import STREAMS, World

Result = TypeVar("Result")
Records = list[dict[str, Any]]
# So that small files have several parts.
ROWS_PER_PART: Final = 2
# A round delivers all that waits; what it causes comes in the next round.
MOST_ROUNDS: Final = 20
# The outcome of an invocation that died or raised.
FAILED: Final = object()
# A stream repeats a record for a day at most.
_A_DAY: Final = timedelta(hours=23)
_QUEUE: Final = "luckygas-test-{}"


class WaitsForEver(AssertionError):
    """Work that no attempt finishes."""


@dataclass
class _Invocation:
    """outcomes: of the repeat that has overtaken it."""

    invoke: Callable[[], Any]
    outcomes: list[Any] = field(default_factory=list)


class Invocations:
    """plan: the faults of this run. later: batches that come again a day later, as (table, records)."""

    def __init__(
        self, world: World, injector: Injector, gateway: SimulatedGateway, provider: SimulatedProvider
    ) -> None:
        self.world, self.injector, self.gateway, self.provider = world, injector, gateway, provider
        self.plan: tuple[Fault, ...] = ()
        self.later: list[tuple[str, Records]] = []
        self._current: _Invocation | None = None
        injector.repeater = self._overtake
        self.start_process()

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
                return self._outcome(invoke)
            except (Crash, Exception) as error:  # noqa: BLE001 — AWS invokes it again, whatever it was
                failure = error
            self.pass_time()
        raise WaitsForEver("every attempt fails") from failure

    def pass_time(self) -> None:
        """Longer than a claim of an SMS lasts and than a queue hides a message."""
        self.world.make_queue_visible()
        seconds = (LEASE + timedelta(minutes=1)).seconds
        with outside_of_functions():
            for row in Notification.scan(Notification.sending_since > 0):
                row.update([Notification.sending_since.set(Notification.sending_since - seconds)])

    def settle(self) -> None:
        """Delivers until nothing waits. Raises WaitsForEver."""
        if self.injector.is_overtaking:
            # In the middle of an invocation, whose stream must not be delivered meanwhile.
            return
        for _ in range(MOST_ROUNDS):
            if not self._deliver_round():
                return
        raise WaitsForEver(f"after {MOST_ROUNDS} rounds")

    def deliver_a_day_later(self) -> None:
        """Delivers the batches of `later` again, and what they cause."""
        if not self.later:
            return
        self.gateway.disconnect_all()
        _expire()
        for table, records in self.later:
            self.repeat(lambda table=table, records=records: self.world.follow(table, records))  # type: ignore[misc]
        self.settle()

    def _outcome(self, invoke: Callable[[], Result]) -> Result:
        """The outcome of an invocation, or of its repeat that has overtaken it: its caller has given it up.

        Raises what the invocation raises; Crash if it died.
        """
        outer, self._current = self._current, _Invocation(invoke)
        outcomes: list[Result] = self._current.outcomes
        try:
            outcomes.append(invoke())
        except (Crash, Exception) as error:
            if isinstance(error, Crash):
                self.start_process()
            if not outcomes:
                raise
        finally:
            self._current = outer
        return outcomes[0]

    def _overtake(self, kind: str) -> None:
        """Repeats the invocation that is running; only once. kind: `late` if its time has ended."""
        running = self._current
        if running is None or running.outcomes:
            return
        if kind == "late":
            self.pass_time()
        else:
            self.world.make_queue_visible()
        # If it fails, it comes a third time.
        with suppress(Crash, Exception):
            running.outcomes.append(running.invoke())

    def _deliver_round(self) -> bool:
        is_busy = False
        for table in STREAMS:
            if records := self.world.take(table):
                is_busy = True
                self._follow(table, records)
        for invoked in self.world.functions.take():
            is_busy = True
            self.repeat(lambda invoked=invoked: self.world.run_chunk(*invoked))  # type: ignore[misc]
        return self._send_sms() or self._import() or is_busy

    def _follow(self, table: str, records: Records) -> None:
        fault = self._fault_of_delivery(STREAMS[table][0], "stream")
        batches: Sequence[Records] = [records]
        if fault == "apart":
            batches = [[record] for record in records]
        if fault == "unreadable":
            batches = [[_unreadable(records[0]), *records]]
        if fault == "twice":
            batches = [records, records]
        if fault == "a day later":
            self.later.append((table, records))
        for batch in batches:
            self.repeat(lambda batch=batch: self.world.follow(table, batch))  # type: ignore[misc]
        if fault == "unreadable":
            # An operator looks at it.
            empty_queues(_QUEUE.format("stream-dead-letters"))

    def _send_sms(self) -> bool:
        if _QUEUE.format("sms") not in queued_messages():
            return False
        times = 2 if self._fault_of_delivery("send_sms", "queue") else 1
        answer = self._invoke_once(lambda: self.world.deliver_sms(times=times, provider_for=always(self.provider)))
        if answer is FAILED or (answer is not None and answer["batchItemFailures"]):
            self.pass_time()
        return answer is not None

    def _import(self) -> bool:
        if _QUEUE.format("imports") not in queued_messages():
            return False
        times = 2 if self._fault_of_delivery("run_import", "queue") else 1
        return bool(
            self._invoke_once(lambda: self.world.deliver_imports(times=times, rows_per_part=ROWS_PER_PART))
        )

    def _fault_of_delivery(self, function: str, source: str) -> str | None:
        with running_as(function):
            return self.injector.at_call(f"{source}.Deliver")

    def _invoke_once(self, invoke: Callable[[], Any]) -> Any:
        """The answer of a queue's function, or FAILED: then the queue delivers its messages again."""
        try:
            return self._outcome(invoke)
        except (Crash, Exception):  # noqa: BLE001 — as Lambda does, whatever it was
            return FAILED


def _unreadable(record: dict[str, Any]) -> dict[str, Any]:
    """Another record of the table, whose attributes have a wrong type."""
    found = deepcopy(record)
    image, keys = found["dynamodb"].get("NewImage", {}), found["dynamodb"]["Keys"]
    found["dynamodb"]["NewImage"] = {**{name: {"BOOL": True} for name in image}, **keys}
    found["eventID"] = uuid4().hex
    return found


def _expire() -> None:
    """Removes the rows that expire within a day."""
    end = epoch(now() + _A_DAY)
    for table in moto_tables().values():
        for row in list(table.all_items()):
            if "expires_at" in row.attrs and int(row.attrs["expires_at"].value) < end:
                table.delete_item(row.hash_key, row.range_key)
