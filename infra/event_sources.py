"""Defaults of the functions' queue event sources, so that new ones have them. For streams: stream_functions.py."""

from typing import Any, Final

from infra.kinds import Resources, sources

_QUEUE: Final[dict[str, Any]] = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}


def apply_queue_defaults(resources: Resources) -> None:
    """Adds the defaults to every queue's event source, unless infra/resources.json sets them."""
    for _, source in sources(resources, "SQS"):
        for name, value in _QUEUE.items():
            source.setdefault(name, value)
