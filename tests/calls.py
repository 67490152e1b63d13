"""Counts what is asked of AWS."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from chalicelib import aws


@contextmanager
def counted_calls() -> Iterator[Counter[str]]:
    """Calls per `service.Operation` made through the app's clients meanwhile."""
    calls: Counter[str] = Counter()

    def count(model: Any, **_: Any) -> None:
        calls[f"{model.service_model.service_name}.{model.name}"] += 1

    clients = [aws.client(service) for service in ("dynamodb", "sqs", "ssm")]
    for client in clients:
        client.meta.events.register("before-call", count)
    try:
        yield calls
    finally:
        for client in clients:
            client.meta.events.unregister("before-call", count)
