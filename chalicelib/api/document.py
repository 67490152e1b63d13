"""The OpenAPI 3.1 document, generated from the routes, the annotations of their views, and their docstrings."""

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from inspect import cleandoc
from types import UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin

import msgspec
from msgspec import Meta, Struct

from chalicelib.api.document_audiences import describe_audiences
from chalicelib.api.document_examples import add_examples
from chalicelib.api.form import FORM
from chalicelib.api.http import ROUTES, Route
from chalicelib.api.media import Csv, Html, Png
from chalicelib.api.modules import import_all
from chalicelib.api.refusals import codes, refusals
from chalicelib.core.errors import Refusal, TooFast, Unauthenticated, Unavailable
from chalicelib.core.settings import settings
from chalicelib.models.parsing import Unreadable

_REF: Final = "#/components/schemas/{name}"
_PROBLEM_TYPE: Final = "application/problem+json"
_ABOUT: Final = (
    "Orders, routes, deliveries and their notifications. Sign in with `POST /v1/auth/login`; every endpoint that "
    "is not public takes its `access_token` as a bearer token. Money is decimal text, times are UTC. A refusal is "
    "a problem document with a stable `code`, and nothing is written. A method that a path does not list is 405 "
    "(`method_not_allowed`), and `Allow` names the path's methods."
)
_TEXT: Final = {"type": "string"}
_CORRELATION_ID: Final = {
    "name": "X-Correlation-Id",
    "in": "header",
    "required": False,
    "description": "Names the request in all logs, up to those of its SMS: 8 to 64 of `A-Za-z0-9._-`.",
    "schema": _TEXT,
}
_HEADERS: Final = {
    "X-Correlation-Id": {"description": "The request's, or one of the server's.", "schema": _TEXT},
    "Location": {
        "description": "The address of what was created.",
        "required": True,
        "schema": {**_TEXT, "format": "uri-reference"},
    },
    "Retry-After": {
        "description": "Seconds to wait.",
        "required": True,
        "schema": {"type": "integer", "minimum": 0},
    },
    "WWW-Authenticate": {"description": "`Bearer`.", "schema": _TEXT},
    "Content-Disposition": {"description": "The file's name, of CSV.", "schema": _TEXT},
}
_HEADERS_OF: Final[Mapping[type[Refusal], Sequence[str]]] = {
    TooFast: ("Retry-After",),
    Unavailable: ("Retry-After",),
    Unauthenticated: ("WWW-Authenticate",),
}


class FieldError(Struct):
    """The fault of one field. field: its path, with dots."""

    field: str
    message: str


class Problem(Struct, kw_only=True):
    """RFC 9457. code: a stable word for programs. Some problems have further members; see their descriptions."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[FieldError] | None = None


@cache
def document() -> dict[str, Any]:
    """The whole document, as JSON values."""
    import_all()
    # Sorted, because the order in which modules were imported depends on the requests before.
    routes = sorted(ROUTES, key=lambda route: route.path)
    types = [Problem, *(each for route in routes for each in _shapes(route))]
    schemas, components = msgspec.json.schema_components(types, ref_template=_REF)
    describe_audiences(components, routes)
    by_type = {repr(each): schema for each, schema in zip(types, schemas, strict=True)}
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, by_type, components)
    found = {
        "openapi": "3.1.0",
        "info": {"title": "Lucky Gas Realtime", "version": settings().version, "description": _ABOUT},
        "servers": [{"url": "/api"}],
        "paths": paths,
        "components": {
            "schemas": components,
            "parameters": {"CorrelationId": _CORRELATION_ID},
            "headers": _HEADERS,
            "responses": _responses(by_type),
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }
    # JSON Schema's patterns are ECMAScript's, where `$` is the very end.
    text = json.dumps(found, ensure_ascii=False, default=str).replace("\\\\Z", "$")
    document: dict[str, Any] = json.loads(text)
    add_examples(document)
    return document


def _types(route: Route) -> Sequence[Any]:
    """The types of a route's body, query, headers and answer; None for each that it does not have."""
    annotations = route.view.__annotations__
    return annotations.get("body"), annotations.get("query"), annotations.get("headers"), _answer_type(route)


def _shapes(route: Route) -> Iterable[Any]:
    """The types of a route that have a schema."""
    *inputs, answered = _types(route)
    yield from (each for each in (*inputs, route.form, *route.path_shapes.values()) if each is not None)
    yield from () if answered is None else _by_media_type(answered).values()


def _by_media_type(answered: Any) -> Mapping[str, Any]:
    """The types of an answer by media type: a report is JSON, or CSV if the client requests it."""
    parts = get_args(answered) if get_origin(answered) in (Union, UnionType) else ()
    found = {_media_type(part): part for part in parts}
    return found if len(found) > 1 else {_media_type(answered): answered}


def _answer_type(route: Route) -> Any:
    [answered] = get_args(route.view.__annotations__["return"])
    return None if answered is type(None) else answered


def _operation(
    route: Route, schemas: Mapping[str, dict[str, Any]], components: Mapping[str, Any]
) -> dict[str, Any]:
    body, query, headers, answered = _types(route)
    module = route.view.__module__.rpartition(".")[2]
    summary, _, rest = cleandoc(route.view.__doc__ or "").partition("\n\n")
    operation: dict[str, Any] = {
        "operationId": f"{module}_{route.view.__name__.strip('_')}",
        "tags": [module],
        "summary": " ".join(summary.split()),
        "description": rest,
        "parameters": [
            *_path_parameters(route, schemas),
            *_parameters("query", query, schemas, components),
            *_parameters("header", headers, schemas, components),
            {"$ref": "#/components/parameters/CorrelationId"},
        ],
        "responses": {str(route.status): _answer(route, answered, schemas), **_problems(route, answered, schemas)},
        "security": [] if route.roles is None else [{"bearer": []}],
    }
    if route.roles is not None:
        operation["x-roles"] = sorted(route.roles)
    if body is not None:
        content = {"application/json": {"schema": schemas[repr(body)]}}
        if route.form is not None:
            content[FORM] = {"schema": schemas[repr(route.form)]}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _path_parameters(route: Route, schemas: Mapping[str, dict[str, Any]]) -> Iterable[dict[str, Any]]:
    for name, shape in route.path_shapes.items():
        yield {"name": name, "in": "path", "required": True, "schema": schemas[repr(shape)]}


def _parameters(
    where: str, inputs: Any, schemas: Mapping[str, dict[str, Any]], components: Mapping[str, Any]
) -> Iterable[dict[str, Any]]:
    if inputs is None:
        return
    shape = components[schemas[repr(inputs)]["$ref"].rpartition("/")[2]]
    for name, schema in shape["properties"].items():
        # A parameter is null when it is absent; a client cannot send null.
        given = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
        only = {**(given[0] if len(given) == 1 else schema)}
        only.pop("default", None)
        yield {"name": name, "in": where, "required": name in shape["required"], "schema": only}


def _answer(route: Route, answered: Any, schemas: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    names = ["X-Correlation-Id", *(["Location"] if route.located else ())]
    parts = {} if answered is None else _by_media_type(answered)
    if Csv in parts.values():
        names.append("Content-Disposition")
    answer: dict[str, Any] = {
        "description": "The result." if parts else "Done.",
        "headers": _headers(*names),
    }
    if parts:
        answer["content"] = {media: {"schema": _schema(part, schemas)} for media, part in parts.items()}
    return answer


def _schema(part: Any, schemas: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    # Bytes are sent as they are, not as base64.
    return {"contentMediaType": _media_type(part)} if part is Png else schemas[repr(part)]


def _media_type(answered: Any) -> str:
    if get_origin(answered) is Annotated:
        for meta in get_args(answered)[1:]:
            if isinstance(meta, Meta) and meta.extra_json_schema and "contentMediaType" in meta.extra_json_schema:
                media_type: str = meta.extra_json_schema["contentMediaType"]
                return media_type
    return "application/json"


def _problems(route: Route, answered: Any, schemas: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """The refusals of a route, by status."""
    found = {str(each.status): {"$ref": f"#/components/responses/{each.__name__}"} for each in refusals(route)}
    found["500"] = {"$ref": "#/components/responses/InternalError"}
    if answered is Html:
        # A route that answers HTML pages also answers its refusals as pages.
        found |= {str(each.status): _problem(each, schemas, Html) for each in route.errors}
    return dict(sorted(found.items()))


def _responses(schemas: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """The refusals that every route has, and the internal error, by name."""
    possible = sorted({each for route in ROUTES for each in refusals(route)}, key=lambda each: each.status)
    content = {_PROBLEM_TYPE: {"schema": _narrowed(500, codes(Unreadable), schemas)}}
    crashed = {"description": "Something went wrong.", "headers": _headers("X-Correlation-Id"), "content": content}
    return {each.__name__: _problem(each, schemas) for each in possible} | {"InternalError": crashed}


def _problem(refusal: type[Refusal], schemas: Mapping[str, dict[str, Any]], *besides: Any) -> dict[str, Any]:
    """The response of a refusal. besides: other types than a problem document that it may have."""
    names = ["X-Correlation-Id", *_HEADERS_OF.get(refusal, ())]
    content = {_PROBLEM_TYPE: {"schema": _narrowed(refusal.status, codes(refusal), schemas)}}
    content |= {_media_type(each): {"schema": schemas[repr(each)]} for each in besides}
    description = cleandoc(refusal.__doc__ or "").partition("\n")[0]
    return {"description": description, "headers": _headers(*names), "content": content}


def _narrowed(status: int, words: Sequence[str], schemas: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    members = {"status": {"const": status}, "code": {"enum": list(words)}}
    return {"allOf": [schemas[repr(Problem)], {"properties": members}]}


def _headers(*names: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}
