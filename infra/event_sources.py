"""How functions read from queues, where infra/resources.json says nothing else. Streams: stream_functions.py.

As rules, so that no new function goes without.
"""

from typing import Any, Final

from infra.kinds import Resources, sources

_QUEUE: Final[dict[str, Any]] = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}


def apply_queue_defaults(resources: Resources) -> None:
    """Gives every queue's event source what it has not been given."""
    for _, source in sources(resources, "SQS"):
        for name, value in _QUEUE.items():
            source.setdefault(name, value)
