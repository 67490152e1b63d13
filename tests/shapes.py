"""Every answer is what its endpoint says it is: the status, and each member of the body, no more and no fewer."""

import re
from functools import cache
from typing import Any, get_args

import msgspec

from chalicelib.api.http import ROUTES, Route


@cache
def _patterns() -> list[tuple[str, re.Pattern[str], Route]]:
    import app  # noqa: F401 — registers the routes

    # Fixed paths before those with parameters, as API Gateway chooses.
    ordered = sorted(ROUTES, key=lambda route: route.path.count("{"))
    return [
        (route.method, re.compile(re.sub(r"\{\w+\}", "[^/]+", route.path) + r"\Z"), route) for route in ordered
    ]


def route_of(method: str, path: str) -> Route | None:
    """The route that serves a path, None for none."""
    for its_method, pattern, route in _patterns():
        if its_method == method and pattern.match(path.partition("?")[0]):
            return route
    return None


def check(method: str, path: str, status: int, body: Any) -> None:
    """Fails where a good answer is another than declared."""
    route = route_of(method, path)
    if route is None or status >= 300:
        return
    assert status == route.status, f"{method} {path} answered {status}, declared {route.status}"
    [declared] = get_args(route.view.__annotations__["return"])
    if declared is type(None):
        assert body is None
    else:
        typed = msgspec.convert(body, declared)
        assert msgspec.json.decode(msgspec.json.encode(typed)) == body, (
            f"{method} {path}: members beyond {declared}"
        )
