"""The filters of the template, as Lambda applies them to a stream's records: moto has none.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from chalicelib.consumers.stream import STREAMS
from infra.stream_functions import event_source


def is_selected(function: str, record: Mapping[str, Any]) -> bool:
    """Whether a function (by its name in app.py) is run for a record."""
    patterns = _patterns(function)
    return any(_fits(pattern, record) for pattern in patterns)


@cache
def _patterns(function: str) -> list[Any]:
    filters = event_source(STREAMS[function])["FilterCriteria"]["Filters"]
    return [json.loads(each["Pattern"]) for each in filters]


def _fits(pattern: Mapping[str, Any], value: Any) -> bool:
    for name, allowed in pattern.items():
        there = isinstance(value, Mapping) and name in value
        if isinstance(allowed, list):
            if not any(_matches(rule, value[name] if there else None, there=there) for rule in allowed):
                return False
        elif not there or not _fits(allowed, value[name]):
            return False
    return True


def _matches(rule: Any, value: Any, *, there: bool) -> bool:
    if not isinstance(rule, Mapping):
        return there and value == rule
    [(kind, allowed)] = rule.items()
    if kind == "exists":
        return there == allowed
    if kind == "anything-but":
        return there and value not in allowed
    raise NotImplementedError(kind)
