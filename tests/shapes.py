"""Checks that an answer matches the OpenAPI document: the status, the headers, and exactly its members."""

import re
from datetime import date, datetime
from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec
from jsonschema import Draft202012Validator, FormatChecker

from chalicelib.api.document import document
from chalicelib.api.http import ROUTES, Route

FORMATS = FormatChecker(formats=())
FORMATS.checks("date-time", raises=ValueError)(lambda text: not isinstance(text, str) or is_instant(text))
FORMATS.checks("date", raises=ValueError)(lambda text: not isinstance(text, str) or bool(date.fromisoformat(text)))


def is_instant(text: str) -> bool:
    return text.endswith("Z") and datetime.fromisoformat(text).tzinfo is not None


@cache
def _patterns() -> list[tuple[str, re.Pattern[str], Route]]:
    import app  # noqa: F401 — registers the routes

    # Fixed paths before those with parameters, as API Gateway chooses.
    ordered = sorted(ROUTES, key=lambda route: route.path.count("{"))
    return [
        (route.method, re.compile(re.sub(r"\{\w+\}", "[^/]+", route.path) + r"\Z"), route) for route in ordered
    ]


def route_of(method: str, path: str) -> Route | None:
    """The route that serves a path; None if there is none."""
    for its_method, pattern, route in _patterns():
        if its_method == method and pattern.match(path.partition("?")[0]):
            return route
    return None


@cache
def _answers(method: str, path: str) -> dict[str, Any]:
    """What the document says of a route's answers, by status."""
    answers = document()["paths"][path][method.lower()]["responses"]
    named = document()["components"]["responses"]
    resolved = {status: named.get(each.get("$ref", "").rpartition("/")[2]) for status, each in answers.items()}
    return {status: resolved[status] or each for status, each in answers.items()}


@cache
def _validator(method: str, path: str, status: int, media: str) -> Any:
    schema = _answers(method, path)[str(status)]["content"][media]["schema"]
    whole = {"components": document()["components"], **schema}
    return Draft202012Validator(whole, format_checker=FORMATS)


def check(method: str, path: str, status: int, headers: Any, body: Any) -> None:
    """Fails where an answer is another than the document says."""
    route = route_of(method, path)
    if route is None or status == 500:
        return
    received = _answers(method, route.path)
    assert str(status) in received, f"{method} {route.path} answered {status}: {body}; say so in its `refuses`"
    # Of CSV only.
    names = {name.lower() for name in received[str(status)]["headers"]} - {"content-disposition"}
    assert names <= headers.keys(), f"{method} {path} {status}: without {names - headers.keys()}"
    content = received[str(status)].get("content", {})
    if not content:
        assert body is None
        return
    media = headers["content-type"].partition(";")[0]
    assert media in content, f"{method} {path} answered {media}"
    found = sorted(_validator(method, route.path, status, media).iter_errors(body), key=str)
    assert not found, f"{method} {path} {status}: {found[0].json_path}: {found[0].message}"
    if status < 300 and media == "application/json":
        _check_members(method, path, route, body)


def _check_members(method: str, path: str, route: Route, body: Any) -> None:
    """Fails for members beyond those declared, which a schema lets pass."""
    [declared] = get_args(route.view.__annotations__["return"])
    if get_origin(declared) in (Union, UnionType):
        # JSON, or a file instead.
        [declared] = [each for each in get_args(declared) if get_origin(each) is not Annotated]
    typed = msgspec.convert(body, declared)
    assert msgspec.json.decode(msgspec.json.encode(typed)) == body, f"{method} {path}: members beyond {declared}"
