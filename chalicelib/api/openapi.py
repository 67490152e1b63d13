"""The OpenAPI 3.1 document: made of the routes, the annotations of their views, and their docstrings.

Nothing is written twice, so nothing here can say what the code does not do.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from inspect import cleandoc
from types import UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin

import msgspec
from chalice.app import Blueprint
from msgspec import Meta, Struct

from chalicelib.api.docs_page import PAGE_HEADERS, docs_page
from chalicelib.api.http import ROUTES, Answer, ApiRequest, Route, endpoint
from chalicelib.api.media import Html
from chalicelib.settings import settings

bp = Blueprint(__name__)

_REF: Final = "#/components/schemas/{name}"
_PARAMETER = re.compile(r"\{(\w+)\}")
_PROBLEM_TYPE: Final = "application/problem+json"
_ABOUT: Final = (
    "Orders, deliveries and everybody who wants to know. Sign in with `POST /v1/auth/login`; all else takes its "
    "`access_token` as a bearer token. Money is decimal text, times are UTC. Whatever is refused is a problem "
    "document with a stable `code`; nothing is written then."
)


class FieldError(Struct):
    """What is wrong with one field; its path dotted."""

    field: str
    message: str


class Problem(Struct, kw_only=True):
    """RFC 9457. code: a stable word for programs. Some have further members, as their descriptions say."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[FieldError] | None = None


@endpoint(bp, "/v1/openapi.json", "GET", roles=None)
def openapi(request: ApiRequest) -> Answer[dict[str, Any]]:
    """This document."""
    return Answer(document())


@endpoint(bp, "/v1/docs", "GET", roles=None)
def docs(request: ApiRequest) -> Answer[Html]:
    """The document as a page."""
    return Answer(docs_page(document()), headers=PAGE_HEADERS)


@cache
def document() -> dict[str, Any]:
    """The whole document, as JSON values."""
    types = [Problem, *(each for route in ROUTES for each in _shapes(route))]
    schemas, components = msgspec.json.schema_components(types, ref_template=_REF)
    by_type = {repr(each): schema for each, schema in zip(types, schemas, strict=True)}
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, by_type, components)
    found = {
        "openapi": "3.1.0",
        "info": {"title": "Lucky Gas Realtime", "version": settings().version, "description": _ABOUT},
        "servers": [{"url": "/api"}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }
    # JSON Schema's patterns are ECMAScript's, where `$` is the very end.
    text = json.dumps(found, ensure_ascii=False, default=str).replace("\\\\Z", "$")
    document: dict[str, Any] = json.loads(text)
    return document


def _types(route: Route) -> Sequence[Any]:
    """The body, the query and the answer of a route, None for none."""
    wanted = route.view.__annotations__
    return wanted.get("body"), wanted.get("query"), _answer_type(route)


def _shapes(route: Route) -> Iterable[Any]:
    """What of a route has a schema."""
    body, query, answered = _types(route)
    yield from (each for each in (body, query) if each is not None)
    yield from () if answered is None else _by_media_type(answered).values()


def _by_media_type(answered: Any) -> Mapping[str, Any]:
    """What is answered, by the media type it comes as: a report is JSON, or CSV for who asks for that."""
    parts = get_args(answered) if get_origin(answered) in (Union, UnionType) else ()
    found = {_media_type(part): part for part in parts}
    return found if len(found) > 1 else {_media_type(answered): answered}


def _answer_type(route: Route) -> Any:
    [answered] = get_args(route.view.__annotations__["return"])
    return None if answered is type(None) else answered


def _operation(
    route: Route, schemas: Mapping[str, dict[str, Any]], components: Mapping[str, Any]
) -> dict[str, Any]:
    body, query, answered = _types(route)
    module = route.view.__module__.rpartition(".")[2]
    summary, _, rest = cleandoc(route.view.__doc__ or "").partition("\n\n")
    operation: dict[str, Any] = {
        "operationId": f"{module}_{route.view.__name__.strip('_')}",
        "tags": [module],
        "summary": " ".join(summary.split()),
        "description": rest,
        "parameters": [*_path_parameters(route), *_query_parameters(query, schemas, components)],
        "responses": {str(route.status): _answer(answered, schemas), **_problems(answered, schemas)},
        "security": [] if route.roles is None else [{"bearer": []}],
    }
    if route.roles is not None:
        operation["x-roles"] = sorted(route.roles)
    if body is not None:
        content = {"application/json": {"schema": schemas[repr(body)]}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _path_parameters(route: Route) -> Iterable[dict[str, Any]]:
    for name in _PARAMETER.findall(route.path):
        schema = {"type": "string", "minLength": 1, "maxLength": 64}
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _query_parameters(
    query: Any, schemas: Mapping[str, dict[str, Any]], components: Mapping[str, Any]
) -> Iterable[dict[str, Any]]:
    if query is None:
        return
    shape = components[schemas[repr(query)]["$ref"].rpartition("/")[2]]
    for name, schema in shape["properties"].items():
        # An absent parameter is null; there is no way to write one.
        given = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
        only = {**(given[0] if len(given) == 1 else schema)}
        only.pop("default", None)
        yield {"name": name, "in": "query", "required": name in shape["required"], "schema": only}


def _answer(answered: Any, schemas: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    if answered is None:
        return {"description": "Done."}
    content = {media: {"schema": schemas[repr(part)]} for media, part in _by_media_type(answered).items()}
    return {"description": "As asked.", "content": content}


def _media_type(answered: Any) -> str:
    if get_origin(answered) is Annotated:
        for meta in get_args(answered)[1:]:
            if isinstance(meta, Meta) and meta.extra_json_schema and "contentMediaType" in meta.extra_json_schema:
                media_type: str = meta.extra_json_schema["contentMediaType"]
                return media_type
    return "application/json"


def _problems(answered: Any, schemas: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    content = {_PROBLEM_TYPE: {"schema": schemas[repr(Problem)]}}
    if answered is Html:
        # What people open says in their words what is wrong.
        content["text/html"] = {"schema": schemas[repr(Html)]}
    return {
        "4XX": {"description": "Refused; nothing was written.", "content": content},
        "503": {"description": "The database does not answer. Try again soon.", "content": content},
    }
