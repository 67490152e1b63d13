"""Faults at the calls of a run: a fault is identified by the number of the call, from 0, and its kind.

die before, die after: the process ends; the call had no effect, or had it. All later calls of the invocation
    end, too, because a dead process makes none.
throttle: the service refuses the call at all attempts.
lose: the call takes effect, and no attempt brings an answer.
repeat: botocore repeats a write whose answer was lost; both attempts reach DynamoDB.
overtake: another client's request runs first.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, Final, NamedTuple

from botocore.exceptions import ReadTimeoutError

from tests.aws_in_process import moto_answers
from tests.calls import all_clients, function
from tests.crashes import crash
from tests.lost_answers import WRITES

DEATHS: Final = ("die before", "die after")
KINDS: Final = (*DEATHS, "throttle", "lose", "repeat", "overtake")
# The codes by which a service refuses a call because of its rate.
_THROTTLED: Final = {
    "dynamodb": "ProvisionedThroughputExceededException",
    "lambda": "TooManyRequestsException",
    "s3": "SlowDown",
}
_FAULT: Final = "fault_of_this_call"


class Fault(NamedTuple):
    call: int
    kind: str


def kinds_at(call: str) -> tuple[str, ...]:
    """The faults that a call may meet. call: ends with its service and operation."""
    service, _, operation = call.rsplit(maxsplit=1)[-1].partition(".")
    if service == "provider":
        # Deaths around it are those at the neighbouring calls.
        return ("throttle", "lose")
    if service == "gateway":
        return (*DEATHS, "throttle", "lose")
    is_repeatable = service == "dynamodb" and operation in WRITES
    return tuple(kind for kind in KINDS if kind != "repeat" or is_repeatable)


class Injector:
    """Counts the calls that functions make, and applies the plan to them.

    calls: one text for each call, `function service.Operation`. injected: the faults that were applied, so a
    fault that does not fit its call is absent. overtaker: the other client's request.
    """

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.injected: list[Fault] = []
        self.overtaker: Callable[[], object] = lambda: None
        self._plan: Mapping[int, str] = {}
        self._dead = self._overtaking = self._counting = False

    def begin(self, plan: tuple[Fault, ...]) -> None:
        """Starts a run. At most one fault for each call."""
        self._plan = dict(plan)
        self.calls, self.injected, self._counting = [], [], True
        self.start_process()

    def end(self) -> None:
        """Later calls meet no faults and are not counted."""
        self._plan, self._counting = {}, False
        self.start_process()

    def start_process(self) -> None:
        """The next call is made by a process that lives."""
        self._dead = False

    def at_call(self, name: str) -> str | None:
        """Counts a call; returns its fault if the call may meet it. Raises Crash."""
        if function() is None or self._overtaking or not self._counting:
            return None
        if self._dead:
            crash()
        kind = self._plan.get(len(self.calls))
        self.calls.append(f"{function()} {name}")
        if kind not in kinds_at(name):
            return None
        self.injected.append(Fault(len(self.calls) - 1, kind))
        if kind == "die before":
            self.die()
        return kind

    def die(self) -> None:
        self._dead = True
        crash()

    @contextmanager
    def listening(self) -> Iterator["Injector"]:
        """All clients of this process meanwhile."""
        clients = all_clients()
        for client in clients:
            # First: before the handlers that answer in place of AWS.
            client.meta.events.register_first("before-call", self._before)
            client.meta.events.register_last("after-call", self._after)
        try:
            yield self
        finally:
            for client in clients:
                client.meta.events.unregister("before-call", self._before)
                client.meta.events.unregister("after-call", self._after)

    def _before(self, model: Any, params: Any, context: Any, **_: Any) -> Any:
        service = model.service_model.service_name
        context[_FAULT] = kind = self.at_call(f"{service}.{model.name}")
        if kind == "throttle":
            error = {"Code": _THROTTLED.get(service, "ThrottlingException"), "Message": "injected"}
            return SimpleNamespace(status_code=400), {"Error": error, "ResponseMetadata": {}}
        if kind == "repeat":
            answer = moto_answers()(model=model, params=params)
            # DynamoDB recognises a repeated transaction by its token, and answers as the first time.
            return answer if model.name == "TransactWriteItems" else None
        if kind == "overtake":
            self._overtaking = True
            try:
                self.overtaker()
            finally:
                self._overtaking = False
        return None

    def _after(self, context: Any, **_: Any) -> None:
        kind = context.pop(_FAULT, None)
        if kind == "die after":
            self.die()
        if kind == "lose":
            raise ReadTimeoutError(endpoint_url="https://aws.test")
