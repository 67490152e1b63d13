"""The edge of every REST route: it authenticates the caller, validates the request and encodes the answer.

    @endpoint(bp, "/v1/orders", "POST", roles=STAFF, status=201)
    def create(request: ApiRequest, body: OrderDraft) -> Answer[OrderView]: ...

A view receives an authenticated ApiRequest and, if it has parameters of these names, the `body`, the `query` and
the `headers`, converted to their annotations. It raises a `Refusal` to refuse a request; `endpoint` answers that
as `application/problem+json`. It is a decorator because Chalice's middleware does not see the exceptions of views.
The OpenAPI document is generated from the same annotations.

A view answers what staff receive. For other roles auth/audiences.py removes fields. An endpoint for other roles
whose shape is missing there cannot be registered.
"""

import re
from collections.abc import Callable, Collection, Mapping
from time import perf_counter
from typing import Annotated, Any, Final, Generic, TypeVar, get_args

import msgspec
from chalice.app import Blueprint, Request, Response
from msgspec import Meta, Struct, structs

from chalicelib.api.request import ApiRequest
from chalicelib.api.wire import CORS, bearer_token, correlation_id_of, internal_error, response
from chalicelib.auth.audiences import seen_answer, shape_of
from chalicelib.auth.live import verify_live, verify_token
from chalicelib.auth.principal import STAFF
from chalicelib.auth.recent import verify_recent
from chalicelib.auth.rules import check_role
from chalicelib.auth.source import client_fields
from chalicelib.core.aws import time_budget
from chalicelib.core.errors import NotFound, Refusal
from chalicelib.core.fields import Id
from chalicelib.core.logs import add, bind, log
from chalicelib.core.outages import is_outage, unavailable
from chalicelib.models.parsing import Unreadable

T = TypeVar("T")


class Answer(Struct, Generic[T], frozen=True):
    """The answer of a view: a JSON body (None for none), a status other than the endpoint's, further headers.

    A body of text or bytes is sent unchanged, with the `Content-Type` of the headers.
    """

    body: T
    status: int = 0
    headers: Mapping[str, str] = {}


class Route(Struct, frozen=True):
    """A registered endpoint.

    roles: None if the endpoint needs no token. form: the type of a form body, if the endpoint accepts one. shape:
    the type of the answer, if roles other than staff receive it. view: the function, with its annotations. For the
    other attributes see `endpoint`.
    """

    path: str
    method: str
    roles: frozenset[str] | None
    trust_token: bool
    initial_password: bool
    status: int
    located: bool
    errors: frozenset[type[Refusal]]
    path_types: Mapping[str, Any]
    form: Any
    shape: Any
    view: Callable[..., Answer[Any]]

    @property
    def path_shapes(self) -> dict[str, Any]:
        """The types of the path's parameters, by name."""
        names = _PARAMETER.findall(self.path)
        return {name: self.path_types.get(name, Id if name.endswith("_id") else PathText) for name in names}


# The default type of a path parameter. DynamoDB accepts no key of over a kilobyte.
PathText = Annotated[str, Meta(min_length=1, max_length=64)]
_PARAMETER: Final = re.compile(r"\{(\w+)\}")

# The endpoints of the modules imported so far.
ROUTES: Final[list[Route]] = []


def endpoint(
    bp: Blueprint,
    path: str,
    method: str,
    *,
    roles: Collection[str] | None,
    trust_token: bool = False,
    initial_password: bool = False,
    status: int = 200,
    located: bool = False,
    errors: Collection[type[Refusal]] = (),
    path_types: Mapping[str, Any] = {},
    form: Any = None,
) -> Callable[[Callable[..., Answer[Any]]], Callable[..., Response]]:
    """Registers a view.

    roles: the roles that may call it; None is for everybody, without a token. status: the default of its answers.
    trust_token: rely on the token instead of reading the session, user and tenant, unless its user's access
        changed lately (auth/revocations.py). Only for the few hot paths that must cost one DynamoDB call. There a
        sign-out or a suspension takes effect within seconds; everywhere else at once.
    initial_password: admit also a user who must change the password first.
    located: the answer is a new resource; `Location` is this path and its `id`.
    errors: the refusals other than those that follow from roles, path, body and query (refusals.py); for the
        OpenAPI document.
    path_types: types of the path's parameters that are not a `PathText`; any other value gets a 404.
    form: the type of a form body, a subclass of the view's `body`; None if only JSON is accepted.
    """

    def register(view: Callable[..., Answer[Any]]) -> Callable[..., Response]:
        may = None if roles is None else frozenset(roles)
        shape = shape_of(get_args(view.__annotations__["return"])[0]) if may is not None and may - STAFF else None
        route = Route(
            path=path,
            method=method,
            roles=may,
            trust_token=trust_token,
            initial_password=initial_password,
            status=status,
            located=located,
            errors=frozenset(errors),
            path_types=path_types,
            form=form,
            shape=shape,
            view=view,
        )
        ROUTES.append(route)
        path_shapes = route.path_shapes

        @time_budget()
        def handle(**parameters: str) -> Response:
            return _response(route, bp.current_request, parameters, path_shapes)

        # Chalice identifies a view by its function's name, so the name must be unique.
        handle.__name__ = f"{bp.__class__.__name__}_{view.__name__}"
        handle.__doc__ = view.__doc__
        handle.__module__ = view.__module__
        bp.route(path, methods=[method], cors=CORS, content_types=["*/*"])(handle)
        return handle

    return register


def _response(
    route: Route, raw: Request, parameters: Mapping[str, str], path_shapes: Mapping[str, Any]
) -> Response:
    """Serves a request and logs the answer. Each exception becomes a problem document."""
    started = perf_counter()
    correlation_id = correlation_id_of(raw)
    client = client_fields(raw.context, raw.headers)
    bind(correlation_id, **client)
    answer: Answer[Any]
    fields: dict[str, Any] = {}
    try:
        request = ApiRequest(
            path=parameters,
            headers=raw.headers,
            query_params=raw.query_params or {},
            raw_body=raw.raw_body,
            correlation_id=correlation_id,
            _address=client.get("address"),
        )
        _authenticate(request, route)
        _check_path(parameters, path_shapes)
        answer = _answer(request, route)
    except Refusal as refusal:
        if isinstance(refusal, Unreadable):
            refusal.report()
        answer = _problem(refusal)
        fields["code"] = refusal.code
    except Exception as error:  # noqa: BLE001 - each error becomes a problem document
        # Chalice's own answer with status 500 is not a problem document.
        if is_outage(error):
            log.exception("storage_unavailable")
            answer = _problem(unavailable())
        else:
            log.exception("request_crashed")
            answer = Answer(internal_error(correlation_id), 500)
    status = answer.status or route.status
    ms = round((perf_counter() - started) * 1000, 1)
    log.info(
        "request_done", extra={"method": route.method, "route": route.path, "status": status, "ms": ms, **fields}
    )
    return response(answer.body, status, answer.headers, correlation_id)


def _authenticate(request: ApiRequest, route: Route) -> None:
    """Sets the request's principal if the route needs one. Raises Unauthorized or Forbidden."""
    if route.roles is None:
        return
    principal = verify_token(bearer_token(request.headers), initial_password=route.initial_password)
    add(tenant_id=principal.tenant_id, user_id=principal.user_id)
    if route.trust_token:
        verify_recent(principal)
    else:
        request._live = verify_live(principal)
    check_role(principal.role, route.roles)
    request._principal = principal


def _answer(request: ApiRequest, route: Route) -> Answer[Any]:
    """Calls the view with the arguments of its annotations. Returns only the fields that the role may read."""
    annotations = route.view.__annotations__
    sent: dict[str, Any] = {}
    if "body" in annotations:
        sent["body"] = request.body(annotations["body"], route.form)
    if "query" in annotations:
        sent["query"] = request.query(annotations["query"])
    if "headers" in annotations:
        sent["headers"] = request.named_headers(annotations["headers"])
    answer = route.view(request, **sent)
    if route.located:
        answer = structs.replace(answer, headers={"Location": f"/api{route.path}/{_id_of(answer.body)}"})
    if route.shape is not None:
        answer = structs.replace(answer, body=seen_answer(answer.body, route.shape, request.principal.role))
    return answer


def _check_path(parameters: Mapping[str, str], shapes: Mapping[str, Any]) -> None:
    """Raises NotFound for an invalid path parameter, before it is used as a key."""
    for name, shape in shapes.items():
        try:
            msgspec.convert(parameters[name], shape)
        except msgspec.ValidationError as error:
            raise NotFound("There is nothing under this path.") from error


def _id_of(body: Any) -> str:
    return str(body["id"] if isinstance(body, dict) else body.id)


def _problem(refusal: Refusal) -> Answer[Any]:
    return Answer(refusal.problem(), refusal.status, refusal.headers)
