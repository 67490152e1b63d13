"""Injects a crash, or a write by another process, at a call to DynamoDB."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from chalicelib.core import aws


class Crash(BaseException):
    """The process is killed: no handler catches this."""


def crash() -> None:
    raise Crash


@contextmanager
def at_call(operation: str, n: int, event: str, happens: Callable[[], object]) -> Iterator[None]:
    """Lets something happen at the n-th call of an operation, counted from 1, once.

    event: `before-call` or `after-call`, also with `.dynamodb`.
    """
    seen = [0]

    def count(model: Any, **_: Any) -> None:
        if model.name == operation:
            seen[0] += 1
            if seen[0] == n:
                happens()

    events = aws.client("dynamodb").meta.events
    events.register(event, count)
    try:
        yield
    finally:
        events.unregister(event, count)
