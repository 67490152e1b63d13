"""Faults at the calls of a run: a fault is identified by the number of the call, from 0, and its kind.

At any call:
die before, die after: the process ends; the call had no effect, or had it. All later calls of the invocation
    end, too, because a dead process makes none.
throttle: the service refuses the call at all attempts.
lose: the call takes effect, and no attempt brings an answer.
overtake: another client's request runs first.

At calls that change something:
repeat: botocore repeats a write whose answer was lost; both attempts reach DynamoDB.
conflict: DynamoDB refuses a write, because another transaction uses the row.
late: the call takes so long that the function's time ends, and claims with it. The invocation is repeated, and
    then the call takes effect.
delay: the caller repeats the invocation while the call is under way. Both live. Not in functions of streams and
    routines that never run twice at once.

At reads and writes of several rows:
part: DynamoDB processes the first row only.

At deliveries of streams and queues:
twice: the batch is delivered again at once.
a day later: the batch is delivered again when all else is done; rows that expire within a day are gone.
unreadable: the first record of the batch cannot be parsed.
apart: each record comes in a batch of its own, as after a failed one.
"""

import json
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
# Time passes while these calls are under way.
SLOW: Final = ("late", "delay")
KINDS: Final = (
    *(*DEATHS, "throttle", "lose", "overtake", "repeat", "conflict", *SLOW, "part"),
    *("twice", "a day later", "unreadable", "apart"),
)
# The codes by which a service refuses a call because of its rate.
_THROTTLED: Final = {
    "dynamodb": "ProvisionedThroughputExceededException",
    "lambda": "TooManyRequestsException",
    "s3": "SlowDown",
}
# Operations that may process a part.
_PARTIAL: Final = ("BatchGetItem", "BatchWriteItem", "Query", "Scan")
# Functions that may run twice at once: clients repeat requests, SQS and schedules deliver twice.
_PARALLEL: Final = ("api_handler", "websocket_connect", "websocket_message", "send_sms", "create_due_orders")
_FAULT: Final = "fault_of_this_call"


class Fault(NamedTuple):
    """kind: of `KINDS`; or `any N`: one that the call may meet, chosen by this number."""

    call: int
    kind: str


def kinds_at(call: str) -> tuple[str, ...]:
    """The faults that a call may meet. call: `function service.Operation`."""
    name, _, called = call.partition(" ")
    service, _, operation = called.partition(".")
    if service == "stream":
        return ("twice", "a day later", "unreadable", "apart")
    if service == "queue":
        return ("twice",)
    slow = SLOW if name in _PARALLEL else ("late",)
    if service == "provider":
        # Deaths around it are those at the neighbouring calls.
        return ("throttle", "lose", *slow)
    if service == "gateway":
        return (*DEATHS, "throttle", "lose", *slow)
    kinds = (*DEATHS, "throttle", "lose", "overtake")
    if service == "dynamodb" and operation in WRITES:
        kinds = (*kinds, "repeat", "conflict", *slow)
    elif not operation.startswith(("Get", "List", "Head", "Query", "Scan", "BatchGet")):
        kinds = (*kinds, *slow)
    return (*kinds, "part") if operation in _PARTIAL else kinds


class Injector:
    """Counts the calls that functions make, and applies the plan to them.

    calls: one text for each call, `function service.Operation`. injected: the faults that were applied, so a
    fault that does not fit its call is absent. counted: the calls of all runs. overtaker: the other client's
    request. repeater: the same invocation again, for the kinds of `SLOW`.
    """

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.injected: list[Fault] = []
        self.counted = 0
        self.overtaker: Callable[[], object] = lambda: None
        self.repeater: Callable[[str], object] = lambda kind: None
        self._plan: Mapping[int, str] = {}
        self.is_overtaking = self._dead = self._counting = False

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
        if function() is None or self.is_overtaking or not self._counting:
            return None
        if self._dead:
            crash()
        kind = self._plan.get(len(self.calls))
        self.calls.append(f"{function()} {name}")
        self.counted += 1
        if kind is None:
            return None
        kinds = kinds_at(self.calls[-1])
        if kind.startswith("any "):
            kind = kinds[int(kind.removeprefix("any ")) % len(kinds)]
        if kind not in kinds:
            return None
        self.injected.append(Fault(len(self.calls) - 1, kind))
        if kind == "die before":
            self.die()
        if kind == "overtake":
            self.let_pass(self.overtaker)
        if kind in SLOW:
            self.let_pass(lambda: self.repeater(kind))
        return kind

    def after(self, kind: str | None) -> None:
        """After a call that took effect. Raises Crash."""
        if kind in ("die after", "late"):
            self.die()

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
            return _refused(_THROTTLED.get(service, "ThrottlingException"))
        if kind == "conflict":
            return _conflict(model.name, params)
        if kind == "part":
            return _first(model, params)
        if kind == "repeat":
            answer = moto_answers()(model=model, params=params)
            # DynamoDB recognises a repeated transaction by its token, and answers as the first time.
            return answer if model.name == "TransactWriteItems" else None
        return None

    def _after(self, context: Any, **_: Any) -> None:
        kind = context.pop(_FAULT, None)
        self.after(kind)
        if kind == "lose":
            raise ReadTimeoutError(endpoint_url="https://aws.test")

    def let_pass(self, other: Callable[[], object]) -> None:
        """Another client's request, which meets no faults."""
        self.is_overtaking = True
        try:
            other()
        finally:
            self.is_overtaking = False


def _refused(code: str, **more: Any) -> tuple[Any, dict[str, Any]]:
    error = {"Code": code, "Message": "injected"}
    return SimpleNamespace(status_code=400), {"Error": error, "ResponseMetadata": {}, **more}


def _conflict(operation: str, params: Mapping[str, Any]) -> tuple[Any, dict[str, Any]] | None:
    if operation == "BatchWriteItem":
        return None
    if operation != "TransactWriteItems":
        return _refused("TransactionConflictException")
    others = [{"Code": "None"} for _ in json.loads(params["body"])["TransactItems"][1:]]
    reasons = [{"Code": "TransactionConflict", "Message": "injected"}, *others]
    return _refused("TransactionCanceledException", CancellationReasons=reasons)


def _first(model: Any, params: Mapping[str, Any]) -> Any:
    """The answer of an operation that processes the first row; None if there is one only."""
    body = json.loads(params["body"])
    if model.name in ("Query", "Scan"):
        return moto_answers()(model=model, params={**params, "body": json.dumps({**body, "Limit": 1})})
    requests = body["RequestItems"]
    table, *others = requests
    left: dict[str, Any] = {name: requests[name] for name in others}
    if model.name == "BatchGetItem":
        keys = requests[table]["Keys"]
        first, rest = {**requests[table], "Keys": keys[:1]}, {**requests[table], "Keys": keys[1:]}
        left |= {table: rest} if keys[1:] else {}
    else:
        first, rest = requests[table][:1], requests[table][1:]
        left |= {table: rest} if rest else {}
    if not left:
        return None
    only = json.dumps({**body, "RequestItems": {table: first}})
    http, answer = moto_answers()(model=model, params={**params, "body": only})
    unprocessed = "UnprocessedKeys" if model.name == "BatchGetItem" else "UnprocessedItems"
    return http, {**answer, unprocessed: left}
